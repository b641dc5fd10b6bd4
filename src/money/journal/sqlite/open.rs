//! Opening of the journal file without losing this process's locks on the file.
//!
//! On Unix, a process that closes any descriptor of a file loses all its locks on the file. SQLite keeps track of its own descriptors, so
//! this module opens an existing file only through SQLite. A second copy of SQLite in the same process, for example in a second copy of
//! this library, would remove the locks of the first copy. So a file is refused if another part of this process has the file open.

use super::super::store::StoreError;
use super::busy::{BUSY, set_patient};
use super::create::{cannot, ensure};
use super::failure::{failed, is_busy};
use super::options::{FileNotice, FileOptions};
use super::place::{self, FileIdentity, JournalPaths, identity};
use super::{mounts, schema};
use crate::mutex::lock;
use rusqlite::{Connection, OpenFlags};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

/// Number of open connections of this copy of the library, by file.
static OURS: LazyLock<Mutex<HashMap<FileIdentity, usize>>> = LazyLock::new(Mutex::default);

/// Connection that is counted in [`OURS`] while it is open.
pub(super) struct OpenedConnection {
    pub(super) connection: Connection,
    _counted: Option<OpenCount>,
}

struct OpenCount(FileIdentity);

impl Drop for OpenCount {
    fn drop(&mut self) {
        let mut ours = lock(&OURS);
        if let Some(count) = ours.get_mut(&self.0) {
            *count -= 1;
        }
        ours.retain(|_, count| *count > 0);
    }
}

/// Opens the journal file for writing, and checks that the file is a complete journal. Creates the file if needed.
///
/// # Errors
/// If the file cannot be written, is not a journal, or is already open in this process outside this copy of the library.
pub(super) fn open(options: &FileOptions) -> Result<(OpenedConnection, JournalPaths), StoreError> {
    let real = place::real(&options.path).map_err(cannot)?;
    let overlay = mounts::check(&real, options)?;
    let (opened, identity, bytes) = {
        // The lock is held from the check until the file is open, so that no other thread of this copy of the library opens the file in
        // between.
        let mut ours = lock(&OURS);
        ensure(&real, options)?;
        let metadata = std::fs::metadata(&options.path).map_err(cannot)?;
        place::refuse_links(&metadata)?;
        let identity = identity(&metadata);
        let first = identity.is_none_or(|identity| !ours.contains_key(&identity));
        if first && descriptors(identity) > 0 {
            return Err(taken());
        }
        let connection = connect(&real, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if first && descriptors(identity) > 1 {
            // Another copy of the library has opened the file at the same moment. Closing this connection would remove the locks of the
            // other copy, so the connection stays open and is not used.
            std::mem::forget(connection);
            return Err(taken());
        }
        (counted(connection, identity, &mut ours), identity, metadata.len())
    };
    // If this process may not write the file, SQLite opens it for reading only and reports no error.
    if opened.connection.is_readonly("main").map_err(failed)? {
        return Err(StoreError::unavailable(
            "the journal file cannot be opened: give this process permission to write the file",
        ));
    }
    patiently(|| schema::definitions(&opened.connection)).map_err(failed)?;
    schema::verify(&opened.connection, bytes)?;
    patiently(|| make_durable(&opened.connection)).map_err(failed)?;
    let place = JournalPaths::of(&options.path, &real, identity);
    place.check()?;
    if overlay {
        (options.tell)(FileNotice::OverlayFs);
    }
    Ok((opened, place))
}

/// Opens a read-only connection to a file that this process already has open.
///
/// # Errors
/// If the connection cannot be opened.
pub(super) fn open_reader(options: &FileOptions) -> Result<OpenedConnection, StoreError> {
    let real = place::real(&options.path).map_err(cannot)?;
    let mut ours = lock(&OURS);
    let identity = identity(&std::fs::metadata(&real).map_err(cannot)?);
    let connection = connect(&real, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(counted(connection, identity, &mut ours))
}

fn counted(
    connection: Connection,
    identity: Option<FileIdentity>,
    ours: &mut HashMap<FileIdentity, usize>,
) -> OpenedConnection {
    if let Some(identity) = identity {
        *ours.entry(identity).or_default() += 1;
    }
    OpenedConnection { connection, _counted: identity.map(OpenCount) }
}

fn taken() -> StoreError {
    StoreError::unavailable(
        "another part of this process has the journal file open: a second copy of eko-eps (npm ls eko-eps lists copies), or another \
         copy of SQLite. Neither sees the other's locks: let only one of them use the file. A debit sent through another journal can be sent twice",
    )
}

/// Returns the number of open descriptors of the file in this process, as far as the system shows them.
fn descriptors(wanted: Option<FileIdentity>) -> usize {
    let (Some(wanted), Ok(all)) = (wanted, std::fs::read_dir("/dev/fd")) else { return 0 };
    let is_it = |path: &Path| std::fs::metadata(path).is_ok_and(|metadata| identity(&metadata) == Some(wanted));
    all.flatten().filter(|entry| is_it(&entry.path())).count()
}

/// Connects to an existing file. Never creates a file, because the user would then get no notice about the new journal.
fn connect(file: &Path, how: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(file, how | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
    set_patient(&connection, true).map_err(failed)?;
    Ok(connection)
}

/// Repeats a step while the file is busy, for at most `BUSY`. SQLite's own wait does not cover the moment at which another process closes
/// the last connection.
fn patiently<T>(step: impl Fn() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let begun = Instant::now();
    loop {
        match step() {
            Err(error) if is_busy(&error) && begun.elapsed() < BUSY => std::thread::sleep(Duration::from_millis(5)),
            done => return done,
        }
    }
}

fn make_durable(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // In WAL mode, NORMAL would lose the last commits in a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On macOS, a plain sync does not empty the drive's cache. On other systems, these settings have no effect.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)
}
