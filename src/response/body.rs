//! The body of an answer: its text, and the envelope of EPS in it.

use super::answer::Http;
use super::json::JsonValue;
use super::text;
use super::twice::Twice;
use crate::error::Code;
use std::borrow::Cow;

/// Largest body that is accepted, in bytes, encoded or not. All EPS answers are smaller.
pub(crate) const MAX_BODY: usize = 2 * 1024 * 1024;

/// Returns the text of a body, decoded. The text is unchanged, except that invalid Unicode is replaced.
///
/// # Errors
/// The fault of the body, and the text that can be shown of it.
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

/// Returns true if a body contains only blanks.
pub(super) fn is_blank(text: &str) -> bool {
    text::without_mark(text).trim().is_empty()
}

/// # Errors
/// If the text is not JSON, or has no envelope of EPS.
pub(super) fn envelope<'a>(text: &'a str, twice: &mut Twice) -> Result<JsonValue<'a>, Code> {
    let body = JsonValue::parse_noting(text::without_mark(text), twice).map_err(|_| Code::BodyNotJson)?;
    let is_envelope =
        ["status", "response_type_id"].iter().any(|name| body.get(name).is_some_and(|id| id.integer().is_some()));
    if is_envelope || is_no_key(&body) { Ok(body) } else { Err(Code::BodyWrongShape) }
}

/// Returns true if EPS refused a superfluous parameter. EPS has no code for this, only this text, with or without ids. The answer is a
/// refusal in both cases.
pub(super) fn is_no_key(body: &JsonValue) -> bool {
    let message = body.get("message").and_then(JsonValue::text);
    message.is_some_and(|text| text.to_ascii_lowercase().starts_with("no key for response"))
}
