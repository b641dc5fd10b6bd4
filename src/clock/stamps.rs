//! Which milliseconds of a developer key are used. EPS refuses a timestamp it has seen (code 2485).

/// How far a burst may lead the clock. EPS allows two minutes; half of it is kept for the clock's own error.
pub(super) const MAX_LEAD_MS: u64 = 60_000;

/// Ranges kept apart at most. Beyond it the two oldest become one: what lay between them counts as used.
const MAX_RANGES: usize = 4096;

/// Used milliseconds as sorted, disjoint, inclusive ranges.
///
/// Ranges and not one counter: when a learned server offset steps back an hour, the values below the last one are
/// unused, and a counter would refuse to sign for that hour.
#[derive(Default)]
pub(super) struct Stamps {
    ranges: Vec<(u64, u64)>,
}

impl Stamps {
    /// The smallest unused value at or after `now`.
    ///
    /// # Errors
    /// How many milliseconds to wait until there is one that leads by no more than [`MAX_LEAD_MS`].
    pub(super) fn take(&mut self, now: u64) -> Result<u64, u64> {
        // The last range that starts at or before `now`; the common case is the last of all.
        let index = self.ranges.partition_point(|range| range.0 <= now);
        let stamp = match index.checked_sub(1).map(|i| self.ranges[i]) {
            Some((_, last)) if last >= now => last + 1,
            Some(_) | None => now,
        };
        if stamp - now > MAX_LEAD_MS {
            return Err(stamp - now - MAX_LEAD_MS);
        }
        self.mark(index, stamp);
        Ok(stamp)
    }

    /// The highest used value.
    pub(super) fn last(&self) -> Option<u64> {
        self.ranges.last().map(|range| range.1)
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.ranges.len()
    }

    /// Keeps so many ranges at most: what lay in the smaller gaps counts as used.
    pub(super) fn compact(&mut self, most: usize) {
        let mut gaps: Vec<u64> = self.ranges.windows(2).map(|pair| pair[1].0 - pair[0].1).collect();
        gaps.sort_unstable_by(|a, b| b.cmp(a));
        let closed = gaps.get(most.saturating_sub(1)).copied().unwrap_or(0);
        let mut kept: Vec<(u64, u64)> = Vec::with_capacity(most.min(self.ranges.len()));
        for &(first, last) in &self.ranges {
            match kept.last_mut() {
                Some(before) if first - before.1 <= closed => before.1 = last,
                Some(_) | None => kept.push((first, last)),
            }
        }
        self.ranges = kept;
    }

    /// `index` is where a range starting at `stamp` belongs; ranges that now touch become one.
    fn mark(&mut self, index: usize, stamp: u64) {
        let joins_before = index > 0 && self.ranges[index - 1].1 + 1 == stamp;
        let joins_after = self.ranges.get(index).is_some_and(|next| next.0 == stamp + 1);
        match (joins_before, joins_after) {
            (true, true) => {
                self.ranges[index - 1].1 = self.ranges[index].1;
                self.ranges.remove(index);
            }
            (true, false) => self.ranges[index - 1].1 = stamp,
            (false, true) => self.ranges[index].0 = stamp,
            (false, false) => {
                self.ranges.insert(index, (stamp, stamp));
                if self.ranges.len() > MAX_RANGES {
                    self.ranges[1].0 = self.ranges[0].0;
                    self.ranges.remove(0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn a_burst_leads_by_a_minute_and_then_waits() {
        let mut stamps = Stamps::default();
        for lead in 0..=MAX_LEAD_MS {
            assert_eq!(stamps.take(1_000_000), Ok(1_000_000 + lead));
        }
        assert_eq!(stamps.take(1_000_000), Err(1));
        assert_eq!(stamps.take(1_000_001), Ok(1_060_001));
    }

    #[test]
    fn a_step_back_uses_what_is_free_below() {
        let mut stamps = Stamps::default();
        assert_eq!(stamps.take(5_000_000), Ok(5_000_000));
        assert_eq!(stamps.take(1_000_000), Ok(1_000_000));
        assert_eq!(stamps.take(5_000_000), Ok(5_000_001));
        assert_eq!(stamps.take(4_999_999), Ok(4_999_999));
        assert_eq!(stamps.take(4_999_999), Ok(5_000_002));
    }

    #[test]
    fn memory_stays_bounded_and_nothing_is_forgotten() {
        let mut stamps = Stamps::default();
        for now in (0..100_000u64).step_by(10) {
            assert_eq!(stamps.take(now), Ok(now));
        }
        assert!(stamps.ranges.len() <= MAX_RANGES);
        assert_ne!(stamps.take(0), Ok(0));
    }

    #[test]
    fn compacted_it_is_small_and_gives_nothing_again() {
        let mut stamps = Stamps::default();
        // An hour, and then by an offset of a day.
        for now in [0, 86_400_000].into_iter().flat_map(|offset| (0..3_600u64).map(move |at| offset + at * 1_000)) {
            assert_eq!(stamps.take(now), Ok(now));
        }
        stamps.compact(4);
        assert!(stamps.ranges.len() <= 4 && stamps.ranges.capacity() <= 4, "{:?}", stamps.ranges);
        assert_eq!((stamps.ranges[0].0, stamps.last()), (0, Some(86_400_000 + 3_599_000)));
        assert_eq!(stamps.take(3_600_000), Ok(3_600_000), "the wide gap is free");
        stamps.compact(1);
        assert_eq!(stamps.ranges, [(0, 86_400_000 + 3_599_000)]);
        stamps.compact(1);
        Stamps::default().compact(4);
    }

    proptest! {
        #[test]
        fn never_twice_whenever_it_is_compacted(
            clock in prop::collection::vec((0u64..200_000, prop::bool::weighted(0.2)), 1..400),
            most in 1usize..6,
        ) {
            let mut stamps = Stamps::default();
            let mut seen = HashSet::new();
            for (now, compacts) in clock {
                if let Ok(stamp) = stamps.take(now) {
                    prop_assert!(seen.insert(stamp));
                }
                if compacts {
                    stamps.compact(most);
                    prop_assert!(stamps.ranges.len() <= most);
                }
            }
        }

        #[test]
        fn never_twice_and_never_far_ahead(clock in prop::collection::vec(0u64..200_000, 1..400)) {
            let mut stamps = Stamps::default();
            let mut seen = HashSet::new();
            for now in clock {
                match stamps.take(now) {
                    Ok(stamp) => {
                        prop_assert!(stamp >= now && stamp - now <= MAX_LEAD_MS);
                        prop_assert!(seen.insert(stamp));
                    }
                    Err(wait) => prop_assert!(wait > 0),
                }
            }
        }
    }
}
