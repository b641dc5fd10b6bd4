//! Tests of silence, a series of equal "not found" answers of EPS about a debit: the time that silence must last, the clock that measures
//! the time, and the signs of the debit after which silence proves nothing.

use super::rounds::{AnsweredRound, FOUND, inquiry};
use super::*;

/// Judges the answer `body` to an inquiry. A round is used only if the code under test wants one, as in production.
fn ask(entry: &Entry, body: &str, round: &AnsweredRound, time: &StoreTime) -> Decision {
    let view = inquiry(200, body);
    let round = wants_round(entry, &view, time, &Schedule::default()).then(|| round.comparison(Some("50"), &[]));
    asked(entry, &view, round.as_ref(), time)
}

/// Makes an inquiry at each of these times of the store's clock, and returns the last decision.
fn ask_at(times: impl IntoIterator<Item = StoreTime>) -> Decision {
    let mut last = None;
    let mut entry = transfer();
    for time in times {
        let decision = ask(&entry, UNKNOWN, &AnsweredRound::honest(), &time);
        entry = decision.entry.clone();
        last = Some(decision);
    }
    last.unwrap()
}

#[test]
fn silence_of_15_minutes_between_two_rounds_ends_a_debit() {
    let decision = ask_at((0..=15).map(|minute| boot(minute * MINUTE)));
    let entry = &decision.entry;
    assert_eq!((entry.outcome, entry.spent, entry.reusable, entry.revision), (State::NotSent, true, false, 1));
    assert_eq!((decision.ended, entry.inquiries, decision.alarms.len()), (true, 0, 0));
    assert_eq!(entry.history.last().unwrap().by, "silence");
    let early = ask_at((0..15).map(|minute| boot(minute * MINUTE)).chain([boot(15 * MINUTE - 1)]));
    assert_eq!((early.entry.outcome, early.entry.silence.is_some()), (State::Indeterminate, true));
}

#[test]
fn four_answers_are_needed_and_near_ones_count_once() {
    let outcome = |times: &[u64]| ask_at(times.iter().map(|ms| boot(*ms))).entry.outcome;
    assert_eq!(outcome(&[0, 8 * MINUTE, 16 * MINUTE]), State::Indeterminate);
    assert_eq!(outcome(&[0, 8 * MINUTE, 12 * MINUTE, 16 * MINUTE]), State::NotSent);
    assert_eq!(outcome(&[0, 1_000, 2_000, 29_999, 16 * MINUTE]), State::Indeterminate);
    assert_eq!(outcome(&[0, 30_000, 60_000, 16 * MINUTE]), State::NotSent);
}

#[test]
fn the_first_and_the_last_round_must_prove() {
    let mut bad = AnsweredRound::honest();
    bad.before = None;
    // The first "not found" answer is not counted until a round proves absence.
    let mut entry = transfer();
    for minute in 0..20 {
        entry = ask(&entry, UNKNOWN, &bad, &boot(minute * MINUTE)).entry;
        assert_eq!((entry.outcome, &entry.silence, entry.why), (State::Indeterminate, &None, Some(Why::NoAnswer)));
    }
    // The debit stays open until a last round proves absence.
    let mut entry = ask(&transfer(), UNKNOWN, &AnsweredRound::honest(), &boot(0)).entry;
    assert_eq!((entry.silence.is_some(), entry.why), (true, None));
    for minute in 1..30 {
        entry = ask(&entry, UNKNOWN, &bad, &boot(minute * MINUTE)).entry;
        assert_eq!(entry.outcome, State::Indeterminate);
        assert_eq!(entry.why, (minute >= 15).then_some(Why::NoAnswer), "{minute}");
    }
    // Between the first and the last answer, no round is needed, and an answer without a round counts.
    assert!(!wants_round(
        &ask_at([boot(0), boot(MINUTE)]).entry,
        &inquiry(200, UNKNOWN),
        &boot(2 * MINUTE),
        &Schedule::default()
    ));
    assert_eq!(ask(&entry, UNKNOWN, &AnsweredRound::honest(), &boot(30 * MINUTE)).entry.outcome, State::NotSent);
}

