//! Tests of answers with which EPS refuses a debit before it does any work. Such a refusal frees the reference only if it is the answer to
//! the debit's own request, and not the answer to an inquiry.

use super::*;
use crate::error::Code;
use crate::money::transition::view::TxStatus;

/// Bodies with which EPS refuses before doing any work, and the HTTP statuses with which each body counts as such a refusal.
const DOOR: [(&str, &[u16]); 14] = [
    (r#"{"status":2483,"response_type_id":2483}"#, &[200, 400, 401, 403, 404, 429]),
    (r#"{"status":2484}"#, &[200, 400, 401, 403, 404, 429]),
    (r#"{"status":2486,"message":"x"}"#, &[200, 400, 401, 403, 404, 429]),
    (r#"{"response_type_id":2487,"status":1}"#, &[200, 400, 401, 403, 404, 429]),
    (r#"{"status":302,"message":"Wrong OTP"}"#, &[200, 400, 404]),
    (r#"{"status":303}"#, &[200, 400, 404]),
    (r#"{"status":0,"response_type_id":2131}"#, &[200, 400, 404]),
    (r#"{"status":347,"data":{}}"#, &[200, 400, 404]),
    (r#"{"status":945,"data":null}"#, &[200, 400, 404]),
    (r#"{"status":346}"#, &[200, 400, 404]),
    (r#"{"status":168}"#, &[200, 400, 404]),
    (r#"{"status":327}"#, &[200, 400, 404]),
    (r#"{"status":97,"invalid_params":{"recipient_id":"is wrong"}}"#, &[200, 400, 404]),
    (r#"{"status":1,"message":"no such route"}"#, &[404, 429]),
];

const ALL: [u16; 14] = [200, 400, 401, 402, 403, 404, 405, 408, 409, 422, 429, 500, 502, 503];

#[test]
fn only_an_own_refusal_before_work_frees_the_reference() {
    for op in ["dmt.transfer", "refund"] {
        for (body, at) in DOOR {
            for http_status in ALL {
                // HTTP 429 (too many requests) means that EPS has done no work, unless the body reports success.
                let free = at.contains(&http_status) || http_status == 429 && !body.contains(r#""status":0"#);
                let decision = judged(&reserved(op), Way::Own, http_status, body);
                let entry = &decision.entry;
                let what = format!("{op} HTTP {http_status} {body}: {entry:?}");
                let expected = if free { State::Declined } else { State::Indeterminate };
                assert_eq!((entry.outcome, entry.reusable, may_be_used_again(entry)), (expected, free, free), "{what}");
                assert_eq!((decision.ended, entry.spent, decision.alarms.len()), (free, false, 0), "{what}");
                let asked = judged(&reserved(op), Way::Inquiry, http_status, body);
                assert_eq!((asked.entry.outcome, asked.entry.reusable), (State::Indeterminate, false), "{what}");
            }
        }
    }
}

#[test]
fn what_proves_nothing_frees_nothing() {
    for (http_status, body) in [
        (200, r#"{"status":1,"message":"failed"}"#),
        (200, r#"{"status":460}"#),
        (200, r#"{"status":17}"#),
        (405, r#"{"status":1}"#),
        (403, r#"{"status":1}"#),
        (404, r#"{"status":0,"data":{}}"#),
        (429, r#"{"status":0,"data":{}}"#),
        (404, r#"{"status":404,"error":"Not Found"}"#),
        (429, r#"{"status":429,"error":"Too Many Requests"}"#),
        (404, "<html>"),
        (403, "<html>"),
        (429, ""),
        (200, ""),
        (200, "[]"),
        (302, r#"{"status":302}"#),
    ] {
        let entry = judged(&transfer(), Way::Own, http_status, body).entry;
        assert_eq!((entry.outcome, entry.reusable), (State::Indeterminate, false), "HTTP {http_status} {body}");
    }
}

/// A refusal that also names a transaction does not prove that EPS did no work.
#[test]
fn a_tid_or_a_state_beside_a_refusal_shows_a_transaction() {
    for (data, outcome) in [
        (r#"{"tid":"77"}"#, State::Indeterminate),
        (r#"{"tx_status":"2"}"#, State::Pending),
        (r#"{"tx_status":"0"}"#, State::Pending),
        (r#"{"tx_status":[]}"#, State::Pending),
        (r#"[{"tid":"77"}]"#, State::Indeterminate),
    ] {
        let entry = judged(&transfer(), Way::Own, 200, &format!(r#"{{"status":302,"data":{data}}}"#)).entry;
        assert_eq!((entry.outcome, entry.reusable, entry.seen), (outcome, false, true), "{data}");
    }
    // The answer to a refund repeats the tid of the request, so this tid does not show that EPS did any work.
    let refused =
        |tid: &str| judged(&refund(), Way::Own, 200, &format!(r#"{{"status":302,"data":{{"tid":"{tid}"}}}}"#));
    assert_eq!((refused("77").entry.outcome, refused("77").entry.reusable), (State::Declined, true));
    assert_eq!(reasons(&refused("78")), [Reason::Contradiction]);
    let shown = judged(&refund(), Way::Own, 200, r#"{"status":302,"data":{"tid":"77","tx_status":"3"}}"#).entry;
    assert_eq!((shown.outcome, shown.reusable, shown.seen), (State::Indeterminate, false, false));
}

#[test]
fn a_refused_timestamp_proves_no_work_only_if_the_clock_was_off() {
    for op in ["dmt.transfer", "refund"] {
        for body in [
            r#"{"status":2485,"response_type_id":2485}"#,
            r#"{"status":2485}"#,
            r#"{"status":1,"response_type_id":2485}"#,
        ] {
            for (http_status, off) in [(200, true), (401, true), (403, true), (500, true), (200, false), (401, false)] {
                let before = reserved(op);
                let view = read(op, &before, http_status, &[], body);
                let entry = own(&before, &view, off).entry;
                let free = off && http_status != 500;
                let expected = if free { State::Declined } else { State::Indeterminate };
                assert_eq!((entry.outcome, entry.reusable), (expected, free), "HTTP {http_status}, off: {off}");
                assert_eq!(may_send_again(&before, &view, off), free);
            }
        }
    }
}

#[test]
fn only_a_refused_timestamp_permits_a_second_request() {
    let fresh = transfer();
    let stale = read("dmt.transfer", &fresh, 401, &[], r#"{"status":2485}"#);
    assert!(may_send_again(&fresh, &stale, true));
    let wrong_otp = read("dmt.transfer", &fresh, 200, &[], r#"{"status":302}"#);
    assert!(!may_send_again(&fresh, &wrong_otp, true), "only a refused timestamp permits a second request");
    for data in [r#"{"client_ref_id":"REF-2"}"#, r#"{"amount":"101"}"#, r#"{"client_ref_id":[]}"#] {
        let another = read("dmt.transfer", &fresh, 401, &[], &format!(r#"{{"status":2485,"data":{data}}}"#));
        assert!(!may_send_again(&fresh, &another, true), "the answer may belong to another request: {data}");
    }
    for data in [r#"{"tid":"77"}"#, r#"{"tx_status":"3"}"#, r#"[{"tid":"77"}]"#] {
        for op in ["dmt.transfer", "refund"] {
            let beside = read(op, &reserved(op), 401, &[], &format!(r#"{{"status":2485,"data":{data}}}"#));
            // The answer to a refund repeats the tid of the request, so this tid does not show that EPS did any work.
            let free = op == "refund" && !data.contains("tx_status");
            assert_eq!(may_send_again(&reserved(op), &beside, true), free, "{op} {data}");
        }
    }
    for learned in [
        Entry { tid: Some("77".into()), ..transfer() },
        Entry { seen: true, ..transfer() },
        Entry { contradiction: Some("x".into()), ..transfer() },
        Entry { outcome: State::Pending, ..transfer() },
        given_up("dmt.transfer"),
    ] {
        assert!(!has_learned_nothing(&learned), "{learned:?}");
        assert!(!may_send_again(&learned, &stale, true), "{learned:?}");
    }
}

/// Returns debits about which EPS has already reported something. The tests then apply a late refusal, or a proof that nothing was sent.
fn known() -> [Entry; 6] {
    [
        Entry { outcome: State::Pending, seen: true, ..transfer() },
        Entry { outcome: State::RefundPending, seen: true, tid: Some("77".into()), ..transfer() },
        Entry { tid: Some("77".into()), seen: true, ..transfer() },
        Entry { seen: true, contradiction: Some("x".into()), ..transfer() },
        Entry { outcome: State::Settled, revision: 1, tid: Some("77".into()), seen: true, ..transfer() },
        Entry { outcome: State::Declined, revision: 1, seen: true, ..transfer() },
    ]
}

#[test]
fn a_late_refusal_changes_nothing_about_a_known_debit() {
    for before in known() {
        let decision = judged(&before, Way::Own, 200, r#"{"status":302}"#);
        let after = &decision.entry;
        assert_eq!((after.outcome, after.reusable, after.revision), (before.outcome, false, before.revision));
        assert_eq!((&after.tid, after.seen, after.spent), (&before.tid, true, false));
        assert_eq!(reasons(&decision), [Reason::StateChanged], "{before:?}");
    }
    let spent = judged(&given_up("dmt.transfer"), Way::Own, 200, r#"{"status":302}"#);
    assert_eq!((spent.entry.outcome, spent.entry.reusable, spent.alarms.len()), (State::NotSent, false, 0));
    assert!(spent.entry.spent, "a spent debit stays spent");
}

#[test]
fn only_an_incomplete_request_was_not_sent() {
    for phase in [
        Phase::NotDispatched,
        Phase::PartlyWritten,
        Phase::Dispatched,
        Phase::FullyWritten,
        Phase::HeadersSeen,
        Phase::BodyComplete,
    ] {
        let free = phase <= Phase::PartlyWritten;
        let decision = unanswered(&transfer(), phase);
        let expected = if free { State::NotSent } else { State::Indeterminate };
        let entry = &decision.entry;
        assert_eq!((entry.outcome, entry.reusable, entry.spent, entry.phase), (expected, free, false, phase));
        assert_eq!(
            (entry.next_inquiry_ms.is_none(), may_be_used_again(entry), entry.revision),
            (free, free, u32::from(free))
        );
        for before in known().into_iter().filter(Entry::is_open) {
            let decision = unanswered(&before, phase);
            assert_eq!((decision.entry.outcome, decision.entry.reusable), (before.outcome, false), "{before:?}");
            let alarms = if free { vec![Reason::StateChanged] } else { vec![] };
            assert_eq!(reasons(&decision), alarms, "{before:?} {phase:?}");
        }
        let spent = unanswered(&given_up("dmt.transfer"), phase);
        assert_eq!((spent.entry.spent, spent.entry.reusable), (true, false));
    }
}

#[test]
fn a_reservation_given_back_is_free_unless_something_is_known() {
    let released = at(BORN_MS, &transfer(), &Observation::Released);
    assert_eq!((released.entry.outcome, released.entry.reusable, released.ended), (State::NotSent, true, true));
    for before in known() {
        let decision = at(BORN_MS, &before, &Observation::Released);
        assert_eq!((decision.entry.outcome, decision.entry.reusable), (before.outcome, false));
        assert_eq!(decision.alarms.len(), usize::from(before.is_open()), "{before:?}");
    }
}

/// Tests each condition of a refusal alone, even if no answer that EPS gives today breaks only that condition.
#[test]
fn each_condition_of_a_refusal_before_work_holds_by_itself() {
    let refused = || read("dmt.transfer", &transfer(), 200, &[], r#"{"status":302}"#);
    assert!(proves_no_work(&refused(), false, false) && proves_no_work(&refused(), true, false));
    let with = |change: &dyn Fn(&mut TransactionView), refund| {
        let mut view = refused();
        change(&mut view);
        proves_no_work(&view, refund, false)
    };
    for refund in [false, true] {
        assert!(!with(&|view| view.envelope = false, refund), "an answer without EPS's envelope");
        assert!(!with(&|view| view.aged = true, refund), "a cached answer");
        assert!(!with(&|view| view.http_status = 409, refund), "HTTP 409");
        assert!(!with(&|view| view.refusal = None, refund), "no refusal");
        assert!(!with(&|view| view.tx_status = TxStatus::Number(2), refund), "a state");
        assert!(!with(&|view| view.tx_status = TxStatus::Unclear, refund), "a state that cannot be read");
        assert_eq!(with(&|view| view.names_one = true, refund), refund, "only a refund's answer may repeat a tid");
    }
}

#[test]
fn the_codes_that_refuse_before_work_are_these() {
    let refusing = [
        Code::AuthDeveloperKey,
        Code::AuthSignature,
        Code::AuthTimestamp,
        Code::AuthTimestampUnit,
        Code::AuthHeaderMissing,
        Code::InvalidParams,
        Code::OtpWrong,
        Code::OtpExpired,
        Code::OtpFailed,
        Code::InsufficientBalance,
        Code::LimitExhausted,
        Code::NotAllowed,
        Code::NotFound,
        Code::VerificationPending,
        Code::NoKeyForResponse,
        Code::RouteNotFound,
        Code::RateLimited,
    ];
    for code in Code::ALL {
        assert_eq!(stops(*code), refusing.contains(code), "{code:?}");
    }
}

/// Returns true if a refusal with this code proves that EPS did no work. Nothing else in the refusal is doubtful.
fn stops(code: Code) -> bool {
    let mut view = read("dmt.transfer", &transfer(), 200, &[], r#"{"status":302}"#);
    view.refusal = Some(code);
    proves_no_work(&view, false, true)
}

/// If the journal does not answer, the current row is not known. Another process that uses the reference may have learned more about the
/// debit, so the refusal alone does not free the reference.
#[test]
fn a_refusal_that_the_journal_has_not_confirmed_stays_open() {
    let refused = judged(&transfer(), Way::Own, 200, r#"{"status":302}"#).entry;
    for free in [refused, unanswered(&transfer(), Phase::NotDispatched).entry] {
        assert!(free.reusable);
        let open = unconfirmed(free);
        assert_eq!((open.outcome, open.why, open.reusable), (State::Indeterminate, Some(Why::NoAnswer), false));
    }
    // A state that EPS has named needs no confirmation.
    for entry in [
        judged(&transfer(), Way::Own, 200, DONE).entry,
        judged(&transfer(), Way::Own, 200, r#"{"status":0,"data":{"tx_status":"1"}}"#).entry,
    ] {
        assert_eq!(unconfirmed(entry.clone()), entry);
    }
}
