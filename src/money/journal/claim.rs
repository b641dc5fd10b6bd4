//! Whose turn it is to inquire: of any number of processes one gets it.

use super::entry::Entry;
use super::store::{DueOrder, StoreError};
use super::{Journal, MAX_RACES, Versioned, parse, too_many_writers};
use futures_util::future::join_all;

/// Clocks of several machines, each corrected, are no further apart.
const AHEAD_MS: u64 = 60_000;

/// Of each sweep a part goes to what has waited longest, so that nothing is never asked about.
const OLDEST_PART: usize = 5;

/// Rows read for one claim at most, however many of them are not ours to ask about.
const MOST_READ: u32 = 16_384;

/// Entries that were claimed, and rows that this version cannot read.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    pub(crate) entries: Vec<Versioned>,
    pub(crate) unreadable: Vec<String>,
}

impl Journal {
    /// Entries whose inquiry is due, the shortest wait first and a fifth by age; each goes to one caller among all processes for `lease_ms`.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn claim_due(&self, now_ms: u64, lease_ms: u64, limit: usize) -> Result<Claimed, StoreError> {
        let oldest = limit.div_ceil(OLDEST_PART);
        let mut claimed = Claimed::default();
        for (order, limit) in [(DueOrder::ShortestWait, limit - oldest), (DueOrder::Oldest, oldest)] {
            let (mut left, told) = (limit, claimed.unreadable.len());
            // What cannot be read, or is another account's by a store that does not look, must not keep the rest from its turn.
            let mut most = u32::try_from(limit * 4).unwrap_or(u32::MAX);
            while left > 0 {
                let rows = self.store.due(&self.account, now_ms, most, order).await?;
                let all = rows.len() < most as usize;
                let mut skipped = false;
                claimed.unreadable.truncate(told);
                let mut rows = rows.into_iter().peekable();
                while left > 0 && rows.peek().is_some() {
                    let mut wanted = Vec::new();
                    while wanted.len() < left
                        && let Some(row) = rows.next()
                    {
                        match parse(&row) {
                            Ok(entry) if self.is_foreign(&entry) => skipped = true,
                            Ok(entry) => wanted.push((row.version + 1, entry)),
                            Err(_) => {
                                skipped = true;
                                claimed.unreadable.push(row.key);
                            }
                        }
                    }
                    // All at once: a file writes them in one commit. Another process may have been faster with some.
                    let taken = wanted.into_iter().map(|(version, entry)| self.take(version, entry, now_ms, lease_ms));
                    for taken in join_all(taken).await {
                        let taken = taken?;
                        left -= usize::from(taken.is_some());
                        claimed.entries.extend(taken);
                    }
                }
                if all || !skipped || most >= MOST_READ {
                    break;
                }
                most = most.saturating_mul(4);
            }
        }
        Ok(claimed)
    }

    /// Writes this version of a due entry, unless somebody else has.
    async fn take(
        &self,
        version: u64,
        mut entry: Entry,
        now_ms: u64,
        lease_ms: u64,
    ) -> Result<Option<Versioned>, StoreError> {
        (entry.next_inquiry_ms, entry.wait_ms) = (Some(now_ms.saturating_add(lease_ms)), lease_ms);
        let taken = self.write(version, &entry, Vec::new()).await?;
        Ok(taken.then_some(Versioned { version, entry }))
    }

    /// Claims an inquiry that is asked for from outside: of all who want one within `apart_ms`, one gets it, whatever they all read.
    /// The resolver leaves the entry alone for `lease_ms`.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn claim(
        &self,
        wanted: &Entry,
        [now_ms, eps_ms]: [u64; 2],
        apart_ms: u64,
        lease_ms: u64,
    ) -> Result<Option<Versioned>, StoreError> {
        // A time far ahead is of a clock that was wrong; it must not keep everybody from asking.
        let recent = |asked: u64| eps_ms < asked.saturating_add(apart_ms) && asked <= eps_ms.saturating_add(AHEAD_MS);
        for _ in 0..MAX_RACES {
            let Some(Versioned { version, mut entry }) = self.read(&wanted.key).await? else { return Ok(None) };
            if !entry.is_of(wanted) || entry.asked_ms.is_some_and(recent) {
                return Ok(None);
            }
            entry.asked_ms = Some(eps_ms);
            if entry.next_inquiry_ms.is_some() {
                (entry.next_inquiry_ms, entry.wait_ms) = (Some(now_ms.saturating_add(lease_ms)), lease_ms);
            }
            if self.write(version + 1, &entry, Vec::new()).await? {
                return Ok(Some(Versioned { version: version + 1, entry }));
            }
        }
        Err(too_many_writers())
    }
}
