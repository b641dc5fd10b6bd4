//! Tests of the three authentication headers: each fault and its code.

use crate::support::{Answer, Ask, CLOCK, options, sign, signed, start};
use eko_eps::Secret;
use eko_eps::sandbox::{Caller, Sandbox, SandboxOptions};
use std::time::Duration;

fn assert_refused(answer: &Answer, code: i64) {
    assert_eq!(answer.http, 401, "{}", answer.text);
    assert_eq!(answer.ids(), (code, 1, code));
}

fn at(sandbox: &Sandbox, timestamp: u64) -> Ask {
    let mut ask = Ask::get_customer(sandbox);
    ask.headers = signed(sandbox, &timestamp.to_string());
    ask
}

#[tokio::test]
async fn a_right_signature_is_let_through() {
    let sandbox = start();
    let answer = Ask::get_customer(&sandbox).send().await;
    assert_eq!((answer.http, answer.ids()), (200, (308, 1, 308)));
}

#[tokio::test]
async fn a_missing_header_is_2487_and_named() {
    let sandbox = start();
    for name in ["developer_key", "secret-key", "secret-key-timestamp"] {
        let answer = Ask::get_customer(&sandbox).without(name).send().await;
        assert_refused(&answer, 2487);
        assert!(answer.message().ends_with(&format!(": {name}")), "{}", answer.message());
        assert_refused(&Ask::get_customer(&sandbox).with(name, "").send().await, 2487);
    }
    let mut bare = Ask::get_customer(&sandbox);
    bare.headers.clear();
    let answer = bare.send().await;
    assert_refused(&answer, 2487);
    assert!(answer.message().ends_with(": developer_key, secret-key, secret-key-timestamp"), "{}", answer.message());
}

#[tokio::test]
async fn an_unknown_developer_key_is_2483() {
    let sandbox = start();
    for key in ["another-key", "sandbox-developer-ke", "sandbox-developer-key2"] {
        assert_refused(&Ask::get_customer(&sandbox).with("developer_key", key).send().await, 2483);
    }
    let mut twice = Ask::get_customer(&sandbox);
    twice.headers.push(("developer_key", "sandbox-developer-key".to_owned()));
    assert_refused(&twice.send().await, 2483);
}

#[tokio::test]
async fn a_wrong_signature_is_2484() {
    let sandbox = start();
    let timestamp = CLOCK.to_string();
    let right = sign("sandbox-access-key", &timestamp);
    let wrong = [
        sign("another access key", &timestamp),
        sign("sandbox-access-key", &(CLOCK + 1).to_string()),
        right[..43].to_owned(),
        format!("{right}="),
        right.to_lowercase(),
    ];
    for signature in wrong {
        assert_refused(&at(&sandbox, CLOCK).with("secret-key", &signature).send().await, 2484);
    }
    // None of the refused requests has used up the timestamp.
    assert_eq!(at(&sandbox, CLOCK).send().await.http, 200);
}

#[tokio::test]
async fn a_timestamp_that_is_not_in_milliseconds_is_2486() {
    let sandbox = start();
    for timestamp in
        ["1760000000", "1760000000000000", "1760000000.00", "17600000 0000", "+1760000000000", "01760000000000"]
    {
        let mut ask = Ask::get_customer(&sandbox);
        ask.headers = signed(&sandbox, timestamp);
        assert_refused(&ask.send().await, 2486);
    }
}

#[tokio::test]
async fn timestamps_may_differ_by_two_minutes_at_most() {
    let sandbox = start();
    for (timestamp, http) in
        [(CLOCK - 120_000, 200), (CLOCK - 120_001, 401), (CLOCK + 120_000, 200), (CLOCK + 120_001, 401)]
    {
        let answer = at(&sandbox, timestamp).send().await;
        assert_eq!(answer.http, http, "{timestamp}");
        if http == 401 {
            assert_refused(&answer, 2485);
        }
    }
}

