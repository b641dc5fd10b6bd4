//! Authentication of the caller by three headers. A request that fails gets the code that EPS documents for the failure.

use super::reply::{Reply, envelope};
use crate::secret::Secret;
use crate::sign::{HEADER_NAMES, Signer, Timestamp};
use hyper::HeaderMap;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io;
use subtle::ConstantTimeEq;

/// Maximum difference between a request's timestamp and the sandbox's clock, in milliseconds, in both directions.
pub(super) const WINDOW_MS: u64 = 120_000;

/// Keys and ids of a caller that the sandbox accepts.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The developer key.
    pub developer_key: Secret,
    /// The access key that belongs to the developer key.
    pub access_key: Secret,
    /// The only `initiator_id` that this caller may use.
    pub initiator_id: String,
    /// The only `user_code` that this caller may use.
    pub user_code: String,
}

impl Default for Caller {
    /// Returns made-up keys, with the initiator and the user code of EPS's specification pages.
    fn default() -> Self {
        Self {
            developer_key: Secret::new("sandbox-developer-key"),
            access_key: Secret::new("sandbox-access-key"),
            initiator_id: "9962981729".to_owned(),
            user_code: "20810200".to_owned(),
        }
    }
}

/// Accepted caller, with the signer and the used timestamps.
pub(super) struct SandboxAccount {
    caller: Caller,
    signer: Signer,
    /// Timestamps of accepted requests within the time window. A second request with the same timestamp is refused.
    used: BTreeSet<u64>,
}

impl SandboxAccount {
    pub(super) fn new(caller: Caller) -> io::Result<Self> {
        let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
        let key = caller.developer_key.expose();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(invalid(
                "developer_key must be one or more visible ASCII characters without spaces".to_owned(),
            ));
        }
        let signer = Signer::new(caller.access_key.expose()).map_err(|error| invalid(error.to_string()))?;
        Ok(Self { caller, signer, used: BTreeSet::new() })
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Records a timestamp as used. Returns false if the timestamp is too far from the clock or was used before. Removes old timestamps,
    /// because the time window excludes them anyway.
    fn accept(&mut self, stamp: u64, now_ms: u64) -> bool {
        if stamp.abs_diff(now_ms) > WINDOW_MS {
            return false;
        }
        let oldest = now_ms.saturating_sub(WINDOW_MS);
        while self.used.first().is_some_and(|used| *used < oldest) {
            self.used.pop_first();
        }
        self.used.insert(stamp)
    }
}

/// Returns the index of the caller in `accounts`, or the refusal. The timestamp counts as used only if all other checks passed.
pub(super) fn check(accounts: &mut [SandboxAccount], headers: &HeaderMap, now_ms: u64) -> Result<usize, Reply> {
    let missing: Vec<&str> = HEADER_NAMES.into_iter().filter(|name| is_missing(headers, name)).collect();
    if !missing.is_empty() {
        return Err(refusal(2487, &format!("Authentication header missing: {}", missing.join(", "))));
    }
    let [developer_key, secret_key, timestamp] = HEADER_NAMES.map(|name| only(headers, name));

    let developer_key = developer_key.unwrap_or_default();
    let known = accounts.iter().position(|account| same(account.caller.developer_key.expose(), developer_key));
    let Some((index, account)) = known.and_then(|index| Some((index, accounts.get_mut(index)?))) else {
        return Err(refusal(2483, "developer_key is not known"));
    };
    let Some(timestamp) = timestamp.and_then(milliseconds) else {
        return Err(refusal(2486, "secret-key-timestamp is not in milliseconds"));
    };
    if !same(account.signer.sign(timestamp).as_str(), secret_key.unwrap_or_default()) {
        return Err(refusal(2484, "secret-key does not match"));
    }
    if !account.accept(timestamp.millis(), now_ms) {
        return Err(refusal(2485, "secret-key-timestamp is off by more than 2 minutes, or was used before"));
    }
    Ok(index)
}

/// Returns an authentication failure: HTTP 401, with the code in `status` and in `response_type_id`.
pub(super) fn refusal(code: i64, message: &str) -> Reply {
    Reply::json(401, &Value::Object(envelope(code, 1, Some(code), message)))
}

fn is_missing(headers: &HeaderMap, name: &str) -> bool {
    headers.get_all(name).iter().all(|value| value.as_bytes().trim_ascii().is_empty())
}

/// Returns the value of a header that occurs exactly once. The value of a repeated header is ambiguous, so `None` is returned.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then(|| first.as_bytes())
}

fn milliseconds(text: &[u8]) -> Option<Timestamp> {
    // A 13-digit number in 13 characters has no sign and no leading zero. `from_millis` requires 13 digits.
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() == 13)?;
    Timestamp::from_millis(text.parse().ok()?).ok()
}

fn same(expected: &str, arrived: &[u8]) -> bool {
    expected.as_bytes().ct_eq(arrived).into()
}
