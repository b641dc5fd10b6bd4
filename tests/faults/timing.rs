//! How late calls ended after their deadline or abort, over all cells.

use crate::call::{ABORTED, LATENESS};
use crate::process::through;
use std::sync::Mutex;
use std::time::Duration;

/// Largest median of the lateness after a deadline. The largest single lateness is checked in each cell.
const MEDIAN: Duration = Duration::from_millis(50);

/// Prints these figures, and returns what is wrong with them.
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
