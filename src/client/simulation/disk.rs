//! A store on a disk model: what is not synced is gone after a crash.

use super::world::Shared;
use crate::money::{Pending, Row, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

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

    fn all(&self) -> Vec<Row> {
        let mut keys: Vec<&String> = self.durable.keys().chain(self.cached.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().filter_map(|key| self.get(key).cloned()).collect()
    }
}

impl Disk {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, rows: Mutex::default() }
    }

    pub(super) fn wipe(&self) {
        *crate::clock::lock(&self.rows) = Rows::default();
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

    fn write(&self, row: Row) -> Pending<'_, bool> {
        Box::pin(async move {
            self.shared.step().await;
            {
                let mut rows = crate::clock::lock(&self.rows);
                if rows.get(&row.key).map_or(0, |known| known.version) + 1 != row.version {
                    return Ok(false);
                }
                rows.cached.insert(row.key.clone(), row);
            }
            // A crash here, between the write and its sync, loses it; the caller has not been told that it stands.
            self.shared.step().await;
            if !self.shared.mutation_no_sync() {
                let mut rows = crate::clock::lock(&self.rows);
                let cached: Vec<_> = rows.cached.drain().collect();
                rows.durable.extend(cached);
                // The entry is read as text: the judge shares no code with what it judges.
                let bound = |row: &Row| row.entry.contains(r#""reusable":false"#);
                self.shared.synced(rows.durable.values().any(bound));
            }
            // And one here keeps it, with the caller not knowing.
            self.shared.step().await;
            Ok(true)
        })
    }

    fn due(&self, now_ms: u64, limit: u32) -> Pending<'_, Vec<Row>> {
        let rows = crate::clock::lock(&self.rows).all();
        Box::pin(async move {
            Ok(rows
                .into_iter()
                .filter(|row| row.due_ms.is_some_and(|due| due <= now_ms))
                .take(limit as usize)
                .collect())
        })
    }

    fn unresolved(&self, limit: u32) -> Pending<'_, Vec<Row>> {
        let rows = crate::clock::lock(&self.rows).all();
        Box::pin(async move { Ok(rows.into_iter().filter(|row| row.unresolved).take(limit as usize).collect()) })
    }

    fn prune(&self, _: u64) -> Pending<'_, u64> {
        Box::pin(async { Ok(0) })
    }
}
