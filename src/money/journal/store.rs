//! Interface to the storage of journal rows. A database with a conditional write can be a store.
//!
//! All durable data about money is kept in rows. The version of a row counts the writes of the row. A write succeeds only if it adds
//! exactly one to the stored version. The check before each request of a debit, the leases and the timestamp lanes use only this
//! conditional write.
//!
//! A row is due when the next inquiry about its debit must be made. A row is resolved when its debit has ended and the caller has
//! acknowledged the outcome.

use serde::Serialize;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// Future that the methods of a [`Store`] return.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Kind of the data that a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RowKind {
    /// Identity of the journal: its id, format and salt. A journal has one such row.
    Journal,
    /// A debit: a call that moves money.
    Debit,
    /// An alarm, which a person acknowledges separately from the debit.
    Alarm,
    /// References that EPS has booked, for one account and operation.
    Known,
    /// Data about the timestamps of a developer key: the lanes that machines lease, or how far the timestamps are ahead of the clock.
    Lease,
    /// A pause of the debits with one key.
    Pause,
}

impl RowKind {
    /// Returns the text of this kind, as a store keeps it.
    pub const fn as_str(self) -> &'static str {
        match self {
            RowKind::Journal => "journal",
            RowKind::Debit => "debit",
            RowKind::Alarm => "alarm",
            RowKind::Known => "known",
            RowKind::Lease => "lease",
            RowKind::Pause => "pause",
        }
    }

    /// Parses the text of a kind, as a store keeps it. Returns `None` if the kind is unknown.
    pub fn from_text(text: &str) -> Option<RowKind> {
        [RowKind::Journal, RowKind::Debit, RowKind::Alarm, RowKind::Known, RowKind::Lease, RowKind::Pause]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Journal row, as a store sees it: its content as text, and the columns that the store searches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Key of the row, unique among rows of all kinds.
    pub key: String,
    /// Number of writes of this row, counted from 1.
    pub version: u64,
    /// Kind of the row, as the text of a [`RowKind`]. A newer version of this library may use more kinds.
    pub kind: String,
    /// Salted digest of base URL and initiator. Empty for a row that does not belong to one account.
    pub account: String,
    /// Content of the row, as JSON. Contains no secrets and no personal data.
    pub entry: String,
    /// Time of the next inquiry, in milliseconds since 1970. `None` if no inquiry is planned.
    pub due_ms: Option<u64>,
    /// Planned wait until `due_ms`, in milliseconds from the time at which `due_ms` was written. If `due_ms` is further in the future than
    /// this wait, a wrong clock has written it.
    pub wait_ms: u64,
    /// True if the debit is open, or has ended and the caller has not acknowledged its outcome. For an alarm: true until the alarm is
    /// acknowledged.
    pub unresolved: bool,
    /// Time of the row's creation, in milliseconds since 1970. Listings are sorted by this time.
    pub created_ms: u64,
    /// Time of the row's last write, in milliseconds since 1970.
    pub updated_ms: u64,
    /// Time before which the row must not be pruned, in milliseconds since 1970. `None` if the row may be pruned at any time.
    pub keep_until_ms: Option<u64>,
}

/// Time after `due_ms` from which a row counts as overdue, in milliseconds.
pub(crate) const ON_TIME_MS: u64 = 60_000;

impl Row {
    /// Returns true if the row has been due for more than a minute. [`DueOrder::ShortestWait`] puts overdue rows after the other due rows.
    pub fn is_overdue(&self, now_ms: u64) -> bool {
        self.due_ms.is_some_and(|due| due < now_ms.saturating_sub(ON_TIME_MS))
    }

    /// Creates version 1 of a row that is resolved and has no due time.
    pub(crate) fn new(
        kind: RowKind,
        key: String,
        account: String,
        content: &impl Serialize,
        now_ms: u64,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            key,
            version: 1,
            kind: kind.as_str().to_owned(),
            account,
            entry: serde_json::to_string(content).map_err(|error| StoreError::unavailable(error.to_string()))?,
            due_ms: None,
            wait_ms: 0,
            unresolved: false,
            created_ms: now_ms,
            updated_ms: now_ms,
            keep_until_ms: None,
        })
    }
}

/// Failure of a store, for example a full or read-only disk, a lost connection, or a damaged file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoreError {
    /// Description of the failure, without values of rows.
    pub reason: String,
    /// Kind of the failure.
    pub kind: StoreFailure,
}

/// Kind of a [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailure {
    /// The store does not answer, or cannot write. The operation may or may not have been carried out.
    Unavailable,
    /// The store's content is damaged, or is not a journal of this format. The operation was not carried out.
    Unusable,
    /// The journal has lost commits, because an older copy was restored. The operation was not carried out.
    Behind,
}

impl StoreError {
    /// Creates the error of a store that does not answer or cannot write.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: StoreFailure::Unavailable }
    }

    /// Creates the error of a store whose content is damaged or is not a journal.
    pub fn unusable(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: StoreFailure::Unusable }
    }

    /// Creates the error of a journal that has lost commits.
    pub fn behind(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: StoreFailure::Behind }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for StoreError {}

