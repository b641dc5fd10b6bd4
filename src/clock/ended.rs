//! Ended ranges of used timestamps. If the clock steps by more than a minute, the current range of used timestamps ends and a new range begins.
//! Timestamps in an ended range must not be given out again.
//!
//! The ended ranges are stored on the page: memory that all processes of this machine share.

use super::lanes::Lanes;
use super::page::boot_ms;
use super::range::Range;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// Maximum number of remembered ranges. If one more range ends, the two closest ranges are merged.
pub(super) const RANGES: usize = 32;

/// Time in milliseconds for which an ended range is remembered. EPS accepts a timestamp only within two minutes of its own clock. If a timestamp was
/// used more than four minutes ago, EPS refused it then or would refuse it now. Ranges must be forgotten, or a clock that was an hour ahead for an
/// hour would later block requests for an hour.
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

    /// Returns the smallest timestamp at or after `from` that is in these lanes and in no remembered range.
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

    /// Remembers an ended range. The range is merged with a remembered range that touches it, or stored in a free slot. If no slot is free, the two
    /// closest ranges are merged first. A process that is suspended in this function and resumes later does not remove ranges that other processes
    /// have stored.
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

    /// Frees a slot by merging the two closest ranges. The timestamps between the two ranges then count as used.
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

    /// Overwrites the slot at index `at`. Tests simulate a range that ended some time ago.
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

    /// Records that a timestamp of this range was given out at the time `then`, unless a later time is stored. Overwrites a stored time that is far
    /// in the future, because that time is from an earlier boot.
    fn lasts(&self, then: u64) {
        let other_boot = boot_ms().saturating_add(REMEMBERED_MS);
        let later = |since| (since < then || since > other_boot).then_some(then);
        let _ = self.since.fetch_update(AcqRel, Acquire, later);
    }

    /// Returns true if the slot is empty or EPS no longer accepts any timestamp of the range.
    fn is_over(&self) -> bool {
        let (now, since) = (boot_ms(), self.since.load(Acquire));
        let age = if since > now.saturating_add(REMEMBERED_MS) { now } else { now.saturating_sub(since) };
        self.range() == Range::NONE || age > REMEMBERED_MS
    }
}
