//! In-memory store that records its calls, for tests of the modules that use a store.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::{DueOrder, JournalConfig, Ledger, Listing, Pending, Row, RowKind, Store, StoreTime};
use crate::client::{Client, Config};
use crate::mutex::lock;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
pub(super) struct Stub {
    pub(super) rows: Mutex<BTreeMap<String, Row>>,
    /// If true, every write fails as if another process had written the row first, except a write of the journal's identity row.
    pub(super) loses: AtomicBool,
    pub(super) lost: AtomicUsize,
    pub(super) reads: AtomicUsize,
    /// Number of rows that each call asked for, in the order of the calls.
    pub(super) limits: Mutex<Vec<u32>>,
    /// Duration of one call of `prune` or `archive`, in milliseconds.
    pub(super) prune_ms: AtomicU64,
    /// If true, `due` returns as many rows as the caller asks for, and none of them can be decoded.
    pub(super) unreadable: AtomicBool,
}

pub(super) fn client(key: &str, stub: &Arc<Stub>) -> Client {
    let config = Config::new(key, "access").initiator_id("9962981729").base_url("http://127.0.0.1:1/ekoapi/v3");
    Client::new(config.journal(JournalConfig::Store(Arc::new(Arc::clone(stub))))).unwrap()
}

pub(super) fn ledger(key: &str, stub: &Arc<Stub>) -> Arc<Ledger> {
    Arc::clone(client(key, stub).ledger())
}

impl Stub {
    pub(super) fn limits(&self) -> Vec<u32> {
        std::mem::take(&mut *lock(&self.limits))
    }

    fn asked(&self, limit: u32) {
        lock(&self.limits).push(limit);
    }
}

fn ready<T: Send + 'static>(value: T) -> Pending<'static, T> {
    Box::pin(async move { Ok(value) })
}

impl Store for Arc<Stub> {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        ready(lock(&self.rows).get(key).cloned())
    }

    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool> {
        if self.loses.load(Ordering::Relaxed) && row.kind != RowKind::Journal.as_str() {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return ready(false);
        }
        let mut rows = lock(&self.rows);
        let fits = rows.get(&row.key).map_or(0, |known| known.version) + 1 == row.version;
        if fits {
            rows.extend([row].into_iter().chain(also).map(|row| (row.key.clone(), row)));
        }
        ready(fits)
    }

    fn due(&self, _: &str, _: u64, limit: u32, _: DueOrder) -> Pending<'_, Vec<Row>> {
        self.asked(limit);
        let Some(row) = lock(&self.rows).values().next().filter(|_| self.unreadable.load(Ordering::Relaxed)).cloned()
        else {
            return ready(Vec::new());
        };
        ready(vec![Row { entry: String::new(), ..row }; limit as usize])
    }

    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        self.asked(listing.limit);
        ready(Vec::new())
    }

    /// Reports `limit` deleted rows at the first call, and no deleted rows at later calls.
    fn prune(&self, _: u64, _: u64, limit: u32) -> Pending<'_, u64> {
        let again = !lock(&self.limits).is_empty();
        self.asked(limit);
        let took = Duration::from_millis(self.prune_ms.load(Ordering::Relaxed));
        Box::pin(async move {
            tokio::time::sleep(took).await;
            Ok(if again { 0 } else { limit.into() })
        })
    }

    fn archive(&self, _: u64, _: u64, limit: u32) -> Pending<'_, u64> {
        self.prune(0, 0, limit)
    }

    fn clock(&self) -> Pending<'_, StoreTime> {
        ready(StoreTime { epoch: "stub".into(), ms: 1_000_000, settable: false })
    }

    fn is_shared_by_machines(&self) -> bool {
        true
    }
}
