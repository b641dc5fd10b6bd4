//! Tests of outcomes that a person declares, of the alarm about debits that stay open for too long, and of the history of a debit.

use super::*;

fn declared(outcome: State) -> Observation<'static> {
    Observation::Declared { outcome, tid: Some("88".into()) }
}

#[test]
fn not_sent_may_be_declared_only_where_eps_has_named_nothing() {
    for (before, allowed) in [
        (transfer(), true),
        (Entry { seen: true, contradiction: Some("x".into()), ..transfer() }, true),
        (Entry { tid: Some("77".into()), ..transfer() }, false),
        (Entry { outcome: State::Pending, ..transfer() }, false),
        (Entry { outcome: State::RefundPending, ..transfer() }, false),
        (Entry { outcome: State::Settled, ..transfer() }, false),
        (Entry { outcome: State::Declined, ..transfer() }, false),
        (given_up("dmt.transfer"), false),
    ] {
        assert_eq!(may_be_declared_not_sent(&before), allowed, "{before:?}");
        let decision = at(BORN_MS + HOUR, &before, &Observation::DeclaredNotSent);
        assert_eq!(decision.ended, allowed, "a declaration is ignored if the row does not allow it");
        let entry = &decision.entry;
        if allowed {
            assert_eq!(
                (entry.outcome, entry.spent, entry.declared, entry.reusable),
                (State::NotSent, true, true, false)
            );
            assert_eq!((entry.revision, entry.inquiries, may_be_retried(entry)), (1, 0, true));
            assert_eq!(entry.next_inquiry_ms, Some(BORN_MS + 2 * HOUR), "EPS is asked about the debit after an hour");
            assert_eq!(entry.history.last().map(|step| step.by.as_str()), Some("declaration"));
        } else {
            assert_eq!(
                (entry.outcome, entry.revision, entry.declared),
                (before.outcome, before.revision, before.declared)
            );
        }
    }
}

#[test]
fn an_end_may_be_declared_of_whatever_is_open() {
    for before in [transfer(), Entry { outcome: State::Pending, tid: Some("77".into()), seen: true, ..transfer() }] {
        for outcome in [State::Settled, State::Declined, State::Refunded] {
            let decision = at(BORN_MS + HOUR, &before, &declared(outcome));
            let entry = &decision.entry;
            // EPS is still asked about a debit that a declaration has ended. A debit that was declared as declined may be replaced.
            let declined = outcome == State::Declined;
            assert_eq!((entry.outcome, entry.declared, entry.spent, entry.reusable), (outcome, true, true, false));
            assert_eq!((entry.revision, decision.ended, entry.is_booked()), (1, true, false));
            assert_eq!(entry.tid.as_deref(), before.tid.as_deref().or(Some("88")), "the tid that EPS has named stays");
            assert_eq!((entry.next_inquiry_ms.is_some(), may_be_retried(entry)), (true, declined));
            assert!(!may_be_used_again(entry));
        }
    }
    let settled = Entry { outcome: State::Settled, revision: 1, tid: Some("77".into()), ..transfer() };
    let decision = at(BORN_MS + HOUR, &settled, &declared(State::Declined));
    assert_eq!((decision.entry.outcome, decision.entry.declared, decision.ended), (State::Settled, false, false));
}

#[test]
fn what_is_open_for_a_day_raises_one_alarm() {
    let unknown = |entry: &Entry, after: u64| at(BORN_MS + after, entry, &Observation::NotAsked { time: &boot(0) });
    assert!(unknown(&transfer(), DAY - 1).alarms.is_empty());
    let first = unknown(&transfer(), DAY);
    assert_eq!((reasons(&first), first.entry.overdue), (vec![Reason::OpenTooLong], true));
    assert!(unknown(&first.entry, 3 * DAY).alarms.is_empty(), "the alarm is raised only once");
    let settled = asked(&transfer(), &read("getTransaction", &transfer(), 200, &[], DONE), None, &boot(2 * DAY));
    assert!(settled.alarms.is_empty(), "a debit that ends now raises no alarm");
    let sooner = Rules { now_ms: BORN_MS + HOUR, schedule: &Schedule::default(), alarm_after_ms: HOUR };
    assert_eq!(
        reasons(&decide(&transfer(), &Observation::NotAsked { time: &boot(0) }, &sooner)),
        [Reason::OpenTooLong],
        "the age for the alarm can be set"
    );
}

