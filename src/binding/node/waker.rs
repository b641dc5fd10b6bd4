//! Weak reference to the JavaScript function that wakes one loaded copy of this package's JavaScript code. The reference is strong only
//! while calls are pending.
//!
//! A test runner loads a new copy of the code for each test file, and discards it afterwards. A strong reference would keep the discarded
//! copy in memory.

// The safe reference types of napi are all strong, and this module needs a weak reference.
#![allow(unsafe_code)]

use napi::bindgen_prelude::{FromNapiValue, Function, JsValue};
use napi::{Env, Result, check_status, sys};
use std::ptr;

/// Weak reference to the wake function. The reference is used and dropped only on the thread of its environment, so it is not `Send`.
pub(super) struct Waker {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Waker {
    pub(super) fn new(env: &Env, wake: &Function<'_, (), ()>) -> Result<Self> {
        let (env, mut reference) = (env.raw(), ptr::null_mut());
        // SAFETY: `env` is the environment of the current call, and `wake` is an argument of that call. A reference count of 0 makes the
        // reference weak.
        check_status!(unsafe { sys::napi_create_reference(env, wake.raw(), 0, &mut reference) })?;
        Ok(Self { env, reference })
    }

    /// Makes the reference strong if `alive` is true, and weak otherwise. A strong reference keeps the function in memory.
    pub(super) fn hold(&self, alive: bool) -> Result<()> {
        let mut count = 0;
        // SAFETY: the environment and the reference are valid as long as `self` exists.
        check_status!(unsafe {
            if alive {
                sys::napi_reference_ref(self.env, self.reference, &mut count)
            } else {
                sys::napi_reference_unref(self.env, self.reference, &mut count)
            }
        })
    }

    /// Calls the wake function, unless the function has been garbage-collected.
    pub(super) fn wake(&self) -> Result<()> {
        let mut wake = ptr::null_mut();
        // SAFETY: the environment and the reference are valid as long as `self` exists.
        check_status!(unsafe { sys::napi_get_reference_value(self.env, self.reference, &mut wake) })?;
        if wake.is_null() {
            return Ok(());
        }
        // SAFETY: the value is the function that was passed to `new`.
        let wake: Function<'_, (), ()> = unsafe { Function::from_napi_value(self.env, wake) }?;
        wake.call(())
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        // SAFETY: a finalizer of Node.js drops the object that contains this value, and finalizers run while the environment still exists.
        // The reference is not used afterwards.
        unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}
