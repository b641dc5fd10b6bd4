//! What crosses: answers as text, and refusals as text that starts with `!`.

use crate::error::{Code, Error};
use crate::response::Answer;
use crate::sign::{Signature, Timestamp};
use napi::bindgen_prelude::{Either, Object, ToNapiValue};
use napi::{Env, Result, sys};

/// An object of functions, or the refusal to make one.
pub(super) type ObjectOrError = Either<Object<'static>, String>;

/// What a call ends with: its text, and the body as it came where there is one. The body crosses beside the text and not in
/// it: quoted in JSON it would be escaped here and unescaped there.
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

/// One of the things that `take` lists.
pub(super) enum Item {
    Id(u32),
    Text(String),
    Nothing,
}

// The trait's only method is an unsafe one; it must be handed live pointers, which napi does.
#[allow(unsafe_code)]
impl ToNapiValue for Item {
    unsafe fn to_napi_value(raw: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        unsafe {
            match value {
                Item::Id(id) => ToNapiValue::to_napi_value(raw, id),
                // ASCII needs no decoding: V8 copies it as it is.
                Item::Text(text) if text.is_ascii() => {
                    ToNapiValue::to_napi_value(raw, Env::from_raw(raw).create_string_latin1(text.as_bytes())?)
                }
                Item::Text(text) => ToNapiValue::to_napi_value(raw, text),
                Item::Nothing => ToNapiValue::to_napi_value(raw, ()),
            }
        }
    }
}

/// `!` and the error as JSON. No answer starts with `!`: they are JSON, base64 or empty.
pub(super) fn refusal(error: &Error) -> String {
    let mut text = String::from("!");
    // Serialising plain data to a string cannot fail; an empty refusal would still be read as one.
    text.push_str(&serde_json::to_string(&error.to_data()).unwrap_or_default());
    text
}

/// The error for what should not have happened.
pub(super) fn internal() -> Error {
    Error::new(Code::Internal, "eko-eps has failed inside: this is a fault of the library, not of the call")
}

/// Runs `work`; its error comes back as a refusal.
pub(super) fn refusing(work: impl FnOnce() -> std::result::Result<String, Error>) -> String {
    work().unwrap_or_else(|error| refusal(&error))
}

/// As [`refusing`], for what answers with an object of functions.
pub(super) fn refusing_object(work: impl FnOnce() -> std::result::Result<Object<'static>, Error>) -> ObjectOrError {
    work().map_or_else(|error| Either::B(refusal(&error)), Either::A)
}

/// Short ASCII text, handed over from the stack: on the signing path a heap string costs as much as the boundary.
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

// The trait's only method is an unsafe one; it must be handed live pointers, which napi does.
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
