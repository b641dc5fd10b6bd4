//! The writer thread. Jobs that arrive during a commit wait, and are then committed together, so that one sync to the disk serves many
//! debits.
//!
//! The mark is a small file beside the journal that counts the journal's commits. The writer raises the mark after a commit.

use super::super::store::{StoreError, StoreFailure};
use super::batch::{WriteJob, is_soon, refuse, run};
use super::busy::{give_way, set_patient};
use super::failure::failed;
use super::file::JournalFile;
use super::open::OpenedConnection;
use super::place::JournalPaths;
use crate::mutex::lock;
use rusqlite::{Connection, TransactionBehavior};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

const BATCH: usize = 512;
/// Time after which the writer tries again to write the mark, if that has failed.
const AGAIN: Duration = Duration::from_millis(500);

/// Runs write jobs until the store is dropped. Then waits until the reader threads have closed their connections, so that the writer closes
/// its connection last. The last connection moves the `-wal` file into the main file, which a read-only connection cannot do.
pub(super) fn work(shared: &JournalFile, jobs: &Receiver<WriteJob>, readers: &Receiver<()>) {
    let mut opened: Option<OpenedConnection> = None;
    let mut owed = false;
    loop {
        let first = match if owed { jobs.recv_timeout(AGAIN) } else { jobs.recv().map_err(RecvTimeoutError::from) } {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut batch: Vec<WriteJob> = first.into_iter().chain(jobs.try_iter().take(BATCH - 1)).collect();
        let ready = shared.ready().and_then(|place| {
            opened = opened.take().or_else(|| lock(&shared.first).take());
            opened.as_mut().map(|opened| (&mut opened.connection, place)).ok_or_else(lost)
        });
        let commit = match ready {
            Ok((connection, place)) if batch.is_empty() => {
                owed = raise(connection, shared, place);
                continue;
            }
            Ok((connection, place)) if is_soon(&batch) => shared.heed(run_soon(connection, shared, place, &mut batch)),
            Ok((connection, place)) => {
                // Jobs that arrive while another process holds the write lock join this batch.
                let late =
                    |batch: &mut Vec<WriteJob>| batch.extend(jobs.try_iter().take(BATCH.saturating_sub(batch.len())));
                let commit = shared.heed(run(connection, shared, place, &mut batch, late));
                if matches!(commit, Ok(true)) {
                    owed = raise(connection, shared, place);
                }
                commit.map(drop)
            }
            Err(error) => {
                // A file that is refused gets no new mark now. When it is opened again, its commits are compared with its mark.
                owed = false;
                refuse(&error, &mut batch);
                Err(error)
            }
        };
        for job in batch {
            job.task.done(commit.clone());
        }
        give_way();
    }
    let _ = readers.recv();
}

fn lost() -> StoreError {
    StoreError::unavailable("the connection to the journal file was closed: close the client and create a new one")
}

/// Commits a batch without a sync to the disk, and then restores the setting that syncs each commit. If the setting cannot be restored, the
/// connection is not used any more.
fn run_soon(
    connection: &mut Connection,
    shared: &JournalFile,
    place: &JournalPaths,
    batch: &mut Vec<WriteJob>,
) -> Result<(), StoreError> {
    let sync = |connection: &Connection, how| connection.pragma_update(None, "synchronous", how).map_err(failed);
    if let Err(error) = sync(connection, "NORMAL") {
        refuse(&error, batch);
        return Err(error);
    }
    let commit = run(connection, shared, place, batch, |_| ());
    let waits = sync(connection, "FULL").map_err(|error| StoreError::unusable(error.reason));
    waits.and(commit.map(drop))
}

/// Raises the mark after a commit. Returns true if the mark must still be raised later. Does not wait for the write lock: a process that
/// holds the lock sees this commit, and raises the mark itself.
fn raise(connection: &mut Connection, shared: &JournalFile, place: &JournalPaths) -> bool {
    let try_it = |connection: &mut Connection| {
        set_patient(connection, false).map_err(failed)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let raised = shared.settle(&transaction, place)?;
        transaction.commit().map_err(failed)?;
        shared.looked();
        Ok(raised)
    };
    let raised = shared.heed(try_it(connection));
    let waits_again = set_patient(connection, true).map_err(failed);
    match raised.and_then(|raised| waits_again.map(|()| raised)) {
        Ok(raised) => !raised,
        // The mark of a journal that has lost commits or is damaged is not raised.
        Err(error) => error.kind == StoreFailure::Unavailable,
    }
}

#[cfg(test)]
#[path = "commits.rs"]
mod commits;
