//! The thread that writes. Jobs that arrive while a commit is on its way to the disk are committed together. So there can be more debits
//! per second than syncs.

use super::super::store::{StoreError, StoreFailure};
use super::batch::{WriteJob, is_soon, refuse, run};
use super::busy::{give_way, set_patient};
use super::failure::failed;
use super::file::JournalFile;
use super::open::OpenedConnection;
use super::place::JournalPaths;
use crate::clock::lock;
use rusqlite::{Connection, TransactionBehavior};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

const BATCH: usize = 512;
/// Time after which a mark that could not be written is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// Writes until the store is dropped, and then waits until its readers have closed. The last connection moves the `-wal` file into the
/// journal, and a reader cannot do that.
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
                // Jobs that arrive while another process holds the lock join this batch.
                let late =
                    |batch: &mut Vec<WriteJob>| batch.extend(jobs.try_iter().take(BATCH.saturating_sub(batch.len())));
                let commit = shared.heed(run(connection, shared, place, &mut batch, late));
                if matches!(commit, Ok(true)) {
                    owed = raise(connection, shared, place);
                }
                commit.map(drop)
            }
            Err(error) => {
                // No mark is owed for a file that is no longer used, or that is opened anew: the open compares it with its mark.
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
    StoreError::unavailable("the journal's connection is gone")
}

/// Commits without waiting for the disk. For the next batch the connection waits for the disk again, or is not used any more.
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

/// Raises the mark after a commit. Returns true if that is yet to be done. Takes the write lock once more, without waiting: a process that
/// holds the lock now has seen this commit, and raises the mark to it.
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
        // The mark of a journal that is behind or damaged stays as it is.
        Err(error) => error.kind == StoreFailure::Unavailable,
    }
}

#[cfg(test)]
#[path = "commits.rs"]
mod commits;
