//! Selects and opens the journal that records a client's debits.

use super::{Account, Journal, JournalIdentity, PRODUCTION, Store, StoreError, StoreFailure};
use crate::error::{Code, Error};
use crate::money::schedule::Schedule;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Text that names the risk of sending debits without a journal. The configuration must contain it to switch the journal off.
pub const RISK: &str = "a-debit-may-leave-twice";
/// Text that names the risk of a journal on volatile or remote storage. The configuration must contain it to allow such storage.
pub const VOLATILE_RISK: &str = "debits-may-be-forgotten";

/// Storage of the journal.
#[derive(Clone)]
#[non_exhaustive]
pub enum JournalConfig {
    /// A SQLite file that survives restarts. All processes on this machine that send debits with the same keys must share the file.
    File(PathBuf),
    /// A SQLite file with options.
    FileWith {
        /// Path of the SQLite file.
        path: PathBuf,
        /// True if the file may be created when it does not exist.
        create: bool,
        /// [`VOLATILE_RISK`], to allow the file on tmpfs or a network share in production.
        accept_volatile: Option<String>,
    },
    /// A store that the application provides, for debits from several machines.
    Store(Arc<dyn Store>),
    /// No journal. After a crash, the open debits are unknown, and a debit may be sent twice. The text must be [`RISK`].
    Off(String),
}

impl fmt::Debug for JournalConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalConfig::File(path) | JournalConfig::FileWith { path, .. } => {
                f.debug_tuple("File").field(path).finish()
            }
            JournalConfig::Store(_) => f.write_str("Store"),
            JournalConfig::Off(_) => f.write_str("Off"),
        }
    }
}

/// Journal that is opened at its first use, so that a client that only reads from EPS never touches the disk.
pub(crate) struct LazyJournal {
    config: Option<JournalConfig>,
    /// File in the temporary folder, used outside production if no journal is configured.
    default: Option<PathBuf>,
    account: Account,
    schedule: Schedule,
    /// True if the EPS server runs on this machine and is not a relay to production.
    local: bool,
    production: bool,
    tell: Tell,
    /// Store of the journal, which stays open until the client is dropped.
    store: OnceCell<Arc<dyn Store>>,
    opened: OnceCell<Journal>,
}

/// Callback that receives notices about a journal file, for example that it was created or lies on an unsuitable file system.
pub(crate) type Tell = Arc<dyn Fn(&'static str, String) + Send + Sync>;

/// Properties of the client that opens the journal.
pub(crate) struct OpenOptions<'a> {
    pub(crate) config: Option<JournalConfig>,
    /// True for the vendor's test environment (UAT).
    pub(crate) uat: bool,
    pub(crate) loopback: bool,
    pub(crate) base_url: &'a str,
    pub(crate) developer_key: &'a str,
    pub(crate) initiator_id: Option<&'a str>,
    pub(crate) schedule: Schedule,
    pub(crate) tell: Tell,
}

impl LazyJournal {
    /// # Errors
    /// `invalid_config` if the configuration accepts a risk without the text that names the risk.
    pub(crate) fn new(options: OpenOptions<'_>) -> Result<Self, Error> {
        let OpenOptions { config, uat, loopback, base_url, developer_key, initiator_id, schedule, tell } = options;
        let unnamed = |what: &str, risk: &str| {
            let message = format!(
                "the journal {what}, but the configuration does not name the risk: write '{risk}', or give a file on a local disk"
            );
            Err(Error::new(Code::InvalidConfig, message))
        };
        match &config {
            Some(JournalConfig::Off(risk)) if risk != RISK => return unnamed("is switched off", RISK),
            Some(JournalConfig::FileWith { accept_volatile: Some(risk), .. }) if risk != VOLATILE_RISK => {
                return unnamed("may lie on volatile or remote storage", VOLATILE_RISK);
            }
            Some(_) | None => {}
        }
        // A relay on this machine may forward requests to production. The URL of such a relay contains the path of production.
        let relayed = base_url.contains(PRODUCTION);
        let local = loopback && !relayed;
        let test = local || uat;
        let default = test.then(|| std::env::temp_dir().join(default_name([base_url, developer_key])));
        let account = Account::of(base_url, initiator_id);
        let production = !test;
        Ok(Self {
            config,
            default,
            account,
            schedule,
            local,
            production,
            tell,
            store: OnceCell::new(),
            opened: OnceCell::new(),
        })
    }

