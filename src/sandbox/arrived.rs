//! What a request carries, before anyone has judged it.

use super::params::bad_request;
use super::reply::Reply;
use super::route::Route;
use super::seen::masked;
use crate::catalog::{ContentType, Method, Place};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;
use url::form_urlencoded;

/// Every parameter in the order it arrived, repeated ones included.
pub(super) struct Arrived {
    pub pairs: Vec<(Place, String, Value)>,
}

/// How many names are recorded of one request.
const NAMES: usize = 100;

impl Arrived {
    pub(super) fn read(route: &Route, query: &str, body: &[u8]) -> Result<Self, Reply> {
        let path = route.captured.iter().map(|(name, value)| in_path(route, name, value));
        let mut pairs: Vec<(Place, String, Value)> = path.collect();
        pairs.extend(form(query.as_bytes(), Place::Query));
        if body.is_empty() || (is_multipart(route) && route.endpoint.method != Method::Get) {
            return Ok(Self { pairs });
        }
        match (route.endpoint.method, route.endpoint.content_type) {
            (Method::Post | Method::Put, ContentType::Form) => pairs.extend(form(body, Place::Body)),
            // A GET declares nothing in a body, so whatever stands there does not belong.
            (Method::Post | Method::Put | Method::Get, _) => {
                let Pairs(members) = serde_json::from_slice(body).map_err(|_| bad_request())?;
                pairs.extend(members.into_iter().map(|(name, value)| (Place::Body, name, value)));
            }
        }
        Ok(Self { pairs })
    }

    /// The names alone; one that is no parameter's may be anything.
    pub(super) fn names(&self) -> Vec<String> {
        self.pairs.iter().take(NAMES).map(|(_, name, _)| masked(name)).collect()
    }
}

/// A placeholder's value. Where params share the placeholder, the one whose prefix the value has.
fn in_path(route: &Route, placeholder: &str, value: &str) -> (Place, String, Value) {
    let sharing = route.endpoint.params.iter().filter(|param| param.slot == placeholder);
    let fitting = sharing.filter_map(|param| Some((param, value.strip_prefix(param.prefix)?)));
    match fitting.max_by_key(|(param, _)| param.prefix.len()) {
        Some((param, rest)) => (Place::Path, param.wire.to_owned(), rest.into()),
        None => (Place::Path, placeholder.to_owned(), value.into()),
    }
}

fn is_multipart(route: &Route) -> bool {
    route.endpoint.content_type == ContentType::Multipart
}

fn form(text: &[u8], place: Place) -> impl Iterator<Item = (Place, String, Value)> {
    form_urlencoded::parse(text).map(move |(name, value)| (place, name.into_owned(), Value::String(value.into_owned())))
}

/// A JSON object whose repeated keys are kept.
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
