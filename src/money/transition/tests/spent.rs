//! Tests of spent references. A reference is spent if "not found" answers or a person have ended its debit. A spent reference is never sent
//! again. EPS is still asked about its debit, and a later answer of EPS may reopen the debit.

use super::*;

#[test]
fn a_later_answer_reopens_a_debit_ended_as_not_sent() {
    let word = |data: &str| format!(r#"{{"status":0,"data":{{{data}}}}}"#);
    let free = Entry { spent: false, reusable: true, ..given_up("dmt.transfer") };
    let refused = Entry { outcome: State::Declined, ..free.clone() };
    for before in [given_up("dmt.transfer"), Entry { declared: true, ..given_up("dmt.transfer") }, free, refused] {
        for (body, outcome, tid, contradicted) in [
            (word(r#""tx_status":"0","tid":"77""#), State::Settled, Some("77"), false),
            (word(r#""tx_status":"1","tid":"77""#), State::Declined, Some("77"), false),
            (word(r#""tx_status":"4""#), State::Refunded, None, false),
            (word(r#""tx_status":"2""#), State::Pending, None, false),
            (word(r#""tx_status":"3","tid":"77""#), State::RefundPending, Some("77"), false),
            (word(r#""tid":"77""#), State::Indeterminate, Some("77"), false),
            (word(r#""client_ref_id":"REF-1""#), State::Indeterminate, None, false),
            (word(r#""tid":"77","amount":"1""#), State::Indeterminate, None, true),
            (word(r#""client_ref_id":"REF-2","tid":"9""#), State::Indeterminate, None, true),
            (r#"{"status":1,"data":[{"tid":"9"}]}"#.into(), State::Indeterminate, None, false),
        ] {
            for way in WAYS {
                let decision = judged(&before, way, 200, &body);
                let entry = &decision.entry;
                let what = format!("{way:?} {body} at {before:?}");
                assert_eq!((entry.outcome, entry.tid.as_deref()), (outcome, tid), "{what}");
                assert_eq!(
                    (entry.reusable, entry.spent, entry.declared, entry.acknowledged),
                    (false, false, false, false),
                    "{what}"
                );
                assert_eq!((entry.seen, &entry.silence), (true, &None), "{what}");
                assert_eq!(entry.revision, if outcome.is_final() { 2 } else { 1 }, "{what}");
                assert_eq!(
                    (decision.ended, entry.ended_ms.is_some()),
                    (outcome.is_final(), outcome.is_final()),
                    "{what}"
                );
                assert_eq!(entry.next_inquiry_ms.is_some(), !outcome.is_final(), "{what}");
                assert!(reasons(&decision).contains(&Reason::StateChanged), "{what}");
                assert_eq!(reasons(&decision).contains(&Reason::Contradiction), contradicted, "{what}");
                assert!(!may_be_used_again(entry) && !may_be_retried(entry), "{what}");
                assert_eq!(entry.history.last().map(|step| step.to), Some(outcome), "{what}");
            }
        }
    }
}

#[test]
fn an_own_success_without_details_reopens_a_spent_debit() {
    let nothing = r#"{"status":0,"response_type_id":9999,"data":{}}"#;
    let own = judged(&given_up("dmt.transfer"), Way::Own, 200, nothing);
    assert_eq!(
        (own.entry.outcome, own.entry.spent, reasons(&own)),
        (State::Indeterminate, false, vec![Reason::StateChanged])
    );
    // The same body as the answer to an inquiry says nothing about this debit.
    let asked = judged(&given_up("dmt.transfer"), Way::Inquiry, 200, nothing);
    assert_eq!((asked.entry.outcome, asked.entry.spent, asked.alarms.len()), (State::NotSent, true, 0));
}

#[test]
fn uninformative_observations_leave_a_spent_debit_unchanged() {
    let before = given_up("dmt.transfer");
    for decision in [
        judged(&before, Way::Inquiry, 200, UNKNOWN),
        judged(&before, Way::Inquiry, 503, "<html>"),
        at(BORN_MS + HOUR, &before, &Observation::NotAsked { time: &boot(0) }),
        at(BORN_MS + HOUR, &before, &Observation::DeclaredNotSent),
        at(BORN_MS + HOUR, &before, &Observation::Released),
    ] {
        let entry = &decision.entry;
        assert_eq!((entry.outcome, entry.spent, entry.acknowledged, entry.revision), (State::NotSent, true, true, 1));
        assert!(decision.alarms.is_empty() && !decision.ended);
    }
}

/// A debit that is reopened and ends again gets the next revision. "Not found" answers cannot end the debit a second time.
#[test]
fn what_was_opened_again_is_never_ended_by_silence() {
    let opened = judged(&given_up("dmt.transfer"), Way::Inquiry, 200, r#"{"status":0,"data":{"tid":"77"}}"#).entry;
    let view = read("getTransaction", &opened, 200, &[], UNKNOWN);
    assert!(!wants_round(&opened, &view, &boot(HOUR), &Schedule::default()));
    let settled = judged(&opened, Way::Inquiry, 200, DONE).entry;
    assert_eq!((settled.outcome, settled.revision), (State::Settled, 2));
}

#[test]
fn a_reference_is_free_only_where_nothing_was_done_under_it() {
    for outcome in State::ALL {
        for (reusable, spent) in [(false, false), (true, false), (false, true)] {
            for op in ["dmt.transfer", "refund"] {
                let entry = Entry { outcome, reusable, spent, ..reserved(op) };
                let own = entry.key.reference.clone();
                assert_eq!(may_be_used_again(&entry), reusable && outcome.is_final());
                assert_eq!(may_be_retried(&entry), spent && matches!(outcome, State::NotSent | State::Declined));
                let spent_refund = op == "refund" && may_be_retried(&entry);
                assert_eq!(may_be_replaced(&entry, Some(&own)), may_be_used_again(&entry) || spent_refund);
                assert_eq!(may_be_replaced(&entry, None), may_be_used_again(&entry));
                assert_eq!(may_be_replaced(&entry, Some("other")), may_be_used_again(&entry));
            }
        }
    }
}

#[test]
fn states_named_by_eps_are_booked_and_declared_ones_are_not() {
    for (outcome, reusable, booked) in [
        (State::Settled, false, true),
        (State::Pending, false, true),
        (State::RefundPending, false, true),
        (State::Refunded, false, true),
        (State::Declined, false, true),
        (State::Declined, true, false),
        (State::Indeterminate, false, false),
        (State::NotSent, false, false),
    ] {
        let entry = Entry { outcome, reusable, ..transfer() };
        assert_eq!(entry.is_booked(), booked, "{outcome:?}");
        assert!(!Entry { declared: true, ..entry }.is_booked());
    }
    assert!(Entry { tid: Some("77".into()), ..transfer() }.is_booked());
}

#[test]
fn a_successor_ended_without_money_if_refused_or_never_sent() {
    for (outcome, reusable, ended) in [
        (State::NotSent, true, true),
        // "Not found" answers or a person have ended the debit.
        (State::NotSent, false, false),
        (State::Declined, true, true),
        (State::Declined, false, true),
        (State::Settled, false, false),
        (State::Refunded, false, false),
        (State::Indeterminate, false, false),
        (State::Pending, false, false),
    ] {
        let entry = Entry { outcome, reusable, ..transfer() };
        assert_eq!(has_ended_without_money(&entry), ended, "{outcome:?} {reusable}");
    }
}

#[test]
fn a_spent_debit_is_replaced_only_by_its_named_successor() {
    let marked = Entry { successor: Some("REF-2".into()), ..given_up("dmt.transfer") };
    let new = |reference: &str| Entry {
        key: DebitKey { op: "dmt.transfer".into(), reference: reference.into() },
        ..transfer()
    };
    assert!(is_replaced_by(&marked, &new("REF-2")));
    assert!(!is_replaced_by(&marked, &new("REF-3")), "another debit is the successor");
    assert!(!is_replaced_by(&given_up("dmt.transfer"), &new("REF-2")), "there is no successor");
    let opened = judged(&marked, Way::Inquiry, 200, DONE).entry;
    assert!(!is_replaced_by(&opened, &new("REF-2")), "EPS has the old debit");
}
