//! Storage of a journal's rows. It needs only a few operations, so any database with a conditional write can be a store.
//!
//! Everything durable about money is a row: debits, alarms, known references, leases, the pause and the journal's own identity. A row has a
//! version, and a write succeeds only over the version before it. Fencing, leases and lanes need nothing else.

use serde::Serialize;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// Future that a method of a store returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Subject of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RowKind {
    /// The journal's identity: its id, format and salt. One row.
    Journal,
    /// A debit.
    Debit,
    /// An alarm, with an acknowledgement of its own.
    Alarm,
    /// The references of an account and operation that EPS has booked.
    Known,
    /// A lease: inquiries of a sweep, a timestamp lane, a handler.
    Lease,
    /// A key whose debits are paused.
    Pause,
}

impl RowKind {
    /// Returns the stored form.
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

    /// Parses the stored form.
    pub fn from_text(text: &str) -> Option<RowKind> {
        [RowKind::Journal, RowKind::Debit, RowKind::Alarm, RowKind::Known, RowKind::Lease, RowKind::Pause]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// One row as a store sees it: a text, and the columns by which it must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Key, unique among all kinds.
    pub key: String,
    /// Counts writes of this key, from 1.
    pub version: u64,
    /// Subject of the row: the text of a [`RowKind`]. A newer version of this library may know more kinds.
    pub kind: String,
    /// Salted digest of base URL and initiator; empty for the journal's own rows.
    pub account: String,
    /// Content, as JSON. It holds no secret and no personal data.
    pub entry: String,
    /// Time of the next inquiry, in milliseconds since 1970; `None` if nothing is due.
    pub due_ms: Option<u64>,
    /// Length of the wait when `due_ms` was written. A due time that is further ahead than this comes from a wrong clock.
    pub wait_ms: u64,
    /// True if the row's owner has yet to be told of it: it is open, or has ended and was not acknowledged.
    pub unresolved: bool,
    /// Time of creation, in milliseconds since 1970. Listings are in this order.
    pub created_ms: u64,
    /// Time of the last write, in milliseconds since 1970.
    pub updated_ms: u64,
    /// Time before which the row must not be pruned.
    pub keep_until_ms: Option<u64>,
}

/// Delay after which a due row is overdue.
pub(crate) const ON_TIME_MS: u64 = 60_000;

impl Row {
    /// Returns true if the row became due more than a minute ago. Rows that became due since then go before it, the shortest wait first.
    pub fn is_overdue(&self, now_ms: u64) -> bool {
        self.due_ms.is_some_and(|due| due < now_ms.saturating_sub(ON_TIME_MS))
    }

    /// Creates the first version of a row that has no due time and is resolved.
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
pub struct StoreError {
    /// Description of the failure. It names no value.
    pub reason: String,
    /// Kind of the failure.
    pub kind: StoreFailure,
}

/// Kinds of [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailure {
    /// The store does not answer, or cannot write. The operation may or may not have been done.
    Unavailable,
    /// The content is no journal of this format, or is damaged. Nothing was done.
    Unusable,
    /// The journal has lost commits, because an older copy was restored. Nothing was done.
    Behind,
}

impl StoreError {
    /// Creates the error of a store that does not answer or cannot write.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: StoreFailure::Unavailable }
    }

    /// Creates the error of a store whose content is no journal, or a damaged one.
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

/// Reading of a clock that outlives the process. The clock cannot be set, unless `settable` is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreTime {
    /// Epoch of the reading: a boot's id for a file, one fixed text for a database. Readings of two epochs cannot be compared.
    pub epoch: String,
    /// Milliseconds since some moment of that epoch. Suspension is counted.
    pub ms: u64,
    /// True if an administrator can set the clock, as with a database server. One gap then counts five minutes at most.
    pub settable: bool,
}

/// Order in which due rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueOrder {
    /// Rows that are not overdue come first, by [`Row::is_overdue`]. In both groups the shortest wait comes first, then the earliest due
    /// time.
    ShortestWait,
    /// The earliest due time comes first.
    Oldest,
}

/// Request for rows of one kind and account, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Text of the kind.
    pub kind: &'static str,
    /// The account.
    pub account: String,
    /// Position after which the listing starts: `created_ms` and key of a row.
    pub after: Option<(u64, String)>,
    /// Maximum number of rows.
    pub limit: u32,
}

/// A durable store of rows, shared by any number of processes.
pub trait Store: Send + Sync + 'static {
    /// Returns the row of a key, archived or not. A server that is in recovery or read-only must fail here, because its answer proves
    /// nothing.
    fn read(&self, key: &str) -> Pending<'_, Option<Row>>;

    /// Writes `row` if the stored version is `row.version - 1` (0: there is no row). Also writes each row of `also` whose own condition
    /// holds. All of this is one transaction, atomic among all processes. Returns true if `row` was written, and only once the whole
    /// transaction survives a power cut. Returns false if `row` was not written; then no row of `also` was written. An archived row is
    /// stored like any other: version 1 is not written over it, and a write of the next version takes it out of the archive.
    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool>;

    /// Writes one row whose former version does no harm, because a power cut may bring that version back.
    fn write_soon(&self, row: Row) -> Pending<'_, bool> {
        self.write(row, Vec::new())
    }

    /// Returns rows of this account that are due at this time: `due_ms` has come, or is further ahead than `wait_ms` and ten seconds allow.
    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>>;

    /// Returns unresolved rows. None of them is archived.
    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>>;

    /// Removes at most `limit` rows of debits and alarms, archived or not, and returns their number. A removed row is resolved, not due,
    /// not to be kept beyond now, and was written longer ago than `older_than_ms`. "Now" is `now_ms`, and at most the newest `updated_ms`
    /// of the journal, so that a fast clock forgets nothing.
    fn prune(&self, older_than_ms: u64, now_ms: u64, limit: u32) -> Pending<'_, u64>;

    /// Moves at most `limit` rows of debits to an archive, and returns their number. Only rows that [`prune`](Store::prune) could remove
    /// are moved. They move without change, in one transaction. A store without an archive moves nothing.
    fn archive(&self, _older_than_ms: u64, _now_ms: u64, _limit: u32) -> Pending<'_, u64> {
        Box::pin(async { Ok(0) })
    }

    /// Returns rows of debits, resolved or not, archived or not.
    fn debits(&self, _listing: Listing) -> Pending<'_, Vec<Row>> {
        Box::pin(async {
            Err(StoreError::unavailable("the store has no method debits: it lists only what is unresolved"))
        })
    }

    /// Returns the current time of the store's clock.
    fn clock(&self) -> Pending<'_, StoreTime>;

    /// Returns true if several machines use the store. They cannot see each other's used timestamps, so each leases lanes of timestamps in
    /// the store. The store's clock must then be the same for all of them.
    fn is_shared_by_machines(&self) -> bool {
        false
    }

    /// Checks that the store may be used for a debit now. A file checks its place and its mark; a database has nothing to check.
    fn verify(&self) -> Pending<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Returns true if a commit of this process has made the same check with success a moment ago. A caller that has just written need not
    /// check again.
    fn has_just_looked(&self) -> bool {
        false
    }

    /// Records that a person knows what was lost by a restoration. Only a file needs this.
    fn declare_restored(&self) -> Pending<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Returns true if commits were lost and a person has declared so within the last day. The caller's own references then need a proof of
    /// absence.
    fn restored_lately(&self) -> Pending<'_, bool> {
        Box::pin(async { Ok(false) })
    }
}
