//! Refusals: responses in which EPS refuses a request, and the errors for such responses.

use super::answer::RequestContext;
use super::json::{JsonValue, Member};
use super::read::Ids;
use crate::api::generated::REFUSALS;
use crate::catalog::{Endpoint, Location, Param};
use crate::error::{Class, Code, Error, Meta};
use std::collections::BTreeMap;

/// Value of `response_type_id` in a response that names invalid parameters.
const VALIDATION_TYPE: i64 = -1;
/// Values of `status` that confirm [`VALIDATION_TYPE`]. EPS also sends that type in responses that are not about validation.
const VALIDATION_STATUSES: [i64; 4] = [97, 319, 461, 463];
const AUTH_IDS: std::ops::RangeInclusive<i64> = 2483..=2487;

/// Returns the error code of an authentication failure. EPS sends such a failure with HTTP 200, 401 or 403.
pub(super) fn auth(ids: &Ids) -> Option<Code> {
    let is_auth = |id: Option<i64>| id.is_some_and(|id| AUTH_IDS.contains(&id));
    if is_auth(ids.response_type_id) || is_auth(ids.status) { common(ids) } else { None }
}

/// Returns the error code of a refusal that is the same for all endpoints.
pub(super) fn common(ids: &Ids) -> Option<Code> {
    let by_type = REFUSALS.iter().find(|refusal| ids.response_type_id.is_some_and(|id| refusal.types.contains(&id)));
    let by_id = || {
        [ids.status, ids.meaningful_status_id()]
            .into_iter()
            .flatten()
            .find_map(|id| REFUSALS.iter().find(|refusal| refusal.ids.contains(&id)))
    };
    // The response type takes precedence over the other ids, except for the general type "OTP failed": an id such as EPS status 302 says
    // more precisely what was wrong with the OTP.
    match (by_type, by_id()) {
        (Some(by_type), Some(by_id)) if by_type.code == Code::OtpFailed && by_id.code.class() == Class::Otp => {
            Some(by_id.code)
        }
        (Some(by_type), _) => Some(by_type.code),
        (None, by_id) => by_id.map(|refusal| refusal.code),
    }
}

/// Returns true if the response names invalid parameters.
pub(super) fn names_params(body: &JsonValue) -> bool {
    named_params(body).is_some()
}

/// Returns the invalid parameters that the response names, by EPS's names.
fn named_params<'a, 'b>(body: &'b JsonValue<'a>) -> Option<&'b [Member<'a>]> {
    // EPS's documentation uses both spellings. EPS itself sends `invalid_params`.
    ["invalid_params", "invalid_parameters"]
        .iter()
        .find_map(|name| body.get(name)?.members().filter(|members| !members.is_empty()))
}

/// Returns the parameters that EPS reports as invalid, under their names in this library, each with EPS's text. Returns `None` if the
/// response is not about invalid parameters.
pub(super) fn invalid_params(endpoint: &Endpoint, body: &JsonValue, ids: &Ids) -> Option<BTreeMap<String, String>> {
    let Some(members) = named_params(body) else {
        let validated = ids.status.is_some_and(|status| VALIDATION_STATUSES.contains(&status));
        let about_params = ids.response_type_id == Some(VALIDATION_TYPE) && validated || ids.status == Some(97);
        return about_params.then(BTreeMap::new);
    };
    let our_name = |wire: &str| {
        endpoint
            .params
            .iter()
            .find(|param| param.wire == wire)
            .map_or_else(|| wire.to_owned(), |param| param.name.to_owned())
    };
    Some(
        members
            .iter()
            .map(|(name, text)| (our_name(name), without_placeholders(text.text().unwrap_or("is not accepted by EPS"))))
            .collect(),
    )
}

/// Returns true if the response reports invalid parameters, and none of them identifies the customer that the request is about.
pub(super) fn is_about_others(endpoint: &Endpoint, body: &JsonValue, ids: &Ids) -> bool {
    let Some(named) = invalid_params(endpoint, body, ids).filter(|named| !named.is_empty()) else { return false };
    // Most endpoints name the customer in the path. The OTP call of a transfer names the customer in the body.
    let is_subject = |param: &Param| param.location == Location::Path || param.wire == "customer_id";
    let asked_for = |name: &String| endpoint.params.iter().any(|param| param.name == name && is_subject(param));
    !named.keys().any(asked_for)
}

/// Removes unfilled placeholders such as "{2} {3}", which EPS leaves in its texts.
fn without_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        match after.split_once('}') {
            Some((inside, tail)) if inside.bytes().all(|byte| byte.is_ascii_digit()) => {
                out.push_str(before);
                rest = tail;
            }
            _ => {
                out.push_str(before);
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Creates an error whose message contains the description of `code`, the advice on what to do, and the message of EPS.
pub(super) fn error(endpoint: &Endpoint, code: Code, meta: Meta, raw: String, asked: &RequestContext<'_>) -> Error {
    let mut message = format!("{}: {} {}", endpoint.op, code.doc(), code.action());
    if let Some(words) = &meta.message {
        message.push_str(&format!(" EPS says: {words}"));
    }
    Error::new(code, message).with_meta(meta).with_raw(raw).with_client_ref_id(asked.client_ref_id)
}

/// Replaces the request's sensitive values in a text that the server wrote, because the server may repeat them.
pub(super) fn scrub(text: &str, asked: &RequestContext<'_>) -> String {
    // Values of fewer than four bytes are not replaced, because that would mask unrelated text. The shortest OTP has four digits.
    let secrets = asked.sensitive.iter().filter(|value| value.len() >= 4);
    secrets.fold(
        text.to_owned(),
        |text, secret| if text.contains(secret) { text.replace(secret, "[hidden]") } else { text },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::generated::ENDPOINTS;

    #[test]
    fn placeholders_are_dropped() {
        assert_eq!(
            without_placeholders("Please provide the value of the field {2} {3}"),
            "Please provide the value of the field"
        );
        assert_eq!(without_placeholders("{a} stays, {1}goes, { too"), "{a} stays, goes, { too");
    }

    #[test]
    fn five_status_codes_are_authentication_errors() {
        let of =
            |id| [Ids { status: Some(id), ..Ids::default() }, Ids { response_type_id: Some(id), ..Ids::default() }];
        for id in 2_483..=2_487 {
            assert!(of(id).iter().all(|ids| auth(ids).is_some()), "{id}");
        }
        for id in [0, 302, 2_482, 2_488] {
            assert!(of(id).iter().all(|ids| auth(ids).is_none()), "{id}");
        }
    }

    #[test]
    fn four_statuses_report_parameters_beside_a_validation_type() {
        let Ok(body) = JsonValue::parse("{}") else { panic!() };
        let of = |kind, status| {
            let ids = Ids { response_type_id: Some(kind), status: Some(status), ..Ids::default() };
            invalid_params(ENDPOINTS[0], &body, &ids).is_some()
        };
        for status in [97, 319, 461, 463] {
            assert!(of(-1, status), "{status}");
            assert_eq!(of(0, status), status == 97, "{status}");
        }
        assert!([0, 1, 96, 98, 318, 320, 460, 462, 464].iter().all(|status| !of(-1, *status)));
    }
}
