//! Range of timestamps, in milliseconds, packed into one 64-bit number so that the range can be changed atomically.

/// Number of bits for the last value of a range. The higher bits hold the distance from the first value to the last value.
const LAST_BITS: u32 = 44;

/// Largest value that a range can contain. It is later than any timestamp that EPS accepts.
pub(super) const LATEST: u64 = (1 << LAST_BITS) - 1;

/// Longest distance in milliseconds between the first and the last value of a range. A longer range loses its first values, which are so old that EPS
/// no longer accepts them.
const LONGEST: u64 = (1 << (u64::BITS - LAST_BITS)) - 1;

/// Range that includes its first and last values. The number 0 stands for no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range(pub(super) u64);

impl Range {
    pub(super) const NONE: Range = Range(0);

    pub(super) fn of(first: u64, last: u64) -> Self {
        let last = last.min(LATEST);
        Self(last.saturating_sub(first).min(LONGEST) << LAST_BITS | last)
    }

    pub(super) fn last(self) -> u64 {
        self.0 & LATEST
    }

    pub(super) fn first(self) -> u64 {
        self.last().saturating_sub(self.0 >> LAST_BITS)
    }

    pub(super) fn contains(self, value: u64) -> bool {
        value <= self.last() && self.first() <= value
    }

    /// Returns the range with the same first value and the last value `last`.
    pub(super) fn up_to(self, last: u64) -> Self {
        Self::of(self.first(), last)
    }

    /// Returns the smallest range that contains both ranges.
    pub(super) fn with(self, other: Self) -> Self {
        Self::of(self.first().min(other.first()), self.last().max(other.last()))
    }

    /// Returns true if the ranges overlap or are adjacent.
    pub(super) fn touches(self, other: Self) -> bool {
        self.first() <= other.last().saturating_add(1) && other.first() <= self.last().saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_overlong_range_drops_its_first_values() {
        let (longest, latest) = ((1 << 20) - 1, (1 << 44) - 1);
        let long = Range::of(1_000, 1_000 + longest + 7);
        assert_eq!((long.first(), long.last()), (1_007, 1_007 + longest));
        assert_eq!((Range::of(0, u64::MAX).last(), Range::NONE.last()), (latest, 0));
    }

    proptest! {
        #[test]
        fn a_range_round_trips_its_bounds(first in 0..LATEST - LONGEST, length in 0..=LONGEST, more in 0..10u64) {
            let range = Range::of(first, first + length);
            prop_assert_eq!((range.first(), range.last()), (first, first + length));
            prop_assert!(range.contains(first) && range.contains(first + length) && !range.contains(first + length + 1));
            let next = Range::of(first + length + 1, first + length + 1 + more);
            prop_assert!(range.touches(next) && next.touches(range) && range.touches(range));
            prop_assert_eq!(range.with(next), range.up_to(first + length + 1 + more));
            let apart = Range::of(first + length + 2, first + length + 2 + more);
            prop_assert!(!range.touches(apart) && !apart.touches(range));
        }
    }
}
