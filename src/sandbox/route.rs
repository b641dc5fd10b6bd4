//! Finds the endpoint of a request by base path, template and method.

use super::operation;
use super::reply::Reply;
use crate::catalog::{Base, ContentType, Endpoint};
use percent_encoding::percent_decode_str;

/// Root paths of the endpoints. The sandbox's base URL contains the first root.
pub(super) const ROOTS: [(&str, Base); 3] =
    [("/ekoapi/v3", Base::Current), ("/ekoapi/v2", Base::Legacy), ("/ekoapi/v1", Base::Legacy)];

/// Endpoint of a request, with its root and the values of the placeholders in its path.
pub(super) struct Route {
    pub endpoint: &'static Endpoint,
    pub root: &'static str,
    pub captured: Vec<(&'static str, String)>,
}

/// Result of the search for an endpoint by path and method.
pub(super) enum RouteMatch {
    /// Endpoint with this path and method.
    Route(Route),
    /// No endpoint has this path.
    Nothing,
    /// Allowed methods, if endpoints have this path but not this method.
    Methods(Vec<&'static str>),
}

pub(super) fn find(endpoints: &[&'static Endpoint], method: &str, path: &str) -> RouteMatch {
    let Some((root, base, below)) =
        ROOTS.into_iter().find_map(|(root, base)| Some((root, base, path.strip_prefix(root)?)))
    else {
        return RouteMatch::Nothing;
    };
    let Some(segments) = decoded(below) else { return RouteMatch::Nothing };
    let mut methods = Vec::new();
    // Two endpoints may have the same route, such as `getTransaction` and `qr.getTransaction`. The sandbox prefers the one that it
    // simulates.
    let mut best: Option<((usize, bool), Route)> = None;
    for endpoint in endpoints.iter().copied().filter(|endpoint| endpoint.base == base) {
        let Some((literals, captured)) = matched(endpoint.path, &segments) else { continue };
        if endpoint.method.as_str() != method {
            if !methods.contains(&endpoint.method.as_str()) {
                methods.push(endpoint.method.as_str());
            }
        } else {
            let rank = (literals, operation::find(endpoint.op).is_some());
            if best.as_ref().is_none_or(|(most, _)| rank > *most) {
                best = Some((rank, Route { endpoint, root, captured }));
            }
        }
    }
    match best {
        Some((_, route)) => RouteMatch::Route(route),
        None if methods.is_empty() => RouteMatch::Nothing,
        None => RouteMatch::Methods(methods),
    }
}

/// Splits a path at its slashes and decodes each segment. An encoded slash does not split a segment.
fn decoded(path: &str) -> Option<Vec<String>> {
    let segments = path.strip_prefix('/')?.split('/');
    segments.map(|segment| percent_decode_str(segment).decode_utf8().ok().map(Into::into)).collect()
}

/// Matches a path with a template. Returns the number of literal characters in the template, and the values of its placeholders.
fn matched(template: &'static str, segments: &[String]) -> Option<(usize, Vec<(&'static str, String)>)> {
    let pattern: Vec<&'static str> = template.strip_prefix('/')?.split('/').collect();
    if pattern.len() != segments.len() {
        return None;
    }
    let mut literals = 0;
    let mut captured = Vec::new();
    for (pattern, segment) in pattern.into_iter().zip(segments) {
        literals += capture(pattern, segment, &mut captured)?;
    }
    Some((literals, captured))
}

/// Matches one segment with a pattern such as `sender` or `{customer_id_type}:{customer_id}`. Returns the number of literal characters.
fn capture(mut pattern: &'static str, segment: &str, captured: &mut Vec<(&'static str, String)>) -> Option<usize> {
    let mut rest = segment;
    let mut literals = 0;
    while let Some((before, after)) = pattern.split_once('{') {
        rest = rest.strip_prefix(before)?;
        literals += before.len();
        let (name, following) = after.split_once('}')?;
        let literal = following.split('{').next().unwrap_or_default();
        let end = if literal.is_empty() { rest.len() } else { rest.find(literal)? };
        let (value, remaining) = rest.split_at(end);
        if value.is_empty() {
            return None;
        }
        captured.push((name, value.to_owned()));
        rest = remaining;
        pattern = following;
    }
    (rest == pattern).then_some(literals + pattern.len())
}

/// Returns HTTP 404, with the text of the gateway in front of EPS.
pub(super) fn not_found() -> Reply {
    Reply::text(404, "text/plain; charset=us-ascii", "No Mapping Rule matched")
}

/// Returns HTTP 405, with the methods that are allowed.
pub(super) fn method_not_allowed(methods: &[&str]) -> Reply {
    Reply::message(405, "Method not allowed").with_header("allow", &methods.join(", "))
}

/// Returns HTTP 415, with the expected content type.
pub(super) fn media_type_unsupported(expected: ContentType) -> Reply {
    Reply::message(415, &format!("Unsupported media type: expected {}", expected.as_str()))
}
