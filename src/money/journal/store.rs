//! Where a journal keeps its rows: a few operations, so that any database with a conditional write can be a store.
//!
//! Everything durable about money is a row: debits, alarms, known references, leases, the pause and the journal's own identity. A row
//! has a version, and a write holds only over the version before it. That is all that fencing, leases and lanes need.

use serde::Serialize;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A future that a store hands out.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What a row is about.
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
    /// The stored form.
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

    /// Of the stored form.
    pub fn from_text(text: &str) -> Option<RowKind> {
        [RowKind::Journal, RowKind::Debit, RowKind::Alarm, RowKind::Known, RowKind::Lease, RowKind::Pause]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// One row as a store sees it: a text, and the columns by which it must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Unique among all kinds.
    pub key: String,
    /// Counts writes of this key, from 1.
    pub version: u64,
    /// What it is about: the text of a [`RowKind`]. A newer version of this library may know more of them.
    pub kind: String,
    /// A salted digest of base URL and initiator; empty for the journal's own rows.
    pub account: String,
    /// The content, as JSON. No secret and no personal data is in it.
    pub entry: String,
    /// When to inquire, milliseconds since 1970; `None` where nothing is due.
    pub due_ms: Option<u64>,
    /// How long the wait was when `due_ms` was written. A due time that is further ahead than this is of a clock that was wrong.
    pub wait_ms: u64,
    /// Whether its owner has yet to hear of it: open, or ended and not acknowledged.
    pub unresolved: bool,
    /// When it was made, milliseconds since 1970: the order of listings.
    pub created_ms: u64,
    /// When it was written, milliseconds since 1970.
    pub updated_ms: u64,
    /// Not to be pruned before this time.
    pub keep_until_ms: Option<u64>,
}

/// A row whose time came longer ago is overdue.
pub(crate) const ON_TIME_MS: u64 = 60_000;

impl Row {
    /// Whether its time has come more than a minute ago: then what has come due since goes before it, by the shortest wait.
    pub fn is_overdue(&self, now_ms: u64) -> bool {
        self.due_ms.is_some_and(|due| due < now_ms.saturating_sub(ON_TIME_MS))
    }

    /// The first version of a row of which nothing is due and nothing is to be heard.
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

/// The store could not do what was asked: a full or read-only disk, a lost connection, a damaged file.
#[derive(Debug, Clone)]
pub struct StoreError {
    /// What went wrong. Names no value.
    pub reason: String,
    /// What kind of failure it is.
    pub kind: StoreFailure,
}

/// Kinds of [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailure {
    /// It does not answer, or cannot write. What was asked for may or may not have been done.
    Unavailable,
    /// What is there is no journal of this format, or is damaged. Nothing was done.
    Unusable,
    /// It has lost commits: an older copy was restored. Nothing was done.
    Behind,
}

impl StoreError {
    /// Of a store that does not answer or cannot write.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: StoreFailure::Unavailable }
    }

    /// Of what is no journal, or a damaged one.
    pub fn unusable(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: StoreFailure::Unusable }
    }

    /// Of a journal that has lost commits.
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

/// A reading of a clock that nobody sets and that outlives the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreTime {
    /// Readings of two epochs cannot be compared: a boot's id for a file, one fixed text for a database.
    pub epoch: String,
    /// Milliseconds since some moment of that epoch; suspension is counted.
    pub ms: u64,
    /// Whether an administrator can set it, as a database server's: then one gap counts five minutes at most.
    pub settable: bool,
}

/// In which order due rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueOrder {
    /// What is not overdue first, by [`Row::is_overdue`]; of both the shortest wait first, then the earliest due.
    ShortestWait,
    /// The earliest due first.
    Oldest,
}

/// Rows of one kind and account, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The kind's text.
    pub kind: &'static str,
    /// The account.
    pub account: String,
    /// Only rows behind this one: its `created_ms` and key.
    pub after: Option<(u64, String)>,
    /// How many at most.
    pub limit: u32,
}

/// A durable store of rows, shared by any number of processes.
pub trait Store: Send + Sync + 'static {
    /// The row of a key, archived or not. A server that is in recovery or read-only must fail here: what it says proves nothing.
    fn read(&self, key: &str) -> Pending<'_, Option<Row>>;

    /// Writes `row` if the stored version is `row.version - 1` (0: there is none), and with it `also`: those whose own condition
    /// holds. One transaction, atomic among all processes. Returns whether `row` was written, and only once all of it survives a
    /// power cut; where it was not, nothing of `also` was. An archived row is stored like any other: over it nothing of version 1 is
    /// written, and the next version brings it back.
    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool>;

    /// The same for a row alone whose former version does no harm: a power cut may bring it back.
    fn write_soon(&self, row: Row) -> Pending<'_, bool> {
        self.write(row, Vec::new())
    }

    /// Rows of this account that are due at this time: `due_ms` has come, or is further ahead than `wait_ms` (and ten seconds) allow.
    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>>;

    /// Unresolved rows. None of them is archived.
    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>>;

    /// Removes at most `limit` rows of debits and alarms that are resolved, not due, not to be kept beyond now, and written longer ago
    /// than this, archived or not; returns how many. "Now" is `now_ms`, and at most the newest `updated_ms` of the journal: a fast clock
    /// forgets nothing.
    fn prune(&self, older_than_ms: u64, now_ms: u64, limit: u32) -> Pending<'_, u64>;

    /// Moves at most `limit` rows of debits that [`prune`](Store::prune) could remove to a place of their own, in one transaction and
    /// whole; returns how many. A store without such a place moves nothing.
    fn archive(&self, _older_than_ms: u64, _now_ms: u64, _limit: u32) -> Pending<'_, u64> {
        Box::pin(async { Ok(0) })
    }

    /// Rows of debits, resolved or not, archived or not.
    fn debits(&self, _listing: Listing) -> Pending<'_, Vec<Row>> {
        Box::pin(async {
            Err(StoreError::unavailable("the store has no method debits: it lists only what is unresolved"))
        })
    }

    /// Its clock.
    fn clock(&self) -> Pending<'_, StoreTime>;

    /// Whether several machines use it, which cannot see each other's used timestamps: each then leases lanes of timestamps in it. Its clock
    /// must be one for all of them.
    fn is_shared_by_machines(&self) -> bool {
        false
    }

    /// Whether it may be used for a debit now. A file looks at its place and its mark; a database has nothing to say.
    fn verify(&self) -> Pending<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Whether the same was looked at, and found right, with a commit of this process in this moment: who has just written need not ask.
    fn has_just_looked(&self) -> bool {
        false
    }

    /// A person has said that what was lost by restoring is known. Only a file has such a thing.
    fn declare_restored(&self) -> Pending<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Whether commits were lost and a person has said so within the last day: own references then need proof of absence.
    fn restored_lately(&self) -> Pending<'_, bool> {
        Box::pin(async { Ok(false) })
    }
}
