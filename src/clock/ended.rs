//! The used ranges that ended when the clock stepped.

use super::lanes::Lanes;
use super::page::boot_ms;
use super::range::Range;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// Number of ranges that are remembered. If there are more, the two with the smallest gap are merged.
pub(super) const RANGES: usize = 32;

/// Time for which a range is remembered. EPS accepts a timestamp for two minutes before and after its time. A timestamp that was used more
/// than four minutes ago was refused then, or would be refused now. So the range can be forgotten, and a clock that was an hour off for an
/// hour does not block requests for an hour.
const REMEMBERED_MS: u64 = 300_000;

#[repr(C)]
#[derive(Default)]
pub(super) struct Ended([EndedRange; RANGES]);

#[repr(C)]
#[derive(Default)]
struct EndedRange {
    range: AtomicU64,
    /// Latest time at which a value of the range was given out, by the clock since boot.
    since: AtomicU64,
}

impl Ended {
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.0.iter().flat_map(|place| [place.range.load(Relaxed), place.since.load(Relaxed)])
    }

    /// Returns the smallest value of these lanes at or after `from` that is in none of the ranges.
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

    /// Remembers a range: merges it with a range that it touches, or puts it into a free slot. If no slot is free, the two ranges with the
    /// smallest gap are merged, and the values between them count as used. No process reduces what is remembered, however late it
    /// continues.
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

    /// Merges two ranges and frees a slot. The values between them count as used; no value becomes free.
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

    /// Sets a slot to any range and time, as if that much time had passed.
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

    /// Records that a value of the range was given out at this time. A stored time that seems to be far later is from another boot.
    fn lasts(&self, then: u64) {
        let other_boot = boot_ms().saturating_add(REMEMBERED_MS);
        let later = |since| (since < then || since > other_boot).then_some(then);
        let _ = self.since.fetch_update(AcqRel, Acquire, later);
    }

    /// Returns true if the slot is empty, or if EPS accepts no value of the range any more.
    fn is_over(&self) -> bool {
        let (now, since) = (boot_ms(), self.since.load(Acquire));
        let age = if since > now.saturating_add(REMEMBERED_MS) { now } else { now.saturating_sub(since) };
        self.range() == Range::NONE || age > REMEMBERED_MS
    }
}