#[tokio::test]
async fn a_timestamp_goes_stale_as_the_clock_advances() {
    let sandbox = start();
    let (first, second) = (at(&sandbox, CLOCK), at(&sandbox, CLOCK + 1));
    sandbox.advance(Duration::from_secs(120));
    assert_eq!(first.send().await.http, 200);
    sandbox.advance(Duration::from_millis(2));
    assert_refused(&second.send().await, 2485);
}

#[tokio::test]
async fn a_timestamp_from_the_future_is_right_once_the_clock_is_there() {
    let sandbox = start();
    let ask = at(&sandbox, CLOCK + 130_000);
    assert_refused(&ask.send().await, 2485);
    sandbox.advance(Duration::from_secs(10));
    assert_eq!(ask.send().await.http, 200);
}

#[tokio::test]
async fn a_timestamp_is_accepted_once() {
    let sandbox = start();
    let ask = at(&sandbox, CLOCK);
    assert_eq!(ask.send().await.http, 200);
    assert_refused(&ask.send().await, 2485);
    // Another call with the same timestamp is refused too.
    let mut other = Ask::legacy(&sandbox);
    other.headers = ask.headers.clone();
    assert_refused(&other.send().await, 2485);
    sandbox.advance(Duration::from_secs(119));
    assert_refused(&ask.send().await, 2485);
    assert_eq!(at(&sandbox, CLOCK + 1).send().await.http, 200);
}

#[tokio::test]
async fn timestamps_are_remembered_per_developer_key() {
    let caller = |key: &str| Caller { developer_key: Secret::new(key), ..Caller::default() };
    let sandbox =
        Sandbox::start(SandboxOptions { callers: vec![caller("key-one"), caller("key-two")], ..options() }).unwrap();
    let ask = at(&sandbox, CLOCK);
    assert_eq!(ask.send().await.http, 200);
    let other = ask.clone().with("developer_key", "key-two");
    assert_eq!(other.send().await.http, 200);
    assert_refused(&ask.send().await, 2485);
    assert_refused(&other.send().await, 2485);
}

#[tokio::test]
async fn each_caller_has_keys_and_ids_of_its_own() {
    let second = Caller {
        developer_key: Secret::new("second"),
        access_key: Secret::new("second-access"),
        initiator_id: "9000000002".to_owned(),
        user_code: "2".to_owned(),
    };
    let sandbox = Sandbox::start(SandboxOptions { callers: vec![Caller::default(), second], ..options() }).unwrap();
    let timestamp = CLOCK.to_string();
    let mixed = at(&sandbox, CLOCK).with("developer_key", "second");
    assert_refused(&mixed.send().await, 2484);
    let as_second = mixed.with("secret-key", &sign("second-access", &timestamp));
    assert_eq!(as_second.send().await.ids(), (319, 1, -1));
    let mut own = Ask::get_customer(&sandbox);
    own.headers = signed(&sandbox, &(CLOCK + 1).to_string());
    own = own.with("developer_key", "second").with("secret-key", &sign("second-access", &(CLOCK + 1).to_string()));
    own.url = own.url.replace("9962981729", "9000000002").replace("20810200", "2");
    assert_eq!(own.send().await.ids(), (308, 1, 308));
}

#[tokio::test]
async fn the_date_is_the_sandboxs_own() {
    let sandbox = start();
    let date = |answer: Answer| httpdate::parse_http_date(answer.headers["date"].to_str().unwrap()).unwrap();
    let seconds = |time: std::time::SystemTime| time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(seconds(date(Ask::get_customer(&sandbox).send().await)), CLOCK / 1000);
    sandbox.advance(Duration::from_secs(3_600));
    assert_eq!(seconds(date(Ask::get_customer(&sandbox).send().await)), CLOCK / 1000 + 3_600);
}

#[tokio::test]
async fn without_a_clock_of_its_own_it_follows_the_machine() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    let machine = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    assert!(machine.abs_diff(u128::from(sandbox.now_ms())) < 60_000);
    assert_eq!(Ask::get_customer(&sandbox).send().await.http, 200);
}
