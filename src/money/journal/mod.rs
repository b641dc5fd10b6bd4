//! The journal: what was intended is durable before a byte leaves, what became of it after.
//!
//! It knows rows and versions, and nothing about money: what a row becomes is decided in [`crate::money::transition`].

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

/// How often a conditional write is tried against others that write the same row. Each lost race is another's progress.
const MAX_RACES: u32 = 64;

/// One account's journal over a store that others may use too; cheap to clone.
#[derive(Clone)]
pub(crate) struct Journal {
    pub(crate) store: Arc<dyn Store>,
    identity: Arc<JournalIdentity>,
    /// This client's account, as rows carry it.
    pub(crate) account: String,
    schedule: Schedule,
}

/// What a reservation found.
#[derive(Debug)]
pub(crate) enum Reservation {
    /// The intent is durable and this caller's; with the version of its row.
    Taken { version: u64, entry: Box<Entry> },
    /// The reference was used before.
    Refused(Box<Entry>),
    /// The reference has a row that this version cannot read: it was used before.
    Unreadable,
}

/// A row that was read.
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

    /// A salted digest, for what must be told apart and not be read.
    pub(crate) fn digest(&self, parts: &[&str]) -> String {
        digest(&self.identity.salt, parts)
    }

    /// Whether an entry is another account's: only its own client may ask EPS about it.
    pub(crate) fn is_foreign(&self, entry: &Entry) -> bool {
        entry.account != self.account
    }

    /// Makes the intent durable: by an insert, and only where that meets a row is it read. A row that may be used again is replaced by the
    /// next version. That holds across accounts: a client that was moved to another server, or misconfigured, must not send a second time
    /// what it has sent before.
    ///
    /// # Errors
    /// The store's. The intent may then be in it or not; no byte of the debit has left.
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
            // What came before under this reference stays readable.
            entry.history = [known.history, intent.history.clone()].concat();
        }
        Err(too_many_writers())
    }

    /// Writes what a debit has become, over the version it was derived from; and with it rows of other kinds.
    ///
    /// # Errors
    /// The store's; the row may then be the old or the new one.
    pub(crate) async fn write(&self, version: u64, entry: &Entry, also: Vec<Row>) -> Result<bool, StoreError> {
        self.store.write(self.row(version, entry)?, also).await
    }

    /// The same for what a power cut may undo.
    ///
    /// # Errors
    /// The store's; the row may then be the old or the new one.
    pub(crate) async fn write_soon(&self, version: u64, entry: &Entry) -> Result<bool, StoreError> {
        self.store.write_soon(self.row(version, entry)?).await
    }

    /// # Errors
    /// The store's.
    pub(crate) async fn read(&self, key: &DebitKey) -> Result<Option<Versioned>, StoreError> {
        let row = self.store.read(&key.text()).await?;
        row.map(|row| Ok(Versioned { version: row.version, entry: parse(&row)? })).transpose()
    }

    /// Whether no row has this key.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn is_unknown(&self, key: &DebitKey) -> Result<bool, StoreError> {
        Ok(self.store.read(&key.text()).await?.is_none())
    }

    /// A page of what is open, or has ended and was not acknowledged, the oldest first; with the cursor of the next. Rows of a newer version
    /// of this library are left out, and counted.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn unresolved(&self, after: Option<&str>, limit: u32) -> Result<Page<Entry>, StoreError> {
        Ok(self.readable(self.list(RowKind::Debit, after, limit).await?))
    }

    /// The same of all debits, resolved or not, archived or not.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn debits(&self, after: Option<&str>, limit: u32) -> Result<Page<Entry>, StoreError> {
        let listing = self.listing(RowKind::Debit, after, limit)?;
        let rows = self.store.debits(listing.clone()).await?;
        Ok(self.readable(in_order(&listing, rows)))
    }

    fn readable(&self, page: Page<Row>) -> Page<Entry> {
        let mut unreadable = 0;
        let mut items = Vec::new();
        for row in &page.items {
            match parse(row) {
                Ok(entry) if !self.is_foreign(&entry) => items.push(entry),
                Ok(_) => {}
                Err(_) => unreadable += 1,
            }
        }
        Page { items, next: page.next, unreadable }
    }

    async fn list(&self, kind: RowKind, after: Option<&str>, limit: u32) -> Result<Page<Row>, StoreError> {
        let listing = self.listing(kind, after, limit)?;
        let rows = self.store.unresolved(listing.clone()).await?;
        Ok(in_order(&listing, rows))
    }

    fn listing(&self, kind: RowKind, after: Option<&str>, limit: u32) -> Result<Listing, StoreError> {
        let after = after.map(cursor).transpose()?;
        Ok(Listing { kind: kind.as_str(), account: self.account.clone(), after, limit })
    }

    /// The row of an entry, to be written with another one.
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

/// A part of a listing.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub(crate) next: Option<String>,
    /// Rows that were written by a newer version of this library, and left out.
    pub(crate) unreadable: usize,
}

/// A store that does not look into its rows may give more than was asked for.
fn in_order(listing: &Listing, mut rows: Vec<Row>) -> Page<Row> {
    let Listing { kind, account: _, after, limit } = listing;
    let full = rows.len() >= *limit as usize;
    let behind = |row: &Row| after.as_ref().is_none_or(|(ms, key)| (row.created_ms, &row.key) > (*ms, key));
    rows.retain(|row| row.kind == *kind && behind(row));
    rows.sort_by(|one, other| (one.created_ms, &one.key).cmp(&(other.created_ms, &other.key)));
    rows.truncate(*limit as usize);
    let next = rows.last().filter(|_| full).map(|row| format!("{}:{}", row.created_ms, row.key));
    Page { items: rows, next, unreadable: 0 }
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
