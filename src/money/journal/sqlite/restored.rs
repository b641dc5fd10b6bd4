//! That commits were lost, and that a person knows of it.

use super::clock;
use super::schema::DECLARED;
use rusqlite::{Connection, params};

const DAY_MS: u64 = 86_400_000;

/// Written together with the order to make a new mark.
pub(super) fn declare(connection: &Connection) -> rusqlite::Result<()> {
    let boot = clock::now();
    let sql = "UPDATE journal SET marked = ?1, restored_ms = ?2, restored_boot_ms = ?3, restored_epoch = ?4";
    connection.execute(sql, params![DECLARED, clock::wall_ms(), boot.ms, boot.epoch]).map(drop)
}

/// Whether it was declared within a day.
pub(super) fn lately(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT restored_ms, restored_boot_ms, restored_epoch FROM journal";
    let at: (Option<u64>, Option<u64>, Option<String>) =
        connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let (Some(wall_ms), Some(boot_ms), Some(epoch)) = at else { return Ok(false) };
    let now = clock::now();
    if now.epoch == epoch {
        return Ok(now.ms.saturating_sub(boot_ms) < DAY_MS);
    }
    // Of two boots only the wall clock tells. One that went back has not seen the day pass.
    Ok(clock::wall_ms().saturating_sub(wall_ms) < DAY_MS)
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
        // Of another boot, by the wall clock.
        for (ago_ms, holds) in [(86_395_000, true), (86_400_000, false)] {
            let sql = "UPDATE journal SET restored_epoch = 'another', restored_ms = ?1";
            connection.execute(sql, [clock::wall_ms() - ago_ms]).unwrap();
            assert_eq!(lately(&connection).unwrap(), holds, "{ago_ms}");
        }
    }
}
