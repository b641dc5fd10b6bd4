//! Simulated disk that implements the journal's store. A crash loses the rows that are not synced.

use super::rows::Rows;
use super::world::SimWorld;
use crate::money::{DueOrder, Listing, Pending, Row, Store, StoreTime};
use crate::mutex::lock;
use std::sync::{Arc, Mutex};

pub(super) struct SimDisk {
    shared: Arc<SimWorld>,
    rows: Mutex<Rows>,
}

impl SimDisk {
    pub(super) fn new(shared: Arc<SimWorld>) -> Self {
        Self { shared, rows: Mutex::default() }
    }

    pub(super) fn wipe(&self) {
        lock(&self.rows).wipe();
    }

    pub(super) fn crash(&self) {
        lock(&self.rows).crash();
    }
}

impl Store for Arc<SimDisk> {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        let key = key.to_owned();
        Box::pin(async move {
            self.shared.step().await;
            Ok(lock(&self.rows).get(&key).cloned())
        })
    }

    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool> {
        Box::pin(async move {
            self.shared.step().await;
            if !lock(&self.rows).write(row, also) {
                return Ok(false);
            }
            // A crash at this step loses the row, which is not synced yet. The client has not been told that the row is written.
            self.shared.step().await;
            if self.shared.syncs() {
                let mut rows = lock(&self.rows);
                rows.sync();
                // Searches the entry as plain text, to share no code with the code under test.
                let bound = |row: &Row| row.kind == "debit" && row.entry.contains(r#""reusable":false"#);
                self.shared.synced(rows.durable().any(bound));
            }
            // A crash at this step keeps the row, but the client does not learn that the row was written.
            self.shared.step().await;
            Ok(true)
        })
    }

    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>> {
        let rows = lock(&self.rows).due(account, now_ms, limit, order);
        Box::pin(async move { Ok(rows) })
    }

    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        let rows = lock(&self.rows).unresolved(&listing);
        Box::pin(async move { Ok(rows) })
    }

    fn prune(&self, _: u64, _: u64, _: u32) -> Pending<'_, u64> {
        Box::pin(async { Ok(0) })
    }

    fn clock(&self) -> Pending<'_, StoreTime> {
        let ms = self.shared.now_ms();
        Box::pin(async move { Ok(StoreTime { epoch: "simulated".into(), ms, settable: false }) })
    }
}
