//! The embedded store: SQLite, one file, safe for several processes and threads of one machine.
//!
//! One connection on one thread. What arrives while a commit is on its way to the disk is committed together, so that the number
//! of debits a second is not the number of syncs.

use super::store::{Pending, Row, Store, StoreError};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

const BATCH: usize = 512;
const BUSY: Duration = Duration::from_secs(5);
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS intents (
        key TEXT PRIMARY KEY, version INTEGER NOT NULL, entry TEXT NOT NULL, due_ms INTEGER, unresolved INTEGER NOT NULL, updated_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS intents_due ON intents (due_ms) WHERE due_ms IS NOT NULL;
    CREATE INDEX IF NOT EXISTS intents_unresolved ON intents (updated_ms) WHERE unresolved;
";

/// Runs in a transaction, or is told why there is none; what it returns is called with the commit's result.
type Job = Box<dyn FnOnce(Result<&Transaction<'_>, StoreError>) -> Done + Send>;
type Done = Box<dyn FnOnce(Result<(), StoreError>)>;

/// A journal's rows in one SQLite file.
pub struct SqliteStore(Sender<Job>);

impl SqliteStore {
    /// Opens or creates the file; only its owner may read it.
    ///
    /// # Errors
    /// If the file cannot be opened for writing.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path).map_err(|error| StoreError(format!("the journal file cannot be opened: {error}")))?;
        let connection = open(path).map_err(failed)?;
        let (sender, jobs) = channel();
        let worker = std::thread::Builder::new().name("eko-eps-journal".into()).spawn(move || work(connection, &jobs));
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

fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.sync_all()?;
    // The file's name must survive a power cut as well as its content.
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}

/// Two processes that make a new file at once get in each other's way: SQLite's own waiting does not cover the change to WAL mode.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let begun = Instant::now();
    loop {
        match open_once(path) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < BUSY => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

fn open_once(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // In WAL mode NORMAL would lose the last commits in a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

fn work(mut connection: Connection, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(BATCH - 1));
        let (done, commit) = run(&mut connection, batch);
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
        Err(error) => {
            let error = failed(error);
            (batch.into_iter().map(|job| job(Err(error.clone()))).collect(), Err(error))
        }
    }
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
