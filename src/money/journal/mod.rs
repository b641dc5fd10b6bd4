//! The journal. An intent is durable before a byte of its request leaves; its outcome is recorded afterwards.
//!
//! The journal knows rows and versions, and nothing about money. The module [`crate::money::transition`] decides what a row becomes.

mod account;
mod alarms;
mod claim;
mod entry;
mod identity;
mod known;
mod lanes;
mod lead;
mod open;
#[cfg(feature = "journal-sqlite")]
mod sqlite;
mod store;

pub(crate) use account::{Account, PRODUCTION, digest, hex};
pub use alarms::Alarm;
pub(crate) use claim::Claimed;
pub use entry::{DebitKey, HistoryStep, JournalEntry, Why};
pub(crate) use entry::{Entry, FORMAT, Silence};
pub(crate) use identity::JournalIdentity;
pub(crate) use lanes::{LanePlan, LaneTime, Signs};
pub use open::{JournalConfig, RISK, VOLATILE_RISK};
pub(crate) use open::{LazyJournal, OpenOptions, failed as journal_error};
#[cfg(feature = "journal-sqlite")]
pub use sqlite::{FileNotice, FileOptions, SqliteStore};
pub use store::{DueOrder, Listing, Pending, Row, RowKind, Store, StoreError, StoreFailure, StoreTime};

use super::schedule::Schedule;
use std::sync::Arc;

/// Number of tries of a conditional write against other writers of the same row. Each lost race means that another writer has made
/// progress.
const MAX_RACES: u32 = 64;

/// Journal of one account, over a store that other accounts may use too. It is cheap to clone.
#[derive(Clone)]
pub(crate) struct Journal {
    pub(crate) store: Arc<dyn Store>,
    identity: Arc<JournalIdentity>,
    /// This client's account, as rows carry it.
    pub(crate) account: String,
    schedule: Schedule,
}

/// Result of a reservation.
#[derive(Debug)]
pub(crate) enum Reservation {
    /// The intent is durable and belongs to this caller. `version` is the version of its row.
    Taken { version: u64, entry: Box<Entry> },
    /// The reference was used before.
    Refused(Box<Entry>),
    /// The reference has a row that this version cannot read, so it was used before.
    Unreadable,
}

/// Entry of a row that was read, with the row's version.
#[derive(Debug, Clone)]
pub(crate) struct Versioned {
    pub(crate) version: u64,
    pub(crate) entry: Entry,
}

