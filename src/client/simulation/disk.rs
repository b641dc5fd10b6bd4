//! A store on a disk model: what is not synced is gone after a crash.

use super::world::Shared;
use crate::money::{DueOrder, Listing, Pending, Row, Store, StoreTime};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// What a store allows beside `wait_ms`, before a due time counts as one of a wrong clock.
const SLACK_MS: u64 = 10_000;

pub(super) struct Disk {
    shared: Arc<Shared>,
    rows: Mutex<Rows>,
}

#[derive(Default)]
struct Rows {
    durable: HashMap<String, Row>,
    /// Written and not yet synced.
    cached: HashMap<String, Row>,
}

impl Rows {
    fn get(&self, key: &str) -> Option<&Row> {
        self.cached.get(key).or_else(|| self.durable.get(key))
    }

    /// Whether this row follows the one that is there.
    fn fits(&self, row: &Row) -> bool {
        self.get(&row.key).map_or(0, |known| known.version) + 1 == row.version
    }

    /// Those of an account that are wanted, in the order of their keys.
    fn of(&self, account: &str, wanted: impl Fn(&Row) -> bool) -> Vec<Row> {
        let mut keys: Vec<&String> = self.durable.keys().chain(self.cached.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        let rows = keys.into_iter().filter_map(|key| self.get(key));
        rows.filter(|row| row.account == account && wanted(row)).cloned().collect()
    }
}

impl Disk {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, rows: Mutex::default() }
    }

    /// All but what tells this journal from others.
    pub(super) fn wipe(&self) {
        let mut rows = crate::clock::lock(&self.rows);
        rows.cached.clear();
        rows.durable.retain(|_, row| row.account.is_empty());
    }

    /// The power goes: the cache is lost.
    pub(super) fn crash(&self) {
        crate::clock::lock(&self.rows).cached.clear();
    }
}

impl Store for Arc<Disk> {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        let key = key.to_owned();
        Box::pin(async move {
            self.shared.step().await;
            Ok(crate::clock::lock(&self.rows).get(&key).cloned())
        })
    }

    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool> {
        Box::pin(async move {
            self.shared.step().await;
            {
                let mut rows = crate::clock::lock(&self.rows);
                if !rows.fits(&row) {
                    return Ok(false);
                }
                for row in std::iter::once(row).chain(also) {
                    if rows.fits(&row) {
                        rows.cached.insert(row.key.clone(), row);
                    }
                }
            }
            // A crash here, between the write and its sync, loses it; the caller has not been told that it stands.
            self.shared.step().await;
            if self.shared.syncs() {
                let mut rows = crate::clock::lock(&self.rows);
                let cached: Vec<_> = rows.cached.drain().collect();
                rows.durable.extend(cached);
                // The entry is read as text: the judge shares no code with what it judges.
                let bound = |row: &Row| row.kind == "debit" && row.entry.contains(r#""reusable":false"#);
                self.shared.synced(rows.durable.values().any(bound));
            }
            // And one here keeps it, with the caller not knowing.
            self.shared.step().await;
            Ok(true)
        })
    }

    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>> {
        let due = |row: &Row| {
            row.due_ms.is_some_and(|due| due <= now_ms || due > now_ms.saturating_add(row.wait_ms + SLACK_MS))
        };
        let mut rows = crate::clock::lock(&self.rows).of(account, due);
        match order {
            DueOrder::ShortestWait => rows.sort_by_key(|row| (row.wait_ms, row.due_ms)),
            DueOrder::Oldest => rows.sort_by_key(|row| row.due_ms),
        }
        rows.truncate(limit as usize);
        Box::pin(async move { Ok(rows) })
    }

    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        let behind = |row: &Row| listing.after.as_ref().is_none_or(|(ms, key)| (row.created_ms, &row.key) > (*ms, key));
        let wanted = |row: &Row| row.unresolved && row.kind == listing.kind && behind(row);
        let mut rows = crate::clock::lock(&self.rows).of(&listing.account, wanted);
        rows.sort_by(|one, other| (one.created_ms, &one.key).cmp(&(other.created_ms, &other.key)));
        rows.truncate(listing.limit as usize);
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
