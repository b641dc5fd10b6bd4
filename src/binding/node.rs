//! The door to Node.js. What crosses it is text, and functions that hold what JavaScript must not see.
//!
//! Calls go to one engine thread; finished ones are collected per copy of the JavaScript side, and one threadsafe function
//! wakes it for all of them (`door`). Everything JavaScript holds is a closure over Rust values, so that no key
//! is ever a property of an object.

mod client;
mod config;
mod door;
mod engine;
mod guard;
mod money;
mod outbox;
#[cfg(feature = "sandbox")]
mod sandbox;
mod signer;
mod store;
mod text;
mod waker;

use door::{Caller, Door};
use guard::Outcome;
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
    method(&env, &mut exports, "open", open)?;
    method(&env, &mut exports, "createSigner", signer::create)
}

/// `open(wake)` -> `{ wake, take, arm, abort, answer, createClient, createSandbox }`: a receiver for each copy of the JavaScript side.
/// What is made by it answers to it, and to no other.
fn open(call: FunctionCallContext<'_>) -> Result<Object<'static>> {
    let env = Env::from_raw(call.env.raw());
    let wake: Function<'_, (), ()> = call.get(0)?;
    let door = Rc::new(Door::open(&env, &wake)?);
    let mut object = Object::new(&env)?;
    // So that it is there for as long as somebody has the receiver.
    object.set("wake", wake)?;

    let own = Rc::clone(&door);
    method(&env, &mut object, "take", move |call| own.take(call.env))?;
    let own = Rc::clone(&door);
    method(&env, &mut object, "arm", move |call| call.get(0).map(|id| own.arm(id)))?;
    let own = Rc::clone(&door);
    method(&env, &mut object, "abort", move |call| call.get(0).map(|id| own.abort(id)))?;
    let own = door.shared();
    method(&env, &mut object, "answer", move |call| store::answer(&own, &call))?;

    let own = Rc::clone(&door);
    method(&env, &mut object, "createClient", move |call| client::create(&own, call))?;
    #[cfg(feature = "sandbox")]
    method(&env, &mut object, "createSandbox", move |call| sandbox::create(&door, call))?;
    Ok(object)
}

/// Puts a function on `object`: the only way there is, so that no panic gets past it.
fn method<R, F>(env: &Env, object: &mut Object<'_>, name: &str, body: F) -> Result<()>
where
    R: ToNapiValue + Outcome,
    F: 'static + Fn(FunctionCallContext<'_>) -> Result<R>,
{
    let contained = move |call: FunctionCallContext<'_>| guard::contained(|| body(call), Error::from_reason);
    object.set(name, env.create_function_from_closure::<(), R, _>(name, contained)?)
}

/// As [`method`], for a function that answers later, under the id that is its first argument. Whatever ends it before, a panic too,
/// is answered with a refusal.
fn asking<F>(env: &Env, object: &mut Object<'_>, door: &Rc<Door>, name: &str, body: F) -> Result<()>
where
    F: 'static + Fn(FunctionCallContext<'_>, Caller) -> Result<()>,
{
    let door = Rc::clone(door);
    method(env, object, name, move |call| {
        let caller = door.caller(call.env, call.get(0)?)?;
        body(call, caller)
    })
}
