//! Resolver: selects the debits that are due for an inquiry, and asks EPS about them.
//!
//! A sweep is one run of the resolver. A sweep works in steps, and each step sends several inquiries at once.

use super::journal::{Claimed, Journal, Versioned, journal_error};
use super::ledger::Ledger;
use super::{Entry, inquire::Inquired};
use crate::error::{Code, Error};
use crate::mutex::lock;
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// Duration in milliseconds of the lease that a process takes on a debit before it asks EPS. Until the lease ends, no other process asks
/// EPS about the debit on schedule.
pub(crate) const LEASE_MS: u64 = 45_000;
/// Number of inquiries that a new client sends at once.
pub(crate) const FIRST_PACE: usize = 8;
/// Largest number of inquiries in one run of the resolver. Further debits are left to another process or to the next run.
const IN_ONE_SWEEP: usize = 512;
/// Longest duration of one step of inquiries. If a step takes longer, EPS counts as slow.
const SLOW: Duration = Duration::from_secs(5);

impl Ledger {
    /// Asks EPS about every debit that is due, and returns the debits as they are after the inquiries. A failed inquiry is repeated later.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn resolve_due(self: &Arc<Self>) -> Result<Vec<Entry>, Error> {
        let journal = self.opened().await?;
        self.lease_lanes(&journal).await;
        self.begin_above_lead(&journal).await;
        let (mut resolved, mut asked) = (Vec::new(), 0);
        while asked < IN_ONE_SWEEP {
            let pace = self.pace.load(Ordering::Relaxed).clamp(1, self.options.max_inquiries);
            let claimed = journal.claim_due(self.core.now_ms(), LEASE_MS, pace).await;
            let Claimed { entries, unreadable } = claimed.map_err(|error| journal_error(&error))?;
            if let Some(key) = unreadable.first() {
                let detail =
                    format!("the row of {key} is of a newer version of eko-eps and was skipped: use that version");
                self.events.notice("newerRow", detail);
            }
            if entries.is_empty() {
                break;
            }
            let begun = Instant::now();
            let count = entries.len();
            asked += count;
            let inquiries = self.inquire_all(&journal, entries).await;
            self.adapt(pace, count, begun.elapsed(), &inquiries);
            resolved.extend(inquiries.into_iter().flatten().map(|known| known.entry));
        }
        // Rows that were read at the beginning of this run may have changed since, so all of them are read again.
        let again = join_all(resolved.iter().map(|entry: &Entry| journal.read(&entry.key))).await;
        let newest = |(entry, again): (Entry, _)| match again {
            Ok(Some(Versioned { entry, .. })) => entry,
            Ok(None) | Err(_) => entry,
        };
        Ok(resolved.into_iter().zip(again).map(newest).collect())
    }

    /// Sends a notice if the resolver has failed: at the first failure, and once a minute while it keeps failing.
    pub(crate) fn tell_sweep(&self, error: Option<&Error>) {
        let mut told = lock(&self.sweep_failed);
        let Some(error) = error else {
            *told = None;
            return;
        };
        let now_ms = self.core.now_ms();
        if told.is_none_or(|at| now_ms >= at.saturating_add(60_000)) {
            *told = Some(now_ms);
            self.events.notice("resolver", format!("the resolver has failed and will try again: {error}"));
        }
    }

    /// Adapts the number of inquiries that are sent at once (`pace`). Doubles it if the last step sent that many and EPS answered in time.
    /// Halves it if EPS refuses inquiries or is slow.
    fn adapt(&self, pace: usize, count: usize, took: Duration, inquiries: &[Inquired]) {
        let held = |result: &Inquired| match result {
            Ok(_) => false,
            Err(error) => matches!(error.code(), Code::RateLimited | Code::TimeoutAttempt | Code::TimeoutDeadline),
        };
        let next = if took > SLOW || inquiries.iter().any(held) {
            pace / 2
        } else if count >= pace {
            pace * 2
        } else {
            pace
        };
        self.pace.store(next.clamp(1, self.options.max_inquiries), Ordering::Relaxed);
    }

    /// Returns the journal, and opens it at the first call.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn opened(&self) -> Result<Journal, Error> {
        let detail = "the journal is switched off, so past debits are not known: create the client with a journal";
        let missing = || Error::new(Code::JournalMissing, detail);
        self.journal.get().await?.ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stub::{Stub, ledger};
    use super::*;

    #[tokio::test]
    async fn a_step_that_takes_more_than_five_seconds_halves_the_next() {
        let ledger = ledger("resolver-slow", &Arc::new(Stub::default()));
        for (ms, pace) in [(5_000, 16), (5_001, 4)] {
            ledger.adapt(8, 8, Duration::from_millis(ms), &[]);
            assert_eq!(ledger.pace.load(Ordering::Relaxed), pace, "{ms}");
        }
    }
}