impl Journal {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        identity: Arc<JournalIdentity>,
        account: &Account,
        schedule: Schedule,
    ) -> Self {
        let account = account.digest(&identity.salt);
        Self { store, identity, account, schedule }
    }

    /// Returns a salted digest of texts that must be distinguishable, but not readable.
    pub(crate) fn digest(&self, parts: &[&str]) -> String {
        digest(&self.identity.salt, parts)
    }

    /// Returns true if an entry belongs to another account. Only the client of that account may ask EPS about it.
    pub(crate) fn is_foreign(&self, entry: &Entry) -> bool {
        entry.account != self.account
    }

    /// Makes the intent durable by an insert. The row is read only if the insert finds one. A row that may be used again is replaced by the
    /// next version. This holds across accounts: a client that was moved to another server, or was misconfigured, must not send again what
    /// it has sent before.
    ///
    /// # Errors
    /// Errors of the store. The intent may then be in it or not; no byte of the debit has left.
    pub(crate) async fn reserve(
        &self,
        intent: &Entry,
        may_replace: impl Fn(&Entry) -> bool + Send,
    ) -> Result<Reservation, StoreError> {
        let mut version = 0;
        let mut entry = intent.clone();
        for _ in 0..MAX_RACES {
            if self.store.write(self.row(version + 1, &entry)?, Vec::new()).await? {
                return Ok(Reservation::Taken { version: version + 1, entry: Box::new(entry) });
            }
            let Some(row) = self.store.read(&intent.key.text()).await? else {
                version = 0;
                continue;
            };
            let Ok(known) = parse(&row) else { return Ok(Reservation::Unreadable) };
            if !may_replace(&known) {
                return Ok(Reservation::Refused(Box::new(known)));
            }
            version = row.version;
            entry = intent.clone();
            // The history of earlier attempts under this reference stays readable.
            entry.history = [known.history, intent.history.clone()].concat();
        }
        Err(too_many_writers())
    }

    /// Writes the new state of a debit over the version that it was derived from, together with rows of other kinds. Returns false if the
    /// row has changed meanwhile.
    ///
    /// # Errors
    /// Errors of the store; the row may then be the old or the new one.
    pub(crate) async fn write(&self, version: u64, entry: &Entry, also: Vec<Row>) -> Result<bool, StoreError> {
        self.store.write(self.row(version, entry)?, also).await
    }

    /// Writes a change that a power cut may undo.
    ///
    /// # Errors
    /// Errors of the store; the row may then be the old or the new one.
    pub(crate) async fn write_soon(&self, version: u64, entry: &Entry) -> Result<bool, StoreError> {
        self.store.write_soon(self.row(version, entry)?).await
    }

    /// # Errors
    /// Errors of the store.
    pub(crate) async fn read(&self, key: &DebitKey) -> Result<Option<Versioned>, StoreError> {
        let row = self.store.read(&key.text()).await?;
        row.map(|row| Ok(Versioned { version: row.version, entry: parse(&row)? })).transpose()
    }

    /// Returns true if no row has this key.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn is_unknown(&self, key: &DebitKey) -> Result<bool, StoreError> {
        Ok(self.store.read(&key.text()).await?.is_none())
    }

    /// Returns a page of debits that are open, or have ended and were not acknowledged, the oldest first, with the cursor of the next page.
    /// Rows of a newer version of this library are left out and counted.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn unresolved(&self, after: Option<&str>, limit: u32) -> Result<ListingPage<Entry>, StoreError> {
        Ok(self.readable(self.list(RowKind::Debit, after, limit).await?))
    }

    /// Returns a page of all debits, resolved or not, archived or not.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn debits(&self, after: Option<&str>, limit: u32) -> Result<ListingPage<Entry>, StoreError> {
        let listing = self.listing(RowKind::Debit, after, limit)?;
        let rows = self.store.debits(listing.clone()).await?;
        Ok(self.readable(in_order(&listing, rows)))
    }

    fn readable(&self, page: ListingPage<Row>) -> ListingPage<Entry> {
        let mut unreadable = 0;
        let mut items = Vec::new();
        for row in &page.items {
            match parse(row) {
                Ok(entry) if !self.is_foreign(&entry) => items.push(entry),
                Ok(_) => {}
                Err(_) => unreadable += 1,
            }
        }
        ListingPage { items, next: page.next, unreadable }
    }

    async fn list(&self, kind: RowKind, after: Option<&str>, limit: u32) -> Result<ListingPage<Row>, StoreError> {
        let listing = self.listing(kind, after, limit)?;
        let rows = self.store.unresolved(listing.clone()).await?;
        Ok(in_order(&listing, rows))
    }

    fn listing(&self, kind: RowKind, after: Option<&str>, limit: u32) -> Result<Listing, StoreError> {
        let after = after.map(cursor).transpose()?;
        Ok(Listing { kind: kind.as_str(), account: self.account.clone(), after, limit })
    }

    /// Returns the row of an entry, to be written with another row.
    pub(crate) fn row_of(&self, version: u64, entry: &Entry) -> Result<Row, StoreError> {
        self.row(version, entry)
    }

    fn row(&self, version: u64, entry: &Entry) -> Result<Row, StoreError> {
        Ok(Row {
            key: entry.key.text(),
            version,
            kind: RowKind::Debit.as_str().to_owned(),
            account: entry.account.clone(),
            entry: serde_json::to_string(entry).map_err(|error| StoreError::unavailable(error.to_string()))?,
            due_ms: entry.next_inquiry_ms,
            wait_ms: entry.wait_ms,
            unresolved: entry.is_open() || !entry.acknowledged,
            created_ms: entry.created_ms,
            updated_ms: entry.updated_ms,
            keep_until_ms: self.schedule.keep_until_ms(entry),
        })
    }
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct ListingPage<T> {
    pub(crate) items: Vec<T>,
    /// Cursor of the next page; `None` at the end.
    pub(crate) next: Option<String>,
    /// Number of rows that were left out, because a newer version of this library wrote them.
    pub(crate) unreadable: usize,
}

/// Filters, sorts and truncates the rows. A store that does not look into its rows may return more than was asked for.
fn in_order(listing: &Listing, mut rows: Vec<Row>) -> ListingPage<Row> {
    let Listing { kind, account: _, after, limit } = listing;
    let full = rows.len() >= *limit as usize;
    let behind = |row: &Row| after.as_ref().is_none_or(|(ms, key)| (row.created_ms, &row.key) > (*ms, key));
    rows.retain(|row| row.kind == *kind && behind(row));
    rows.sort_by(|one, other| (one.created_ms, &one.key).cmp(&(other.created_ms, &other.key)));
    rows.truncate(*limit as usize);
    let next = rows.last().filter(|_| full).map(|row| format!("{}:{}", row.created_ms, row.key));
    ListingPage { items: rows, next, unreadable: 0 }
}

fn cursor(text: &str) -> Result<(u64, String), StoreError> {
    let parts = text.split_once(':').and_then(|(ms, key)| Some((ms.parse().ok()?, key.to_owned())));
    parts.ok_or_else(|| StoreError::unavailable("the cursor of the listing is none of ours"))
}

pub(crate) fn too_many_writers() -> StoreError {
    StoreError::unavailable("too many writers for one reference")
}

fn parse(row: &Row) -> Result<Entry, StoreError> {
    let newer = |reason: String| {
        StoreError::unavailable(format!(
            "the row of {} was written by another version of eko-eps, and this one cannot read it: {reason}",
            row.key
        ))
    };
    let entry: Entry = serde_json::from_str(&row.entry).map_err(|error| newer(error.to_string()))?;
    if entry.format == FORMAT { Ok(entry) } else { Err(newer(format!("format {}", entry.format))) }
}
