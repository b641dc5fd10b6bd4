//! State that the threads of a store share: the opened file, and whether the file is usable.
//!
//! The mark is a small file beside the journal that counts the journal's commits. A look is a check that the paths still lead to the opened
//! files, and that the mark matches the journal.

use super::super::store::{StoreError, StoreFailure};
use super::mark::{self, Mark, MarkVerdict, judge};
use super::open::{OpenedConnection, open};
use super::options::{FileNotice, FileOptions};
use super::place::JournalPaths;
use super::restored::Declared;
use super::{failure::failed, schema};
use crate::clock::since_boot;
use crate::mutex::lock;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// Maximum number of tries to compare the journal with its mark. Another process that writes at the same time may disturb a try.
const TRIES: u32 = 4;

/// Time in microseconds for which the result of a look (the check of the files and the mark) is valid. It covers the time from a commit to
/// the next request.
const MOMENT_US: u64 = 20_000;

fn boot_us() -> u64 {
    u64::try_from(since_boot().as_micros()).unwrap_or(u64::MAX)
}

/// File of a journal, opened at its first use.
pub(super) struct JournalFile {
    pub(super) options: FileOptions,
    /// First error that shows damage. Every later operation fails with this error.
    broken: OnceLock<StoreError>,
    place: OnceLock<JournalPaths>,
    /// Connection that opened the file. The writer thread takes the connection at its first job.
    pub(super) first: Mutex<Option<OpenedConnection>>,
    mark_fails: AtomicBool,
    /// Time of the last successful look (the check of the files and the mark), in microseconds since the boot; 0 forces a new look.
    looked_us: AtomicU64,
    /// True if the last look found that the journal had been declared restored within a day.
    restored: AtomicBool,
}

impl JournalFile {
    pub(super) fn new(options: FileOptions) -> Self {
        let (broken, place) = (OnceLock::new(), OnceLock::new());
        let (mark_fails, looked_us) = (AtomicBool::new(false), AtomicU64::new(0));
        let restored = AtomicBool::new(false);
        Self { options, broken, place, first: Mutex::default(), mark_fails, looked_us, restored }
    }

    /// Records a successful look: the files are in place, and the mark matches the last commit.
    pub(super) fn looked(&self) {
        self.looked_us.store(boot_us(), Ordering::Release);
    }

    /// Discards the result of the last look (the check of the files and the mark).
    pub(super) fn look_again(&self) {
        self.looked_us.store(0, Ordering::Release);
    }

    /// Returns true if the journal was declared restored within the last day, as the last look (the check of the files and the mark) has
    /// found. Returns `None` if the result of that look has expired.
    pub(super) fn was_restored(&self) -> Option<bool> {
        self.looked_in_this_moment().then(|| self.restored.load(Ordering::Acquire))
    }

    /// Returns true if the result of the last look (the check of the files and the mark) is still valid, and the files are still in place.
    /// A caller that has just committed then needs no separate check.
    pub(super) fn has_just_looked(&self) -> bool {
        self.looked_in_this_moment() && self.place.get().is_some_and(|place| place.check().is_ok())
    }

    fn looked_in_this_moment(&self) -> bool {
        let looked_us = self.looked_us.load(Ordering::Acquire);
        looked_us > 0 && boot_us().saturating_sub(looked_us) <= MOMENT_US && self.broken.get().is_none()
    }

    /// Opens the file at the first call. Later calls check that the paths still lead to the files that were opened.
    ///
    /// # Errors
    /// If a path leads to another file, the file is damaged, or the file cannot be opened now.
    pub(super) fn ready(&self) -> Result<&JournalPaths, StoreError> {
        if let Some(error) = self.broken.get() {
            return Err(error.clone());
        }
        if let Some(place) = self.place.get() {
            return self.heed(place.check()).map(|()| place);
        }
        let mut first = lock(&self.first);
        if let Some(place) = self.place.get() {
            return Ok(place);
        }
        let (mut opened, place) = self.heed(open(&self.options))?;
        self.heed(self.mark_new(&mut opened.connection, &place))?;
        *first = Some(opened);
        Ok(self.place.get_or_init(|| place))
    }

