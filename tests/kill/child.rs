//! The child process that is killed: it sends debits as ordered, and prints its progress.

use super::said::Said;
use super::shop::{self, Shop};
use eko_eps::money::{
    DebitOptions, DueOrder, FileOptions, JournalConfig, Listing, Pending, Row, Schedule, SqliteStore, Store, StoreTime,
};
use eko_eps::{Client, Config};
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Variable that gives a child its orders.
pub const ORDERS: &str = "EKO_KILL_ORDERS";

/// What a child is to do.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Orders {
    pub base_url: String,
    pub journal: PathBuf,
    pub references: Vec<String>,
    /// What a restarted application does; used instead of `references`.
    pub shop: Option<Shop>,
    /// Largest number of debits at once.
    pub at_once: usize,
    /// Whether the child prints `ready` and waits for a line before it begins.
    pub gate: bool,
    /// A step of the journal and a reference: there the child prints `at` and waits for a line.
    pub halt: Option<(Halt, String)>,
    /// How long "not found" must last before it ends a debit, in milliseconds.
    pub silence_ms: u64,
    pub deadline_ms: u64,
}

/// Steps of the journal at which a child can halt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Halt {
    BeforeReserve,
    AfterReserve,
    BeforeRecord,
    AfterRecord,
}

/// Returns the schedule that parent and child use.
pub fn schedule(silence_ms: u64) -> Schedule {
    let mut schedule = Schedule::default();
    schedule.not_found_spread_ms = silence_ms;
    schedule
}

pub fn config(base_url: &str) -> Config {
    Config::new("developer", "access").initiator_id("9962981729").base_url(base_url)
}

pub fn params(reference: &str) -> String {
    format!(
        r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"{reference}"}}"#
    )
}

/// A SQLite store that halts at one step of one reference.
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

    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool> {
        Box::pin(async move {
            let (key, reserves) = (row.key.clone(), row.version == 1);
            let (before, after) = if reserves {
                (Halt::BeforeReserve, Halt::AfterReserve)
            } else {
                (Halt::BeforeRecord, Halt::AfterRecord)
            };
            self.reach(before, &key).await;
            let written = self.inner.write(row, also).await?;
            self.reach(after, &key).await;
            Ok(written)
        })
    }

    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>> {
        self.inner.due(account, now_ms, limit, order)
    }

    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        self.inner.unresolved(listing)
    }

    fn prune(&self, older_than_ms: u64, now_ms: u64, limit: u32) -> Pending<'_, u64> {
        self.inner.prune(older_than_ms, now_ms, limit)
    }

    fn clock(&self) -> Pending<'_, StoreTime> {
        self.inner.clock()
    }

    fn verify(&self) -> Pending<'_, ()> {
        self.inner.verify()
    }

    fn declare_restored(&self) -> Pending<'_, ()> {
        self.inner.declare_restored()
    }

    fn restored_lately(&self) -> Pending<'_, bool> {
        self.inner.restored_lately()
    }
}

/// Prints a word and waits until the parent answers with a line.
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
        // Standard input has ended, so the parent is gone.
        std::process::exit(3);
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work(orders, lines));
    println!("end");
}

async fn work(orders: Orders, lines: watch::Receiver<u32>) {
    let journal = match &orders.halt {
        Some(halt) => {
            let inner = SqliteStore::open(FileOptions::new(&orders.journal)).unwrap();
            JournalConfig::Store(Arc::new(Watched { inner, halt: Some(halt.clone()), lines: lines.clone() }))
        }
        None => JournalConfig::File(orders.journal.clone()),
    };
    let config = config(&orders.base_url).schedule(schedule(orders.silence_ms));
    let caller = Caller {
        client: Client::new(config.journal(journal)).unwrap(),
        slots: Arc::new(Semaphore::new(orders.at_once)),
        deadline: Duration::from_millis(orders.deadline_ms),
    };
    if orders.gate {
        told("ready", lines).await;
    }
    let mut running = JoinSet::new();
    for reference in &orders.references {
        let debit = caller.debit("dmt.transfer", params(reference), reference, None);
        running.spawn(debit);
    }
    running.join_all().await;
    if let Some(shop) = &orders.shop {
        shop::work(&caller, shop).await;
    }
}

/// A client, and what all its debits share.
#[derive(Clone)]
pub struct Caller {
    pub client: Client,
    slots: Arc<Semaphore>,
    deadline: Duration,
}

impl Caller {
    /// Sends a debit as soon as a slot is free, and prints what came of it.
    pub fn debit(
        &self,
        op: &'static str,
        params: String,
        reference: &str,
        retry_of: Option<String>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (caller, reference) = (self.clone(), reference.to_owned());
        async move {
            let _slot = caller.slots.acquire().await.unwrap();
            let mut options = DebitOptions::default();
            (options.deadline, options.retry_of) = (Some(caller.deadline), retry_of);
            let (outcome, code, reusable) = match caller.client.debit_by_name(op, &params, options).await {
                Ok(answer) => {
                    let code = answer.error.map_or(String::new(), |error| error.code().as_str().to_owned());
                    (answer.outcome.as_str().to_owned(), code, answer.reusable)
                }
                Err(error) => (String::new(), error.code().as_str().to_owned(), false),
            };
            let said = Said { op: op.into(), reference, outcome, code, reusable };
            println!("said {}", serde_json::to_string(&said).unwrap());
        }
    }
}
