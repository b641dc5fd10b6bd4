//! The resolver: which debits are asked about, and when; and what their owner asks of the journal.

use super::Client;
use super::journal::{refuse_foreign, unavailable};
use crate::error::{Code, Error};
use crate::money::{Entry, Journal, Key};
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

/// While one process inquires, no other does.
pub(super) const LEASE_MS: u64 = 45_000;
/// Inquired together, and claimed together: no more than can all be asked within the lease, whose inquiries end in two thirds of it.
const AT_ONCE: u32 = 8;
/// In one go; what is due beyond it is for another process, or the next time.
const IN_ONE_GO: usize = 64;

/// What is younger is never forgotten: something may still send its reference again.
const SOONEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Client {
    /// Inquires once, now, and returns what is then known.
    ///
    /// # Errors
    /// `not_found` where the journal does not know the reference; `journal.*`; those of the inquiry itself.
    pub async fn resolve(&self, key: &Key) -> Result<Entry, Error> {
        let journal = self.journal()?;
        let entry = journal.get(key).await.map_err(|error| unavailable(&error.to_string()))?;
        let Some(entry) = entry else {
            return Err(Error::new(
                Code::NotFound,
                format!("the journal knows no {} with the reference {}", key.op, key.reference),
            ));
        };
        refuse_foreign(&journal, &entry)?;
        if entry.known.state.is_final() { Ok(entry) } else { self.inquire(&journal, entry).await }
    }

    /// Inquires every debit whose time has come; returns what is then known of them. One that cannot be asked now is asked later.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn resolve_due(&self) -> Result<Vec<Entry>, Error> {
        let journal = self.journal()?;
        let (mut resolved, mut asked) = (Vec::new(), 0);
        while asked < IN_ONE_GO {
            let now = self.0.now_ms();
            let due = journal.claim_due(now, now + LEASE_MS, AT_ONCE).await;
            let due = due.map_err(|error| unavailable(&error.to_string()))?;
            if due.is_empty() {
                break;
            }
            asked += due.len();
            let inquiries = due.into_iter().map(|entry| self.inquire(&journal, entry));
            resolved.extend(together(inquiries).await.into_iter().flatten());
        }
        Ok(resolved)
    }

    /// Open debits, and finished ones that were not acknowledged, oldest first: what to look at after a restart.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn unresolved(&self) -> Result<Vec<Entry>, Error> {
        self.journal()?.unresolved(u32::MAX).await.map_err(|error| unavailable(&error.to_string()))
    }

    /// Marks a finished debit as seen; `false` where it is unknown or open.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn acknowledge(&self, key: &Key) -> Result<bool, Error> {
        self.journal()?.acknowledge(key).await.map_err(|error| unavailable(&error.to_string()))
    }

    /// The same for what was seen: `false` also where its reference has been used anew since.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn acknowledge_entry(&self, seen: &Entry) -> Result<bool, Error> {
        self.journal()?.acknowledge_entry(seen).await.map_err(|error| unavailable(&error.to_string()))
    }

    /// Forgets what was acknowledged and is older than this. Those references could then be used again: keep them for months.
    ///
    /// # Errors
    /// `journal.*`; `invalid_params` for less than a day, but against a server on this machine.
    pub async fn prune(&self, older_than: Duration) -> Result<u64, Error> {
        if older_than < SOONEST && !self.0.journal.forgets_at_once() {
            let rule =
                "must be at least a day (86400000): what is forgotten can be sent again. Keep references for months";
            let params = [("olderThanMs".to_owned(), rule.to_owned())].into();
            return Err(Error::new(Code::InvalidParams, format!("olderThanMs {rule}")).with_invalid_params(params));
        }
        let before = self.0.now_ms().saturating_sub(u64::try_from(older_than.as_millis()).unwrap_or(u64::MAX));
        self.journal()?.prune(before).await.map_err(|error| unavailable(&error.to_string()))
    }

    pub(super) fn journal(&self) -> Result<Journal, Error> {
        let missing =
            || Error::new(Code::JournalMissing, "the journal is switched off: nothing is known of past debits");
        self.0.journal.get()?.ok_or_else(missing)
    }
}

/// Waits for all of them, at once and in place: dropped with whoever waits.
async fn together<F: Future>(work: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut open: Vec<_> = work.map(|work| (Box::pin(work), None)).collect();
    poll_fn(|context| {
        for (work, done) in open.iter_mut().filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(output) = work.as_mut().poll(context) {
                *done = Some(output);
            }
        }
        if open.iter().all(|(_, done)| done.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    open.into_iter().filter_map(|(_, done)| done).collect()
}
