//! Hooks that read and change the state of the sandbox. The Rust methods and the JSON commands share these functions.

use super::customers::CustomerState;
use super::operation::{self, Scenario};
use super::script::{Script, What};
use super::state::SandboxHandle;
use std::fmt;

/// Error of a hook (a function that reads or changes the sandbox's state) that was refused. The text names the broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookError(String);

impl HookError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HookError {}

impl SandboxHandle {
    pub(super) fn script(&self, op: &str, script: Script) -> Result<(), HookError> {
        let op = self.known(op)?;
        if let Some(problem) = script.problem() {
            return Err(HookError(problem));
        }
        if let What::Scenario(name) = &script.what
            && operation::scenario(op, name).is_none()
        {
            let names = operation::scenarios(op).into_iter().map(|scenario| scenario.name);
            return Err(unknown(&format!("scenario of {op}"), name, names));
        }
        if self.world().scripts.push(op, script) {
            Ok(())
        } else {
            Err(HookError(format!("too many scripts are queued for {op}: clear its scripts first")))
        }
    }

    /// Removes the queued scripts of one endpoint, or of all endpoints if `op` is `None`.
    pub(super) fn clear(&self, op: Option<&str>) -> Result<(), HookError> {
        match op {
            Some(op) => {
                let op = self.known(op)?;
                self.world().scripts.clear(op);
            }
            None => self.world().scripts.clear_all(),
        }
        Ok(())
    }

    pub(super) fn scenarios(&self, op: &str) -> Result<Vec<Scenario>, HookError> {
        Ok(operation::scenarios(self.known(op)?))
    }

    pub(super) fn set_customer(&self, mobile: &str, state: CustomerState) -> Result<(), HookError> {
        if mobile.len() != 10 || !mobile.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(HookError::new("a mobile number must have 10 digits"));
        }
        self.world().customers.put(mobile, state);
        Ok(())
    }

    fn known(&self, op: &str) -> Result<&'static str, HookError> {
        let names = self.endpoints.iter().map(|endpoint| endpoint.op);
        self.endpoint(op).map(|endpoint| endpoint.op).ok_or_else(|| unknown("endpoint", op, names))
    }
}

/// Returns the error for an unknown name. The error suggests the most similar known name, if one is similar enough.
pub(super) fn unknown<'n>(thing: &str, name: &str, known: impl Iterator<Item = &'n str>) -> HookError {
    let name: String = name.chars().take(100).collect();
    let nearest = known.map(|known| (strsim::jaro_winkler(known, &name), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, nearest)) if likeness > 0.7 => {
            HookError(format!("there is no {thing} called {name:?}; did you mean {nearest:?}?"))
        }
        _ => HookError(format!("there is no {thing} called {name:?}")),
    }
}
