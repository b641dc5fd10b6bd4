//! JavaScript object of a signer, whose properties are closures. Calling a closure takes a quarter of the time of calling a class method of
//! napi.

use super::method;
use super::text::{ObjectOrError, Short, refusal, refusing, refusing_object};
use crate::clock::{ClockOptions, KeyClock, Lanes, exhausted, now_ms};
use crate::error::{Code, Error};
use crate::sign::{SignError, Signer, Timestamp};
use napi::bindgen_prelude::{FunctionCallContext, Object};
use napi::{Env, Result};
use std::cell::OnceCell;
use std::rc::Rc;

/// Implements the JavaScript function `createSigner(accessKey, developerKey | null, laneIndex | null, laneCount | null)`, which returns `{
/// sign, headers, requestHash }`.
pub(super) fn create(call: FunctionCallContext<'_>) -> Result<ObjectOrError> {
    let access_key: String = call.get(0)?;
    let developer_key: Option<String> = call.get(1)?;
    let (index, of): (Option<u32>, Option<u32>) = (call.get(2)?, call.get(3)?);
    // JavaScript has already checked the index of the lane and the number of lanes.
    let lanes = index.zip(of).and_then(|(index, of)| Lanes::share(index, of));
    let env = Env::from_raw(call.env.raw());
    Ok(refusing_object(move || {
        let access_key = crate::secret::Secret::new(access_key);
        let signer = Rc::new(Signer::new(access_key.expose()).map_err(config_error)?);
        functions(&env, signer, developer_key, lanes)
            .map_err(|error| Error::new(Code::Internal, error.reason.to_string()))
    }))
}

fn functions(
    env: &Env,
    signer: Rc<Signer>,
    developer_key: Option<String>,
    lanes: Option<Lanes>,
) -> Result<Object<'static>> {
    let mut object = Object::new(env)?;

    let own = Rc::clone(&signer);
    method(env, &mut object, "sign", move |call| {
        Ok(match timestamp(call.get(0)?) {
            Ok(timestamp) => Short::Signature(own.sign(timestamp)),
            Err(error) => Short::Refused(refusal(&error)),
        })
    })?;

    let own = Rc::clone(&signer);
    // Clock that issues unused timestamps. It is created at its first use, because many signers sign only timestamps that their callers
    // pass.
    let clock = OnceCell::new();
    method(env, &mut object, "headers", move |_| {
        let clock = clock.get_or_init(|| {
            // Name of the clock, unique per key pair. Without a developer key, the name is a hash that only the owner of the access key can
            // compute.
            let name = developer_key
                .as_deref()
                .map_or_else(|| own.request_hash(FIRST, &["clock"]).as_str().to_owned(), str::to_owned);
            KeyClock::of(&name, ClockOptions { lanes, ..ClockOptions::default() })
        });
        Ok(match clock.take(now_ms()) {
            Ok(timestamp) => Short::stamped(&own.sign(timestamp), timestamp),
            Err(wait) => Short::Refused(refusal(&exhausted(wait))),
        })
    })?;

    method(env, &mut object, "requestHash", move |call| {
        let (millis, values): (f64, Vec<String>) = (call.get(0)?, call.get(1)?);
        Ok(refusing(|| {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            Ok(signer.request_hash(timestamp(millis)?, &values).as_str().to_owned())
        }))
    })?;
    Ok(object)
}

/// Timestamp for the hash that names a clock. Its value is arbitrary.
const FIRST: Timestamp = match Timestamp::from_millis(Timestamp::MIN) {
    Ok(first) => first,
    Err(_) => panic!("Timestamp::MIN must be a valid timestamp"),
};

fn timestamp(millis: f64) -> std::result::Result<Timestamp, Error> {
    // The cast turns a fraction, a negative value or NaN into some whole number. A value that differs from its cast is replaced by 0, which
    // is not a valid timestamp.
    let whole = millis as u64;
    let exact = whole as f64 == millis;
    Timestamp::from_millis(if exact { whole } else { 0 }).map_err(|error| params_error("timestamp", &error.to_string()))
}

fn config_error(error: SignError) -> Error {
    Error::new(Code::InvalidConfig, error.to_string())
}

fn params_error(name: &str, rule: &str) -> Error {
    let params = [(name.to_owned(), rule.to_owned())].into();
    Error::new(Code::InvalidParams, rule).with_invalid_params(params)
}
