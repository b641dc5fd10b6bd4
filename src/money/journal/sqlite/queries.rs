//! Queries on the table of rows and the table of archived rows. A key is in at most one of the two tables.
//!
//! A row is due at `due_ms`, when the next inquiry about its debit must be made. `wait_ms` is the wait until `due_ms`, counted from the
//! write of `due_ms`.

use super::super::store::{DueOrder, Listing, ON_TIME_MS, Row, RowKind};
use rusqlite::{Connection, OptionalExtension, params};

pub(super) const COLUMNS: &str =
    "key, version, kind, account, entry, due_ms, wait_ms, unresolved, created_ms, updated_ms, keep_until_ms";
const ROWS_GONE: &str = "the journal has commits, but its identity row was deleted";
/// Tolerance in milliseconds before a `due_ms` that is more than `wait_ms` in the future counts as wrong. It covers the clock differences
/// between processes, and the duration of a write.
const LEEWAY_MS: u64 = 10_000;
/// Number of due rows from which a query uses the index that is sorted by wait. With fewer due rows, the query sorts the rows itself.
const FEW: u32 = 1000;

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        key: row.get(0)?,
        version: row.get(1)?,
        kind: row.get(2)?,
        account: row.get(3)?,
        entry: row.get(4)?,
        due_ms: row.get(5)?,
        wait_ms: row.get(6)?,
        unresolved: row.get(7)?,
        created_ms: row.get(8)?,
        updated_ms: row.get(9)?,
        keep_until_ms: row.get(10)?,
    })
}

/// Converts a time to a signed integer, as SQLite stores it. A time that is too large becomes the maximum, which is later than any stored
/// time.
pub(super) fn bound(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

fn read_sql() -> String {
    format!("SELECT {COLUMNS} FROM rows WHERE key = ?1 UNION ALL SELECT {COLUMNS} FROM archive WHERE key = ?1")
}

pub(super) fn read(connection: &Connection, key: &str) -> rusqlite::Result<Option<Row>> {
    connection.prepare_cached(&read_sql())?.query_row([key], row).optional()
}

/// Writes `row`. If that succeeds, also writes each row of `also` that meets its own version condition. Returns true if `row` was written.
///
/// # Errors
/// SQLite's error for a damaged file, if `row` is version 1 of the identity row and the journal has commits but no identity row. The
/// identity row must then have been deleted.
pub(super) fn write(connection: &Connection, row: &Row, also: &[Row]) -> rusqlite::Result<bool> {
    // After a declared restoration, the identity row may be among the lost rows, so it may be written again.
    let sql = "SELECT commits > 0 AND restored_ms IS NULL FROM journal";
    if row.kind == RowKind::Journal.as_str() && row.version == 1 && connection.query_row(sql, [], |row| row.get(0))? {
        let gone = read(connection, &row.key)?.is_none();
        let damage = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return if gone { Err(rusqlite::Error::SqliteFailure(damage, Some(ROWS_GONE.into()))) } else { Ok(false) };
    }
    if !write_one(connection, row)? {
        return Ok(false);
    }
    for row in also {
        write_one(connection, row)?;
    }
    Ok(true)
}

const UPDATE: &str = "UPDATE rows SET version = ?2, kind = ?3, account = ?4, entry = ?5, due_ms = ?6, wait_ms = ?7, unresolved = ?8, \
    created_ms = ?9, updated_ms = ?10, keep_until_ms = ?11 WHERE key = ?1 AND version = ?2 - 1";

fn write_one(connection: &Connection, row: &Row) -> rusqlite::Result<bool> {
    let insert = format!(
        "INSERT INTO rows ({COLUMNS}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 \
         WHERE NOT EXISTS (SELECT 1 FROM archive WHERE key = ?1) ON CONFLICT DO NOTHING"
    );
    let Row { key, version, kind, account, entry, due_ms, wait_ms, unresolved, created_ms, updated_ms, keep_until_ms } =
        row;
    let run = |sql: &str| {
        connection.prepare_cached(sql)?.execute(params![
            key,
            version,
            kind,
            account,
            entry,
            due_ms,
            wait_ms,
            unresolved,
            created_ms,
            updated_ms,
            keep_until_ms
        ])
    };
    let mut written = run(if *version == 1 { &insert } else { UPDATE })?;
    if written == 0 && *version > 1 && back(connection, key, *version)? {
        written = run(&insert)?;
    }
    if written == 1 {
        // If the clock is later than `newest_ms` (the newest time in the journal), pruning takes `newest_ms` as the current time. So a fast
        // clock does not make it prune too early.
        connection.prepare_cached("UPDATE journal SET newest_ms = ?1 WHERE newest_ms < ?1")?.execute([updated_ms])?;
    }
    Ok(written == 1)
}

/// Removes a row from the archive so that `version` of the row can be written. Returns false if the archive does not hold the version
/// before `version`.
fn back(connection: &Connection, key: &str, version: u64) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM archive WHERE key = ?1 AND version = ?2 - 1";
    Ok(connection.prepare_cached(sql)?.execute(params![key, version])? == 1)
}

