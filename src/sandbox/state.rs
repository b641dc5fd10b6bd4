//! State of the sandbox, protected by one mutex. This module has no asynchronous functions.

use super::auth::SandboxAccount;
use super::clock::Clock;
use super::customers::Customers;
use super::ledger::Wallet;
use super::otp::Otps;
use super::recipients::Recipients;
use super::request_log::Log;
use super::script::Scripts;
use crate::catalog::Endpoint;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shape in which `dmt.getSender` answers. EPS documents both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SenderShape {
    /// The flat shape of the specification page: type 1388, `kyc_verified`, `available_limit`. Not found is 463.
    #[default]
    Page,
    /// The shape with a `customer_profile`: type 309. Not found is 308.
    Profile,
}

/// State that a request may read or change.
pub(super) struct SandboxState {
    /// Clock of the sandbox.
    pub clock: Clock,
    /// Callers that the sandbox accepts.
    pub accounts: Vec<SandboxAccount>,
    /// Customers, who are also the senders.
    pub customers: Customers,
    /// Recipients that each sender may send money to.
    pub recipients: Recipients,
    /// Wallet and all debits.
    pub ledger: Wallet,
    /// Issued OTPs.
    pub otps: Otps,
    /// Queued scripts, by endpoint.
    pub scripts: Scripts,
    /// Requests that arrived.
    pub log: Log,
    /// Shape in which `dmt.getSender` answers.
    pub sender_shape: SenderShape,
}

impl SandboxState {
    /// Applies the answers that the bank gives until the current time of the sandbox.
    pub(super) fn run_bank(&mut self) {
        self.ledger.run(&mut self.customers, self.clock.now_ms());
    }
}

/// State of the sandbox, and the endpoints that it serves.
pub(super) struct SandboxHandle {
    /// Endpoints, in the order of the catalogue.
    pub endpoints: &'static [&'static Endpoint],
    world: Mutex<SandboxState>,
}

impl SandboxHandle {
    pub(super) fn new(endpoints: &'static [&'static Endpoint], world: SandboxState) -> Self {
        Self { endpoints, world: Mutex::new(world) }
    }

    /// Locks the state. A poisoned lock is still used: a handler that panicked may have recorded its request only in part, but no later
    /// request depends on that record.
    pub(super) fn world(&self) -> MutexGuard<'_, SandboxState> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn endpoint(&self, op: &str) -> Option<&'static Endpoint> {
        self.endpoints.iter().copied().find(|endpoint| endpoint.op == op)
    }
}
