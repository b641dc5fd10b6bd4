//! Waiting for another process that writes.
//!
//! A commit takes as long as the disk. SQLite's own waiting sleeps for a tenth of a second after a while, and finds the lock taken again
//! when it wakes: who has waited long waits longer still. This one looks as often at the end as at the beginning.

use rusqlite::Connection;
use std::cell::Cell;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Then it is told that the journal is busy.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// Between two looks; half as much again, by chance, so that those who wait do not look together.
const LOOK: Duration = Duration::from_micros(200);
/// Who holds the lock for so long does not just commit.
const LONG: Duration = Duration::from_millis(500);
const SELDOM: Duration = Duration::from_millis(5);

/// Others that wrote are expected to write again for so long.
const RECENT: Duration = Duration::from_millis(50);

thread_local! {
    /// When it last looked.
    static LOOKED: Cell<Option<Instant>> = const { Cell::new(None) };
    /// When this thread began to wait.
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// From now on the connection waits for others, or is told at once that they write.
pub(super) fn set_patient(connection: &Connection, patient: bool) -> rusqlite::Result<()> {
    connection.busy_handler(patient.then_some(wait as fn(i32) -> bool))
}

/// Called after a commit: where others have kept this thread waiting lately, all of them get a look at the free lock. Who has much to
/// write would else take it again before they come by.
pub(super) fn give_way() {
    if others_write() {
        sleep(LOOK + LOOK / 2);
    }
}

fn others_write() -> bool {
    LOOKED.get().is_some_and(|looked| looked.elapsed() < RECENT)
}

/// Sleeps a little; whether to try again. `tries` counts those before.
fn wait(tries: i32) -> bool {
    let now = Instant::now();
    let since = SINCE.get().filter(|_| tries > 0).unwrap_or(now);
    SINCE.set(Some(since));
    LOOKED.set(Some(now));
    let waited = now - since;
    if waited >= BUSY {
        return false;
    }
    let chance = waited.subsec_nanos() % 100;
    sleep(if waited < LONG { LOOK + LOOK * chance / 200 } else { SELDOM });
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use rusqlite::ErrorCode;

    #[test]
    fn who_waits_gets_the_lock_soon_after_it_is_free_and_who_does_not_is_told_at_once() {
        let file = std::env::temp_dir().join(format!("eko-eps-busy-{}", std::process::id()));
        let [holds, waits] = [(); 2].map(|()| Connection::open(&file).unwrap());
        holds.execute_batch("BEGIN EXCLUSIVE").unwrap();
        set_patient(&waits, false).unwrap();
        let begun = Instant::now();
        let told = waits.execute_batch("BEGIN EXCLUSIVE").unwrap_err().sqlite_error_code();
        assert_eq!(told, Some(ErrorCode::DatabaseBusy));
        assert!(begun.elapsed() < Duration::from_secs(1));
        set_patient(&waits, true).unwrap();
        let waiting = std::thread::spawn(move || {
            waits.execute_batch("BEGIN EXCLUSIVE; ROLLBACK").unwrap();
            Instant::now()
        });
        sleep(Duration::from_millis(300));
        holds.execute_batch("ROLLBACK").unwrap();
        let free = Instant::now();
        let got = waiting.join().unwrap();
        assert!(got.saturating_duration_since(free) < Duration::from_secs(1));
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn way_is_given_to_those_who_have_just_written() {
        assert!(!others_write());
        assert!(wait(0));
        let looked = |ms: u64| LOOKED.set(Instant::now().checked_sub(Duration::from_millis(ms)));
        // A busy machine may stand still in between.
        assert!((0..100).any(|_| {
            looked(40);
            others_write()
        }));
        looked(50);
        assert!(!others_write());
    }

    /// On a busy machine a sleep is longer: the shortest of some counts.
    #[test]
    fn after_half_a_second_it_looks_seldom() {
        let sleeps = |ms: u64| {
            let sleep = || {
                SINCE.set(Instant::now().checked_sub(Duration::from_millis(ms)));
                let begun = Instant::now();
                assert!(wait(9));
                begun.elapsed().as_micros()
            };
            (0..20).map(|_| sleep()).min().unwrap()
        };
        let (soon, seldom) = (sleeps(400), sleeps(500));
        assert!((200..4_000).contains(&soon) && (5_000..7_500).contains(&seldom), "{soon} {seldom}");
    }

    #[test]
    fn a_wait_has_an_end() {
        let waits = |ms: u64| {
            SINCE.set(Instant::now().checked_sub(Duration::from_millis(ms)));
            wait(9)
        };
        assert!(waits(4_500) && !waits(5_000));
        assert!(wait(0), "the next one begins anew");
    }
}
