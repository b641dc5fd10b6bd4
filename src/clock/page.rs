//! Page: the used timestamps of one developer key, as a block of atomic numbers. EPS refuses a timestamp that it has already seen (EPS status 2485),
//! so each timestamp is given out only once. All processes of this machine map the page into memory, or only one process uses it.
//!
//! The page also stores the lease of the lanes. A lane is a share of the milliseconds that one machine may sign with. A look is a check of the lease
//! by one process of the machine. The lead is the time by which the last used timestamp is ahead of the clock.
//!
//! This code works with any values of the numbers, because another process may be killed or suspended between two writes and may resume later.

use super::ended::Ended;
use super::lanes::Signing;
use super::range::{LATEST, Range};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicI64, AtomicU64};

/// Longest time in milliseconds by which a timestamp may be ahead of the clock. EPS accepts two minutes, and half of that is reserved for clock
/// errors.
pub(super) const MAX_LEAD_MS: u64 = 60_000;

/// Longest time in milliseconds by which a timestamp in an unleased lane may be ahead of the clock. It is short so that a machine that leases the
/// lane does not have to wait long.
const NEAR_MS: u64 = 1_000;

/// Number of servers whose clock offsets can be stored for one developer key.
const OFFSETS: usize = 4;

/// Version of the layout of a page (the memory with the used timestamps of a key). The file name contains the version, because different
/// versions of this library may run at the same time.
pub(super) const LAYOUT: u32 = 2;

/// First number in every file with used timestamps. It identifies the format and the layout of the file.
pub(super) const MAGIC: u64 =
    u64::from_le_bytes(*b"ekostmp\0") + ((LAYOUT as u64) << 56) + size_of::<ClockPage>() as u64;

/// Clock offset of a server: the time by which the server's clock is ahead of this machine's clock.
#[repr(C)]
pub(super) struct SharedOffset {
    /// Digest of the server's base URL; 0 if the slot is free.
    server: AtomicU64,
    pub(super) ahead_ms: AtomicI64,
}

/// Page of used timestamps, in the layout of its file. Numbers have native byte order, because the file is never moved to another machine.
#[repr(C)]
pub(super) struct ClockPage {
    pub(super) magic: AtomicU64,
    /// Current range of used timestamps. It ends with the last timestamp that was given out.
    running: AtomicU64,
    /// Time at which EPS began to refuse timestamps of this key for an unknown reason; 0 if EPS accepts them.
    pub(super) refused_ms: AtomicU64,
    /// Lanes (shares of all timestamps) as bits. The lower 32 bits are the lanes that this machine has leased, the upper 32 bits the lanes
    /// that no machine has leased.
    pub(super) leased: AtomicU64,
    /// End of the lane lease, as a value of `boot_ms`.
    pub(super) leased_until: AtomicU64,
    /// Time until which unleased lanes may be used, as a value of `boot_ms`.
    pub(super) spare_until: AtomicU64,
    /// Time from which no other machine signs in the leased lanes, as a value of `boot_ms`. Debits wait until this time.
    pub(super) settled: AtomicU64,
    /// Start of the last lease check, as a value of `boot_ms` shifted left by one bit. The lowest bit is set while the check is under way.
    pub(super) looked_after: AtomicU64,
    /// Timestamp that the journal contains as the last used one; 0 if the journal was not yet read for this page. If the page (this memory)
    /// is lost, the new one starts after this timestamp.
    pub(super) noted: AtomicU64,
    /// Random number by which this machine is named when it leases lanes. Each new page (this memory) gets a new number.
    pub(super) machine: AtomicU64,
    offsets: [SharedOffset; OFFSETS],
    ended: Ended,
}

impl ClockPage {
    /// Creates a page (memory with the used timestamps of a key) whose last used timestamp is `last`.
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

    /// Returns all numbers of this struct in the order of the layout.
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

    /// Replaces the current range of used timestamps. Returns false if another process has changed the range, so that it is no longer
    /// `running`.
    fn replace(&self, running: Range, next: Range) -> bool {
        self.running.compare_exchange(running.0, next.0, AcqRel, Acquire).is_ok()
    }

    /// Returns the smallest unused timestamp at or after `now` in the lanes that `lanes` returns. Reads the current range first and calls
    /// `lanes` second. So after a process has changed the lanes and called [`skip`](ClockPage::skip), no process can take a timestamp in
    /// the old lanes.
    ///
    /// # Errors
    /// The milliseconds to wait until an unused timestamp is at most [`MAX_LEAD_MS`] ahead of the clock.
    pub(super) fn take(&self, now: u64, lanes: impl Fn() -> Signing) -> Result<u64, u64> {
        if now > LATEST - MAX_LEAD_MS {
            return Ok(now);
        }
        loop {
            let running = self.running();
            // True if the clock has stepped by more than a minute or no timestamp was taken for a while.
            let apart = is_apart(running.last(), now);
            // Stores the ended range before a new range begins, so that no process sees the new range without the ended range.
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

    /// Marks the timestamps from `now` to `last` as used. Does nothing if `last` is more than a minute from `now`, because `last` then comes from a
    /// wrong clock, and requests must not wait for it.
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

    /// Marks the next timestamp as used. A concurrent [`take`](ClockPage::take) that has chosen a timestamp, but has not stored it yet, must choose
    /// again.
    pub(super) fn skip(&self) {
        loop {
            let running = self.running();
            if self.replace(running, running.up_to(running.last() + 1)) {
                return;
            }
        }
    }

    /// Returns the slot for the clock offset of a server; `None` if other servers occupy all slots.
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

/// Returns the milliseconds since boot, at least 1.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub(super) fn boot_ms() -> u64 {
    u64::try_from(super::since_boot().as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Returns the milliseconds since 1970, at least 1. Processes that share a page of used timestamps need one clock, but on these systems
/// each process has a different boot clock.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(super) fn boot_ms() -> u64 {
    super::now_ms().max(1)
}

/// Returns true if `last` and `now` differ by more than the longest time by which a timestamp may be ahead of the clock.
fn is_apart(last: u64, now: u64) -> bool {
    last.abs_diff(now) > MAX_LEAD_MS
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
