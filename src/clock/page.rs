//! Which milliseconds of a developer key are used, as a page of atomic numbers: in this process's memory, or mapped by every process of
//! the machine. EPS refuses a timestamp it has seen (code 2485).
//!
//! Everything here holds whatever the numbers are: another process may be killed between any two of its writes.

use super::lanes::Lanes;
use super::since_boot;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicI64, AtomicU64};

/// How far a burst may lead the clock. EPS allows two minutes; half of it is kept for the clock's own error.
pub(super) const MAX_LEAD_MS: u64 = 60_000;

/// Used ranges that are remembered beside the running one. Beyond it the two with the smallest gap become one.
const RANGES: usize = 32;

/// Offsets of so many base URLs are shared.
const OFFSETS: usize = 4;

/// A turn takes microseconds. One that has lasted so long was begun by a process that is gone or stands still.
const TURN_MS: u64 = 50;

/// The layout's number, which is part of the file's name: another version of this library may have another one at the same time.
pub(super) const LAYOUT: u32 = 1;

/// The first number of every page of this layout.
pub(super) const MAGIC: u64 = u64::from_le_bytes(*b"ekostmp\0") + ((LAYOUT as u64) << 56) + size_of::<Page>() as u64;

/// Inclusive. `(MAX, 0)` contains nothing.
#[repr(C)]
struct Range {
    first: AtomicU64,
    last: AtomicU64,
}

/// How far a server's clock is ahead of ours.
#[repr(C)]
pub(super) struct SharedOffset {
    /// A digest of its base URL; 0 where the slot is free.
    server: AtomicU64,
    pub(super) ahead_ms: AtomicI64,
}

/// The layout of the file, in the machine's own byte order: it never leaves the machine.
#[repr(C)]
pub(super) struct Page {
    pub(super) magic: AtomicU64,
    /// The last timestamp that was given.
    last: AtomicU64,
    /// The first one of the running range: all between it and `last` count as used.
    first: AtomicU64,
    /// Since when somebody notes a range, by the clock since boot; 0 where nobody does.
    turning: AtomicU64,
    /// Since when EPS refuses this key's timestamps for a reason that is not known; 0 where it does not.
    pub(super) refused_ms: AtomicU64,
    /// The lanes that this machine has leased, as bits; 0 where it has not.
    pub(super) leased: AtomicU64,
    /// Until when, by the clock since boot.
    pub(super) leased_until: AtomicU64,
    /// When a process of this machine has last looked after its lanes, by the clock since boot.
    pub(super) looked_after: AtomicU64,
    /// What this machine is called where it leases lanes. It is another one when the page was made anew.
    pub(super) machine: AtomicU64,
    offsets: [SharedOffset; OFFSETS],
    ranges: [Range; RANGES],
}

impl Page {
    /// One on which nothing up to and including `last` is free.
    pub(super) fn new(last: u64) -> Self {
        Self {
            magic: AtomicU64::new(MAGIC),
            last: AtomicU64::new(last),
            first: AtomicU64::new(last),
            turning: AtomicU64::new(0),
            refused_ms: AtomicU64::new(0),
            leased: AtomicU64::new(0),
            leased_until: AtomicU64::new(0),
            looked_after: AtomicU64::new(0),
            machine: AtomicU64::new(getrandom::u64().unwrap_or(last)),
            offsets: std::array::from_fn(|_| SharedOffset { server: AtomicU64::new(0), ahead_ms: AtomicI64::new(0) }),
            ranges: std::array::from_fn(|_| Range { first: AtomicU64::new(u64::MAX), last: AtomicU64::new(0) }),
        }
    }

