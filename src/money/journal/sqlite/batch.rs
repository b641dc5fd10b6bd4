//! One transaction for all jobs that wait, with a separate success or failure for each job.

use super::super::store::StoreError;
use super::failure::failed;
use super::file::JournalFile;
use super::place::JournalPaths;
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Condition that the journal must meet for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// The job reads.
    Nothing,
    /// The job writes, so no commit may have been lost.
    Whole,
    /// Like `Whole`, but the job does not wait for the disk.
    Soon,
    /// The job records that a person knows what was lost.
    Lost,
}

impl Need {
    fn is_whole(self) -> bool {
        matches!(self, Need::Whole | Need::Soon)
    }
}

/// Returns true if the batch writes and none of its jobs waits for the disk. Such a batch is committed without a sync. The mark does not
/// count this commit, because a power cut may undo it.
pub(super) fn is_soon(batch: &[WriteJob]) -> bool {
    batch.iter().any(|job| job.need == Need::Soon)
        && batch.iter().all(|job| matches!(job.need, Need::Soon | Need::Nothing))
}

/// A job of a caller.
pub(super) struct WriteJob {
    pub(super) need: Need,
    pub(super) task: Box<dyn Task>,
}

pub(super) trait Task: Send {
    /// Runs in a transaction, or is told why there is none. Returns the error, if any. Runs again if the transaction is rolled back because
    /// another job failed; then the last run counts.
    fn run(&mut self, transaction: Result<&Transaction<'_>, StoreError>) -> Option<StoreError>;

    /// Called with the commit's result.
    fn done(self: Box<Self>, commit: Result<(), StoreError>);
}

/// Runs all jobs of a batch in one transaction, with the jobs that `late` adds once the lock is held. Returns true if the mark counts the
/// commit.
pub(super) fn run(
    connection: &mut Connection,
    shared: &JournalFile,
    place: &JournalPaths,
    batch: &mut Vec<WriteJob>,
    late: impl FnOnce(&mut Vec<WriteJob>),
) -> Result<bool, StoreError> {
    if batch.iter().any(|job| job.need == Need::Lost) {
        shared.look_again();
    }
    let mut together = Batch { shared, place, jobs: batch, late: Some(late) };
    match together.commit(connection, false) {
        Some(commit) => commit,
        // Savepoints would copy each page for each job. So the first run uses none, and a job that fails rolls back all jobs. The second
        // run uses savepoints.
        None => together.commit(connection, true).unwrap_or(Ok(false)),
    }
}

struct Batch<'a, L> {
    shared: &'a JournalFile,
    place: &'a JournalPaths,
    jobs: &'a mut Vec<WriteJob>,
    late: Option<L>,
}

impl<L: FnOnce(&mut Vec<WriteJob>)> Batch<'_, L> {
    /// Runs the jobs and commits. With `apart`, a job that fails leaves no change, and the other jobs stand. Without it, a job that fails
    /// rolls back all jobs, and the result is `None`.
    fn commit(&mut self, connection: &mut Connection, apart: bool) -> Option<Result<bool, StoreError>> {
        // The lock is taken at once, because a read that becomes a write could fail half way.
        let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed) {
            Ok(transaction) => transaction,
            Err(error) => {
                refuse(&error, self.jobs);
                return Some(Err(error));
            }
        };
        if let Some(late) = self.late.take() {
            late(self.jobs);
        }
        let soon = is_soon(self.jobs);
        let writes = self.jobs.iter().any(|job| job.need.is_whole());
        let whole = if writes { self.shared.settle(&transaction, self.place).map(drop) } else { Ok(()) };
        let before = transaction.total_changes();
        let mut broken = None;
        for job in self.jobs.iter_mut() {
            match broken.clone().map_or_else(|| if job.need.is_whole() { whole.clone() } else { Ok(()) }, Err) {
                Ok(()) if apart => broken = alone(&transaction, job),
                Ok(()) if job.task.run(Ok(&transaction)).is_some() => return None,
                Ok(()) => {}
                Err(error) => drop(job.task.run(Err(error))),
            }
        }
        let counts = transaction.total_changes() > before && !soon;
        let commit = broken.map_or(Ok(()), Err).and_then(|()| {
            if counts {
                transaction
                    .prepare_cached("UPDATE journal SET commits = commits + 1")
                    .and_then(|mut it| it.execute([]))
                    .map_err(failed)?;
            }
            // A commit into a file that was removed or replaced would not last, so it is refused.
            self.place.check()?;
            transaction.commit().map_err(failed)?;
            // The commit does not last either if the file was taken away meanwhile.
            self.place.check()
        });
        Some(commit.map(|()| counts))
    }
}

/// Runs one job in a savepoint, so that a job that fails leaves no change. Returns the error if the whole transaction failed with it. For
/// example, a full disk makes SQLite undo all of it.
fn alone(transaction: &Transaction<'_>, job: &mut WriteJob) -> Option<StoreError> {
    let say =
        |sql: &str| transaction.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map_err(failed);
    if let Err(error) = say("SAVEPOINT job") {
        job.task.run(Err(error.clone()));
        return Some(error);
    }
    let end = match job.task.run(Ok(transaction)) {
        Some(error) if transaction.is_autocommit() => Err(error),
        Some(_) => say("ROLLBACK TO job").and_then(|_| say("RELEASE job")),
        None => say("RELEASE job"),
    };
    end.err()
}

pub(super) fn refuse(error: &StoreError, batch: &mut [WriteJob]) {
    for job in batch {
        job.task.run(Err(error.clone()));
    }
}
