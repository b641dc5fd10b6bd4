//! Tests of params that are required, undeclared, repeated, malformed, or of another call.

use crate::support::{Ask, onboarding, start};
use serde_json::{Value, json};

fn onboard(sandbox: &eko_eps::Sandbox, change: impl FnOnce(&mut Value)) -> Ask {
    let mut body = onboarding();
    change(&mut body);
    Ask { body: Some(body.to_string()), ..Ask::onboard(sandbox) }
}

#[tokio::test]
async fn a_missing_parameter_is_97_and_named() {
    let sandbox = start();
    for (gone, left) in [("initiator_id=9962981729&", "user_code=20810200"), ("user_code=20810200", "initiator_id")] {
        let mut ask = Ask::get_customer(&sandbox);
        ask.url = ask.url.replace(gone, "");
        assert!(ask.url.contains(left));
        let answer = ask.send().await;
        assert_eq!((answer.http, answer.ids()), (200, (97, 1, -1)));
        let params = answer.json["invalid_params"].as_object().unwrap();
        assert_eq!(params.keys().collect::<Vec<_>>(), [gone.split('=').next().unwrap()]);
    }
}

#[tokio::test]
async fn every_missing_parameter_of_a_body_is_named() {
    let sandbox = start();
    let few = json!({ "initiator_id": "9962981729", "name": "", "dob": null });
    let answer = onboard(&sandbox, |body| *body = few).send().await;
    assert_eq!(answer.ids(), (97, 1, -1));
    let params = answer.json["invalid_params"].as_object().unwrap();
    assert_eq!(params.keys().collect::<Vec<_>>(), ["dob", "name", "residence_address", "user_code"]);
    assert!(params["dob"].as_str().unwrap().contains("{2} {3}"), "EPS leaves its placeholders unfilled");
    let empty = Ask { body: None, ..Ask::onboard(&sandbox) }.send().await;
    assert_eq!(empty.json["invalid_params"].as_object().unwrap().len(), 5);
    assert_eq!(sandbox.last_otp(crate::support::MOBILE), None, "nobody was onboarded");
}

#[tokio::test]
async fn an_optional_parameter_may_be_left_out() {
    let sandbox = start();
    let without = onboard(&sandbox, |body| {
        body.as_object_mut().unwrap().remove("client_ref_id");
    });
    assert_eq!(without.send().await.ids(), (2129, 1, 2129));
}

