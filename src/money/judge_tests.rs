//! Every outcome of every endpoint that moves money, beside every state of a transaction.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::api::generated::ENDPOINTS;
use crate::catalog::{Effect, Endpoint};
use crate::response::{Asked, HttpAnswer, interpret};
use serde_json::{Value, json};

const STATES: [Option<&str>; 10] =
    [None, Some(""), Some("0"), Some("1"), Some("2"), Some("3"), Some("4"), Some("5"), Some("6"), Some("99")];

fn endpoint(op: &str) -> &'static Endpoint {
    ENDPOINTS.iter().copied().find(|endpoint| endpoint.op == op).unwrap()
}

fn judged(endpoint: &'static Endpoint, http_status: u16, body: &Value) -> Judgement {
    let refund = endpoint.op == "refund";
    let expected = Expected {
        client_ref_id: (!refund).then(|| "REF-1".to_owned()),
        tid: refund.then(|| "77".to_owned()),
        amount: (!refund).then(|| "100".to_owned()),
    };
    let answer = HttpAnswer { status: http_status, headers: Vec::new(), body: body.to_string().into_bytes() };
    match interpret(endpoint, &answer, &Asked::default()) {
        Ok(answer) => answered(&answer, &expected),
        Err(error) => refused(&error, &expected),
    }
}

/// The ids of every pattern, of outcomes and refusals, and some that no pattern knows.
fn shapes(endpoint: &Endpoint) -> Vec<Value> {
    let patterns = endpoint.outcomes.iter().flat_map(|rule| rule.when);
    let patterns = patterns.chain(endpoint.refusals.iter().flat_map(|rule| rule.when));
    let known = patterns.map(|pattern| (pattern.status.unwrap_or(0), pattern.response_type_id));
    let others =
        [(0, Some(9_999)), (302, None), (347, None), (2485, Some(2485)), (55, Some(55)), (5_999, None), (0, None)];
    known.chain(others).map(|(status, kind)| json!({"status": status, "response_type_id": kind, "data": {}})).collect()
}

