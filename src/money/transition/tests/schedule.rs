//! Tests of the times of inquiries. EPS is asked about an open debit without end, about a spent debit (ended by "not found" answers or by a
//! person) for a week, and never about other finished debits.

use super::*;

fn wait(entry: &Entry, now_ms: u64) -> Option<u64> {
    let mut entry = entry.clone();
    Schedule::default().plan(&mut entry, now_ms);
    assert_eq!(entry.next_inquiry_ms, (entry.wait_ms > 0).then(|| now_ms + entry.wait_ms));
    entry.next_inquiry_ms.map(|next| next - now_ms)
}

#[test]
fn inquiries_of_an_open_debit_slow_down_and_never_stop() {
    let of = |inquiries, age| wait(&Entry { inquiries, ..transfer() }, BORN_MS + age);
    for (inquiries, at) in [(0, 2_000), (1, 5_000), (2, 15_000), (3, 30_000), (4, 60_000)] {
        assert_eq!(of(inquiries, 0), Some(at));
        assert_eq!(of(inquiries, at), Some(1_000), "a late inquiry is sent after a second");
    }
    for state in [State::Indeterminate, State::Pending, State::RefundPending] {
        let of = |age| wait(&Entry { inquiries: 9, outcome: state, ..transfer() }, BORN_MS + age);
        for (age, expected) in [
            (0, MINUTE),
            (30 * MINUTE - 1, MINUTE),
            (30 * MINUTE, 15 * MINUTE),
            (DAY - 1, 15 * MINUTE),
            (DAY, HOUR),
            (8 * DAY - 1, HOUR),
            (8 * DAY, DAY),
            (1_000 * DAY, DAY),
        ] {
            assert_eq!(of(age), Some(expected), "{age}");
        }
    }
    // The reservation is dated 30 days in the future. The inquiry does not wait for that time.
    assert_eq!(wait(&transfer(), BORN_MS - 30 * DAY), Some(MINUTE));
}

#[test]
fn a_spent_debit_is_asked_about_for_a_week() {
    let mut entry = given_up("dmt.transfer");
    let ended = entry.ended_ms.unwrap();
    let (mut now, mut asked) = (ended, Vec::new());
    Schedule::default().plan(&mut entry, now);
    while let Some(next) = entry.next_inquiry_ms {
        asked.push((next - ended) / HOUR);
        now = next;
        entry = at(now, &entry, &Observation::NotAsked { time: &boot(now - ended) }).entry;
        assert!(asked.len() < 20);
    }
    assert_eq!(asked, [1, 6, 24, 48, 72, 96, 120, 144, 168, 192]);
    assert_eq!((entry.wait_ms, entry.spent), (0, true));
    // Several overdue inquiries are not sent at once.
    assert_eq!(wait(&given_up("dmt.transfer"), ended + 3 * DAY), Some(MINUTE));
}

/// Processes whose clocks differ may ask shortly after one another. The inquiries that are planned for a week must not be used up in an
/// hour.
#[test]
fn a_spent_debit_is_asked_about_by_the_clock_of_the_store() {
    let ask = |entry: &Entry, after: u64, epoch: &str| {
        let time = StoreTime { epoch: epoch.into(), ms: after, settable: false };
        let now_ms = entry.ended_ms.unwrap() + 2 * DAY;
        let unasked = at(now_ms, entry, &Observation::NotAsked { time: &time }).entry;
        let view = rounds::inquiry(200, UNKNOWN);
        let asked = at(
            now_ms,
            entry,
            &Observation::Inquiry { view: &view, round: None, asked: &time, time: &time, known: None },
        )
        .entry;
        assert_eq!(asked.inquiries, unasked.inquiries);
        asked.inquiries - entry.inquiries
    };
    let spent = given_up("dmt.transfer");
    for (inquiries, hours) in [(0, 1), (1, 6), (2, 24), (3, 48), (4, 72), (9, 192)] {
        let entry = Entry { inquiries, ..spent.clone() };
        let due = hours * HOUR - 5 * MINUTE;
        assert_eq!([due - 1, due].map(|after| ask(&entry, after, "boot")), [0, 1], "{inquiries}");
        assert_eq!(ask(&entry, 0, "another boot"), 1, "readings of two boots cannot be compared");
    }
    let stepped = Entry { silence: Some(begun("print".into(), &boot(DAY))), ..spent.clone() };
    assert_eq!(ask(&stepped, 0, "boot"), 1, "a clock that was set back cannot be compared");
    let declared = Entry { silence: None, ..spent };
    assert_eq!(ask(&declared, 0, "boot"), 1);
}

