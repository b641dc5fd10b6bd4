//! A store in memory for tests: a test sets its clock, edits its rows, and makes its operations wait or fail.

use eko_eps::money::{DueOrder, Listing, Pending, Row, Store, StoreError, StoreTime};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// What the store does with one operation.
#[derive(Clone)]
pub enum Do {
    Pass,
    /// The operation waits until this is true.
    Wait(watch::Sender<bool>),
    /// The operation is not done and fails with this error.
    Fail(StoreError),
    /// The operation is done, but its answer is lost.
    Lose,
}

/// An operation on one row.
pub enum Op<'a> {
    Read(&'a str),
    Write(&'a Row),
    /// Lists many rows.
    List,
    /// Checks whether the store may be used for a debit now.
    Verify,
}

type Rule = Box<dyn FnMut(Op<'_>) -> Do + Send>;

/// The store. Clones share their rows.
#[derive(Clone)]
pub struct Memory(Arc<Inner>);

struct Inner {
    rows: Mutex<BTreeMap<String, Row>>,
    clock: Mutex<StoreTime>,
    rule: Mutex<Option<Rule>>,
    restored: Mutex<bool>,
}

impl Memory {
    pub fn new() -> Self {
        let clock = StoreTime { epoch: "memory".into(), ms: 1_000_000, settable: false };
        let clock = Mutex::new(clock);
        Self(Arc::new(Inner { rows: Mutex::default(), clock, rule: Mutex::default(), restored: Mutex::default() }))
    }

    /// Sets the rule that decides about each operation from now on.
    pub fn rule(&self, rule: impl FnMut(Op<'_>) -> Do + Send + 'static) {
        *self.0.rule.lock().unwrap() = Some(Box::new(rule));
    }

    pub fn no_rule(&self) {
        *self.0.rule.lock().unwrap() = None;
    }

    pub fn turn(&self, change: impl FnOnce(&mut StoreTime)) {
        change(&mut self.0.clock.lock().unwrap());
    }

    /// Advances the store's clock by so many minutes.
    pub fn minutes(&self, minutes: u64) {
        self.turn(|clock| clock.ms += minutes * 60_000);
    }

    pub fn restore_lately(&self, lately: bool) {
        *self.0.restored.lock().unwrap() = lately;
    }

    pub fn rows(&self) -> Vec<Row> {
        self.0.rows.lock().unwrap().values().cloned().collect()
    }

    pub fn row(&self, key: &str) -> Option<Row> {
        self.0.rows.lock().unwrap().get(key).cloned()
    }

    /// Returns the entry of a row; `null` if there is no row.
    pub fn entry(&self, key: &str) -> Value {
        self.row(key).map_or(Value::Null, |row| serde_json::from_str(&row.entry).unwrap())
    }

    /// Changes a row as another process would.
    pub fn edit(&self, key: &str, change: impl FnOnce(&mut Row, &mut Value)) {
        let mut rows = self.0.rows.lock().unwrap();
        let row = rows.get_mut(key).unwrap();
        let mut entry = serde_json::from_str(&row.entry).unwrap();
        row.version += 1;
        change(row, &mut entry);
        row.entry = entry.to_string();
    }

    /// Adds or replaces a row as another process would.
    pub fn put(&self, row: Row) {
        self.0.rows.lock().unwrap().insert(row.key.clone(), row);
    }

    /// Waits until the entry of a row satisfies `good`, and returns it.
    pub async fn until(&self, key: &str, good: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let entry = self.entry(key);
            if good(&entry) {
                return entry;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{key} is {entry}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Applies the rule to one operation. Returns whether its answer must be lost.
    async fn step(&self, op: Op<'_>) -> Result<bool, StoreError> {
        let what = self.0.rule.lock().unwrap().as_mut().map_or(Do::Pass, |rule| rule(op));
        match what {
            Do::Pass => Ok(false),
            Do::Lose => Ok(true),
            Do::Fail(error) => Err(error),
            Do::Wait(gate) => {
                let _ = gate.subscribe().wait_for(|open| *open).await;
                Ok(false)
            }
        }
    }
}

fn told<T>(lost: bool, answer: T) -> Result<T, StoreError> {
    if lost { Err(StoreError::unavailable("the answer was lost")) } else { Ok(answer) }
}

impl Store for Memory {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        let key = key.to_owned();
        Box::pin(async move { told(self.step(Op::Read(&key)).await?, self.row(&key)) })
    }

    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool> {
        Box::pin(async move {
            let lost = self.step(Op::Write(&row)).await?;
            let mut rows = self.0.rows.lock().unwrap();
            let mut put = |row: Row| {
                let fits = rows.get(&row.key).map_or(0, |known| known.version) + 1 == row.version;
                if fits {
                    rows.insert(row.key.clone(), row);
                }
                fits
            };
            let written = put(row);
            if written {
                also.into_iter().for_each(|row| {
                    put(row);
                });
            }
            told(lost, written)
        })
    }

    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>> {
        let account = account.to_owned();
        Box::pin(async move {
            let lost = self.step(Op::List).await?;
            let is_due = |row: &Row| {
                let ahead = |due: u64| due > now_ms.saturating_add(row.wait_ms).saturating_add(10_000);
                row.account == account && row.due_ms.is_some_and(|due| due <= now_ms || ahead(due))
            };
            let mut rows: Vec<Row> = self.rows().into_iter().filter(is_due).collect();
            match order {
                DueOrder::ShortestWait => rows.sort_by_key(|row| (row.is_overdue(now_ms), row.wait_ms, row.due_ms)),
                DueOrder::Oldest => rows.sort_by_key(|row| row.due_ms),
            }
            rows.truncate(limit as usize);
            told(lost, rows)
        })
    }

    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        Box::pin(async move {
            let lost = self.step(Op::List).await?;
            let Listing { kind, account, after, limit } = listing;
            let behind = |row: &Row| after.as_ref().is_none_or(|after| (row.created_ms, row.key.clone()) > *after);
            let wanted = |row: &Row| row.unresolved && row.kind == kind && row.account == account && behind(row);
            let mut rows: Vec<Row> = self.rows().into_iter().filter(wanted).collect();
            rows.sort_by(|one, other| (one.created_ms, &one.key).cmp(&(other.created_ms, &other.key)));
            rows.truncate(limit as usize);
            told(lost, rows)
        })
    }

    fn prune(&self, older_than_ms: u64, now_ms: u64, limit: u32) -> Pending<'_, u64> {
        Box::pin(async move {
            let mut rows = self.0.rows.lock().unwrap();
            let newest = rows.values().map(|row| row.updated_ms).max().unwrap_or_default();
            let now_ms = now_ms.min(newest);
            let old = |row: &Row| {
                matches!(row.kind.as_str(), "debit" | "alarm")
                    && !row.unresolved
                    && row.due_ms.is_none()
                    && row.keep_until_ms.is_none_or(|until| until <= now_ms)
                    && row.updated_ms <= now_ms.saturating_sub(older_than_ms)
            };
            let gone: Vec<String> =
                rows.values().filter(|row| old(row)).take(limit as usize).map(|row| row.key.clone()).collect();
            gone.iter().for_each(|key| drop(rows.remove(key)));
            Ok(gone.len() as u64)
        })
    }

    fn clock(&self) -> Pending<'_, StoreTime> {
        Box::pin(async { Ok(self.0.clock.lock().unwrap().clone()) })
    }

    fn verify(&self) -> Pending<'_, ()> {
        Box::pin(async move { told(self.step(Op::Verify).await?, ()) })
    }

    fn restored_lately(&self) -> Pending<'_, bool> {
        Box::pin(async { Ok(*self.0.restored.lock().unwrap()) })
    }
}
