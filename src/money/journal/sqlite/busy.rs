//! Waiting for SQLite's write lock while another process writes.
//!
//! SQLite's own wait soon sleeps for a tenth of a second at a time, and often finds the lock taken again. The wait in this module tries to
//! get the lock every few milliseconds until a timeout.

use rusqlite::Connection;
use std::cell::Cell;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Timeout of a wait for the write lock. Afterwards the caller gets the error that the journal is busy.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// Pause between two attempts to get the lock. A random addition of up to half the pause keeps waiting processes from trying at the same
/// time.
const LOOK: Duration = Duration::from_micros(200);
/// Time after which a waiting thread tries less often. A process that holds the lock for longer than this does more than a single commit.
const LONG: Duration = Duration::from_millis(500);
const SELDOM: Duration = Duration::from_millis(5);

/// Time during which the other processes are expected to write again, counted from the moment at which this thread last found the lock
/// taken.
const RECENT: Duration = Duration::from_millis(50);

thread_local! {
    /// Time at which this thread last found the lock taken.
    static LOOKED: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Time at which this thread began to wait for the lock.
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Makes the connection wait for the write lock if `patient` is true. Otherwise an operation fails at once if the lock is taken.
pub(super) fn set_patient(connection: &Connection, patient: bool) -> rusqlite::Result<()> {
    connection.busy_handler(patient.then_some(wait as fn(i32) -> bool))
}

/// Pauses after a commit if this thread has recently waited for other processes, so that a waiting process gets the lock.
pub(super) fn give_way() {
    if others_write() {
        sleep(LOOK + LOOK / 2);
    }
}

fn others_write() -> bool {
    LOOKED.get().is_some_and(|looked| looked.elapsed() < RECENT)
}

/// Handles a taken lock: sleeps briefly, and returns true if SQLite should try again. Returns false after the timeout. `tries` is the
/// number of earlier attempts to get the lock.
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
    fn patient_connections_get_the_lock_and_others_fail_at_once() {
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
    fn a_lock_wait_within_50_ms_counts_as_contention() {
        assert!(!others_write());
        assert!(wait(0));
        let looked = |ms: u64| LOOKED.set(Instant::now().checked_sub(Duration::from_millis(ms)));
        // On a busy machine the thread may be paused between the two calls, so the test tries several times.
        assert!((0..100).any(|_| {
            looked(40);
            others_write()
        }));
        looked(50);
        assert!(!others_write());
    }

    /// On a busy machine a sleep may take longer than requested, so the test takes the shortest of several sleeps.
    #[test]
    fn lock_retries_slow_down_after_half_a_second() {
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
        assert!(wait(0), "a new wait must start from zero");
    }
}
