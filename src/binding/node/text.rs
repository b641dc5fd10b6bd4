//! Values that are passed to JavaScript: results as strings, and errors as strings that start with `!` (a refusal).

use crate::error::{Code, Error};
use crate::response::Answer;
use crate::sign::{Signature, Timestamp};
use napi::bindgen_prelude::{Either, Object, ToNapiValue};
use napi::{Env, Result, sys};

/// JavaScript object whose properties are functions, or the refusal text if the object could not be created.
pub(super) type ObjectOrError = Either<Object<'static>, String>;

/// Result of a call: the JSON text, and the response body as EPS sent it, if there is one. The body is a separate value, because inside the
/// JSON text it would have to be escaped here and unescaped in JavaScript.
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

/// Element of the flat list that `drain` returns.
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

/// Returns the refusal text: `!` followed by the error as JSON. No successful result starts with `!`, because a result is JSON, base64 or
/// empty.
pub(super) fn refusal(error: &Error) -> String {
    let mut text = String::from("!");
    // The error data contains only plain values, so serialization cannot fail. If it did, JavaScript would still recognize the `!`.
    text.push_str(&serde_json::to_string(&error.to_data()).unwrap_or_default());
    text
}

/// Returns the `internal` error, which reports a bug in this library.
pub(super) fn internal() -> Error {
    Error::new(Code::Internal, "eko-eps has failed inside: this is a fault of the library, not of the call")
}

/// Runs `work`. If it fails, returns the refusal text of its error.
pub(super) fn refusing(work: impl FnOnce() -> std::result::Result<String, Error>) -> String {
    work().unwrap_or_else(|error| refusal(&error))
}

/// Runs `work`, which creates a JavaScript object. If it fails, returns the refusal text of its error, as [`refusing`] does.
pub(super) fn refusing_object(work: impl FnOnce() -> std::result::Result<Object<'static>, Error>) -> ObjectOrError {
    work().map_or_else(|error| Either::B(refusal(&error)), Either::A)
}

/// Short ASCII text that is copied to JavaScript from the stack. The signing functions use it, because allocating a string would take as
/// long as the call from JavaScript itself.
pub(super) enum Short {
    /// A signature.
    Signature(Signature),
    /// A signature, followed by its timestamp.
    Stamped([u8; 57]),
    /// The refusal text of an error.
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
