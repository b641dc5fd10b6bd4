//! What the sandbox remembers. One world behind one mutex; nothing in here waits.

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

/// Which of the two documented shapes `dmt.getSender` answers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SenderShape {
    /// The flat one of the specification page: type 1388, `kyc_verified`, `available_limit`; not found is 463.
    #[default]
    Page,
    /// The one with a `customer_profile`: type 309; not found is 308.
    Profile,
}

/// Everything a request may read or change.
pub(super) struct SandboxState {
    /// The sandbox's own time.
    pub clock: Clock,
    /// Who may call.
    pub accounts: Vec<SandboxAccount>,
    /// Who may be looked up.
    pub customers: Customers,
    /// Whom they may send money to.
    pub recipients: Recipients,
    /// What was debited.
    pub ledger: Wallet,
    /// The OTPs that are out.
    pub otps: Otps,
    /// The answers that were ordered.
    pub scripts: Scripts,
    /// What has arrived.
    pub log: Log,
    /// The shape of `dmt.getSender`.
    pub sender_shape: SenderShape,
}

impl SandboxState {
    /// Lets the bank answer what it should have answered by now.
    pub(super) fn run_bank(&mut self) {
        self.ledger.run(&mut self.customers, self.clock.now_ms());
    }
}

/// The world, and the endpoints it is served under.
pub(super) struct SandboxHandle {
    /// The endpoints, in catalogue order.
    pub endpoints: &'static [&'static Endpoint],
    world: Mutex<SandboxState>,
}

impl SandboxHandle {
    pub(super) fn new(endpoints: &'static [&'static Endpoint], world: SandboxState) -> Self {
        Self { endpoints, world: Mutex::new(world) }
    }

    /// The world. A handler that panicked may have left a request half recorded, which no later request depends on.
    pub(super) fn world(&self) -> MutexGuard<'_, SandboxState> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn endpoint(&self, op: &str) -> Option<&'static Endpoint> {
        self.endpoints.iter().copied().find(|endpoint| endpoint.op == op)
    }
}
