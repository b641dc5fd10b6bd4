//! Builds a request, which is not signed yet, from an endpoint, its parameters and a context. The code uses no clock and no I/O. The
//! context supplies random values.
//!
//! All validation of parameters is in this module. Every declared parameter is checked before anything is signed or sent.

mod encode;
pub(crate) mod format;
mod reference;
mod rule;

pub(crate) use reference::generate as generate_reference;

use crate::catalog::{Base, ContentType, Endpoint, Location, Method, Param, Source};
use crate::error::{Code, Error};
use crate::secret::Secret;
use encode::WireValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Values of the client that complete a request, in addition to the caller's parameters.
pub(crate) struct Context<'a> {
    pub(crate) base_url: &'a str,
    pub(crate) legacy_base_url: Option<&'a str>,
    pub(crate) initiator_id: Option<&'a str>,
    pub(crate) user_code: Option<&'a str>,
    /// Generates a `client_ref_id`.
    pub(crate) reference: &'a dyn Fn() -> Result<String, Error>,
}

/// Request that was validated and completed with the client's values, but not yet signed.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) url: String,
    pub(crate) body: Option<String>,
    pub(crate) client_ref_id: Option<String>,
    /// Sensitive parameter values, which must not appear in error messages.
    pub(crate) sensitive: Vec<Secret>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("op", &self.endpoint.op)
            .field("client_ref_id", &self.client_ref_id)
            .finish_non_exhaustive()
    }
}

/// Checks the parameters and builds the request, which is not signed yet.
///
/// # Errors
/// `invalid_params`, which lists every parameter that breaks a rule.
pub(crate) fn prepare(
    endpoint: &'static Endpoint,
    params: &Map<String, Value>,
    context: &Context<'_>,
) -> Result<Prepared, Error> {
    if endpoint.content_type == ContentType::Multipart {
        return Err(Error::new(
            Code::UnknownCall,
            format!("{} uploads files, which this version cannot send: use another HTTP client", endpoint.op),
        ));
    }
    let mut problems = unknown_params(endpoint, params);
    let mut wires: Vec<(&'static Param, WireValue<'_>)> = Vec::with_capacity(endpoint.params.len());
    let mut sensitive = Vec::new();
    let mut client_ref_id = None;
    let given = |param: &Param| params.get(param.name).filter(|value| !value.is_null());
    let fill = |param| if given(param).is_none() { fill(param, context) } else { Ok(None) };
    let filled = endpoint.params.iter().map(fill).collect::<Result<Vec<_>, _>>()?;
    for (param, filled) in endpoint.params.iter().zip(&filled) {
        let Some(value) = given(param).or(filled.as_ref()) else {
            if param.required {
                problems.insert(param.name.into(), missing(param));
            }
            continue;
        };
        match rule::check(param, value) {
            Err(rule) => {
                problems.insert(param.name.into(), rule);
            }
            Ok(wire) => {
                if param.sensitive {
                    confide(value, &mut sensitive);
                    if !value.is_string() {
                        sensitive.push(Secret::new(&*wire.plain));
                    }
                }
                if param.wire == "client_ref_id" {
                    client_ref_id = Some(wire.plain.to_string());
                }
                wires.push((param, wire));
            }
        }
    }
    if let Some((name, rule)) = crowded_slots(endpoint, &wires, &problems) {
        problems.insert(name, rule);
    }
    if !problems.is_empty() {
        return Err(invalid(endpoint, problems).with_client_ref_id(client_ref_id.as_deref()));
    }
    Ok(Prepared {
        endpoint,
        url: url(endpoint, &wires, context),
        body: body(endpoint, &wires),
        client_ref_id,
        sensitive,
    })
}

