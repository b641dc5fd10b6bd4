//! Interpretation of EPS responses: computes the outcome from the endpoint and the HTTP status, headers and body, without I/O. EPS sends
//! the same field with varying JSON types, which only this module handles.
//!
//! Each endpoint has patterns over four ids of the response (`response_type_id`, `tx_status`, `status`, `response_status_id`) and its HTTP
//! status. The most specific pattern that matches decides the outcome. HTTP 200, `status` 0 or the message text alone does not decide it.

mod amount;
mod answer;
mod body;
mod encoding;
mod json;
mod read;
mod refusal;
mod same;
mod text;
mod twice;

pub(crate) use amount::canonical as canonical_amount;
pub use answer::{Answer, HttpAnswer};
pub(crate) use answer::{Http, RequestContext};
pub(crate) use body::MAX_BODY;
pub(crate) use encoding::ContentCoding;

use crate::catalog::{Effect, Endpoint, OutcomeRule};
use crate::error::{Code, Error, Meta};
pub(crate) use json::JsonValue;
use json::JsonWriter;
use read::Ids;
use serde_json::{Map, Value};
use std::time::Duration;
use twice::Twice;

/// Meaning of a response by the rule of the endpoint that matches it: an outcome, or an error code.
enum RuleMatch {
    Outcome(&'static OutcomeRule),
    Refusal(Code),
}

/// Determines the outcome of a response.
///
/// # Errors
/// Returns an error for every response that is not an outcome of the endpoint.
pub(crate) fn interpret(
    endpoint: &'static Endpoint,
    http: &impl Http,
    asked: &RequestContext<'_>,
) -> Result<Answer, Error> {
    let mut meta = Meta {
        http_status: http.status(),
        client_ref_id: asked.client_ref_id.map(str::to_owned),
        aged: http.header("age").is_some(),
        ..Meta::default()
    };
    let text = match body::text(http) {
        Ok(text) => text,
        Err((code, raw)) => return Err(unreadable(endpoint, http, code, meta, raw, asked)),
    };
    let raw = text.to_string();
    let mut twice = Twice::default();
    let body = body::envelope(&text, &mut twice);
    // Names of fields that decide about money are never masked, even if the caller has sent the same text as a sensitive value.
    let hide = |name: String| if twice::decides(&name) { name } else { refusal::scrub(&name, asked) };
    meta.twice = twice.names.into_iter().map(hide).collect();
    meta.deciding = twice.deciding.map(hide);
    let body = match body {
        Ok(body) => body,
        Err(code) => return Err(unreadable(endpoint, http, code, meta, raw, asked)),
    };
    let ids = Ids::of(&body, http.status());
    meta.status = ids.status;
    meta.response_status_id = ids.response_status_id;
    meta.response_type_id = ids.response_type_id;
    meta.tx_status = ids.tx_status;
    meta.message = body.get("message").and_then(JsonValue::text).map(|text| refusal::scrub(text, asked));

    let http_code = by_http_status(http.status());
    if let Some(code) = refusal::auth(&ids).or(http_code.filter(|code| *code != Code::RouteNotFound)) {
        return Err(refusal::error(endpoint, code, meta, raw, asked).with_retry_after(retry_after(http)));
    }
    match decide(endpoint, &ids, &meta) {
        // EPS sends `status` 463 both for an unknown customer and for an unknown user code. The two responses differ only in the parameter
        // that they name.
        Some(RuleMatch::Outcome(_)) if refusal::is_about_others(endpoint, &body, &ids) => {}
        // HTTP 400 with the names of parameters is a refusal of these parameters, whatever its ids.
        Some(RuleMatch::Outcome(_)) if http.status() == 400 && refusal::names_params(&body) => {}
        Some(RuleMatch::Outcome(rule)) => {
            let mut members = JsonWriter::for_body(raw.len());
            if read::fields(&mut members, rule.fields, &body, &ids, true) {
                members.member("next", |out| rule.next.is_some_and(|next| out.value(next)));
                return Ok(Answer { outcome: rule.tag, members, meta, raw });
            }
            // A required field is missing, so the ids of the response do not prove this outcome. The outcome is `other` if the response
            // reports no failure, or if the call moves money. A status that equals the response type is no failure: EPS answers so when it
            // has sent an OTP.
            let failed = ids.status != Some(0) && ids.status != ids.response_type_id;
            if !failed || endpoint.effect == Effect::Money {
                let mut members = JsonWriter::default();
                return Ok(Answer { outcome: other(&mut members, &body), members, meta, raw });
            }
        }
        // The error is created further down, where the parameters that EPS names are read.
        Some(RuleMatch::Refusal(Code::InvalidParams)) if refusal::names_params(&body) => {}
        Some(RuleMatch::Refusal(code)) => return Err(refusal::error(endpoint, code, meta, raw, asked)),
        None => {}
    }
    if let Some(code) = refusal::common(&ids) {
        return Err(refusal::error(endpoint, code, meta, raw, asked));
    }
    if let Some(params) = refusal::invalid_params(endpoint, &body, &ids) {
        let params: std::collections::BTreeMap<_, _> = params
            .into_iter()
            .map(|(name, text)| (refusal::scrub(&name, asked), refusal::scrub(&text, asked)))
            .collect();
        let list: Vec<String> = params.iter().map(|(name, text)| format!("{name}: {text}")).collect();
        let words = meta.message.clone().unwrap_or_default();
        let message = format!("{}: EPS refused the parameters. {} {words}", endpoint.op, list.join("; "));
        let error = refusal::error(endpoint, Code::InvalidParams, meta, raw, asked);
        return Err(error.with_message(message.trim().to_owned()).with_invalid_params(params));
    }
    if let Some(code) = http_code {
        return Err(refusal::error(endpoint, code, meta, raw, asked));
    }
    match ids.status {
        Some(0) => {
            let mut members = JsonWriter::default();
            Ok(Answer { outcome: other(&mut members, &body), members, meta, raw })
        }
        Some(_) => {
            let code = if body::is_no_key(&body) { Code::NoKeyForResponse } else { Code::Refused };
            Err(refusal::error(endpoint, code, meta, raw, asked))
        }
        None if body::is_no_key(&body) => Err(refusal::error(endpoint, Code::NoKeyForResponse, meta, raw, asked)),
        None => Err(unreadable(endpoint, http, Code::BodyWrongShape, meta, raw, asked)),
    }
}

/// Reads a JSON object that is not an EPS response. The keys are converted to camelCase, numbers become exact text, and empty values are
/// left out.
///
/// # Errors
/// The same error codes as for the body of a response, if the text is not a JSON object.
pub(crate) fn object(text: &str) -> Result<Object, Code> {
    if text.len() > MAX_BODY {
        return Err(Code::BodyTooLarge);
    }
    if body::is_blank(text) {
        return Err(Code::BodyEmpty);
    }
    let mut twice = Twice::default();
    let body = JsonValue::parse_noting(text::without_mark(text), &mut twice).map_err(|_| Code::BodyNotJson)?;
    if body.members().is_none() {
        return Err(Code::BodyWrongShape);
    }
    let mut members = JsonWriter::for_body(text.len());
    members.named(WHOLE, |out| read::any(out, &body));
    match members.to_map().remove(WHOLE) {
        Some(Value::Object(members)) => Ok(Object { members, ambiguous: twice.deciding.is_some() }),
        Some(_) | None => Err(Code::BodyWrongShape),
    }
}

/// JSON object that [`object`] has read.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) members: Map<String, Value>,
    /// True if a field that decides about money occurs twice in an object, with different values.
    pub(crate) ambiguous: bool,
}

