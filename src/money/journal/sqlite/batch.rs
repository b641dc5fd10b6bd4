//! One transaction for all jobs that wait, and for each of them its own success or failure.

use super::super::store::StoreError;
use super::failure::failed;
use super::file::JournalFile;
use super::place::JournalPaths;
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// What a job asks of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It reads.
    Nothing,
    /// It writes, so nothing may have been lost.
    Whole,
    /// The same, and the disk may have it later.
    Soon,
    /// It writes that what was lost is known.
    Lost,
}

impl Need {
    fn is_whole(self) -> bool {
        matches!(self, Need::Whole | Need::Soon)
    }
}

/// Whether nobody waits for the disk: then the batch is committed without it, and is none of the commits that the mark counts, for a
/// power cut may take it back.
pub(super) fn is_soon(batch: &[WriteJob]) -> bool {
    batch.iter().any(|job| job.need == Need::Soon)
        && batch.iter().all(|job| matches!(job.need, Need::Soon | Need::Nothing))
}

/// What a caller wants to have done.
pub(super) struct WriteJob {
    pub(super) need: Need,
    pub(super) task: Box<dyn Task>,
}

pub(super) trait Task: Send {
    /// Runs in a transaction, or is told why there is none; what went wrong. It runs again if that transaction is taken back for another's
    /// failure: the last run counts.
    fn run(&mut self, transaction: Result<&Transaction<'_>, StoreError>) -> Option<StoreError>;

    /// Called with the commit's result.
    fn done(self: Box<Self>, commit: Result<(), StoreError>);
}

/// All of a batch in one transaction, with what `late` adds once the lock is held. Returns whether it is a commit that the mark counts.
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
        // Savepoints would copy each page for each job. So what fails takes the others with it, and all run once more, with them.
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
    /// `apart`: of a job that fails nothing stays, and the others stand. Else nothing of all stays, which is told as `None`.
    fn commit(&mut self, connection: &mut Connection, apart: bool) -> Option<Result<bool, StoreError>> {
        // The lock is taken at once: a read that became a write could fail half way.
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
            // Into a file that nobody finds any more nothing is committed as if it would last.
            self.place.check()?;
            transaction.commit().map_err(failed)?;
            // Nor was it, if the file was taken away meanwhile.
            self.place.check()
        });
        Some(commit.map(|()| counts))
    }
}

/// One job, so that of one that fails nothing stays. Returns what went wrong if the whole transaction went with it: a full disk makes
/// SQLite undo all of it.
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
