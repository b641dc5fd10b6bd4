//! Tables of the journal file, and the check that the file is a journal of this library.
//!
//! The mark is a small file beside the journal that counts the journal's commits.

use super::super::store::StoreError;
use super::clock;
use super::failure::failed;
use super::restored::{self, COLUMNS, Declared};
use rusqlite::{Connection, OptionalExtension};

/// Application id in SQLite's file header, which identifies a journal file: `ekoj` in ASCII.
const APPLICATION_ID: i32 = 0x656b_6f6a;
/// Format of the journal file. A change after which older versions must not write to the file raises the format. Format 1 had the table
/// `intents`.
const FORMAT: u64 = 2;
/// Size in bytes from which the content of a journal file is not checked at opening. The check of a larger file would delay a debit too
/// long.
const LOOKED_THROUGH: u64 = 16 << 20;

/// Tables and indexes: the name, and the SQL text as SQLite stores it. A journal file must contain exactly the same text.
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
        // The table `archive` has rowids, so that SQLite stores its large rows without overflow pages.
        "archive",
        "CREATE TABLE archive (key TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL, entry TEXT NOT NULL, \
         due_ms INTEGER, wait_ms INTEGER NOT NULL, unresolved INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, \
         keep_until_ms INTEGER)",
    ),
    ("archive_made", "CREATE INDEX archive_made ON archive (account, created_ms, key)"),
    ("archive_old", "CREATE INDEX archive_old ON archive (updated_ms, keep_until_ms)"),
];

/// Data about the journal, from the only row of the table `journal`.
pub(super) struct Head {
    pub(super) id: String,
    /// Number of committed write transactions, without transactions that a power cut may undo.
    pub(super) commits: u64,
    /// True if the mark (the file that counts commits) was created.
    pub(super) marked: bool,
    /// True if a person has declared which commits were lost, and the mark was not created again since.
    pub(super) declared: bool,
    /// Time at which a person last declared that the journal was restored from an older copy.
    pub(super) restored: Option<Declared>,
}

/// Values of the column `marked`: 0 if no mark was created yet, 1 if the mark was created, 2 if the mark must be created again.
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

/// Creates the tables and indexes of a new journal file.
///
/// # Errors
/// If the disk fails, or the operating system returns no random bytes.
pub(super) fn make(connection: &Connection) -> Result<(), StoreError> {
    let id = clock::random_id()
        .ok_or_else(|| StoreError::unavailable("the operating system returned no random bytes: try again"))?;
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

/// Checks that the file is a journal of this format, and makes a quick check for damage. Does not change a file that is not a journal of
/// this library.
///
/// # Errors
/// [`StoreFailure::Unusable`](super::super::store::StoreFailure), with a text that describes the problem.
pub(super) fn verify(connection: &Connection, bytes: u64) -> Result<(), StoreError> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(failed)?;
    let found = definitions(connection).map_err(failed)?;
    let sql_of = |name: &str| found.iter().find(|(found, _)| found == name).map(|(_, sql)| sql.as_str());
    if application != APPLICATION_ID {
        let what = match sql_of("intents") {
            Some(_) => {
                "is a journal of the former format (its table is named intents): resolve its open debits with the version of eko-eps \
                 that created it, then configure a new file if none of its references can be sent again"
            }
            None => "is a SQLite database of another program: configure another file for the journal",
        };
        return Err(StoreError::unusable(format!("the file {what}")));
    }
    // The format is checked before the tables, because a newer format may have other tables.
    if sql_of("journal").is_some() {
        let format: Option<u64> =
            connection.query_row("SELECT format FROM journal", [], |row| row.get(0)).optional().map_err(failed)?;
        let told = match format {
            Some(other) if other > FORMAT => Some(format!(
                "was made by a newer version of eko-eps (its format is {other}, not {FORMAT}): use that version"
            )),
            Some(other) if other < FORMAT => {
                Some(format!("has the format {other}, not {FORMAT}: use the version of eko-eps that made it"))
            }
            Some(_) => None,
            None => Some("is damaged: its table journal has no row".into()),
        };
        if let Some(told) = told {
            return Err(StoreError::unusable(format!("the journal {told}")));
        }
    }
    for (name, sql) in DEFINITIONS {
        let what = if sql.starts_with("CREATE TABLE") { "table" } else { "index" };
        match sql_of(name) {
            Some(found) if found == sql => {}
            Some(_) => return Err(damaged(&format!("its {what} {name} was changed"))),
            None => return Err(damaged(&format!("its {what} {name} is missing"))),
        }
    }
    if found.iter().any(|(_, sql)| sql.starts_with("CREATE TRIGGER")) {
        return Err(damaged("it contains a trigger, which could change written rows"));
    }
    if bytes < LOOKED_THROUGH {
        let whole: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        if whole != "ok" {
            return Err(damaged("SQLite's quick check found errors"));
        }
    }
    Ok(())
}

fn damaged(how: &str) -> StoreError {
    StoreError::unusable(format!("the journal is damaged: {how}"))
}

/// Returns the name and the SQL text of each table and index in the file.
pub(super) fn definitions(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
