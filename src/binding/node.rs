//! The binding to Node.js. It passes text, and functions that hold the values that JavaScript must not see.
//!
//! Calls run on one engine thread. Finished calls are collected for each copy of the JavaScript side, and one threadsafe function wakes
//! that copy for all of them (`env_state`). Everything that JavaScript holds is a closure over Rust values, so a key is never a property of
//! an object.

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

/// Allocator of the module. The engine's thread allocates the answers and JavaScript's thread frees them. With the system's allocator the
/// two threads wait for each other.
#[cfg(not(target_arch = "arm"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Build label: the source and the system that this file was built for. `scripts/build-id.mjs` sets it, and reads it in the finished file.
const BUILD: &str = match option_env!("EKO_EPS_BUILD") {
    Some(build) => build,
    None => "eko-eps-build:by-hand",
};

/// Gives every JavaScript environment that loads the module its own set of functions.
#[napi(module_exports)]
pub fn exports(mut exports: Object, env: Env) -> Result<()> {
    exports.set("version", env!("CARGO_PKG_VERSION"))?;
    exports.set("build", BUILD)?;
    // The list of running sandboxes, of all copies of the JavaScript side. It is created here, so it belongs to no copy. An empty list
    // keeps no copy in memory.
    exports.set("running", env.create_array(0)?)?;
    method(&env, &mut exports, "createReceiver", create_receiver)?;
    method(&env, &mut exports, "createSigner", signer::create)
}

/// `createReceiver(wake)` -> `{ wake, drain, registerAbort, abort, answer, createClient, createSandbox }`: a receiver for each copy of the
/// JavaScript side. The clients and sandboxes that it creates report to this receiver only.
fn create_receiver(call: FunctionCallContext<'_>) -> Result<Object<'static>> {
    let env = Env::from_raw(call.env.raw());
    let wake: Function<'_, (), ()> = call.get(0)?;
    let env_state = Rc::new(EnvState::open(&env, &wake)?);
    let mut object = Object::new(&env)?;
    // Keeps the function in memory for as long as JavaScript holds the receiver.
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

/// Puts a function on `object`. Every function is registered here, so that no panic leaves it.
fn method<R, F>(env: &Env, object: &mut Object<'_>, name: &str, body: F) -> Result<()>
where
    R: ToNapiValue + GuardedValue,
    F: 'static + Fn(FunctionCallContext<'_>) -> Result<R>,
{
    let contained = move |call: FunctionCallContext<'_>| guard::contained(|| body(call), Error::from_reason);
    object.set(name, env.create_function_from_closure::<(), R, _>(name, contained)?)
}

/// Puts a function on `object` that answers later, under the id that is its first argument. If it ends before it answers, also by a panic,
/// the call is answered with a refusal.
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
