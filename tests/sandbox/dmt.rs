//! Tests of the DMT sender, in both documented forms of its answer.

use crate::support::{Ask, MOBILE, start};
use eko_eps::Sandbox;
use eko_eps::sandbox::{CustomerState, SenderShape};
use serde_json::json;

fn sender(sandbox: &Sandbox) -> Ask {
    Ask::get(sandbox, &format!("/customer/payment/dmt-fino/sender/{MOBILE}"))
}

#[tokio::test]
async fn the_flat_shape_of_the_page_comes_first() {
    let sandbox = start();
    let unknown = sender(&sandbox).send().await;
    assert_eq!((unknown.ids(), &unknown.json["data"]), ((1, 463, 1388), &json!({})));
    Ask::onboard(&sandbox).send().await;
    let pending = sender(&sandbox).send().await;
    assert_eq!(pending.ids(), (0, 0, 1388));
    assert_eq!((&pending.json["data"]["state"], &pending.json["data"]["kyc_verified"]), (&json!(10), &json!(false)));
    sandbox.set_customer(MOBILE, CustomerState::Verified).unwrap();
    let found = sender(&sandbox).send().await;
    assert_eq!(found.ids(), (0, 0, 1388));
    assert_eq!(
        found.json["data"],
        json!({
            "customer_id": MOBILE, "name": "Leela Menon", "dob": "1990-05-15", "kyc_verified": true,
            "available_limit": 25000, "used_limit": 0, "monthly_limit": 25000, "state": 0,
        })
    );
}

#[tokio::test]
async fn the_shape_with_a_profile_is_a_switch_away() {
    let sandbox = start();
    sandbox.set_sender_shape(SenderShape::Profile);
    let unknown = sender(&sandbox).send().await;
    assert_eq!((unknown.ids(), &unknown.json["data"]), ((308, 1, 308), &json!({ "ekyc_enabled": "" })));
    sandbox.set_customer(MOBILE, CustomerState::Verified).unwrap();
    let found = sender(&sandbox).send().await;
    assert_eq!(found.ids(), (0, -1, 309));
    let data = &found.json["data"];
    assert_eq!((&data["next_allowed_limit"], &data["kyc_state"]), (&json!(25000), &json!(0)));
    assert_eq!(data["customer_profile"]["mobile"], MOBILE);
    assert_eq!(data["customer_profile"]["total_monthly_limit"], "25000.0");
    assert_eq!(data["customer_profile"]["kyc_state"], 1);
    sandbox.set_sender_shape(SenderShape::Page);
    assert_eq!(sender(&sandbox).send().await.ids(), (0, 0, 1388));
}

#[tokio::test]
async fn every_state_answers_as_documented() {
    let sandbox = start();
    for (state, page, profile) in [
        (CustomerState::Unknown, 1388, 308),
        (CustomerState::Enrolled, 1388, 2134),
        (CustomerState::AadhaarPending, 2134, 2134),
        (CustomerState::PanPending, 2134, 2134),
        (CustomerState::KycPending, 2134, 2134),
        (CustomerState::Verified, 1388, 309),
        (CustomerState::FullKyc, 1388, 309),
        (CustomerState::NameChangePending, 1388, 309),
        (CustomerState::LimitExhausted, 1388, 309),
    ] {
        sandbox.set_customer(MOBILE, state).unwrap();
        for (shape, type_id) in [(SenderShape::Page, page), (SenderShape::Profile, profile)] {
            sandbox.set_sender_shape(shape);
            assert_eq!(sender(&sandbox).send().await.ids().2, type_id, "{state:?} {shape:?}");
        }
    }
}

#[tokio::test]
async fn a_sender_whose_limit_is_used_up_has_nothing_left() {
    let sandbox = start();
    sandbox.set_customer(MOBILE, CustomerState::LimitExhausted).unwrap();
    let data = sender(&sandbox).send().await.json["data"].clone();
    assert_eq!((&data["available_limit"], &data["used_limit"]), (&json!(0), &json!(25000)));
}
