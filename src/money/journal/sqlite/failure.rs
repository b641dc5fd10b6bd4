//! Conversion of SQLite's errors to errors of the store. Some of SQLite's errors mean that the file is damaged.

use super::super::store::StoreError;
use rusqlite::ErrorCode;

/// SQLite's code for an error in an SQL statement. The statements of this store never change, so such an error means that another program
/// has changed the tables.
const SQLITE_ERROR: i32 = 1;
const SQLITE_IOERR_SHORT_READ: i32 = 10 | (2 << 8);
const SQLITE_IOERR_DATA: i32 = 10 | (32 << 8);
const SQLITE_IOERR_CORRUPTFS: i32 = 10 | (33 << 8);
const SQLITE_READONLY_DBMOVED: i32 = 8 | (4 << 8);

/// Converts an error of SQLite. An error that means damage is permanent. Any other error may be temporary.
pub(super) fn failed(error: rusqlite::Error) -> StoreError {
    use rusqlite::Error as Sql;
    // An error text may contain a value or a statement, so only the texts of these two kinds of errors are passed on.
    if let Sql::SqliteFailure(code, _) | Sql::SqlInputError { error: code, .. } = &error {
        let said = if let Sql::SqlInputError { msg, .. } = &error { msg.clone() } else { error.to_string() };
        return match damage(code) {
            Some(what) => StoreError::unusable(format!("{what} (SQLite: {said})")),
            None => StoreError::unavailable(format!("SQLite: {said}")),
        };
    }
    if matches!(error, Sql::QueryReturnedNoRows) {
        return StoreError::unusable("the journal is damaged: its table journal has no row");
    }
    if matches!(error, Sql::ToSqlConversionFailure(_)) {
        return StoreError::unavailable("the row was not written: one of its numbers exceeds SQLite's 64-bit integers");
    }
    // All other errors mean that a column holds a value that this store never writes.
    StoreError::unusable("the journal is damaged: a column holds a value of an unexpected type")
}

fn damage(error: &rusqlite::ffi::Error) -> Option<&'static str> {
    let of_content = |code| [SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_DATA, SQLITE_IOERR_CORRUPTFS].contains(&code);
    match error.extended_code {
        code if of_content(code) => Some("the journal is damaged"),
        code if code == SQLITE_READONLY_DBMOVED => {
            Some("the journal file was replaced or deleted while this process used it")
        }
        code if code & 0xff == SQLITE_ERROR => Some("the journal's tables are not as this version made them"),
        _ if error.code == ErrorCode::DatabaseCorrupt => Some("the journal is damaged"),
        _ if error.code == ErrorCode::NotADatabase => Some("the file is not a SQLite database, so it is not a journal"),
        _ => None,
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

#[cfg(test)]
mod tests {
    use super::super::super::store::StoreFailure;
    use super::*;

    /// The numbers in the test are the error codes in SQLite's header file.
    #[test]
    fn sqlite_damage_is_permanent_and_other_errors_are_transient() {
        let kind = |code| failed(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)).kind;
        for code in [522, 8_202, 8_458, 1_032, 1, 769, 11, 267, 26] {
            assert_eq!(kind(code), StoreFailure::Unusable, "{code}");
        }
        for code in [5, 8, 10, 13, 14, 264, 266, 776, 778, 8_714] {
            assert_eq!(kind(code), StoreFailure::Unavailable, "{code}");
        }
    }
}
