//! Batches of jobs for the writer thread. All waiting jobs run in one transaction, but each job succeeds or fails separately.

use super::super::store::StoreError;
use super::failure::failed;
use super::file::JournalFile;
use super::place::JournalPaths;
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Condition that the journal must meet before a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// No condition. The job only reads.
    Nothing,
    /// The journal must have lost no commits. The job writes.
    Whole,
    /// The journal must have lost no commits. The job writes, but its commit need not be synced to the disk.
    Soon,
    /// No condition. The job records that a person knows which commits were lost.
    Lost,
}

impl Need {
    fn is_whole(self) -> bool {
        matches!(self, Need::Whole | Need::Soon)
    }
}

/// Returns true if the batch writes, but no job of it needs a sync to the disk. A power cut may undo such a batch, so the mark (the file
/// beside the journal that counts commits) does not count it.
pub(super) fn is_soon(batch: &[WriteJob]) -> bool {
    batch.iter().any(|job| job.need == Need::Soon)
        && batch.iter().all(|job| matches!(job.need, Need::Soon | Need::Nothing))
}

/// Job that a caller has submitted to the writer thread.
pub(super) struct WriteJob {
    pub(super) need: Need,
    pub(super) task: Box<dyn Task>,
}

pub(super) trait Task: Send {
    /// Runs the job in a transaction, or passes on the error that prevented the transaction. Returns the job's error, if any. If another
    /// job fails, all jobs may run a second time, and only the last result of a job counts.
    fn run(&mut self, transaction: Result<&Transaction<'_>, StoreError>) -> Option<StoreError>;

    /// Sends the result of the job to its caller, after the commit.
    fn done(self: Box<Self>, commit: Result<(), StoreError>);
}

/// Runs all jobs of a batch in one transaction. `late` may add jobs to the batch once the write lock is held. Returns true if the mark (the
/// file that counts commits) must count the commit.
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
        // A job has failed, so the first run was rolled back. The second run puts each job in a savepoint, so that only the failed job is
        // undone. The first run does without savepoints, because they copy each changed page.
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
    /// Runs the jobs and commits. If `apart` is true, only the changes of a failed job are undone. If `apart` is false, a failed job rolls
    /// back all jobs, and the result is `None`.
    fn commit(&mut self, connection: &mut Connection, apart: bool) -> Option<Result<bool, StoreError>> {
        // The transaction takes the write lock at its start, because a transaction that starts with a read may fail at its first write.
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
            // A commit into a file that was removed or replaced would be lost, so the commit is refused.
            self.place.check()?;
            transaction.commit().map_err(failed)?;
            // The check is repeated, because a file that was removed or replaced during the commit has lost the commit.
            self.place.check()
        });
        Some(commit.map(|()| counts))
    }
}

/// Runs one job in a savepoint, so that a failed job leaves no change. Returns the error if the whole transaction has failed with the job,
/// for example because the disk is full.
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