#[test]
fn each_change_and_each_alarm_is_remembered_and_nothing_else() {
    let open = judged(&transfer(), Way::Inquiry, 200, r#"{"status":0,"data":{"tx_status":"2","tid":"77"}}"#).entry;
    assert_eq!(open.history.len(), 1);
    assert_eq!(open.history[0].detail.as_deref(), Some("tid 77"));
    let same = at(BORN_MS + HOUR, &open, &Observation::NotAsked { time: &boot(0) }).entry;
    assert_eq!(same.history.len(), 1, "an inquiry without a change adds no step");
    let alarm = judged(&same, Way::Inquiry, 200, &DONE.replace("77", "78")).entry;
    assert_eq!((alarm.history.len(), alarm.history[1].by.as_str()), (2, "inquiry"));
    let settled = judged(&transfer(), Way::Own, 200, DONE).entry;
    let another = judged(&settled, Way::Inquiry, 200, &DONE.replace(r#""tx_status":"0""#, r#""tx_status":"1""#)).entry;
    assert_eq!((settled.history.len(), another.history.len()), (1, 2), "an alarm without a change adds a step");
    let by = |decision: Decision| decision.entry.history.last().map(|step| step.by.clone()).unwrap();
    assert_eq!(by(judged(&transfer(), Way::Own, 200, DONE)), "answer");
    assert_eq!(by(unanswered(&transfer(), Phase::NotDispatched)), "noAnswer");
    assert_eq!(by(at(BORN_MS, &transfer(), &Observation::Released)), "released");
}

#[test]
fn a_history_is_bounded_and_keeps_its_beginning() {
    let mut entry = transfer();
    for step in 0..100 {
        entry.note(step, "inquiry", Some("x".repeat(1_000)));
    }
    assert_eq!(entry.history.len(), 24);
    let times: Vec<u64> = entry.history.iter().map(|step| step.at).collect();
    assert_eq!((&times[..4], &times[4..]), (&[0, 1, 2, 3][..], &(80..100).collect::<Vec<_>>()[..]));
    assert!(entry.history.iter().all(|step| step.detail.as_ref().is_some_and(|detail| detail.len() == 160)));
    // A new attempt with the same reference keeps the history of the earlier attempt, so the history may already be too long when a step is
    // added.
    entry.history.extend(transfer().history.clone());
    entry.history.extend(entry.history.clone());
    entry.note(1_000, "answer", None);
    assert_eq!(entry.history.len(), 24);
}

#[test]
fn a_debit_named_in_a_contradiction_cannot_be_declared_not_sent() {
    for way in WAYS {
        for (body, allowed) in [
            (DONE.replace("100.0", "101"), false),
            (r#"{"status":0,"data":{"tid":"77","client_ref_id":"REF-1","amount":"1"}}"#.to_owned(), false),
            (r#"{"status":168,"data":[{"tid":"77"}]}"#.to_owned(), false),
            // An answer about another debit does not name this debit, and an amount alone does not name a debit.
            (DONE.replace("REF-1", "REF-2"), true),
            (r#"{"status":0,"data":{"client_ref_id":"REF-1","amount":"1"}}"#.to_owned(), true),
        ] {
            let entry = judged(&transfer(), way, 200, &body).entry;
            assert_eq!(entry.outcome, State::Indeterminate, "{body}");
            assert_eq!((may_be_declared_not_sent(&entry), entry.named), (allowed, !allowed), "{way:?} {body}");
        }
    }
}

#[test]
fn confirmation_by_eps_replaces_a_declaration() {
    let before = at(BORN_MS + HOUR, &transfer(), &declared(State::Settled)).entry;
    let decision = judged(&before, Way::Inquiry, 200, &DONE.replace("77", "88"));
    let entry = &decision.entry;
    assert_eq!((entry.outcome, entry.declared, entry.spent, entry.revision), (State::Settled, false, false, 1));
    assert_eq!((entry.tid.as_deref(), entry.is_booked(), decision.alarms.len()), (Some("88"), true, 0));
    assert_eq!(entry.next_inquiry_ms, None, "EPS is not asked about the debit any more");
}

#[test]
fn a_different_answer_of_eps_overrides_a_declaration() {
    for (outcome, state, expected) in [
        (State::Settled, "1", State::Declined),
        (State::Settled, "2", State::Pending),
        (State::Declined, "0", State::Settled),
        (State::Refunded, "3", State::RefundPending),
    ] {
        let before = at(BORN_MS + HOUR, &transfer(), &declared(outcome)).entry;
        let body = format!(r#"{{"status":0,"data":{{"tx_status":"{state}","tid":"88"}}}}"#);
        let decision = judged(&before, Way::Inquiry, 200, &body);
        let entry = &decision.entry;
        assert_eq!((entry.outcome, entry.declared, entry.spent), (expected, false, false), "{outcome:?} {state}");
        assert_eq!(reasons(&decision), [Reason::StateChanged], "{outcome:?} {state}");
    }
}

#[test]
fn an_end_is_acknowledged_after_it_and_counts_one_revision() {
    let before = Entry { acknowledged: true, ..transfer() };
    for decision in [
        judged(&before, Way::Own, 200, DONE),
        judged(&before, Way::Own, 200, r#"{"status":302}"#),
        unanswered(&before, Phase::NotDispatched),
        at(BORN_MS + HOUR, &before, &declared(State::Settled)),
        at(BORN_MS + HOUR, &before, &Observation::DeclaredNotSent),
    ] {
        assert_eq!((decision.entry.revision, decision.entry.acknowledged), (1, false), "{:?}", decision.entry);
    }
}

#[test]
fn requests_and_inquiries_are_counted() {
    let before = Entry { attempts: 2, inquiries: 3, ..transfer() };
    let own = unanswered(&before, Phase::BodyComplete).entry;
    assert_eq!((own.attempts, own.inquiries, own.phase), (2, 3, Phase::BodyComplete), "attempts never decrease");
    assert_eq!(unanswered(&transfer(), Phase::BodyComplete).entry.attempts, 1);
    let inquired = judged(&before, Way::Inquiry, 503, "<html>").entry;
    assert_eq!((inquired.attempts, inquired.inquiries), (2, 4));
}
