//! The client, which users create. It connects calls and money, and decides nothing itself.

mod config;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod unkind;

pub use crate::call::SignedRequest;
pub use config::{Config, Environment};

use crate::api::{Request, generated::ENDPOINTS};
use crate::call::{Call, Core};
use crate::catalog::{Effect, Endpoint};
use crate::clock::{ClockOptions, KeyClock, ServerOffset, exhausted};
use crate::error::{Code, Error, Meta};
use crate::money::{
    Alarm, Callback, DebitKey, DebitOptions, Event, Events, HistoryStep, JournalEntry, LazyJournal, Ledger,
    ListingPage, MoneyOptions, MoneyOutcome, OpenOptions, State,
};
use crate::request::{Prepared, nearest, prepare};
use crate::response::{Answer, HttpAnswer, RequestContext, interpret};
use crate::sign::Signer;
use crate::transport::{Budget, DirectTransport, Origin};
use hyper::header::HeaderValue;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Size in bytes above which a body is wiped on another thread.
const LARGE_BODY: usize = 256 * 1024;

/// Connections of reads, steps and inquiries that a client uses at once. Further calls wait within their deadline. Without this limit, a
/// burst of calls opens all files that a process may open, and its calls then fail.
const CONNECTIONS: usize = 256;

/// Calls EPS. Cheap to clone; clones share connections. Runs on the caller's tokio runtime.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use eko_eps::{Client, Config, Environment, GetCustomer, GetCustomerOutcome};
/// let config = Config::new("becbbce45f79c6f5109f848acd540567", "your-access-key")
///     .initiator_id("9962981729")
///     .user_code("20810200")
///     .environment(Environment::Uat);
/// let client = Client::new(config)?;
/// match client.send(GetCustomer::new("9444444444")).await?.outcome {
///     GetCustomerOutcome::OtpRequired { otp_ref_id, .. } => println!("verify with {otp_ref_id}"),
///     GetCustomerOutcome::NotEnrolled { .. } => println!("onboard first"),
///     other => println!("{other:?}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
    ledger: Arc<Ledger>,
}

/// Part of a listing, with the position of the next part.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// Items of this part, oldest first.
    pub items: Vec<T>,
    /// Position to pass in for the next part. `None` at the end.
    pub next: Option<String>,
}

impl<T> From<ListingPage<T>> for Page<T> {
    fn from(part: ListingPage<T>) -> Self {
        Self { items: part.items, next: part.next }
    }
}

/// Options of one call.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    /// Time from the call to its end, including retries. By default 30 s for reads and 45 s for steps.
    pub deadline: Option<Duration>,
    /// Handle with which the caller ends the call.
    pub abort: Option<CancellationToken>,
}

/// Result of a typed call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The documented answer that EPS gave.
    pub outcome: T,
    /// EPS's ids and message.
    pub meta: Meta,
    /// Body as it was received. May hold personal data.
    pub raw: Raw,
}

/// A body as it was received. `Debug` masks it.
#[derive(Clone)]
pub struct Raw(String);

