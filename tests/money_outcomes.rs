//! Tests of the outcome of a debit's answer: `tx_status` decides, at either depth of the JSON, and gives the outcome its fields.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::__private::ENDPOINTS;
use eko_eps::__private::catalog::Effect;
use eko_eps::dmt::TransferOutcome;
use eko_eps::{Answer, Client, Config, HttpAnswer};
use serde_json::{Map, Value, json};

/// EPS's ordinary success, with every value that its page and its samples show.
const SUCCESS: &str = r#"{"status":0,"response_status_id":0,"message":"Transaction successful","response_type_id":325,"data":{"tx_status":"0","txstatus_desc":"Success","tid":"3937613077","amount":"100.00","fee":"10.0","collectable_amount":"110.0","service_tax":"1.53","tds":"0.02","commission":"0.48","sender_name":"Asha","recipient_name":"Ravi Kumar","recipient_id":117015428,"bank":"State Bank of India","account":"10620012345","channel_desc":"IMPS","bank_ref_num":"656604834111","balance":"10131.20","client_ref_id":"GOOD-1","currency":"INR","timestamp":"2026-07-23T09:46:35.396Z"}}"#;

const FIELDS: [(&str, &str); 14] = [
    ("tid", "3937613077"),
    ("clientRefId", "GOOD-1"),
    ("amount", "100"),
    ("fee", "10"),
    ("balance", "10131.2"),
    ("bankRefNum", "656604834111"),
    ("txstatusDesc", "Success"),
    ("commission", "0.48"),
    ("tds", "0.02"),
    ("collectableAmount", "110"),
    ("serviceTax", "1.53"),
    ("recipientName", "Ravi Kumar"),
    ("timestamp", "2026-07-23T09:46:35.396Z"),
    ("currency", "INR"),
];

fn client() -> Client {
    Client::new(Config::new("developer", "access").base_url("http://127.0.0.1:9/ekoapi/v3")).unwrap()
}

fn interpret(op: &str, body: &Value) -> Answer {
    let answer = HttpAnswer { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() };
    client().interpret(op, &answer).unwrap_or_else(|error| panic!("{op} {body}: {error}"))
}

#[test]
fn the_ordinary_success_is_settled_with_every_declared_field() {
    let body: Value = serde_json::from_str(SUCCESS).unwrap();
    let answer = interpret("dmt.transfer", &body);
    assert_eq!(answer.outcome, "settled");
    let expected: Map<String, Value> = FIELDS.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    assert_eq!(answer.fields(), expected);

    let transfer = ENDPOINTS.iter().find(|endpoint| endpoint.op == "dmt.transfer").unwrap();
    let settled = transfer.outcomes.iter().find(|rule| rule.tag == "settled").unwrap();
    let mut declared: Vec<&str> = settled.fields.iter().map(|field| field.name).collect();
    let mut looked_at: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    declared.sort_unstable();
    looked_at.sort_unstable();
    assert_eq!(declared, looked_at);

    let typed: TransferOutcome = serde_json::from_str(&answer.to_json()).unwrap();
    let TransferOutcome::Settled { commission, tds, recipient_name, .. } = typed else { panic!("{typed:?}") };
    assert_eq!((commission.as_deref(), tds.as_deref()), (Some("0.48"), Some("0.02")));
    assert_eq!(recipient_name.as_deref(), Some("Ravi Kumar"));
}

#[test]
fn the_state_of_a_transfer_decides_beside_every_type() {
    let states = [
        (json!("0"), "settled"),
        (json!(0), "settled"),
        (json!("1"), "declined"),
        (json!("2"), "pending"),
        (json!("3"), "refundPending"),
        (json!("4"), "refunded"),
        (json!("5"), "pending"),
        (json!("6"), "pending"),
        (json!("99"), "pending"),
        (json!("-1"), "pending"),
        (json!("x"), "pending"),
        (json!([0]), "pending"),
    ];
    for kind in [json!(325), json!(55), json!(1388), json!(9_999), Value::Null] {
        for (state, tag) in &states {
            // `response_type_id` 55 means declined and `tx_status` 0 means done. Together they settle nothing: only an inquiry can tell.
            let tag = if kind == 55 && *tag == "settled" { "pending" } else { tag };
            for body in [
                json!({"status": 0, "response_type_id": kind, "data": {"tx_status": state, "tid": "7"}}),
                json!({"status": 0, "response_type_id": kind, "data": {"tid": "7"}, "tx_status": state}),
                json!({"status": 0, "response_type_id": kind, "data": {"tid": "7", "tx_status": ""}, "tx_status": state}),
                json!({"status": 0, "response_type_id": kind, "data": {"tid": "7", "tx_status": state}, "tx_status": state}),
            ] {
                let answer = interpret("dmt.transfer", &body);
                assert_eq!((answer.outcome, &answer.fields()["tid"]), (tag, &json!("7")), "{body}");
            }
        }
    }
}

#[test]
fn without_a_state_the_response_type_decides() {
    for (kind, tag) in [(325, "pending"), (55, "declined")] {
        for data in [json!({}), json!({"tx_status": ""}), json!({"tx_status": null}), json!({"tx_status": "null"})] {
            let body = json!({"status": 0, "response_type_id": kind, "data": data});
            assert_eq!(interpret("dmt.transfer", &body).outcome, tag, "{body}");
        }
    }
    assert_eq!(interpret("refund", &json!({"status": 0, "response_type_id": 74})).outcome, "refunded");
}

#[test]
fn two_conflicting_states_count_as_none() {
    for (one, two) in [("0", "2"), ("2", "0"), ("0", "1"), ("4", "0"), ("0", "x"), ("x", "0")] {
        for (op, kind) in [("dmt.transfer", 325), ("dmt.transfer", 55), ("refund", 74), ("refund", 9_999)] {
            let body = json!({"status": 0, "response_type_id": kind, "data": {"tx_status": one}, "tx_status": two});
            let answer = interpret(op, &body);
            assert_eq!((answer.outcome, answer.meta.tx_status), ("pending", None), "{op} {body}");
        }
    }
}

#[test]
fn no_pattern_of_a_debit_leaves_the_state_out_of_account() {
    let debits: Vec<_> = ENDPOINTS.iter().filter(|endpoint| endpoint.effect == Effect::Money).collect();
    assert!(!debits.is_empty());
    for endpoint in debits {
        let outcomes = endpoint.outcomes.iter().flat_map(|rule| rule.when);
        for pattern in outcomes.chain(endpoint.refusals.iter().flat_map(|rule| rule.when)) {
            assert!(pattern.tx_status.is_some() != pattern.stateless, "{}: {pattern:?}", endpoint.op);
        }
    }
}
