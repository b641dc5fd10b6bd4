//! Local fake EPS with state, for tests and first steps. The sandbox listens on 127.0.0.1.
//!
//! The sandbox checks requests as EPS does, responds with the documented codes, and remembers customers, OTPs and money. The ledger shows
//! which debits were booked. A test can order any documented scenario, a late response, or no response. The sandbox shares no code with
//! the client's parser of responses. `docs/guides/sandbox.md` lists the checks, and the behaviour of EPS that the sandbox does not
//! simulate.
//!
//! ```
//! use eko_eps::sandbox::{CustomerState, Sandbox, SandboxOptions, Script};
//! let sandbox = Sandbox::start(SandboxOptions::default())?;
//! sandbox.set_customer("9444444444", CustomerState::Verified)?;
//! sandbox.script("getCustomer", Script::answer("notEnrolled"))?;
//! assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
//! sandbox.close();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod auth;
mod bank;
mod clock;
mod control;
mod customer;
mod customers;
mod dmt;
mod exchange;
mod fault;
mod faults;
mod form;
mod hooks;
mod ledger;
mod legacy;
mod money;
mod money_hooks;
mod operation;
mod otp;
mod params;
mod payload;
mod recipients;
mod reply;
mod request_log;
mod request_params;
mod route;
mod script;
mod senders;
mod server;
mod state;
mod statement;
#[cfg(test)]
mod tests;
mod transactions;
mod transfer;

use crate::catalog::{Effect, Endpoint};
use crate::client::Config;
use crate::money::Schedule;
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use auth::Caller;
pub use bank::{Bank, Duplicates};
pub use customers::CustomerState;
pub use fault::Fault;
pub use hooks::HookError;
pub use ledger::{LedgerEntry, LedgerState};
pub use operation::Scenario;
pub use request_log::LoggedRequest;
pub use script::Script;
pub use state::SenderShape;

/// Age, in milliseconds, of the transactions that were booked before the sandbox started.
const EARLIER_MS: u64 = 24 * 60 * 60 * 1_000;

/// Options for [`Sandbox::start`].
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// Port on 127.0.0.1. 0 selects any free port.
    pub port: u16,
    /// Callers that the sandbox accepts. If the list is empty, the sandbox accepts the default [`Caller`].
    pub callers: Vec<Caller>,
    /// Fixed time of the sandbox's clock, in milliseconds since 1970. Only [`advance`](Sandbox::advance) moves a fixed clock. With
    /// `None`, the sandbox follows the machine's clock.
    pub clock_ms: Option<u64>,
    /// Endpoints that the sandbox serves. With `None`, the sandbox serves all endpoints of the catalogue.
    pub endpoints: Option<&'static [&'static Endpoint]>,
}

/// Values that a client needs to call a [`Sandbox`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Credentials {
    /// The developer key.
    pub developer_key: Secret,
    /// The access key.
    pub access_key: Secret,
    /// The only `initiator_id` that the sandbox accepts with these keys.
    pub initiator_id: String,
    /// The only `user_code` that the sandbox accepts with these keys.
    pub user_code: String,
    /// Base URL of the sandbox.
    pub base_url: String,
    /// References that were booked before the sandbox started, one for each debit operation with a `client_ref_id`. If an inquiry does
    /// not find a debit, the client also inquires about such a reference.
    pub known_references: BTreeMap<String, String>,
    /// Inquiry schedule for tests. A debit that the sandbox does not know is resolved within seconds. With the default schedule, this
    /// takes a quarter of an hour.
    pub schedule: Schedule,
}

impl Credentials {
    /// Returns the configuration of a client that calls this sandbox.
    pub fn config(&self) -> Config {
        let mut config = Config::new(self.developer_key.clone(), self.access_key.clone())
            .initiator_id(&*self.initiator_id)
            .user_code(&*self.user_code)
            .base_url(&*self.base_url)
            .schedule(self.schedule);
        config.known_references.clone_from(&self.known_references);
        config
    }
}

/// Returns the `client_ref_id` of the transfer that was booked for this operation before the sandbox started.
fn earlier_reference(op: &str) -> String {
    format!("EARLIER-{}", op.replace('.', "-")).chars().take(20).collect()
}

/// Returns the debit operations whose requests have a `client_ref_id`.
fn operations(endpoints: &'static [&'static Endpoint]) -> impl Iterator<Item = &'static Endpoint> {
    let carries = |endpoint: &&Endpoint| endpoint.params.iter().any(|param| param.wire == "client_ref_id");
    endpoints.iter().copied().filter(|endpoint| endpoint.effect == Effect::Money).filter(carries)
}

/// Running sandbox with its own thread. The sandbox stops when it is closed with [`close`](Sandbox::close) or dropped.
pub struct Sandbox {
    shared: Arc<state::SandboxHandle>,
    server: server::Server,
}