impl Raw {
    /// Returns the text of the body.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

impl Client {
    /// Creates a client from its options.
    ///
    /// # Errors
    /// `invalid_config`, which names the option, the rule and the fix.
    pub fn new(config: Config) -> Result<Self, Error> {
        let checked = config::check(&config)?;
        let signer = Signer::new(config.access_key.expose())
            .map_err(|error| Error::new(Code::InvalidConfig, error.to_string()))?;
        let key = config.developer_key.expose();
        let events = Arc::new(Events::new());
        let schedule = config.schedule.unwrap_or_default();
        let told = Arc::clone(&events);
        let journal = LazyJournal::new(OpenOptions {
            config: config.journal,
            uat: config.environment == Some(Environment::Uat),
            loopback: checked.loopback,
            base_url: &checked.base_url,
            developer_key: key,
            initiator_id: config.initiator_id.as_deref(),
            schedule,
            tell: Arc::new(move |reason, detail| told.notice(reason, detail)),
        })?;
        let server = Url::parse(&checked.base_url).map(|url| url.origin().ascii_serialization());
        let local = server.ok().filter(|_| checked.loopback);
        let clock = KeyClock::of(
            key,
            ClockOptions {
                origin: local.as_deref(),
                folder: config.stamp_folder.as_deref(),
                lanes: checked.lanes,
                alone: config.env.dial.is_some(),
            },
        );
        let core = Arc::new(Core {
            transport: DirectTransport::new(
                config.ca.as_deref(),
                config.proxy.as_deref(),
                checked.loopback,
                config.env.dial.clone(),
            )?,
            env: config.env,
            offset: ServerOffset::of(&clock, &checked.base_url),
            clock,
            budget: Budget::of(&checked.base_url, key),
            slots: Semaphore::new(CONNECTIONS),
            signer,
            developer_key_header: header_value(key)?,
            developer_key: config.developer_key,
            origin: origin(&checked.base_url)?,
            legacy_origin: checked.legacy_base_url.as_deref().map(origin).transpose()?,
            base_url: checked.base_url,
            legacy_base_url: checked.legacy_base_url,
            initiator_id: config.initiator_id,
            user_code: config.user_code,
            deadline: config.deadline,
            loopback: checked.loopback,
        });
        let options = MoneyOptions {
            schedule,
            max_debits: config.max_debits,
            max_inquiries: config.max_inquiries,
            alarm_after: config.alarm_after,
            inquiry_user_code: config.inquiry_user_code,
            known_references: config.known_references,
        };
        let ledger = Arc::new(Ledger::new(Arc::clone(&core), journal, events, options));
        Ok(Self { core, ledger })
    }

    /// Sends a typed call.
    ///
    /// # Errors
    /// See [`Error::code`].
    pub async fn send<R: Request>(&self, request: R) -> Result<Response<R::Outcome>, Error> {
        self.send_with(request, CallOptions::default()).await
    }

    /// Sends a typed call with options.
    ///
    /// # Errors
    /// See [`Error::code`].
    pub async fn send_with<R: Request>(&self, request: R, options: CallOptions) -> Result<Response<R::Outcome>, Error> {
        let params = match serde_json::to_value(&request) {
            Ok(Value::Object(params)) => params,
            Ok(_) | Err(_) => return Err(Error::new(Code::Internal, "the parameters did not serialise to an object")),
        };
        typed(self.run(R::ENDPOINT, params, &options).await?)
    }

    /// Sends a call by its name. The parameters are the text of a JSON object in camelCase.
    ///
    /// # Errors
    /// See [`Error::code`].
    pub async fn call(&self, op: &str, params: &str, options: CallOptions) -> Result<Answer, Error> {
        self.run(endpoint(op)?, parse(params)?, &options).await
    }

    /// Checks, fills and signs a request without sending it. Money calls are refused, because only [`Client::debit`] keeps them from being
    /// sent twice.
    ///
    /// # Errors
    /// `invalid_params`, `unknown_call`, `timestamp_exhausted`.
    pub fn prepare(&self, op: &str, params: &str) -> Result<SignedRequest, Error> {
        let endpoint = endpoint(op)?;
        refuse_money(endpoint)?;
        let request = prepare(endpoint, &parse(params)?, &self.core.context())?;
        let headers = self.core.signed_headers(endpoint, self.core.now_ms()).map_err(exhausted)?;
        Ok(SignedRequest { method: endpoint.method.as_str(), url: request.url, headers, body: request.body })
    }

    /// Reads an answer that was received by other means.
    ///
    /// # Errors
    /// Every answer that is not an outcome of the call.
    pub fn interpret(&self, op: &str, answer: &HttpAnswer) -> Result<Answer, Error> {
        interpret(endpoint(op)?, answer, &RequestContext::default())
    }

    /// Sends a debit by its name. Every result of the network is a value and not an error: see [`State`].
    ///
    /// # Errors
    /// Only before anything is signed: `invalid_params`, `unknown_call`, `reference_used`, `journal.*`.
    pub async fn debit(&self, op: &str, params: &str, options: DebitOptions) -> Result<MoneyOutcome, Error> {
        let (endpoint, params) = (endpoint(op)?, parse(params)?);
        if endpoint.effect != Effect::Money {
            return Err(Error::new(Code::UnknownCall, format!("{} moves no money: use call", endpoint.op)));
        }
        let request = prepare(endpoint, &params, &self.core.context())?;
        crate::money::debit(&self.ledger, &request, &params, &options).await
    }

