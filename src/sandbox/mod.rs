//! Simulated EPS with state. It listens on loopback, and is meant for tests and first steps.
//!
//! The sandbox checks what EPS checks and answers with the documented codes. It remembers customers, OTPs and money. Its ledger shows a
//! test which debits were booked. A test can order any documented scenario, a late answer, or no answer at all. The sandbox shares no code
//! with the part of the client that reads answers. `docs/guides/sandbox.md` lists what it checks, and what it does not simulate.
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

/// Options with which a [`Sandbox`] starts.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// Port on 127.0.0.1. 0 takes any free port.
    pub port: u16,
    /// Callers that the sandbox accepts. If empty, it accepts the made-up [`Caller`].
    pub callers: Vec<Caller>,
    /// Fixed time of the sandbox's clock, in milliseconds since 1970. The clock then moves only by [`advance`](Sandbox::advance).
    /// With `None`, it follows the machine's clock.
    pub clock_ms: Option<u64>,
    /// Endpoints that the sandbox serves. With `None`, it serves those of the catalogue.
    pub endpoints: Option<&'static [&'static Endpoint]>,
}

/// Values that a client needs to call a [`Sandbox`].
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The developer key.
    pub developer_key: Secret,
    /// The access key.
    pub access_key: Secret,
    /// The only `initiator_id` the sandbox knows for these keys.
    pub initiator_id: String,
    /// The only `user_code` the sandbox knows for these keys.
    pub user_code: String,
    /// The base URL.
    pub base_url: String,
    /// References that were booked before the sandbox started, one for each operation that moves money. If an inquiry does not find a
    /// debit, the client sends control inquiries for such a reference.
    pub known_references: BTreeMap<String, String>,
    /// Inquiry schedule for tests. It resolves a debit that EPS does not know within seconds. With EPS itself, this takes a quarter of an
    /// hour.
    pub schedule: Schedule,
}

impl Credentials {
    /// Returns the configuration of a client of this sandbox.
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

/// Returns the operations whose debits carry a reference that the caller gives.
fn operations(endpoints: &'static [&'static Endpoint]) -> impl Iterator<Item = &'static Endpoint> {
    let carries = |endpoint: &&Endpoint| endpoint.params.iter().any(|param| param.wire == "client_ref_id");
    endpoints.iter().copied().filter(|endpoint| endpoint.effect == Effect::Money).filter(carries)
}

/// Running sandbox with its own thread. It ends with [`close`](Sandbox::close), or when dropped.
pub struct Sandbox {
    shared: Arc<state::SandboxHandle>,
    server: server::Server,
}

impl Sandbox {
    /// Listens on 127.0.0.1, and answers as soon as this returns. Works from any thread, inside or outside a runtime.
    ///
    /// # Errors
    /// Fails if the port is taken, if a key cannot be used for signing, or if the system gives no thread or no random numbers.
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

    /// Returns `http://127.0.0.1:PORT/ekoapi/v3`. The v1/v2 products answer below `/ekoapi/v2` and `/ekoapi/v1`.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.server.port, route::ROOTS[0].0)
    }

    /// Returns the values that a client needs to call this sandbox as its first caller.
    pub fn credentials(&self) -> Credentials {
        // `start` gives every sandbox at least one caller, and none is ever removed.
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

    /// Returns the newest OTP sent to this number. Every second OTP begins with 0.
    pub fn last_otp(&self, mobile: &str) -> Option<String> {
        self.shared.world().otps.last(mobile).map(str::to_owned)
    }

    /// Returns the OTP that belongs to this `otp_ref_id`. Use it to select one of several OTPs that were sent to one number.
    pub fn otp(&self, otp_ref_id: &str) -> Option<String> {
        self.shared.world().otps.code_of(otp_ref_id).map(str::to_owned)
    }

    /// Orders the answer to the next call of an endpoint. Several scripts for one endpoint are queued.
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

    /// Moves the sandbox's clock forward. OTPs expire, and timestamps become stale.
    pub fn advance(&self, by: Duration) {
        self.shared.world().clock.advance(by);
    }

    /// Returns the time of the sandbox's clock, in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.shared.world().clock.now_ms()
    }

    /// Puts a customer into a state, and creates a made-up customer if the number is new. An existing customer keeps the name, the date of
    /// birth and the issued OTPs.
    ///
    /// # Errors
    /// Fails if the number does not have 10 digits.
    pub fn set_customer(&self, mobile: &str, state: CustomerState) -> Result<(), HookError> {
        self.shared.set_customer(mobile, state)
    }

    /// Sets the shape of the answers of `dmt.getSender`. The default is the shape of the specification page.
    pub fn set_sender_shape(&self, shape: SenderShape) {
        self.shared.world().sender_shape = shape;
    }

    /// Returns the last 1,000 requests that arrived, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.world().log.all()
    }

    /// Runs a hook from a JSON command and returns a JSON result, for bindings: `{"do":"advance","ms":300000}`.
    ///
    /// # Errors
    /// Fails if the command cannot be parsed or is refused. The error names the reason.
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
