//! Node.js binding. It exchanges strings with JavaScript. Each JavaScript object that it creates has only functions as properties. These
//! functions are closures over Rust values, so a key is never a property of a JavaScript object.
//!
//! One thread, called the engine, runs all calls. A process may load this package's JavaScript code several times. Each loaded copy has its
//! own queue of results, and one thread-safe function wakes the copy for all of them (`env_state`).

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

/// Memory allocator. The network thread allocates the results and JavaScript's thread frees them. With the system allocator, these two
/// threads would block each other.
#[cfg(not(target_arch = "arm"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Label with the source version and the target system of this binary. `scripts/build-id.mjs` sets the label for the build and reads it
/// from the finished file.
const BUILD: &str = match option_env!("EKO_EPS_BUILD") {
    Some(build) => build,
    None => "eko-eps-build:by-hand",
};

/// Registers the module's functions in each JavaScript environment that loads the module.
#[napi(module_exports)]
pub fn exports(mut exports: Object, env: Env) -> Result<()> {
    exports.set("version", env!("CARGO_PKG_VERSION"))?;
    exports.set("build", BUILD)?;
    // List of the running sandboxes of all loaded copies of the JavaScript code. The native module creates the list, because it is loaded
    // only once. While the list is empty, it does not keep a discarded copy of the code in memory.
    exports.set("running", env.create_array(0)?)?;
    method(&env, &mut exports, "createReceiver", create_receiver)?;
    method(&env, &mut exports, "createSigner", signer::create)
}

/// Implements the JavaScript function `createReceiver(wake)`, which returns `{ wake, drain, registerAbort, abort, answer, createClient,
/// createSandbox }`. Each loaded copy of the JavaScript code creates one such object, called a receiver. Clients and sandboxes send
/// messages only to the receiver that created them.
fn create_receiver(call: FunctionCallContext<'_>) -> Result<Object<'static>> {
    let env = Env::from_raw(call.env.raw());
    let wake: Function<'_, (), ()> = call.get(0)?;
    let env_state = Rc::new(EnvState::open(&env, &wake)?);
    let mut object = Object::new(&env)?;
    // Keeps the wake function in memory as long as JavaScript holds the receiver.
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

/// Adds a function to the JavaScript object `object`. All functions are registered here, so that every panic is caught.
fn method<R, F>(env: &Env, object: &mut Object<'_>, name: &str, body: F) -> Result<()>
where
    R: ToNapiValue + GuardedValue,
    F: 'static + Fn(FunctionCallContext<'_>) -> Result<R>,
{
    let contained = move |call: FunctionCallContext<'_>| guard::contained(|| body(call), Error::from_reason);
    object.set(name, env.create_function_from_closure::<(), R, _>(name, contained)?)
}

/// Adds a function to `object` that delivers its result later, under the call id in its first argument. If the function fails or panics,
/// the call completes with an error.
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
