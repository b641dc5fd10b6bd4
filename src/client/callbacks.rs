//! Callbacks: a hint that makes us ask at once, and an alarm where it contradicts what is final.

use super::Client;
use super::events::{Doubt, Reason};
use super::journal::unavailable;
use super::resolve::LEASE_MS;
use crate::api::generated::ENDPOINTS;
use crate::catalog::Effect;
use crate::clock::lock;
use crate::error::Error;
use crate::money::{Callback, Entry, Journal, Key, State};
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Whoever knows the address can post any number of callbacks: a debit is inquired for them at most this often.
const NOT_SOONER_MS: u64 = 1_000;
/// Unresolved debits that are looked through for a tid, oldest first. Of a later one its schedule finds out.
const MOST_TIDS: u32 = 1_024;

impl Client {
    /// Reads what EPS posted. It is unsigned: pass it to [`Client::merge_callback`] before believing any of it.
    ///
    /// # Errors
    /// `body.*` where it cannot be read or names no transaction.
    pub fn callback(&self, body: &str) -> Result<Callback, Error> {
        Callback::parse(body)
    }

    /// Takes a callback for what it is, a hint: an open debit it names is inquired at once, and what EPS then says is returned.
    /// A final state stands; a callback that contradicts it raises an alarm event. Where the reference may be used again, EPS is asked
    /// all the same, and if it knows of the debit the reference may not. `None` where the journal knows no such debit.
    ///
    /// # Errors
    /// `journal.*`; those of the inquiry, after which the debit is inquired by its schedule.
    pub async fn merge_callback(&self, callback: &Callback) -> Result<Option<Entry>, Error> {
        let journal = self.journal()?;
        let mut first = None;
        for entry in self.named(&journal, callback).await? {
            if let Some(doubt) = contradiction(callback, &entry) {
                self.0.events.alarm(&entry, &doubt);
            }
            // What is held for never done is asked about too: its reference may be used again, and must not if EPS knows of it.
            let open = !entry.known.state.is_final() || entry.known.reusable;
            let entry = if open { self.ask(&journal, entry).await? } else { entry };
            first = first.or(Some(entry));
        }
        Ok(first)
    }

    /// Inquires, unless somebody has just done so for a callback or is doing so: any number may come at once, to any process.
    async fn ask(&self, journal: &Journal, entry: Entry) -> Result<Entry, Error> {
        let now = self.0.now_ms();
        let claimed = journal.claim(&entry, self.0.offset.correct(now), NOT_SOONER_MS, now + LEASE_MS).await;
        match claimed.map_err(|error| unavailable(&error.to_string()))? {
            Some(claimed) => self.inquire(journal, claimed).await,
            None => Ok(entry),
        }
    }
}

impl Client {
    /// The debits it is about: by our reference, a refund by its tid; else what is unresolved under its tid.
    async fn named(&self, journal: &Journal, callback: &Callback) -> Result<Vec<Entry>, Error> {
        let failed = |error: crate::money::StoreError| unavailable(&error.to_string());
        let mut entries = Vec::new();
        for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.effect == Effect::Money) {
            let ours = endpoint.params.iter().any(|param| param.wire == "client_ref_id");
            let Some(reference) = (if ours { &callback.client_ref_id } else { &callback.tid }) else { continue };
            let key = Key { op: endpoint.op.to_owned(), reference: reference.clone() };
            entries.extend(journal.get(&key).await.map_err(failed)?.filter(|entry| journal.foreign(entry).is_none()));
        }
        if let (true, Some(tid)) = (entries.is_empty(), &callback.tid) {
            if self.0.by_tid.begin() {
                let tids = journal.tids(MOST_TIDS).await.map_err(failed)?;
                self.0.by_tid.learned(tids);
            }
            for key in self.0.by_tid.of(tid) {
                let entry = journal.get(&key).await.map_err(failed)?;
                entries.extend(entry.filter(|entry| entry.known.tid.as_ref() == Some(tid)));
            }
        }
        Ok(entries)
    }
}

/// Which unresolved debit has which tid, as it was read at most a second ago: whoever posts made-up tids makes nobody read more.
#[derive(Default)]
pub(super) struct ByTid(Mutex<Read>);

#[derive(Default)]
struct Read {
    at: Option<Instant>,
    keys: Vec<(String, Key)>,
}

impl ByTid {
    /// Whether it is time to read again; the caller then does.
    fn begin(&self) -> bool {
        let mut read = lock(&self.0);
        let again = read.at.is_none_or(|at| at.elapsed() >= Duration::from_millis(NOT_SOONER_MS));
        if again {
            read.at = Some(Instant::now());
        }
        again
    }

    fn learned(&self, keys: Vec<(String, Key)>) {
        lock(&self.0).keys = keys;
    }

    fn of(&self, tid: &str) -> Vec<Key> {
        lock(&self.0).keys.iter().filter(|(known, _)| known == tid).map(|(_, key)| key.clone()).collect()
    }
}

/// What it says that cannot be true beside what is known. What EPS posted late is no contradiction.
fn contradiction(callback: &Callback, entry: &Entry) -> Option<Doubt> {
    let differs = |said: &Option<String>, known: &Option<String>| matches!((said, known), (Some(said), Some(known)) if said != known);
    let of_refund = callback.tid.as_ref() == Some(&entry.intent.key.reference);
    if !of_refund && differs(&callback.tid, &entry.known.tid) {
        let detail = "a callback names another tid: the debit may have been booked twice";
        return Some(Reason::DuplicateObserved.because(detail));
    }
    if differs(&callback.amount, &entry.intent.amount) {
        return Some(Reason::Contradiction.because("a callback names another amount than was sent"));
    }
    let known = entry.known.state;
    let said = State::of_tx_status(callback.tx_status?);
    let fits = match known {
        State::Indeterminate | State::Pending | State::RefundPending => true,
        // EPS knows what we hold for never sent.
        State::NotSent => false,
        State::Settled | State::Declined | State::Refunded => said == known || said == State::Pending,
    } || known == State::Refunded && said == State::RefundPending;
    let detail = || format!("a callback says {}, the journal's final state is {}", said.as_str(), known.as_str());
    (!fits).then(|| Reason::StateChanged.because(detail()))
}
