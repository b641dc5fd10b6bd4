//! Tests of customers: unknown, enrolled and verified, and the OTPs between these states.

use crate::support::{Ask, MOBILE, start, wrong};
use eko_eps::Sandbox;
use eko_eps::sandbox::CustomerState;
use serde_json::{Value, json};
use std::time::Duration;

const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// Onboards the customer. Returns the OTP and its `otp_ref_id`.
async fn onboarded(sandbox: &Sandbox) -> (String, String) {
    let answer = Ask::onboard(sandbox).send().await;
    assert_eq!(answer.ids(), (2129, 1, 2129));
    (sandbox.last_otp(MOBILE).unwrap(), answer.otp_ref_id())
}

async fn verify(sandbox: &Sandbox, otp: &str, otp_ref_id: &str) -> (i64, i64, i64) {
    Ask::verify(sandbox, &json!(otp), otp_ref_id).send().await.ids()
}

#[tokio::test]
async fn the_way_of_a_new_customer() {
    let sandbox = start();
    let unknown = Ask::get_customer(&sandbox).send().await;
    assert_eq!(unknown.ids(), (308, 1, 308));
    assert_eq!(unknown.json["data"], json!({ "sender_name": "", "ekyc_enabled": "" }));

    let sent = Ask::onboard(&sandbox).send().await;
    assert_eq!(sent.ids(), (2129, 1, 2129));
    assert_eq!((&sent.json["data"]["intent_id"], &sent.json["data"]["kyc_request_id"]), (&json!(19), &json!("")));
    let reference = sent.otp_ref_id();
    assert_eq!((reference.len(), &reference[86..]), (88, "=="));

    assert_eq!(Ask::legacy(&sandbox).send().await.json["data"]["state"], "1");
    let otp = sandbox.last_otp(MOBILE).unwrap();
    let verified = Ask::verify(&sandbox, &json!(otp), &reference).send().await;
    assert_eq!(verified.ids(), (0, -1, 309));
    let data = &verified.json["data"];
    let profile = &data["customer_profile"];
    assert_eq!((&profile["name"], &data["sender_name"]), (&json!("Leela Menon"), &json!("Leela Menon")));
    assert_eq!(profile["mobile"], MOBILE);
    assert_eq!((&profile["next_allowed_limit"], &data["next_allowed_limit"]), (&json!("25000.0"), &json!(25000)));
    assert_eq!(
        (&profile["kyc_remark"], &profile["email"], &profile["kyc_state"]),
        (&json!("null"), &json!(""), &json!(0))
    );
    assert_eq!(profile["chart"][0]["data"], json!({ "used": 0, "remaining": 25000, "unavailable": 0 }));

    assert_eq!(Ask::legacy(&sandbox).send().await.json["data"]["state"], "2");
    let enrolled = Ask::get_customer(&sandbox).send().await;
    assert_eq!(enrolled.ids(), (2129, 1, 2129));
    assert_ne!(enrolled.otp_ref_id(), reference);
    let otp = sandbox.last_otp(MOBILE).unwrap();
    assert_eq!(verify(&sandbox, &otp, &enrolled.otp_ref_id()).await, (0, -1, 309));
}

#[tokio::test]
async fn onboarding_again_is_17() {
    let sandbox = start();
    onboarded(&sandbox).await;
    assert_eq!(Ask::onboard(&sandbox).send().await.ids(), (17, 1, -1));
}

#[tokio::test]
async fn a_wrong_otp_is_302_and_the_right_one_still_works() {
    let sandbox = start();
    let (otp, reference) = onboarded(&sandbox).await;
    for _ in 0..2 {
        assert_eq!(verify(&sandbox, &wrong(&otp), &reference).await, (302, 1, -1));
    }
    assert_eq!(verify(&sandbox, &otp, &reference).await, (0, -1, 309));
}

#[tokio::test]
async fn after_three_wrong_otps_even_the_right_one_fails() {
    let sandbox = start();
    let (otp, reference) = onboarded(&sandbox).await;
    for _ in 0..3 {
        assert_eq!(verify(&sandbox, &wrong(&otp), &reference).await, (302, 1, -1));
    }
    assert_eq!(verify(&sandbox, &otp, &reference).await, (2131, 1, 2131));
    // A new OTP begins the verification anew.
    let again = Ask::get_customer(&sandbox).send().await.otp_ref_id();
    assert_eq!(verify(&sandbox, &sandbox.last_otp(MOBILE).unwrap(), &again).await, (0, -1, 309));
}

#[tokio::test]
async fn a_reference_that_is_not_this_customers_is_302() {
    let sandbox = start();
    let (otp, _) = onboarded(&sandbox).await;
    assert_eq!(verify(&sandbox, &otp, "66748392").await, (302, 1, -1));
    sandbox.set_customer("9000000009", CustomerState::Enrolled).unwrap();
    let mut other = Ask::get_customer(&sandbox);
    other.url = other.url.replace(MOBILE, "9000000009");
    let others_reference = other.send().await.otp_ref_id();
    let others_otp = sandbox.last_otp("9000000009").unwrap();
    assert_eq!(verify(&sandbox, &others_otp, &others_reference).await, (302, 1, -1));
}

