//! Lanes: disjoint shares of the milliseconds that requests are signed with. Machines that sign with one developer key cannot share memory, so each
//! machine uses only timestamps in its own lanes.

/// Number of lanes. The lane of a timestamp is the timestamp modulo this number.
pub(crate) const LANES: u32 = 32;

/// Set of lanes. Bit `n` stands for lane `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lanes(u32);

impl Lanes {
    pub(crate) const ALL: Lanes = Lanes(u32::MAX);

    /// Creates a set of lanes from bits. Returns `None` if no bit is set.
    pub(crate) const fn of_bits(bits: u32) -> Option<Self> {
        if bits == 0 { None } else { Some(Self(bits)) }
    }

    /// Divides all lanes into `of` shares of about equal size and returns the share at `index`. Returns `None` unless `of` is from 1 to 32 and
    /// `index < of`.
    pub(crate) fn share(index: u32, of: u32) -> Option<Self> {
        if of == 0 || of > LANES || index >= of {
            return None;
        }
        Self::of_bits((0..LANES).filter(|lane| lane % of == index).fold(0, |bits, lane| bits | 1 << lane))
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Returns the first timestamp at or after `from` that is in one of these lanes.
    pub(super) fn next(self, from: u64) -> u64 {
        if self == Self::ALL {
            return from;
        }
        let lane = (from % u64::from(LANES)) as u32;
        // The rotation moves the lane of `from` to bit 0, so the index of the lowest set bit is the distance to the result.
        from.saturating_add(u64::from(self.0.rotate_right(lane).trailing_zeros()))
    }
}

/// Lanes in which the processes of this machine may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signing {
    /// Lanes for timestamps that are more than one second ahead of the clock.
    pub(super) far: Lanes,
    /// Lanes for timestamps that are at most one second ahead of the clock. The lanes in `far` are included.
    pub(super) near: Lanes,
}

impl From<Lanes> for Signing {
    fn from(lanes: Lanes) -> Self {
        Self { far: lanes, near: lanes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_are_disjoint_and_cover_all_lanes() {
        for of in 1..=LANES {
            let shares: Vec<u32> = (0..of).map(|index| Lanes::share(index, of).unwrap().bits()).collect();
            assert_eq!(shares.iter().fold(0, |all, share| all | share), u32::MAX);
            assert_eq!(shares.iter().map(|share| share.count_ones()).sum::<u32>(), LANES, "{of}");
        }
        for (index, of) in [(0, 0), (1, 1), (32, 32), (0, 33), (u32::MAX, u32::MAX)] {
            assert_eq!(Lanes::share(index, of), None, "{index} of {of}");
        }
        assert_eq!((Lanes::of_bits(0), Lanes::share(0, 1)), (None, Some(Lanes::ALL)));
    }

    proptest! {
        #[test]
        fn the_next_is_the_first_of_its_lanes(bits in 1u32.., from in 0u64..10_000) {
            let lanes = Lanes::of_bits(bits).unwrap();
            let right = (from..).find(|value| bits >> (value % 32) & 1 == 1).unwrap();
            prop_assert_eq!(lanes.next(from), right);
        }
    }
}
