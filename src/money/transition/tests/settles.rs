//! Tests of answers that settle or refund a debit, and of answers that only appear to do so.

use super::*;

#[test]
fn done_needs_http_2xx_and_status_0_and_the_state() {
    let done = |status: &str| DONE.replace(r#""status":0"#, &format!(r#""status":{status}"#));
    for way in WAYS {
        for (http_status, status, settled) in [
            (200, "0", true),
            (201, "0", true),
            (299, "0", true),
            (200, r#""0""#, true),
            (200, "347", false),
            (200, "1", false),
            (200, "null", false),
            (300, "0", false),
            (400, "0", false),
            (404, "0", false),
            (429, "0", false),
            (500, "0", false),
        ] {
            let entry = judged(&transfer(), way, http_status, &done(status)).entry;
            let open = if http_status >= 500 { State::Indeterminate } else { State::Pending };
            let expected = if settled { State::Settled } else { open };
            assert_eq!(
                (entry.outcome, entry.tid.as_deref()),
                (expected, Some("77")),
                "{way:?} HTTP {http_status} {status}"
            );
            assert_eq!((entry.revision, entry.ended_ms.is_some()), (u32::from(settled), settled));
            assert_eq!(entry.next_inquiry_ms.is_none(), settled, "only an open debit has a next inquiry");
        }
        let without = DONE.replace(r#""status":0,"#, "");
        assert_eq!(judged(&transfer(), way, 200, &without).entry.outcome, State::Pending, "without EPS's envelope");
    }
}

#[test]
fn a_response_type_without_a_state_settles_nothing() {
    for (op, kind) in
        [("dmt.transfer", 325), ("dmt.transfer", 74), ("dmt.transfer", 1472), ("refund", 325), ("refund", 1472)]
    {
        for way in WAYS {
            let body = format!(r#"{{"status":0,"response_type_id":{kind},"data":{{}}}}"#);
            let outcome = judged(&reserved(op), way, 200, &body).entry.outcome;
            assert!(!outcome.is_final(), "{op} {kind} {outcome:?}");
        }
    }
    // Only a refund can be done without a state (`tx_status`) in the answer, because its documented answer names no state.
    let refunded = r#"{"status":0,"response_type_id":74,"data":{"tid":"77","refund_tid":"78"}}"#;
    assert_eq!(judged(&refund(), Way::Own, 200, refunded).entry.outcome, State::Refunded);
}

#[test]
fn a_settled_debit_stays_settled_and_conflicts_raise_alarms() {
    let settled = judged(&transfer(), Way::Own, 200, DONE).entry;
    for way in WAYS {
        for (state, alarm) in [("0", false), ("2", false), ("1", true), ("3", true), ("4", true)] {
            let body = DONE.replace(r#""tx_status":"0""#, &format!(r#""tx_status":"{state}""#));
            let decision = judged(&settled, way, 200, &body);
            assert_eq!((decision.entry.outcome, decision.entry.revision), (State::Settled, 1), "{state}");
            let expected = if alarm { vec![Reason::StateChanged] } else { vec![] };
            assert_eq!(reasons(&decision), expected, "{way:?} {state}");
        }
        let decision = judged(&settled, way, 200, &DONE.replace("77", "78"));
        assert_eq!((decision.entry.outcome, reasons(&decision)), (State::Settled, vec![Reason::DuplicateObserved]));
        assert_eq!(decision.entry.tid.as_deref(), Some("77"), "the first tid stays");
    }
}

#[test]
fn an_earlier_state_after_the_end_raises_no_alarm() {
    let refunded = Entry { outcome: State::Refunded, revision: 1, seen: true, ..transfer() };
    let declined = Entry { outcome: State::Declined, revision: 1, seen: true, ..transfer() };
    for (before, state, alarm) in [
        (&refunded, "3", false),
        (&refunded, "2", false),
        (&refunded, "0", true),
        (&refunded, "1", true),
        (&declined, "2", false),
        (&declined, "3", true),
        (&declined, "0", true),
    ] {
        let body = format!(r#"{{"status":0,"data":{{"tx_status":"{state}","tid":"77"}}}}"#);
        let decision = judged(before, Way::Inquiry, 200, &body);
        assert_eq!(decision.entry.outcome, before.outcome);
        assert_eq!(!decision.alarms.is_empty(), alarm, "{:?} {state}", before.outcome);
    }
}

#[test]
fn a_tid_is_learned_after_the_end_too() {
    let settled = Entry { outcome: State::Settled, revision: 1, seen: true, ..transfer() };
    assert_eq!(judged(&settled, Way::Inquiry, 200, DONE).entry.tid.as_deref(), Some("77"));
}

/// An HTTP status 401, 403 or 429 without EPS's envelope (EPS's own ids, such as `status`), or any status 5xx, decides nothing about the
/// debit. EPS is asked about the debit at once.
#[test]
fn a_bare_error_status_triggers_an_inquiry_at_once() {
    let page = "<html>";
    let enveloped = r#"{"status":1,"message":"x"}"#;
    let of_a_gateway = r#"{"status":503,"error":"Service Unavailable"}"#;
    for (http_status, body, at_once) in [
        (401, page, true),
        (403, page, true),
        (429, page, true),
        (500, page, true),
        (503, of_a_gateway, true),
        (500, enveloped, true),
        (403, enveloped, false),
        (200, page, false),
        (200, enveloped, false),
        (400, enveloped, false),
    ] {
        let decision = judged(&transfer(), Way::Own, http_status, body);
        let entry = &decision.entry;
        assert_eq!((entry.outcome, entry.reusable), (State::Indeterminate, false), "HTTP {http_status} {body}");
        assert_eq!(
            entry.next_inquiry_ms == Some(BORN_MS + 1_000) && entry.wait_ms == 0,
            at_once,
            "HTTP {http_status} {body}"
        );
    }
}

/// In today's catalogue, no answer type (`response_type_id`) of a transfer means success. A later catalogue may have such a type, and it
/// must not settle a debit whose answer names no state.
#[test]
fn a_success_type_settles_nothing_without_the_state() {
    for (shape, expected) in [
        (State::Settled, State::Pending),
        (State::Refunded, State::Pending),
        (State::Declined, State::Declined),
        (State::Pending, State::Pending),
        (State::RefundPending, State::RefundPending),
    ] {
        let mut view = read("dmt.transfer", &transfer(), 200, &[], r#"{"status":0,"data":{"tid":"77"}}"#);
        view.shape = Some(shape);
        assert_eq!(own(&transfer(), &view, false).entry.outcome, expected);
        view = read("dmt.transfer", &transfer(), 200, &[], DONE);
        view.shape = Some(shape);
        let contradicts = matches!(shape, State::Declined | State::Refunded | State::RefundPending);
        let expected = if contradicts { State::Pending } else { State::Settled };
        assert_eq!(own(&transfer(), &view, false).entry.outcome, expected, "{shape:?}");
    }
}

#[test]
fn failed_needs_epss_envelope_and_http_2xx() {
    for (http_status, body, declined) in [
        (200, r#"{"status":0,"data":{"tx_status":"1"}}"#, true),
        (200, r#"{"status":1,"data":{"tx_status":"1"}}"#, true),
        (200, r#"{"data":{"tx_status":"1"}}"#, false),
        (200, r#"{"status":200,"data":{"tx_status":"1"}}"#, false),
        (500, r#"{"status":0,"data":{"tx_status":"1"}}"#, false),
    ] {
        for way in WAYS {
            let outcome = judged(&transfer(), way, http_status, body).entry.outcome;
            assert_eq!(outcome == State::Declined, declined, "HTTP {http_status} {body}");
        }
    }
}

#[test]
fn a_cached_answer_ends_no_debit() {
    for (state, fresh) in [("0", State::Settled), ("1", State::Declined), ("4", State::Refunded)] {
        let body = DONE.replace(r#""tx_status":"0""#, &format!(r#""tx_status":"{state}""#));
        for (headers, expected) in [(&[][..], fresh), (&[("age", "3")][..], State::Pending)] {
            let view = read("dmt.transfer", &transfer(), 200, headers, &body);
            assert_eq!(own(&transfer(), &view, false).entry.outcome, expected, "{state} {headers:?}");
            let view = read("getTransaction", &transfer(), 200, headers, &body);
            assert_eq!(asked(&transfer(), &view, None, &boot(0)).entry.outcome, expected, "{state} {headers:?}");
        }
    }
}

/// A transaction id (tid) that cannot be used in an inquiry shows that EPS knows the debit. Inquiries use the reference instead.
#[test]
fn a_tid_that_cannot_be_asked_by_is_not_taken() {
    for (tid, taken) in [("77", true), ("abc", false), ("077", false), ("77.0", false), ("-77", false), ("0", false)] {
        for way in WAYS {
            let entry = judged(&transfer(), way, 200, &format!(r#"{{"status":0,"data":{{"tid":"{tid}"}}}}"#)).entry;
            assert_eq!((entry.tid.as_deref(), entry.seen), (taken.then_some(tid), true), "{way:?} {tid}");
        }
    }
}

#[test]
fn epss_ids_are_its_envelope_whatever_its_status_repeats() {
    for (ids, envelope) in [("", false), (r#""response_type_id":302,"#, true), (r#""response_status_id":1,"#, true)] {
        let view = read("dmt.transfer", &transfer(), 404, &[], &format!(r#"{{{ids}"status":404,"message":"x"}}"#));
        assert_eq!(view.envelope, envelope, "{ids}");
    }
}

#[test]
fn tx_status_accepts_only_three_spellings_of_zero() {
    for (spelling, settled) in [
        (r#""0""#, true),
        ("0", true),
        (r#""0.0""#, true),
        (r#""00""#, false),
        (r#""-0""#, false),
        (r#""+0""#, false),
        (r#""0.00""#, false),
        (r#""0e0""#, false),
        ("0e0", false),
    ] {
        let body = DONE.replace(r#""tx_status":"0""#, &format!(r#""tx_status":{spelling}"#));
        let expected = if settled { State::Settled } else { State::Pending };
        assert_eq!(judged(&transfer(), Way::Own, 200, &body).entry.outcome, expected, "{spelling}");
    }
}