#[tokio::test]
async fn an_otp_expires_after_five_minutes() {
    let sandbox = start();
    let (otp, reference) = onboarded(&sandbox).await;
    sandbox.advance(FIVE_MINUTES);
    assert_eq!(verify(&sandbox, &otp, &reference).await, (303, 1, -1));

    let fresh = Ask::get_customer(&sandbox).send().await.otp_ref_id();
    sandbox.advance(FIVE_MINUTES - Duration::from_millis(1));
    assert_eq!(verify(&sandbox, &sandbox.last_otp(MOBILE).unwrap(), &fresh).await, (0, -1, 309));
}

#[tokio::test]
async fn an_otp_is_used_once() {
    let sandbox = start();
    let (otp, reference) = onboarded(&sandbox).await;
    assert_eq!(verify(&sandbox, &otp, &reference).await, (0, -1, 309));
    assert_eq!(verify(&sandbox, &otp, &reference).await, (303, 1, -1));
}

#[tokio::test]
async fn every_second_otp_begins_with_0_and_a_number_loses_it() {
    let sandbox = start();
    sandbox.set_customer(MOBILE, CustomerState::Verified).unwrap();
    let mut zeros = 0;
    for _ in 0..6 {
        let reference = Ask::get_customer(&sandbox).send().await.otp_ref_id();
        let otp = sandbox.last_otp(MOBILE).unwrap();
        assert_eq!((otp.len(), otp.bytes().all(|byte| byte.is_ascii_digit())), (6, true));
        let as_number = Ask::verify(&sandbox, &json!(otp.parse::<u64>().unwrap()), &reference).send().await;
        if otp.starts_with('0') {
            zeros += 1;
            assert_ne!(as_number.json["status"], 0, "{otp} as a number must not pass");
            assert_eq!(verify(&sandbox, &otp, &reference).await, (0, -1, 309));
        } else {
            assert_eq!(as_number.ids(), (0, -1, 309));
        }
    }
    assert_eq!(zeros, 3);
}

#[tokio::test]
async fn verifying_needs_a_customer_and_an_otp() {
    let sandbox = start();
    assert_eq!(verify(&sandbox, "123456", "66748392").await, (463, 1, -1));
    let (_, reference) = onboarded(&sandbox).await;
    let without = Ask::verify(&sandbox, &Value::Null, &reference).send().await;
    assert_eq!(without.ids(), (97, 1, -1));
    assert!(without.json["invalid_params"]["otp"].is_string());
}

#[tokio::test]
async fn the_steps_that_may_follow_the_otp() {
    let sandbox = start();
    for (state, ids) in [(CustomerState::AadhaarPending, (2136, 1, 2136)), (CustomerState::PanPending, (0, 0, 2147))] {
        sandbox.set_customer(MOBILE, CustomerState::Unknown).unwrap();
        let (otp, reference) = onboarded(&sandbox).await;
        sandbox.set_customer(MOBILE, state).unwrap();
        assert_eq!(verify(&sandbox, &otp, &reference).await, ids);
    }
}

#[tokio::test]
async fn every_state_answers_as_documented() {
    let sandbox = start();
    let cases = [
        (CustomerState::Enrolled, 2129, Some(309)),
        (CustomerState::AadhaarPending, 2129, Some(2136)),
        (CustomerState::PanPending, 2129, Some(2147)),
        (CustomerState::KycPending, 2129, Some(309)),
        (CustomerState::Verified, 2129, Some(309)),
        (CustomerState::FullKyc, 2129, Some(309)),
        (CustomerState::NameChangePending, 2129, Some(309)),
        (CustomerState::LimitExhausted, 2129, Some(309)),
        (CustomerState::Unknown, 308, None),
    ];
    for (state, looked_up, verified) in cases {
        sandbox.set_customer(MOBILE, state).unwrap();
        let answer = Ask::get_customer(&sandbox).send().await;
        assert_eq!(answer.ids().2, looked_up, "{state:?}");
        if let Some(verified) = verified {
            let otp = sandbox.last_otp(MOBILE).unwrap();
            assert_eq!(verify(&sandbox, &otp, &answer.otp_ref_id()).await.2, verified, "{state:?}");
        }
    }
}

#[tokio::test]
async fn a_limit_is_used_up_and_comes_back() {
    let sandbox = start();
    for (state, text, number) in [(CustomerState::LimitExhausted, "0.0", 0), (CustomerState::FullKyc, "25000.0", 25000)]
    {
        sandbox.set_customer(MOBILE, state).unwrap();
        let reference = Ask::get_customer(&sandbox).send().await.otp_ref_id();
        let answer = Ask::verify(&sandbox, &json!(sandbox.last_otp(MOBILE).unwrap()), &reference).send().await;
        let data = &answer.json["data"];
        assert_eq!(data["customer_profile"]["next_allowed_limit"], text);
        assert_eq!(data["next_allowed_limit"], number);
        assert_eq!(data["customer_profile"]["chart"][0]["data"]["used"], 25000 - number);
        assert_eq!(data["customer_profile"]["kyc_state"], i64::from(state == CustomerState::FullKyc));
    }
}

#[tokio::test]
async fn seeding_keeps_the_name_and_the_otps() {
    let sandbox = start();
    let (otp, reference) = onboarded(&sandbox).await;
    sandbox.set_customer(MOBILE, CustomerState::FullKyc).unwrap();
    let answer = Ask::verify(&sandbox, &json!(otp), &reference).send().await;
    assert_eq!(answer.json["data"]["sender_name"], "Leela Menon");
    assert!(sandbox.set_customer("944444444", CustomerState::Verified).is_err());
    assert!(sandbox.set_customer("944444444x", CustomerState::Verified).is_err());
}
