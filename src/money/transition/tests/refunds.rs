//! Tests of refunds. EPS always finds the original transaction, so "not found" answers cannot prove that a refund was not done. Instead,
//! EPS shows the state of the original transaction. The transaction is untouched as long as it still waits for its refund (`tx_status` 3).

use super::*;

const UNTOUCHED: &str = r#"{"status":0,"response_type_id":1472,"data":{"tx_status":"3","tid":"77"}}"#;

fn ask(entry: &Entry, http_status: u16, headers: &[(&str, &str)], body: &str, minute: u64) -> Decision {
    asked(entry, &read("getTransaction", entry, http_status, headers, body), None, &boot(minute * MINUTE))
}

fn untouched_for(entry: &Entry, minutes: std::ops::RangeInclusive<u64>) -> Entry {
    minutes.fold(entry.clone(), |entry, minute| ask(&entry, 200, &[], UNTOUCHED, minute).entry)
}

#[test]
fn repeated_untouched_answers_end_a_refund_as_not_sent() {
    let open = untouched_for(&refund(), 0..=14);
    assert_eq!((open.outcome, open.why), (State::Indeterminate, Some(Why::InFlight)));
    let ended = ask(&open, 200, &[], UNTOUCHED, 15);
    assert_eq!((ended.entry.outcome, ended.entry.spent, ended.entry.reusable), (State::NotSent, true, false));
    assert_eq!(ended.entry.history.last().unwrap().by, "silence");
    let few = [0, 8, 16].into_iter().fold(refund(), |entry, minute| ask(&entry, 200, &[], UNTOUCHED, minute).entry);
    assert_eq!(few.outcome, State::Indeterminate, "three answers are not enough");
}

#[test]
fn only_what_eps_itself_shows_now_counts() {
    let fresh = refund();
    for (http_status, headers, body, shown) in [
        (200, &[][..], UNTOUCHED, true),
        (200, &[("age", "1")][..], UNTOUCHED, false),
        (500, &[][..], UNTOUCHED, false),
        (404, &[][..], UNTOUCHED, false),
        (200, &[][..], r#"{"data":{"tx_status":"3"}}"#, false),
        (200, &[][..], r#"{"status":2485,"data":{"tx_status":"3"}}"#, false),
        (200, &[][..], r#"{"status":200,"data":{"tx_status":"3"}}"#, false),
        (200, &[][..], r#"{"status":168}"#, false),
        (200, &[][..], r#"{"status":0,"data":{"tx_status":"2"}}"#, false),
    ] {
        let view = read("getTransaction", &fresh, http_status, headers, body);
        assert_eq!(is_untouched(&fresh, &view), shown, "HTTP {http_status} {headers:?} {body}");
        assert_eq!(
            ask(&fresh, http_status, headers, body, 0).entry.silence.is_some(),
            shown,
            "HTTP {http_status} {body}"
        );
    }
    assert_eq!(ask(&fresh, 200, &[], r#"{"status":168}"#, 0).entry.why, Some(Why::NoAnswer));
    assert!(!is_untouched(&transfer(), &read("getTransaction", &transfer(), 200, &[], UNTOUCHED)), "not for transfers");
}

#[test]
fn a_sign_of_the_refund_ends_the_inference_for_good() {
    // EPS has accepted the refund: the answer to the refund's own request is a success.
    let taken = judged(&refund(), Way::Own, 200, UNTOUCHED).entry;
    assert_eq!((taken.outcome, taken.seen), (State::Pending, true));
    let pending = judged(&refund(), Way::Inquiry, 200, r#"{"status":0,"data":{"tx_status":"2"}}"#).entry;
    for before in [taken, pending] {
        let after = untouched_for(&before, 0..=60);
        assert_eq!((after.outcome, after.why, after.silence), (State::Pending, Some(Why::InFlight), None));
    }
}

#[test]
fn an_untouched_state_in_a_refusal_leaves_the_refund_open() {
    let entry = judged(&refund(), Way::Own, 200, &UNTOUCHED.replace(r#""status":0"#, r#""status":302"#)).entry;
    assert_eq!((entry.outcome, entry.reusable, entry.seen), (State::Indeterminate, false, false));
    assert_eq!(untouched_for(&entry, 0..=15).outcome, State::NotSent);
}

#[test]
fn a_refund_never_wants_a_round() {
    let view = read("getTransaction", &refund(), 200, &[], UNKNOWN);
    assert!(!wants_round(&refund(), &view, &boot(0), &Schedule::default()));
    assert!(wants_round(&transfer(), &view, &boot(0), &Schedule::default()));
}

#[test]
fn a_refund_that_was_held_for_undone_opens_again() {
    let refunded = r#"{"status":0,"data":{"tx_status":"4","tid":"77"}}"#;
    for way in WAYS {
        let decision = judged(&given_up("refund"), way, 200, refunded);
        assert_eq!((decision.entry.outcome, decision.entry.revision), (State::Refunded, 2));
        assert_eq!((decision.entry.spent, reasons(&decision)), (false, vec![Reason::StateChanged]));
    }
    let still = judged(&given_up("refund"), Way::Inquiry, 200, UNTOUCHED);
    assert_eq!((still.entry.outcome, still.entry.spent, still.alarms.len()), (State::NotSent, true, 0));
}

#[test]
fn a_transaction_that_is_settled_contradicts_its_refund() {
    for way in WAYS {
        let decision = judged(&refund(), way, 200, r#"{"status":0,"data":{"tx_status":"0","tid":"77"}}"#);
        assert_eq!((decision.entry.outcome, reasons(&decision)), (State::Indeterminate, vec![Reason::Contradiction]));
        let failed = judged(&refund(), way, 200, r#"{"status":0,"data":{"tx_status":"1","tid":"77"}}"#);
        assert_eq!(failed.entry.outcome, State::Declined);
    }
}

/// A second attempt of a refund leaves the reference spent, because EPS may execute the first attempt late.
#[test]
fn a_second_attempt_that_did_nothing_leaves_its_reference_spent() {
    let again = Entry { retry_of: Some("77".into()), ..refund() };
    let wrong_otp = r#"{"status":302,"response_status_id":1,"response_type_id":302,"message":"Wrong OTP"}"#;
    for (decision, outcome) in [
        (at(BORN_MS, &again, &Observation::Released), State::NotSent),
        (unanswered(&again, Phase::NotDispatched), State::NotSent),
        (unanswered(&again, Phase::PartlyWritten), State::NotSent),
        (judged(&again, Way::Own, 200, wrong_otp), State::Declined),
    ] {
        let entry = &decision.entry;
        assert_eq!((entry.outcome, entry.reusable, entry.spent), (outcome, false, true));
        assert!(entry.next_inquiry_ms.is_some(), "EPS is asked about the refund");
        assert!(!entry.is_booked(), "EPS has not named the refund");
        assert!(may_be_replaced(entry, Some("77")) && !may_be_replaced(entry, None));
        let done = r#"{"status":0,"data":{"tx_status":"4","tid":"77"}}"#;
        assert_eq!(judged(entry, Way::Inquiry, 200, done).entry.outcome, State::Refunded);
    }
    // These references become free, because no earlier attempt has used them: the reference of a refund's first attempt, and the new
    // reference of a transfer that replaces another transfer.
    for first in [refund(), Entry { retry_of: Some("REF-0".into()), ..transfer() }] {
        let entry = at(BORN_MS, &first, &Observation::Released).entry;
        assert_eq!((entry.outcome, entry.reusable, entry.spent), (State::NotSent, true, false));
    }
}
