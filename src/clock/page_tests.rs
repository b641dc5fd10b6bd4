use super::*;
use crate::clock::ended::RANGES;
use crate::clock::lanes::Lanes;
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::Mutex;

fn page() -> ClockPage {
    ClockPage::new(0)
}

fn take(page: &ClockPage, now: u64) -> Result<u64, u64> {
    page.take(now, all)
}

fn all() -> Signing {
    Lanes::ALL.into()
}

#[test]
fn a_burst_leads_the_clock_by_at_most_a_minute() {
    let page = page();
    for lead in 0..=MAX_LEAD_MS {
        assert_eq!(take(&page, 1_000_000), Ok(1_000_000 + lead));
    }
    assert_eq!(take(&page, 1_000_000), Err(1));
    assert_eq!(take(&page, 1_000_001), Ok(1_060_001));
    // After a step back by more than a minute, unused earlier timestamps are given out. If none of them is at most a minute ahead of the
    // clock, the caller must wait.
    assert_eq!(take(&page, 999_000), Ok(999_000));
    assert_eq!(take(&page, 1_000_000), Err(2));
    assert_eq!(take(&page, 1_000_002), Ok(1_060_002));
}

#[test]
fn a_clock_stepped_back_uses_free_lower_values() {
    let page = page();
    assert_eq!(take(&page, 5_000_000), Ok(5_000_000));
    assert_eq!(take(&page, 1_000_000), Ok(1_000_000));
    assert_eq!(take(&page, 5_000_000), Ok(5_000_001));
    assert_eq!(take(&page, 1_000_000), Ok(1_000_001));
    // A step back by less than a minute is ignored: the next timestamp follows the last timestamp.
    assert_eq!(take(&page, 990_000), Ok(1_000_002));
}

#[test]
fn a_wrong_date_does_not_stop_timestamps() {
    let page = page();
    let real = 10_000_000;
    for step in 0..2_000 {
        // Every third time, an offset of an hour is added to the clock.
        let ahead = if step % 3 == 0 { 3_600_000 } else { 0 };
        let now = real + step * 7 + ahead;
        assert!(take(&page, now).is_ok_and(|stamp| stamp < now + 10_000), "{step}");
    }
    for step in 0..3_600_000 / 500 {
        let now = real + step * 500 + 20_000;
        assert!(take(&page, now).is_ok_and(|stamp| stamp < now + 30_000), "{step}");
    }
}

#[test]
fn page_numbers_match_the_mapped_layout() {
    let page = page();
    assert_eq!(page.numbers().len() * 8, size_of::<ClockPage>());
    assert_eq!(page.ended.numbers().count(), 2 * 32, "the page stores two numbers for each of 32 ended ranges");
    take(&page, 1_000_000).unwrap();
    page.leased.store(7, Relaxed);
    let numbers = page.numbers();
    let fields: Vec<u64> = [&page.magic, &page.running].map(|number| number.load(Relaxed)).into();
    assert_eq!((&numbers[..2], numbers[3]), (&fields[..], 7));
    assert_eq!(numbers[0], MAGIC);
}

#[test]
fn servers_have_offsets_of_their_own_as_long_as_there_is_room() {
    let page = page();
    for server in 1..=4_u64 {
        page.offset_of(server).unwrap().ahead_ms.store(-(server as i64), Relaxed);
    }
    assert_eq!(page.offset_of(2).unwrap().ahead_ms.load(Relaxed), -2);
    assert!(page.offset_of(99).is_none());
}

#[test]
fn a_past_clock_error_does_not_block_timestamps_for_an_hour() {
    let page = page();
    let real = 10_000_000_000;
    // The clock is an hour ahead for ten minutes.
    for step in 0..600 {
        take(&page, real + 3_600_000 + step * 1_000).unwrap();
    }
    assert_eq!(take(&page, real + 600_000), Ok(real + 600_000));
    let later = real + 3_600_000 + 300_000;
    assert_eq!(take(&page, later), Err(300_000 - 1_000 - 60_000 + 1));
    // The timestamps of the wrong clock are forgotten after five minutes. A machine that booted less than five minutes ago cannot test
    // that.
    if boot_ms() <= 300_001 {
        return;
    }
    let ended = page.ended.numbers().next().unwrap();
    page.ended.set(0, ended, boot_ms() - 300_001);
    assert_eq!(take(&page, later), Ok(later));
}

