//! The process that is killed: it sends the debits it is told to, and says on its standard output how far it is.

use eko_eps::client::JournalConfig;
use eko_eps::money::{Pending, Row, Schedule, SqliteStore, Store};
use eko_eps::{CallOptions, Client, Config};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Set in children: their orders.
pub const ORDERS: &str = "EKO_KILL_ORDERS";

/// What a child is to do.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Orders {
    pub base_url: String,
    pub journal: PathBuf,
    pub references: Vec<String>,
    /// Debits at once.
    pub at_once: usize,
    /// Says `ready` and waits for a line before it begins.
    pub gate: bool,
    /// The step of the journal at which it says `at`, and waits for a line.
    pub halt: Option<(Halt, String)>,
    pub begin_within_ms: u64,
    pub deadline_ms: u64,
}

/// Steps of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Halt {
    BeforeReserve,
    AfterReserve,
    BeforeRecord,
    AfterRecord,
}

/// The schedule of parent and child.
pub fn schedule(begin_within_ms: u64) -> Schedule {
    Schedule { begin_within_ms, not_found_spread_ms: begin_within_ms + 20, ..Schedule::default() }
}

pub fn config(base_url: &str) -> Config {
    Config::new("developer", "access").initiator_id("9962981729").base_url(base_url)
}

pub fn params(reference: &str) -> String {
    format!(
        r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"{reference}"}}"#
    )
}

/// SQLite, with a halt at one step of one reference.
struct Watched {
    inner: SqliteStore,
    halt: Option<(Halt, String)>,
    lines: watch::Receiver<u32>,
}

impl Watched {
    async fn reach(&self, step: Halt, key: &str) {
        if self.halt.as_ref().is_some_and(|(halt, reference)| *halt == step && key.ends_with(&format!(":{reference}")))
        {
            told("at", self.lines.clone()).await;
        }
    }
}

impl Store for Watched {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        self.inner.read(key)
    }

    fn write(&self, row: Row) -> Pending<'_, bool> {
        Box::pin(async move {
            let (key, reserves) = (row.key.clone(), row.version == 1);
            let (before, after) = if reserves {
                (Halt::BeforeReserve, Halt::AfterReserve)
            } else {
                (Halt::BeforeRecord, Halt::AfterRecord)
            };
            self.reach(before, &key).await;
            let written = self.inner.write(row).await?;
            self.reach(after, &key).await;
            Ok(written)
        })
    }

    fn due(&self, now_ms: u64, limit: u32) -> Pending<'_, Vec<Row>> {
        self.inner.due(now_ms, limit)
    }

    fn unresolved(&self, limit: u32) -> Pending<'_, Vec<Row>> {
        self.inner.unresolved(limit)
    }

    fn prune(&self, before_ms: u64) -> Pending<'_, u64> {
        self.inner.prune(before_ms)
    }
}

/// Says a word and waits until a line has come in answer.
async fn told(word: &str, mut lines: watch::Receiver<u32>) {
    lines.mark_unchanged();
    println!("{word}");
    lines.changed().await.unwrap();
}

pub fn run(orders: &str) {
    let orders: Orders = serde_json::from_str(orders).unwrap();
    let (sender, lines) = watch::channel(0);
    std::thread::spawn(move || {
        let told = std::io::stdin().lock().lines().map_while(Result::ok);
        told.for_each(|_| sender.send_modify(|count| *count += 1));
        // The parent is gone.
        std::process::exit(3);
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work(orders, lines));
    println!("end");
}

async fn work(orders: Orders, lines: watch::Receiver<u32>) {
    let store = open(&orders.journal);
    let store = Watched { inner: store, halt: orders.halt.clone(), lines: lines.clone() };
    let config = config(&orders.base_url).schedule(schedule(orders.begin_within_ms));
    let client = Client::new(config.journal(JournalConfig::Store(Arc::new(store)))).unwrap();
    if orders.gate {
        told("ready", lines).await;
    }
    let slots = Arc::new(Semaphore::new(orders.at_once));
    let mut running = JoinSet::new();
    for reference in orders.references {
        let (client, slot) = (client.clone(), slots.clone().acquire_owned().await.unwrap());
        let options =
            CallOptions { deadline: Some(Duration::from_millis(orders.deadline_ms)), ..CallOptions::default() };
        running.spawn(async move {
            let said = match client.debit("dmt.transfer", &params(&reference), options).await {
                Ok(answer) => {
                    let code = answer.error.map_or(String::new(), |error| error.code().as_str().to_owned());
                    format!("{} {code}", answer.state.as_str())
                }
                Err(error) => error.code().as_str().to_owned(),
            };
            println!("{reference} {said}");
            drop(slot);
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).unwrap()
}
