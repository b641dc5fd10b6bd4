//! Measures how late this machine wakes its tasks. Without it the lateness of a busy machine would look like that of the client.

use std::sync::Mutex;
use std::time::{Duration, Instant};

const BEAT: Duration = Duration::from_millis(5);
/// Lateness of a sleep that is usual and is not counted.
const USUAL: Duration = Duration::from_millis(2);

/// Sleeps of `BEAT` that ended late: when, and by how much.
static LATE: Mutex<Vec<(Instant, Duration)>> = Mutex::new(Vec::new());

/// Sleeps again and again until the runtime ends, and records each late end.
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

/// Returns how long the threads of a process were ready to run while others had the processor.
pub fn waited(process: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let waits = tasks.filter_map(|task| {
        // A thread may end meanwhile, and its file with it.
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').nth(1)?.parse().ok()
    });
    waits.map(Duration::from_nanos).sum()
}

/// Returns the sum of the lateness since that moment. It is a sum because a call has several steps, and each may have been late.
pub fn lateness(since: Instant) -> Duration {
    let late = LATE.lock().unwrap();
    late.iter().filter(|(when, _)| *when >= since).map(|(_, late)| *late).sum()
}
