//! Tests that use the generated Rust types.

use eko_eps_catalog_tests::catalog::{ContentType, Effect, Encoding, Pattern, Schema, Source};
use eko_eps_catalog_tests::generated::calls::{
    Address, GetTransaction, GetTransactionOutcome, Receipt, Upload, aeps, bbps, dmt, kyc, ppi_digikhata,
};
use eko_eps_catalog_tests::generated::{ENDPOINTS, REFUSALS};
use serde_json::json;

fn endpoint(op: &str) -> &'static eko_eps_catalog_tests::catalog::Endpoint {
    ENDPOINTS.iter().find(|endpoint| endpoint.op == op).unwrap_or_else(|| panic!("no {op}"))
}

fn activation() -> aeps::ActivateAgent {
    let address = Address { line: "12 Station Road".into(), state_id: "23".into(), ..Address::default() };
    let file = Upload { name: "pan.pdf".into(), media_type: "application/pdf".into(), data: "cGRm".into() };
    aeps::ActivateAgent::builder()
        .user_code("20810200")
        .model_name("Morpho")
        .device_number("")
        .account("")
        .ifsc("")
        .shop_type("")
        .office_address(address)
        .address_as_per_proof(Address::default())
        .aadhar("999999990019")
        .pan_card(file)
        .aadhar_front(Upload::default())
        .aadhar_back(Upload::default())
        .latlong("")
        .build()
}

#[test]
fn a_request_serialises_by_caller_names_without_absent_fields() {
    let value = serde_json::to_value(GetTransaction::new("client_ref_id:REQ-1")).unwrap();
    assert_eq!(value, json!({ "reference": "client_ref_id:REQ-1" }));
    let value = serde_json::to_value(activation()).unwrap();
    assert_eq!(value["modelName"], "Morpho");
    assert_eq!(value["officeAddress"]["stateId"], "23");
    assert_eq!(value["panCard"], json!({ "name": "pan.pdf", "mediaType": "application/pdf", "data": "cGRm" }));
    assert_eq!(value["userCode"], "20810200");
    assert!(value.get("clientRefId").is_none());
    let otp = ppi_digikhata::ValidateRecipientOtp::new("9000000004", "IXry+g7Kq0==").otp("004217");
    assert_eq!(serde_json::to_value(otp).unwrap()["otp"], "004217");
    let entry = kyc::BankAccountEntry { bank_account: "1234567890".into(), ifsc: "SBIN0001234".into() };
    let value = serde_json::to_value(kyc::VerifyBankAccounts::new(vec![entry])).unwrap();
    assert_eq!(value, json!({ "entries": [{ "bankAccount": "1234567890", "ifsc": "SBIN0001234" }] }));
}

#[test]
fn debug_shows_what_is_there_and_hides_what_is_sensitive() {
    let shown = format!("{:?}", activation());
    assert!(shown.contains("model_name: \"Morpho\""), "{shown}");
    assert!(shown.contains("aadhar: [hidden]"), "{shown}");
    for secret in ["999999990019", "Station", "cGRm"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let address = dmt::SenderAddress { line: "12 Station Road".into(), ..dmt::SenderAddress::default() };
    assert!(!format!("{address:?}").contains("Station"), "masked as a whole, masked in its parts");
    let found: kyc::FetchPanOutcome =
        serde_json::from_value(json!({ "outcome": "found", "fullName": "Asha Rao", "category": "person" })).unwrap();
    let shown = format!("{found:?}");
    assert!(shown.contains("full_name: Some([hidden])") && shown.contains("category: Some(\"person\")"), "{shown}");
    let other: kyc::FetchPanOutcome =
        serde_json::from_value(json!({ "outcome": "other", "data": { "fullName": "Asha Rao" } })).unwrap();
    assert!(!format!("{other:?}").contains("Asha"));
}

#[test]
fn an_outcome_deserialises_with_its_objects_lists_and_next_step() {
    let plans: bbps::GetRechargePlansOutcome = serde_json::from_value(json!({
        "outcome": "found", "next": "bbps.payBill",
        "groups": [{ "name": "req_list", "plans": [{ "amount": "224", "validity": "30 Days" }], "metadata": { "a": "1" } }],
    }))
    .unwrap();
    assert_eq!(plans.next(), Some("bbps.payBill"));
    let bbps::GetRechargePlansOutcome::Found { groups, .. } = plans else { panic!("{plans:?}") };
    assert_eq!(groups[0].plans[0].amount, "224");
    assert_eq!(groups[0].metadata, Some(json!({ "a": "1" })));
    let settled: aeps::WithdrawCashOutcome = serde_json::from_value(json!({ "outcome": "settled" })).unwrap();
    let aeps::WithdrawCashOutcome::Settled { receipt, .. } = &settled else { panic!("{settled:?}") };
    assert_eq!(*receipt, Receipt::default(), "an object at the top is there even when empty");
    assert_eq!(settled.next(), None);
    let other: GetTransactionOutcome = serde_json::from_value(json!({ "outcome": "other" })).unwrap();
    assert!(matches!(other, GetTransactionOutcome::Other(_)));
    for tag in ["settled", "declined", "pending", "refundPending", "refunded", "notSent", "indeterminate"] {
        let debit = serde_json::from_value::<kyc::VerifyBankAccountsOutcome>(json!({ "outcome": tag }));
        assert!(debit.is_ok(), "a debit has every outcome, whatever its answer lacks: {tag}");
    }
    let required = serde_json::from_value::<dmt::OnboardSenderOutcome>(json!({ "outcome": "otpRequired" }));
    assert!(required.is_err(), "otpRefId is required");
}

#[test]
fn the_table_says_what_the_catalogue_says() {
    assert_eq!(ENDPOINTS.len(), 13);
    assert_eq!(REFUSALS.len(), 3);
    let activate = endpoint("aepsFingpay.activateAgent");
    assert_eq!(activate.content_type, ContentType::Multipart);
    let office = &activate.params[8];
    assert_eq!((office.name, office.wire, office.encoding), ("officeAddress", "office_address", Encoding::Native));
    assert!(matches!(office.kind, Schema::Object(members) if members.len() == 5));
    assert!(matches!(
        activate.params[11].kind,
        Schema::File { media: ["image/jpeg", "application/pdf"], max_bytes: 1_000_000 }
    ));
    let address = &endpoint("dmt.onboardSender").params[5];
    assert_eq!(address.encoding, Encoding::JsonText);
    let plans = endpoint("bbps.getRechargePlans");
    assert_eq!(plans.outcomes[0].fields[0].from, ["dependent_params"]);
    let pay = endpoint("bbps.payBill");
    assert_eq!(pay.effect, Effect::Money);
    let tags: Vec<_> = pay.outcomes.iter().map(|outcome| outcome.tag).collect();
    assert_eq!(tags, ["settled", "pending", "declined", "refundPending", "refunded"]);
    let both = Pattern { response_type_id: Some(333), tx_status: Some(0), ..Pattern::default() };
    assert_eq!(pay.outcomes[0].when, [both]);
    let refund = endpoint("refundTransaction");
    assert_eq!(refund.params[4].source, Source::Default("80"));
    assert_eq!(refund.params[2].encoding, Encoding::Number);
    assert_eq!(endpoint("getTransaction").params[0].wire, "transaction-reference");
    let verified = endpoint("ppiDigikhata.validateRecipientOtp");
    assert_eq!(verified.outcomes[0].when[0].response_type_id, Some(2131), "success here");
    assert!(REFUSALS.iter().any(|refusal| refusal.types.contains(&2131)), "failure elsewhere");
}
