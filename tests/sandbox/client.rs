//! Tests of our client against the sandbox. Both follow the same documents, so they must understand each other.

use crate::support::{MOBILE, options, wrong};
use eko_eps::dmt::{self, GetSenderOutcome};
use eko_eps::legacy;
use eko_eps::sandbox::{CustomerState, Sandbox, SandboxOptions, Script, SenderShape};
use eko_eps::{
    Client, Code, Config, GetCustomer, GetCustomerOutcome, OnboardCustomer, OnboardCustomerOutcome, VerifyCustomerOtp,
    VerifyCustomerOtpOutcome,
};

fn config(sandbox: &Sandbox) -> Config {
    let credentials = sandbox.credentials();
    Config::new(credentials.developer_key, credentials.access_key)
        .initiator_id(credentials.initiator_id)
        .user_code(credentials.user_code)
        .base_url(credentials.base_url)
}

fn onboard() -> OnboardCustomer {
    OnboardCustomer::builder()
        .customer_id(MOBILE)
        .name("Leela Menon")
        .dob("1990-05-15")
        .residence_address(vec!["7 Lake Road".to_owned(), "Kochi".to_owned()])
        .build()
}

#[tokio::test]
async fn the_way_of_a_new_customer() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let client = Client::new(config(&sandbox)).unwrap();
    let answer = client.send(GetCustomer::new(MOBILE)).await.unwrap();
    assert!(matches!(answer.outcome, GetCustomerOutcome::NotEnrolled { .. }), "{answer:?}");

    let answer = client.send(onboard()).await.unwrap();
    let OnboardCustomerOutcome::OtpRequired { otp_ref_id, .. } = answer.outcome else { panic!("{answer:?}") };
    let otp = sandbox.last_otp(MOBILE).unwrap();
    let error = client.send(VerifyCustomerOtp::new(MOBILE, &otp_ref_id).otp(wrong(&otp))).await.unwrap_err();
    assert_eq!(error.code(), Code::OtpWrong);
    let answer = client.send(VerifyCustomerOtp::new(MOBILE, &otp_ref_id).otp(&otp)).await.unwrap();
    let VerifyCustomerOtpOutcome::Verified { customer, .. } = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(customer.name.as_deref(), Some("Leela Menon"));
    let error = client.send(VerifyCustomerOtp::new(MOBILE, &otp_ref_id).otp(&otp)).await.unwrap_err();
    assert_eq!(error.code(), Code::OtpExpired);

    let answer = client.send(onboard()).await.unwrap();
    assert!(matches!(answer.outcome, OnboardCustomerOutcome::AlreadyEnrolled { .. }), "{answer:?}");
    let answer = client.send(GetCustomer::new(MOBILE)).await.unwrap();
    assert!(matches!(answer.outcome, GetCustomerOutcome::OtpRequired { .. }), "{answer:?}");
    for shape in [SenderShape::Page, SenderShape::Profile] {
        sandbox.set_sender_shape(shape);
        let answer = client.send(dmt::GetSender::new(MOBILE)).await.unwrap();
        assert!(matches!(answer.outcome, GetSenderOutcome::Found { .. }), "{answer:?}");
        sandbox.set_customer(MOBILE, CustomerState::Unknown).unwrap();
        let answer = client.send(dmt::GetSender::new(MOBILE)).await.unwrap();
        assert!(matches!(answer.outcome, GetSenderOutcome::NotEnrolled { .. }), "{answer:?}");
        sandbox.set_customer(MOBILE, CustomerState::FullKyc).unwrap();
    }
    let answer = client.send(legacy::GetCustomer::new(MOBILE)).await.unwrap();
    let legacy::GetCustomerOutcome::Found { customer, .. } = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(customer.state, Some(4));
}

