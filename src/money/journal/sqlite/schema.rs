//! Tables of the journal file, and the check that the file is a journal of this library.
//!
//! The mark is a small file beside the journal that counts its commits.

use super::super::store::StoreError;
use super::clock;
use super::failure::failed;
use super::restored::{self, COLUMNS, Declared};
use rusqlite::{Connection, OptionalExtension};

/// Application id in SQLite's header, which identifies a journal file: `ekoj` in ASCII.
const APPLICATION_ID: i32 = 0x656b_6f6a;
/// Format of the file. It is raised by each change after which older versions of this library must not write to the file. Format 1 had the
/// table `intents`.
const FORMAT: u64 = 2;
/// Size in bytes from which the content of a file is not checked when the file is opened. The check would take longer than a debit may
/// wait.
const LOOKED_THROUGH: u64 = 16 << 20;

/// Tables and indexes: the name, and the SQL text as SQLite stores it. The file must contain exactly the same text.
const DEFINITIONS: [(&str, &str); 11] = [
    (
        "journal",
        "CREATE TABLE journal (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, format INTEGER NOT NULL, commits INTEGER NOT NULL, \
         marked INTEGER NOT NULL, newest_ms INTEGER NOT NULL, restored_ms INTEGER, restored_boot_ms INTEGER, restored_epoch TEXT)",
    ),
    (
        "rows",
        "CREATE TABLE rows (key TEXT PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL, entry TEXT NOT NULL, \
         due_ms INTEGER, wait_ms INTEGER NOT NULL, unresolved INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, \
         keep_until_ms INTEGER) WITHOUT ROWID",
    ),
    ("rows_wait", "CREATE INDEX rows_wait ON rows (account, wait_ms, due_ms) WHERE due_ms IS NOT NULL"),
    ("rows_due", "CREATE INDEX rows_due ON rows (account, due_ms) WHERE due_ms IS NOT NULL"),
    ("rows_ahead", "CREATE INDEX rows_ahead ON rows (account, due_ms - wait_ms) WHERE due_ms IS NOT NULL"),
    ("rows_unresolved", "CREATE INDEX rows_unresolved ON rows (kind, account, created_ms, key) WHERE unresolved"),
    (
        "rows_old",
        "CREATE INDEX rows_old ON rows (updated_ms, keep_until_ms) WHERE due_ms IS NULL AND NOT unresolved AND kind IN ('debit', 'alarm')",
    ),
    ("rows_made", "CREATE INDEX rows_made ON rows (account, created_ms, key) WHERE kind = 'debit'"),
    (
        // This table has rowids, because its rows are many and large. With rowids the rows are stored in their pages without overflow.
        "archive",
        "CREATE TABLE archive (key TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL, entry TEXT NOT NULL, \
         due_ms INTEGER, wait_ms INTEGER NOT NULL, unresolved INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, \
         keep_until_ms INTEGER)",
    ),
    ("archive_made", "CREATE INDEX archive_made ON archive (account, created_ms, key)"),
    ("archive_old", "CREATE INDEX archive_old ON archive (updated_ms, keep_until_ms)"),
];

/// Data of the journal about itself, from the one row of the table `journal`.
pub(super) struct Head {
    pub(super) id: String,
    /// Number of committed write transactions, without those that a power cut may undo.
    pub(super) commits: u64,
    /// True if the mark was created.
    pub(super) marked: bool,
    /// True if a person has declared which commits were lost. The mark must then be created again.
    pub(super) declared: bool,
    /// Last declaration that an older copy was restored.
    pub(super) restored: Option<Declared>,
}

/// Values of the column `marked`: 0 if no mark was created yet, 1 if the mark was created, 2 if it must be created again.
pub(super) const MARKED: i64 = 1;
pub(super) const DECLARED: i64 = 2;

pub(super) fn head(connection: &Connection) -> rusqlite::Result<Head> {
    let sql = format!("SELECT id, commits, marked, {COLUMNS} FROM journal");
    connection.prepare_cached(&sql)?.query_row([], |row| {
        let marked: i64 = row.get(2)?;
        let (marked, declared) = (marked == MARKED, marked == DECLARED);
        Ok(Head { id: row.get(0)?, commits: row.get(1)?, marked, declared, restored: restored::declared(row, 3)? })
    })
}

/// Creates the tables of a new file.
///
/// # Errors
/// If the disk fails, or the system gives no random number.
pub(super) fn make(connection: &Connection) -> Result<(), StoreError> {
    let id = clock::random_id().ok_or_else(|| StoreError::unavailable("the system gave no random number"))?;
    let fill = || {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        for (_, sql) in DEFINITIONS {
            connection.execute_batch(sql)?;
        }
        let sql = "INSERT INTO journal (one, id, format, commits, marked, newest_ms) VALUES (1, ?1, ?2, 0, 0, 0)";
        connection.execute(sql, rusqlite::params![id, FORMAT]).map(drop)
    };
    fill().map_err(failed)
}

/// Checks that the file is a journal of this format, and that it is not damaged, as far as a quick check can show. Changes nothing in a
/// file that is not a journal of this library.
///
/// # Errors
/// [`StoreFailure::Unusable`](super::super::store::StoreFailure), with a text that says what is wrong with the file.
pub(super) fn verify(connection: &Connection, bytes: u64) -> Result<(), StoreError> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(failed)?;
    let found = definitions(connection).map_err(failed)?;
    let sql_of = |name: &str| found.iter().find(|(found, _)| found == name).map(|(_, sql)| sql.as_str());
    if application != APPLICATION_ID {
        let what = match sql_of("intents") {
            Some(_) => {
                "is a journal of the former format (its table is named intents): resolve what is open in it by the version that made it, \
                 then give this one a new file"
            }
            None => "is another program's SQLite database, and no journal",
        };
        return Err(StoreError::unusable(format!("the file {what}")));
    }
    // The format is checked before the tables, because a newer format may have other tables.
    if sql_of("journal").is_some() {
        let format: Option<u64> =
            connection.query_row("SELECT format FROM journal", [], |row| row.get(0)).optional().map_err(failed)?;
        let told = match format {
            Some(other) if other > FORMAT => {
                Some(format!("was made by a newer version: its format is {other}, this version knows {FORMAT}"))
            }
            Some(other) if other < FORMAT => Some(format!("has the format {other}, this version knows {FORMAT}")),
            Some(_) => None,
            None => Some("is damaged: the row of its table journal is gone".into()),
        };
        if let Some(told) = told {
            return Err(StoreError::unusable(format!("the journal {told}")));
        }
    }
    for (name, sql) in DEFINITIONS {
        let what = if sql.starts_with("CREATE TABLE") { "table" } else { "index" };
        match sql_of(name) {
            Some(found) if found == sql => {}
            Some(_) => return Err(damaged(&format!("its {what} {name} is not as it was made"))),
            None => return Err(damaged(&format!("its {what} {name} is missing"))),
        }
    }
    if found.iter().any(|(_, sql)| sql.starts_with("CREATE TRIGGER")) {
        return Err(damaged("something has added a trigger, which would change what is written"));
    }
    if bytes < LOOKED_THROUGH {
        let whole: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        if whole != "ok" {
            return Err(damaged("SQLite's check of it fails"));
        }
    }
    Ok(())
}

fn damaged(how: &str) -> StoreError {
    StoreError::unusable(format!("the journal is damaged: {how}"))
}

/// Returns the name and the SQL text of each definition in the file.
pub(super) fn definitions(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
