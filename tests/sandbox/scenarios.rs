//! Tests that every scenario of the debit calls answers as its description says at its beginning.

use crate::flow::{ask, body, read_ask, refund_ask};
use crate::support::{Answer, Ask, INITIATOR, MOBILE, start};
use eko_eps::Sandbox;
use eko_eps::sandbox::Script;
use serde_json::{Value, json};

/// Returns a request that passes every check, about an unknown customer.
fn request(sandbox: &Sandbox, op: &str) -> Ask {
    let sender = format!("/customer/payment/dmt-fino/sender/{MOBILE}");
    let recipient = json!({
        "recipient_mobile": "9000000002", "recipient_name": "Ravi Nair", "ifsc": "SBIN0007515", "account": "10000000001",
    });
    let address = json!({
        "line": "a", "city": "b", "state": "c", "pincode": "452001", "district": "d", "area": "e",
    });
    let otp = json!({ "otp": "004702", "otp_ref_id": "667007109" });
    let with = |more: &[(&str, Value)], base: &Value| {
        let mut body = body(base);
        for (name, value) in more {
            body[*name] = value.clone();
        }
        body
    };
    match op {
        "dmt.onboardSender" => {
            let more = [
                ("name", "A B".into()),
                ("dob", "1990-05-15".into()),
                ("residence_address", address.to_string().into()),
            ];
            ask(sandbox, "POST", &sender, &with(&more, &json!({})))
        }
        "dmt.ekycSender" => {
            let more = [("aadhar", "999999999999".into()), ("piddata", "<?xml?><x/>".into())];
            ask(sandbox, "PUT", &format!("{sender}/otp"), &with(&more, &json!({})))
        }
        "dmt.verifyEkycOtp" => {
            ask(sandbox, "PUT", &format!("{sender}/otp/verify"), &with(&[("kyc_request_id", "K1".into())], &otp))
        }
        "dmt.getRecipients" => read_ask(sandbox, &format!("{sender}/recipients")),
        "dmt.addRecipient" => ask(sandbox, "POST", &format!("{sender}/recipient"), &body(&recipient)),
        "dmt.sendTransactionOtp" => {
            let more = [("recipient_id", 7.into()), ("amount", 100.into()), ("customer_id", MOBILE.into())];
            ask(sandbox, "POST", "/customer/payment/dmt-fino/otp", &with(&more, &json!({})))
        }
        "dmt.transfer" => {
            let more = [("recipient_id", 7.into()), ("amount", 100.into()), ("customer_id", MOBILE.into())];
            ask(sandbox, "POST", "/customer/payment/dmt-fino", &with(&more, &otp))
        }
        "getTransaction" => read_ask(sandbox, "/tools/reference/transaction/client_ref_id%3AREF-7"),
        "sendRefundOtp" => {
            ask(sandbox, "POST", "/customer/payment/refund/13192443/otp", &json!({ "initiator_id": INITIATOR }))
        }
        "refund" => refund_ask(sandbox, "13192443", &"004702".into(), Some("667007109")),
        other => panic!("no request for {other}"),
    }
}

fn begins(doc: &str, answer: &Answer) -> bool {
    // Descriptions begin like these: "55: ...", "tx_status 2: ...", "HTTP 404 as text: ...", "A message without ...".
    let words: Vec<&str> = doc.split([' ', ':', '.']).collect();
    match words[..] {
        ["HTTP", code, ..] => answer.http == code.parse::<u16>().unwrap(),
        ["tx_status", state, ..] => answer.json["data"]["tx_status"] == state,
        ["A", "message", ..] => answer.json.as_object().unwrap().keys().eq(["message"]),
        [code, ..] => ["status", "response_status_id", "response_type_id"]
            .iter()
            .any(|name| answer.json[*name].as_i64() == Some(code.parse().unwrap())),
        [] => false,
    }
}

#[tokio::test]
async fn every_money_scenario_answers_as_its_description_begins() {
    let sandbox = start();
    let mut played = 0;
    for (op, own) in [
        ("dmt.onboardSender", 3),
        ("dmt.ekycSender", 4),
        ("dmt.verifyEkycOtp", 4),
        ("dmt.getRecipients", 3),
        ("dmt.addRecipient", 3),
        ("dmt.sendTransactionOtp", 4),
        ("dmt.transfer", 11),
        ("getTransaction", 7),
        ("sendRefundOtp", 2),
        ("refund", 4),
    ] {
        let scenarios = sandbox.scenarios(op);
        assert_eq!(scenarios.len(), own + 18, "{op}");
        for scenario in scenarios {
            sandbox.script(op, Script::answer(scenario.name)).unwrap();
            let answer = request(&sandbox, op).send().await;
            assert!(begins(scenario.doc, &answer), "{op} {}: {} {}", scenario.name, answer.http, answer.text);
            played += 1;
        }
    }
    assert_eq!(played, 45 + 10 * 18);
    assert!(sandbox.ledger().iter().all(|entry| entry.tid.is_none()), "scenarios book nothing");
}

#[tokio::test]
async fn a_scenario_knows_what_was_asked_for() {
    let sandbox = start();
    sandbox.script("getTransaction", Script::answer("settled")).unwrap();
    assert_eq!(request(&sandbox, "getTransaction").send().await.json["data"]["client_ref_id"], "REF-7");
    sandbox.script("refund", Script::answer("refunded")).unwrap();
    assert_eq!(request(&sandbox, "refund").send().await.json["data"]["tid"], "13192443");
    sandbox.script("dmt.transfer", Script::answer("settled")).unwrap();
    let data = request(&sandbox, "dmt.transfer").send().await.json["data"].clone();
    assert_eq!((&data["client_ref_id"], &data["amount"]), (&json!("STEP-1"), &json!("100.0")));
}
