//! Declaration of a person that an older copy of the journal was restored, and that the lost commits are known.

use super::clock;
use super::schema::DECLARED;
use rusqlite::{Connection, params};

const DAY_MS: u64 = 86_400_000;

/// Records the declaration. Makes the next write create a new mark (the file beside the journal that counts commits).
pub(super) fn declare(connection: &Connection) -> rusqlite::Result<()> {
    let boot = clock::now();
    let sql = "UPDATE journal SET marked = ?1, restored_ms = ?2, restored_boot_ms = ?3, restored_epoch = ?4";
    connection.execute(sql, params![DECLARED, clock::wall_ms(), boot.ms, boot.epoch]).map(drop)
}

/// Time at which a person declared the journal restored: by the wall clock, and by the clock since the boot `epoch`.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) wall_ms: u64,
    pub(super) boot_ms: u64,
    pub(super) epoch: String,
}

/// Columns of the table `journal` that hold the declaration of a restored journal.
pub(super) const COLUMNS: &str = "restored_ms, restored_boot_ms, restored_epoch";

pub(super) fn declared(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Option<Declared>> {
    let Some(wall_ms) = row.get(first)? else { return Ok(None) };
    let (boot_ms, epoch): (Option<u64>, Option<String>) = (row.get(first + 1)?, row.get(first + 2)?);
    Ok(boot_ms.zip(epoch).map(|(boot_ms, epoch)| Declared { wall_ms, boot_ms, epoch }))
}

impl Declared {
    /// Returns true if the declaration was made within the last day.
    pub(super) fn is_recent(&self) -> bool {
        let now = clock::now();
        if now.epoch == self.epoch {
            return now.ms.saturating_sub(self.boot_ms) < DAY_MS;
        }
        // After a reboot, only the wall clock can be compared. If the wall clock was set back, the declaration still counts as recent.
        clock::wall_ms().saturating_sub(self.wall_ms) < DAY_MS
    }
}

/// Returns true if the journal was declared restored within the last day.
pub(super) fn lately(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = format!("SELECT {COLUMNS} FROM journal");
    let declared = connection.prepare_cached(&sql)?.query_row([], |row| declared(row, 0))?;
    Ok(declared.is_some_and(|declared| declared.is_recent()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_holds_for_a_day() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE journal (marked, restored_ms, restored_boot_ms, restored_epoch); INSERT INTO journal (marked) VALUES (1)",
            )
            .unwrap();
        assert!(!lately(&connection).unwrap());
        declare(&connection).unwrap();
        assert!(lately(&connection).unwrap());
        // The age of a declaration from another boot is computed from the wall clock.
        for (ago_ms, holds) in [(86_395_000, true), (86_400_000, false)] {
            let sql = "UPDATE journal SET restored_epoch = 'another', restored_ms = ?1";
            connection.execute(sql, [clock::wall_ms() - ago_ms]).unwrap();
            assert_eq!(lately(&connection).unwrap(), holds, "{ago_ms}");
        }
    }
}
