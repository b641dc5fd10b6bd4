//! The journal: a durable record of every debit.
//!
//! A debit is written durably to the journal before the first byte of its request is sent. The outcome is recorded afterwards.
//!
//! The journal stores rows, and the version of a row counts the writes of the row. The module [`crate::money::transition`] decides the new
//! content of a row.
//!
//! An account is an EPS server together with an initiator. Several accounts may share one store.

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

/// Maximum number of tries of a write while others write the same row. A try fails if another writer has written the row first.
const MAX_RACES: u32 = 64;

/// Journal of one account. The store may also hold rows of other accounts. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Journal {
    pub(crate) store: Arc<dyn Store>,
    identity: Arc<JournalIdentity>,
    /// Digest that identifies the account of this client in journal rows.
    pub(crate) account: String,
    schedule: Schedule,
}

/// Result of reserving a reference for a debit.
#[derive(Debug)]
pub(crate) enum Reservation {
    /// The reference is reserved durably for this caller. `version` is the version of its row.
    Taken { version: u64, entry: Box<Entry> },
    /// The reference was used before, and may not be used again. Holds the existing entry.
    Refused(Box<Entry>),
    /// The reference was used before, but this version of the library cannot read the existing row.
    Unreadable,
}

/// Entry that was read from a row, with the version of the row.
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

    /// Returns a digest of `parts` with the journal's salt. A digest does not reveal the parts.
    pub(crate) fn digest(&self, parts: &[&str]) -> String {
        digest(&self.identity.salt, parts)
    }

    /// Returns true if an entry belongs to another account. Only a client of that account may ask EPS about the debit.
    pub(crate) fn is_foreign(&self, entry: &Entry) -> bool {
        entry.account != self.account
    }

    /// Writes the entry `intent` durably as a new row. If a row with the same key exists and `may_replace` accepts its entry, writes
    /// `intent` as the next version of that row.
    ///
    /// The key does not contain the account, so a reference is refused even if another account has used the reference. A client that was
    /// moved to another server, or was misconfigured, must not send the same debit again.
    ///
    /// # Errors
    /// Errors of the store. The store may then hold `intent` or not. No byte of the debit has been sent.
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
            // The new entry keeps the history of earlier reservations of the reference.
            entry.history = [known.history, intent.history.clone()].concat();
        }
        Err(too_many_writers())
    }

    /// Writes the new state of a debit as row version `version`, together with `also`, rows of other kinds. Returns false if another writer
    /// has changed the row, so that the stored version is not `version - 1`.
    ///
    /// # Errors
    /// Errors of the store. The store may then hold the old or the new row.
    pub(crate) async fn write(&self, version: u64, entry: &Entry, also: Vec<Row>) -> Result<bool, StoreError> {
        self.store.write(self.row(version, entry)?, also).await
    }

    /// Writes a row that the store need not sync to the disk, so a power cut may undo the write.
    ///
    /// # Errors
    /// Errors of the store. The store may then hold the old or the new row.
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

    /// Returns a page of unresolved debits, oldest first, and the cursor of the next page. A debit is unresolved while it is open, and
    /// after its end until the caller acknowledges its outcome. Rows that a newer version of this library wrote are skipped and counted.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn unresolved(&self, after: Option<&str>, limit: u32) -> Result<ListingPage<Entry>, StoreError> {
        Ok(self.readable(self.list(RowKind::Debit, after, limit).await?))
    }

    /// Returns a page of all debits, including resolved and archived debits.
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

    /// Returns the row of an entry, so that the caller can write it together with another row.
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

#[derive(Debug)]
pub(crate) struct ListingPage<T> {
    pub(crate) items: Vec<T>,
    /// Cursor of the next page; `None` on the last page.
    pub(crate) next: Option<String>,
    /// Number of rows that were skipped, because a newer version of this library wrote them.
    pub(crate) unreadable: usize,
}

/// Filters, sorts and truncates the rows that a store returned. A store that cannot filter its rows may return more rows than requested.
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
    parts.ok_or_else(|| {
        StoreError::unavailable(
            "the cursor of the listing is invalid: pass the value `next` of the previous page unchanged",
        )
    })
}

pub(crate) fn too_many_writers() -> StoreError {
    StoreError::unavailable(
        "the journal row was not written, because other writers changed it each time: try again later",
    )
}

fn parse(row: &Row) -> Result<Entry, StoreError> {
    let newer = |reason: String| {
        StoreError::unavailable(format!(
            "the journal row of {} cannot be read: use the version of eko-eps that wrote it, or restore the journal if it is damaged \
             ({reason})",
            row.key
        ))
    };
    let entry: Entry = serde_json::from_str(&row.entry).map_err(|error| newer(error.to_string()))?;
    if entry.format == FORMAT { Ok(entry) } else { Err(newer(format!("format {}", entry.format))) }
}
