//! Tests that a body has the same meaning as the answer to a debit's own request (own answer) and as the answer to an inquiry. The tests
//! cover every shape of answer of every endpoint that moves money, in every state.

use super::*;
use crate::catalog::Effect;
use serde_json::{Value, json};

/// Expected meaning of a body for a debit, derived independently of the code under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AnswerWord {
    State(State),
    /// The body shows that EPS knows the debit, and says nothing more.
    Sign,
    /// The original transaction of this refund still waits for its refund.
    Untouched,
    Contradiction,
    Nothing,
}

const HTTP: [u16; 5] = [200, 400, 401, 404, 500];

fn states() -> Vec<Option<Value>> {
    let texts = ["", "null", "0", "1", "2", "3", "4", "5", "6", "99", "abc", "0.5"].map(|text| Some(json!(text)));
    [texts.to_vec(), vec![None, Some(json!([])), Some(json!({})), Some(json!(0)), Some(json!(4))]].concat()
}

/// Returns all answer types (`response_type_id`) in the endpoint's outcome patterns, no type, and an unknown type.
fn types(endpoint: &Endpoint) -> Vec<Option<i64>> {
    let patterns = endpoint.outcomes.iter().flat_map(|rule| rule.when);
    let mut types: Vec<_> =
        patterns.map(|pattern| pattern.response_type_id.map(i64::from)).chain([None, Some(9_999)]).collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// Reads the state of a body. Returns `None` if the body names no state, and `Some(None)` if the state is not a number.
fn told(body: &Value) -> Option<Option<i64>> {
    match &body["data"]["tx_status"] {
        Value::Null => None,
        Value::String(text) if matches!(text.as_str(), "" | "null") => None,
        Value::String(text) => Some(text.parse().ok()),
        Value::Number(number) => Some(number.as_i64()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Some(None),
    }
}

/// Derives the expected meaning of a body from the written rules, independently of the code under test.
fn word(op: &str, http_status: u16, body: &Value) -> AnswerWord {
    let confirmed = http_status == 200 && body["status"] == 0;
    let or_pending = |holds: bool, state| AnswerWord::State(if holds { state } else { State::Pending });
    let kind = body["response_type_id"].as_i64();
    let word = match (op, told(body), kind) {
        ("refund", Some(Some(4)), _) => or_pending(confirmed, State::Refunded),
        ("refund", None | Some(Some(0)), Some(74)) => or_pending(confirmed, State::Refunded),
        ("refund", Some(_), Some(74)) => AnswerWord::State(State::Pending),
        ("refund", Some(Some(0)), _) => AnswerWord::Contradiction,
        ("refund", Some(Some(3)), _) => AnswerWord::Untouched,
        ("refund", None, _) => AnswerWord::Nothing,
        (_, Some(Some(0)), Some(55)) => AnswerWord::State(State::Pending),
        (_, Some(Some(0)), _) => or_pending(confirmed, State::Settled),
        (_, Some(Some(1)), _) | (_, None, Some(55)) => or_pending(http_status == 200, State::Declined),
        (_, Some(Some(3)), _) => AnswerWord::State(State::RefundPending),
        (_, Some(Some(4)), _) => or_pending(confirmed, State::Refunded),
        (_, Some(_), _) | (_, None, Some(325)) => AnswerWord::State(State::Pending),
        (_, None, _) if body["data"]["tid"] != Value::Null => AnswerWord::Sign,
        (_, None, _) if confirmed && body["data"]["client_ref_id"] != Value::Null => AnswerWord::Sign,
        (_, None, _) => AnswerWord::Nothing,
    };
    // A 5xx answer decides nothing, but a state in it shows that EPS knows the debit.
    if http_status >= 500 && matches!(word, AnswerWord::State(_)) { AnswerWord::Sign } else { word }
}

/// Calls `look` for each endpoint that moves money, with every combination of type, state, HTTP status, `status` and repeated values of the
/// request. Returns the number of calls.
fn each(mut look: impl FnMut(&'static Endpoint, u16, &Value)) -> u32 {
    let mut count = 0;
    for endpoint in ENDPOINTS.iter().copied().filter(|endpoint| endpoint.effect == Effect::Money) {
        for kind in types(endpoint) {
            for state in states() {
                for echo in [json!({}), json!({"tid": "77"}), json!({"client_ref_id": "REF-1", "amount": "100.0"})] {
                    for status in [0, 1] {
                        let mut body = json!({"status": status, "data": echo});
                        if let Some(kind) = kind {
                            body["response_type_id"] = kind.into();
                        }
                        if let Some(state) = &state {
                            body["data"]["tx_status"] = state.clone();
                        }
                        for http_status in HTTP {
                            look(endpoint, http_status, &body);
                            count += 1;
                        }
                    }
                }
            }
        }
    }
    count
}

/// The test allows three differences between an own answer and the answer to an inquiry. First, a refusal proves that EPS did no work only
/// as an own answer. (An HTTP 404 without EPS's envelope does not occur here.) Second, the untouched state of a refund shows that EPS has
/// accepted the refund only as an own answer. Third, an amount without a state shows that EPS knows the debit only in the answer to an
/// inquiry, because a refusal may repeat the request.
#[test]
fn a_body_gives_the_same_state_whichever_way_it_came() {
    let count = each(|endpoint, http_status, body| {
        let text = body.to_string();
        let word = word(endpoint.op, http_status, body);
        // Judges the body as an own answer and as the answer to an inquiry, each before EPS has said anything and after EPS has said
        // pending.
        let first = reserved(endpoint.op);
        let later = Entry { outcome: State::Pending, seen: true, ..first.clone() };
        for (before, way) in [(&first, Way::Own), (&first, Way::Inquiry), (&later, Way::Own), (&later, Way::Inquiry)] {
            let decision = judged(before, way, http_status, &text);
            let entry = &decision.entry;
            let what =
                format!("{} by {way:?} at {:?}, HTTP {http_status} {text}: {decision:?}", endpoint.op, before.outcome);
            let success = http_status == 200 && body["status"] == 0;
            let refused = way == Way::Own && http_status == 404 && body["status"] == 1;
            let expected = match word {
                AnswerWord::State(state) => state,
                AnswerWord::Contradiction => State::Indeterminate,
                AnswerWord::Untouched if way == Way::Own && success => State::Pending,
                AnswerWord::Nothing if refused && before.outcome == State::Indeterminate => State::Declined,
                AnswerWord::Sign | AnswerWord::Untouched | AnswerWord::Nothing => before.outcome,
            };
            assert_eq!(entry.outcome, expected, "{what}");
            assert_eq!(decision.ended, expected.is_final(), "{what}");
            assert_eq!(entry.reusable, word == AnswerWord::Nothing && expected == State::Declined, "{what}");
            let sign = match word {
                AnswerWord::State(_) | AnswerWord::Sign | AnswerWord::Contradiction => true,
                AnswerWord::Untouched | AnswerWord::Nothing => {
                    let amount = endpoint.op != "refund" && !body["data"]["amount"].is_null();
                    way == Way::Own && success || way == Way::Inquiry && amount
                }
            };
            assert_eq!(entry.seen, sign || before.seen, "{what}");
            let named = body["data"]["tid"].as_str().filter(|_| endpoint.op != "refund");
            assert_eq!(entry.tid.as_deref(), named, "{what}");
            let contradicted = word == AnswerWord::Contradiction;
            assert_eq!(entry.contradiction.is_some(), contradicted, "{what}");
            let alarm = match (contradicted, word == AnswerWord::Nothing && refused && before.seen) {
                (true, _) => vec![Reason::Contradiction],
                (false, true) => vec![Reason::StateChanged],
                (false, false) => vec![],
            };
            assert_eq!(reasons(&decision), alarm, "{what}");
        }
    });
    assert!(count > 3_000, "{count}");
}

#[test]
fn only_a_confirmed_success_with_its_state_settles_a_debit() {
    each(|endpoint, http_status, body| {
        for way in WAYS {
            let outcome = judged(&reserved(endpoint.op), way, http_status, &body.to_string()).entry.outcome;
            let confirmed = http_status == 200 && body["status"] == 0;
            let state = told(body).flatten();
            assert!(outcome != State::Settled || confirmed && state == Some(0) && endpoint.op != "refund", "{body}");
            assert!(outcome != State::Refunded || confirmed && matches!(state, None | Some(0 | 4)), "{body}");
            assert!(outcome != State::Declined || state == Some(1) || told(body).is_none(), "{body}");
        }
    });
}

/// A delayed answer to the debit's own request is older than the answer to a later inquiry.
#[test]
fn an_own_answer_that_says_pending_does_not_undo_refund_pending() {
    let before = Entry { outcome: State::RefundPending, seen: true, tid: Some("77".into()), ..transfer() };
    let body = r#"{"status":0,"data":{"tx_status":"2","tid":"77"}}"#;
    let [own, inquiry] = WAYS.map(|way| judged(&before, way, 200, body).entry.outcome);
    assert_eq!((own, inquiry), (State::RefundPending, State::Pending));
}
