//! How late this machine wakes anybody. Without it a busy machine's lateness would be taken for the client's.

use std::sync::Mutex;
use std::time::{Duration, Instant};

const BEAT: Duration = Duration::from_millis(5);
/// A sleep is never shorter than this beyond its time.
const USUAL: Duration = Duration::from_millis(2);

/// Beats that came late: when, and by how much.
static LATE: Mutex<Vec<(Instant, Duration)>> = Mutex::new(Vec::new());

/// Beats until the runtime ends.
pub fn start() {
    tokio::spawn(async {
        loop {
            let due = Instant::now() + BEAT;
            tokio::time::sleep(BEAT).await;
            let late = due.elapsed();
            if late > USUAL {
                LATE.lock().unwrap().push((Instant::now(), late));
            }
        }
    });
}

/// For how long the threads of a process were ready to run, and others ran.
pub fn waited(process: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let waits = tasks.filter_map(|task| {
        // One may end meanwhile.
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').nth(1)?.parse().ok()
    });
    waits.map(Duration::from_nanos).sum()
}

/// The time that the machine has taken from whoever worked since then: of several steps, each may have been late.
pub fn lateness(since: Instant) -> Duration {
    let late = LATE.lock().unwrap();
    late.iter().filter(|(when, _)| *when >= since).map(|(_, late)| *late).sum()
}
