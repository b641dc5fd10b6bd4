//! Lead: the time by which the last used timestamp is ahead of the clock. A lead arises when requests use timestamps faster than the clock advances.
//!
//! Used timestamps are stored on a page: memory that all processes of this machine share. The caller also notes a large lead in the journal, because
//! the page may be lost, for example at a reboot.

use super::KeyClock;
use super::page::MAX_LEAD_MS;
use super::used::FRESH_MS;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

/// Largest lead (time by which the last used timestamp is ahead of the clock), in milliseconds, that is not written to the journal. If the
/// page of used timestamps is lost, the first timestamp of the new page is even further ahead ([`FRESH_MS`]).
const SMALL_MS: u64 = 1_000;

/// Milliseconds that are added to the last used timestamp before it is written to the journal. Because of this margin, the journal is
/// written rarely.
const AHEAD_MS: u64 = 5_000;

impl KeyClock {
    /// Returns true if the page of used timestamps is new, and the timestamp in the journal was not yet applied to it with `begin_above`.
    /// The timestamp in the journal may be later than all timestamps on the page.
    pub(crate) fn is_fresh(&self) -> bool {
        self.used.page(|page| page.noted.load(Acquire) == 0)
    }

    /// Marks all timestamps up to `noted`, the timestamp in the journal, as used. Marks none if `noted` is too far from `now_ms`, because `noted`
    /// then comes from a wrong clock.
    pub(crate) fn begin_above(&self, noted: u64, now_ms: u64) {
        self.used.page(|page| {
            // A valid `noted` is `AHEAD_MS` later than the last used timestamp, which was at most `MAX_LEAD_MS` ahead of the clock.
            let ahead = noted <= now_ms.saturating_add(MAX_LEAD_MS + AHEAD_MS);
            page.raise(if ahead { noted.min(now_ms.saturating_add(MAX_LEAD_MS)) } else { noted }, now_ms);
            // The first timestamp of a new page is `FRESH_MS` ahead of the clock. This distance needs no entry in the journal, because no
            // request has used the timestamps that it skips.
            let known = noted.max(page.last().min(now_ms.saturating_add(FRESH_MS))).max(1);
            let _ = page.noted.compare_exchange(0, known, AcqRel, Acquire);
        });
    }

    /// Returns the timestamp that the caller must write to the journal now; `None` if there is nothing to write. If several processes share
    /// the page of used timestamps, only one of them gets the timestamp.
    pub(crate) fn lead_to_note(&self, now_ms: u64) -> Option<u64> {
        self.used.page(|page| {
            let (last, noted) = (page.last(), page.noted.load(Acquire));
            let leads = last > now_ms.saturating_add(SMALL_MS) && last - now_ms <= MAX_LEAD_MS;
            // If the timestamp in the journal is far ahead of the clock, it comes from a wrong clock and is ignored.
            let known = last <= noted && noted <= now_ms.saturating_add(MAX_LEAD_MS + AHEAD_MS);
            let note = last + AHEAD_MS;
            let told = leads && !known && noted != 0;
            (told && page.noted.compare_exchange(noted, note, AcqRel, Acquire).is_ok()).then_some(note)
        })
    }

    /// Records that the caller could not write the timestamp from `lead_to_note` to the journal, so that `lead_to_note` returns it again.
    pub(crate) fn lead_is_not_noted(&self) {
        self.used.page(|page| page.noted.store(1, Release));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ClockOptions, now_ms};
    use super::*;

    #[test]
    fn a_lead_over_1_s_is_recorded_with_5_s_of_margin() {
        let clock = KeyClock::of("small leads", ClockOptions { alone: true, ..ClockOptions::default() });
        let now = now_ms();
        assert!(clock.take(now).is_ok());
        clock.begin_above(0, now);
        clock.used.page(|page| page.raise(now + 1_000, now));
        assert_eq!(clock.lead_to_note(now), None);
        clock.used.page(|page| page.raise(now + 1_001, now));
        assert_eq!(clock.lead_to_note(now), Some(now + 6_001));
    }

    #[test]
    fn a_recorded_lead_is_the_lower_bound_of_a_fresh_page() {
        let of = |name: &str| KeyClock::of(name, ClockOptions { alone: true, ..ClockOptions::default() });
        let (clock, now) = (of("leads"), now_ms());
        let take = |clock: &KeyClock| clock.take(now).map(|stamp| stamp.millis()).unwrap_or_default();
        take(&clock);
        assert!(clock.is_fresh());
        clock.begin_above(0, now);
        assert_eq!((clock.is_fresh(), clock.lead_to_note(now)), (false, None));
        let last = (0..2_002).map(|_| take(&clock)).max().unwrap_or_default();
        let noted = clock.lead_to_note(now).unwrap_or_default();
        assert_eq!((noted, clock.lead_to_note(now)), (last + AHEAD_MS, None));
        // A lead that could not be written to the journal is returned again.
        clock.lead_is_not_noted();
        assert_eq!(clock.lead_to_note(now), Some(noted));
        // The first timestamp from the journal is valid and is applied. The second one comes from a wrong clock and is ignored.
        for (noted, first) in [(noted, noted + 1), (now + 3_600_000, now)] {
            let fresh = of(&format!("fresh {noted}"));
            fresh.begin_above(noted, now);
            assert_eq!(take(&fresh), first);
        }
    }
}