/// Temporary member name under which [`object`] writes the object.
const WHOLE: &str = "whole";

/// Returns the rule that applies to the response. The end state of a debit must be proven. Without proof, the debit counts as in flight
/// (accepted by EPS, but not finished). The proof is missing if no rule matches the state, for example because the state is new or the
/// response contains two different states. The proof is also missing if the response is ambiguous, if `settled` or `refunded` lacks HTTP
/// 2xx or `status` 0, or if `declined` lacks HTTP 2xx.
fn decide(endpoint: &'static Endpoint, ids: &Ids, meta: &Meta) -> Option<RuleMatch> {
    let found = most_specific(endpoint, ids);
    if endpoint.effect != Effect::Money {
        return found;
    }
    let unconfirmed = match &found {
        None => ids.names_state,
        Some(RuleMatch::Refusal(_)) => false,
        Some(RuleMatch::Outcome(rule)) => {
            let ok = (200..300).contains(&meta.http_status);
            match rule.tag {
                "settled" | "refunded" => !(ok && ids.status == Some(0) && meta.ambiguous().is_none()),
                "declined" => !(ok && meta.ambiguous().is_none()),
                _ => false,
            }
        }
    };
    if unconfirmed {
        return most_specific(
            endpoint,
            &Ids { tx_status: Some(IN_FLIGHT), names_state: true, response_type_id: None, ..*ids },
        );
    }
    found
}

