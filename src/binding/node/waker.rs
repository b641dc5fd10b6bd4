//! The function that wakes a copy of the JavaScript side. It is held while calls are under way; at other times only the copy itself holds
//! it.
//!
//! A test runner loads a copy for each of its test files, in a realm of its own, and drops both afterwards. A reference to the function
//! would keep the copy and the realm in memory.

// napi's safe references are all strong, and this module needs a weak one.
#![allow(unsafe_code)]

use napi::bindgen_prelude::{FromNapiValue, Function, JsValue};
use napi::{Env, Result, check_status, sys};
use std::ptr;

/// Weak reference to the wake function. It is used and dropped on the thread of its environment, and it is never `Send`.
pub(super) struct Waker {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Waker {
    pub(super) fn new(env: &Env, wake: &Function<'_, (), ()>) -> Result<Self> {
        let (env, mut reference) = (env.raw(), ptr::null_mut());
        // SAFETY: the environment is the one that is calling, and the function is one of its arguments. A count of 0 makes a weak
        // reference.
        check_status!(unsafe { sys::napi_create_reference(env, wake.raw(), 0, &mut reference) })?;
        Ok(Self { env, reference })
    }

    /// Sets whether the function stays in memory even if no JavaScript refers to it.
    pub(super) fn hold(&self, alive: bool) -> Result<()> {
        let mut count = 0;
        // SAFETY: the environment and the reference live as long as `self`.
        check_status!(unsafe {
            if alive {
                sys::napi_reference_ref(self.env, self.reference, &mut count)
            } else {
                sys::napi_reference_unref(self.env, self.reference, &mut count)
            }
        })
    }

    /// Calls the function, if it is still in memory.
    pub(super) fn wake(&self) -> Result<()> {
        let mut wake = ptr::null_mut();
        // SAFETY: the environment and the reference live as long as `self`.
        check_status!(unsafe { sys::napi_get_reference_value(self.env, self.reference, &mut wake) })?;
        if wake.is_null() {
            return Ok(());
        }
        // SAFETY: the value is the function that `new` was given.
        let wake: Function<'_, (), ()> = unsafe { Function::from_napi_value(self.env, wake) }?;
        wake.call(())
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        // SAFETY: finalizers drop the owner of this value, and they run while the environment exists. The reference is not used after that.
        unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}
