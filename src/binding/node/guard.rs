//! Containment of panics. Every function that JavaScript calls is registered through [`contained`], which turns a panic into a refusal: the
//! text of an error that JavaScript recognizes.

use super::text::{Item, ObjectOrError, Short, internal, refusal};
use napi::bindgen_prelude::{Either, Object};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Return type of a function that JavaScript calls.
pub(super) trait GuardedValue: Sized {
    /// Creates a return value that carries the refusal `text`.
    ///
    /// # Errors
    /// The message of the error to throw in JavaScript, if this type cannot carry a text.
    fn refused(text: String) -> Result<Self, String>;
}

/// Runs `work`. If it panics, returns the refusal of the error `internal`. The panic message is left out, because it may contain secrets.
/// If the return type cannot carry a refusal, `thrown` creates the error that JavaScript throws.
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

/// A function of this type returns nothing. If it belongs to a pending call, the call's `CallReply` delivers the refusal.
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
