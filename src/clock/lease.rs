//! The lanes of timestamps that this machine has leased, on the page that its processes share.

use super::KeyClock;
use super::lanes::Lanes;
use super::page::boot_ms;
use super::used::leased;
use std::sync::atomic::Ordering;

/// One process of a machine looks after its lanes so often.
const LOOK_MS: u64 = 900;

impl KeyClock {
    /// What this machine is called where it leases lanes.
    pub(crate) fn machine(&self) -> String {
        format!("{:016x}", self.used.page(|page| page.machine.load(Ordering::Relaxed)))
    }

    /// Whether there are lanes to sign in: those of an option, or leased ones that still hold.
    pub(crate) fn has_lanes(&self) -> bool {
        self.lanes.is_some() || self.used.page(leased).is_some()
    }

    /// Whether the lanes of this key are an option's: then nothing is leased.
    pub(crate) fn has_own_lanes(&self) -> bool {
        self.lanes.is_some()
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
        self.used.page(leased).map_or(0, Lanes::bits)
    }

    /// From now on this machine signs in these lanes, above this timestamp, until so long after `since`, a reading of [`boot_now`].
    pub(crate) fn lease_lanes(&self, lanes: u32, above: u64, since: u64, holds_ms: u64) {
        self.used.page(|page| {
            page.raise(above);
            page.leased.store(lanes.into(), Ordering::Release);
            page.leased_until.store(since.saturating_add(holds_ms), Ordering::Release);
        });
    }

    /// From now on this machine signs in these lanes alone, for as long as it may.
    pub(crate) fn keep_lanes(&self, lanes: u32) {
        self.used.page(|page| page.leased.store(lanes.into(), Ordering::Release));
    }

    /// The last timestamp that was given on this machine.
    pub(crate) fn last_ms(&self) -> u64 {
        self.used.page(super::page::Page::last)
    }
}

/// Milliseconds since boot.
pub(crate) fn boot_now() -> u64 {
    boot_ms()
}
