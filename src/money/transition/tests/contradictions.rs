//! Tests of contradictions: answers of EPS that name another reference, tid or amount than the debit, a state that is not possible, or two
//! values for one member. A contradiction never ends a debit, and raises an alarm. This holds for the answer to the debit's own request and
//! for the answer to an inquiry.

use super::*;

/// Pairs of JSON text: members inside `data`, and members next to `data`. An answer with such a pair contradicts a transfer of 100 rupees
/// with the reference REF-1, or contradicts itself.
const TRANSFER: [(&str, &str); 33] = [
    (r#""client_ref_id":"REF-2""#, ""),
    (r#""client_ref_id":"ref-1""#, ""),
    (r#""client_ref_id":["REF-1"]"#, ""),
    (r#""client_ref_id":{"a":1}"#, ""),
    (r#""client_ref_id":true"#, ""),
    (r#""client_ref_id":5"#, ""),
    (r#""client_ref_id":"REF-1""#, r#","client_ref_id":"REF-2""#),
    (r#""tid":["77"]"#, ""),
    (r#""tid":{}"#, ""),
    (r#""tid":true"#, ""),
    (r#""tid":"77""#, r#","tid":"78""#),
    (r#""tid":"77""#, r#","tid":[]"#),
    (r#""amount":"101""#, ""),
    (r#""amount":"100.01""#, ""),
    (r#""amount":"abc""#, ""),
    (r#""amount":"10,0""#, ""),
    (r#""amount":[]"#, ""),
    (r#""amount":{}"#, ""),
    (r#""amount":true"#, ""),
    (r#""amount":"100""#, r#","amount":"1""#),
    (r#""tx_status":"2""#, r#","tx_status":"0""#),
    (r#""tx_status":"0""#, r#","tx_status":"abc""#),
    (r#""tid":"77","tid":"78""#, ""),
    (r#""tx_status":"1","tx_status":"0""#, ""),
    (r#""client_ref_id":"REF-2","client_ref_id":"REF-1""#, ""),
    (r#""amount":"1","amount":"100""#, ""),
    (r#""x":{"tid":"77"},"x":{"tid":"78"}"#, ""),
    (r#""tid":"77""#, r#","status":1,"status":0"#),
    (r#""tid":"77""#, r#","response_type_id":55,"response_type_id":325"#),
    (r#""tid":"77""#, r#","data":{"tid":"78"}"#),
    (r#""tx_status":"0""#, r#","data":{}"#),
    (r#""tx_status":"0","x":{"tx_status":"1"}"#, ""),
    (r#""tx_status":"0","x":[{"tx_status":"abc"}]"#, ""),
];

/// Pairs as in `TRANSFER` that contradict a refund of the transaction 77, or contradict themselves. The request of a refund contains
/// neither a `client_ref_id` nor an amount.
const REFUND: [(&str, &str); 10] = [
    (r#""tid":"78""#, ""),
    (r#""tid":[]"#, ""),
    (r#""tid":{"tid":"77"}"#, ""),
    (r#""tid":"77""#, r#","tid":"78""#),
    (r#""tid":"78","tid":"77""#, ""),
    (r#""tx_status":"4""#, r#","tx_status":"0""#),
    (r#""tx_status":"3","tx_status":"4""#, ""),
    (r#""tx_status":"4""#, r#","data":{"tx_status":"3"}"#),
    (r#""tx_status":"0""#, ""),
    (r#""amount":"1","amount":"2""#, ""),
];

fn bodies(op: &str) -> Vec<String> {
    let list: &[(&str, &str)] = if op == "refund" { &REFUND } else { &TRANSFER };
    let rest = [r#""status":0"#, r#""status":0,"response_type_id":9999"#, r#""status":1"#, r#""status":302"#];
    list.iter().flat_map(|(data, top)| rest.map(|rest| format!("{{{rest},\"data\":{{{data}}}{top}}}"))).collect()
}

#[test]
fn every_contradiction_is_indeterminate_and_raises_an_alarm() {
    for op in ["dmt.transfer", "refund"] {
        let open = [State::Indeterminate, State::Pending, State::RefundPending];
        for body in bodies(op) {
            for http_status in [200, 400, 401, 404, 500] {
                for (before, way) in open.into_iter().flat_map(|state| WAYS.map(|way| (state, way))) {
                    let before = Entry { outcome: before, ..reserved(op) };
                    let decision = judged(&before, way, http_status, &body);
                    let entry = &decision.entry;
                    let what = format!("{op} {way:?} HTTP {http_status} {body}: {decision:?}");
                    assert_eq!((entry.outcome, entry.why), (State::Indeterminate, Some(Why::Contradiction)), "{what}");
                    assert_eq!((entry.seen, entry.reusable, decision.ended), (true, false, false), "{what}");
                    assert_eq!(reasons(&decision), [Reason::Contradiction], "{what}");
                    assert_eq!(
                        entry.contradiction.as_ref(),
                        decision.alarms.first().map(|alarm| &alarm.detail),
                        "{what}"
                    );
                    assert!(entry.next_inquiry_ms.is_some(), "{what}");
                }
            }
        }
    }
}

#[test]
fn another_spelling_and_the_same_twice_are_no_contradiction() {
    let same = [
        r#""client_ref_id":"REF-1","amount":"100.00","tid":" 077 ""#,
        r#""amount":100"#,
        r#""amount":"","client_ref_id":null,"tid":"null""#,
        r#""tid":"77","tid":"77""#,
        r#""message":"a","message":"b""#,
    ];
    for data in same {
        for way in WAYS {
            let body = format!(r#"{{"status":0,"tx_status":"0","data":{{"tx_status":"0",{data}}}}}"#);
            let decision = judged(&Entry { tid: Some("77".into()), ..transfer() }, way, 200, &body);
            assert_eq!((decision.entry.outcome, decision.entry.contradiction), (State::Settled, None), "{body}");
        }
    }
    let both = r#"{"status":0,"tid":"77","amount":"100","client_ref_id":"REF-1","data":{"tx_status":"0","tid":"77","amount":"100.0","client_ref_id":"REF-1"}}"#;
    assert_eq!(judged(&transfer(), Way::Inquiry, 200, both).entry.outcome, State::Settled);
}

#[test]
fn a_large_amount_may_be_grouped() {
    let before = Entry { amount: Some("100000".into()), ..transfer() };
    for (amount, settled) in
        [("1,00,000", true), ("100,000.00", true), ("10,00,00", false), ("1,0,0000", false), ("1e5", false)]
    {
        let body = format!(r#"{{"status":0,"data":{{"tx_status":"0","tid":"77","amount":"{amount}"}}}}"#);
        assert_eq!(judged(&before, Way::Own, 200, &body).entry.outcome == State::Settled, settled, "{amount}");
    }
}

#[test]
fn a_second_tid_raises_a_duplicate_alarm() {
    let before = Entry { outcome: State::Pending, tid: Some("77".into()), seen: true, ..transfer() };
    for way in WAYS {
        let decision = judged(&before, way, 200, &DONE.replace("77", "abc"));
        assert_eq!(reasons(&decision), [Reason::DuplicateObserved]);
        assert_eq!((decision.entry.outcome, decision.entry.tid.as_deref()), (State::Indeterminate, Some("77")));
    }
}

#[test]
fn a_tid_from_a_contradiction_is_not_stored() {
    for body in [
        DONE.replace("REF-1", "REF-2"),
        DONE.replace("100.0", "101"),
        DONE.replace(r#""tx_status":"0""#, r#""tx_status":"0","tx_status":"1""#),
    ] {
        for way in WAYS {
            let entry = judged(&transfer(), way, 200, &body).entry;
            assert_eq!((entry.outcome, entry.tid.as_deref()), (State::Indeterminate, None), "{body}");
        }
    }
}

#[test]
fn a_consistent_later_answer_ends_a_contradicted_debit() {
    let before = judged(&transfer(), Way::Own, 200, &DONE.replace("REF-1", "REF-2")).entry;
    let decision = judged(&before, Way::Inquiry, 200, DONE);
    assert_eq!((decision.entry.outcome, decision.entry.revision), (State::Settled, 1));
    assert!(decision.entry.contradiction.is_some(), "the contradiction stays in the row");
}

#[test]
fn a_contradiction_after_the_end_only_raises_an_alarm() {
    let settled = judged(&transfer(), Way::Own, 200, DONE).entry;
    for way in WAYS {
        let decision = judged(&settled, way, 200, &DONE.replace("REF-1", "REF-2"));
        assert_eq!((decision.entry.outcome, decision.entry.revision), (State::Settled, 1));
        assert_eq!(reasons(&decision), [Reason::Contradiction]);
    }
}

/// A transaction id (tid) or a state in an undocumented place only shows that EPS knows the debit.
#[test]
fn a_tid_nested_in_the_data_is_a_sign_of_life() {
    for data in [r#"[{"tid":"77"}]"#, r#"{"a":{"b":[{"tx_status":"0"}]}}"#, r#"{"list":[{"tid":77}]}"#] {
        for (way, status) in WAYS.into_iter().flat_map(|way| [0, 168, 302].map(|status| (way, status))) {
            let decision = judged(&transfer(), way, 200, &format!(r#"{{"status":{status},"data":{data}}}"#));
            let entry = decision.entry;
            assert_eq!(
                (entry.outcome, entry.seen, entry.tid),
                (State::Indeterminate, true, None),
                "{way:?} {status} {data}"
            );
        }
    }
}

/// Alarms omit member names that EPS does not define, because such a name may be long or may be the name of a person.
#[test]
fn an_alarm_names_only_documented_members() {
    for (data, name) in [
        (r#""tid":"77","tid":"78""#, "contains tid twice"),
        (r#""Virender":{"tid":"77"},"Virender":{"tid":"78"}"#, "contains a field that decides about the debit twice"),
    ] {
        let decision = judged(&transfer(), Way::Inquiry, 200, &format!(r#"{{"status":0,"data":{{{data}}}}}"#));
        let detail = decision.entry.contradiction.unwrap();
        assert!(detail.contains(name), "{detail}");
    }
}