#[test]
fn a_different_answer_restarts_the_silence_count() {
    let other = UNKNOWN.replace("none", "general failure");
    let before = ask_at((0..=14).map(|minute| boot(minute * MINUTE))).entry;
    let mut entry = asked(&before, &inquiry(200, &other), None, &boot(14 * MINUTE)).entry;
    assert_eq!((entry.outcome, &entry.silence, entry.why), (State::Indeterminate, &None, None));
    entry = ask(&entry, UNKNOWN, &AnsweredRound::honest(), &boot(16 * MINUTE)).entry;
    assert_eq!(entry.silence.as_ref().map(|silence| (silence.answers, silence.counted_ms)), Some((1, 0)));
    // If a round proves that the different answer also means absence, counting starts again with the different answer.
    let mut round = AnsweredRound::honest();
    round.made_up = Some((200, other.replace("REF-1", "XYZ-7")));
    let view = inquiry(200, &other);
    let anew = asked(&entry, &view, Some(&round.comparison(None, &[])), &boot(40 * MINUTE)).entry;
    assert_eq!(anew.silence.as_ref().map(|silence| (silence.answers, silence.counted_ms)), Some((1, 0)));
    assert_eq!(anew.outcome, State::Indeterminate);
}

/// Only EPS's answers about our reference count. A gateway's answer, or no answer, neither counts nor restarts the count.
#[test]
fn a_missing_answer_neither_counts_nor_restarts_the_count() {
    let before = ask_at((0..=10).map(|minute| boot(minute * MINUTE))).entry;
    for decision in [
        asked(&before, &inquiry(503, "<html>"), None, &boot(11 * MINUTE)),
        at(BORN_MS + 11 * MINUTE, &before, &Observation::NotAsked { time: &boot(0) }),
    ] {
        assert_eq!((&decision.entry.silence, decision.entry.why), (&before.silence, Some(Why::NoAnswer)));
        assert_eq!(decision.entry.inquiries, before.inquiries + 1);
    }
}

#[test]
fn a_clock_of_another_boot_counts_nothing_in_between() {
    let other = |ms| StoreTime { epoch: "next".into(), ..boot(ms) };
    let times = (0..=14).map(|minute| boot(minute * MINUTE)).chain([other(DAY)]);
    let entry = ask_at(times.clone()).entry;
    assert_eq!(entry.silence.as_ref().map(|silence| silence.counted_ms), Some(14 * MINUTE));
    assert_eq!(ask_at(times.chain([other(DAY + MINUTE)])).entry.outcome, State::NotSent, "counting continues");
}

#[test]
fn a_settable_clock_counts_at_most_5_minutes_per_gap() {
    let set = |ms| StoreTime { settable: true, ..boot(ms) };
    let counted = |times: &[StoreTime]| ask_at(times.to_vec()).entry.silence.map(|silence| silence.counted_ms);
    assert_eq!(counted(&[set(0), set(DAY)]), Some(5 * MINUTE));
    assert_eq!(counted(&[set(DAY), set(0), set(MINUTE)]), Some(MINUTE));
    assert_eq!(counted(&[set(0), set(DAY), set(0)]), Some(5 * MINUTE), "setting the clock back subtracts nothing");
    assert_eq!(counted(&[set(0), set(DAY), set(0), set(DAY)]), Some(10 * MINUTE));
    assert_eq!(counted(&[boot(0), boot(10 * MINUTE)]), Some(10 * MINUTE), "an unsettable clock counts the whole gap");
    assert_eq!(counted(&[boot(DAY), boot(0)]), Some(0));
    assert_eq!(ask_at([set(0), set(HOUR), set(2 * HOUR), set(3 * HOUR)]).entry.outcome, State::NotSent);
    assert_eq!(ask_at([set(0), set(HOUR), set(2 * HOUR)]).entry.outcome, State::Indeterminate);
}

/// A process that stalls after it has read the clock records an answer with an old reading of the clock. Other processes may have counted
/// the time since that reading, so the time is not counted again.
#[test]
fn what_was_counted_is_not_counted_again_from_an_older_reading() {
    for settable in [false, true] {
        let time = |minute: u64| StoreTime { settable, ..boot(minute * MINUTE) };
        let counted = |entry: &Entry| entry.silence.as_ref().map(|silence| silence.counted_ms / MINUTE);
        for (read, others) in [(0, 2..=10), (2, 3..=10), (10, 11..=13)] {
            let mut row = ask_at((0..=read).map(time)).entry;
            let known = row.silence.clone();
            // Other processes make inquiries while this process has stalled.
            others.for_each(|minute| row = ask(&row, UNKNOWN, &AnsweredRound::honest(), &time(minute)).entry);
            let view = inquiry(200, UNKNOWN);
            let late = |asked: &StoreTime| {
                let round = AnsweredRound::honest().comparison(Some("50"), &[]);
                let evidence = Observation::Inquiry {
                    view: &view,
                    round: Some(&round),
                    asked,
                    time: asked,
                    known: known.as_ref(),
                };
                at(BORN_MS, &row, &evidence).entry
            };
            for minute in 0..=read + 1 {
                assert_eq!(late(&time(minute)).silence, row.silence, "{settable} {read} {minute}");
            }
            let next = late(&time(read));
            let minute = counted(&row).unwrap() + 1;
            let next = ask(&next, UNKNOWN, &AnsweredRound::honest(), &time(minute)).entry;
            assert_eq!(counted(&next), Some(minute), "{settable} {read}");
        }
    }
}

