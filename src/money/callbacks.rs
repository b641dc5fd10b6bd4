//! Handling of EPS's callbacks. Anyone may post a callback, so a callback raises no alarm. A callback makes the client ask EPS, and EPS's
//! answer may raise an alarm.

use super::callback::Callback;
use super::journal::{DebitKey, Journal, Versioned, journal_error};
use super::ledger::Ledger;
use super::resolver::LEASE_MS;
use super::state::State;
use super::{Entry, JournalEntry};
use crate::api::generated::ENDPOINTS;
use crate::catalog::Effect;
use crate::error::Error;
use crate::mutex::lock;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// Minimum time in milliseconds between two inquiries about one debit, if callbacks cause them. Without this limit, anyone who knows the
/// address could cause any number of inquiries by posting callbacks.
const NOT_SOONER_MS: u64 = 1_000;
/// Maximum number of unresolved debits that are searched for the transaction id (tid) of a callback, oldest first. EPS is asked about the
/// other debits only at their scheduled times.
const MOST_TIDS: u32 = 1_024;

impl Ledger {
    /// Asks EPS about the debit that a callback names, if the debit is open or if the callback and the row of the debit differ. Returns the
    /// debit after the inquiry, or `None` if the journal has no such debit.
    ///
    /// # Errors
    /// `journal.*`, and the errors of the inquiry. After an error, the next scheduled inquiry asks EPS again.
    pub(crate) async fn merge_callback(self: &Arc<Self>, callback: &Callback) -> Result<Option<JournalEntry>, Error> {
        let journal = self.opened().await?;
        let mut first = None;
        for known in self.named(&journal, callback).await? {
            let ask = known.entry.is_open() || says_otherwise(callback, &known.entry);
            let known = if ask { self.ask_for_callback(&journal, known, callback).await? } else { known };
            first = first.or(Some(known.entry.public()));
        }
        Ok(first)
    }

    /// Asks EPS about a debit, unless an unscheduled inquiry about the same debit was made within the last second, by this or another
    /// process. Returns the row of the debit.
    async fn ask_for_callback(
        self: &Arc<Self>,
        journal: &Journal,
        known: Versioned,
        callback: &Callback,
    ) -> Result<Versioned, Error> {
        let claimed = journal.claim(&known.entry, self.times(), NOT_SOONER_MS, LEASE_MS).await;
        match claimed.map_err(|error| journal_error(&error))? {
            Some(claimed) => {
                let entry = &claimed.entry;
                let another = |tid: &&str| !entry.is_open() && !entry.is_refund() && entry.tid.as_deref() != Some(*tid);
                match callback.tid.as_deref().filter(another) {
                    // The callback names a tid that the finished debit does not have. If EPS has our reference under that tid too, the
                    // debit was booked twice.
                    Some(tid) => self.inquire_tid(journal, claimed, tid).await,
                    None => self.inquire(journal, claimed).await,
                }
            }
            None => Ok(known),
        }
    }

    /// Finds the debits that a callback names: transfers by reference, refunds by transaction id (tid). If the journal has none, finds the
    /// unresolved debits with the callback's tid.
    async fn named(&self, journal: &Journal, callback: &Callback) -> Result<Vec<Versioned>, Error> {
        let failed = |error| journal_error(&error);
        let mut found = Vec::new();
        for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.effect == Effect::Money) {
            let ours = endpoint.params.iter().any(|param| param.wire == "client_ref_id");
            let Some(reference) = (if ours { &callback.client_ref_id } else { &callback.tid }) else { continue };
            let key = DebitKey { op: endpoint.op.to_owned(), reference: reference.clone() };
            found.extend(journal.read(&key).await.map_err(failed)?.filter(|known| !journal.is_foreign(&known.entry)));
        }
        if let (true, Some(tid)) = (found.is_empty(), &callback.tid) {
            if self.by_tid.begin() {
                let page = journal.unresolved(None, MOST_TIDS).await.map_err(failed)?;
                let tids = page.items.into_iter().filter_map(|entry| entry.tid.map(|tid| (tid, entry.key)));
                self.by_tid.learned(tids.collect());
            }
            for key in self.by_tid.of(tid) {
                let known = journal.read(&key).await.map_err(failed)?;
                found.extend(known.filter(|known| known.entry.tid.as_ref() == Some(tid)));
            }
        }
        Ok(found)
    }
}

/// Returns true if the callback differs from the row of a finished debit, or has a value that cannot be read.
fn says_otherwise(callback: &Callback, entry: &Entry) -> bool {
    let differs = |said: &Option<String>, known: &Option<String>| matches!((said, known), (Some(said), Some(known)) if said != known);
    let of_refund = entry.is_refund() && callback.tid.as_ref() == Some(&entry.key.reference);
    let tid = !of_refund && (differs(&callback.tid, &entry.tid) || callback.tid.is_some() && entry.tid.is_none());
    let state = callback.tx_status.map(State::of_tx_status).is_some_and(|said| said != entry.outcome);
    tid || state || differs(&callback.amount, &entry.amount) || callback.is_unclear()
}

/// Cache of the unresolved debits, by transaction id (tid). It is read from the journal at most once a second, even if many callbacks with
/// made-up tids arrive.
#[derive(Default)]
pub(crate) struct ByTid(Mutex<Read>);

#[derive(Default)]
struct Read {
    at: Option<Instant>,
    keys: Vec<(String, DebitKey)>,
}

impl ByTid {
    /// Returns true if the cached list is missing or at least a second old. The caller must then read the journal and pass the new list to
    /// `learned`.
    fn begin(&self) -> bool {
        let mut read = lock(&self.0);
        let again = read.at.is_none_or(|at| at.elapsed() >= Duration::from_millis(NOT_SOONER_MS));
        if again {
            read.at = Some(Instant::now());
        }
        again
    }

    fn learned(&self, keys: Vec<(String, DebitKey)>) {
        lock(&self.0).keys = keys;
    }

    fn of(&self, tid: &str) -> Vec<DebitKey> {
        lock(&self.0).keys.iter().filter(|(known, _)| known == tid).map(|(_, key)| key.clone()).collect()
    }
}
