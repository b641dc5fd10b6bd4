//! Retention of debits whose outcome the caller has acknowledged: such debits stay in the journal, move to the archive, or are deleted.

use super::finish::invalid;
use super::journal::{Journal, Pending, journal_error};
use super::ledger::Ledger;
use crate::error::Error;
use std::time::Duration;
use tokio::time::Instant;

/// Minimum age of a row that may be deleted or archived. A younger row is kept, because the caller may still send a debit with the same
/// reference again.
const SOONEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Maximum number of rows that one step deletes or archives. A debit that needs the journal waits for at most one step.
const STEP: u32 = 100;
/// Longest pause between two steps. A pause lasts as long as the step before it, up to this limit, so that debits can use the journal.
const PAUSE: Duration = Duration::from_millis(100);

impl Ledger {
    /// Deletes acknowledged rows that are older than `older_than`. A deleted reference can be used again, so keep rows for months.
    ///
    /// # Errors
    /// `journal.*`; `invalid_params` if `older_than` is less than a day, except against a server on this machine.
    pub(crate) async fn prune(&self, older_than: Duration) -> Result<u64, Error> {
        let rule = "must be at least a day (86400000): a deleted reference can be sent again, so keep rows for months";
        let journal = self.keeping(older_than, rule).await?;
        self.step_by_step(|now_ms| journal.store.prune(millis(older_than), now_ms, STEP)).await
    }

    /// Moves acknowledged debits that are older than `older_than` to the archive. Their references still count as used.
    ///
    /// # Errors
    /// `journal.*`; `invalid_params` if `older_than` is less than a day, except against a server on this machine.
    pub(crate) async fn archive(&self, older_than: Duration) -> Result<u64, Error> {
        let journal = self.keeping(older_than, "must be at least a day (86400000)").await?;
        self.step_by_step(|now_ms| journal.store.archive(millis(older_than), now_ms, STEP)).await
    }

    /// Returns the journal, after a check that `older_than` is at least a day. `rule` is the text of the error.
    async fn keeping(&self, older_than: Duration, rule: &str) -> Result<Journal, Error> {
        if older_than < SOONEST && !self.journal.forgets_at_once() {
            return Err(invalid("olderThanMs", rule));
        }
        self.opened().await
    }

    /// Repeats `step`, with a pause after each one, until a step finds fewer than `STEP` rows. Returns the total number of rows.
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
