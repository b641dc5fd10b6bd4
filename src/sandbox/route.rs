//! Which endpoint a request is for: base path, template, method.

use super::reply::Reply;
use crate::catalog::{Base, ContentType, Endpoint};
use percent_encoding::percent_decode_str;

/// The roots the sandbox answers below; the first is the base URL it hands out.
pub(super) const ROOTS: [(&str, Base); 3] =
    [("/ekoapi/v3", Base::Current), ("/ekoapi/v2", Base::Legacy), ("/ekoapi/v1", Base::Legacy)];

/// An endpoint, its root, and the values that stand in its path.
pub(super) struct Route {
    pub endpoint: &'static Endpoint,
    pub root: &'static str,
    pub captured: Vec<(&'static str, String)>,
}

/// What a path and method lead to.
pub(super) enum RouteMatch {
    /// One endpoint.
    Route(Route),
    /// Nothing of that path.
    Nothing,
    /// That path, with these methods.
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
    let mut best: Option<(usize, Route)> = None;
    for endpoint in endpoints.iter().copied().filter(|endpoint| endpoint.base == base) {
        let Some((literals, captured)) = matched(endpoint.path, &segments) else { continue };
        if endpoint.method.as_str() != method {
            if !methods.contains(&endpoint.method.as_str()) {
                methods.push(endpoint.method.as_str());
            }
        } else if best.as_ref().is_none_or(|(most, _)| literals > *most) {
            best = Some((literals, Route { endpoint, root, captured }));
        }
    }
    match best {
        Some((_, route)) => RouteMatch::Route(route),
        None if methods.is_empty() => RouteMatch::Nothing,
        None => RouteMatch::Methods(methods),
    }
}

/// The segments of a path that starts with a slash, each decoded by itself: an encoded slash does not divide.
fn decoded(path: &str) -> Option<Vec<String>> {
    let segments = path.strip_prefix('/')?.split('/');
    segments.map(|segment| percent_decode_str(segment).decode_utf8().ok().map(Into::into)).collect()
}

/// How many letters of the template stand in the path as they are, and what stands for its placeholders.
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

/// One segment: `sender`, `{customer_id}`, `{customer_id_type}:{customer_id}`.
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

/// HTTP 404, in the words of the gateway in front of EPS.
pub(super) fn not_found() -> Reply {
    Reply::text(404, "text/plain; charset=us-ascii", "No Mapping Rule matched")
}

/// HTTP 405, with the methods that would do.
pub(super) fn method_not_allowed(methods: &[&str]) -> Reply {
    Reply::message(405, "Method not allowed").with_header("allow", &methods.join(", "))
}

/// HTTP 415.
pub(super) fn media_type_unsupported(expected: ContentType) -> Reply {
    Reply::message(415, &format!("Unsupported media type: expected {}", expected.as_str()))
}
