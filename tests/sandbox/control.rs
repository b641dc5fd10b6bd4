//! Tests of the sandbox's control commands in JSON, through a binding and over HTTP.

use crate::flow::{authorised, by_tid};
use crate::support::{Ask, CLOCK, MOBILE, http, start};
use eko_eps::Sandbox;
use serde_json::{Value, json};

fn run(sandbox: &Sandbox, command: &Value) -> Value {
    serde_json::from_str(&sandbox.control(&command.to_string()).unwrap()).unwrap()
}

fn refused(sandbox: &Sandbox, command: &Value) -> String {
    sandbox.control(&command.to_string()).unwrap_err()
}

#[tokio::test]
async fn every_hook_has_a_command() {
    let sandbox = start();
    assert_eq!(run(&sandbox, &json!({ "do": "now" })), CLOCK);
    assert_eq!(run(&sandbox, &json!({ "do": "advance", "ms": 1500 })), Value::Null);
    assert_eq!(run(&sandbox, &json!({ "do": "now" })), CLOCK + 1500);

    run(&sandbox, &json!({ "do": "setCustomer", "mobile": MOBILE, "state": "verified" }));
    assert_eq!(run(&sandbox, &json!({ "do": "lastOtp", "mobile": MOBILE })), Value::Null);
    assert_eq!(Ask::get_customer(&sandbox).send().await.ids().2, 2129);
    let otp = run(&sandbox, &json!({ "do": "lastOtp", "mobile": MOBILE }));
    assert_eq!(otp.as_str().map(str::to_owned), sandbox.last_otp(MOBILE));

    run(&sandbox, &json!({ "do": "setCustomer", "mobile": MOBILE, "state": 5 }));
    assert_eq!(Ask::legacy(&sandbox).send().await.json["data"]["state"], "5");

    run(&sandbox, &json!({ "do": "setSenderShape", "shape": "profile" }));
    let sender = || Ask::get(&sandbox, &format!("/customer/payment/dmt-fino/sender/{MOBILE}"));
    assert_eq!(sender().send().await.ids().2, 309);
    run(&sandbox, &json!({ "do": "setSenderShape", "shape": "page" }));
    assert_eq!(sender().send().await.ids().2, 1388);

    let scenarios = run(&sandbox, &json!({ "do": "scenarios", "op": "getCustomer" }));
    assert_eq!(scenarios[1], json!({ "name": "notEnrolled", "doc": "308: the customer is not enrolled." }));

    let requests = run(&sandbox, &json!({ "do": "requests" }));
    assert_eq!(requests.as_array().unwrap().len(), 4);
    assert_eq!(
        requests[1],
        json!({
            "method": "GET", "path": "/ekoapi/v2/customers/{customer_id_type}:{customer_id}",
            "op": "legacy.getCustomer", "params": ["customer_id_type", "customer_id", "initiator_id", "user_code"],
            "httpStatus": 200, "status": 0, "responseTypeId": 33, "scripted": false, "atMs": CLOCK + 1500,
        })
    );
}

