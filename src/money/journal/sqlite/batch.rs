//! One transaction for all jobs that wait, and for each of them its own success or failure.

use super::super::store::StoreError;
use super::failure::failed;
use super::file::Shared;
use super::place::Place;
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
pub(super) fn is_soon(batch: &[Job]) -> bool {
    batch.iter().any(|job| job.need == Need::Soon)
        && batch.iter().all(|job| matches!(job.need, Need::Soon | Need::Nothing))
}

/// Runs in a transaction, or is told why there is none.
pub(super) type Run = dyn FnOnce(Result<&Transaction<'_>, StoreError>) -> Ran + Send;

/// What a caller wants to have done.
pub(super) struct Job {
    pub(super) need: Need,
    pub(super) run: Box<Run>,
}

/// What became of a job before the commit, and what to call with the commit's result.
pub(super) struct Ran {
    pub(super) failed: Option<StoreError>,
    pub(super) done: Box<dyn FnOnce(Result<(), StoreError>)>,
}

/// All of a batch in one transaction, with what `late` adds once the lock is held. Returns whether it is a commit that the mark counts.
pub(super) fn run(
    connection: &mut Connection,
    shared: &Shared,
    place: &Place,
    batch: Vec<Job>,
    late: impl FnOnce(&mut Vec<Job>),
) -> (Vec<Ran>, Result<bool, StoreError>) {
    // The lock is taken at once: a read that became a write could fail half way.
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed) {
        Ok(transaction) => transaction,
        Err(error) => return (refuse(&error, batch), Err(error)),
    };
    let mut batch = batch;
    late(&mut batch);
    let soon = is_soon(&batch);
    let writes = batch.iter().any(|job| job.need.is_whole());
    let whole = if writes { shared.settle(&transaction, place).map(drop) } else { Ok(()) };
    let before = transaction.total_changes();
    let mut broken = None;
    let mut ran = Vec::with_capacity(batch.len());
    for job in batch {
        match broken.clone().map_or_else(|| if job.need.is_whole() { whole.clone() } else { Ok(()) }, Err) {
            Ok(()) => {
                let (one, rolled_back) = alone(&transaction, job);
                ran.push(one);
                broken = rolled_back;
            }
            Err(error) => ran.push((job.run)(Err(error))),
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
        place.check()?;
        transaction.commit().map_err(failed)?;
        // Nor was it, if the file was taken away meanwhile.
        place.check()
    });
    (ran, commit.map(|()| counts))
}

/// One job, so that of one that fails nothing stays. Returns also what went wrong if the whole transaction went with it: a full disk
/// makes SQLite undo all of it.
fn alone(transaction: &Transaction<'_>, job: Job) -> (Ran, Option<StoreError>) {
    let say =
        |sql: &str| transaction.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map_err(failed);
    if let Err(error) = say("SAVEPOINT job") {
        return ((job.run)(Err(error.clone())), Some(error));
    }
    let ran = (job.run)(Ok(transaction));
    let end = match &ran.failed {
        Some(error) if transaction.is_autocommit() => Err(error.clone()),
        Some(_) => say("ROLLBACK TO job").and_then(|_| say("RELEASE job")),
        None => say("RELEASE job"),
    };
    (ran, end.err())
}

pub(super) fn refuse(error: &StoreError, batch: Vec<Job>) -> Vec<Ran> {
    batch.into_iter().map(|job| (job.run)(Err(error.clone()))).collect()
}
