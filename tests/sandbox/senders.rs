//! Tests of registering a sender and of adding and listing its recipients.

use crate::flow::{ACCOUNT, add_recipient_of, ekyc, onboard, recipients, send, verify_ekyc};
use crate::support::{Ask, MOBILE, start, wrong};
use serde_json::{Value, json};
use std::time::Duration;

const PID: &str = "<PidData/>";

#[tokio::test]
async fn a_sender_is_onboarded_and_verified() {
    let sandbox = start();
    assert_eq!(ekyc(&sandbox, PID).await.ids(), (463, 1, -1));
    let onboarded = onboard(&sandbox).await;
    assert_eq!((onboarded.ids(), &onboarded.json["data"]), ((0, 0, 2134), &json!({ "otp_ref_id": "" })));
    assert_eq!(onboard(&sandbox).await.ids(), (0, 0, 2134), "not finished, so it may be done again");

    assert_eq!(ekyc(&sandbox, "<?xml?><Garbage/>").await.ids(), (2135, 1, 2135));
    let sent = ekyc(&sandbox, PID).await;
    assert_eq!(sent.ids(), (0, 0, 2129));
    let request = sent.json["data"]["kyc_request_id"].as_str().unwrap().to_owned();
    let (otp, reference) = (sandbox.last_otp(MOBILE).unwrap(), sent.otp_ref_id());
    let failed = verify_ekyc(&sandbox, &wrong(&otp), &reference, &request).await;
    assert_eq!((failed.ids(), &failed.json["data"]["description"]), ((2131, 302, 2131), &json!("Wrong OTP")));
    assert_eq!(verify_ekyc(&sandbox, &otp, &reference, "KYC-OTHER").await.ids(), (2131, 1, 2131));
    assert_eq!(verify_ekyc(&sandbox, &otp, &reference, &request).await.ids(), (0, 0, 2132));
    assert_eq!(verify_ekyc(&sandbox, &otp, &reference, &request).await.ids(), (2131, 1, 2131), "registered already");
    assert_eq!(onboard(&sandbox).await.ids().0, 17);
    assert_eq!(ekyc(&sandbox, PID).await.ids(), (2131, 1, 2131));
}

#[tokio::test]
async fn an_ekyc_otp_expires_and_is_no_other_otp() {
    let sandbox = start();
    onboard(&sandbox).await;
    let sent = ekyc(&sandbox, PID).await;
    let request = sent.json["data"]["kyc_request_id"].as_str().unwrap().to_owned();
    let otp = sandbox.last_otp(MOBILE).unwrap();
    let as_customer = Ask::verify(&sandbox, &otp.as_str().into(), &sent.otp_ref_id()).send().await;
    assert_eq!(as_customer.ids().0, 302, "it was sent for something else");
    sandbox.advance(Duration::from_secs(300));
    assert_eq!(verify_ekyc(&sandbox, &otp, &sent.otp_ref_id(), &request).await.ids(), (2131, 303, 2131));

    let of_customer = Ask::get_customer(&sandbox).send().await;
    let otp = sandbox.last_otp(MOBILE).unwrap();
    let wrong = verify_ekyc(&sandbox, &otp, &of_customer.otp_ref_id(), &request).await;
    assert_eq!(wrong.ids(), (2131, 302, 2131));
}

#[tokio::test]
async fn recipients_are_added_once_and_listed() {
    let sandbox = start();
    assert_eq!(recipients(&sandbox).await.ids(), (463, 1, -1));
    assert_eq!(add_recipient_of(&sandbox, MOBILE, ACCOUNT).await.ids(), (463, 1, -1));
    onboard(&sandbox).await;
    let none = recipients(&sandbox).await;
    assert_eq!((none.ids(), none.json.get("data")), ((0, -1, 22), None));

    let added = add_recipient_of(&sandbox, MOBILE, ACCOUNT).await;
    assert_eq!(added.ids(), (0, 0, 43));
    let id = added.json["data"]["recipient_id"].as_u64().unwrap();
    assert_eq!(added.json["data"]["customer_id"], MOBILE);
    assert_eq!(add_recipient_of(&sandbox, MOBILE, ACCOUNT).await.ids(), (342, 1, -1));
    assert_eq!(add_recipient_of(&sandbox, MOBILE, "10000000002").await.ids().2, 43);

    let listed = recipients(&sandbox).await;
    assert_eq!(listed.ids(), (0, 0, 23));
    let list = listed.json["data"]["recipient_list"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!(
        list[0],
        json!({
            "recipient_id": id, "beneficiary_id": id, "bank_recipient_id": id, "recipient_name": "Ravi Nair",
            "recipient_mobile": "9000000002", "bank": "State Bank of India", "ifsc": "SBIN0007515", "account": ACCOUNT,
            "account_type": "Bank Account", "ifsc_status": 1, "is_verified": 0, "is_otp_required": "0",
            "pipes": { "3": { "pipe": 3, "status": 1 } },
        })
    );
    assert_ne!(list[1]["recipient_id"], list[0]["recipient_id"]);
}

#[tokio::test]
async fn an_ifsc_has_its_form() {
    let sandbox = start();
    onboard(&sandbox).await;
    for ifsc in ["SBIN1007515", "sbin0007515", "SBIN000751", "1BIN0007515", "SBIN000751-"] {
        let body = crate::flow::body(&json!({
            "recipient_mobile": "9000000002", "recipient_name": "Ravi Nair", "ifsc": ifsc, "account": ACCOUNT,
        }));
        let path = format!("/customer/payment/dmt-fino/sender/{MOBILE}/recipient");
        let answer = send(&sandbox, "POST", &path, &body).await;
        assert_eq!(
            (answer.ids(), answer.json["invalid_params"]["ifsc"] == Value::Null),
            ((97, 1, -1), false),
            "{ifsc}"
        );
    }
}
