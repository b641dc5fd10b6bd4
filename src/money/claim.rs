//! Whose turn it is to inquire: of any number of processes one gets it.

use super::entry::Entry;
use super::journal::{Journal, MAX_RACES, parse, row};
use super::store::{Pending, Row, StoreError};

/// Clocks of several machines, each corrected, are no further apart.
const AHEAD_MS: u64 = 60_000;

/// Rows asked for at first. What nobody here can read, or is another account's, must not keep the rest from its turn: then more are asked for.
const FIRST_ROWS: u32 = 64;

impl Journal {
    /// Entries whose inquiry is due; each goes to one caller among all processes until `lease_ms`.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim_due(&self, now_ms: u64, lease_ms: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let mut claimed = Vec::new();
        // A row of another version of this library is for a process that can read it, one of another account for its client.
        for (version, mut entry) in self.own(limit, |rows| self.store.due(now_ms, rows)).await? {
            entry.known.next_inquiry_ms = Some(lease_ms);
            if self.store.write(row(version + 1, &entry)?).await? {
                claimed.push(entry);
            }
        }
        Ok(claimed)
    }

    /// The first of this account's rows that can be read. Stores choose rows without looking into them, so more are asked for
    /// until enough of them are ours, or there are no more.
    async fn own<'a>(
        &'a self,
        limit: u32,
        ask: impl Fn(u32) -> Pending<'a, Vec<Row>>,
    ) -> Result<Vec<(u64, Entry)>, StoreError> {
        let mut rows = limit.max(FIRST_ROWS);
        loop {
            let answer = ask(rows).await?;
            let all = answer.len() < rows as usize || rows == u32::MAX;
            let own = answer.iter().filter_map(|row| Some((row.version, parse(row).ok()?)));
            let own: Vec<_> = own.filter(|(_, entry)| self.foreign(entry).is_none()).take(limit as usize).collect();
            if all || own.len() == limit as usize {
                return Ok(own);
            }
            rows = rows.saturating_mul(4);
        }
    }

    /// Claims an inquiry that is asked for from outside: of all who want one within `apart_ms`, one gets it, whatever they all read.
    /// The resolver leaves the entry alone until `lease_ms`.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim(
        &self,
        wanted: &Entry,
        eps_ms: u64,
        apart_ms: u64,
        lease_ms: u64,
    ) -> Result<Option<Entry>, StoreError> {
        // A time far ahead is of a clock that was wrong; it must not keep everybody from asking.
        let recent = |asked: u64| eps_ms < asked.saturating_add(apart_ms) && asked <= eps_ms.saturating_add(AHEAD_MS);
        for _ in 0..MAX_RACES {
            let Some((version, mut entry)) = self.read(&wanted.intent.key).await? else { return Ok(None) };
            if !entry.is_of(wanted) || entry.known.asked_ms.is_some_and(recent) {
                return Ok(None);
            }
            entry.known.asked_ms = Some(eps_ms);
            entry.known.next_inquiry_ms = entry.known.next_inquiry_ms.map(|_| lease_ms);
            if self.store.write(row(version + 1, &entry)?).await? {
                return Ok(Some(entry));
            }
        }
        Err(StoreError("too many writers for one reference".into()))
    }
}