#[test]
fn a_mark_far_ahead_does_not_block_timestamps() {
    let page = page();
    let now = 10_000_000;
    take(&page, now).unwrap();
    // Another machine, whose clock was an hour ahead, reports its last timestamp.
    page.raise(now + 3_600_000, now);
    assert_eq!(take(&page, now), Ok(now + 1));
    page.raise(now + 40_000, now);
    assert_eq!(take(&page, now), Ok(now + 40_001));
    page.raise(now, now);
    assert_eq!(take(&page, now), Ok(now + 40_002));
    // Moves the current range of used timestamps an hour ahead.
    take(&page, now + 3_600_000).unwrap();
    page.raise(now + 50_000, now);
    assert_eq!(take(&page, now), Ok(now + 50_001));
}

#[test]
fn unowned_lanes_are_used_only_near_the_clock() {
    let page = page();
    let far = Lanes::of_bits(1).unwrap();
    let signing = || Signing { far, near: Lanes::ALL };
    let now = 32_000_000;
    let taken: Vec<u64> = (0..1_100).map(|_| page.take(now, signing).unwrap()).collect();
    assert_eq!(taken[..=1_000], (now..=now + 1_000).collect::<Vec<_>>());
    assert!(taken[1_001..].iter().all(|stamp| stamp % 32 == 0));
    // `skip` marks one timestamp as used.
    page.skip();
    assert_eq!(page.last(), taken[1_099] + 1);
}

#[test]
fn concurrent_clock_steps_yield_unique_values() {
    let (page, seen) = (page(), Mutex::new(HashSet::new()));
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let (page, seen) = (&page, &seen);
            scope.spawn(move || {
                let mut own = Vec::new();
                for step in 0..5_000 {
                    // The clock of each thread steps by hours, at different moments.
                    let now = 10_000_000 + step + (step / (20 + thread) % 3) * 3_600_000;
                    own.extend(take(page, now));
                }
                let mut seen = seen.lock().unwrap();
                own.into_iter().for_each(|stamp| assert!(seen.insert(stamp), "timestamp {stamp} was given out twice"));
            });
        }
    });
    assert!(seen.lock().unwrap().len() > 19_000);
}

proptest! {
    #[test]
    fn timestamps_are_unique_and_within_the_lead_limit(
        clock in prop::collection::vec((0u64..400_000, 0usize..4), 1..600),
        bits in prop::collection::vec(1u32.., 4),
    ) {
        let page = page();
        let mut seen = HashSet::new();
        for (now, lanes) in clock {
            let lanes = Lanes::of_bits(if lanes == 0 { u32::MAX } else { bits[lanes] }).unwrap();
            match page.take(now, || lanes.into()) {
                Ok(stamp) => {
                    prop_assert!(stamp >= now && stamp - now <= MAX_LEAD_MS);
                    prop_assert!(lanes.bits() >> (stamp % 32) & 1 == 1);
                    prop_assert!(seen.insert(stamp));
                }
                Err(wait) => prop_assert!(wait > 0),
            }
        }
    }

    /// Checks that all operations end, even if the memory with the used timestamps has arbitrary content. A killed process may leave such
    /// content.
    #[test]
    fn take_terminates_for_any_page_contents(
        numbers in prop::collection::vec(any::<u64>(), 3 + 2 * RANGES), now in 1_000_000_000_000u64..2_000_000_000_000,
    ) {
        let page = page();
        page.running.store(numbers[0], Relaxed);
        for (at, pair) in numbers[3..].chunks(2).enumerate() {
            page.ended.set(at, pair[0], pair[1]);
        }
        page.raise(numbers[1], now);
        page.skip();
        for now in [now, now + 3_600_000, now - 3_600_000, now, numbers[2], now] {
            if let Ok(stamp) = take(&page, now) {
                prop_assert!(stamp >= now && stamp - now <= MAX_LEAD_MS);
            }
        }
    }
}
