//! Decides whether a debit may be sent now. A debit needs one of `maxDebits` permits, enough time, and timestamps that EPS accepts.

use super::DebitCall;
use crate::error::{Code, Error};
use crate::money::journal::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

/// Upper limit for the mean duration of recent debits, in the estimate of the time that a debit needs.
const LONGEST_RECENT: Duration = Duration::from_secs(5);

impl DebitCall<'_> {
    /// Waits for one of the permits that limit how many debits run at the same time. The second value is true if the debit had to wait. At
    /// this point the row is already reserved, so a reference that was used before is never reported as not sent.
    pub(super) async fn permit(&self, entry: &Entry) -> Result<(SemaphorePermit<'_>, bool), Error> {
        let ledger = self.ledger;
        if let Ok(permit) = ledger.debits.try_acquire() {
            return Ok((permit, false));
        }
        let most = ledger.options.max_debits;
        ledger.events.waits(entry, format!("the debit waits, because {most} debits (maxDebits) are in flight"));
        match self.limit.wait(ledger.debits.acquire()).await {
            Ok(Ok(permit)) => Ok((permit, true)),
            Ok(Err(_)) => Err(Error::new(Code::Closed, "the client was closed before the debit was sent")),
            Err(Code::Aborted) => Err(self.told(Code::Aborted, "Nothing was sent.")),
            Err(_) => Err(self.too_many()),
        }
    }

    /// Returns the error for a debit that has waited for a permit for too long.
    pub(super) fn too_many(&self) -> Error {
        let detail = format!("The limit maxDebits is {}. Nothing was sent.", self.ledger.options.max_debits);
        self.told(Code::DebitLimit, &detail)
    }

    /// Refuses a debit that has too little time left to wait for EPS's answer. Refuses every debit while EPS refuses the timestamps of this
    /// key.
    pub(super) fn may_begin(&self, waited: bool) -> Result<(), Error> {
        let left = self.limit.deadline.saturating_duration_since(Instant::now());
        let lately = self.ledger.recent.of(self.request.endpoint.op).mul_f64(1.5);
        let needed = (self.total / 5).max(lately.min(LONGEST_RECENT).min(self.total / 2));
        if left < needed && waited {
            return Err(self.too_many());
        }
        if left < needed {
            let detail = format!("Only {} ms were left, too few for an answer. Nothing was sent.", left.as_millis());
            return Err(self.told(Code::TimeoutDeadline, &detail));
        }
        if self.ledger.core.clock.is_refused() {
            self.probe();
            let detail = "EPS refused this key's last timestamp, and its answer had no usable Date header. No debit is sent until EPS accepts a timestamp.";
            return Err(self.told(Code::AuthTimestamp, detail));
        }
        Ok(())
    }

    /// Sends an inquiry each second in the background, at most 600 times, until EPS accepts the timestamps of this key again.
    pub(super) fn probe(&self) {
        let ledger = Arc::downgrade(self.ledger);
        if self.ledger.probing.swap(true, Ordering::Relaxed) {
            return;
        }
        let op = self.request.endpoint.op;
        let like = self.request.client_ref_id.clone().unwrap_or_else(|| "0".repeat(12));
        tokio::spawn(async move {
            for _ in 0..600 {
                let Some(ledger) = ledger.upgrade() else { return };
                if !ledger.core.clock.is_refused() {
                    break;
                }
                let journal = ledger.journal.get().await.ok().flatten();
                ledger.knock(journal.as_ref(), op, &like).await;
                drop(ledger);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            if let Some(ledger) = ledger.upgrade() {
                ledger.probing.store(false, Ordering::Relaxed);
            }
        });
    }
}
