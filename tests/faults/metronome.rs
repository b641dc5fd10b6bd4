//! How late this machine wakes anybody. Without it a busy machine's lateness would be taken for the client's.

use std::sync::Mutex;
use std::time::{Duration, Instant};

const BEAT: Duration = Duration::from_millis(20);

/// Beats that came late: when, and by how much.
static LATE: Mutex<Vec<(Instant, Duration)>> = Mutex::new(Vec::new());

/// Beats until the runtime ends.
pub fn start() {
    tokio::spawn(async {
        loop {
            let due = Instant::now() + BEAT;
            tokio::time::sleep(BEAT).await;
            let late = due.elapsed();
            if late > BEAT {
                LATE.lock().unwrap().push((Instant::now(), late));
            }
        }
    });
}

/// The latest beat since then.
pub fn lateness(since: Instant) -> Duration {
    let late = LATE.lock().unwrap();
    late.iter().filter(|(when, _)| *when >= since).map(|(_, late)| *late).max().unwrap_or_default()
}
