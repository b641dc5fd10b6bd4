//! Embedded store: one SQLite file, safe for several processes and threads on one machine.
//!
//! A store has three threads, each with a separate connection: a writer, a reader for reads that may take long, and a reader for reads that
//! a debit waits for.
//!
//! The mark is a small file beside the journal that counts the journal's commits, so that a lost commit is noticed.

mod batch;
mod busy;
mod clock;
mod create;
mod failure;
mod file;
mod mark;
mod mounts;
mod open;
mod options;
mod place;
mod prune;
mod queries;
mod reader;
mod restored;
mod schema;
mod threads;
mod writer;

pub use options::{FileNotice, FileOptions};

use super::store::{DueOrder, Listing, Pending, Row, Store, StoreError, StoreTime};
use batch::Need;
use failure::failed;
use file::JournalFile;
use threads::Threads;

/// Store that keeps the rows of a journal in one SQLite file.
///
/// A store that has refused its file as unusable refuses the file from then on. The file can be used again after it was repaired and opened
/// again.
pub struct SqliteStore(Threads);

impl SqliteStore {
    /// Opens or creates the journal file. On Unix, only the owner of the file may read it. On other systems, the file has the permissions
    /// of its folder.
    ///
    /// # Errors
    /// If the file cannot be opened for writing, is not a journal of this format, or lies on a file system that does not keep its content.
    /// Also if another part of this process has the file open: another copy of this library, or another copy of SQLite.
    pub fn open(options: FileOptions) -> Result<Self, StoreError> {
        let shared = JournalFile::new(options);
        shared.ready()?;
        Threads::start(shared).map(Self)
    }

    /// Creates a store that opens the file at its first use, on the store's own threads. A wait for the disk or for another process then
    /// does not block the caller's thread. If the file cannot be opened, the next use tries again.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn lazy(options: FileOptions) -> Result<Self, StoreError> {
        Threads::start(JournalFile::new(options)).map(Self)
    }
}

impl Store for SqliteStore {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        let key = key.to_owned();
        self.0.submit(Need::Nothing, move |transaction| queries::read(transaction, &key))
    }

    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool> {
        self.0.submit(Need::Whole, move |transaction| queries::write(transaction, &row, &also))
    }

    fn write_soon(&self, row: Row) -> Pending<'_, bool> {
        self.0.submit(Need::Soon, move |transaction| queries::write(transaction, &row, &[]))
    }

    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>> {
        let account = account.to_owned();
        self.0.list(move |connection| queries::due(connection, &account, now_ms, limit, order))
    }

    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        self.0.list(move |connection| queries::unresolved(connection, &listing))
    }

    fn prune(&self, older_than_ms: u64, now_ms: u64, limit: u32) -> Pending<'_, u64> {
        self.0.submit(Need::Whole, move |transaction| prune::prune(transaction, older_than_ms, now_ms, limit))
    }

    fn archive(&self, older_than_ms: u64, now_ms: u64, limit: u32) -> Pending<'_, u64> {
        self.0.submit(Need::Whole, move |transaction| prune::archive(transaction, older_than_ms, now_ms, limit))
    }

    fn debits(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        self.0.list(move |connection| queries::debits(connection, &listing))
    }

    fn clock(&self) -> Pending<'_, StoreTime> {
        Box::pin(async { Ok(clock::now()) })
    }

    fn verify(&self) -> Pending<'_, ()> {
        self.0.look(|shared, connection, place| shared.compare(connection, place))
    }

    fn has_just_looked(&self) -> bool {
        self.0.shared().has_just_looked()
    }

    fn declare_restored(&self) -> Pending<'_, ()> {
        self.0.submit(Need::Lost, |transaction| restored::declare(transaction))
    }

    fn restored_lately(&self) -> Pending<'_, bool> {
        // Each commit refreshes the cached value, so no separate check is needed while debits are written.
        match self.0.shared().was_restored() {
            Some(lately) => Box::pin(async move { Ok(lately) }),
            None => self.0.look(|_, connection, _| restored::lately(connection).map_err(failed)),
        }
    }
}
