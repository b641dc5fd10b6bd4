//! Tests of the customer lookup of v1 and v2, and of its states.

use crate::support::{Ask, MOBILE, USER, start};
use eko_eps::sandbox::CustomerState;
use serde_json::json;

#[tokio::test]
async fn an_unknown_customer_is_463_and_named() {
    let sandbox = start();
    let answer = Ask::legacy(&sandbox).send().await;
    assert_eq!(answer.ids(), (463, 1, -1));
    assert!(answer.json["invalid_params"]["customer_id"].is_string());
}

#[tokio::test]
async fn every_state_has_its_number_as_text() {
    let sandbox = start();
    for (state, number, status) in [
        (CustomerState::Enrolled, "1", 327),
        (CustomerState::Verified, "2", 0),
        (CustomerState::LimitExhausted, "2", 0),
        (CustomerState::KycPending, "3", 0),
        (CustomerState::AadhaarPending, "3", 0),
        (CustomerState::FullKyc, "4", 0),
        (CustomerState::NameChangePending, "5", 0),
        (CustomerState::PanPending, "8", 0),
    ] {
        sandbox.set_customer(MOBILE, state).unwrap();
        let answer = Ask::legacy(&sandbox).send().await;
        assert_eq!(answer.ids(), (status, 0, 33), "{state:?}");
        assert_eq!(answer.json["data"]["state"], number, "{state:?}");
        assert_eq!(answer.json["data"]["mobile"], MOBILE);
    }
    for number in [1, 2, 3, 4, 5, 8] {
        sandbox.set_customer(MOBILE, CustomerState::from_legacy(number).unwrap()).unwrap();
        let answer = Ask::legacy(&sandbox).send().await;
        assert_eq!(answer.json["data"]["state"], number.to_string());
    }
    assert_eq!([0, 6, 7, 9].map(CustomerState::from_legacy), [None; 4]);
}

#[tokio::test]
async fn the_wire_mixes_numbers_text_and_null() {
    let sandbox = start();
    sandbox.set_customer(MOBILE, CustomerState::Verified).unwrap();
    let answer = Ask::legacy(&sandbox).send().await;
    for as_written in [
        r#""available_limit":25000.0"#,
        r#""used_limit":0.0"#,
        r#""wallet_available_limit":0.0"#,
        r#""balance":"0.0""#,
        r#""state":"2""#,
        r#""remaining":"25000.0""#,
        r#""name":null"#,
        r#""priority":null"#,
        r#""is_registered":1"#,
    ] {
        assert!(answer.text.contains(as_written), "{as_written} in {}", answer.text);
    }
    assert_eq!((&answer.json["data"]["user_code"], &answer.json["data"]["currency"]), (&json!(USER), &json!("INR")));
}

#[tokio::test]
async fn an_onboarded_customer_is_pending_here_too() {
    let sandbox = start();
    Ask::onboard(&sandbox).send().await;
    let answer = Ask::legacy(&sandbox).send().await;
    assert_eq!((answer.ids().0, &answer.json["data"]["name"]), (327, &json!("Leela Menon")));
}
