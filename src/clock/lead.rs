//! Lead of the timestamps over the clock. The caller notes it in the journal, which outlives the page.

use super::KeyClock;
use super::page::MAX_LEAD_MS;
use super::used::FRESH_MS;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

/// Largest lead that is not noted, because a fresh page begins above it.
const SMALL_MS: u64 = 1_000;

/// Margin that is added to a noted lead, so that it is written seldom.
const AHEAD_MS: u64 = 5_000;

impl KeyClock {
    /// Returns true if the page is fresh. The timestamp that is noted in the journal may be above it.
    pub(crate) fn is_fresh(&self) -> bool {
        self.used.page(|page| page.noted.load(Acquire) == 0)
    }

    /// Makes the page begin above the noted timestamp.
    pub(crate) fn begin_above(&self, noted: u64, now_ms: u64) {
        self.used.page(|page| {
            // A noted timestamp is ahead of the used ones by `AHEAD_MS`, and a lead is never longer than `MAX_LEAD_MS`.
            let ahead = noted <= now_ms.saturating_add(MAX_LEAD_MS + AHEAD_MS);
            page.raise(if ahead { noted.min(now_ms.saturating_add(MAX_LEAD_MS)) } else { noted }, now_ms);
            // No timestamp was used in the time by which a fresh page begins ahead, so it needs no note.
            let known = noted.max(page.last().min(now_ms.saturating_add(FRESH_MS))).max(1);
            let _ = page.noted.compare_exchange(0, known, AcqRel, Acquire);
        });
    }

    /// Returns the timestamp to note now. Only one of all processes gets it.
    pub(crate) fn lead_to_note(&self, now_ms: u64) -> Option<u64> {
        self.used.page(|page| {
            let (last, noted) = (page.last(), page.noted.load(Acquire));
            let leads = last > now_ms.saturating_add(SMALL_MS) && last - now_ms <= MAX_LEAD_MS;
            // If the clock was far ahead, the timestamp that was noted then is no lead any more.
            let known = last <= noted && noted <= now_ms.saturating_add(MAX_LEAD_MS + AHEAD_MS);
            let note = last + AHEAD_MS;
            let told = leads && !known && noted != 0;
            (told && page.noted.compare_exchange(noted, note, AcqRel, Acquire).is_ok()).then_some(note)
        })
    }

    /// Records that the lead could not be noted, so that it is noted later.
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
        // A lead that was not written is noted later.
        clock.lead_is_not_noted();
        assert_eq!(clock.lead_to_note(now), Some(noted));
        // A timestamp that is more than a minute ahead comes from a wrong clock.
        for (noted, first) in [(noted, noted + 1), (now + 3_600_000, now)] {
            let fresh = of(&format!("fresh {noted}"));
            fresh.begin_above(noted, now);
            assert_eq!(take(&fresh), first);
        }
    }
}