/// Runs every scenario of every endpoint, and checks the client's outcome.
#[tokio::test]
async fn every_scenario_is_understood() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let client = Client::new(config(&sandbox)).unwrap();
    let params = [
        ("getCustomer", r#"{"customerId":"9444444444"}"#),
        (
            "onboardCustomer",
            r#"{"customerId":"9444444444","name":"A B","dob":"1990-05-15","residenceAddress":["x","y"]}"#,
        ),
        ("verifyCustomerOtp", r#"{"customerId":"9444444444","otp":"004217","otpRefId":"66748392"}"#),
        ("dmt.getSender", r#"{"customerId":"9444444444"}"#),
        ("legacy.getCustomer", r#"{"customerId":"9444444444"}"#),
    ];
    let expected = |op: &str, scenario: &str| match (op, scenario) {
        ("getCustomer" | "verifyCustomerOtp" | "dmt.getSender", "notFound" | "notFoundById") => "notEnrolled",
        ("legacy.getCustomer", "notFound" | "notFoundOld") => "notEnrolled",
        ("legacy.getCustomer", "otpExpired") | (_, "otpExpired") => "otp.expired",
        ("dmt.getSender", "foundProfile") => "found",
        ("legacy.getCustomer", "otpPending" | "otpPendingBare" | "nonKyc" | "kycPending" | "fullKyc") => "found",
        ("legacy.getCustomer", "nameChangePending" | "partialKyc") => "found",
        (_, "otpWrong" | "otpWrongById") => "otp.wrong",
        (_, "otpFailed") => "otp.failed",
        (_, "verificationPending") => "verification_pending",
        (_, "headerMissing") => "auth.header_missing",
        (_, "developerKeyWrong") => "auth.developer_key",
        (_, "signatureWrong") => "auth.signature",
        (_, "timestampUnit") => "auth.timestamp_unit",
        (_, "forbidden") => "auth.refused",
        (_, "forbiddenPage") => "edge.forbidden",
        (_, "badRequest") => "refused",
        (_, "parameterMissing" | "initiatorInvalid" | "userNotFound") => "invalid_params",
        (_, "noKeyForResponse") => "no_key_for_response",
        (_, "agentNotAllowed") => "not_allowed",
        (_, "tryLater") => "unavailable",
        (_, "routeNotFound") => "route_not_found",
        (_, "methodNotAllowed" | "mediaTypeUnsupported") => "wrong_method_or_type",
        (_, "serverError") => "http.server_error",
        (_, tag) => match tag {
            "otpRequired" => "otpRequired",
            "notEnrolled" => "notEnrolled",
            "found" => "found",
            "alreadyEnrolled" => "alreadyEnrolled",
            "verified" => "verified",
            "aadhaarRequired" => "aadhaarRequired",
            "panRequired" => "panRequired",
            "kycRequired" => "kycRequired",
            _ => "?",
        },
    };
    let mut wrong = Vec::new();
    for (op, params) in params {
        for scenario in sandbox.scenarios(op) {
            // The client retries once after a refused timestamp, so this scenario is tested below.
            if scenario.name == "timestampWrong" {
                continue;
            }
            sandbox.script(op, Script::answer(scenario.name).times(5)).unwrap();
            let got = match client.call(op, params, Default::default()).await {
                Ok(answer) => serde_json::from_str::<serde_json::Value>(&answer.to_json()).unwrap()["outcome"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
                Err(error) => error.code().as_str().to_owned(),
            };
            sandbox.clear_scripts(Some(op)).unwrap();
            if got != expected(op, scenario.name) {
                wrong.push(format!("{op} {}: {got}", scenario.name));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_timestamp_is_signed_again_once() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let client = Client::new(config(&sandbox)).unwrap();
    sandbox.script("getCustomer", Script::answer("timestampWrong")).unwrap();
    let answer = client.send(GetCustomer::new(MOBILE)).await.unwrap();
    assert!(matches!(answer.outcome, GetCustomerOutcome::NotEnrolled { .. }));
    assert_eq!(sandbox.requests().iter().map(|seen| seen.http_status).collect::<Vec<_>>(), [Some(401), Some(200)]);
    sandbox.script("getCustomer", Script::answer("timestampWrong").times(2)).unwrap();
    let error = client.send(GetCustomer::new(MOBILE)).await.unwrap_err();
    assert_eq!(error.code(), Code::AuthTimestamp);
    assert_eq!(sandbox.requests().len(), 4);
}

#[tokio::test]
async fn a_clock_that_is_hours_off_is_learned() {
    // The clock of this sandbox is far from the clock of this machine.
    let sandbox = Sandbox::start(options()).unwrap();
    let client = Client::new(config(&sandbox)).unwrap();
    let answer = client.send(GetCustomer::new(MOBILE)).await.unwrap();
    assert!(matches!(answer.outcome, GetCustomerOutcome::NotEnrolled { .. }));
    assert_eq!(sandbox.requests().iter().map(|seen| seen.status).collect::<Vec<_>>(), [Some(2485), Some(308)]);
}

#[tokio::test]
async fn wrong_keys_and_ids_are_named() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let credentials = sandbox.credentials();
    let refused = async |config: Config| {
        let client = Client::new(config).unwrap();
        client.send(GetCustomer::new(MOBILE)).await.unwrap_err()
    };
    let keys = |developer_key: &str, access_key: &str| {
        Config::new(developer_key, access_key)
            .initiator_id("9962981729")
            .user_code("20810200")
            .base_url(credentials.base_url.clone())
    };
    assert_eq!(refused(keys("other", "sandbox-access-key")).await.code(), Code::AuthDeveloperKey);
    assert_eq!(refused(keys("sandbox-developer-key", "other")).await.code(), Code::AuthSignature);
    let initiator = refused(config(&sandbox).initiator_id("9000000000")).await;
    assert_eq!(initiator.invalid_params().keys().collect::<Vec<_>>(), ["initiatorId"]);
    let user = refused(config(&sandbox).user_code("1")).await;
    assert_eq!(user.invalid_params().keys().collect::<Vec<_>>(), ["userCode"]);
}

#[tokio::test]
async fn endpoints_that_are_not_simulated_answer_by_their_scripts() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let client = Client::new(config(&sandbox)).unwrap();
    let call = async |op: &str, params: &str| client.call(op, params, Default::default()).await;
    let shops = call("aepsOnboarding.getShopTypes", "{}").await.unwrap_err();
    assert_eq!(shops.code(), Code::ServerError, "it is checked, and then not simulated");
    // The QR twins have the routes of the inquiry and of the refund's OTP.
    let body = r#"{"status":0,"response_status_id":0,"response_type_id":1388,"message":"x","data":{"tx_status":"0","tid":"77"}}"#;
    sandbox.script("qr.getTransaction", Script::body::<String, String>(200, [], body)).unwrap();
    let found = call("qr.getTransaction", r#"{"tid":"77"}"#).await.unwrap();
    assert_eq!(found.outcome, "found");
    assert_eq!(sandbox.requests().last().unwrap().op.as_deref(), Some("qr.getTransaction"));
    assert_eq!(call("getTransaction", r#"{"tid":"77"}"#).await.unwrap().outcome, "notFound");
    assert_eq!(sandbox.requests().last().unwrap().op.as_deref(), Some("getTransaction"));
    let otp = call("qr.sendRefundOtp", r#"{"tid":"77"}"#).await.unwrap_err();
    assert_eq!(otp.code(), Code::ServerError, "a client_ref_id belongs to the twin");
}
