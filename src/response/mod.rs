//! Interpretation of answers: (endpoint, status, headers, body) -> outcome. It does no I/O. Values of varying JSON types are handled only
//! here.
//!
//! The endpoint's own patterns over four ids decide the outcome; the most specific pattern wins. The outcome does not follow from HTTP 200,
//! from `status` 0 or from the text of the message.

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

/// Match of one of the endpoint's own rules.
enum RuleMatch {
    Outcome(&'static OutcomeRule),
    Refusal(Code),
}

/// # Errors
/// Every answer that is not an outcome of the endpoint.
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
    // A name that decides about money is not hidden, even if the caller has sent the same text as a secret.
    let hide = |name: String| if twice::decides(&name) { name } else { refusal::scrub(&name, asked) };
    meta.twice = twice.names.into_iter().map(hide).collect();
    meta.deciding = twice.deciding.map(hide);
    let body = match body {
        Ok(body) => body,
        Err(code) => return Err(unreadable(endpoint, http, code, meta, raw, asked)),
    };
    let ids = Ids::of(&body);
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
        // EPS sends 463 both for an unknown customer and for an unknown user code. Only the parameter that it names differs.
        Some(RuleMatch::Outcome(_)) if refusal::is_about_others(endpoint, &body, &ids) => {}
        Some(RuleMatch::Outcome(rule)) => {
            // If a required value is missing, the ids of the answer do not prove this outcome.
            let mut members = JsonWriter::for_body(raw.len());
            let outcome = if read::fields(&mut members, rule.fields, &body, &ids, true) {
                members.member("next", |out| rule.next.is_some_and(|next| out.value(next)));
                rule.tag
            } else {
                other(&mut members, &body)
            };
            return Ok(Answer { outcome, members, meta, raw });
        }
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

/// Reads an object that is not an answer: keys in camelCase, numbers as exact text, empty values left out.
///
/// # Errors
/// The fault of the text, as for the body of an answer.
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

/// Object that [`object`] returns.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) members: Map<String, Value>,
    /// True if a name that decides about money is given twice, with different values.
    pub(crate) ambiguous: bool,
}

/// Name of the member that holds such an object while it is read.
const WHOLE: &str = "whole";

/// Applies the endpoint's rules. If no rule names the state of a debit, the debit is in flight: a new state, or two different states, do
/// not prove an end. A debit is also in flight if the rest of the answer does not confirm its end. Settled and refunded need HTTP 2xx and
/// `status` 0, and declined needs HTTP 2xx. None of them may be ambiguous.
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

/// `tx_status` of a transaction that EPS has accepted and not finished.
const IN_FLIGHT: i64 = 2;

/// Returns the rule with the most specific match; if several match equally, the first.
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

/// Writes a success that no rule describes.
fn other(members: &mut JsonWriter, body: &JsonValue) -> &'static str {
    members.member("data", |out| body.get("data").is_some_and(|data| read::any(out, data)));
    "other"
}

/// Returns the code that an HTTP status alone gives.
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

/// Creates the error of an answer without an envelope. If the HTTP status has a code, that code is used, because it is more precise than
/// the fault of the body.
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
        target.map(|host| format!(", to {host}")).unwrap_or_default()
    );
    error.with_message(message)
}

fn redirect_host(http: &impl Http) -> Option<String> {
    url::Url::parse(http.header("location")?).ok()?.host_str().map(str::to_owned)
}

/// Reads `Retry-After`, in seconds or as an HTTP date (RFC 9110, section 10.2.3). An invalid value is ignored.
pub(crate) fn retry_after(http: &impl Http) -> Option<Duration> {
    let value = http.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    // The date is compared with the answer's own `Date`, so that a wrong clock on this machine does not change the wait.
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    date(value)?.duration_since(date(http.header("date")?)?).ok()
}

#[cfg(test)]
#[path = "interpret_tests.rs"]
mod tests;