/// Answers that show a sign of the debit (that EPS knows it), with and without a contradiction.
const SIGNS: [&str; 6] = [
    r#"{"status":0,"data":{"tid":"77"}}"#,
    r#"{"status":0,"data":{"tx_status":"2"}}"#,
    r#"{"status":0,"data":{"client_ref_id":"REF-2","tid":"9"}}"#,
    r#"{"status":0,"data":{"client_ref_id":"REF-1"}}"#,
    r#"{"status":168,"data":[{"tid":"9"}]}"#,
    r#"{"status":1,"tid":[]}"#,
];

#[test]
fn any_sign_of_life_ends_the_inference_for_good() {
    for sign in SIGNS {
        for way in WAYS {
            let before = ask_at((0..=14).map(|minute| boot(minute * MINUTE))).entry;
            let mut entry = judged(&before, way, 200, sign).entry;
            let seen = entry.clone();
            assert!(entry.seen, "{sign}");
            for minute in 15..60 {
                let view = inquiry(200, UNKNOWN);
                assert!(!wants_round(&entry, &view, &boot(minute * MINUTE), &Schedule::default()), "{sign}");
                let round = AnsweredRound::honest().comparison(Some("50"), &[]);
                entry = asked(&entry, &view, Some(&round), &boot(minute * MINUTE)).entry;
                assert_eq!(
                    (entry.outcome, entry.tid.clone(), entry.why),
                    (seen.outcome, seen.tid.clone(), seen.why),
                    "{sign}"
                );
                assert!(entry.next_inquiry_ms.is_some(), "EPS is still asked about the debit");
            }
        }
    }
}

