//! Where a journal keeps its rows. Four operations, so that any database with a conditional write can be one.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A future that a store hands out.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// One intent as a store sees it: a text, and what the store must be able to find it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Unique.
    pub key: String,
    /// Counts writes of this key, from 1.
    pub version: u64,
    /// The intent, as JSON. No secret and no personal data is in it.
    pub entry: String,
    /// When to inquire; `None` once its state is final.
    pub due_ms: Option<u64>,
    /// Whether its owner has yet to hear of it: open, or final and not acknowledged.
    pub unresolved: bool,
    /// When it was written, milliseconds since 1970.
    pub updated_ms: u64,
}

/// The store could not do what was asked: a full or read-only disk, a lost connection.
#[derive(Debug, Clone)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// A durable store of rows, shared by any number of processes.
pub trait Store: Send + Sync + 'static {
    /// The row of a key.
    fn read(&self, key: &str) -> Pending<'_, Option<Row>>;

    /// Writes the row if the stored version is `row.version - 1` (0: there is none), atomically among all processes.
    /// Returns whether it was written, and only once it survives a power cut.
    fn write(&self, row: Row) -> Pending<'_, bool>;

    /// Rows that are due at this time, the earliest first.
    fn due(&self, now_ms: u64, limit: u32) -> Pending<'_, Vec<Row>>;

    /// Unresolved rows, the oldest write first.
    fn unresolved(&self, limit: u32) -> Pending<'_, Vec<Row>>;

    /// Removes resolved rows that were written before this time; returns how many.
    fn prune(&self, before_ms: u64) -> Pending<'_, u64>;
}
