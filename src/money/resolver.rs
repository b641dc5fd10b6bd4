//! The resolver: which debits are asked about, and when.

use super::journal::{Claimed, Journal, Versioned, journal_error};
use super::ledger::Ledger;
use super::{Entry, inquire::Inquired};
use crate::clock::lock;
use crate::error::{Code, Error};
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// While one process inquires, no other does.
pub(crate) const LEASE_MS: u64 = 45_000;
/// Asked at once, to begin with.
pub(crate) const FIRST_PACE: usize = 8;
/// Asked in one sweep; what is due beyond it is for another process, or the next time.
const IN_ONE_SWEEP: usize = 512;
/// EPS is slow where a step of a sweep takes longer.
const SLOW: Duration = Duration::from_secs(5);

impl Ledger {
    /// Asks about every debit whose time has come; returns what is then known of them. One that cannot be asked now is asked later.
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
                self.events
                    .notice("newerRow", format!("the row of {key} is of a newer version of eko-eps and is left alone"));
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
        // What was found at the beginning of a sweep may be another by its end.
        let again = join_all(resolved.iter().map(|entry: &Entry| journal.read(&entry.key))).await;
        let newest = |(entry, again): (Entry, _)| match again {
            Ok(Some(Versioned { entry, .. })) => entry,
            Ok(None) | Err(_) => entry,
        };
        Ok(resolved.into_iter().zip(again).map(newest).collect())
    }

    /// Tells that a sweep has failed: when it begins to, and once a minute while it does.
    pub(crate) fn tell_sweep(&self, error: Option<&Error>) {
        let mut told = lock(&self.sweep_failed);
        let Some(error) = error else {
            *told = None;
            return;
        };
        let now_ms = self.core.now_ms();
        if told.is_none_or(|at| now_ms >= at.saturating_add(60_000)) {
            *told = Some(now_ms);
            self.events.notice("resolver", format!("a sweep of the resolver has failed: {error}"));
        }
    }

    /// Twice as many while all that may be asked is asked and answered at once; half as many where EPS refuses, or is slow.
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

    /// The journal, which must be there.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn opened(&self) -> Result<Journal, Error> {
        let missing =
            || Error::new(Code::JournalMissing, "the journal is switched off: nothing is known of past debits");
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
