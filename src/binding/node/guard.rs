//! Containment of panics. Every function that JavaScript calls is registered through [`contained`], which turns a panic into a refusal.

use super::text::{Item, ObjectOrError, Short, internal, refusal};
use napi::bindgen_prelude::{Either, Object};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Value that a function can return to JavaScript.
pub(super) trait GuardedValue: Sized {
    /// Makes the value that stands for a refusal with this text.
    ///
    /// # Errors
    /// The text that JavaScript throws, if a value of this type cannot hold a text.
    fn refused(text: String) -> Result<Self, String>;
}

/// Runs `work` and returns a panic as the `internal` refusal. The panic's message is left out, because it may contain secrets. `thrown`
/// makes the error that JavaScript throws.
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

/// Such a function returns nothing. If a call waits for an answer under an id, its `CallReply` delivers the refusal.
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