/// Value of `tx_status` for a transaction that EPS has accepted but not finished.
const IN_FLIGHT: i64 = 2;

/// Returns the rule with the most specific matching pattern. If several patterns are equally specific, the first one wins.
fn most_specific(endpoint: &'static Endpoint, ids: &Ids) -> Option<RuleMatch> {
    let outcomes = endpoint
        .outcomes
        .iter()
        .flat_map(|rule| rule.when.iter().map(move |pattern| (pattern, RuleMatch::Outcome(rule))));
    let refusals = endpoint
        .refusals
        .iter()
        .flat_map(|rule| rule.when.iter().map(move |pattern| (pattern, RuleMatch::Refusal(rule.code))));
    let mut best: Option<(u32, RuleMatch)> = None;
    for (pattern, decision) in outcomes.chain(refusals) {
        if let Some(weight) = ids.matches(pattern)
            && best.as_ref().is_none_or(|(known, _)| weight > *known)
        {
            best = Some((weight, decision));
        }
    }
    best.map(|(_, decision)| decision)
}

/// Writes the `data` of a successful response that no rule describes, and returns the tag `other`.
fn other(members: &mut JsonWriter, body: &JsonValue) -> &'static str {
    members.member("data", |out| body.get("data").is_some_and(|data| read::any(out, data)));
    "other"
}

/// Returns the error code that follows from the HTTP status alone.
fn by_http_status(status: u16) -> Option<Code> {
    match status {
        200..=299 | 400 => None,
        401 | 403 => Some(Code::AuthRefused),
        404 => Some(Code::RouteNotFound),
        405 | 415 => Some(Code::WrongMethodOrType),
        429 => Some(Code::RateLimited),
        300..=399 => Some(Code::Redirect),
        500..=599 => Some(Code::ServerError),
        _ => Some(Code::UnexpectedStatus),
    }
}

/// Creates the error for a response without an EPS envelope. An error code of the HTTP status is more precise than `fault`, the problem of
/// the body, so it takes precedence.
fn unreadable(
    endpoint: &Endpoint,
    http: &impl Http,
    fault: Code,
    meta: Meta,
    raw: String,
    asked: &RequestContext<'_>,
) -> Error {
    let code = match by_http_status(http.status()) {
        Some(Code::AuthRefused) => Code::EdgeForbidden,
        Some(code) => code,
        None => fault,
    };
    let answered = meta.http_status;
    let error = refusal::error(endpoint, code, meta, raw, asked).with_retry_after(retry_after(http));
    let target = if code == Code::Redirect { redirect_host(http) } else { None };
    let message = format!(
        "{} (HTTP {answered}{})",
        error.message(),
        target.map(|host| format!(", redirect to {host}")).unwrap_or_default()
    );
    error.with_message(message)
}

fn redirect_host(http: &impl Http) -> Option<String> {
    url::Url::parse(http.header("location")?).ok()?.host_str().map(str::to_owned)
}

/// Reads the `Retry-After` header, which contains seconds or an HTTP date (RFC 9110, section 10.2.3). An invalid value is ignored.
pub(crate) fn retry_after(http: &impl Http) -> Option<Duration> {
    let value = http.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    // The date in `Retry-After` is compared with the `Date` header of the same response, so that a wrong local clock does not change the
    // wait.
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    date(value)?.duration_since(date(http.header("date")?)?).ok()
}

#[cfg(test)]
#[path = "interpret_tests.rs"]
mod tests;
