//! The door to Node.js. What crosses it is text, and functions that hold what JavaScript must not see.
//!
//! Calls go to one engine thread; finished ones are collected per JavaScript environment, and one threadsafe function
//! wakes JavaScript for all of them (`door`). Everything JavaScript holds is a closure over Rust values, so that no key
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
    let door = Rc::new(Door::new());
    exports.set("version", env!("CARGO_PKG_VERSION"))?;
    exports.set("build", BUILD)?;

    let own = Rc::clone(&door);
    method(&env, &mut exports, "open", move |call| own.open(call.env, call.get::<Function<'_, (), ()>>(0)?))?;
    let own = Rc::clone(&door);
    method(&env, &mut exports, "take", move |call| own.take(call.env))?;
    let own = Rc::clone(&door);
    method(&env, &mut exports, "arm", move |call| call.get(0).map(|id| own.arm(id)))?;
    let own = Rc::clone(&door);
    method(&env, &mut exports, "abort", move |call| call.get(0).map(|id| own.abort(id)))?;
    let own = door.shared();
    method(&env, &mut exports, "answer", move |call| store::answer(&own, &call))?;

    method(&env, &mut exports, "createSigner", signer::create)?;
    let own = Rc::clone(&door);
    method(&env, &mut exports, "createClient", move |call| client::create(&own, call))?;
    #[cfg(feature = "sandbox")]
    method(&env, &mut exports, "createSandbox", move |call| sandbox::create(&door, call))?;
    Ok(())
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
