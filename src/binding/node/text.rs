//! What crosses: answers as text, and refusals as text that starts with `!`.

use crate::error::{Code, Error};
use napi::bindgen_prelude::{Either, Object, ToNapiValue};
use napi::{Env, Result, sys};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An object of functions, or the refusal to make one.
pub(super) type Made = Either<Object<'static>, String>;

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

/// Runs `work`; its error, and even its panic, comes back as a refusal.
pub(super) fn guarded(work: impl FnOnce() -> std::result::Result<String, Error>) -> String {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => refusal(&error),
        Err(_) => refusal(&internal()),
    }
}

/// As [`guarded`], for what answers with an object of functions.
pub(super) fn guarded_object(work: impl FnOnce() -> std::result::Result<Object<'static>, Error>) -> Made {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(object)) => Either::A(object),
        Ok(Err(error)) => Either::B(refusal(&error)),
        Err(_) => Either::B(refusal(&internal())),
    }
}

/// Short ASCII text, handed over from the stack: on the signing path a heap string costs as much as the boundary.
pub(super) enum Short {
    /// The first `len` of these bytes.
    Ascii([u8; 57], usize),
    /// A refusal.
    Refused(String),
}

impl Short {
    /// The parts, one after the other; they are 57 bytes at most.
    pub(super) fn join(parts: [&[u8]; 2]) -> Self {
        let mut bytes = [0u8; 57];
        let mut filled = 0;
        for (target, byte) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *target = *byte;
            filled += 1;
        }
        Short::Ascii(bytes, filled)
    }
}

// The trait's only method is an unsafe one; it must be handed live pointers, which napi does.
#[allow(unsafe_code)]
impl ToNapiValue for Short {
    unsafe fn to_napi_value(raw: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        let env = Env::from_raw(raw);
        let text = match &value {
            Short::Ascii(bytes, len) => env.create_string_latin1(&bytes[..*len])?,
            Short::Refused(text) => env.create_string(text)?,
        };
        unsafe { ToNapiValue::to_napi_value(raw, text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_inside_a_function_of_the_door_is_a_refusal() {
        assert_eq!(guarded(|| Ok("text".into())), "text");
        let refusal = guarded(|| panic!("a fault of ours"));
        assert!(refusal.starts_with('!') && refusal.contains(r#""code":"internal""#), "{refusal}");
        assert!(matches!(guarded_object(|| panic!("a fault of ours")), Either::B(text) if text == refusal));
    }
}