impl Sandbox {
    /// Starts a sandbox on 127.0.0.1. The sandbox accepts requests when this function returns. Works from any thread, inside or outside
    /// an async runtime.
    ///
    /// # Errors
    /// Fails if the port is taken, if a key cannot be used for signing, or if the operating system provides no thread or no random
    /// numbers.
    pub fn start(options: SandboxOptions) -> std::io::Result<Self> {
        let callers = if options.callers.is_empty() { vec![Caller::default()] } else { options.callers };
        let endpoints = options.endpoints.unwrap_or(crate::api::generated::ENDPOINTS);
        let clock = clock::Clock::new(options.clock_ms);
        let mut ledger = ledger::Wallet::default();
        for endpoint in operations(endpoints) {
            ledger.remember(&earlier_reference(endpoint.op), clock.now_ms().saturating_sub(EARLIER_MS));
        }
        let world = state::SandboxState {
            clock,
            accounts: callers.into_iter().map(auth::SandboxAccount::new).collect::<Result<_, _>>()?,
            customers: customers::Customers::default(),
            recipients: recipients::Recipients::default(),
            ledger,
            otps: otp::Otps::new()?,
            scripts: script::Scripts::default(),
            log: request_log::Log::default(),
            sender_shape: SenderShape::default(),
        };
        let shared = Arc::new(state::SandboxHandle::new(endpoints, world));
        let server = server::Server::start(options.port, Arc::clone(&shared))?;
        Ok(Self { shared, server })
    }

    /// Returns `http://127.0.0.1:PORT/ekoapi/v3`. The v1/v2 products have the paths `/ekoapi/v2` and `/ekoapi/v1`.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.server.port, route::ROOTS[0].0)
    }

    /// Returns the values that a client needs to call this sandbox as the first of its callers.
    pub fn credentials(&self) -> Credentials {
        // The list of accounts is not empty: `start` adds at least one caller, and callers are never removed.
        let caller = self.shared.world().accounts.first().map(|account| account.caller().clone()).unwrap_or_default();
        Credentials {
            developer_key: caller.developer_key,
            access_key: caller.access_key,
            initiator_id: caller.initiator_id,
            user_code: caller.user_code,
            base_url: self.base_url(),
            known_references: operations(self.shared.endpoints)
                .map(|endpoint| (endpoint.op.to_owned(), earlier_reference(endpoint.op)))
                .collect(),
            schedule: Schedule { not_found_count: 2, not_found_spread_ms: 2_000, ..Schedule::default() },
        }
    }

    /// Returns the newest OTP that was sent to this mobile number. Every second OTP begins with 0.
    pub fn last_otp(&self, mobile: &str) -> Option<String> {
        self.shared.world().otps.last(mobile).map(str::to_owned)
    }

    /// Returns the OTP with this `otp_ref_id`. Needed if several OTPs were sent to one number.
    pub fn otp(&self, otp_ref_id: &str) -> Option<String> {
        self.shared.world().otps.code_of(otp_ref_id).map(str::to_owned)
    }

    /// Orders the response to the next call of an endpoint. Several scripts for one endpoint are queued.
    ///
    /// # Errors
    /// Fails if there is no such endpoint or scenario, if the script is invalid, or if too many scripts are queued for the endpoint.
    pub fn script(&self, op: &str, script: Script) -> Result<(), HookError> {
        self.shared.script(op, script)
    }

    /// Removes the queued scripts of one endpoint, or of all endpoints.
    ///
    /// # Errors
    /// Fails if there is no such endpoint.
    pub fn clear_scripts(&self, op: Option<&str>) -> Result<(), HookError> {
        self.shared.clear(op)
    }

    /// Returns the documented scenarios of an endpoint. The list is empty if there is no such endpoint.
    pub fn scenarios(&self, op: &str) -> Vec<Scenario> {
        self.shared.scenarios(op).unwrap_or_default()
    }

    /// Moves the sandbox's clock forward, so that OTPs expire and timestamps become too old.
    pub fn advance(&self, by: Duration) {
        self.shared.world().clock.advance(by);
    }

    /// Returns the time of the sandbox's clock, in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.shared.world().clock.now_ms()
    }

    /// Sets the state of a customer. An unknown number gets a made-up customer. An existing customer keeps the name, the date of birth
    /// and the issued OTPs.
    ///
    /// # Errors
    /// Fails if the number does not have 10 digits.
    pub fn set_customer(&self, mobile: &str, state: CustomerState) -> Result<(), HookError> {
        self.shared.set_customer(mobile, state)
    }

    /// Sets the shape of the responses of `dmt.getSender`. The default is [`SenderShape::Page`].
    pub fn set_sender_shape(&self, shape: SenderShape) {
        self.shared.world().sender_shape = shape;
    }

    /// Returns the last 1,000 requests that arrived, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.world().log.all()
    }

    /// Runs a hook from a JSON command such as `{"do":"advance","ms":300000}`, and returns the result as JSON. For language bindings.
    ///
    /// # Errors
    /// Fails if the command cannot be parsed or is refused. The error contains the reason.
    pub fn control(&self, command_json: &str) -> Result<String, String> {
        control::run(&self.shared, command_json).map(|result| result.to_string()).map_err(|error| error.to_string())
    }

    /// Stops the sandbox, and waits until its thread has ended and its port is free.
    pub fn close(mut self) {
        self.server.stop();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("base_url", &self.base_url()).finish()
    }
}