/// Adds all strings in a value to `sensitive`. Each string of a list or an object is added separately, because an answer may repeat any
/// single one.
fn confide(value: &Value, sensitive: &mut Vec<Secret>) {
    match value {
        Value::String(text) => sensitive.push(Secret::new(text.as_str())),
        Value::Array(items) => items.iter().for_each(|item| confide(item, sensitive)),
        Value::Object(members) => members.values().for_each(|member| confide(member, sensitive)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn fill(param: &Param, context: &Context<'_>) -> Result<Option<Value>, Error> {
    Ok(match param.source {
        Source::Caller => None,
        Source::InitiatorId => context.initiator_id.map(Value::from),
        Source::UserCode => context.user_code.map(Value::from),
        Source::Generated => Some(Value::from((context.reference)()?)),
        Source::Default(text) => Some(Value::from(text)),
    })
}

/// Checks that exactly one parameter is given for each path placeholder (slot) that several parameters share. Skips a slot if one of its
/// parameters breaks another rule, because that parameter was given.
fn crowded_slots(
    endpoint: &'static Endpoint,
    wires: &[(&'static Param, WireValue<'_>)],
    problems: &BTreeMap<String, String>,
) -> Option<(String, String)> {
    let of = |slot: &'static str| endpoint.params.iter().filter(move |param| param.slot == slot);
    let told = |slot: &'static str| of(slot).any(|param| problems.contains_key(param.name));
    endpoint.params.iter().filter(|param| !param.slot.is_empty() && !told(param.slot)).find_map(|first| {
        let given = wires.iter().filter(|(param, _)| param.slot == first.slot).count();
        let names = of(first.slot).map(|param| param.name).collect::<Vec<_>>().join(" or ");
        let rule = if given == 0 { "is missing" } else { "must not be combined with its alternatives" };
        (given != 1).then(|| (first.name.to_owned(), format!("{rule}: give exactly one of the parameters {names}")))
    })
}

fn missing(param: &Param) -> String {
    match param.source {
        Source::InitiatorId | Source::UserCode => {
            format!("is missing: set {0} for the client or for this call", param.name)
        }
        Source::Caller | Source::Generated | Source::Default(_) => format!("is missing. {}", param.doc),
    }
}

fn unknown_params(endpoint: &Endpoint, params: &Map<String, Value>) -> BTreeMap<String, String> {
    let unknown = |name: &&String| endpoint.params.iter().all(|param| param.name != name.as_str());
    params
        .keys()
        .filter(unknown)
        .map(|name| {
            let nearest = nearest(
                name,
                endpoint.params.iter().flat_map(|param| [(param.name, param.name), (param.wire, param.name)]),
            );
            let hint = nearest.map_or_else(
                || {
                    format!(
                        "its parameters are {}",
                        endpoint.params.iter().map(|param| param.name).collect::<Vec<_>>().join(", ")
                    )
                },
                |name| format!("did you mean {name}?"),
            );
            (printable(name), format!("is not a parameter of {}: {hint}", endpoint.op))
        })
        .collect()
}

/// Returns the known name whose spelling is closest to `given`, if any is similar enough.
pub(crate) fn nearest<'a>(given: &str, known: impl Iterator<Item = (&'a str, &'a str)>) -> Option<&'a str> {
    known
        .map(|(spelling, name)| (strsim::jaro_winkler(&given.to_lowercase(), &spelling.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// Makes a parameter name from the caller safe for an error message: it removes control characters and cuts the name to 60 characters.
pub(super) fn printable(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(60).collect()
}

fn invalid(endpoint: &Endpoint, problems: BTreeMap<String, String>) -> Error {
    let list: Vec<String> = problems.iter().map(|(name, rule)| format!("{name} {rule}")).collect();
    let message = format!("{}: {}", endpoint.op, list.join("; "));
    Error::new(Code::InvalidParams, message).with_invalid_params(problems)
}

fn url(endpoint: &Endpoint, wires: &[(&'static Param, WireValue<'_>)], context: &Context<'_>) -> String {
    let mut url = match (endpoint.base, context.legacy_base_url) {
        (Base::Current, _) => context.base_url.to_owned(),
        (Base::Legacy, Some(legacy)) => legacy.to_owned(),
        (Base::Legacy, None) => legacy_base(context.base_url),
    };
    let in_slot = |slot: &str| {
        let fits = |param: &Param| {
            param.location == Location::Path && slot == if param.slot.is_empty() { param.wire } else { param.slot }
        };
        wires.iter().find(|(param, _)| fits(param))
    };
    let mut rest = endpoint.path;
    while let Some((before, (slot, after))) = rest.split_once('{').and_then(|(a, b)| Some((a, b.split_once('}')?))) {
        url.push_str(before);
        if let Some((param, wire)) = in_slot(slot) {
            // Writing to a String cannot fail.
            let _ = write!(url, "{}{}", param.prefix, encode::percent(&wire.plain));
        }
        rest = after;
    }
    url.push_str(rest);
    let in_query = wires.iter().filter(|(param, _)| param.location == Location::Query);
    let query = encode::pairs(in_query.map(|(param, wire)| (param.wire, wire)));
    if !query.is_empty() {
        url.push('?');
        url.push_str(&query);
    }
    url
}

/// Returns the base URL of EPS's v1 and v2 products, which ends in `v2` instead of `v3`.
fn legacy_base(base_url: &str) -> String {
    base_url.strip_suffix("/v3").map_or_else(|| base_url.to_owned(), |root| format!("{root}/v2"))
}

fn body(endpoint: &Endpoint, wires: &[(&'static Param, WireValue<'_>)]) -> Option<String> {
    let values =
        wires.iter().filter(|(param, _)| param.location == Location::Body).map(|(param, wire)| (param.wire, wire));
    match (endpoint.method, endpoint.content_type) {
        (Method::Get, _) => None,
        (Method::Post | Method::Put, ContentType::Json) => Some(encode::object(values)),
        (Method::Post | Method::Put, ContentType::Form | ContentType::Multipart) => Some(encode::pairs(values)),
    }
}