#[tokio::test]
async fn scripts_of_every_kind_can_be_ordered() {
    let sandbox = start();
    let order = |script: Value| {
        let mut command = json!({ "do": "script", "op": "getCustomer" });
        command.as_object_mut().unwrap().extend(script.as_object().unwrap().clone());
        assert_eq!(run(&sandbox, &command), Value::Null);
    };
    let types = async |times: usize| {
        let mut types = Vec::new();
        for _ in 0..times {
            types.push(Ask::get_customer(&sandbox).send().await.ids().2);
        }
        types
    };
    order(json!({ "scenario": "found", "times": 2 }));
    assert_eq!(types(3).await, [309, 309, 308]);
    order(json!({ "lateMs": 1 }));
    assert_eq!(types(1).await, [308]);

    order(json!({ "body": { "httpStatus": 502, "headers": { "x-a": "b" }, "body": "not json" } }));
    let answer = Ask::get_customer(&sandbox).send().await;
    assert_eq!((answer.http, answer.text.as_str(), &answer.headers["x-a"]), (502, "not json", &"b".parse().unwrap()));
    order(json!({ "body": { "body": { "status": 1 } } }));
    let answer = Ask::get_customer(&sandbox).send().await;
    assert_eq!((answer.http, answer.text.as_str()), (200, r#"{"status":1}"#));

    order(json!({ "close": true }));
    assert!(Ask::get_customer(&sandbox).try_send().await.is_err());
    order(json!({ "hang": true }));
    run(&sandbox, &json!({ "do": "clear", "op": "getCustomer" }));
    assert_eq!(types(1).await, [308]);
    order(json!({ "hang": true }));
    run(&sandbox, &json!({ "do": "clear" }));
    assert_eq!(types(1).await, [308]);

    run(&sandbox, &json!({ "do": "script", "op": "onboardCustomer", "close": true, "afterWork": true }));
    assert!(Ask::onboard(&sandbox).try_send().await.is_err());
    assert_eq!(types(1).await, [2129]);
}

#[tokio::test]
async fn every_hook_for_money_has_a_command() {
    let (sandbox, transfer) = authorised().await;
    let order = |command: Value| assert_eq!(run(&sandbox, &command), Value::Null);
    assert_eq!(run(&sandbox, &json!({ "do": "otp", "otpRefId": transfer.otp_ref_id })), transfer.otp.as_str());
    assert_eq!(run(&sandbox, &json!({ "do": "otp", "otpRefId": "66748392" })), Value::Null);
    assert_eq!(run(&sandbox, &json!({ "do": "balance" })), "2222637312.86");
    order(json!({ "do": "setBalance", "rupees": "1000.50" }));
    order(
        json!({ "do": "setBank", "outcome": "pend", "then": "decline", "afterMs": 5000, "hideMs": 2000, "times": 1 }),
    );
    assert_eq!(transfer.go(&sandbox).await.json["data"]["tx_status"], "2");
    assert_eq!(run(&sandbox, &json!({ "do": "balance" })), "890.5");
    let ledger = run(&sandbox, &json!({ "do": "ledger" }));
    let tid = ledger[0]["tid"].as_str().unwrap();
    assert_eq!(
        ledger,
        json!([{
            "reference": "REF-1", "tid": tid, "amount": "100", "fee": "10", "state": "pending", "completeRequests": 1,
            "bookedAt": CLOCK, "refundRequests": 0, "refundTid": null,
        }])
    );
    assert_eq!(by_tid(&sandbox, tid).await.json["response_status_id"], -1, "hidden");
    assert_eq!(run(&sandbox, &json!({ "do": "callbacks" })), json!([]));
    order(json!({ "do": "advance", "ms": 5000 }));
    let callbacks = run(&sandbox, &json!({ "do": "callbacks" }));
    assert_eq!((callbacks[0]["tx_status"].as_i64(), callbacks[0]["tid"].as_u64()), (Some(1), tid.parse().ok()));
    assert_eq!(run(&sandbox, &json!({ "do": "ledger" }))[0]["state"], "declined");

    for (outcome, tx_status) in [("settle", "0"), ("decline", "1"), ("refundPending", "3"), ("never", "2")] {
        order(json!({ "do": "setBank", "outcome": outcome }));
        let next = transfer.called(outcome).authorised(&sandbox).await;
        assert_eq!(next.go(&sandbox).await.json["data"]["tx_status"], tx_status, "{outcome}");
    }
    order(json!({ "do": "setBank", "outcome": "pend", "afterMs": 0 }));
    order(json!({ "do": "assertNoDoubleDebit" }));
    order(json!({ "do": "setDuplicates", "duplicates": "refuse" }));
    assert_eq!(transfer.go(&sandbox).await.message(), "Duplicate client_ref_id");
    order(json!({ "do": "setDuplicates", "duplicates": "bookAgain" }));
    assert_eq!(transfer.go(&sandbox).await.ids().0, 55, "the OTP was used");
    let doubled = refused(&sandbox, &json!({ "do": "assertNoDoubleDebit" }));
    assert_eq!(doubled, "debits or refunds were sent or booked more than once: REF-1: 3 complete requests, 1 bookings");
    order(json!({ "do": "setLimit", "mobile": MOBILE, "rupees": "1" }));
    assert_eq!(transfer.send_otp(&sandbox).await.ids().0, 36);

    order(json!({ "do": "script", "op": "dmt.transfer", "fault": "closeAfterWork", "times": 2 }));
    assert!(transfer.ask(&sandbox).try_send().await.is_err());
    order(json!({ "do": "script", "op": "dmt.transfer", "fault": "serverErrorAfterWork", "lateMs": 1 }));
    assert!(transfer.ask(&sandbox).try_send().await.is_err());
    assert_eq!(transfer.go(&sandbox).await.http, 500);
}

#[test]
fn a_wrong_command_says_what_is_wrong() {
    let sandbox = start();
    assert!(sandbox.control("{").unwrap_err().starts_with("command:"));
    assert!(refused(&sandbox, &json!({ "do": "dance" })).contains("dance"));
    assert!(refused(&sandbox, &json!({ "do": "advance", "by": 1 })).contains("by"));
    assert!(refused(&sandbox, &json!({ "do": "advance", "ms": -1 })).contains("-1"));
    let state = |state: Value| json!({ "do": "setCustomer", "mobile": MOBILE, "state": state });
    assert!(refused(&sandbox, &state(json!("verifed"))).contains("did you mean \"verified\"?"));
    assert!(refused(&sandbox, &state(json!(7))).contains("1, 2, 3, 4, 5 or 8"));
    assert!(refused(&sandbox, &json!({ "do": "setCustomer", "mobile": "94", "state": 1 })).contains("10 digits"));
    assert!(refused(&sandbox, &json!({ "do": "setSenderShape", "shape": "round" })).contains("page"));
    let both = json!({ "do": "script", "op": "getCustomer", "hang": true, "close": true });
    assert!(refused(&sandbox, &both).contains("one of"));
    let fault = json!({ "do": "script", "op": "getCustomer", "fault": "closeAfterWrk" });
    assert!(refused(&sandbox, &fault).contains("did you mean \"closeAfterWork\"?"));
    for (bank, words) in [
        (json!({ "outcome": "setle" }), "did you mean \"settle\"?"),
        (json!({ "outcome": "pend" }), "afterMs"),
        (json!({ "outcome": "pend", "then": "pend", "afterMs": 1 }), "pend"),
        (json!({ "outcome": "settle", "afterMs": 1 }), "belong to the outcome"),
        (json!({ "outcome": "settle", "later": 1 }), "later"),
    ] {
        let mut command = bank.clone();
        command["do"] = "setBank".into();
        assert!(refused(&sandbox, &command).contains(words), "{bank}: {}", refused(&sandbox, &command));
    }
    assert!(refused(&sandbox, &json!({ "do": "setDuplicates", "duplicates": "ignore" })).contains("ignore"));
    assert!(refused(&sandbox, &json!({ "do": "setBalance", "rupees": "1.234" })).contains("two decimals"));
    assert!(refused(&sandbox, &json!({ "do": "scenarios", "op": "x" })).contains("no endpoint"));
}

async fn posted(sandbox: &Sandbox, headers: &[(&str, &str)], command: &str) -> (u16, Value) {
    let url = sandbox.base_url().replace("/ekoapi/v3", "/sandbox");
    let mut request = http().post(url).body(command.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn commands_are_taken_over_http() {
    let sandbox = start();
    let now = r#"{"do":"now"}"#;
    assert_eq!(posted(&sandbox, &[JSON], now).await, (200, json!({ "result": CLOCK })));
    let (status, error) = posted(&sandbox, &[JSON], r#"{"do":"dance"}"#).await;
    assert_eq!((status, error["error"].is_string()), (400, true));
    assert_eq!(sandbox.requests(), [], "a command is no request");
    let url = sandbox.base_url().replace("/ekoapi/v3", "/sandbox");
    assert_eq!(http().get(url).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn commands_are_not_taken_from_web_pages() {
    let sandbox = start();
    let advance = r#"{"do":"advance","ms":1}"#;
    for headers in [
        vec![],
        vec![("content-type", "text/plain")],
        vec![JSON, ("origin", "https://example.com")],
        vec![JSON, ("host", "example.com")],
        vec![JSON, ("host", "127.0.0.1.example.com:80")],
    ] {
        assert_eq!(posted(&sandbox, &headers, advance).await.0, 403, "{headers:?}");
    }
    assert_eq!(sandbox.now_ms(), CLOCK);
    assert_eq!(posted(&sandbox, &[JSON, ("host", "localhost:1")], advance).await.0, 200);
    assert_eq!(sandbox.now_ms(), CLOCK + 1);
}
