//! How late calls settled, over all cells.

use crate::call::{ABORTED, LATENESS};
use crate::process::through;
use std::sync::Mutex;
use std::time::Duration;

/// A call that its deadline ends is late by this much at the median; each cell is held to the most by itself.
const MEDIAN: Duration = Duration::from_millis(50);

/// Prints it, and says what is wrong with it.
pub fn judge() -> Vec<String> {
    let (median, most, calls) = figures(&LATENESS);
    println!(
        "{calls} calls through {} ended by their deadline, late by {median:?} at the median, {most:?} at most",
        through().name()
    );
    let (aborted, longest, aborts) = figures(&ABORTED);
    println!("{aborts} calls were aborted, ended {aborted:?} later at the median, {longest:?} at most");
    let wrong = (median > MEDIAN || calls < 20).then(|| format!("{calls} calls, late by {median:?} at the median"));
    wrong.into_iter().collect()
}

fn figures(seen: &Mutex<Vec<Duration>>) -> (Duration, Duration, usize) {
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    let middle = seen.get(seen.len() / 2).copied().unwrap_or_default();
    (middle, seen.last().copied().unwrap_or_default(), seen.len())
}