#[test]
fn a_state_that_is_not_final_never_becomes_a_final_outcome() {
    let mut seen = 0;
    for endpoint in ENDPOINTS.iter().copied().filter(|endpoint| endpoint.effect == Effect::Money) {
        for shape in shapes(endpoint) {
            for state in STATES {
                for http_status in [200, 400, 401, 404, 500] {
                    let mut body = shape.clone();
                    if let Some(state) = state {
                        body["data"]["tx_status"] = state.into();
                    }
                    let judgement = judged(endpoint, http_status, &body);
                    let what = format!("{} HTTP {http_status} {body}: {judgement:?}", endpoint.op);
                    let in_flight = matches!(state, Some("2" | "5" | "6" | "99"));
                    assert!(!(in_flight && judgement.state.is_final()), "{what}");
                    let confirmed = http_status == 200 && body["status"] == 0;
                    let settled = state == Some("0") && confirmed && endpoint.op != "refund";
                    assert!(judgement.state != State::Settled || settled, "{what}");
                    assert!(judgement.state != State::Refunded || confirmed && state != Some("1"), "{what}");
                    assert!(!judgement.before_work || matches!(state, None | Some("")), "{what}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 1_000, "{seen}");
}

#[test]
fn each_shape_beside_each_state() {
    use State::{Declined, Pending, RefundPending, Refunded, Settled};
    // In the order of STATES.
    let transfer = |kind| json!({"status": 0, "response_type_id": kind, "data": {}});
    let by_state = [Pending, Pending, Settled, Declined, Pending, RefundPending, Refunded, Pending, Pending, Pending];
    let declined = [Declined, Declined, Pending, Declined, Pending, RefundPending, Refunded, Pending, Pending, Pending];
    let refund = [Refunded, Refunded, Refunded, Pending, Pending, Pending, Refunded, Pending, Pending, Pending];
    let plain = [Pending, Pending, Refunded, Declined, Pending, RefundPending, Refunded, Pending, Pending, Pending];
    let rows = [
        ("dmt.transfer", 325, by_state),
        ("dmt.transfer", 9_999, by_state),
        ("dmt.transfer", 55, declined),
        ("refund", 74, refund),
        ("refund", 9_999, plain),
    ];
    for (op, kind, expected) in rows {
        for (state, expected) in STATES.into_iter().zip(expected) {
            let mut body = transfer(kind);
            if let Some(state) = state {
                body["data"]["tx_status"] = state.into();
            }
            assert_eq!(judged(endpoint(op), 200, &body).state, expected, "{op} {body}");
        }
    }
}

#[test]
fn done_needs_a_status_that_says_so() {
    let done =
        |status: Value| json!({"status": status, "response_type_id": 325, "data": {"tx_status": "0", "tid": "77"}});
    let transfer = endpoint("dmt.transfer");
    assert_eq!(judged(transfer, 200, &done(0.into())).state, State::Settled);
    assert_eq!(judged(transfer, 201, &done(0.into())).state, State::Settled);
    for (http_status, status) in [(200, json!(347)), (200, json!(null)), (400, json!(0)), (404, json!(0))] {
        let judgement = judged(transfer, http_status, &done(status.clone()));
        assert_eq!(judgement.state, State::Pending, "HTTP {http_status}, status {status}");
        assert_eq!(judgement.tid.as_deref(), Some("77"));
    }
}

#[test]
fn an_amount_that_cannot_be_read_is_not_the_requests() {
    let with =
        |amount: Value| json!({"status": 0, "response_type_id": 325, "data": {"tx_status": "0", "amount": amount}});
    for (amount, state) in [
        (json!("100.00"), State::Settled),
        (json!(""), State::Settled),
        (json!(null), State::Settled),
        (json!("x"), State::Indeterminate),
        (json!({}), State::Indeterminate),
        (json!([]), State::Indeterminate),
        (json!(true), State::Indeterminate),
        (json!("100.01"), State::Indeterminate),
    ] {
        let judgement = judged(endpoint("dmt.transfer"), 200, &with(amount.clone()));
        assert_eq!(judgement.state, state, "{amount}");
        assert_eq!(judgement.contradiction.is_some(), state == State::Indeterminate, "{amount}");
    }
}

#[test]
fn a_refused_refund_that_repeats_its_tid_was_refused() {
    let wrong_otp = |tid: &str| json!({"status": 302, "message": "Wrong OTP", "data": {"tid": tid}});
    let judgement = judged(endpoint("refund"), 200, &wrong_otp("77"));
    assert_eq!((judgement.state, judgement.before_work), (State::Declined, true));
    let another = judged(endpoint("refund"), 200, &wrong_otp("78"));
    assert_eq!((another.state, another.contradiction.is_some()), (State::Indeterminate, true));
    // Of a transfer any tid shows a transaction.
    let transfer = judged(endpoint("dmt.transfer"), 200, &wrong_otp("77"));
    assert_eq!((transfer.state, transfer.tid.as_deref()), (State::Indeterminate, Some("77")));
}

#[test]
fn what_nobody_has_described_is_judged_too() {
    let new = |data: Value| {
        judged(endpoint("dmt.transfer"), 200, &json!({"status": 0, "response_type_id": 9_999, "data": data}))
    };
    let judgement = new(json!({"tid": "77", "client_ref_id": "REF-1", "amount": "100.0"}));
    assert_eq!((judgement.state, judgement.tid.as_deref()), (State::Pending, Some("77")));
    for data in [json!({"tid": "77", "client_ref_id": "REF-2"}), json!({"amount": "1"})] {
        let judgement = new(data.clone());
        assert!(judgement.contradiction.is_some(), "{data}");
        assert_eq!((judgement.state, judgement.tid), (State::Indeterminate, None), "{data}");
    }
}

#[test]
fn a_refusal_of_a_server_that_fails_proves_nothing() {
    let body = json!({"status": 2485, "response_type_id": 2485});
    for (http_status, before_work) in [(200, true), (401, true), (403, true), (500, false), (503, false), (408, false)]
    {
        let judgement = judged(endpoint("dmt.transfer"), http_status, &body);
        assert_eq!(judgement.before_work, before_work, "HTTP {http_status}");
    }
}
