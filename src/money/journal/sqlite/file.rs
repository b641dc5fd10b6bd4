//! What the threads of a store share: its file, once it is open, and whether it may still be used.

use super::super::store::{StoreError, StoreFailure};
use super::mark::{self, Mark, MarkVerdict, judge};
use super::open::{OpenedConnection, open};
use super::options::{FileNotice, FileOptions};
use super::place::JournalPaths;
use super::restored::Declared;
use super::{failure::failed, schema};
use crate::clock::{lock, since_boot};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// How often a judgement is made anew that another process's writing may have led astray.
const TRIES: u32 = 4;

/// From a commit to the request that follows it.
const MOMENT_US: u64 = 20_000;

fn boot_us() -> u64 {
    u64::try_from(since_boot().as_micros()).unwrap_or(u64::MAX)
}

/// A journal's file, opened when it is first needed.
pub(super) struct JournalFile {
    pub(super) options: FileOptions,
    /// The first sign of damage. From then on nothing is done any more.
    broken: OnceLock<StoreError>,
    place: OnceLock<JournalPaths>,
    /// The connection it was opened with, until the writer fetches it.
    pub(super) first: Mutex<Option<OpenedConnection>>,
    mark_fails: AtomicBool,
    /// When place and mark were last looked at and found right, with a commit: microseconds of the boot.
    looked_us: AtomicU64,
    /// Whether it was declared restored within a day, as of the last look.
    restored: AtomicBool,
}

impl JournalFile {
    pub(super) fn new(options: FileOptions) -> Self {
        let (broken, place) = (OnceLock::new(), OnceLock::new());
        let (mark_fails, looked_us) = (AtomicBool::new(false), AtomicU64::new(0));
        let restored = AtomicBool::new(false);
        Self { options, broken, place, first: Mutex::default(), mark_fails, looked_us, restored }
    }

    /// Place and mark are right, with what was just committed.
    pub(super) fn looked(&self) {
        self.looked_us.store(boot_us(), Ordering::Release);
    }

    /// What was seen holds no longer.
    pub(super) fn look_again(&self) {
        self.looked_us.store(0, Ordering::Release);
    }

    /// Whether it was declared restored within a day, where that was seen in this moment.
    pub(super) fn was_restored(&self) -> Option<bool> {
        self.looked_in_this_moment().then(|| self.restored.load(Ordering::Acquire))
    }

    /// Whether that was in this moment, and nothing is wrong since: who has just committed need not look again.
    pub(super) fn has_just_looked(&self) -> bool {
        self.looked_in_this_moment() && self.place.get().is_some_and(|place| place.check().is_ok())
    }

    fn looked_in_this_moment(&self) -> bool {
        let looked_us = self.looked_us.load(Ordering::Acquire);
        looked_us > 0 && boot_us().saturating_sub(looked_us) <= MOMENT_US && self.broken.get().is_none()
    }

    /// Opens it if need be; looks whether it is the same as ever.
    ///
    /// # Errors
    /// If it is not, was damaged, or cannot be opened now.
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

    /// Remembers the first sign of damage: what is damaged, replaced or foreign does not become a journal again under this process.
    pub(super) fn heed<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match result {
            Err(error) if error.kind == StoreFailure::Unusable => Err(self.broken.get_or_init(|| error).clone()),
            result => result,
        }
    }

    /// Makes the mark of a journal that was just made, by whichever process.
    fn mark_new(&self, connection: &mut Connection, place: &JournalPaths) -> Result<(), StoreError> {
        if schema::head(connection).map_err(failed)?.marked {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        match self.settle(&transaction, place) {
            // It is opened all the same: it can be read, and a person can declare what was lost.
            Err(error) if error.kind == StoreFailure::Behind => return Ok(()),
            settled => settled?,
        };
        transaction.commit().map_err(failed)?;
        // Into the file itself: a copy of that alone, or a file without its `-wal`, must not look like one that was just made.
        connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(())).map_err(failed)
    }

    /// Compares the journal with its mark, and raises the mark to what was committed. The transaction holds the write lock, so no
    /// process lowers a mark. Returns whether the mark is as it should be.
    ///
    /// # Errors
    /// If the journal is behind.
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
            // Told once, until it can be written again.
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

    /// The same for a reader, which changes nothing.
    ///
    /// # Errors
    /// If the journal is behind.
    pub(super) fn compare(&self, connection: &Connection, place: &JournalPaths) -> Result<(), StoreError> {
        let mut tries = 1;
        loop {
            // In this order: a commit in between only puts the journal further ahead.
            let found = mark::read(&place.mark).map_err(|error| unreadable(&error))?;
            let head = schema::head(connection).map_err(failed)?;
            match judge(&found, &head, place.inode, self.options.production) {
                // A mark that is being made or written anew may have been read half.
                MarkVerdict::Behind(_) if tries < TRIES => std::thread::sleep(Duration::from_millis(1 << tries)),
                MarkVerdict::Behind(reason) => return Err(StoreError::behind(reason)),
                MarkVerdict::Current | MarkVerdict::Raise | MarkVerdict::Make => return Ok(()),
            }
            tries += 1;
        }
    }
}

fn unreadable(error: &std::io::Error) -> StoreError {
    StoreError::unavailable(format!("the journal's mark cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_counts_for_a_fiftieth_of_a_second() {
        let shared = JournalFile::new(FileOptions::new(std::env::temp_dir()));
        assert!(!shared.looked_in_this_moment());
        let counts = |ago_us: u64| {
            shared.looked_us.store(boot_us().saturating_sub(ago_us), Ordering::Release);
            shared.looked_in_this_moment()
        };
        // A busy machine may stand still in between.
        assert!((0..100).any(|_| counts(19_000)));
        assert!(!(0..100).any(|_| counts(20_001)));
    }
}
