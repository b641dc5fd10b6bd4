//! Waiting for another process that writes.
//!
//! A commit takes as long as the disk. SQLite's own wait sleeps for a tenth of a second after a while, and finds the lock taken again when
//! it wakes. So a process that has waited long waits even longer. This wait looks at least every few milliseconds, until it ends.

use rusqlite::Connection;
use std::cell::Cell;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Time after which a waiting process gets the error that the journal is busy.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// Time between two looks at the lock. Up to half as much is added by chance, so that waiting processes do not look at the same time.
const LOOK: Duration = Duration::from_micros(200);
/// A process that holds the lock for longer than this does more than commit. Waiting processes then look less often.
const LONG: Duration = Duration::from_millis(500);
const SELDOM: Duration = Duration::from_millis(5);

/// Time for which other processes that wrote are expected to write again.
const RECENT: Duration = Duration::from_millis(50);

thread_local! {
    /// Time of the last look.
    static LOOKED: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Time at which this thread began to wait.
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Makes the connection wait for other writers if `patient` is true, and fail at once otherwise.
pub(super) fn set_patient(connection: &Connection, patient: bool) -> rusqlite::Result<()> {
    connection.busy_handler(patient.then_some(wait as fn(i32) -> bool))
}

/// Pauses after a commit if this thread has waited for other processes lately, so that all of them get a look at the free lock. Otherwise a
/// process with much to write would take the lock again before the others look.
pub(super) fn give_way() {
    if others_write() {
        sleep(LOOK + LOOK / 2);
    }
}

fn others_write() -> bool {
    LOOKED.get().is_some_and(|looked| looked.elapsed() < RECENT)
}

/// Sleeps a little. Returns true if the caller should try again. `tries` counts the tries before.
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
        // A busy machine may pause the thread in between.
        assert!((0..100).any(|_| {
            looked(40);
            others_write()
        }));
        looked(50);
        assert!(!others_write());
    }

    /// A sleep takes longer on a busy machine, so the shortest of several sleeps counts.
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
