//! The door to Node.js. What crosses it is text, and functions that hold what JavaScript must not see.
//!
//! Calls go to one engine thread; finished ones are collected per copy of the JavaScript side, and one threadsafe function
//! wakes it for all of them (`env_state`). Everything JavaScript holds is a closure over Rust values, so that no key
//! is ever a property of an object.

mod client;
mod config;
mod engine;
mod env_state;
mod guard;
mod money;
mod outbox;
#[cfg(feature = "sandbox")]
mod sandbox;
mod signer;
mod store;
mod text;
mod waker;

use env_state::{EnvState, PendingCall};
use guard::GuardedValue;
use napi::bindgen_prelude::{Function, FunctionCallContext, Object, ToNapiValue};
use napi::{Env, Error, Result};
use napi_derive::napi;
use std::rc::Rc;

/// What one thread allocates here the other frees: answers are written by the engine's and read by JavaScript's. The system's allocator
/// makes them wait for each other.
#[cfg(not(target_arch = "arm"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What this file was built from, for what system: set by `scripts/build-id.mjs`, which reads it in the finished file.
const BUILD: &str = match option_env!("EKO_EPS_BUILD") {
    Some(build) => build,
    None => "eko-eps-build:by-hand",
};

/// Gives every JavaScript environment that loads the module its own set of functions.
#[napi(module_exports)]
pub fn exports(mut exports: Object, env: Env) -> Result<()> {
    exports.set("version", env!("CARGO_PKG_VERSION"))?;
    exports.set("build", BUILD)?;
    // The sandboxes that run, of every copy of the JavaScript side. Made here it belongs to no copy, and an empty one holds none.
    exports.set("running", env.create_array(0)?)?;
    method(&env, &mut exports, "createReceiver", create_receiver)?;
    method(&env, &mut exports, "createSigner", signer::create)
}

/// `createReceiver(wake)` -> `{ wake, drain, registerAbort, abort, answer, createClient, createSandbox }`: a receiver for each copy of the JavaScript side.
/// What is made by it answers to it, and to no other.
fn create_receiver(call: FunctionCallContext<'_>) -> Result<Object<'static>> {
    let env = Env::from_raw(call.env.raw());
    let wake: Function<'_, (), ()> = call.get(0)?;
    let env_state = Rc::new(EnvState::open(&env, &wake)?);
    let mut object = Object::new(&env)?;
    // So that it is there for as long as somebody has the receiver.
    object.set("wake", wake)?;

    let own = Rc::clone(&env_state);
    method(&env, &mut object, "drain", move |call| own.drain(call.env))?;
    let own = Rc::clone(&env_state);
    method(&env, &mut object, "registerAbort", move |call| call.get(0).map(|id| own.register_abort(id)))?;
    let own = Rc::clone(&env_state);
    method(&env, &mut object, "abort", move |call| call.get(0).map(|id| own.abort(id)))?;
    let own = env_state.shared();
    method(&env, &mut object, "answer", move |call| store::answer(&own, &call))?;

    let own = Rc::clone(&env_state);
    method(&env, &mut object, "createClient", move |call| client::create(&own, call))?;
    #[cfg(feature = "sandbox")]
    method(&env, &mut object, "createSandbox", move |call| sandbox::create(&env_state, call))?;
    Ok(object)
}

/// Puts a function on `object`: the only way there is, so that no panic gets past it.
fn method<R, F>(env: &Env, object: &mut Object<'_>, name: &str, body: F) -> Result<()>
where
    R: ToNapiValue + GuardedValue,
    F: 'static + Fn(FunctionCallContext<'_>) -> Result<R>,
{
    let contained = move |call: FunctionCallContext<'_>| guard::contained(|| body(call), Error::from_reason);
    object.set(name, env.create_function_from_closure::<(), R, _>(name, contained)?)
}

/// As [`method`], for a function that answers later, under the id that is its first argument. Whatever ends it before, a panic too,
/// is answered with a refusal.
fn asking<F>(env: &Env, object: &mut Object<'_>, env_state: &Rc<EnvState>, name: &str, body: F) -> Result<()>
where
    F: 'static + Fn(FunctionCallContext<'_>, PendingCall) -> Result<()>,
{
    let env_state = Rc::clone(env_state);
    method(env, object, name, move |call| {
        let caller = env_state.caller(call.env, call.get(0)?)?;
        body(call, caller)
    })
}
