//! Lease of lanes. A lane is a share of the milliseconds that requests are signed with. Machines that use one developer key lease different lanes in
//! a store that all of them use.
//!
//! The lease is stored on the page: memory that all processes of this machine share. A look is a check of the lease in the store. One process of the
//! machine does each look, and the other processes read the result from the page.

use super::KeyClock;
use super::page::boot_ms;
use super::used::{is_ahead, leased};
use std::sync::atomic::Ordering;

/// Interval between checks of the lane lease, in milliseconds.
const LOOK_MS: u64 = 900;

/// Time in milliseconds after which an unfinished lease check counts as abandoned and another process may begin a new check. The process that began
/// the unfinished check has then ended or is suspended.
const GONE_MS: u64 = 4_000;

/// Lanes in which this machine may sign, and the time for which the lease is valid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneLease {
    /// Lanes that this machine has leased, as bits.
    pub(crate) lanes: u32,
    /// Lanes that no machine has leased, as bits.
    pub(crate) spare: u32,
    /// Last timestamp that an earlier holder of the lanes may have used, as determined at the time `now_ms`. This machine must sign only
    /// with later timestamps.
    pub(crate) above: u64,
    pub(crate) now_ms: u64,
    /// Moment from which `holds_ms` and `spare_ms` are counted, as a value of [`boot_now`].
    pub(crate) since: u64,
    /// Duration of the lease of `lanes`, in milliseconds.
    pub(crate) holds_ms: u64,
    /// Duration for which the lanes in `spare` may be used, in milliseconds.
    pub(crate) spare_ms: u64,
}

impl KeyClock {
    /// Returns the name under which this machine leases lanes.
    pub(crate) fn machine(&self) -> String {
        format!("{:016x}", self.used.page(|page| page.machine.load(Ordering::Relaxed)))
    }

    /// Returns true if no other machine signs in the lanes of this clock: the lanes are set by an option, or the lease is valid and debits no longer
    /// wait for the lanes (see [`settle_lanes`](KeyClock::settle_lanes)).
    pub(crate) fn has_lanes(&self) -> bool {
        self.lanes.is_some() || self.used.page(|page| leased(page).is_some() && !is_ahead(&page.settled))
    }

    /// Returns true if an option sets the lanes of this key, so that the machine leases none.
    pub(crate) fn has_own_lanes(&self) -> bool {
        self.lanes.is_some()
    }

    /// Counts a client that starts (`more` is true) or stops (`more` is false) leasing lanes. Returns true if the last leasing client on
    /// this machine has stopped.
    pub(crate) fn uses_lanes(&self, more: bool) -> bool {
        self.used.leases(more)
    }

    /// Begins a lease check if a check is due and no other process of this machine is doing one. Returns the value to pass to
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

    /// Returns true if no lease check was begun after the check `look`. Otherwise the result of `look` is outdated.
    pub(crate) fn is_last_look(&self, look: u64) -> bool {
        self.used.page(|page| page.looked_after.load(Ordering::Acquire) == look)
    }

    /// Ends the check `look` of the lane lease. If this machine has no leased lanes, that result is valid for all its processes until the
    /// next check is due.
    pub(crate) fn looked_after_lanes(&self, look: u64) {
        self.used.page(|page| {
            let _ = page.looked_after.compare_exchange(look, look & !1, Ordering::AcqRel, Ordering::Acquire);
            if page.leased.load(Ordering::Acquire) == 0 {
                page.leased_until.store(boot_ms().saturating_add(LOOK_MS), Ordering::Release);
            }
        });
    }

    /// Returns true if the result of the last lease check is still valid, even if this machine has no leased lanes.
    pub(crate) fn knows_lanes(&self) -> bool {
        self.used.page(|page| is_ahead(&page.leased_until))
    }

    /// Returns the lanes that this machine has leased, as bits; 0 if there are none or the lease has ended.
    pub(crate) fn leased_lanes(&self) -> u32 {
        self.used.page(leased).map_or(0, |signing| signing.far.bits())
    }

    /// Makes all processes of this machine sign in the lanes of this lease.
    pub(crate) fn lease_lanes(&self, lease: &LaneLease) {
        self.used.page(|page| {
            page.raise(lease.above, lease.now_ms);
            page.leased.store(u64::from(lease.spare) << 32 | u64::from(lease.lanes), Ordering::Release);
            page.leased_until.store(lease.since.saturating_add(lease.holds_ms), Ordering::Release);
            page.spare_until.store(lease.since.saturating_add(lease.spare_ms), Ordering::Release);
        });
    }

