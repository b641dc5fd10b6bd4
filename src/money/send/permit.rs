//! Decides if a debit may be sent now. The debit needs a permit (there are `maxDebits` of them), enough time, and timestamps that EPS
//! accepts.

use super::Debit;
use crate::error::{Code, Error};
use crate::money::journal::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

/// Upper limit on the recent duration of an operation, when the time that a debit needs is estimated.
const LONGEST_RECENT: Duration = Duration::from_secs(5);

impl Debit<'_> {
    /// Waits for one of the permits that limit the debits in flight. The second value is true if the debit had to wait. The row is already
    /// reserved here, so a reference that was used before is never reported as not sent.
    pub(super) async fn permit(&self, entry: &Entry) -> Result<(SemaphorePermit<'_>, bool), Error> {
        let ledger = self.ledger;
        if let Ok(permit) = ledger.debits.try_acquire() {
            return Ok((permit, false));
        }
        let most = ledger.options.max_debits;
        ledger.events.waits(entry, format!("{most} debits are under way, which is maxDebits: this one waits"));
        match self.limit.wait(ledger.debits.acquire()).await {
            Ok(Ok(permit)) => Ok((permit, true)),
            Ok(Err(_)) => Err(Error::new(Code::Closed, "the client was closed")),
            Err(Code::Aborted) => Err(self.told(Code::Aborted, "Nothing was sent.")),
            Err(_) => Err(self.too_many()),
        }
    }

    pub(super) fn too_many(&self) -> Error {
        let detail = format!("maxDebits is {}. Nothing was sent.", self.ledger.options.max_debits);
        self.told(Code::DebitLimit, &detail)
    }

    /// Refuses a debit that has too little time left for an answer, and refuses every debit while EPS refuses this key's timestamps.
    pub(super) fn may_begin(&self, waited: bool) -> Result<(), Error> {
        let left = self.limit.deadline.saturating_duration_since(Instant::now());
        let lately = self.ledger.recent.of(self.request.endpoint.op).mul_f64(1.5);
        let needed = (self.total / 5).max(lately.min(LONGEST_RECENT).min(self.total / 2));
        if left < needed && waited {
            return Err(self.too_many());
        }
        if left < needed {
            let detail = format!("{} ms were left, which hardly suffices. Nothing was sent.", left.as_millis());
            return Err(self.told(Code::TimeoutDeadline, &detail));
        }
        if self.ledger.core.clock.is_refused() {
            self.probe();
            let detail = "EPS has just refused this key's timestamp, and its answer had no usable Date: nothing is sent until it takes one.";
            return Err(self.told(Code::AuthTimestamp, detail));
        }
        Ok(())
    }

    /// Sends an inquiry each second in the background, until EPS accepts this key's timestamps again.
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