#[test]
fn what_has_ended_is_not_asked_about() {
    for outcome in [State::Settled, State::Declined, State::Refunded, State::NotSent] {
        let entry = Entry { outcome, ended_ms: Some(BORN_MS), revision: 1, ..transfer() };
        assert_eq!(wait(&entry, BORN_MS + 1), None);
        let spent = Entry { spent: true, ..entry.clone() };
        assert!(wait(&spent, BORN_MS + 1).is_some());
        assert_eq!(Schedule::default().keep_until_ms(&entry), None);
    }
}

#[test]
fn what_is_spent_is_kept_for_ninety_days() {
    let spent = given_up("dmt.transfer");
    let kept = Schedule::default().keep_until_ms(&spent);
    assert_eq!(kept, spent.ended_ms.map(|ended| ended + 90 * DAY));
    let opened = judged(&spent, Way::Inquiry, 200, r#"{"status":0,"data":{"tx_status":"2"}}"#).entry;
    assert_eq!(Schedule::default().keep_until_ms(&opened), None, "an open debit needs no time limit");
    let declared = at(BORN_MS, &transfer(), &Observation::DeclaredNotSent).entry;
    assert_eq!(Schedule::default().keep_until_ms(&declared), Some(BORN_MS + 90 * DAY));
}

#[test]
fn the_first_inquiry_of_what_was_opened_again_comes_at_once() {
    let decision = at(
        BORN_MS + 10 * DAY,
        &given_up("dmt.transfer"),
        &Observation::Inquiry {
            view: &read("getTransaction", &transfer(), 200, &[], r#"{"status":0,"data":{"tx_status":"2"}}"#),
            round: None,
            asked: &boot(0),
            time: &boot(0),
            known: None,
        },
    );
    assert_eq!((decision.entry.inquiries, decision.entry.wait_ms), (0, 1_000));
}

#[test]
fn default_and_derived_schedule_intervals() {
    let usual = Schedule::default();
    assert_eq!((usual.minutely_until_ms, usual.slow_ms), (30 * MINUTE, 15 * MINUTE));
    assert_eq!((usual.not_found_count, usual.not_found_spread_ms), (4, 15 * MINUTE));
    assert_eq!((usual.apart_ms(), usual.own_insert().as_millis()), (30_000, 5_000));
    // With a shorter schedule, "not found" answers may be closer together and still count separately, and the time after the insert of a
    // row in which its request needs no second check of the row is shorter.
    let short = Schedule { not_found_count: 4, not_found_spread_ms: 4_000, ..usual };
    assert_eq!((short.apart_ms(), short.own_insert().as_millis()), (1_000, 1_000));
    assert_eq!(Schedule { not_found_count: 0, ..short }.apart_ms(), 4_000);
    // If `slow_ms` is longer than an hour or a day, it also replaces the hourly or the daily interval.
    let slow = Schedule { slow_ms: 2 * DAY, ..usual };
    for age in [HOUR, 2 * DAY, 9 * DAY] {
        let mut entry = Entry { inquiries: 9, ..transfer() };
        slow.plan(&mut entry, BORN_MS + age);
        assert_eq!(entry.wait_ms, 2 * DAY, "{age}");
    }
}

#[test]
fn a_safe_schedule_outlives_every_signature_by_a_minute() {
    let with = |not_found_count, not_found_spread_ms| {
        Schedule { not_found_count, not_found_spread_ms, ..Schedule::default() }.is_safe()
    };
    assert!(with(2, 4 * MINUTE) && with(4, 15 * MINUTE));
    assert!(!with(2, 4 * MINUTE - 1) && !with(1, 4 * MINUTE) && !with(0, DAY));
    assert_eq!(Schedule::default().declarable_after_ms(), 3 * MINUTE);
}
