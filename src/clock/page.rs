//! Page: the used timestamps of one developer key, as a block of atomic numbers. EPS refuses a timestamp that it has seen (EPS status
//! 2485), so each timestamp is given out only once. All processes of the machine map the page into memory, or only one process uses it.
//!
//! The page also stores the lease of the lanes. A lane is a share of the milliseconds that one machine may sign with. A look is a check of
//! the lease, which one process of the machine does. The lead is the time by which the last used timestamp is ahead of the clock.
//!
//! This code works with any values of the numbers, because another process may be killed or suspended between any two of its writes, and
//! may continue later.

use super::ended::Ended;
use super::lanes::Signing;
use super::range::{LATEST, Range};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicI64, AtomicU64};

/// Largest lead, in milliseconds. EPS accepts timestamps that are up to two minutes ahead. Half of that is reserved for the error of the
/// clock itself.
pub(super) const MAX_LEAD_MS: u64 = 60_000;

/// Largest lead in lanes that no machine has leased, in milliseconds. It is small, so that a machine that leases such a lane does not have
/// to wait long.
const NEAR_MS: u64 = 1_000;

/// Number of servers whose clock offsets can be stored on the page.
const OFFSETS: usize = 4;

/// Version of the layout. It is part of the file name, because another version of this library may use another layout at the same time.
pub(super) const LAYOUT: u32 = 2;

/// First number of every page with this layout. It identifies the file.
pub(super) const MAGIC: u64 =
    u64::from_le_bytes(*b"ekostmp\0") + ((LAYOUT as u64) << 56) + size_of::<ClockPage>() as u64;

/// Time by which a server's clock is ahead of the clock of this machine.
#[repr(C)]
pub(super) struct SharedOffset {
    /// Digest of the server's base URL; 0 if the slot is free.
    server: AtomicU64,
    pub(super) ahead_ms: AtomicI64,
}

/// Content of a page, in the layout of its file. The numbers have the byte order of the machine, because the file is never moved to another
/// machine.
#[repr(C)]
pub(super) struct ClockPage {
    pub(super) magic: AtomicU64,
    /// Range that ends with the last timestamp that was given out. All its values count as used.
    running: AtomicU64,
    /// Time at which EPS began to refuse the timestamps of this key for an unknown reason; 0 if EPS accepts them.
    pub(super) refused_ms: AtomicU64,
    /// Lanes that this machine has leased, in the lower 32 bits; 0 if it has leased none. The upper 32 bits hold the lanes that no machine
    /// has leased.
    pub(super) leased: AtomicU64,
    /// End of the lease, as a value of `boot_ms`.
    pub(super) leased_until: AtomicU64,
    /// Time until which the lanes that no machine has leased may be used, as a value of `boot_ms`.
    pub(super) spare_until: AtomicU64,
    /// Time from which no other machine signs in the leased lanes, as a value of `boot_ms`. Debits wait until then.
    pub(super) settled: AtomicU64,
    /// Start of the last look, as a value of `boot_ms` that is shifted left by one bit. The lowest bit is set while the look is under way.
    pub(super) looked_after: AtomicU64,
    /// Timestamp that is noted in the journal, so that a new page can begin after it; 0 if the journal was not read for this page yet.
    pub(super) noted: AtomicU64,
    /// Name under which this machine leases lanes. It changes when the page is created again.
    pub(super) machine: AtomicU64,
    offsets: [SharedOffset; OFFSETS],
    ended: Ended,
}

impl ClockPage {
    /// Creates a page on which all values up to and including `last` are used.
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

    /// Returns all numbers of the page, in the order of the layout.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let head = [&self.magic, &self.running, &self.refused_ms];
        let lease = [&self.leased, &self.leased_until, &self.spare_until, &self.settled];
        let head = head.into_iter().chain(lease).chain([&self.looked_after, &self.noted, &self.machine]);
        let offsets =
            self.offsets.iter().flat_map(|slot| [slot.server.load(Relaxed), slot.ahead_ms.load(Relaxed) as u64]);
        head.map(|number| number.load(Relaxed)).chain(offsets).chain(self.ended.numbers()).collect()
    }

    /// Returns the last timestamp that was given out.
    pub(super) fn last(&self) -> u64 {
        self.running().last()
    }

    fn running(&self) -> Range {
        Range(self.running.load(Acquire))
    }

    /// Replaces the running range. Returns false if another thread or process has changed the range meanwhile.
    fn replace(&self, running: Range, next: Range) -> bool {
        self.running.compare_exchange(running.0, next.0, AcqRel, Acquire).is_ok()
    }

    /// Returns the smallest unused timestamp at or after `now` in the lanes that `lanes` returns. The running range is read before `lanes`
    /// is called. So after a process has changed the lanes and called [`skip`](ClockPage::skip), no later timestamp is taken in the old
    /// lanes.
    ///
    /// # Errors
    /// The number of milliseconds to wait until a value is free that is at most [`MAX_LEAD_MS`] ahead of the clock.
    pub(super) fn take(&self, now: u64, lanes: impl Fn() -> Signing) -> Result<u64, u64> {
        if now > LATEST - MAX_LEAD_MS {
            return Ok(now);
        }
        loop {
            let running = self.running();
            // True if the clock has stepped back or ahead, or if no timestamp was taken for a while.
            let apart = is_apart(running.last(), now);
            // The ended range is remembered before a new one begins, so that a process that sees the new range also sees the ended one.
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

    /// Marks the values from `now` to `last` as used, unless they are marked already. Does nothing if `last` is more than a minute away
    /// from `now`, because such a value comes from a wrong clock, and requests must not wait for it.
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

    /// Skips one value. A concurrent [`take`](ClockPage::take) that has chosen a value, but has not stored it yet, must choose again.
    pub(super) fn skip(&self) {
        loop {
            let running = self.running();
            if self.replace(running, running.up_to(running.last() + 1)) {
                return;
            }
        }
    }

    /// Returns the shared slot of a server; `None` if other servers have taken all slots.
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

/// Returns the milliseconds since boot; at least 1.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub(super) fn boot_ms() -> u64 {
    u64::try_from(super::since_boot().as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Returns the milliseconds since 1970; at least 1. On these systems each process has its own clock since boot, and a shared page needs one
/// clock for the machine.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(super) fn boot_ms() -> u64 {
    super::now_ms().max(1)
}

/// Returns true if the difference between the clock and the last value is greater than the largest lead.
fn is_apart(last: u64, now: u64) -> bool {
    last.abs_diff(now) > MAX_LEAD_MS
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
