//! After the kills: resolves what is open, and compares the journal with the bank's ledger.

use super::bank::Bank;
use super::child::{config, schedule};
use eko_eps::Client;
use eko_eps::money::{JournalConfig, JournalEntry, State};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A journal file for one case, removed before and after it.
pub struct File(pub PathBuf);

impl File {
    pub fn new(name: &str) -> Self {
        let name = format!("kill-{name}-{}.sqlite", std::process::id());
        let file = Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name));
        file.remove();
        file
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm", "-mark"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.0.display()));
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Makes a client of the parent process on the same journal.
pub fn client(bank: &Bank, journal: &Path, silence_ms: u64) -> Client {
    let config = config(&bank.base_url).schedule(schedule(silence_ms));
    Client::new(config.journal(JournalConfig::File(journal.to_owned()))).unwrap()
}

pub async fn entries(client: &Client) -> HashMap<String, JournalEntry> {
    let entries = client.unresolved(None, 1_000).await.unwrap().items;
    entries.into_iter().map(|entry| (entry.reference.clone(), entry)).collect()
}

/// Asks about the open debits until every debit has a final outcome.
pub async fn resolve(client: &Client) -> HashMap<String, JournalEntry> {
    for _ in 0..1_000 {
        let entries = entries(client).await;
        let open: Vec<_> = entries.values().filter(|entry| !entry.outcome.is_final()).collect();
        if open.is_empty() {
            return entries;
        }
        for entry in open {
            client.resolve(&entry.key()).await.unwrap();
        }
        // "Not found" proves something only if it lasts.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("something never gets its final state");
}

/// Checks that no debit was booked twice or lost, and that the journal says what the ledger says.
pub fn judge(what: &str, bank: &Bank, entries: &HashMap<String, JournalEntry>, kills: usize) {
    let bookings = bank.bookings();
    for (key, times) in bank.taken() {
        assert_eq!(times, 1, "{key} reached the bank {times} times");
    }
    for (reference, booking) in &bookings {
        assert_eq!(booking.times, 1, "{reference} was booked {} times", booking.times);
        assert!(entries.contains_key(reference), "{reference} is lost: the bank has it, the journal does not");
    }
    let mut states = BTreeMap::new();
    for (reference, entry) in entries {
        let state = entry.outcome;
        let truth = bookings.get(reference).map(|booking| State::of_tx_status(i64::from(booking.tx_status)));
        assert_eq!(state, truth.unwrap_or(State::NotSent), "{reference}");
        *states.entry(state.as_str()).or_insert(0) += 1;
    }
    println!(
        "{what}: {kills} kills, {} debits in the ledger, {} in the journal {states:?}, 0 lost, 0 doubled",
        bookings.len(),
        entries.len()
    );
}