/// Reading of a clock that goes on when the process restarts. The clock cannot be set, unless `settable` is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreTime {
    /// Id of the period in which readings can be compared: the id of the boot for a file store, a constant text for a database.
    pub epoch: String,
    /// Milliseconds since a fixed moment of the epoch, including time during which the machine was suspended.
    pub ms: u64,
    /// True if an administrator can set the clock, as on a database server. The time between two readings then counts as at most five
    /// minutes.
    pub settable: bool,
}

/// Order in which a store returns due rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueOrder {
    /// Rows that are not overdue come first (see [`Row::is_overdue`]), then overdue rows. Within each group, rows with the shortest wait
    /// come first, and rows with equal waits are sorted by due time.
    ShortestWait,
    /// Rows with the earliest due time come first.
    Oldest,
}

/// Query for the rows of one kind and account, in the order of their creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Kind of the rows, as the text of a [`RowKind`].
    pub kind: &'static str,
    /// Account of the rows.
    pub account: String,
    /// Position after which the listing starts: `created_ms` and key of a row. `None` for the first page.
    pub after: Option<(u64, String)>,
    /// Maximum number of rows on the page.
    pub limit: u32,
}

/// Durable store of journal rows that any number of processes share.
pub trait Store: Send + Sync + 'static {
    /// Returns the row with this key, archived or not. A database server that is in recovery or read-only must return an error, because its
    /// rows may be outdated.
    fn read(&self, key: &str) -> Pending<'_, Option<Row>>;

    /// Writes `row` if the stored version is `row.version - 1`, where 0 means that no row is stored. If `row` is written, also writes each
    /// row of `also` that meets the same condition for itself. All writes are one transaction, which is atomic across all processes.
    ///
    /// Returns true if `row` was written, and only when the whole transaction would survive a power cut. Returns false if neither `row` nor
    /// any row of `also` was written.
    ///
    /// An archived row counts as stored. Version 1 is not written over an archived row, and a write of the next version moves the row out
    /// of the archive.
    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool>;

    /// Writes one row that the store need not sync to disk. A power cut may then restore the previous version. The library uses this method
    /// only where such a loss does no harm.
    fn write_soon(&self, row: Row) -> Pending<'_, bool> {
        self.write(row, Vec::new())
    }

    /// Returns rows of this account that are due at `now_ms`. A row is due if `due_ms` has passed. A row is also due if `due_ms` is more
    /// than `wait_ms` plus ten seconds in the future, because a wrong clock has then written `due_ms`.
    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>>;

    /// Returns unresolved rows, which are never archived.
    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>>;

    /// Removes at most `limit` rows of debits and alarms, archived or not, and returns the number of removed rows. A removed row must be
    /// resolved, have no due time, need no longer be kept (`keep_until_ms`), and be older than `older_than_ms`. The age is counted from the
    /// last write to the earlier of `now_ms` and the newest `updated_ms` in the journal, so that a fast clock does not remove rows too
    /// early.
    fn prune(&self, older_than_ms: u64, now_ms: u64, limit: u32) -> Pending<'_, u64>;

    /// Moves at most `limit` rows of debits to an archive in one transaction, and returns the number of moved rows. Only rows that
    /// [`prune`](Store::prune) could remove are moved. A store without an archive moves nothing.
    fn archive(&self, _older_than_ms: u64, _now_ms: u64, _limit: u32) -> Pending<'_, u64> {
        Box::pin(async { Ok(0) })
    }

    /// Returns rows of all debits: resolved and unresolved, archived or not.
    fn debits(&self, _listing: Listing) -> Pending<'_, Vec<Row>> {
        Box::pin(async {
            Err(StoreError::unavailable(
                "the journal store cannot list resolved debits, because it has no method debits: implement debits",
            ))
        })
    }

    /// Returns the current time of the store's clock.
    fn clock(&self) -> Pending<'_, StoreTime>;

    /// Returns true if several machines use the store. Each machine then leases lanes of timestamps in the store. All machines must read
    /// the same clock of the store.
    fn is_shared_by_machines(&self) -> bool {
        false
    }

    /// Checks that the store may be used for a debit now. A file store checks that its file was not replaced and has lost no commits. A
    /// database store has nothing to check.
    fn verify(&self) -> Pending<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Returns true if a commit of this process has just made the same check as [`verify`](Store::verify), with success. The caller then
    /// skips `verify`.
    fn has_just_looked(&self) -> bool {
        false
    }

    /// Records that a person knows which commits were lost when an older copy of the journal was restored. Only a file store needs this
    /// method.
    fn declare_restored(&self) -> Pending<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Returns true if commits were lost and a person has declared the loss within the last day. A debit whose reference the caller chose
    /// then needs proof that EPS does not know the reference.
    fn restored_lately(&self) -> Pending<'_, bool> {
        Box::pin(async { Ok(false) })
    }
}
