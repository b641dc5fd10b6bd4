//! Containment of panics. Every function that JavaScript calls runs inside [`contained`], which turns a panic into an error text.

use super::text::{Item, ObjectOrError, Short, internal, refusal};
use napi::bindgen_prelude::{Either, Object};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Return type of a function that JavaScript calls.
pub(super) trait GuardedValue: Sized {
    /// Creates a return value that carries the error text `text`.
    ///
    /// # Errors
    /// The message of the error to throw in JavaScript, if this type cannot carry a text.
    fn refused(text: String) -> Result<Self, String>;
}

/// Runs `work`. If `work` panics, returns the text of an error with the code `internal`, without the panic message, which may contain secrets. If the return
/// type cannot carry a text, `thrown` creates the error that JavaScript throws.
pub(super) fn contained<R: GuardedValue, E>(
    work: impl FnOnce() -> Result<R, E>,
    thrown: impl FnOnce(String) -> E,
) -> Result<R, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| R::refused(refusal(&internal())).map_err(thrown))
}

impl GuardedValue for String {
    fn refused(text: String) -> Result<Self, String> {
        Ok(text)
    }
}

impl GuardedValue for Short {
    fn refused(text: String) -> Result<Self, String> {
        Ok(Self::Refused(text))
    }
}

impl GuardedValue for ObjectOrError {
    fn refused(text: String) -> Result<Self, String> {
        Ok(Either::B(text))
    }
}

impl GuardedValue for Object<'static> {
    fn refused(_: String) -> Result<Self, String> {
        Err(internal().to_string())
    }
}

/// A function without a return value discards the error text. The `CallReply` of a pending call delivers the error instead.
impl GuardedValue for () {
    fn refused(_: String) -> Result<Self, String> {
        Ok(())
    }
}

impl GuardedValue for Vec<Item> {
    fn refused(_: String) -> Result<Self, String> {
        Ok(Self::new())
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