/// Builds the query for due rows. The inner query finds the keys from an index alone, so that SQLite reads only the wanted rows.
fn due_sql(index: &str, condition: &str, order: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM rows WHERE key IN (SELECT key FROM rows INDEXED BY {index} WHERE account = ?1 AND due_ms IS NOT NULL \
         AND {condition} ORDER BY {order} LIMIT ?3)"
    )
}

const COME: &str = "due_ms >= ?4 AND due_ms <= ?2";
const AHEAD: &str = "due_ms - wait_ms > ?4";

pub(super) fn due(
    connection: &Connection,
    account: &str,
    now_ms: u64,
    limit: u32,
    order: DueOrder,
) -> rusqlite::Result<Vec<Row>> {
    let on_time = now_ms.saturating_sub(ON_TIME_MS);
    // Sort order, and time ranges of due rows to read. Overdue rows are read only if there are not enough other rows.
    let (by, parts) = match order {
        DueOrder::ShortestWait => {
            ("wait_ms, due_ms, key", [Some((on_time, now_ms)), on_time.checked_sub(1).map(|before| (0, before))])
        }
        DueOrder::Oldest => ("due_ms, key", [Some((0, now_ms)), None]),
    };
    let mut found: Vec<Row> = Vec::new();
    let mut read = |index, condition, from: u64, to: u64| {
        let mut statement = connection.prepare_cached(&due_sql(index, condition, by))?;
        for row in statement.query_map(params![account, bound(to), limit, bound(from)], row)? {
            found.push(row?);
        }
        Ok::<_, rusqlite::Error>(found.len() >= limit as usize)
    };
    for (from, to) in parts.into_iter().flatten() {
        let many = order == DueOrder::ShortestWait && !few_due(connection, account, from, to)?;
        if read(if many { "rows_wait" } else { "rows_due" }, COME, from, to)? {
            break;
        }
    }
    read("rows_ahead", AHEAD, now_ms.saturating_add(LEEWAY_MS), u64::MAX)?;
    // No row was found twice, because the time ranges do not overlap.
    found.sort_by(|a, b| {
        let rank = |row: &Row| match order {
            DueOrder::ShortestWait => (row.is_overdue(now_ms), row.wait_ms),
            DueOrder::Oldest => (false, 0),
        };
        (rank(a), a.due_ms, &a.key).cmp(&(rank(b), b.due_ms, &b.key))
    });
    found.truncate(limit as usize);
    Ok(found)
}

/// Returns true if fewer than `FEW` rows are due. The index that is sorted by wait would then be slow, because the query would pass over
/// all rows that are not due yet.
fn few_due(connection: &Connection, account: &str, from_ms: u64, to_ms: u64) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM rows INDEXED BY rows_due WHERE account = ?1 AND due_ms IS NOT NULL AND due_ms >= ?2 \
        AND due_ms <= ?3 LIMIT ?4)";
    let values = params![account, bound(from_ms), bound(to_ms), FEW];
    let due: u32 = connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
    Ok(due < FEW)
}

fn unresolved_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM rows INDEXED BY rows_unresolved WHERE unresolved AND kind = ?1 AND account = ?2 \
         AND (created_ms, key) > (?3, ?4) ORDER BY created_ms, key LIMIT ?5"
    )
}

pub(super) fn unresolved(connection: &Connection, listing: &Listing) -> rusqlite::Result<Vec<Row>> {
    let (created_ms, key) = behind(listing);
    let values = params![listing.kind, listing.account, created_ms, key, listing.limit];
    connection.prepare_cached(&unresolved_sql())?.query_map(values, row)?.collect()
}

fn behind(listing: &Listing) -> (i64, &str) {
    listing.after.as_ref().map_or((-1, ""), |(created_ms, key)| (bound(*created_ms), key.as_str()))
}

/// Builds the query for debits. One statement reads the live and the archived rows at the same moment, and merges them in the order of the
/// indexes.
fn debits_sql() -> String {
    let of = |table: &str, kind: &str| {
        format!(
            "SELECT {COLUMNS} FROM {table} INDEXED BY {table}_made WHERE {kind} account = ?1 AND (created_ms, key) > (?2, ?3)"
        )
    };
    let (rows, archive) = (of("rows", "kind = 'debit' AND"), of("archive", ""));
    format!("{rows} UNION ALL {archive} ORDER BY created_ms, key LIMIT ?4")
}

pub(super) fn debits(connection: &Connection, listing: &Listing) -> rusqlite::Result<Vec<Row>> {
    let (created_ms, key) = behind(listing);
    let values = params![listing.account, created_ms, key, listing.limit];
    connection.prepare_cached(&debits_sql())?.query_map(values, row)?.collect()
}

#[cfg(test)]
#[path = "plans.rs"]
mod plans;
