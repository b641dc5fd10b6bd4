//! State of the sandbox, protected by one mutex.

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

/// Shape of the responses of `dmt.getSender`. EPS documents both shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SenderShape {
    /// Flat shape of EPS's specification page: `response_type_id` 1388, with `kyc_verified` and `available_limit`. An unknown sender gets
    /// 463.
    #[default]
    Page,
    /// Shape with a `customer_profile`: `response_type_id` 309. An unknown sender gets 308.
    Profile,
}

/// State that a request can read or change.
pub(super) struct SandboxState {
    pub clock: Clock,
    pub accounts: Vec<SandboxAccount>,
    /// Customers, who are also the DMT senders.
    pub customers: Customers,
    /// Recipients of each sender.
    pub recipients: Recipients,
    /// Wallet and all debits.
    pub ledger: Wallet,
    pub otps: Otps,
    pub scripts: Scripts,
    pub log: Log,
    pub sender_shape: SenderShape,
}

impl SandboxState {
    /// Applies the bank's answers that are due by now.
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

    /// Locks the state, even if a handler panicked while it held the lock. Such a handler may have recorded its own request only in part,
    /// but no later request depends on that record.
    pub(super) fn world(&self) -> MutexGuard<'_, SandboxState> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn endpoint(&self, op: &str) -> Option<&'static Endpoint> {
        self.endpoints.iter().copied().find(|endpoint| endpoint.op == op)
    }
}
