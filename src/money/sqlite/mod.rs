//! The embedded store: SQLite, one file, safe for several processes and threads of one machine.
//!
//! One connection on one thread. What arrives while a commit is on its way to the disk is committed together, so that the number
//! of debits a second is not the number of syncs.

mod open;

use super::store::{Pending, Row, Store, StoreError};
use open::{Opened, open};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

const BATCH: usize = 512;

/// Runs in a transaction, or is told why there is none; what it returns is called with the commit's result.
type Job = Box<dyn FnOnce(Result<&Transaction<'_>, StoreError>) -> Done + Send>;
type Done = Box<dyn FnOnce(Result<(), StoreError>)>;

/// A journal's rows in one SQLite file.
pub struct SqliteStore(Sender<Job>);

impl SqliteStore {
    /// Opens or creates the file; on Unix only its owner may read it, elsewhere it has the rights of its folder.
    ///
    /// # Errors
    /// If the file cannot be opened for writing, or something else in this process has it open: another copy of this library, or
    /// another SQLite.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let opened = open(path)?;
        Self::start(path.to_owned(), Some(opened))
    }

    /// The same, but the file is opened when it is first needed, on the journal's own thread: who waits for a disk or for another
    /// process must not keep an engine's thread from its work. Until it can be opened, each use tries again.
    pub(crate) fn lazy(path: PathBuf) -> Result<Self, StoreError> {
        Self::start(path, None)
    }

    fn start(path: PathBuf, opened: Option<Opened>) -> Result<Self, StoreError> {
        let (sender, jobs) = channel();
        let thread = std::thread::Builder::new().name("eko-eps-journal".into());
        let worker = thread.spawn(move || work(&path, opened, &jobs));
        worker.map_err(|error| StoreError(format!("the journal's thread did not start: {error}")))?;
        Ok(Self(sender))
    }

    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Pending<'_, T> {
        let (reply, answer) = oneshot::channel();
        let sent = self.0.send(Box::new(move |transaction| {
            let result = transaction.and_then(|transaction| job(transaction).map_err(failed));
            Box::new(move |commit: Result<(), StoreError>| {
                // A caller that no longer waits has no use for the answer; the row stands.
                let _ = reply.send(commit.and(result));
            })
        }));
        Box::pin(async move {
            let stopped = || StoreError("the journal's thread has ended".into());
            sent.map_err(|_| stopped())?;
            answer.await.map_err(|_| stopped())?
        })
    }
}

fn work(path: &Path, mut opened: Option<Opened>, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(BATCH - 1));
        let ready = opened.take().map_or_else(|| open(path), Ok);
        let (done, commit) = match ready {
            Ok(mut file) => {
                let ran = run(&mut file.connection, batch);
                opened = Some(file);
                ran
            }
            Err(error) => refuse(error, batch),
        };
        for done in done {
            done(commit.clone());
        }
    }
}

fn run(connection: &mut Connection, batch: Vec<Job>) -> (Vec<Done>, Result<(), StoreError>) {
    // The lock is taken at once: a read that became a write could fail half way.
    match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => {
            let done = batch.into_iter().map(|job| job(Ok(&transaction))).collect();
            (done, transaction.commit().map_err(failed))
        }
        Err(error) => refuse(failed(error), batch),
    }
}

fn refuse(error: StoreError, batch: Vec<Job>) -> (Vec<Done>, Result<(), StoreError>) {
    (batch.into_iter().map(|job| job(Err(error.clone()))).collect(), Err(error))
}

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError(format!("SQLite: {error}"))
}

const COLUMNS: &str = "key, version, entry, due_ms, unresolved, updated_ms";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        key: row.get(0)?,
        version: row.get(1)?,
        entry: row.get(2)?,
        due_ms: row.get(3)?,
        unresolved: row.get(4)?,
        updated_ms: row.get(5)?,
    })
}

impl Store for SqliteStore {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        let key = key.to_owned();
        self.submit(move |transaction| {
            transaction
                .prepare_cached(&format!("SELECT {COLUMNS} FROM intents WHERE key = ?1"))?
                .query_row([key], row)
                .optional()
        })
    }

    fn write(&self, row: Row) -> Pending<'_, bool> {
        self.submit(move |transaction| {
            let values = params![row.key, row.version, row.entry, row.due_ms, row.unresolved, row.updated_ms];
            let sql = if row.version == 1 {
                "INSERT INTO intents (key, version, entry, due_ms, unresolved, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING"
            } else {
                "UPDATE intents SET version = ?2, entry = ?3, due_ms = ?4, unresolved = ?5, updated_ms = ?6 WHERE key = ?1 AND version = ?2 - 1"
            };
            Ok(transaction.prepare_cached(sql)?.execute(values)? == 1)
        })
    }

    fn due(&self, now_ms: u64, limit: u32) -> Pending<'_, Vec<Row>> {
        self.submit(move |transaction| {
            let sql = format!("SELECT {COLUMNS} FROM intents WHERE due_ms <= ?1 ORDER BY due_ms LIMIT ?2");
            transaction.prepare_cached(&sql)?.query_map(params![now_ms, limit], row)?.collect()
        })
    }

    fn unresolved(&self, limit: u32) -> Pending<'_, Vec<Row>> {
        self.submit(move |transaction| {
            let sql = format!("SELECT {COLUMNS} FROM intents WHERE unresolved ORDER BY updated_ms LIMIT ?1");
            transaction.prepare_cached(&sql)?.query_map([limit], row)?.collect()
        })
    }

    fn prune(&self, before_ms: u64) -> Pending<'_, u64> {
        self.submit(move |transaction| {
            let removed =
                transaction.execute("DELETE FROM intents WHERE NOT unresolved AND updated_ms < ?1", [before_ms])?;
            Ok(removed as u64)
        })
    }
}
