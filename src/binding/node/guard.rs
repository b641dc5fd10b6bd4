//! What a function that JavaScript calls ends with when the code behind it panics. Every function is registered through this.

use super::text::{Item, ObjectOrError, Short, internal, refusal};
use napi::bindgen_prelude::{Either, Object};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a function can end with.
pub(super) trait GuardedValue: Sized {
    /// In its place, a refusal's text.
    ///
    /// # Errors
    /// Where there is no place for a text: what JavaScript throws.
    fn refused(text: String) -> Result<Self, String>;
}

/// Runs `work`; its panic comes back as the `internal` refusal, without its message: it may hold what must not be told. `thrown` makes
/// what JavaScript throws.
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

/// Nothing is expected of it; who waits for an answer under an id is told by its `CallReply`.
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
