//! The lanes of timestamps that this machine has leased, on the page that its processes share.

use super::KeyClock;
use super::page::boot_ms;
use super::used::{is_ahead, leased};
use std::sync::atomic::Ordering;

/// Interval at which one process of a machine looks after its lanes.
const LOOK_MS: u64 = 900;

/// Time after which another process takes over a look, because the process that began it is gone or suspended.
const GONE_MS: u64 = 4_000;

/// Lanes that a machine signs in, and the time for which they hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneLease {
    /// Lanes of this machine, as bits.
    pub(crate) lanes: u32,
    /// Lanes that no machine has leased, as bits.
    pub(crate) spare: u32,
    /// Timestamp above which this machine signs, as of `now_ms`.
    pub(crate) above: u64,
    pub(crate) now_ms: u64,
    /// A reading of [`boot_now`] from which `holds_ms` and `spare_ms` count.
    pub(crate) since: u64,
    pub(crate) holds_ms: u64,
    pub(crate) spare_ms: u64,
}

impl KeyClock {
    /// Returns the name of this machine where it leases lanes.
    pub(crate) fn machine(&self) -> String {
        format!("{:016x}", self.used.page(|page| page.machine.load(Ordering::Relaxed)))
    }

    /// Returns true if there are lanes that no other machine signs in: those of an option, or leased ones that still hold.
    pub(crate) fn has_lanes(&self) -> bool {
        self.lanes.is_some() || self.used.page(|page| leased(page).is_some() && !is_ahead(&page.settled))
    }

    /// Returns true if the lanes of this key come from an option. Then nothing is leased.
    pub(crate) fn has_own_lanes(&self) -> bool {
        self.lanes.is_some()
    }

    /// Counts a client that starts (`more`) or stops leasing lanes. Returns true if it was the last one of the machine.
    pub(crate) fn uses_lanes(&self, more: bool) -> bool {
        self.used.leases(more)
    }

    /// Begins a look if this process is the one of its machine that looks after the lanes now. Returns the value to pass to
    /// [`KeyClock::looked_after_lanes`].
    pub(crate) fn looks_after_lanes(&self) -> Option<u64> {
        let now = boot_ms();
        self.used.page(|page| {
            let last = page.looked_after.load(Ordering::Acquire);
            let (begun, under_way) = (last >> 1, last & 1 == 1);
            let since = if under_way { GONE_MS } else { LOOK_MS };
            let look = now << 1 | 1;
            let due = begun > now || now - begun >= since;
            let looks =
                due && page.looked_after.compare_exchange(last, look, Ordering::AcqRel, Ordering::Acquire).is_ok();
            looks.then_some(look)
        })
    }

    /// Returns true if no other look was begun since this one, so that its result is not outdated.
    pub(crate) fn is_last_look(&self, look: u64) -> bool {
        self.used.page(|page| page.looked_after.load(Ordering::Acquire) == look)
    }

    /// Ends a look. If there are no lanes yet, this is known until the next look is due.
    pub(crate) fn looked_after_lanes(&self, look: u64) {
        self.used.page(|page| {
            let _ = page.looked_after.compare_exchange(look, look & !1, Ordering::AcqRel, Ordering::Acquire);
            if page.leased.load(Ordering::Acquire) == 0 {
                page.leased_until.store(boot_ms().saturating_add(LOOK_MS), Ordering::Release);
            }
        });
    }

    /// Returns true if a look has ended lately, so that it is known if there are lanes, and which.
    pub(crate) fn knows_lanes(&self) -> bool {
        self.used.page(|page| is_ahead(&page.leased_until))
    }

    /// Returns the lanes that this machine signs in, as bits; 0 if it has leased none that still hold.
    pub(crate) fn leased_lanes(&self) -> u32 {
        self.used.page(leased).map_or(0, |signing| signing.far.bits())
    }

    /// Makes this machine sign in these lanes from now on.
    pub(crate) fn lease_lanes(&self, lease: &LaneLease) {
        self.used.page(|page| {
            page.raise(lease.above, lease.now_ms);
            page.leased.store(u64::from(lease.spare) << 32 | u64::from(lease.lanes), Ordering::Release);
            page.leased_until.store(lease.since.saturating_add(lease.holds_ms), Ordering::Release);
            page.spare_until.store(lease.since.saturating_add(lease.spare_ms), Ordering::Release);
        });
    }

    /// Makes debits wait for this time, because another machine may sign in the leased lanes until then. 0 ends the wait.
    pub(crate) fn settle_lanes(&self, in_ms: u64) {
        let at = if in_ms == 0 { 0 } else { boot_ms().saturating_add(in_ms) };
        self.used.page(|page| page.settled.store(at, Ordering::Release));
    }

