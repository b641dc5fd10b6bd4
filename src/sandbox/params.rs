//! Checks the parameters of a request against the catalogue. Required parameters must be present. All parameters must be declared and
//! well formed. The ids must be those of the caller.

use super::auth::Caller;
use super::form::fits;
use super::reply::Reply;
use super::request_params::RequestParams;
use crate::catalog::{ContentType, Endpoint, Location, Param};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// EPS's message for a missing parameter. EPS does not fill in the placeholders.
const FIELD_MISSING: &str = "Please provide the value of the field {2} {3}";

/// Request that has passed all checks.
pub(super) struct CheckedRequest {
    pub endpoint: &'static Endpoint,
    values: BTreeMap<&'static str, Value>,
}

impl CheckedRequest {
    /// Returns a parameter as text, or an empty text if the parameter is absent. A number keeps its digits.
    pub(super) fn text(&self, wire: &str) -> Cow<'_, str> {
        match self.values.get(wire) {
            Some(Value::String(text)) => Cow::Borrowed(text),
            Some(other) => Cow::Owned(other.to_string()),
            None => Cow::Borrowed(""),
        }
    }
}

/// Accepts the parameters, or returns EPS's refusal. Missing parameters are refused first, then undeclared or repeated parameters, then
/// malformed parameters.
pub(super) fn check(endpoint: &'static Endpoint, arrived: RequestParams) -> Result<CheckedRequest, Reply> {
    let mut values = BTreeMap::new();
    let mut foreign = false;
    for (place, name, value) in arrived.pairs {
        let declared = endpoint.params.iter().find(|param| param.wire == name && param.location == place);
        match declared {
            None => foreign = true,
            Some(param) if values.contains_key(param.wire) => foreign = true,
            Some(_) if is_empty(&value) => {}
            Some(param) => {
                values.insert(param.wire, value);
            }
        }
    }
    let required = endpoint.params.iter().filter(|param| param.required && is_read(endpoint, param));
    let absent: Vec<&str> = required.map(|param| param.wire).filter(|wire| !values.contains_key(wire)).collect();
    if !absent.is_empty() {
        return Err(missing(&absent));
    }
    if foreign {
        return Err(Reply::no_key());
    }
    let unfit = |param: &&Param| values.get(param.wire).is_some_and(|value| !fits(param, value));
    let unfit: Vec<&str> = endpoint.params.iter().filter(unfit).map(|param| param.wire).collect();
    if !unfit.is_empty() {
        return Err(malformed(&unfit));
    }
    Ok(CheckedRequest { endpoint, values })
}

/// Checks that the `initiator_id` and the `user_code`, if present, are those of the caller.
pub(super) fn check_caller(call: &CheckedRequest, caller: &Caller) -> Result<(), Reply> {
    let is_other = |wire: &str, own: &str| call.values.contains_key(wire) && call.text(wire) != own;
    if is_other("initiator_id", &caller.initiator_id) {
        return Err(initiator_invalid());
    }
    if is_other("user_code", &caller.user_code) {
        return Err(user_not_found());
    }
    Ok(())
}

/// Returns true if the sandbox reads the parameter. The sandbox does not read the parts of a multipart body.
fn is_read(endpoint: &Endpoint, param: &Param) -> bool {
    endpoint.content_type != ContentType::Multipart || param.location != Location::Body
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
}

pub(super) fn missing(names: &[&str]) -> Reply {
    let params = names.iter().map(|name| (*name, FIELD_MISSING));
    Reply::invalid(97, "Please provide the value of the field", params)
}

pub(super) fn malformed(names: &[&str]) -> Reply {
    if names.contains(&"initiator_id") {
        return initiator_invalid();
    }
    if names.contains(&"user_code") {
        return user_not_found();
    }
    let params = names.iter().map(|name| (*name, "Please provide a valid value"));
    Reply::invalid(97, "Please provide a valid value of the field", params)
}

pub(super) fn initiator_invalid() -> Reply {
    Reply::invalid(319, "Invalid Sender/Initiator", [("initiator_id", "Initiator is not valid")])
}

pub(super) fn user_not_found() -> Reply {
    Reply::invalid(463, "User not found", [("user_code", "User does not exist in system")])
}

/// Returns the response to a body that cannot be parsed.
pub(super) fn bad_request() -> Reply {
    Reply::json(400, &json!({ "status": 1, "message": "Bad request: missing or malformed parameter" }))
}
