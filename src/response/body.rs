//! Body of a response: its text, and the EPS envelope (the outer JSON object with the ids) in the text.

use super::answer::Http;
use super::json::JsonValue;
use super::text;
use super::twice::Twice;
use crate::error::Code;
use std::borrow::Cow;

/// Maximum size of a received body in bytes, compressed or not. All EPS responses are smaller.
pub(crate) const MAX_BODY: usize = 2 * 1024 * 1024;

/// Returns the decoded text of a response's body, with invalid Unicode replaced.
///
/// # Errors
/// The error code, and as much of the body's text as can be shown.
pub(super) fn text(http: &impl Http) -> Result<Cow<'_, str>, (Code, String)> {
    let bytes = http.body();
    if bytes.len() > MAX_BODY {
        return Err((Code::BodyTooLarge, String::new()));
    }
    if bytes.is_empty() {
        return Err((Code::BodyEmpty, String::new()));
    }
    let text = match http.encoding().decode(bytes) {
        Ok(decoded) => text::of(decoded),
        Err(Code::BodyEncoding) => return Err((Code::BodyEncoding, text::of(Cow::Borrowed(bytes)).into_owned())),
        Err(code) => return Err((code, String::new())),
    };
    if is_blank(&text) { Err((Code::BodyEmpty, String::new())) } else { Ok(text) }
}

pub(super) fn is_blank(text: &str) -> bool {
    text::without_mark(text).trim().is_empty()
}

/// Parses the text of a body and checks that it is an EPS envelope (an object with EPS's ids).
///
/// # Errors
/// `body.not_json` if the text is not JSON, and `body.wrong_shape` if it has no EPS envelope.
pub(super) fn envelope<'a>(text: &'a str, twice: &mut Twice) -> Result<JsonValue<'a>, Code> {
    let body = JsonValue::parse_noting(text::without_mark(text), twice).map_err(|_| Code::BodyNotJson)?;
    let is_envelope =
        ["status", "response_type_id"].iter().any(|name| body.get(name).is_some_and(|id| id.integer().is_some()));
    if is_envelope || is_no_key(&body) { Ok(body) } else { Err(Code::BodyWrongShape) }
}

/// Returns true if EPS refused a superfluous parameter. EPS reports such a refusal only by this message text, with or without ids.
pub(super) fn is_no_key(body: &JsonValue) -> bool {
    let message = body.get("message").and_then(JsonValue::text);
    message.is_some_and(|text| text.to_ascii_lowercase().starts_with("no key for response"))
}