    /// Makes debits wait for `in_ms` milliseconds, because another machine may still sign in the leased lanes. 0 ends the wait.
    pub(crate) fn settle_lanes(&self, in_ms: u64) {
        let at = if in_ms == 0 { 0 } else { boot_ms().saturating_add(in_ms) };
        self.used.page(|page| page.settled.store(at, Ordering::Release));
    }

    /// Gives up all leased lanes except those in `kept`. Returns the last timestamp that counts as used on this machine.
    pub(crate) fn give_up_lanes_but(&self, kept: u32) -> u64 {
        self.used.page(|page| {
            // Removes bits instead of storing a new value. So a process that resumes here after a suspension does not restore lanes that
            // another process has given up.
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
    /// Returns three values of [`boot_now`]: the end of the lease, the end of the use of unleased lanes, and the end of the wait of debits.
    pub(crate) fn lane_moments(&self) -> [u64; 3] {
        self.used.page(|page| {
            [&page.leased_until, &page.spare_until, &page.settled].map(|moment| moment.load(Ordering::Acquire))
        })
    }

    /// Sets the start of the last lease check to `ago_ms` milliseconds ago. `under_way` says whether that check is unfinished.
    pub(crate) fn set_looked(&self, ago_ms: u64, under_way: bool) {
        let begun = boot_ms().saturating_sub(ago_ms);
        self.used.page(|page| page.looked_after.store(begun << 1 | u64::from(under_way), Ordering::Release));
    }
}

/// Returns the time of the clock that leases are measured with, in milliseconds.
pub(crate) fn boot_now() -> u64 {
    boot_ms()
}

#[cfg(test)]
mod tests {
    use super::super::ClockOptions;
    use super::*;

    #[test]
    fn one_process_checks_lanes_and_stale_results_are_dropped() {
        let clock = KeyClock::of("looks", ClockOptions { alone: true, ..ClockOptions::default() });
        let look = clock.looks_after_lanes().unwrap_or_default();
        let age = |by: u64| clock.used.page(|page| page.looked_after.fetch_sub(by << 1, Ordering::Relaxed));
        assert!(clock.is_last_look(look) && clock.looks_after_lanes().is_none() && !clock.knows_lanes());
        // No second check begins while a check is under way, until the first check counts as abandoned.
        age(LOOK_MS);
        assert!(clock.looks_after_lanes().is_none());
        age(GONE_MS);
        std::thread::sleep(std::time::Duration::from_millis(2));
        let next = clock.looks_after_lanes().unwrap_or_default();
        assert!(!clock.is_last_look(look) && clock.is_last_look(next));
        clock.looked_after_lanes(look);
        assert!(clock.is_last_look(next));
        clock.looked_after_lanes(next);
        // The result that no lanes are leased is valid until the next check is due.
        assert!(clock.knows_lanes() && !clock.has_lanes() && clock.looks_after_lanes().is_none());
        age(LOOK_MS);
        assert!(clock.looks_after_lanes().is_some());
    }

    #[test]
    fn a_lane_check_is_due_within_a_second() {
        let clock = KeyClock::of("most of a second", ClockOptions { alone: true, ..ClockOptions::default() });
        clock.set_looked(600, false);
        assert!(clock.looks_after_lanes().is_none());
        clock.set_looked(900, false);
        assert!(clock.looks_after_lanes().is_some());
    }

    #[test]
    fn a_lane_check_stalled_for_4_s_is_taken_over() {
        let clock = KeyClock::of("stands still", ClockOptions { alone: true, ..ClockOptions::default() });
        clock.set_looked(3_700, true);
        assert!(clock.looks_after_lanes().is_none());
        clock.set_looked(4_000, true);
        assert!(clock.looks_after_lanes().is_some());
    }

    #[test]
    fn a_seen_timestamp_is_reported_once() {
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
        assert!(clock.take(now_ms).is_ok_and(|stamp| stamp.millis() % 32 < 2), "reads do not wait for the lanes");
        clock.settle_lanes(0);
        assert!(clock.has_lanes());
        let last = clock.give_up_lanes_but(0);
        assert!(!clock.has_lanes() && !clock.knows_lanes());
        assert!(clock.take(now_ms).is_ok_and(|stamp| stamp.millis() == last + 1));
    }
}