    /// Returns the journal, and opens it at the first call. Returns `Ok(None)` if the configuration has switched the journal off. Reads the
    /// journal's identity only once per client.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn get(&self) -> Result<Option<Journal>, Error> {
        if let Some(journal) = self.opened.get() {
            return Ok(Some(journal.clone()));
        }
        let create = match &self.config {
            Some(JournalConfig::Off(_)) => return Ok(None),
            Some(JournalConfig::FileWith { create, .. }) => *create,
            Some(JournalConfig::File(_) | JournalConfig::Store(_)) | None => true,
        };
        let store = self.store().await?;
        let journal = self.opened.get_or_try_init(|| async {
            let identity =
                JournalIdentity::of(&**store, create, crate::clock::now_ms()).await.map_err(|error| failed(&error))?;
            Ok::<_, Error>(Journal::new(store.clone(), Arc::new(identity), &self.account, self.schedule))
        });
        Ok(Some(journal.await?.clone()))
    }

    async fn store(&self) -> Result<&Arc<dyn Store>, Error> {
        self.store.get_or_try_init(|| async { self.open_store() }).await
    }

    /// Records the declaration of a person who knows which commits a restored journal has lost. Does not read the identity row, because
    /// that row may be lost too.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn declare_restored(&self) -> Result<(), Error> {
        self.store().await?.declare_restored().await.map_err(|error| failed(&error))
    }

    fn open_store(&self) -> Result<Arc<dyn Store>, Error> {
        let (path, create, accepted) = match (&self.config, &self.default) {
            (Some(JournalConfig::Store(store)), _) => return Ok(store.clone()),
            (Some(JournalConfig::File(path)), _) | (None, Some(path)) => (path, true, false),
            (Some(JournalConfig::FileWith { path, create, accept_volatile }), _) => {
                (path, *create, accept_volatile.is_some())
            }
            (Some(JournalConfig::Off(_)) | None, _) => {
                let message = format!("{} {}", Code::JournalMissing.doc(), Code::JournalMissing.action());
                return Err(Error::new(Code::JournalMissing, message));
            }
        };
        file::open(path, create, self.production, accepted, &self.tell)
    }

    /// Returns true if debits of any age may be pruned or archived, because the EPS server runs on this machine. Returns false on UAT:
    /// several accounts may share the journal there, and a store prunes the rows of all accounts.
    pub(crate) fn forgets_at_once(&self) -> bool {
        self.local
    }

    pub(crate) fn is_missing(&self) -> bool {
        self.config.is_none() && self.default.is_none()
    }
}

/// Returns the name of the default journal file. Each pair of server and developer key has a separate file, because a server does not find
/// debits of another server.
fn default_name(account: [&str; 2]) -> String {
    let digest = Sha256::digest(account.join("\0"));
    format!("eko-eps-test-journal-{}.sqlite", super::hex(&digest[..8]))
}

/// Converts an error of the store to an error of the client.
pub(crate) fn failed(error: &StoreError) -> Error {
    let code = match error.kind {
        StoreFailure::Unavailable => Code::JournalUnavailable,
        StoreFailure::Unusable => Code::JournalUnusable,
        StoreFailure::Behind => Code::JournalBehind,
    };
    Error::new(code, format!("{} {} ({error})", code.doc(), code.action()))
}

#[cfg(feature = "journal-sqlite")]
mod file {
    use super::super::sqlite::{FileNotice, FileOptions, SqliteStore};
    use super::{Arc, Error, Store, Tell, failed};
    use std::collections::HashMap;
    use std::path::{Path, PathBuf};
    use std::sync::{LazyLock, Mutex, Weak};

    /// Open stores, by path of the journal file. All clients and worker threads of the process share one store per file. A store is closed
    /// when its last client is dropped.
    static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<dyn Store>>>> = LazyLock::new(Mutex::default);

    pub(super) fn open(
        path: &Path,
        create: bool,
        production: bool,
        accepted: bool,
        tell: &Tell,
    ) -> Result<Arc<dyn Store>, Error> {
        let path = canonical(path);
        let mut open = crate::mutex::lock(&OPEN);
        if let Some(store) = open.get(&path).and_then(Weak::upgrade) {
            return Ok(store);
        }
        open.retain(|_, store| store.strong_count() > 0);
        let tell = Arc::clone(tell);
        let shown = path.display().to_string();
        let notice = move |notice: FileNotice| match notice {
            FileNotice::Created => tell(
                "journalCreated",
                format!(
                    "created a new journal at {shown}, which contains no earlier debits: check the path if debits were made before"
                ),
            ),
            FileNotice::OverlayFs => {
                tell(
                    "journalMount",
                    "the journal lies on overlayfs, which may be lost when the container restarts: put the journal on a mounted volume".into(),
                );
            }
            FileNotice::MarkNotWritten(reason) => {
                tell(
                    "journalMark",
                    format!(
                        "the journal's mark file (-mark) cannot be written, so lost commits may go unnoticed: make it writable ({reason})"
                    ),
                );
            }
            #[allow(unreachable_patterns, reason = "a later version may add notices")]
            _ => {}
        };
        let options =
            FileOptions { path: path.clone(), create, production, accept_volatile: accepted, tell: Arc::new(notice) };
        let store: Arc<dyn Store> = Arc::new(SqliteStore::lazy(options).map_err(|error| failed(&error))?);
        open.insert(path, Arc::downgrade(&store));
        Ok(store)
    }

    /// Returns the canonical path of a file, so that all paths of one file (through links) lead to one store. The file need not exist yet.
    fn canonical(path: &Path) -> PathBuf {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        path.canonicalize().unwrap_or_else(|_| match (path.parent().map(Path::canonicalize), path.file_name()) {
            (Some(Ok(parent)), Some(name)) => parent.join(name),
            (Some(Ok(_) | Err(_)) | None, _) => path.clone(),
        })
    }
}

#[cfg(not(feature = "journal-sqlite"))]
mod file {
    use super::{Arc, Code, Error, Store, Tell};
    use std::path::Path;

    pub(super) fn open(_: &Path, _: bool, _: bool, _: bool, _: &Tell) -> Result<Arc<dyn Store>, Error> {
        let message = "this build contains no SQLite: enable the cargo feature journal-sqlite, or configure a store as the journal";
        Err(Error::new(Code::JournalUnavailable, message))
    }
}