    /// Gives back the lanes of timestamps that this machine has leased in a store that other machines use too. It does so only if no other
    /// process of the machine signs with this key. Call it last. Without it, other machines can use the lanes only a minute and a half
    /// later.
    pub async fn close(&self) {
        self.ledger.give_back_lanes().await;
    }

    /// Returns the ledger, through which the JavaScript binding asks about debits by their keys.
    #[allow(dead_code, reason = "only the door to Node uses it")]
    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Returns a receiver of all events of this client's debits from now on.
    pub fn events(&self) -> tokio::sync::broadcast::Receiver<Event> {
        self.ledger.events.listen()
    }

    /// Asks EPS about a debit once, now, and returns the state that is then known. If EPS gives another state for a debit that has ended,
    /// an alarm is raised.
    ///
    /// # Errors
    /// `not_found` if the journal does not know the reference; `journal.*`; if the debit is open, also the errors of the inquiry.
    pub async fn resolve(&self, key: &DebitKey) -> Result<JournalEntry, Error> {
        self.ledger.resolve(key).await
    }

    /// Asks EPS about every debit that is due, and returns what is then known of them. A debit that cannot be asked about now is asked
    /// about later.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn resolve_due(&self) -> Result<Vec<JournalEntry>, Error> {
        let resolved = self.ledger.resolve_due().await;
        self.ledger.tell_sweep(resolved.as_ref().err());
        Ok(resolved?.iter().map(crate::money::Entry::public).collect())
    }

    /// Returns a page of open debits, and of finished debits that were not acknowledged, oldest first. Look at these after a restart.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn unresolved(&self, after: Option<&str>, limit: u32) -> Result<Page<JournalEntry>, Error> {
        self.ledger.unresolved(after, limit).await.map(Page::from)
    }

    /// Returns a page of all debits of this account, resolved or not, archived or not, in the order of their creation.
    ///
    /// # Errors
    /// `journal.*`, also if a store of your own cannot list debits.
    pub async fn debits(&self, after: Option<&str>, limit: u32) -> Result<Page<JournalEntry>, Error> {
        self.ledger.debits(after, limit).await.map(Page::from)
    }

    /// Marks a finished debit as seen, in the state in which it was listed. Returns `false` if the debit is unknown, is open, is another
    /// attempt by now, or has ended again since.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn acknowledge(&self, seen: &JournalEntry) -> Result<bool, Error> {
        self.ledger.acknowledge(&seen.key(), &seen.reservation_id, seen.revision).await
    }

    /// Returns a page of alarms that are not acknowledged, oldest first.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn alarms(&self, after: Option<&str>, limit: u32) -> Result<Page<Alarm>, Error> {
        self.ledger.alarms(after, limit).await.map(Page::from)
    }

    /// Marks an alarm as seen. Returns `false` if no alarm has this id.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn acknowledge_alarm(&self, id: &str) -> Result<bool, Error> {
        self.ledger.acknowledge_alarm(id).await
    }

    /// Returns all changes of a debit, each with its cause.
    ///
    /// # Errors
    /// `not_found`, `journal.*`
    pub async fn history(&self, key: &DebitKey) -> Result<Vec<HistoryStep>, Error> {
        self.ledger.history(key).await
    }

    /// Ends an open debit as not sent, after a person has asked EPS. It is refused if EPS has named the debit.
    ///
    /// # Errors
    /// `invalid_params`, `not_found`, `journal.*`
    pub async fn declare_not_sent(&self, debit: &JournalEntry) -> Result<JournalEntry, Error> {
        self.ledger.declare_not_sent(&debit.key(), &debit.reservation_id).await
    }

    /// Ends an open debit as settled, declined or refunded, after a person has asked EPS.
    ///
    /// # Errors
    /// `invalid_params`, `not_found`, `journal.*`
    pub async fn declare_final(
        &self,
        debit: &JournalEntry,
        outcome: State,
        tid: Option<String>,
    ) -> Result<JournalEntry, Error> {
        self.ledger.declare_final(&debit.key(), &debit.reservation_id, outcome, tid).await
    }

    /// Ends the pause after a restore of a journal backup, when a person has found out which debits the backup has lost.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn declare_restored(&self) -> Result<(), Error> {
        self.ledger.declare_restored().await
    }

    /// Deletes entries that were acknowledged and are older than this. Their references could then be used again, so keep them for months.
    ///
    /// # Errors
    /// `journal.*`; `invalid_params` if the time is less than a day, except against a server on this machine.
    pub async fn prune(&self, older_than: Duration) -> Result<u64, Error> {
        self.ledger.prune(older_than).await
    }

    /// Moves debits that were acknowledged and are older than this to the archive of the journal, so that open debits are found among few.
    /// Nothing is deleted: their references stay used, and [`debits`](Client::debits) lists them.
    ///
    /// # Errors
    /// `journal.*`; `invalid_params` if the time is less than a day, except against a server on this machine.
    pub async fn archive(&self, older_than: Duration) -> Result<u64, Error> {
        self.ledger.archive(older_than).await
    }

    /// Reads the body that EPS posted. It is not signed: pass it to [`Client::merge_callback`] before you trust any of it.
    ///
    /// # Errors
    /// `body.*` if the body cannot be read or names no transaction.
    pub fn callback(&self, body: &str) -> Result<Callback, Error> {
        Callback::parse(body)
    }

    /// Treats a callback as a hint. EPS is asked at once about an open debit that the callback names, and about a finished debit if the
    /// callback gives another state. Returns what is then known of the debit, or `None` if the journal knows no such debit.
    ///
    /// # Errors
    /// `journal.*`, and the errors of the inquiry. After those, EPS is asked about the debit by its schedule.
    pub async fn merge_callback(&self, callback: &Callback) -> Result<Option<JournalEntry>, Error> {
        self.ledger.merge_callback(callback).await
    }

    async fn run(
        &self,
        endpoint: &'static Endpoint,
        params: Map<String, Value>,
        options: &CallOptions,
    ) -> Result<Answer, Error> {
        refuse_money(endpoint)?;
        let request: Prepared = prepare(endpoint, &params, &self.core.context())?;
        // Freed here, so that the caller does not wait for it at the end of the call.
        drop(params);
        let result = Call::new(&self.core, &request, options.deadline, options.abort.as_ref()).run().await;
        self.ledger.tell_of_seen();
        // Wiping megabytes takes milliseconds. A caller that has aborted a call does not wait for them.
        if request.body.as_ref().is_some_and(|body| body.len() > LARGE_BODY) {
            tokio::task::spawn_blocking(move || drop(request));
        }
        result
    }
}

