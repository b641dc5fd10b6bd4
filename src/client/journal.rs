//! Which journal a client's debits go through.

use super::Inner;
use super::config::Environment;
use crate::error::{Code, Error};
use crate::money::{Account, Entry, Journal, PRODUCTION, Store};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, Weak};

/// What must be written to send debits without a journal.
pub const RISK: &str = "a-debit-may-leave-twice";

/// Where the intents of debits are kept.
#[derive(Clone)]
pub enum JournalConfig {
    /// A SQLite file that survives restarts, shared by all processes of this machine that debit with the same keys.
    File(PathBuf),
    /// A store of your own, for debits from many machines.
    Store(Arc<dyn Store>),
    /// None: after a crash nobody knows which debits are open, and one may leave twice. The text must be [`RISK`].
    Off(String),
}

impl fmt::Debug for JournalConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalConfig::File(path) => f.debug_tuple("File").field(path).finish(),
            JournalConfig::Store(_) => f.write_str("Store"),
            JournalConfig::Off(_) => f.write_str("Off"),
        }
    }
}

/// A journal that is opened when first needed, so that a client that only reads never touches a disk.
pub(crate) struct LazyJournal {
    config: Option<JournalConfig>,
    /// Outside production a file of the temporary folder will do.
    default: Option<PathBuf>,
    account: Account,
    /// Whether EPS is a server on this machine, and no relay to production.
    local: bool,
    /// Its file, while this client lives.
    opened: OnceLock<Arc<dyn Store>>,
}

/// One connection for each file of the process, whatever the number of clients and worker threads. It is closed with the last client.
static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<dyn Store>>>> = LazyLock::new(Mutex::default);

impl LazyJournal {
    pub(super) fn new(
        config: Option<JournalConfig>,
        environment: Option<Environment>,
        loopback: bool,
        [base_url, developer_key]: [&str; 2],
        initiator_id: Option<&str>,
    ) -> Result<Self, Error> {
        if let Some(JournalConfig::Off(risk)) = &config
            && risk != RISK
        {
            let message = format!("journal is switched off without naming the risk: write {RISK}, or give a file");
            return Err(Error::new(Code::InvalidConfig, message));
        }
        // A relay on this machine may lead to production, whose path it keeps.
        let relayed = base_url.contains(PRODUCTION);
        let local = loopback && !relayed;
        let test = local || environment == Some(Environment::Uat);
        let default = test.then(|| std::env::temp_dir().join(default_name([base_url, developer_key])));
        let account = Account::of(base_url, initiator_id);
        Ok(Self { config, default, account, local, opened: OnceLock::new() })
    }

    /// `Ok(None)` where it was switched off by naming the risk.
    ///
    /// # Errors
    /// `journal.missing`, `journal.unavailable`.
    pub(crate) fn get(&self) -> Result<Option<Journal>, Error> {
        match (&self.config, &self.default) {
            (Some(JournalConfig::Off(_)), _) => Ok(None),
            (Some(JournalConfig::Store(store)), _) => Ok(Some(self.over(store))),
            (Some(JournalConfig::File(path)), _) | (None, Some(path)) => {
                if let Some(store) = self.opened.get() {
                    return Ok(Some(self.over(store)));
                }
                let store = open(path)?;
                Ok(Some(self.over(self.opened.get_or_init(|| store))))
            }
            (None, None) => Err(Error::new(
                Code::JournalMissing,
                format!("{} {}", Code::JournalMissing.doc(), Code::JournalMissing.action()),
            )),
        }
    }

    /// Whether references may be forgotten at once. Not on UAT: a journal may be shared, and a store forgets those of every account.
    pub(super) fn forgets_at_once(&self) -> bool {
        self.local
    }

    fn over(&self, store: &Arc<dyn Store>) -> Journal {
        Journal::shared(store.clone(), self.account.clone())
    }
}

impl Inner {
    /// Whose debit this is: a call may name an initiator of its own.
    pub(super) fn account(&self, params: &Map<String, Value>) -> Account {
        let given = params.get("initiatorId").and_then(Value::as_str);
        Account::of(&self.base_url, given.or(self.initiator_id.as_deref()))
    }
}

/// Refuses what is another account's: only its own client may ask EPS about it.
pub(super) fn refuse_foreign(journal: &Journal, entry: &Entry) -> Result<(), Error> {
    let Some(differs) = journal.foreign(entry) else { return Ok(()) };
    let key = &entry.intent.key;
    Err(Error::new(
        Code::InvalidConfig,
        format!(
            "the {} with the reference {} was sent by a client with {differs}: only such a client can ask EPS what became of it, this one would be told that it does not exist",
            key.op, key.reference
        ),
    ))
}

/// A file for each server and account: another one would say "not found" of debits that are not its own.
fn default_name(account: [&str; 2]) -> String {
    let digest = Sha256::digest(account.join("\0"));
    let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("eko-eps-test-journal-{name}.sqlite")
}

#[cfg(feature = "journal-sqlite")]
fn open(path: &Path) -> Result<Arc<dyn Store>, Error> {
    let path = canonical(path);
    let mut open = crate::clock::lock(&OPEN);
    if let Some(store) = open.get(&path).and_then(Weak::upgrade) {
        return Ok(store);
    }
    open.retain(|_, store| store.strong_count() > 0);
    let store = crate::money::SqliteStore::lazy(path.clone()).map_err(|error| unavailable(&error.to_string()))?;
    let store: Arc<dyn Store> = Arc::new(store);
    open.insert(path, Arc::downgrade(&store));
    Ok(store)
}

/// One name for a file that has many, by links; also for one that is yet to be made.
#[cfg(feature = "journal-sqlite")]
fn canonical(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.canonicalize().unwrap_or_else(|_| match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        (Some(Ok(_) | Err(_)) | None, _) => path.clone(),
    })
}

#[cfg(not(feature = "journal-sqlite"))]
fn open(_: &Path) -> Result<Arc<dyn Store>, Error> {
    let _ = &OPEN;
    Err(unavailable("this build has no SQLite: enable the feature journal-sqlite, or give a store"))
}

pub(super) fn unavailable(reason: &str) -> Error {
    Error::new(
        Code::JournalUnavailable,
        format!("{} {} ({reason})", Code::JournalUnavailable.doc(), Code::JournalUnavailable.action()),
    )
}
