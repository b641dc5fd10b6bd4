//! Ended ranges of used timestamps. If the clock steps by more than a minute, the current range of used timestamps ends and a new range begins.
//! Timestamps in an ended range must not be given out again.
//!
//! The ended ranges are stored on the page: memory that all processes of this machine share.

use super::lanes::Lanes;
use super::page::boot_ms;
use super::range::Range;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// Maximum number of ended ranges of used timestamps that are stored. If one more range ends, the two ranges with the smallest gap between
/// them are merged.
pub(super) const RANGES: usize = 32;

/// Time in milliseconds for which an ended range of used timestamps is stored. EPS accepts only timestamps within two minutes of its own
/// clock, so EPS cannot accept one timestamp at two moments that are more than four minutes apart. A range must not be stored forever: if
/// the clock is an hour ahead for an hour, the timestamps of that hour count as used, and requests would be blocked when the right clock
/// reaches that hour.
const REMEMBERED_MS: u64 = 300_000;

#[repr(C)]
#[derive(Default)]
pub(super) struct Ended([EndedRange; RANGES]);

#[repr(C)]
#[derive(Default)]
struct EndedRange {
    range: AtomicU64,
    /// Latest time at which a timestamp of this range was given out, in milliseconds since boot.
    since: AtomicU64,
}

impl Ended {
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.0.iter().flat_map(|place| [place.range.load(Relaxed), place.since.load(Relaxed)])
    }

    /// Returns the smallest timestamp at or after `from` that is in these lanes and in no stored range of used timestamps.
    pub(super) fn free(&self, from: u64, lanes: Lanes) -> u64 {
        let mut stamp = lanes.next(from);
        loop {
            let within = |place: &EndedRange| {
                let range = place.range();
                (range.contains(stamp) && !place.is_over()).then_some(range.last())
            };
            let Some(last) = self.0.iter().filter_map(within).max() else { return stamp };
            stamp = lanes.next(last + 1);
        }
    }

    /// Stores an ended range of used timestamps. If a stored range touches it, the two ranges are merged. Otherwise the range goes into a
    /// free slot. If no slot is free, the two stored ranges with the smallest gap are merged first. A process that is suspended in this
    /// function and resumes later does not remove ranges that other processes have stored meanwhile.
    pub(super) fn note(&self, range: Range) {
        if range == Range::NONE {
            return;
        }
        let now = boot_ms();
        loop {
            let places = || self.0.iter().map(|place| (place, place.range()));
            let touching = places().find(|(place, known)| known.touches(range) && !place.is_over());
            let (place, old, new) = if let Some((place, old)) = touching {
                (place, old, old.with(range))
            } else if let Some((place, old)) = places().find(|(place, _)| place.is_over()) {
                (place, old, range)
            } else {
                self.join();
                continue;
            };
            place.lasts(now);
            if place.replace(old, new) {
                return;
            }
        }
    }

    /// Frees a slot by merging the two stored ranges with the smallest gap. The timestamps in the gap then count as used.
    fn join(&self) {
        let mut sorted: Vec<(&EndedRange, Range)> = self.0.iter().map(|place| (place, place.range())).collect();
        sorted.sort_by_key(|(_, range)| range.first());
        let gap = |at: usize| sorted[at].1.first().saturating_sub(sorted[at - 1].1.last());
        let at = (1..sorted.len()).min_by_key(|at| gap(*at)).unwrap_or(1);
        let ((kept, first), (freed, second)) = (sorted[at - 1], sorted[at]);
        kept.lasts(freed.since.load(Acquire));
        if kept.replace(first, first.with(second)) {
            freed.replace(second, Range::NONE);
        }
    }

    /// Overwrites the slot at index `at`, so that a test can simulate a range that ended some time ago.
    #[cfg(test)]
    pub(super) fn set(&self, at: usize, range: u64, since: u64) {
        self.0[at].range.store(range, Relaxed);
        self.0[at].since.store(since, Relaxed);
    }
}

impl EndedRange {
    fn range(&self) -> Range {
        Range(self.range.load(Acquire))
    }

    fn replace(&self, old: Range, new: Range) -> bool {
        self.range.compare_exchange(old.0, new.0, AcqRel, Acquire).is_ok()
    }

    /// Records that a timestamp of this range was given out at the time `then`. Keeps the stored time if it is later, unless it is far in
    /// the future. A time far in the future was stored during an earlier boot of the machine.
    fn lasts(&self, then: u64) {
        let other_boot = boot_ms().saturating_add(REMEMBERED_MS);
        let later = |since| (since < then || since > other_boot).then_some(then);
        let _ = self.since.fetch_update(AcqRel, Acquire, later);
    }

    /// Returns true if the slot is empty, or if EPS no longer accepts any timestamp of the stored range.
    fn is_over(&self) -> bool {
        let (now, since) = (boot_ms(), self.since.load(Acquire));
        let age = if since > now.saturating_add(REMEMBERED_MS) { now } else { now.saturating_sub(since) };
        self.range() == Range::NONE || age > REMEMBERED_MS
    }
}
