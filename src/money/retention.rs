//! Retention of acknowledged debits: they stay in the journal, move to the archive, or are deleted.

use super::finish::invalid;
use super::journal::{Journal, Pending, journal_error};
use super::ledger::Ledger;
use crate::error::Error;
use std::time::Duration;
use tokio::time::Instant;

/// Lowest age of a row that may be deleted or archived. A younger row is never deleted, because its reference may still be sent again.
const SOONEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Number of rows of one step. A debit waits for no more rows than this.
const STEP: u32 = 100;
/// Longest pause between two steps. Debits have the journal for as long as the last step took, but at most for this time.
const PAUSE: Duration = Duration::from_millis(100);

impl Ledger {
    /// Deletes acknowledged rows that are older than this. Their references could then be used again, so keep the rows for months.
    ///
    /// # Errors
    /// `journal.*`; `invalid_params` for less than a day, except against a server on this machine.
    pub(crate) async fn prune(&self, older_than: Duration) -> Result<u64, Error> {
        let rule = "must be at least a day (86400000): what is forgotten can be sent again. Keep references for months";
        let journal = self.keeping(older_than, rule).await?;
        self.step_by_step(|now_ms| journal.store.prune(millis(older_than), now_ms, STEP)).await
    }

    /// Moves acknowledged debits that are older than this to the archive. Their references stay used.
    ///
    /// # Errors
    /// `journal.*`; `invalid_params` for less than a day, except against a server on this machine.
    pub(crate) async fn archive(&self, older_than: Duration) -> Result<u64, Error> {
        let journal = self.keeping(older_than, "must be at least a day (86400000)").await?;
        self.step_by_step(|now_ms| journal.store.archive(millis(older_than), now_ms, STEP)).await
    }

    async fn keeping(&self, older_than: Duration, rule: &str) -> Result<Journal, Error> {
        if older_than < SOONEST && !self.journal.forgets_at_once() {
            return Err(invalid("olderThanMs", rule));
        }
        self.opened().await
    }

    async fn step_by_step<'a>(&self, step: impl Fn(u64) -> Pending<'a, u64>) -> Result<u64, Error> {
        let mut total = 0;
        loop {
            let [_, eps_ms] = self.times();
            let begun = Instant::now();
            let gone = step(eps_ms).await.map_err(|error| journal_error(&error))?;
            total += gone;
            if gone < u64::from(STEP) {
                return Ok(total);
            }
            tokio::time::sleep(begun.elapsed().min(PAUSE)).await;
        }
    }
}

fn millis(age: Duration) -> u64 {
    u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
}
