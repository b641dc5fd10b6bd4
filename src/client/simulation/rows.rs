//! In-memory journal rows of the simulated disks.

use crate::money::{DueOrder, Listing, Row};
use std::collections::HashMap;

/// Tolerance for due times in the future, in milliseconds. A due time later than now plus `wait_ms` plus this tolerance was set by a wrong
/// clock, so the row counts as due.
const SLACK_MS: u64 = 10_000;

#[derive(Default, Clone)]
pub(in crate::client) struct Rows {
    durable: HashMap<String, Row>,
    /// Rows that were written but not yet synced.
    cached: HashMap<String, Row>,
}

impl Rows {
    pub(in crate::client) fn get(&self, key: &str) -> Option<&Row> {
        self.cached.get(key).or_else(|| self.durable.get(key))
    }

    pub(in crate::client) fn durable(&self) -> impl Iterator<Item = &Row> {
        self.durable.values()
    }

    /// Writes `row`, and each row of `also` that fits. A row fits if its version is one higher than that of the stored row. Writes nothing
    /// and returns false if `row` does not fit.
    pub(in crate::client) fn write(&mut self, row: Row, also: Vec<Row>) -> bool {
        if !self.fits(&row) {
            return false;
        }
        for row in std::iter::once(row).chain(also) {
            if self.fits(&row) {
                self.cached.insert(row.key.clone(), row);
            }
        }
        true
    }

    pub(in crate::client) fn sync(&mut self) {
        let cached: Vec<_> = self.cached.drain().collect();
        self.durable.extend(cached);
    }

    /// Simulates a power failure, which loses the rows that are not synced.
    pub(in crate::client) fn crash(&mut self) {
        self.cached.clear();
    }

    /// Removes all rows except those that identify the journal, which have no account.
    pub(in crate::client) fn wipe(&mut self) {
        self.cached.clear();
        self.durable.retain(|_, row| row.account.is_empty());
    }

    pub(in crate::client) fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Vec<Row> {
        let due = |row: &Row| {
            row.due_ms.is_some_and(|due| due <= now_ms || due > now_ms.saturating_add(row.wait_ms + SLACK_MS))
        };
        let mut rows = self.of(account, due);
        match order {
            DueOrder::ShortestWait => rows.sort_by_key(|row| (row.is_overdue(now_ms), row.wait_ms, row.due_ms)),
            DueOrder::Oldest => rows.sort_by_key(|row| row.due_ms),
        }
        rows.truncate(limit as usize);
        rows
    }

    pub(in crate::client) fn unresolved(&self, listing: &Listing) -> Vec<Row> {
        let behind = |row: &Row| listing.after.as_ref().is_none_or(|(ms, key)| (row.created_ms, &row.key) > (*ms, key));
        let wanted = |row: &Row| row.unresolved && row.kind == listing.kind && behind(row);
        let mut rows = self.of(&listing.account, wanted);
        rows.sort_by(|one, other| (one.created_ms, &one.key).cmp(&(other.created_ms, &other.key)));
        rows.truncate(listing.limit as usize);
        rows
    }

    /// Returns true if the version of `row` is one higher than that of the stored row, or 1 for a new row.
    fn fits(&self, row: &Row) -> bool {
        self.get(&row.key).map_or(0, |known| known.version) + 1 == row.version
    }

    /// Returns the rows of an account that satisfy `wanted`, sorted by key.
    fn of(&self, account: &str, wanted: impl Fn(&Row) -> bool) -> Vec<Row> {
        let mut keys: Vec<&String> = self.durable.keys().chain(self.cached.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        let rows = keys.into_iter().filter_map(|key| self.get(key));
        rows.filter(|row| row.account == account && wanted(row)).cloned().collect()
    }
}
