//! Opening the file so that no lock of this process on it is ever lost.
//!
//! On Unix a process that closes any descriptor of a file gives up all its locks on that file. SQLite counts its own descriptors for
//! that reason, so nothing here opens a file that is there already. Of another SQLite in the process (a second copy of this library,
//! or the program's own) it cannot know: each would take away the other's locks, and with them the writes of other processes. So a
//! file that something else in this process has open is refused.

use super::super::store::StoreError;
use super::failed;
use crate::clock::lock;
use rusqlite::{Connection, ErrorCode};
use std::collections::HashMap;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

pub(super) const BUSY: Duration = Duration::from_secs(5);
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS intents (
        key TEXT PRIMARY KEY, version INTEGER NOT NULL, entry TEXT NOT NULL, due_ms INTEGER, unresolved INTEGER NOT NULL, updated_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS intents_due ON intents (due_ms) WHERE due_ms IS NOT NULL;
    CREATE INDEX IF NOT EXISTS intents_unresolved ON intents (updated_ms) WHERE unresolved;
";

/// A file's device and number: what its locks hang on, whatever it is called.
type Identity = (u64, u64);

/// How many connections this copy of the library has to a file.
static OURS: LazyLock<Mutex<HashMap<Identity, usize>>> = LazyLock::new(Mutex::default);

/// A connection, counted while it is open.
pub(super) struct Opened {
    pub(super) connection: Connection,
    _counted: Option<Counted>,
}

struct Counted(Identity);

impl Drop for Counted {
    fn drop(&mut self) {
        let mut ours = lock(&OURS);
        if let Some(count) = ours.get_mut(&self.0) {
            *count -= 1;
        }
        ours.retain(|_, count| *count > 0);
    }
}

/// # Errors
/// If the file cannot be opened for writing, or is open in this process already, but not here.
pub(super) fn open(path: &Path) -> Result<Opened, StoreError> {
    let cannot = |error: io::Error| StoreError(format!("the journal file cannot be opened: {error}"));
    // One at a time: between looking and opening nobody else of this copy opens.
    let mut ours = lock(&OURS);
    create_private(path).map_err(cannot)?;
    let identity = identity(&std::fs::metadata(path).map_err(cannot)?);
    let first = identity.is_none_or(|identity| !ours.contains_key(&identity));
    if first && descriptors(identity) > 0 {
        return Err(taken());
    }
    let connection = connect(path).map_err(failed)?;
    if first && descriptors(identity) > 1 {
        // Another copy opened it in the same moment. Closing ours would take its locks away: it stays open, unused.
        std::mem::forget(connection);
        return Err(taken());
    }
    if let Some(identity) = identity {
        *ours.entry(identity).or_default() += 1;
    }
    Ok(Opened { connection, _counted: identity.map(Counted) })
}

fn taken() -> StoreError {
    StoreError(
        "something else in this process has the journal file open: a second copy of eko-eps (npm ls eko-eps shows it), or another \
         SQLite. Neither can see the other's locks: let one of them have it, or give each a file of its own"
            .into(),
    )
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(file) => file.sync_all()?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    // The file's name must survive a power cut as well as its content.
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    metadata.is_file().then(|| (metadata.dev(), metadata.ino()))
}

/// Elsewhere locks belong to a descriptor and not to the process.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<Identity> {
    None
}

/// How many of this process's descriptors are of that file, as far as the system tells.
fn descriptors(wanted: Option<Identity>) -> usize {
    let (Some(wanted), Ok(all)) = (wanted, std::fs::read_dir("/dev/fd")) else { return 0 };
    let is_it = |path: &Path| std::fs::metadata(path).is_ok_and(|metadata| identity(&metadata) == Some(wanted));
    all.flatten().filter(|entry| is_it(&entry.path())).count()
}

/// Two processes that make a new file at once get in each other's way: SQLite's own waiting does not cover the change to WAL mode.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let begun = Instant::now();
    loop {
        match connect_once(path) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < BUSY => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

fn connect_once(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // In WAL mode NORMAL would lose the last commits in a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On macOS a plain sync leaves the drive's own cache behind; elsewhere these say nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}
