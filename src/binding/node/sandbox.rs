//! JavaScript object of a sandbox (a local fake EPS), whose properties are functions. The sandbox runs on its own thread. `start` and
//! `close` run on blocking threads, so that neither the event loop nor the engine waits.

use super::env_state::EnvState;
use super::text::{internal, refusing};
use super::{asking, method};
use crate::error::{Code, Error};
use crate::sandbox::{Sandbox, SandboxOptions};
use napi::bindgen_prelude::{FunctionCallContext, Object};
use napi::{Env, Result};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared slot that holds the sandbox. It is empty while no sandbox runs.
type SandboxSlot = Arc<Mutex<Option<Sandbox>>>;

/// Implements the JavaScript function `createSandbox()`, which returns `{ start, control, close }`.
pub(super) fn create(env_state: &Rc<EnvState>, call: FunctionCallContext<'_>) -> Result<Object<'static>> {
    let env = Env::from_raw(call.env.raw());
    let slot = SandboxSlot::default();
    let mut object = Object::new(&env)?;

    let own = Arc::clone(&slot);
    asking(&env, &mut object, env_state, "start", move |call, caller| {
        let (port, slot) = (call.get(1)?, Arc::clone(&own));
        caller.run(move || blocking(move || start(&slot, port)));
        Ok(())
    })?;

    let own = Arc::clone(&slot);
    method(&env, &mut object, "control", move |call| {
        let command: String = call.get(0)?;
        Ok(refusing(|| {
            running(&lock(&own))?.control(&command).map_err(|reason| Error::new(Code::InvalidParams, reason))
        }))
    })?;

    asking(&env, &mut object, env_state, "close", move |_, caller| {
        let slot = Arc::clone(&slot);
        caller.run(move || {
            blocking(move || {
                // Releases the lock before `close`, because `close` may block.
                let sandbox = lock(&slot).take();
                if let Some(sandbox) = sandbox {
                    sandbox.close();
                }
                Ok(String::from("null"))
            })
        });
        Ok(())
    })?;
    Ok(object)
}

/// Starts the sandbox. Returns the settings that a client needs to call it, as JSON.
fn start(slot: &SandboxSlot, port: u32) -> std::result::Result<String, Error> {
    let config = |message: String| Error::new(Code::InvalidConfig, message);
    let port = u16::try_from(port).map_err(|_| config("port must be a whole number from 0 to 65535".to_owned()))?;
    let sandbox = Sandbox::start(SandboxOptions { port, ..SandboxOptions::default() })
        .map_err(|error| config(format!("the sandbox cannot listen on port {port} of 127.0.0.1: {error}")))?;
    let keys = sandbox.credentials();
    let credentials = serde_json::json!({
        "developerKey": keys.developer_key.expose(),
        "accessKey": keys.access_key.expose(),
        "initiatorId": keys.initiator_id,
        "userCode": keys.user_code,
        "baseUrl": keys.base_url,
        "knownReferences": keys.known_references,
        "schedule": {
            "notFoundCount": keys.schedule.not_found_count,
            "notFoundSpreadMs": keys.schedule.not_found_spread_ms,
        },
    });
    *lock(slot) = Some(sandbox);
    Ok(credentials.to_string())
}

/// Runs blocking work on a separate thread, so that the engine (the network thread) does not wait.
async fn blocking<W>(work: W) -> std::result::Result<String, Error>
where
    W: FnOnce() -> std::result::Result<String, Error> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(internal()))
}

fn running<'a>(slot: &'a MutexGuard<'_, Option<Sandbox>>) -> std::result::Result<&'a Sandbox, Error> {
    slot.as_ref().ok_or_else(|| Error::new(Code::Closed, "this sandbox is closed: start a new one"))
}

/// Locks the slot, even if a thread has panicked while it held the lock. A panic cannot leave the slot half changed, because the slot is
/// only set and taken.
fn lock(slot: &SandboxSlot) -> MutexGuard<'_, Option<Sandbox>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