fn typed<T: serde::de::DeserializeOwned>(answer: Answer) -> Result<Response<T>, Error> {
    let outcome = serde_json::from_str(&answer.outcome_json())
        .map_err(|_| Error::new(Code::Internal, "the outcome does not fit its type").with_raw(answer.raw.clone()))?;
    Ok(Response { outcome, meta: answer.meta, raw: Raw(answer.raw) })
}

fn origin(base_url: &str) -> Result<Origin, Error> {
    let unusable =
        || Error::new(Code::InvalidConfig, "baseUrl cannot be sent to: give scheme, host and version path only");
    Origin::of(base_url).ok_or_else(unusable)
}

fn header_value(developer_key: &str) -> Result<HeaderValue, Error> {
    let unusable = |_| Error::new(Code::InvalidConfig, "developerKey must be visible ASCII");
    let mut value = HeaderValue::from_str(developer_key).map_err(unusable)?;
    value.set_sensitive(true);
    Ok(value)
}

fn endpoint(op: &str) -> Result<&'static Endpoint, Error> {
    ENDPOINTS.iter().copied().find(|endpoint| endpoint.op == op).ok_or_else(|| {
        let known = nearest(op, ENDPOINTS.iter().map(|endpoint| (endpoint.op, endpoint.op)));
        let hint = known.map_or_else(String::new, |name| format!(" Did you mean {name}?"));
        let shown: String = op.chars().filter(|character| !character.is_control()).take(60).collect();
        Error::new(Code::UnknownCall, format!("there is no call named {shown}.{hint}"))
    })
}

fn parse(params: &str) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(params).map_err(|_| Error::new(Code::InvalidParams, "the parameters must be an object"))
}

/// Refuses debits. Only the sender that writes the journal may send them.
fn refuse_money(endpoint: &Endpoint) -> Result<(), Error> {
    if endpoint.effect != Effect::Money {
        return Ok(());
    }
    Err(Error::new(
        Code::UnknownCall,
        format!("{} moves money: it has a sender of its own, which keeps it from leaving twice", endpoint.op),
    ))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.core.base_url).finish_non_exhaustive()
    }
}
