//! Tests of the five calls against servers that know nothing of this project. The bytes that they get are compared with EPS's specification
//! pages, and their answers are fixed.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::dmt::{self, GetSenderOutcome};
use eko_eps::legacy;
use eko_eps::{
    CallOptions, CancellationToken, Client, Code, Config, Error, GetCustomer, GetCustomerOutcome, OnboardCustomer,
    OnboardCustomerOutcome, VerifyCustomerOtp, VerifyCustomerOtpOutcome,
};
use std::time::{Duration, Instant};
use support::{PlainServer, Reply};

/// The vendor's published demo keys.
const DEVELOPER_KEY: &str = "becbbce45f79c6f5109f848acd540567";
const ACCESS_KEY: &str = "d2fe1d99-6298-4af2-8cc5-d97dcf46df30";

const OTP_SENT: &str = r#"{"response_status_id":1,"data":{"intent_id":19,"kyc_request_id":"","otp_ref_id":"IXrygqm0vTNbN35Lp5AfcbP69ifPhQ1Ee3u74AHY5fA9aMp2d94Yii3g+9fOBmbMsVTuaEQpDOEateP4tSTkQw=="},"response_type_id":2129,"message":"Validate the OTP","status":2129}"#;
const NOT_ENROLLED: &str = r#"{"response_status_id":1,"data":{"sender_name":"","ekyc_enabled":""},"response_type_id":308,"message":"Failure!Customer Not Enrolled","status":308}"#;
const VERIFIED: &str = r#"{"response_status_id":-1,"data":{"customer_profile":{"total_monthly_limit":"50000.0","mobile":"9444444444","kyc_id":"","ekyc_enabled":0,"kyc_validity":"null","balance":"0.00","next_allowed_limit":"5287.0","name":"Asha Rao","digital_ekyc":0,"chart":[{"data_type_id":10,"data":{"unavailable":0,"used":44713,"remaining":5287},"label":""}],"email":"","kyc_state":0},"is_registered":0,"sender_name":"Asha Rao","next_allowed_limit":5287,"account":1234567890123456789,"kyc_state":0},"response_type_id":309,"message":"Success!","status":0}"#;

fn client(server: &PlainServer) -> Client {
    let config = Config::new(DEVELOPER_KEY, ACCESS_KEY).initiator_id("9962981729").user_code("20810200");
    Client::new(config.base_url(server.base_url())).unwrap()
}

async fn answering(body: &str) -> (PlainServer, Client) {
    with(Reply::Json(200, body.into())).await
}

async fn with(reply: Reply) -> (PlainServer, Client) {
    let server = PlainServer::start([reply]).await;
    let client = client(&server);
    (server, client)
}

async fn failing(status: u16, body: &str) -> Error {
    let (_server, client) = with(Reply::Json(status, body.into())).await;
    client.send(GetCustomer::new("9444444444")).await.unwrap_err()
}

/// Computes the signature of a timestamp with `ring`, which our signer does not use.
fn expected_signature(timestamp: &str) -> String {
    use base64ct::{Base64, Encoding};
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, Base64::encode_string(ACCESS_KEY.as_bytes()).as_bytes());
    Base64::encode_string(ring::hmac::sign(&key, timestamp.as_bytes()).as_ref())
}

#[tokio::test]
async fn get_customer_sends_what_the_page_says() {
    let (server, client) = answering(OTP_SENT).await;
    let response = client.send(GetCustomer::new("9444444444")).await.unwrap();
    let GetCustomerOutcome::OtpRequired { otp_ref_id, intent_id, kyc_request_id, .. } = response.outcome else {
        panic!()
    };
    assert_eq!(otp_ref_id.len(), 88);
    assert_eq!((intent_id, kyc_request_id), (Some(19), None));
    assert_eq!(
        (response.meta.status, response.meta.response_type_id, response.meta.attempts),
        (Some(2129), Some(2129), 1)
    );
    assert_eq!(response.raw.as_str(), OTP_SENT);

    let request = &server.received()[0];
    assert_eq!(
        request.line,
        "GET /ekoapi/v3/customer/profile/9444444444?initiator_id=9962981729&user_code=20810200 HTTP/1.1"
    );
    assert_eq!(request.header("developer_key"), Some(DEVELOPER_KEY));
    assert_eq!(request.header("content-type"), Some("application/json"));
    let timestamp = request.header("secret-key-timestamp").unwrap();
    assert_eq!(timestamp.len(), 13);
    assert_eq!(request.header("secret-key"), Some(expected_signature(timestamp).as_str()));
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let ours = ["developer_key", "host", "secret-key", "secret-key-timestamp"];
    assert_eq!(names, [&["accept", "accept-encoding", "content-type"], &ours[..]].concat());
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert_eq!(request.body, "");
}

