//! The lanes of timestamps that this machine has leased, on the page that its processes share.

use super::KeyClock;
use super::page::boot_ms;
use super::used::{is_ahead, leased};
use std::sync::atomic::Ordering;

/// One process of a machine looks after its lanes so often.
const LOOK_MS: u64 = 900;

/// What a machine signs in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneLease {
    /// As bits.
    pub(crate) lanes: u32,
    /// Those of nobody, as bits.
    pub(crate) spare: u32,
    /// Above this timestamp, which is told at this time.
    pub(crate) above: u64,
    pub(crate) now_ms: u64,
    /// A reading of [`boot_now`], from which the others count.
    pub(crate) since: u64,
    pub(crate) holds_ms: u64,
    pub(crate) spare_ms: u64,
}

impl KeyClock {
    /// What this machine is called where it leases lanes.
    pub(crate) fn machine(&self) -> String {
        format!("{:016x}", self.used.page(|page| page.machine.load(Ordering::Relaxed)))
    }

    /// Whether there are lanes that nobody else signs in: those of an option, or leased ones that still hold.
    pub(crate) fn has_lanes(&self) -> bool {
        self.lanes.is_some() || self.used.page(|page| leased(page).is_some() && !is_ahead(&page.settled))
    }

    /// Whether the lanes of this key are an option's: then nothing is leased.
    pub(crate) fn has_own_lanes(&self) -> bool {
        self.lanes.is_some()
    }

    /// One client more or less leases lanes; returns whether it was the last one of the machine.
    pub(crate) fn uses_lanes(&self, more: bool) -> bool {
        self.used.leases(more)
    }

    /// Whether this process is the one of its machine that looks after the lanes now.
    pub(crate) fn looks_after_lanes(&self) -> bool {
        let now = boot_ms();
        self.used.page(|page| {
            let last = page.looked_after.load(Ordering::Acquire);
            let due = last > now || now - last >= LOOK_MS;
            due && page.looked_after.compare_exchange(last, now, Ordering::AcqRel, Ordering::Acquire).is_ok()
        })
    }

    /// The lanes that this machine signs in, as bits; 0 where it has leased none that still hold.
    pub(crate) fn leased_lanes(&self) -> u32 {
        self.used.page(leased).map_or(0, |signing| signing.far.bits())
    }

    /// From now on this machine signs in these lanes.
    pub(crate) fn lease_lanes(&self, lease: &LaneLease) {
        self.used.page(|page| {
            page.raise(lease.above, lease.now_ms);
            page.leased.store(u64::from(lease.spare) << 32 | u64::from(lease.lanes), Ordering::Release);
            page.leased_until.store(lease.since.saturating_add(lease.holds_ms), Ordering::Release);
            page.spare_until.store(lease.since.saturating_add(lease.spare_ms), Ordering::Release);
        });
    }

    /// Another machine may sign in the leased lanes for so long; debits wait.
    pub(crate) fn settle_lanes(&self, in_ms: u64) {
        let at = if in_ms == 0 { 0 } else { boot_ms().saturating_add(in_ms) };
        self.used.page(|page| page.settled.store(at, Ordering::Release));
    }

    /// This machine signs in no other lanes any more. Returns its last timestamp until now.
    pub(crate) fn give_up_lanes_but(&self, kept: u32) -> u64 {
        self.used.page(|page| {
            page.leased.store(kept.into(), Ordering::Release);
            page.skip();
            page.last()
        })
    }
}

/// Milliseconds since boot.
pub(crate) fn boot_now() -> u64 {
    boot_ms()
}
