//! Values that Rust passes to JavaScript. A result is a string. An error is a string that starts with `!`, called a refusal.

use crate::error::{Code, Error};
use crate::response::Answer;
use crate::sign::{Signature, Timestamp};
use napi::bindgen_prelude::{Either, Object, ToNapiValue};
use napi::{Env, Result, sys};

/// JavaScript object whose properties are functions, or the error text if the object could not be created.
pub(super) type ObjectOrError = Either<Object<'static>, String>;

/// Result of a call: JSON text, and the response body as EPS sent it, if there is one. The body is a separate value, because inside the
/// JSON text it would have to be escaped.
pub(super) struct CallResult {
    pub(super) text: String,
    pub(super) raw: Option<String>,
}

impl From<String> for CallResult {
    fn from(text: String) -> Self {
        Self { text, raw: None }
    }
}

impl From<Answer> for CallResult {
    fn from(answer: Answer) -> Self {
        let (text, raw) = answer.into_parts();
        Self { text, raw: Some(raw) }
    }
}

/// Element of the flat list of messages that `drain` returns to JavaScript.
pub(super) enum Item {
    Id(u32),
    Text(String),
    Nothing,
}

// The trait's only method is unsafe because it takes raw pointers that must be valid. napi passes valid pointers.
#[allow(unsafe_code)]
impl ToNapiValue for Item {
    unsafe fn to_napi_value(raw: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        unsafe {
            match value {
                Item::Id(id) => ToNapiValue::to_napi_value(raw, id),
                // ASCII is valid Latin-1, so V8 copies the bytes and decodes nothing.
                Item::Text(text) if text.is_ascii() => {
                    ToNapiValue::to_napi_value(raw, Env::from_raw(raw).create_string_latin1(text.as_bytes())?)
                }
                Item::Text(text) => ToNapiValue::to_napi_value(raw, text),
                Item::Nothing => ToNapiValue::to_napi_value(raw, ()),
            }
        }
    }
}

/// Returns the error text: `!` followed by the error as JSON. No successful result starts with `!`, because a result is JSON, base64 or
/// empty.
pub(super) fn refusal(error: &Error) -> String {
    let mut text = String::from("!");
    // Serialization cannot fail, because the error data contains only plain values. Without JSON, JavaScript would still recognize the `!`.
    text.push_str(&serde_json::to_string(&error.to_data()).unwrap_or_default());
    text
}

/// Returns the `internal` error, which reports a bug in this library.
pub(super) fn internal() -> Error {
    Error::new(
        Code::Internal,
        "eko-eps failed internally: this is a bug in the library and not in your call, so report it",
    )
}

/// Runs `work`, and returns its result or its error as text.
pub(super) fn refusing(work: impl FnOnce() -> std::result::Result<String, Error>) -> String {
    work().unwrap_or_else(|error| refusal(&error))
}

/// Runs `work`, which creates a JavaScript object, and returns the object or the error as text.
pub(super) fn refusing_object(work: impl FnOnce() -> std::result::Result<Object<'static>, Error>) -> ObjectOrError {
    work().map_or_else(|error| Either::B(refusal(&error)), Either::A)
}

/// Short ASCII text that the signing functions copy to JavaScript from the stack. Allocating a string for the text would take as long as
/// the rest of the signing function.
pub(super) enum Short {
    /// Signature of a timestamp.
    Signature(Signature),
    /// Signature, followed by the signed timestamp.
    Stamped([u8; 57]),
    /// Error text.
    Refused(String),
}

impl Short {
    pub(super) fn stamped(signature: &Signature, timestamp: Timestamp) -> Self {
        let mut bytes = [0u8; 57];
        let (first, second) = bytes.split_at_mut(44);
        first.copy_from_slice(signature.as_bytes());
        second.copy_from_slice(&timestamp.digits());
        Short::Stamped(bytes)
    }
}

// The trait's only method is unsafe because it takes raw pointers that must be valid. napi passes valid pointers.
#[allow(unsafe_code)]
impl ToNapiValue for Short {
    unsafe fn to_napi_value(raw: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        let env = Env::from_raw(raw);
        let text = match &value {
            Short::Signature(signature) => env.create_string_latin1(signature.as_bytes())?,
            Short::Stamped(bytes) => env.create_string_latin1(bytes)?,
            Short::Refused(text) => env.create_string(text)?,
        };
        unsafe { ToNapiValue::to_napi_value(raw, text) }
    }
}