    /// Records the first error that shows damage, and returns it for every later error of that kind. Returns any other result unchanged.
    /// The file stays refused until the store is opened again.
    pub(super) fn heed<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match result {
            Err(error) if error.kind == StoreFailure::Unusable => Err(self.broken.get_or_init(|| error).clone()),
            result => result,
        }
    }

    /// Creates the mark (the file that counts commits) of a new journal, which this process or another process has created.
    fn mark_new(&self, connection: &mut Connection, place: &JournalPaths) -> Result<(), StoreError> {
        if schema::head(connection).map_err(failed)?.marked {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        match self.settle(&transaction, place) {
            // A journal that has lost commits is opened, so that it can be read and a person can declare which commits were lost.
            Err(error) if error.kind == StoreFailure::Behind => return Ok(()),
            settled => settled?,
        };
        transaction.commit().map_err(failed)?;
        // The checkpoint moves the change into the main file. Without it, a main file that has lost its `-wal` file would look like a new
        // journal.
        connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(())).map_err(failed)
    }

    /// Compares the journal with its mark, and raises the mark to the number of commits. The transaction holds the write lock, so no other
    /// process can lower the mark. Returns false if the mark could not be written.
    ///
    /// # Errors
    /// If the journal has lost commits, or if the journal or its mark cannot be read.
    pub(super) fn settle(&self, transaction: &Transaction<'_>, place: &JournalPaths) -> Result<bool, StoreError> {
        let found = mark::read(&place.mark).map_err(|error| unreadable(&error))?;
        let head = schema::head(transaction).map_err(failed)?;
        self.restored.store(head.restored.as_ref().is_some_and(Declared::is_recent), Ordering::Release);
        let verdict = judge(&found, &head, place.inode, self.options.production);
        let mark = Mark { id: head.id, commits: head.commits, inode: place.inode };
        let written = match verdict {
            MarkVerdict::Current => return Ok(true),
            MarkVerdict::Behind(reason) => return Err(StoreError::behind(reason)),
            MarkVerdict::Raise => mark::rewrite(&place.mark, &mark),
            MarkVerdict::Make => mark::make(&place.mark, &mark),
        };
        if let Err(error) = &written {
            // The notice is sent once, and again only after the mark could be written in between.
            if !self.mark_fails.swap(true, Ordering::Relaxed) {
                (self.options.tell)(FileNotice::MarkNotWritten(error.to_string()));
            }
            return Ok(false);
        }
        self.mark_fails.store(false, Ordering::Relaxed);
        if !head.marked {
            transaction.execute("UPDATE journal SET marked = ?1", [schema::MARKED]).map_err(failed)?;
        }
        Ok(true)
    }

    /// Compares the journal with its mark, without changing either of them.
    ///
    /// # Errors
    /// If the journal has lost commits, or if the journal or its mark cannot be read.
    pub(super) fn compare(&self, connection: &Connection, place: &JournalPaths) -> Result<(), StoreError> {
        let mut tries = 1;
        loop {
            // The mark is read before the journal, because a commit of another process between the two reads raises only the journal's
            // count.
            let found = mark::read(&place.mark).map_err(|error| unreadable(&error))?;
            let head = schema::head(connection).map_err(failed)?;
            match judge(&found, &head, place.inode, self.options.production) {
                // Another process may be writing the mark, so this process may have read only a part of the new mark.
                MarkVerdict::Behind(_) if tries < TRIES => std::thread::sleep(Duration::from_millis(1 << tries)),
                MarkVerdict::Behind(reason) => return Err(StoreError::behind(reason)),
                MarkVerdict::Current | MarkVerdict::Raise | MarkVerdict::Make => return Ok(()),
            }
            tries += 1;
        }
    }
}

fn unreadable(error: &std::io::Error) -> StoreError {
    StoreError::unavailable(format!("the journal's mark file (-mark) cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_check_is_valid_for_20_ms() {
        let shared = JournalFile::new(FileOptions::new(std::env::temp_dir()));
        assert!(!shared.looked_in_this_moment());
        let counts = |ago_us: u64| {
            shared.looked_us.store(boot_us().saturating_sub(ago_us), Ordering::Release);
            shared.looked_in_this_moment()
        };
        // On a busy machine the thread may be paused between the two calls, so the test tries several times.
        assert!((0..100).any(|_| counts(19_000)));
        assert!(!(0..100).any(|_| counts(20_001)));
    }
}
