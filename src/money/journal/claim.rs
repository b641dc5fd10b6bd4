//! Claims on due inquiries. An inquiry asks EPS for the status of a debit, and is due at the time in the debit's journal row. If several
//! processes claim the same inquiry, only one process gets the inquiry.

use super::entry::Entry;
use super::store::{DueOrder, StoreError};
use super::{Journal, MAX_RACES, Versioned, parse, too_many_writers};
use futures_util::future::join_all;

/// Maximum difference between the clocks of two machines, in milliseconds. Each clock is corrected to EPS's clock first.
const AHEAD_MS: u64 = 60_000;

/// Divisor of a claim: one fifth of the claimed debits are those with the earliest due times. So a debit whose planned wait is long also
/// gets its turn.
const OLDEST_PART: usize = 5;

/// Number of rows per query at which a claim no longer enlarges its query for due rows.
const MOST_READ: u32 = 16_384;

/// Claimed entries, and the keys of due rows that this version of the library cannot read.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    pub(crate) entries: Vec<Versioned>,
    pub(crate) unreadable: Vec<String>,
}

impl Journal {
    /// Claims entries whose inquiry is due. Four fifths of the claimed entries are those with the shortest planned wait between inquiries,
    /// and one fifth are those with the earliest due time. Among all processes, only one caller gets a given entry within `lease_ms`.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn claim_due(&self, now_ms: u64, lease_ms: u64, limit: usize) -> Result<Claimed, StoreError> {
        let oldest = limit.div_ceil(OLDEST_PART);
        let mut claimed = Claimed::default();
        for (order, limit) in [(DueOrder::ShortestWait, limit - oldest), (DueOrder::Oldest, oldest)] {
            let (mut left, told) = (limit, claimed.unreadable.len());
            // The query limit exceeds the number of wanted rows, because the loop below skips unreadable rows and rows of other accounts
            // (some stores do not filter by account). Skipped rows must not block the remaining rows.
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
                    // The writes run concurrently, so that a file store commits them together. `take` returns `None` if another process has
                    // claimed an entry first.
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

    /// Claims a due entry by writing its row as `version`. Returns `None` if another process has written the row first.
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

    /// Claims an unscheduled inquiry about a debit. Only one caller gets such an inquiry within `apart_ms`, even if several callers have
    /// read the same row. The resolver makes no inquiry about the debit for `lease_ms`.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn claim(
        &self,
        wanted: &Entry,
        [now_ms, eps_ms]: [u64; 2],
        apart_ms: u64,
        lease_ms: u64,
    ) -> Result<Option<Versioned>, StoreError> {
        // A time of the last inquiry that is far in the future was written by a wrong clock. It must not block all inquiries.
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