    /// Its numbers, as they are laid out.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let head = [&self.magic, &self.last, &self.first, &self.turning, &self.refused_ms];
        let lease = [&self.leased, &self.leased_until, &self.looked_after, &self.machine];
        let head = head.into_iter().chain(lease);
        let offsets =
            self.offsets.iter().flat_map(|slot| [slot.server.load(Relaxed), slot.ahead_ms.load(Relaxed) as u64]);
        let ranges = self.ranges.iter().flat_map(|range| [range.first.load(Relaxed), range.last.load(Relaxed)]);
        head.map(|number| number.load(Relaxed)).chain(offsets).chain(ranges).collect()
    }

    /// The last timestamp that was given.
    pub(super) fn last(&self) -> u64 {
        self.last.load(Acquire)
    }

    /// The smallest free value of these lanes at or after `now`.
    ///
    /// # Errors
    /// How many milliseconds to wait until there is one that leads by no more than [`MAX_LEAD_MS`].
    pub(super) fn take(&self, now: u64, lanes: Lanes) -> Result<u64, u64> {
        loop {
            let last = self.last.load(Acquire);
            // A clock that has stepped back or ahead, or a pause.
            if is_apart(last, now) {
                if let Some(taken) = self.turn(now, lanes) {
                    return taken;
                }
                continue;
            }
            let stamp = self.free(now.max(last.saturating_add(1)), lanes);
            if stamp - now > MAX_LEAD_MS {
                return Err(stamp - now - MAX_LEAD_MS);
            }
            if self.last.compare_exchange(last, stamp, AcqRel, Acquire).is_ok() {
                return Ok(stamp);
            }
        }
    }

    /// Counts everything up to here as used, where it is not yet.
    pub(super) fn raise(&self, last: u64) {
        self.last.fetch_max(last, AcqRel);
    }

    /// The shared slot of a server; `None` where all are taken by others.
    pub(super) fn offset_of(&self, server: u64) -> Option<&SharedOffset> {
        let taken = |slot: &&SharedOffset| match slot.server.load(Acquire) {
            0 => {
                slot.server.compare_exchange(0, server, AcqRel, Acquire).map_or_else(|known| known == server, |_| true)
            }
            known => known == server,
        };
        self.offsets.iter().find(taken)
    }

    /// The smallest value of these lanes, at or after this one, that is in no range that has ended.
    fn free(&self, from: u64, lanes: Lanes) -> u64 {
        let mut stamp = lanes.next(from);
        loop {
            let within = |range: &Range| {
                let (first, last) = (range.first.load(Acquire), range.last.load(Acquire));
                (first <= stamp && stamp <= last).then_some(last)
            };
            let Some(last) = self.ranges.iter().filter_map(within).max() else { return stamp };
            if last == u64::MAX {
                return last;
            }
            stamp = lanes.next(last.saturating_add(1));
        }
    }

    /// Notes the running range, and begins another one where the clock is now. A reader who sees the new value sees the noted range as
    /// well. `None` where others have changed something meanwhile.
    fn turn(&self, now: u64, lanes: Lanes) -> Option<Result<u64, u64>> {
        let begun = self.begin_turn();
        let (first, last) = (self.first.load(Acquire), self.last.load(Acquire));
        let taken = if is_apart(last, now) { self.begin_range((first, last), now, lanes) } else { None };
        let _ = self.turning.compare_exchange(begun, 0, Release, Relaxed);
        taken
    }

    fn begin_range(&self, (first, last): (u64, u64), now: u64, lanes: Lanes) -> Option<Result<u64, u64>> {
        let noted = self.note(first, last);
        let stamp = self.free(now, lanes);
        let taken = if stamp - now > MAX_LEAD_MS {
            Some(Err(stamp - now - MAX_LEAD_MS))
        } else {
            // Before the last one: a process that ends in between leaves an empty range, and what was used is noted.
            self.first.store(stamp, Release);
            let taken = self.last.compare_exchange(last, stamp, AcqRel, Acquire).is_ok();
            if !taken {
                self.first.store(first, Release);
            }
            taken.then_some(Ok(stamp))
        };
        if taken != Some(Ok(stamp)) {
            // The range goes on, and is noted when it has ended.
            noted.last.store(0, Release);
            noted.first.store(u64::MAX, Release);
        }
        taken
    }

    /// Waits for the turn of others; takes it from those that have not come to its end.
    fn begin_turn(&self) -> u64 {
        loop {
            let (mine, holder) = (boot_ms(), self.turning.load(Acquire));
            // A holder from the future is one of another boot.
            let over = holder == 0 || holder > mine || mine - holder > TURN_MS;
            if over && self.turning.compare_exchange(holder, mine, AcqRel, Acquire).is_ok() {
                return mine;
            }
            std::thread::sleep(std::time::Duration::from_micros(50));
        }
    }

    /// Into a free slot. Where there is none, the two ranges with the smallest gap become one: what lies between them counts as used.
    fn note(&self, first: u64, last: u64) -> &Range {
        let empty = |range: &&Range| range.first.load(Acquire) > range.last.load(Acquire);
        let slot = match self.ranges.iter().find(empty) {
            Some(slot) => slot,
            None => self.join(),
        };
        slot.first.store(first, Release);
        slot.last.store(last, Release);
        slot
    }

    /// Makes one of two ranges, and frees a slot. In between more counts as used, never less.
    fn join(&self) -> &Range {
        let mut sorted: Vec<&Range> = self.ranges.iter().collect();
        sorted.sort_by_key(|range| range.first.load(Acquire));
        let gap = |pair: &[&Range]| pair[1].first.load(Acquire).saturating_sub(pair[0].last.load(Acquire));
        let at = (1..sorted.len()).min_by_key(|at| gap(&sorted[at - 1..=*at])).unwrap_or(1);
        let (kept, freed) = (sorted[at - 1], sorted[at]);
        kept.last.fetch_max(freed.last.load(Acquire), AcqRel);
        freed.last.store(0, Release);
        freed.first.store(u64::MAX, Release);
        freed
    }
}

/// Milliseconds since boot; at least 1.
pub(super) fn boot_ms() -> u64 {
    u64::try_from(since_boot().as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Whether the clock is further from the last value than a burst can lead.
fn is_apart(last: u64, now: u64) -> bool {
    last.abs_diff(now) > MAX_LEAD_MS
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
