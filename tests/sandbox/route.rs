//! Tests of path, method and content type of a request.

use crate::support::{Ask, INITIATOR, USER, start};

#[tokio::test]
async fn an_unknown_path_is_404_in_the_gateways_words() {
    let sandbox = start();
    let right = Ask::get_customer(&sandbox).url;
    let wrong = [
        right.replace("/v3/", "/v4/"),
        right.replace("/v3/", "/v2/"),
        right.replace("/ekoapi/", "/ekoicici/"),
        right.replace("/profile/", "/profiles/"),
        right.replace("/9444444444", ""),
        right.replace("/9444444444", "/"),
        right.replace("/9444444444", "/9444444444/"),
        right.replace("/9444444444", "/9444444444/more"),
        right.replace("/9444444444", "/%ff"),
        Ask::legacy(&sandbox).url.replace("/v2/", "/v3/"),
        Ask::legacy(&sandbox).url.replace("mobile_number:", ""),
    ];
    for url in wrong {
        let answer = Ask { url: url.clone(), ..Ask::get_customer(&sandbox) }.send().await;
        assert_eq!((answer.http, answer.text.as_str()), (404, "No Mapping Rule matched"), "{url}");
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    }
}

#[tokio::test]
async fn the_path_is_looked_at_before_the_signature() {
    let sandbox = start();
    let mut ask = Ask::get_customer(&sandbox);
    ask.headers.clear();
    ask.url = ask.url.replace("/profile/", "/profiles/");
    assert_eq!(ask.send().await.http, 404);
}

#[tokio::test]
async fn the_legacy_products_answer_below_v1_and_v2() {
    let sandbox = start();
    assert_eq!(Ask::legacy(&sandbox).send().await.http, 200);
    let mut v1 = Ask::legacy(&sandbox);
    v1.url = v1.url.replace("/v2/", "/v1/");
    assert_eq!(v1.send().await.ids(), (463, 1, -1));
    let mut encoded = Ask::legacy(&sandbox);
    encoded.url = encoded.url.replace("number:", "number%3A");
    assert_eq!(encoded.send().await.ids(), (463, 1, -1));
}

#[tokio::test]
async fn a_wrong_method_is_405_and_names_the_right_one() {
    let sandbox = start();
    for (ask, method, allowed) in [
        (Ask::get_customer(&sandbox), "POST", "GET"),
        (Ask::get_customer(&sandbox), "HEAD", "GET"),
        (Ask::onboard(&sandbox), "PUT", "POST"),
        (Ask::onboard(&sandbox), "DELETE", "POST"),
    ] {
        let answer = Ask { method, ..ask }.send().await;
        assert_eq!(answer.http, 405, "{method}");
        assert_eq!(answer.headers["allow"], allowed);
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_415() {
    let sandbox = start();
    let form = format!("initiator_id={INITIATOR}&user_code={USER}");
    for (media, body) in [
        ("application/x-www-form-urlencoded", form.as_str()),
        ("text/plain", "{}"),
        ("application/jsonx", "{}"),
        ("multipart/form-data; boundary=x", "--x--"),
    ] {
        let ask = Ask { body: Some(body.to_owned()), ..Ask::onboard(&sandbox) };
        assert_eq!(ask.with("content-type", media).send().await.http, 415, "{media}");
    }
    assert_eq!(Ask::onboard(&sandbox).without("content-type").send().await.http, 415);
    let mut twice = Ask::onboard(&sandbox);
    twice.headers.push(("content-type", "application/json".to_owned()));
    assert_eq!(twice.send().await.http, 415);
    let right = Ask::onboard(&sandbox).with("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(right.send().await.http, 200);
}

#[tokio::test]
async fn a_get_may_leave_the_type_out_but_not_make_one_up() {
    let sandbox = start();
    for media in ["application/json", "application/x-www-form-urlencoded"] {
        assert_eq!(Ask::get_customer(&sandbox).with("content-type", media).send().await.http, 200, "{media}");
    }
    assert_eq!(Ask::get_customer(&sandbox).without("content-type").send().await.http, 200);
    assert_eq!(Ask::get_customer(&sandbox).with("content-type", "text/xml").send().await.http, 415);
}

#[tokio::test]
async fn a_body_beyond_two_mebibytes_is_413() {
    let sandbox = start();
    let padded = |size: usize| Ask { body: Some(" ".repeat(size)), ..Ask::onboard(&sandbox) };
    let largest = padded(2 * 1024 * 1024).send().await;
    assert_eq!(largest.http, 400, "read, and no JSON");
    // The sandbox answers before it has read the whole body, so a client sees either the answer or a closed connection.
    match padded(2 * 1024 * 1024 + 1).try_send().await {
        Ok(answer) => assert_eq!(answer.http, 413),
        Err(error) => assert!(error.is_request(), "{error:?}"),
    }
    assert_eq!(sandbox.requests().len(), 1, "the larger one never became a request");
    assert_eq!(Ask::get_customer(&sandbox).send().await.http, 200);
}