#[tokio::test]
async fn an_undeclared_parameter_gets_a_message_without_ids() {
    let sandbox = start();
    let mut in_query = Ask::get_customer(&sandbox);
    in_query.url.push_str("&client_ref_id=REQ-20260101-001");
    let mut query_on_post = Ask::onboard(&sandbox);
    query_on_post.url.push_str("?initiator_id=9962981729");
    let mut with_colon = Ask::get_customer(&sandbox);
    with_colon.url.push_str("&initiator_id:9962981729");
    let body_on_get = Ask { body: Some("{\"x\":1}".to_owned()), ..Ask::get_customer(&sandbox) };
    let in_body = onboard(&sandbox, |body| body["channel"] = json!(2));
    let path_in_body = onboard(&sandbox, |body| body["customer_id"] = json!("9444444444"));
    let elsewhere = |body: &mut Value| {
        body.as_object_mut().unwrap().remove("initiator_id");
    };
    let mut in_another_place = onboard(&sandbox, elsewhere);
    in_another_place.url.push_str("?initiator_id=9962981729");
    assert_eq!(
        in_another_place.send().await.json["invalid_params"].as_object().unwrap().len(),
        1,
        "missing in the body"
    );
    for ask in [in_query, query_on_post, with_colon, body_on_get, in_body, path_in_body] {
        let answer = ask.send().await;
        assert_eq!((answer.http, answer.text.as_str()), (200, r#"{"message":"No key for Response"}"#), "{}", ask.url);
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_as_undeclared() {
    let sandbox = start();
    let mut in_query = Ask::get_customer(&sandbox);
    in_query.url.push_str("&user_code=20810200");
    assert_eq!(in_query.send().await.message(), "No key for Response");
    let body = onboarding().to_string().replacen('{', r#"{"name":"Somebody Else","#, 1);
    let in_body = Ask { body: Some(body), ..Ask::onboard(&sandbox) };
    assert_eq!(in_body.send().await.message(), "No key for Response");
}

#[tokio::test]
async fn a_malformed_initiator_is_319_and_a_malformed_user_463() {
    let sandbox = start();
    for initiator in ["996298172", "99629817291", "996298172x", "+919962981729"] {
        let mut ask = Ask::get_customer(&sandbox);
        ask.url = ask.url.replace("9962981729", initiator);
        let answer = ask.send().await;
        assert_eq!(answer.ids(), (319, 1, -1), "{initiator}");
        assert!(answer.json["invalid_params"]["initiator_id"].is_string());
    }
    let mut ask = Ask::get_customer(&sandbox);
    ask.url = ask.url.replace("20810200", &"2".repeat(33));
    let answer = ask.send().await;
    assert_eq!(answer.ids(), (463, 1, -1));
    assert!(answer.json["invalid_params"]["user_code"].is_string());
}

#[tokio::test]
async fn an_initiator_or_user_that_is_not_the_callers_is_refused() {
    let sandbox = start();
    let mut ask = Ask::get_customer(&sandbox);
    ask.url = ask.url.replace("9962981729", "9962981728");
    assert_eq!(ask.send().await.ids(), (319, 1, -1));
    let answer = onboard(&sandbox, |body| body["user_code"] = json!("20810201")).send().await;
    assert_eq!(answer.ids(), (463, 1, -1));
    assert_eq!(answer.json["invalid_params"].as_object().unwrap().keys().collect::<Vec<_>>(), ["user_code"]);
}

#[tokio::test]
async fn a_malformed_value_is_97_and_named() {
    let sandbox = start();
    let cases: [(&str, Value); 15] = [
        ("dob", json!("15-05-1990")),
        ("dob", json!("1990-02-30")),
        ("dob", json!("1990-5-15")),
        ("dob", json!("1990-05-15T00:00:00")),
        ("dob", json!("19900515")),
        ("dob", json!(19900515)),
        ("residence_address", json!("7 Lake Road")),
        ("residence_address", json!({"line": "7 Lake Road"})),
        ("residence_address", json!([["7 Lake Road"]])),
        ("residence_address", json!([""])),
        ("name", json!("Leela\u{0}Menon")),
        ("name", json!("x".repeat(101))),
        ("name", json!(true)),
        ("client_ref_id", json!("REF-ORD-20240601-9871")),
        ("client_ref_id", json!("REF ORD")),
    ];
    for (name, value) in cases {
        let answer = onboard(&sandbox, |body| body[name] = value.clone()).send().await;
        assert_eq!(answer.ids(), (97, 1, -1), "{name}: {value}");
        assert_eq!(answer.json["invalid_params"].as_object().unwrap().keys().collect::<Vec<_>>(), [name]);
    }
    let dotted = |id: &str| {
        let mut ask = Ask::get_customer(&sandbox);
        ask.url = ask.url.replace("9444444444", id);
        ask
    };
    for id in ["94444", "94444444440", "944444444a", "%2e%2e%2fx", "9444444444%00"] {
        let answer = dotted(id).send().await;
        assert_eq!(answer.ids(), (97, 1, -1), "{id}");
        assert!(answer.json["invalid_params"]["customer_id"].is_string(), "{id}");
    }
    let mut legacy = Ask::legacy(&sandbox);
    legacy.url = legacy.url.replace("mobile_number", "aadhaar");
    assert!(legacy.send().await.json["invalid_params"]["customer_id_type"].is_string());
}

#[tokio::test]
async fn digits_are_taken_as_text_or_number() {
    let sandbox = start();
    let numbers = onboard(&sandbox, |body| {
        body["initiator_id"] = json!(9_962_981_729_u64);
        body["user_code"] = json!(20_810_200);
    });
    assert_eq!(numbers.send().await.ids(), (2129, 1, 2129));
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_a_bad_request() {
    let sandbox = start();
    for body in ["{", "[]", "\"text\"", "{\"initiator_id\":}", "initiator_id=1", "\u{feff}{}"] {
        let answer = Ask { body: Some(body.to_owned()), ..Ask::onboard(&sandbox) }.send().await;
        assert_eq!((answer.http, &answer.json["status"]), (400, &json!(1)), "{body}");
    }
}
