//! Which milliseconds of a developer key are used, as a page of atomic numbers: in this process's memory, or mapped by every process of
//! the machine. EPS refuses a timestamp it has seen (code 2485).
//!
//! Everything here holds whatever the numbers are: another process may be killed between any two of its writes, or stand still there and
//! go on later.

use super::ended::Ended;
use super::lanes::Signing;
use super::range::{LATEST, Range};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicI64, AtomicU64};

/// How far a burst may lead the clock. EPS allows two minutes; half of it is kept for the clock's own error.
pub(super) const MAX_LEAD_MS: u64 = 60_000;

/// Lanes that are nobody's are used so near the clock alone: who leases one does not have to wait long.
const NEAR_MS: u64 = 1_000;

/// Offsets of so many base URLs are shared.
const OFFSETS: usize = 4;

/// The layout's number, which is part of the file's name: another version of this library may have another one at the same time.
pub(super) const LAYOUT: u32 = 2;

/// The first number of every page of this layout.
pub(super) const MAGIC: u64 =
    u64::from_le_bytes(*b"ekostmp\0") + ((LAYOUT as u64) << 56) + size_of::<ClockPage>() as u64;

/// How far a server's clock is ahead of ours.
#[repr(C)]
pub(super) struct SharedOffset {
    /// A digest of its base URL; 0 where the slot is free.
    server: AtomicU64,
    pub(super) ahead_ms: AtomicI64,
}

/// The layout of the file, in the machine's own byte order: it never leaves the machine.
#[repr(C)]
pub(super) struct ClockPage {
    pub(super) magic: AtomicU64,
    /// The range up to the last timestamp that was given: all of it counts as used.
    running: AtomicU64,
    /// Since when EPS refuses this key's timestamps for a reason that is not known; 0 where it does not.
    pub(super) refused_ms: AtomicU64,
    /// The lanes that this machine has leased, as bits; 0 where it has not. Above 32 bits those that are nobody's.
    pub(super) leased: AtomicU64,
    /// Until when, by the clock since boot.
    pub(super) leased_until: AtomicU64,
    /// Until when those that are nobody's may be used, by the same clock.
    pub(super) spare_until: AtomicU64,
    /// From when another machine uses none of the leased ones, by the same clock: debits wait for it.
    pub(super) settled: AtomicU64,
    /// When a process of this machine has last looked after its lanes, by the clock since boot.
    pub(super) looked_after: AtomicU64,
    /// Up to which timestamp a lead is noted in the journal; 0 where that was not asked yet.
    pub(super) noted: AtomicU64,
    /// What this machine is called where it leases lanes. It is another one when the page was made anew.
    pub(super) machine: AtomicU64,
    offsets: [SharedOffset; OFFSETS],
    ended: Ended,
}

impl ClockPage {
    /// One on which nothing up to and including `last` is free.
    pub(super) fn new(last: u64) -> Self {
        Self {
            magic: AtomicU64::new(MAGIC),
            running: AtomicU64::new(Range::of(last, last).0),
            refused_ms: AtomicU64::new(0),
            leased: AtomicU64::new(0),
            leased_until: AtomicU64::new(0),
            spare_until: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            looked_after: AtomicU64::new(0),
            noted: AtomicU64::new(0),
            machine: AtomicU64::new(getrandom::u64().unwrap_or(last)),
            offsets: std::array::from_fn(|_| SharedOffset { server: AtomicU64::new(0), ahead_ms: AtomicI64::new(0) }),
            ended: Ended::default(),
        }
    }

    /// Its numbers, as they are laid out.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let head = [&self.magic, &self.running, &self.refused_ms];
        let lease = [&self.leased, &self.leased_until, &self.spare_until, &self.settled];
        let head = head.into_iter().chain(lease).chain([&self.looked_after, &self.noted, &self.machine]);
        let offsets =
            self.offsets.iter().flat_map(|slot| [slot.server.load(Relaxed), slot.ahead_ms.load(Relaxed) as u64]);
        head.map(|number| number.load(Relaxed)).chain(offsets).chain(self.ended.numbers()).collect()
    }

    /// The last timestamp that was given.
    pub(super) fn last(&self) -> u64 {
        self.running().last()
    }

    fn running(&self) -> Range {
        Range(self.running.load(Acquire))
    }

    /// Whether it still was the running one.
    fn replace(&self, running: Range, next: Range) -> bool {
        self.running.compare_exchange(running.0, next.0, AcqRel, Acquire).is_ok()
    }

    /// The smallest free value of these lanes at or after `now`. They are asked for when the last value is known: whoever changes them and
    /// then moves that on ([`skip`](ClockPage::skip)) knows the last one of the old lanes.
    ///
    /// # Errors
    /// How many milliseconds to wait until there is one that leads by no more than [`MAX_LEAD_MS`].
    pub(super) fn take(&self, now: u64, lanes: impl Fn() -> Signing) -> Result<u64, u64> {
        if now > LATEST - MAX_LEAD_MS {
            return Ok(now);
        }
        loop {
            let running = self.running();
            // A clock that has stepped back or ahead, or a pause.
            let apart = is_apart(running.last(), now);
            // Noted before another one begins: whoever sees that sees the noted one too.
            if apart {
                self.ended.note(running);
            }
            let from = if apart { now } else { now.max(running.last() + 1) };
            let lanes = lanes();
            let mut stamp = self.ended.free(from, lanes.near);
            if stamp - now > NEAR_MS && lanes.near != lanes.far {
                stamp = self.ended.free(from, lanes.far);
            }
            if stamp - now > MAX_LEAD_MS {
                return Err(stamp - now - MAX_LEAD_MS);
            }
            if self.replace(running, if apart { Range::of(stamp, stamp) } else { running.up_to(stamp) }) {
                return Ok(stamp);
            }
        }
    }

    /// Counts what leads `now` up to here as used, where it is not yet. What a wrong clock has left far ahead is nothing to wait for.
    pub(super) fn raise(&self, last: u64, now: u64) {
        if is_apart(last, now) {
            return;
        }
        loop {
            let running = self.running();
            if is_apart(running.last(), last) {
                return self.ended.note(Range::of(now.min(last), last));
            }
            if running.last() >= last || self.replace(running, running.up_to(last)) {
                return;
            }
        }
    }

    /// Leaves one value out, so that nothing is given any more which was chosen before.
    pub(super) fn skip(&self) {
        loop {
            let running = self.running();
            if self.replace(running, running.up_to(running.last() + 1)) {
                return;
            }
        }
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
}

/// Milliseconds since boot; at least 1.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub(super) fn boot_ms() -> u64 {
    u64::try_from(super::since_boot().as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Elsewhere that is each process's own, and what is shared needs one of the machine.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(super) fn boot_ms() -> u64 {
    super::now_ms().max(1)
}

/// Whether the clock is further from the last value than a burst can lead.
fn is_apart(last: u64, now: u64) -> bool {
    last.abs_diff(now) > MAX_LEAD_MS
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