/// An answer to the debit's own request that says only "success" is a sign of the debit too.
#[test]
fn an_own_success_without_details_is_a_sign_of_life() {
    let entry = judged(&transfer(), Way::Own, 200, r#"{"status":0,"response_type_id":9999,"data":{}}"#).entry;
    assert_eq!((entry.outcome, entry.seen), (State::Indeterminate, true));
    let page = judged(&transfer(), Way::Own, 200, "<html>").entry;
    assert!(!page.seen, "an HTML page is no sign of the debit");
}

#[test]
fn finding_a_made_up_reference_voids_the_round_with_an_alarm() {
    let mut round = AnsweredRound::honest();
    round.made_up = Some((200, FOUND.replace("KNOWN", "XYZ-7")));
    for (before, time) in
        [(transfer(), boot(0)), (ask_at((0..=14).map(|minute| boot(minute * MINUTE))).entry, boot(20 * MINUTE))]
    {
        let decision = ask(&before, UNKNOWN, &round, &time);
        assert_eq!(reasons(&decision), [Reason::MadeUpFound]);
        assert_eq!((decision.entry.outcome, decision.entry.why), (State::Indeterminate, Some(Why::NoControl)));
    }
    assert!(ask(&transfer(), UNKNOWN, &round, &boot(0)).entry.silence.is_none());
}

#[test]
fn an_inconclusive_inquiry_gives_its_reason() {
    let void = |round: Option<&AnsweredRound>, body: &str| {
        let round = round.map(|round| round.comparison(Some("50"), &[]));
        asked(&transfer(), &inquiry(200, body), round.as_ref(), &boot(0)).entry.why
    };
    assert_eq!(void(None, UNKNOWN), Some(Why::NoControl));
    let mut unlike = AnsweredRound::honest();
    unlike.made_up = Some((200, r#"{"status":1,"message":"x"}"#.into()));
    assert_eq!(void(Some(&unlike), UNKNOWN), Some(Why::Unlike));
    let mut silent = AnsweredRound::honest();
    silent.after = None;
    assert_eq!(void(Some(&silent), UNKNOWN), Some(Why::NoAnswer));
    assert_eq!(void(None, "<html>"), Some(Why::NoAnswer));
    assert_eq!(at(BORN_MS, &transfer(), &Observation::NotAsked { time: &boot(0) }).entry.why, Some(Why::NoAnswer));
    assert_eq!(void(None, r#"{"status":0,"data":{"tx_status":"2"}}"#), Some(Why::InFlight));
    assert_eq!(void(None, r#"{"status":0,"data":{"tid":"7"}}"#), Some(Why::InFlight));
    assert_eq!(void(None, r#"{"status":0,"data":{"client_ref_id":"B"}}"#), Some(Why::Contradiction));
    assert_eq!(void(Some(&AnsweredRound::honest()), UNKNOWN), None, "a conclusive round sets no reason");
    let pending = Entry { outcome: State::Pending, seen: true, why: Some(Why::InFlight), ..transfer() };
    assert_eq!(
        at(BORN_MS, &pending, &Observation::NotAsked { time: &boot(0) }).entry.why,
        Some(Why::InFlight),
        "a pending debit stays in flight without an answer"
    );
}

/// A round that proves absence does not end a debit before silence has lasted long enough.
#[test]
fn silence_ends_a_debit_only_between_two_rounds_that_prove() {
    let mut entry = transfer();
    for minute in 0..15 {
        let round = AnsweredRound::honest().comparison(Some("50"), &[]);
        entry = asked(&entry, &inquiry(200, UNKNOWN), Some(&round), &boot(minute * MINUTE)).entry;
        assert_eq!((entry.outcome, entry.spent), (State::Indeterminate, false), "{minute}");
    }
    let alone = asked(&entry, &inquiry(200, UNKNOWN), None, &boot(15 * MINUTE)).entry;
    assert_eq!(alone.outcome, State::Indeterminate, "without a round, no debit ends");
    assert_eq!(ask(&entry, UNKNOWN, &AnsweredRound::honest(), &boot(15 * MINUTE)).entry.outcome, State::NotSent);
}

#[test]
fn only_a_debit_without_any_sign_of_life_is_silent() {
    assert!(is_silent(&transfer()));
    for shown in [
        Entry { outcome: State::Pending, ..transfer() },
        Entry { outcome: State::RefundPending, ..transfer() },
        Entry { outcome: State::NotSent, ..transfer() },
        Entry { tid: Some("77".into()), ..transfer() },
        Entry { seen: true, ..transfer() },
    ] {
        assert!(!is_silent(&shown), "{shown:?}");
        assert!(!wants_round(&shown, &inquiry(200, UNKNOWN), &boot(0), &Schedule::default()), "{shown:?}");
    }
}

#[test]
fn an_amount_is_a_sign_only_in_epss_envelope() {
    for (body, sign) in [
        (r#"{"status":168,"data":{"amount":"100"}}"#, true),
        (r#"{"status":404,"amount":"100"}"#, false),
        (r#"{"amount":"100"}"#, false),
    ] {
        let view = read("getTransaction", &transfer(), 404, &[], body);
        assert_eq!(names_amount(&view), sign, "{body}");
        assert_eq!(asked(&transfer(), &view, None, &boot(0)).entry.seen, sign, "{body}");
    }
}

/// A process may stall between an answer and the write to the journal. The time of the stall does not count as silence.
#[test]
fn an_answer_counts_for_the_time_at_which_it_was_asked_for() {
    for op in ["dmt.transfer", "refund"] {
        let body = if op == "refund" { r#"{"status":0,"data":{"tx_status":"3","tid":"77"}}"# } else { UNKNOWN };
        let hear = |entry: &Entry, asked: u64, time: u64| {
            let view = read("getTransaction", entry, 200, &[], body);
            let round = AnsweredRound::honest().comparison(Some("50"), &[]);
            let (asked, time) = (boot(asked * MINUTE), boot(time * MINUTE));
            let evidence = Observation::Inquiry {
                view: &view,
                round: Some(&round),
                asked: &asked,
                time: &time,
                known: entry.silence.as_ref(),
            };
            at(BORN_MS, entry, &evidence).entry
        };
        let counted = |entry: &Entry| entry.silence.as_ref().map(|silence| silence.counted_ms / MINUTE);
        let begun = hear(&reserved(op), 0, 3);
        let three = [4, 5].into_iter().fold(begun, |entry, minute| hear(&entry, minute, minute));
        assert_eq!(counted(&three), Some(2), "{op}: time counts from the last record");
        // The inquiry was sent early, and its answer was recorded late. Only the time until the inquiry was sent counts.
        let late = hear(&three, 6, 60);
        assert_eq!((late.outcome, counted(&late)), (State::Indeterminate, Some(3)), "{op}");
        // Two processes ask at the same time, and one process records its answer later. The time between the two records does not count
        // twice.
        assert_eq!(counted(&hear(&late, 6, 61)), Some(3), "{op}");
        assert_eq!(hear(&late, 72, 72).outcome, State::NotSent, "{op}: time counts from the last record");
        // An answer that is older than the last counted one cannot end the debit, even if silence has lasted long enough by then.
        let long = three.silence.map(|silence| Silence { counted_ms: HOUR, at_ms: 90 * MINUTE, answers: 9, ..silence });
        let long = Entry { silence: long, ..reserved(op) };
        let ended = [89, 90].map(|asked| hear(&long, asked, 91).outcome);
        assert_eq!(ended, [State::Indeterminate, State::NotSent], "{op}");
    }
}