    /// Gives up all lanes except the `kept` ones. Returns the last timestamp of this machine until now.
    pub(crate) fn give_up_lanes_but(&self, kept: u32) -> u64 {
        self.used.page(|page| {
            // A process that comes late does not take back lanes that other processes have given up.
            page.leased.fetch_and(kept.into(), Ordering::AcqRel);
            if kept == 0 {
                page.leased_until.store(0, Ordering::Release);
            }
            page.skip();
            page.last()
        })
    }
}

#[cfg(test)]
impl KeyClock {
    /// Returns the times until which its own lanes hold, the lanes that no machine has leased hold, and debits wait, by the clock since
    /// boot.
    pub(crate) fn lane_moments(&self) -> [u64; 3] {
        self.used.page(|page| {
            [&page.leased_until, &page.spare_until, &page.settled].map(|moment| moment.load(Ordering::Acquire))
        })
    }

    /// Sets the last look to this long ago.
    pub(crate) fn set_looked(&self, ago_ms: u64, under_way: bool) {
        let begun = boot_ms().saturating_sub(ago_ms);
        self.used.page(|page| page.looked_after.store(begun << 1 | u64::from(under_way), Ordering::Release));
    }
}

/// Returns the milliseconds since boot.
pub(crate) fn boot_now() -> u64 {
    boot_ms()
}

#[cfg(test)]
mod tests {
    use super::super::ClockOptions;
    use super::*;

    #[test]
    fn one_process_looks_and_what_an_older_look_has_found_is_dropped() {
        let clock = KeyClock::of("looks", ClockOptions { alone: true, ..ClockOptions::default() });
        let look = clock.looks_after_lanes().unwrap_or_default();
        let age = |by: u64| clock.used.page(|page| page.looked_after.fetch_sub(by << 1, Ordering::Relaxed));
        assert!(clock.is_last_look(look) && clock.looks_after_lanes().is_none() && !clock.knows_lanes());
        // While the look lasts, no other process looks, unless the process of the look is suspended.
        age(LOOK_MS);
        assert!(clock.looks_after_lanes().is_none());
        age(GONE_MS);
        std::thread::sleep(std::time::Duration::from_millis(2));
        let next = clock.looks_after_lanes().unwrap_or_default();
        assert!(!clock.is_last_look(look) && clock.is_last_look(next));
        clock.looked_after_lanes(look);
        assert!(clock.is_last_look(next));
        clock.looked_after_lanes(next);
        // There are no lanes, and this is known until the next look is due.
        assert!(clock.knows_lanes() && !clock.has_lanes() && clock.looks_after_lanes().is_none());
        age(LOOK_MS);
        assert!(clock.looks_after_lanes().is_some());
    }

    #[test]
    fn a_look_is_due_after_most_of_a_second() {
        let clock = KeyClock::of("most of a second", ClockOptions { alone: true, ..ClockOptions::default() });
        clock.set_looked(600, false);
        assert!(clock.looks_after_lanes().is_none());
        clock.set_looked(900, false);
        assert!(clock.looks_after_lanes().is_some());
    }

    #[test]
    fn a_look_that_stands_still_for_four_seconds_is_nobodys() {
        let clock = KeyClock::of("stands still", ClockOptions { alone: true, ..ClockOptions::default() });
        clock.set_looked(3_700, true);
        assert!(clock.looks_after_lanes().is_none());
        clock.set_looked(4_000, true);
        assert!(clock.looks_after_lanes().is_some());
    }

    #[test]
    fn that_a_timestamp_was_seen_is_told_once() {
        let clock = KeyClock::of("seen", ClockOptions { alone: true, ..ClockOptions::default() });
        assert!(!clock.tells_of_seen());
        clock.was_seen();
        assert_eq!([clock.tells_of_seen(), clock.tells_of_seen()], [true, false]);
        clock.was_seen();
        assert!(!clock.tells_of_seen());
    }

    #[test]
    fn debits_wait_while_another_machine_may_sign_in_the_lanes() {
        let clock = KeyClock::of("settles", ClockOptions { alone: true, ..ClockOptions::default() });
        let now_ms = super::super::now_ms();
        let since = boot_now();
        clock.settle_lanes(4_000);
        let lease = LaneLease { lanes: 3, spare: 0, above: 0, now_ms, since, holds_ms: 28_000, spare_ms: 2_000 };
        clock.lease_lanes(&lease);
        assert!(!clock.has_lanes() && clock.leased_lanes() == 3 && clock.knows_lanes());
        assert!(clock.take(now_ms).is_ok_and(|stamp| stamp.millis() % 32 < 2), "reads do not");
        clock.settle_lanes(0);
        assert!(clock.has_lanes());
        let last = clock.give_up_lanes_but(0);
        assert!(!clock.has_lanes() && !clock.knows_lanes());
        assert!(clock.take(now_ms).is_ok_and(|stamp| stamp.millis() == last + 1));
    }
}
