//! Parameters of a request before they are checked.

use super::params::bad_request;
use super::reply::Reply;
use super::request_log::masked;
use super::route::Route;
use crate::catalog::{ContentType, Endpoint, Location, Method};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;
use url::form_urlencoded;

/// All parameters in order of arrival, including repeated parameters.
pub(super) struct RequestParams {
    pub pairs: Vec<(Location, String, Value)>,
}

/// Maximum number of parameter names that the log records for one request.
const NAMES: usize = 100;

impl RequestParams {
    pub(super) fn read(route: &Route, query: &str, body: &[u8]) -> Result<Self, Reply> {
        let path = route.captured.iter().map(|(name, value)| in_path(route, name, value));
        let mut pairs: Vec<(Location, String, Value)> = path.collect();
        pairs.extend(form(query.as_bytes(), Location::Query));
        if body.is_empty() || (is_multipart(route) && route.endpoint.method != Method::Get) {
            return Ok(Self { pairs });
        }
        match (route.endpoint.method, route.endpoint.content_type) {
            (Method::Post | Method::Put, ContentType::Form) => pairs.extend(form(body, Location::Body)),
            // A GET declares no body parameters, so each parameter in its body counts as undeclared.
            (Method::Post | Method::Put | Method::Get, _) => {
                let Pairs(members) = serde_json::from_slice(body).map_err(|_| bad_request())?;
                pairs.extend(members.into_iter().map(|(name, value)| (Location::Body, name, value)));
            }
        }
        Ok(Self { pairs })
    }

    /// Returns true if the endpoint declares every parameter.
    pub(super) fn are_declared_by(&self, endpoint: &Endpoint) -> bool {
        self.pairs.iter().all(|(_, name, _)| endpoint.params.iter().any(|param| param.wire == name))
    }

    /// Returns the names of the parameters. Numbers in a name are masked, because an undeclared name can contain any text.
    pub(super) fn names(&self) -> Vec<String> {
        self.pairs.iter().take(NAMES).map(|(_, name, _)| masked(name)).collect()
    }
}

/// Returns the parameter that fills a placeholder of the path. If several parameters share the placeholder, the longest matching prefix
/// decides.
fn in_path(route: &Route, placeholder: &str, value: &str) -> (Location, String, Value) {
    let sharing = route.endpoint.params.iter().filter(|param| param.slot == placeholder);
    let fitting = sharing.filter_map(|param| Some((param, value.strip_prefix(param.prefix)?)));
    match fitting.max_by_key(|(param, _)| param.prefix.len()) {
        Some((param, rest)) => (Location::Path, param.wire.to_owned(), rest.into()),
        None => (Location::Path, placeholder.to_owned(), value.into()),
    }
}

fn is_multipart(route: &Route) -> bool {
    route.endpoint.content_type == ContentType::Multipart
}

fn form(text: &[u8], place: Location) -> impl Iterator<Item = (Location, String, Value)> {
    form_urlencoded::parse(text).map(move |(name, value)| (place, name.into_owned(), Value::String(value.into_owned())))
}

/// JSON object that keeps repeated keys.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}
