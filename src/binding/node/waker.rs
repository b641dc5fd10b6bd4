//! The function that wakes a copy of the JavaScript side: held while calls are under way, and else only by the copy itself.
//!
//! A test runner gives each of its files a copy, in a realm of its own, and drops both. What holds the function holds them.

// napi's own references are all strong ones.
#![allow(unsafe_code)]

use napi::bindgen_prelude::{FromNapiValue, Function, JsValue};
use napi::{Env, Result, check_status, sys};
use std::ptr;

/// Used and dropped on its environment's thread: it is never `Send`.
pub(super) struct Waker {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Waker {
    pub(super) fn new(env: &Env, wake: &Function<'_, (), ()>) -> Result<Self> {
        let (env, mut reference) = (env.raw(), ptr::null_mut());
        // SAFETY: the environment is the one that is calling, and the function one of its arguments. A count of 0 is a weak reference.
        check_status!(unsafe { sys::napi_create_reference(env, wake.raw(), 0, &mut reference) })?;
        Ok(Self { env, reference })
    }

    /// Whether JavaScript's memory keeps the function even if nothing there leads to it.
    pub(super) fn hold(&self, alive: bool) -> Result<()> {
        let mut count = 0;
        // SAFETY: both live as long as this does.
        check_status!(unsafe {
            if alive {
                sys::napi_reference_ref(self.env, self.reference, &mut count)
            } else {
                sys::napi_reference_unref(self.env, self.reference, &mut count)
            }
        })
    }

    /// Calls it, if it is still there.
    pub(super) fn wake(&self) -> Result<()> {
        let mut wake = ptr::null_mut();
        // SAFETY: both live as long as this does.
        check_status!(unsafe { sys::napi_get_reference_value(self.env, self.reference, &mut wake) })?;
        if wake.is_null() {
            return Ok(());
        }
        // SAFETY: it is the function that `new` was given.
        let wake: Function<'_, (), ()> = unsafe { Function::from_napi_value(self.env, wake) }?;
        wake.call(())
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        // SAFETY: what owns this is dropped by finalizers, which run while there is an environment; nobody uses it after.
        unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}
