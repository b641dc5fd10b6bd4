//! The used ranges that ended when the clock stepped.

use super::lanes::Lanes;
use super::page::boot_ms;
use super::range::Range;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// So many are remembered. Beyond it the two with the smallest gap become one.
pub(super) const RANGES: usize = 32;

/// EPS takes a timestamp for two minutes before and after its time. Who has used one longer ago than four minutes had it refused, or will
/// have it refused now. So a range is forgotten, and a clock that was an hour off for an hour stops nobody for an hour.
const REMEMBERED_MS: u64 = 300_000;

#[repr(C)]
#[derive(Default)]
pub(super) struct Ended([EndedRange; RANGES]);

#[repr(C)]
#[derive(Default)]
struct EndedRange {
    range: AtomicU64,
    /// When something of it was given at the latest, by the clock since boot.
    since: AtomicU64,
}

impl Ended {
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.0.iter().flat_map(|place| [place.range.load(Relaxed), place.since.load(Relaxed)])
    }

    /// The smallest value of these lanes, at or after this one, that is in none of them.
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

    /// Remembers a range: with one that it touches, or in a free place. Where there is none, the two with the smallest gap become one: what
    /// lies between them counts as used. Nobody makes less of what is remembered, however late he goes on.
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

    /// Makes one of two ranges, and frees a place. In between more counts as used, never less.
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

    /// Puts anything there, as if so much time had passed.
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

    /// Something of it was given then. What seems to be far later is of another boot.
    fn lasts(&self, then: u64) {
        let other_boot = boot_ms().saturating_add(REMEMBERED_MS);
        let later = |since| (since < then || since > other_boot).then_some(then);
        let _ = self.since.fetch_update(AcqRel, Acquire, later);
    }

    /// Whether there is none, or EPS takes nothing of it any more.
    fn is_over(&self) -> bool {
        let (now, since) = (boot_ms(), self.since.load(Acquire));
        let age = if since > now.saturating_add(REMEMBERED_MS) { now } else { now.saturating_sub(since) };
        self.range() == Range::NONE || age > REMEMBERED_MS
    }
}
