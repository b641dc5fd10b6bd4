//! Properties that must hold for every input, however damaged. `replay.rs` and the fuzz targets use them.
#![allow(dead_code, clippy::unwrap_used, reason = "each target uses its own part; a broken property panics")]

use eko_eps::__private::ENDPOINTS;
use eko_eps::__private::catalog::Effect;
use eko_eps::__private::judged;
use eko_eps::money::{Callback, State};
use eko_eps::{Client, Config, HttpAnswer};
use serde_json::Value;
use std::sync::LazyLock;
use std::time::Duration;

static CLIENT: LazyLock<Client> =
    LazyLock::new(|| Client::new(Config::new("developer", "access").base_url("http://127.0.0.1:9/ekoapi/v3")).unwrap());

const STATUSES: [u16; 12] = [200, 200, 200, 201, 302, 400, 401, 403, 404, 429, 500, 503];

/// Checks an answer to a call. The first byte chooses the call, the second the HTTP status, and the rest is the body.
pub fn response(input: &[u8]) {
    let [call, status, body @ ..] = input else { return };
    let endpoint = ENDPOINTS[usize::from(*call) % ENDPOINTS.len()];
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let answer = HttpAnswer { status, headers: Vec::new(), body: body.to_vec() };
    money(&answer, "dmt.transfer", "REF-1", Some("100"));
    money(&answer, "refund", "13192443", None);
    match CLIENT.interpret(endpoint.op, &answer) {
        Ok(answer) => {
            let known = endpoint.outcomes.iter().any(|rule| rule.tag == answer.outcome) || answer.outcome == "other";
            assert!(known, "{}: {} is no outcome", endpoint.op, answer.outcome);
            assert!(matches!(status, 200..=299 | 400 | 404), "HTTP {status} is no outcome");
            let done = endpoint.effect == Effect::Money && answer.outcome == "settled";
            assert!(!done || answer.meta.tx_status == Some(0), "settled without EPS saying so");
            let text = answer.to_json();
            let json: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(json["raw"].as_str(), Some(&*String::from_utf8_lossy(body)), "the body is kept as it came");
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            serde_json::to_value(&error).unwrap();
        }
    }
}

/// Checks a debit's answer: an unfinished state is never final, and an unconfirmed debit is never done.
fn money(answer: &HttpAnswer, op: &str, reference: &str, amount: Option<&str>) {
    let ways = judged(op, answer, reference, amount).unwrap();
    let [own, inquired] = &ways;
    assert!(own.reusable || own.outcome == inquired.outcome, "{op}: the same body says {own:?} and {inquired:?}");
    assert!(!inquired.reusable && inquired.outcome != State::NotSent, "{op}: one answer frees a reference");
    let text_of = String::from_utf8_lossy(&answer.body);
    let body = serde_json::from_str::<Value>(text_of.trim_start_matches('\u{feff}')).ok();
    for judged in &ways {
        let done = matches!(judged.outcome, State::Settled | State::Refunded);
        assert!(!done || matches!(answer.status, 200..=299), "{op} is done by HTTP {}", answer.status);
        let open = !judged.outcome.is_final();
        assert!(open || judged.contradiction.is_none(), "{op} ends by a contradiction");
        assert!(!judged.reusable || judged.outcome == State::Declined, "{op} is free by an answer that is no refusal");
        assert!(!judged.reusable || judged.tid.is_none(), "{op} has a tid before any work");
        assert!(open == (judged.revision == 0), "{op} counts its ends");
        let object = text_of.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        assert!(open || object, "{op} ends by what is no object");
        // The client reads invalid Unicode too; this check cannot, and skips such a body.
        let Some(body) = &body else { continue };
        let states = [&body["data"]["tx_status"], &body["tx_status"]].map(state);
        assert!(judged.outcome != State::Settled || states.contains(&Some(0)), "{op} is settled without a word of it");
        assert!(!done || whole(&body["status"]) == Some(0), "{op} is done and refused");
        let in_flight = |state: &Option<i64>| state.is_some_and(|state| !matches!(state, 0 | 1 | 3 | 4));
        assert!(open || !states.iter().any(in_flight), "{op} is final and in flight");
        // A tid may be written in several ways, and is the same number.
        let is_ours = |tid: &str| tid.strip_suffix(".0").unwrap_or(tid).trim_start_matches('0') == reference;
        let another = text(&body["data"]["tid"]).is_some_and(|tid| op != "refund" || !is_ours(&tid));
        assert!(!judged.reusable || !another, "{op} names a transaction, and no work");
    }
}

/// Returns `tx_status` as a number, or -1 if it is none.
fn state(value: &Value) -> Option<i64> {
    text(value).map(|_| whole(value).unwrap_or(-1))
}

fn whole(value: &Value) -> Option<i64> {
    let text = text(value)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    if fraction.bytes().all(|digit| digit == b'0') { whole.parse().ok() } else { None }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != "null"),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

/// Checks the amount of a callback.
pub fn amount(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let read =
        |text: &str| Callback::parse(&serde_json::json!({"tid": "1", "amount": text}).to_string()).unwrap().amount;
    let canonical = read(text);
    if let Some(canonical) = &canonical {
        let digits = canonical.strip_prefix('-').unwrap_or(canonical);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "1"));
        let all_digits =
            [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(all_digits, "{canonical} is not plain");
        assert!(whole == "0" || !whole.starts_with('0'), "{canonical} has leading zeros");
        assert!(!fraction.ends_with('0'), "{canonical} has trailing zeros");
        assert_eq!(read(canonical).as_ref(), Some(canonical), "{canonical} is not stable");
    }
    if let Some(plain) = plain(text) {
        assert_eq!(canonical.as_deref(), Some(plain.as_str()), "{text} has lost something");
    }
}

/// Returns the canonical form of a simple amount, computed separately: at most ten digits before and after the point.
fn plain(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.len() <= 10 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

/// Checks three headers, one in each line: `Retry-After`, `Date` and `Location`.
pub fn headers(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let lines: Vec<&str> = text.split('\n').collect();
    for status in [429, 307, 503] {
        let names = ["Retry-After", "Date", "Location"];
        let headers = names.iter().zip(&lines).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = HttpAnswer { status, headers, body: Vec::new() };
        let error = CLIENT.interpret("getCustomer", &answer).unwrap_err();
        if let Ok(seconds) = lines[0].trim().parse::<u64>() {
            assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
        }
        serde_json::to_value(&error).unwrap();
    }
}

/// Checks the body of a callback.
pub fn callback(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(read) = Callback::parse(text) else { return };
    for id in [&read.client_ref_id, &read.tid].into_iter().flatten() {
        assert!(!id.is_empty() && id != "null", "an absent id is no id");
    }
    assert!(read.client_ref_id.is_some() || read.tid.is_some());
    // A callback that was read can be written and read again.
    let mut again = Callback::parse(&read.to_json()).unwrap();
    again.fields = read.fields.clone();
    assert_eq!(again.to_json(), read.to_json());
}
