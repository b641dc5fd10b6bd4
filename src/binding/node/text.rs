//! Values that are passed to JavaScript: answers as text, and refusals as text that starts with `!`.

use crate::error::{Code, Error};
use crate::response::Answer;
use crate::sign::{Signature, Timestamp};
use napi::bindgen_prelude::{Either, Object, ToNapiValue};
use napi::{Env, Result, sys};

/// An object of functions, or the refusal to make one.
pub(super) type ObjectOrError = Either<Object<'static>, String>;

/// Result of a call: its text, and the body as EPS sent it, if there is one. The body is passed as a value of its own. Inside the JSON text
/// it would have to be escaped here and unescaped in JavaScript.
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

/// Element of the list that `drain` returns.
pub(super) enum Item {
    Id(u32),
    Text(String),
    Nothing,
}

// The trait's only method is unsafe: its pointers must be live, and napi passes live ones.
#[allow(unsafe_code)]
impl ToNapiValue for Item {
    unsafe fn to_napi_value(raw: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        unsafe {
            match value {
                Item::Id(id) => ToNapiValue::to_napi_value(raw, id),
                // ASCII needs no decoding; V8 copies it unchanged.
                Item::Text(text) if text.is_ascii() => {
                    ToNapiValue::to_napi_value(raw, Env::from_raw(raw).create_string_latin1(text.as_bytes())?)
                }
                Item::Text(text) => ToNapiValue::to_napi_value(raw, text),
                Item::Nothing => ToNapiValue::to_napi_value(raw, ()),
            }
        }
    }
}

/// Returns `!` and the error as JSON. No answer starts with `!`, because an answer is JSON, base64 or empty.
pub(super) fn refusal(error: &Error) -> String {
    let mut text = String::from("!");
    // Plain data can always be serialised to a string. Even an empty refusal would still be read as a refusal.
    text.push_str(&serde_json::to_string(&error.to_data()).unwrap_or_default());
    text
}

/// Returns the error of a fault in this library.
pub(super) fn internal() -> Error {
    Error::new(Code::Internal, "eko-eps has failed inside: this is a fault of the library, not of the call")
}

/// Runs `work` and returns its error as a refusal.
pub(super) fn refusing(work: impl FnOnce() -> std::result::Result<String, Error>) -> String {
    work().unwrap_or_else(|error| refusal(&error))
}

/// Runs `work`, which returns an object of functions, and returns its error as a refusal, as [`refusing`] does.
pub(super) fn refusing_object(work: impl FnOnce() -> std::result::Result<Object<'static>, Error>) -> ObjectOrError {
    work().map_or_else(|error| Either::B(refusal(&error)), Either::A)
}

/// Short ASCII text that is passed from the stack. On the signing path, allocating a string would cost as much as the call from JavaScript.
pub(super) enum Short {
    /// A signature.
    Signature(Signature),
    /// A signature, followed by its timestamp.
    Stamped([u8; 57]),
    /// A refusal.
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

// The trait's only method is unsafe: its pointers must be live, and napi passes live ones.
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
