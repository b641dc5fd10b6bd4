//! How far the timestamps lead the clock, for whoever notes it where it outlives the page.

use super::KeyClock;
use super::page::MAX_LEAD_MS;
use super::used::FRESH_MS;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

/// A smaller lead is not noted: a fresh page begins above it.
const SMALL_MS: u64 = 1_000;

/// So far ahead it is noted, so that it is written seldom.
const AHEAD_MS: u64 = 5_000;

impl KeyClock {
    /// Whether the page is a fresh one, above which there may have been a lead.
    pub(crate) fn is_fresh(&self) -> bool {
        self.used.page(|page| page.noted.load(Acquire) == 0)
    }

    /// From now on it begins above what was noted.
    pub(crate) fn begin_above(&self, noted: u64, now_ms: u64) {
        self.used.page(|page| {
            // What was noted is ahead of what was used, and a lead is never longer.
            let ahead = noted <= now_ms.saturating_add(MAX_LEAD_MS + AHEAD_MS);
            page.raise(if ahead { noted.min(now_ms.saturating_add(MAX_LEAD_MS)) } else { noted }, now_ms);
            // The seconds that a fresh page begins ahead are nobody's.
            let known = noted.max(page.last().min(now_ms.saturating_add(FRESH_MS))).max(1);
            let _ = page.noted.compare_exchange(0, known, AcqRel, Acquire);
        });
    }

    /// What to note now, told to one of all processes.
    pub(crate) fn lead_to_note(&self, now_ms: u64) -> Option<u64> {
        self.used.page(|page| {
            let (last, noted) = (page.last(), page.noted.load(Acquire));
            let leads = last > now_ms.saturating_add(SMALL_MS) && last - now_ms <= MAX_LEAD_MS;
            // A clock that was far ahead has noted what is no lead any more.
            let known = last <= noted && noted <= now_ms.saturating_add(MAX_LEAD_MS + AHEAD_MS);
            let note = last + AHEAD_MS;
            let told = leads && !known && noted != 0;
            (told && page.noted.compare_exchange(noted, note, AcqRel, Acquire).is_ok()).then_some(note)
        })
    }

    /// It could not be noted.
    pub(crate) fn lead_is_not_noted(&self) {
        self.used.page(|page| page.noted.store(1, Release));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ClockOptions, now_ms};
    use super::*;

    #[test]
    fn a_lead_of_more_than_a_second_is_noted_five_seconds_ahead() {
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
    fn a_lead_is_noted_seldom_and_a_fresh_page_begins_above_it() {
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
        // What was not written is noted later.
        clock.lead_is_not_noted();
        assert_eq!(clock.lead_to_note(now), Some(noted));
        // More than a minute ahead it was a wrong clock.
        for (noted, first) in [(noted, noted + 1), (now + 3_600_000, now)] {
            let fresh = of(&format!("fresh {noted}"));
            fresh.begin_above(noted, now);
            assert_eq!(take(&fresh), first);
        }
    }
}