#[tokio::test]
async fn onboard_customer_sends_what_the_page_says() {
    let (server, client) = answering(OTP_SENT).await;
    let address = ["123 MG Road", "Bangalore", "Karnataka", "560001"].map(String::from);
    let request = OnboardCustomer::builder()
        .customer_id("9444444444")
        .name("Karan Garg")
        .dob("1990-05-15")
        .residence_address(address.to_vec())
        .client_ref_id("REQ-20260101-001")
        .build();
    let response = client.send(request).await.unwrap();
    assert!(matches!(response.outcome, OnboardCustomerOutcome::OtpRequired { .. }));
    assert_eq!(response.meta.client_ref_id.as_deref(), Some("REQ-20260101-001"));
    let request = &server.received()[0];
    assert_eq!(request.line, "POST /ekoapi/v3/customer/account/9444444444 HTTP/1.1");
    assert_eq!(
        request.body,
        r#"{"initiator_id":"9962981729","user_code":"20810200","client_ref_id":"REQ-20260101-001","name":"Karan Garg","dob":"1990-05-15","residence_address":["123 MG Road","Bangalore","Karnataka","560001"]}"#
    );
}

#[tokio::test]
async fn verify_customer_otp_keeps_every_digit() {
    let (server, client) = answering(VERIFIED).await;
    let plain = VerifyCustomerOtp::new("9444444444", "66748392").otp("123456").client_ref_id("REQ-20260101-001");
    let response = client.send(plain).await.unwrap();
    let VerifyCustomerOtpOutcome::Verified { customer, next_allowed_limit, account, .. } = response.outcome else {
        panic!()
    };
    assert_eq!(customer.next_allowed_limit.as_deref(), Some("5287"));
    assert_eq!(next_allowed_limit.as_deref(), Some("5287"));
    assert_eq!(customer.total_monthly_limit.as_deref(), Some("50000"));
    assert_eq!((customer.kyc_id, customer.kyc_validity), (None, None));
    assert_eq!(account.as_deref(), Some("1234567890123456789"));
    assert_eq!(customer.chart[0].data.as_ref().unwrap().used.as_deref(), Some("44713"));

    let reference = "IXrygqm0vTNbN35Lp5AfcbP69ifPhQ1Ee3u74AHY5fA9aMp2d94Yii3g+9fOBmbMsVTuaEQpDOEateP4tSTkQw==";
    client.send(VerifyCustomerOtp::new("9444444444", reference).otp("004217").client_ref_id("R2")).await.unwrap();
    let received = server.received();
    assert_eq!(received[0].line, "POST /ekoapi/v3/customer/account/9444444444/otp/verify HTTP/1.1");
    let head = r#"{"initiator_id":"9962981729","user_code":"20810200","client_ref_id":"#;
    assert_eq!(received[0].body, format!(r#"{head}"REQ-20260101-001","otp":123456,"otp_ref_id":66748392}}"#));
    assert_eq!(received[1].body, format!(r#"{head}"R2","otp":"004217","otp_ref_id":"{reference}"}}"#));
}

#[tokio::test]
async fn the_next_steps_of_onboarding_are_outcomes() {
    for (body, tag) in [
        (
            r#"{"response_status_id":1,"response_type_id":2136,"message":"Aadhar Validation Pending","status":2136}"#,
            "aadhaarRequired",
        ),
        (
            r#"{"response_status_id":0,"data":{"application_id":""},"response_type_id":2147,"message":"Pan Number Required","status":0}"#,
            "panRequired",
        ),
        (
            r#"{"status":0,"response_status_id":0,"response_type_id":4711,"message":"new","data":{"some_field":12345678901234567890}}"#,
            "other",
        ),
    ] {
        let (_server, client) = answering(body).await;
        let params = r#"{"customerId":"9444444444","otp":"1234","otpRefId":"x"}"#;
        let answer = client.call("verifyCustomerOtp", params, CallOptions::default()).await.unwrap();
        assert_eq!(answer.outcome, tag);
        if tag == "other" {
            assert_eq!(answer.fields()["data"]["someField"], "12345678901234567890");
        }
    }
}

#[tokio::test]
async fn not_enrolled_has_many_forms() {
    for body in [
        NOT_ENROLLED,
        r#"{"status":463,"response_status_id":1,"response_type_id":-1,"message":"x","invalid_params":{"customer_id":"Customer does not exist in System"}}"#,
        r#"{"status":1,"response_status_id":463,"response_type_id":1388,"message":"not found","data":{}}"#,
        r#"{"status":"463","response_status_id":"1","message":"not found","data":null}"#,
    ] {
        let (_server, client) = answering(body).await;
        assert!(matches!(
            client.send(GetCustomer::new("9444444444")).await.unwrap().outcome,
            GetCustomerOutcome::NotEnrolled { .. }
        ));
        let sender = client.send(dmt::GetSender::new("9444444444")).await.unwrap().outcome;
        assert!(matches!(sender, GetSenderOutcome::NotEnrolled { .. }));
        let legacy = client.send(legacy::GetCustomer::new("9444444444")).await.unwrap().outcome;
        assert!(matches!(legacy, legacy::GetCustomerOutcome::NotEnrolled { .. }));
    }
}

#[tokio::test]
async fn a_dmt_sender_is_read_from_both_shapes() {
    let plain = r#"{"status":0,"response_status_id":0,"message":"Customer found","response_type_id":1388,"data":{"customer_id":"9123456789","name":"Asha Rao","dob":"1990-05-15","kyc_verified":true,"available_limit":25000,"used_limit":0,"monthly_limit":25000,"state":0}}"#;
    let (server, client) = answering(plain).await;
    let GetSenderOutcome::Found { sender, .. } = client.send(dmt::GetSender::new("9123456789")).await.unwrap().outcome
    else {
        panic!()
    };
    assert_eq!(
        (sender.name.as_deref(), sender.available_limit.as_deref(), sender.kyc_verified),
        (Some("Asha Rao"), Some("25000"), Some(true))
    );
    assert_eq!(
        server.received()[0].line,
        "GET /ekoapi/v3/customer/payment/dmt-fino/sender/9123456789?initiator_id=9962981729&user_code=20810200 HTTP/1.1"
    );

    let profile = r#"{"status":0,"response_status_id":-1,"response_type_id":309,"message":"Success!","data":{"is_registered":0,"next_allowed_limit":25000,"kyc_state":0,"customer_profile":{"total_monthly_limit":"25000.0","mobile":"9000000003","balance":"0.00","next_allowed_limit":"25000.0","name":"Ravi","kyc_state":1,"chart":[]}}}"#;
    let (_server, client) = answering(profile).await;
    let GetSenderOutcome::Found { sender, .. } = client.send(dmt::GetSender::new("9123456789")).await.unwrap().outcome
    else {
        panic!()
    };
    assert_eq!(
        (sender.name.as_deref(), sender.monthly_limit.as_deref(), sender.kyc_state),
        (Some("Ravi"), Some("25000"), Some(0))
    );
    assert_eq!(sender.profile.unwrap().kyc_state, Some(1));
}

#[tokio::test]
async fn a_legacy_customer_has_its_state_and_its_base_path() {
    for state in [1, 2, 3, 4, 5, 8] {
        let body = format!(
            r#"{{"status":0,"response_status_id":0,"response_type_id":33,"message":"x","data":{{"customer_id":"9876543210","state":"{state}","available_limit":35000.0,"balance":"0.0","limit":[{{"name":null,"pipe":"8","used":"0.0","priority":3,"status":"1","is_registered":1}}]}}}}"#
        );
        let (server, client) = answering(&body).await;
        let legacy::GetCustomerOutcome::Found { customer, .. } =
            client.send(legacy::GetCustomer::new("9876543210")).await.unwrap().outcome
        else {
            panic!()
        };
        assert_eq!((customer.state, customer.available_limit.as_deref()), (Some(state), Some("35000")));
        assert_eq!((customer.limit[0].name.as_deref(), customer.limit[0].is_registered), (None, Some(true)));
        let request = &server.received()[0];
        assert_eq!(
            request.line,
            "GET /ekoapi/v2/customers/mobile_number:9876543210?initiator_id=9962981729&user_code=20810200 HTTP/1.1"
        );
        assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    }
    let (_server, client) =
        answering(r#"{"status":327,"response_status_id":0,"message":"verification pending"}"#).await;
    let legacy::GetCustomerOutcome::Found { customer, .. } =
        client.send(legacy::GetCustomer::new("9876543210")).await.unwrap().outcome
    else {
        panic!()
    };
    assert_eq!(customer.state, Some(1));
}

#[tokio::test]
async fn refusals_are_typed() {
    for (http, body, code) in [
        (200, r#"{"status":302,"response_status_id":1,"message":"Wrong OTP"}"#, Code::OtpWrong),
        (
            200,
            r#"{"status":2131,"response_type_id":2131,"response_status_id":302,"message":"Validate OTP Failed"}"#,
            Code::OtpWrong,
        ),
        (200, r#"{"status":303,"response_status_id":1,"message":"OTP expired"}"#, Code::OtpExpired),
        (
            200,
            r#"{"status":2131,"response_type_id":2131,"response_status_id":1,"message":"Validate OTP Failed"}"#,
            Code::OtpFailed,
        ),
        (
            401,
            r#"{"status":2483,"response_type_id":2483,"response_status_id":1,"message":"x"}"#,
            Code::AuthDeveloperKey,
        ),
        (403, r#"{"status":2484,"response_type_id":2484,"response_status_id":1,"message":"x"}"#, Code::AuthSignature),
        (
            200,
            r#"{"status":2486,"response_type_id":2486,"response_status_id":1,"message":"x"}"#,
            Code::AuthTimestampUnit,
        ),
        (
            401,
            r#"{"status":2487,"response_type_id":2487,"response_status_id":1,"message":"x"}"#,
            Code::AuthHeaderMissing,
        ),
        (403, r#"{"status":1,"message":"No access"}"#, Code::AuthRefused),
        (403, "<html>Forbidden</html>", Code::EdgeForbidden),
        (403, "", Code::EdgeForbidden),
        (404, r#"{"status":404,"message":"No mapping rule matched"}"#, Code::RouteNotFound),
        (200, r#"{"status":1,"message":"No Key for Response"}"#, Code::NoKeyForResponse),
        (415, "", Code::WrongMethodOrType),
        (429, "", Code::RateLimited),
        (500, "oops", Code::ServerError),
        (502, r#"{"message":"Bad gateway"}"#, Code::ServerError),
        (302, "", Code::Redirect),
        (200, "", Code::BodyEmpty),
        (200, "<html>maintenance</html>", Code::BodyNotJson),
        (200, "{\"status\":0}\u{feff}", Code::BodyNotJson),
        (200, "\u{feff}", Code::BodyEmpty),
        (200, "[1]", Code::BodyWrongShape),
        (200, r#"{"message":"hello"}"#, Code::BodyWrongShape),
        (200, r#"{"status":347,"response_status_id":1,"message":"Insufficient balance"}"#, Code::InsufficientBalance),
        (200, r#"{"status":5999,"response_status_id":1,"message":"Something new"}"#, Code::Refused),
    ] {
        let error = tokio::time::timeout(Duration::from_secs(20), failing(http, body)).await.unwrap();
        assert_eq!(error.code(), code, "{body}");
        assert!(!error.message().is_empty() && error.attempts().len() <= 2, "{error:?}");
        if code == Code::Refused {
            assert!(error.message().contains("Something new"));
            assert_eq!(error.meta().unwrap().status, Some(5999));
        }
    }
}

#[tokio::test]
async fn invalid_params_of_the_server_carry_our_names() {
    let body = r#"{"status":97,"response_status_id":1,"response_type_id":-1,"message":"Please provide the value of the field","invalid_params":{"user_code":"Please provide the value of the field {2} {3}"}}"#;
    let error = failing(400, body).await;
    assert_eq!(error.code(), Code::InvalidParams);
    assert_eq!(error.invalid_params()["userCode"], "Please provide the value of the field");
    assert!(error.meta().is_some());
}

#[tokio::test]
async fn bad_input_is_refused_before_anything_is_sent() {
    let (server, client) = answering(OTP_SENT).await;
    for id in
        ["../x", "%2e%2e", "94444", "94444444440", "9444444444\r\nx: y", "", "+919444444444", "９４４４４４４４４４"]
    {
        let error = client.send(GetCustomer::new(id)).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidParams);
        assert!(error.invalid_params()["customerId"].contains("10 digits"), "{error}");
        assert!(!error.maybe_sent() && error.attempts().is_empty());
        assert!(id.len() < 3 || !error.message().contains(id));
    }
    for (params, name, hint) in [
        (r#"{"customerId":{}}"#, "customerId", "an object"),
        (r#"{"customerId":9444444444}"#, "customerId", "leading zeros"),
        (r"{}", "customerId", "is missing"),
        (r#"{"customerId":"9444444444","customer_id":"1"}"#, "customer_id", "did you mean customerId?"),
        (r#"{"customerId":"9444444444","__proto__":{}}"#, "__proto__", "is not a parameter"),
    ] {
        let error = client.call("getCustomer", params, CallOptions::default()).await.unwrap_err();
        assert!(error.invalid_params()[name].contains(hint), "{error}");
    }
    let error = client.call("getCustomr", "{}", CallOptions::default()).await.unwrap_err();
    assert!(error.message().contains("getCustomer"), "{error}");
    assert_eq!(server.received().len(), 0);
}

#[tokio::test]
async fn bad_configuration_names_the_option() {
    let base = || Config::new(DEVELOPER_KEY, ACCESS_KEY);
    for (config, option) in [
        (base(), "environment"),
        (base().base_url("http://api.example/ekoapi/v3"), "https"),
        (base().base_url("https://user:pass@api.example/ekoapi/v3"), "user name"),
        (base().base_url("https://api.example/ekoapi/v3#x"), "fragment"),
        (base().base_url("nonsense"), "baseUrl"),
        (base().base_url("https://x/v3").environment(eko_eps::Environment::Uat), "both given"),
        (Config::new("", ACCESS_KEY).base_url("https://x/v3"), "developerKey"),
        (Config::new("a\r\nb: c", ACCESS_KEY).base_url("https://x/v3"), "developerKey"),
        (Config::new(DEVELOPER_KEY, "").base_url("https://x/v3"), "accessKey"),
        (Config::new(DEVELOPER_KEY, "a\0b").base_url("https://x/v3"), "NUL"),
        (base().base_url("https://x/v3").ca("no pem"), "ca "),
        (base().base_url("https://x/v3").initiator_id("123"), "initiatorId"),
    ] {
        let error = Client::new(config).unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfig);
        assert!(error.message().contains(option), "{error}");
        assert!(!format!("{error:?}").contains(ACCESS_KEY));
    }
}

#[tokio::test]
async fn a_read_is_retried_and_a_step_is_not() {
    let found = r#"{"status":0,"response_type_id":309,"message":"ok","data":{"name":"x"}}"#;
    let server =
        PlainServer::start([Reply::Close, Reply::Json(503, String::new()), Reply::Json(200, found.into())]).await;
    let response = client(&server).send(dmt::GetSender::new("9444444444")).await.unwrap();
    assert_eq!((response.meta.attempts, server.received().len()), (3, 3));
    let stamps: std::collections::HashSet<_> =
        server.received().iter().map(|request| request.header("secret-key-timestamp").unwrap().to_owned()).collect();
    assert_eq!(stamps.len(), 3, "each attempt is signed anew");

    let server = PlainServer::start([Reply::Close]).await;
    let error = client(&server).send(GetCustomer::new("9444444444")).await.unwrap_err();
    assert_eq!((error.code(), error.maybe_sent(), server.received().len()), (Code::NetworkReset, true, 1));
    let error = client(&server).send(VerifyCustomerOtp::new("9444444444", "x").otp("1234")).await.unwrap_err();
    assert_eq!((error.code(), error.maybe_sent(), server.received().len()), (Code::NetworkReset, true, 2));
    assert_eq!(error.client_ref_id().unwrap().len(), 20);
}

#[tokio::test]
async fn a_refused_request_is_signed_again_once_with_server_time() {
    let date = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(3600));
    let refused = r#"{"status":2485,"response_type_id":2485,"response_status_id":1,"message":"timestamp"}"#;
    let refusal = format!("HTTP/1.1 401 X\r\ndate: {date}\r\ncontent-length: {}\r\n\r\n{refused}", refused.len());
    let server =
        PlainServer::start([Reply::Raw(refusal.clone().into_bytes()), Reply::Json(200, NOT_ENROLLED.into())]).await;
    let response = client(&server).send(GetCustomer::new("9444444444")).await.unwrap();
    assert_eq!(response.meta.attempts, 2);
    let stamp = |index: usize| server.received()[index].header("secret-key-timestamp").unwrap().parse::<i64>().unwrap();
    assert!((stamp(1) - stamp(0) - 3_600_000).abs() < 5_000);

    let server = PlainServer::start([Reply::Raw(refusal.into_bytes())]).await;
    let error = client(&server).send(GetCustomer::new("9444444444")).await.unwrap_err();
    assert_eq!((error.code(), server.received().len()), (Code::AuthTimestamp, 2));
    assert!(error.message().contains("s behind the server's"), "{error}");
}

#[tokio::test]
async fn deadlines_and_aborts_end_a_call() {
    let (server, client) = with(Reply::Silence).await;
    let begun = Instant::now();
    let options = CallOptions::default().deadline(Duration::from_millis(200));
    let error = client.send_with(GetCustomer::new("9444444444"), options).await.unwrap_err();
    assert_eq!((error.code(), error.maybe_sent()), (Code::TimeoutDeadline, true));
    assert!((Duration::from_millis(200)..Duration::from_millis(700)).contains(&begun.elapsed()));

    let abort = CancellationToken::new();
    let options = CallOptions::default().abort(abort.clone());
    let call = client.send_with(GetCustomer::new("9444444444"), options.clone());
    let (result, ()) = tokio::join!(call, async {
        while server.received().len() < 2 {
            tokio::task::yield_now().await;
        }
        abort.cancel();
    });
    assert_eq!(result.unwrap_err().code(), Code::Aborted);
    let error = client.send_with(GetCustomer::new("9444444444"), options).await.unwrap_err();
    assert_eq!((error.code(), error.maybe_sent(), server.received().len()), (Code::Aborted, false, 2));
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let (server, client) = answering(
        r#"{"status":302,"response_status_id":1,"message":"OTP 004217 is wrong for becbbce45f79c6f5109f848acd540567"}"#,
    )
    .await;
    let request = VerifyCustomerOtp::new("9444444444", "ref").otp("004217");
    let signed =
        client.prepare("verifyCustomerOtp", r#"{"customerId":"9444444444","otp":"004217","otpRefId":"ref"}"#).unwrap();
    let shown_request = format!("{request:?} {client:?} {signed:?} {:?}", Config::new(DEVELOPER_KEY, ACCESS_KEY));
    let error = client.send(request).await.unwrap_err();
    let shown = format!("{shown_request} {error:?} {error} {:#?}", error.meta());
    let signature = server.received()[0].header("secret-key").unwrap().to_owned();
    for secret in [DEVELOPER_KEY, ACCESS_KEY, "004217", signature.as_str()] {
        assert!(!shown.contains(secret), "{secret} is shown");
    }
    assert!(error.raw().unwrap().contains("004217"), "the body itself stays whole");
}

#[tokio::test]
async fn what_prepare_gives_can_be_sent_and_read_by_other_means() {
    let (server, client) = answering(OTP_SENT).await;
    let signed = client.prepare("getCustomer", r#"{"customerId":"9444444444"}"#).unwrap();
    let timestamp = &signed.headers.iter().find(|(name, _)| *name == "secret-key-timestamp").unwrap().1;
    let signature = &signed.headers.iter().find(|(name, _)| *name == "secret-key").unwrap().1;
    assert_eq!(*signature, expected_signature(timestamp));
    let answer = eko_eps::HttpAnswer { status: 200, headers: Vec::new(), body: OTP_SENT.as_bytes().to_vec() };
    assert_eq!(client.interpret("getCustomer", &answer).unwrap().outcome, "otpRequired");
    assert_eq!(server.received().len(), 0);
}
