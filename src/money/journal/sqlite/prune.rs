//! Removal and archiving of old resolved rows, in small steps.

use super::queries::{COLUMNS, bound};
use rusqlite::{Connection, params};

/// Number of pages that one step gives back to the disk if it removes no row. Each removed row adds two pages: one for the row, and one for
/// its overflow.
const PAGES: u32 = 64;

/// Query for old rows. `?1` is the latest `updated_ms` of an old row, `?2` is the current time, and `?3` (in [`FIRST`]) is the maximum
/// number of rows.
pub(super) const OLD: &str = "SELECT key FROM rows INDEXED BY rows_old WHERE due_ms IS NULL AND NOT unresolved AND kind IN ('debit', 'alarm') \
    AND updated_ms <= ?1 AND (keep_until_ms IS NULL OR keep_until_ms <= ?2)";
/// Query for old archived rows. All archived rows are resolved and have no due time, so the query has no such conditions.
pub(super) const OLD_ARCHIVED: &str = "SELECT rowid FROM archive INDEXED BY archive_old WHERE updated_ms <= ?1 AND (keep_until_ms IS NULL OR keep_until_ms <= ?2)";
pub(super) const FIRST: &str = "ORDER BY updated_ms LIMIT ?3";

/// Latest `updated_ms` of an old row, and the current time from which that limit was computed.
struct Age {
    before_ms: i64,
    now_ms: i64,
}

impl Age {
    /// Computes the limit from the current time, or from the newest time in the journal if that time is earlier. A fast clock would
    /// otherwise make all rows look old.
    fn of(connection: &Connection, older_than_ms: u64, now_ms: u64) -> rusqlite::Result<Self> {
        let newest_ms: u64 = connection.query_row("SELECT newest_ms FROM journal", [], |row| row.get(0))?;
        let known_ms = now_ms.min(newest_ms);
        Ok(Self { before_ms: bound(known_ms.saturating_sub(older_than_ms)), now_ms: bound(known_ms) })
    }

    /// Runs a statement with `before_ms`, `now_ms` and `limit` as parameters. Returns the number of rows that it changed.
    fn run(&self, connection: &Connection, sql: &str, limit: u32) -> rusqlite::Result<u32> {
        let changed = connection.prepare_cached(sql)?.execute(params![self.before_ms, self.now_ms, limit])?;
        Ok(u32::try_from(changed).unwrap_or(u32::MAX))
    }
}

pub(super) fn prune(connection: &Connection, older_than_ms: u64, now_ms: u64, limit: u32) -> rusqlite::Result<u64> {
    let age = Age::of(connection, older_than_ms, now_ms)?;
    let mut removed = age.run(connection, &format!("DELETE FROM rows WHERE key IN ({OLD} {FIRST})"), limit)?;
    let archived = format!("DELETE FROM archive WHERE rowid IN ({OLD_ARCHIVED} {FIRST})");
    removed += age.run(connection, &archived, limit.saturating_sub(removed))?;
    give_back(connection, removed)?;
    Ok(removed.into())
}

pub(super) fn old_debits() -> String {
    format!("{OLD} AND kind = 'debit' {FIRST}")
}

/// Moves old debits to the archive. The transaction holds the write lock from its start, so the removed rows are exactly the copied rows.
pub(super) fn archive(connection: &Connection, older_than_ms: u64, now_ms: u64, limit: u32) -> rusqlite::Result<u64> {
    let age = Age::of(connection, older_than_ms, now_ms)?;
    let old = old_debits();
    let copy = format!("INSERT INTO archive ({COLUMNS}) SELECT {COLUMNS} FROM rows WHERE key IN ({old})");
    let moved = age.run(connection, &copy, limit)?;
    let gone = age.run(connection, &format!("DELETE FROM rows WHERE key IN ({old})"), limit)?;
    if moved != gone {
        return Err(rusqlite::Error::StatementChangedRows(gone as usize));
    }
    give_back(connection, moved)?;
    Ok(moved.into())
}

/// Gives free pages back to the disk. Each step of the SQL statement frees one page, so the statement is stepped to its end.
fn give_back(connection: &Connection, rows: u32) -> rusqlite::Result<()> {
    let pages = rows.saturating_mul(2).saturating_add(PAGES).min(1 << 20);
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut pages = statement.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}
