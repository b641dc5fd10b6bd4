//! JavaScript object of a client, whose properties are functions.

use super::env_state::{EnvState, PendingCall};
use super::money::ClientHandle;
use super::text::{ObjectOrError, refusing, refusing_object};
use super::{asking, method};
use crate::client::{CallOptions, Client};
use crate::error::{Code, Error};
use crate::response::HttpAnswer;
use crate::secret::Secret;
use napi::bindgen_prelude::{FunctionCallContext, Object};
use napi::{Env, Result};
use std::cell::RefCell;
use std::io::ErrorKind;
use std::rc::Rc;
use std::time::Duration;

/// Shared slot that holds the client. It is empty after `close`.
pub(super) type ClientSlot = Rc<RefCell<Option<ClientHandle>>>;

/// Implements the JavaScript function `createClient(accessKey | null, accessKeyFile | null, config)`, which returns `{ call, debit,
/// journal, callback, subscribe, prepare, interpret, close }`.
pub(super) fn create(env_state: &Rc<EnvState>, call: FunctionCallContext<'_>) -> Result<ObjectOrError> {
    let access_key: Option<String> = call.get(0)?;
    let access_key = access_key.map(Secret::new);
    let file: Option<String> = call.get(1)?;
    // The config is a secret because it contains the developer key.
    let config = Secret::new(call.get::<String>(2)?);
    let env = Env::from_raw(call.env.raw());
    Ok(refusing_object(|| {
        let access_key = match (access_key, file) {
            (Some(key), None) => key,
            (None, Some(path)) => read_key(&path)?,
            (None, None) | (Some(_), Some(_)) => {
                return Err(Error::new(
                    Code::InvalidConfig,
                    "exactly one of accessKey and accessKeyFile is required: give only one of them",
                ));
            }
        };
        let configured = super::config::client(access_key, config.expose(), &env_state.shared())?;
        let held = ClientHandle::new(configured, env_state.shared());
        functions(&env, Rc::clone(env_state), Rc::new(RefCell::new(Some(held))))
            .map_err(|error| Error::new(Code::Internal, error.reason.to_string()))
    }))
}

/// Reads the access key from a file, so that the key is never a JavaScript string. Removes one line break at the end of the file, because
/// editors add one.
fn read_key(path: &str) -> std::result::Result<Secret, Error> {
    let invalid = |message: String| Error::new(Code::InvalidConfig, message);
    let text = std::fs::read_to_string(path).map(Secret::new).map_err(|error| {
        invalid(if error.kind() == ErrorKind::InvalidData {
            "accessKeyFile is not UTF-8 text, perhaps UTF-16 as PowerShell writes it: save it as UTF-8".to_owned()
        } else {
            format!("accessKeyFile cannot be read ({}): give the path of a readable text file", error.kind())
        })
    })?;
    let text = text.expose();
    let key = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text);
    if key.is_empty() {
        return Err(invalid("accessKeyFile is empty: it must hold the access key that EPS issued".to_owned()));
    }
    match crate::sign::key::fault(key) {
        Some(fault) => Err(invalid(format!(
            "accessKeyFile has {fault}: it must hold the access key as EPS issued it, and after it at most one line break"
        ))),
        None => Ok(Secret::new(key)),
    }
}

fn functions(env: &Env, env_state: Rc<EnvState>, client: ClientSlot) -> Result<Object<'static>> {
    let mut object = Object::new(env)?;

    let (slot, local) = (Rc::clone(&client), Rc::clone(&env_state));
    asking(env, &mut object, &env_state, "call", move |call, caller| {
        let (op, params, options) = sending(&local, &call, &caller)?;
        let client = of(&slot);
        caller.run(move || async move { client?.call(&op, &params, options).await });
        Ok(())
    })?;

    super::money::functions(env, &mut object, &env_state, &client)?;

    let slot = Rc::clone(&client);
    method(env, &mut object, "prepare", move |call| {
        let (op, params): (String, String) = (call.get(0)?, call.get(1)?);
        Ok(refusing(|| Ok(of(&slot)?.prepare(&op, &params)?.to_json())))
    })?;

    let slot = Rc::clone(&client);
    method(env, &mut object, "interpret", move |call| {
        let (op, status, headers, body): (String, u32, String, String) =
            (call.get(0)?, call.get(1)?, call.get(2)?, call.get(3)?);
        Ok(refusing(|| {
            let headers = serde_json::from_str(&headers).map_err(|_| super::text::internal())?;
            let status = u16::try_from(status).unwrap_or(0);
            let answer = HttpAnswer { status, headers, body: body.into_bytes() };
            Ok(of(&slot)?.interpret(&op, &answer)?.into_parts().0)
        }))
    })?;

    method(env, &mut object, "close", move |_| {
        drop(client.borrow_mut().take());
        Ok(())
    })?;
    Ok(object)
}

/// Reads the arguments of the JavaScript functions `call` and `debit` that follow the call id: operation, parameters and deadline.
pub(super) fn sending(
    env_state: &EnvState,
    call: &FunctionCallContext<'_>,
    caller: &PendingCall,
) -> Result<(String, String, CallOptions)> {
    let options = CallOptions { deadline: milliseconds(call.get(3)?), abort: env_state.switch(caller.id()) };
    Ok((call.get(1)?, call.get(2)?, options))
}

/// Returns the client, or the error `closed` if the client was closed.
pub(super) fn of(slot: &ClientSlot) -> std::result::Result<Client, Error> {
    slot.borrow().as_ref().map(|held| held.client.clone()).ok_or_else(closed)
}

fn milliseconds(value: f64) -> Option<Duration> {
    (value > 0.0).then(|| Duration::try_from_secs_f64(value / 1000.0).unwrap_or(Duration::MAX))
}

pub(super) fn closed() -> Error {
    Error::new(Code::Closed, "this client is closed and cannot be opened again: create a new client")
}
