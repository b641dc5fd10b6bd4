//! Public client. It delegates calls to the module `call` and debits to the module `money`, and implements no protocol logic.

mod config;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod unkind;

pub use crate::call::SignedRequest;
pub use config::{Config, Environment};

use crate::api::{DebitRequest, Request, generated::ENDPOINTS};
use crate::call::{Call, Core};
use crate::catalog::{Effect, Endpoint};
use crate::clock::{ClockOptions, KeyClock, ServerOffset, exhausted};
use crate::error::{Code, Error, Meta};
use crate::money::{
    Alarm, Callback, Debit, DebitKey, DebitOptions, Event, Events, HistoryStep, JournalEntry, LazyJournal, Ledger,
    ListingPage, MoneyOptions, MoneyOutcome, OpenOptions, State,
};
use crate::request::{Prepared, nearest, prepare};
use crate::response::{Answer, HttpAnswer, RequestContext, interpret};
use crate::sign::Signer;
use crate::transport::{Budget, Origin};
use hyper::header::HeaderValue;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Size of a request body in bytes above which the request is dropped on a blocking thread. Dropping overwrites the sensitive values in
/// memory.
const LARGE_BODY: usize = 256 * 1024;

/// Maximum number of connections that a client opens at the same time for calls that move no money. Further calls wait for a free
/// connection until their deadline. The limit keeps a burst of calls from using up the file descriptors of the process.
const CONNECTIONS: usize = 256;

/// Client for the EPS API. Clones are cheap and share their connections. The client runs on the caller's tokio runtime.
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

/// One page of a listing, with the position of the next page.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// Items of this page, oldest first.
    pub items: Vec<T>,
    /// Value to pass as `after` to get the next page. `None` on the last page.
    pub next: Option<String>,
}

impl<T> From<ListingPage<T>> for Page<T> {
    fn from(part: ListingPage<T>) -> Self {
        Self { items: part.items, next: part.next }
    }
}

/// Options for one call.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// Maximum duration of the call, including all retries. By default 30 s for calls that only read, and 45 s for calls that send an OTP
    /// or change a record.
    pub deadline: Option<Duration>,
    /// Token that aborts the call when the caller cancels it.
    pub abort: Option<CancellationToken>,
}

impl CallOptions {
    /// Sets the maximum duration of the call, including all retries.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the token with which the caller can abort the call.
    #[must_use]
    pub fn abort(mut self, abort: CancellationToken) -> Self {
        self.abort = Some(abort);
        self
    }
}

/// Result of a typed call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// Outcome of the call, one of the documented ones, derived from EPS's response.
    pub outcome: T,
    /// Status ids and message of EPS's response, with statistics of the call.
    pub meta: Meta,
    /// Response body as it was received. May contain personal data.
    pub raw: Raw,
}

/// Response body as it was received. `Debug` prints only its size.
#[derive(Clone)]
pub struct Raw(pub(crate) String);

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
        let transport = config::transport(&config, checked.loopback)?;
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
            transport,
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
        typed(self.run(R::ENDPOINT, params_of(&request)?, &options).await?)
    }

    /// Sends a call by its name. `params` is a JSON object as a string, with keys in camelCase.
    ///
    /// # Errors
    /// See [`Error::code`].
    pub async fn call(&self, op: &str, params: &str, options: CallOptions) -> Result<Answer, Error> {
        self.run(endpoint(op)?, parse(params)?, &options).await
    }

    /// Validates and signs a request without sending it, with default values added. Refuses calls that move money, because only
    /// [`Client::debit`] prevents a debit from being sent twice.
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

    /// Interprets the response to a request that the caller sent itself, for example after [`Client::prepare`].
    ///
    /// # Errors
    /// An error for every response that is not a documented outcome of the call.
    pub fn interpret(&self, op: &str, answer: &HttpAnswer) -> Result<Answer, Error> {
        interpret(endpoint(op)?, answer, &RequestContext::default())
    }

    /// Sends a typed debit. Whatever happens on the network is returned as an outcome and not as an error.
    ///
    /// ```no_run
    /// # async fn run(client: eko_eps::Client) -> Result<(), eko_eps::Error> {
    /// use eko_eps::dmt::{Transfer, TransferOutcome};
    /// let transfer = Transfer::builder()
    ///     .recipient_id("117015428")
    ///     .amount("100")
    ///     .customer_id("9000000003")
    ///     .otp("123456")
    ///     .otp_ref_id("66748392")
    ///     .client_ref_id("ORDER-17")
    ///     .build();
    /// let debit = client.debit(transfer).await?;
    /// match debit.outcome {
    ///     TransferOutcome::Settled { tid, .. } => println!("paid: {tid:?}"),
    ///     TransferOutcome::Declined { .. } | TransferOutcome::Refunded { .. } | TransferOutcome::NotSent => println!("not paid"),
    ///     // Call `resolve_due` regularly, such as each second: it asks EPS about each open debit until it has ended.
    ///     _ => println!("open, do not send it again: {}", debit.key.reference),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Errors occur only before anything is signed: `invalid_config`, `invalid_params`, `reference_used`, `journal.*`.
    pub async fn debit<R: DebitRequest>(&self, request: R) -> Result<Debit<R::Outcome>, Error> {
        self.debit_with(request, DebitOptions::default()).await
    }

    /// Sends a typed debit with options.
    ///
    /// # Errors
    /// See [`Client::debit`].
    pub async fn debit_with<R: DebitRequest>(
        &self,
        request: R,
        options: DebitOptions,
    ) -> Result<Debit<R::Outcome>, Error> {
        Debit::of(self.run_debit(R::ENDPOINT, params_of(&request)?, &options).await?)
    }

    /// Sends a debit by its name. `params` is a JSON object as a string, with keys in camelCase. Whatever happens on the network is returned
    /// as an outcome and not as an error: see [`State`].
    ///
    /// # Errors
    /// `unknown_call` if there is no such debit. Otherwise see [`Client::debit`].
    pub async fn debit_by_name(&self, op: &str, params: &str, options: DebitOptions) -> Result<MoneyOutcome, Error> {
        let endpoint = endpoint(op)?;
        if endpoint.effect != Effect::Money {
            return Err(Error::new(
                Code::UnknownCall,
                format!("{} moves no money: send it with `call` instead of `debit`", endpoint.op),
            ));
        }
        self.run_debit(endpoint, parse(params)?, &options).await
    }

    /// Releases the lanes (shares of the timestamps) that this machine has leased in a journal store shared with other machines. Other
    /// machines can then lease these lanes at once instead of after 90 seconds. Does nothing while another process of this machine signs
    /// with the same key. Call this method last.
    pub async fn close(&self) {
        self.ledger.give_back_lanes().await;
    }

    /// Returns the ledger, in which the JavaScript binding looks up debits by their keys.
    #[allow(dead_code, reason = "only the Node.js binding uses the ledger")]
    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Returns a receiver for all events of this client's debits from this moment on.
    pub fn events(&self) -> tokio::sync::broadcast::Receiver<Event> {
        self.ledger.events.listen()
    }

    /// Asks EPS once about a debit, and returns the debit's state afterwards. If an ended debit has another state at EPS, an alarm is
    /// raised.
    ///
    /// # Errors
    /// `not_found` if the journal does not contain the reference; `journal.*`. If the debit is open, the errors of the inquiry are returned
    /// too.
    pub async fn resolve(&self, key: &DebitKey) -> Result<JournalEntry, Error> {
        self.core.transport.check_fresh()?;
        self.ledger.resolve(key).await
    }

    /// Asks EPS about every debit that is due for an inquiry, and returns these debits with their states afterwards. A debit whose inquiry
    /// is not possible now is retried later.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn resolve_due(&self) -> Result<Vec<JournalEntry>, Error> {
        self.core.transport.check_fresh()?;
        let resolved = self.ledger.resolve_due().await;
        self.ledger.tell_sweep(resolved.as_ref().err());
        Ok(resolved?.iter().map(crate::money::Entry::public).collect())
    }

    /// Returns a page of the debits that need attention, oldest first: open debits, and ended debits that the caller has not acknowledged.
    /// Call this method after a restart.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn unresolved(&self, after: Option<&str>, limit: u32) -> Result<Page<JournalEntry>, Error> {
        self.ledger.unresolved(after, limit).await.map(Page::from)
    }

    /// Returns a page of all debits of this account, in the order of their creation. It includes resolved and archived debits.
    ///
    /// # Errors
    /// `journal.*`, also if a custom store does not support listing debits.
    pub async fn debits(&self, after: Option<&str>, limit: u32) -> Result<Page<JournalEntry>, Error> {
        self.ledger.debits(after, limit).await.map(Page::from)
    }

    /// Acknowledges an ended debit that was listed. Returns `false` if the journal does not contain the debit, if the debit is open, if
    /// another attempt uses its reference now, or if its final state has changed since the listing.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn acknowledge(&self, seen: &JournalEntry) -> Result<bool, Error> {
        self.ledger.acknowledge(&seen.key(), &seen.reservation_id, seen.revision).await
    }

    /// Returns a page of the alarms that the caller has not acknowledged, oldest first.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn alarms(&self, after: Option<&str>, limit: u32) -> Result<Page<Alarm>, Error> {
        self.ledger.alarms(after, limit).await.map(Page::from)
    }

    /// Acknowledges an alarm. Returns `false` if no alarm has this id.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn acknowledge_alarm(&self, id: &str) -> Result<bool, Error> {
        self.ledger.acknowledge_alarm(id).await
    }

    /// Returns all changes of a debit's state, each with its cause.
    ///
    /// # Errors
    /// `not_found`, `journal.*`
    pub async fn history(&self, key: &DebitKey) -> Result<Vec<HistoryStep>, Error> {
        self.ledger.history(key).await
    }

    /// Ends an open debit as not sent. Call this method only after a person has asked EPS about the debit. Refuses a debit that an answer
    /// of EPS has named.
    ///
    /// # Errors
    /// `invalid_params`, `not_found`, `journal.*`
    pub async fn declare_not_sent(&self, debit: &JournalEntry) -> Result<JournalEntry, Error> {
        self.ledger.declare_not_sent(&debit.key(), &debit.reservation_id).await
    }

    /// Ends an open debit as settled, declined or refunded. Call this method only after a person has asked EPS about the debit. `tid` is
    /// EPS's transaction id, if known.
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

    /// Allows debits again after a backup of the journal was restored. Call this method only after a person has found out which debits the
    /// backup lacks.
    ///
    /// # Errors
    /// `journal.*`
    pub async fn declare_restored(&self) -> Result<(), Error> {
        self.ledger.declare_restored().await
    }

    /// Deletes acknowledged journal entries that are older than `older_than`. The journal then no longer prevents a second debit with the
    /// same reference, so keep entries for months.
    ///
    /// # Errors
    /// `journal.*`; `invalid_params` if `older_than` is less than a day, unless the server is on this machine.
    pub async fn prune(&self, older_than: Duration) -> Result<u64, Error> {
        self.ledger.prune(older_than).await
    }

    /// Moves acknowledged debits that are older than `older_than` to the archive of the journal, so that the search for open debits stays
    /// fast. The references stay used, and [`debits`](Client::debits) lists the archived debits.
    ///
    /// # Errors
    /// `journal.*`; `invalid_params` if `older_than` is less than a day, unless the server is on this machine.
    pub async fn archive(&self, older_than: Duration) -> Result<u64, Error> {
        self.ledger.archive(older_than).await
    }

    /// Parses the body of a callback from EPS. Callbacks are not signed: pass the result to [`Client::merge_callback`], which asks EPS
    /// whether the callback is true.
    ///
    /// # Errors
    /// `body.*` if the body cannot be parsed or names no transaction.
    pub fn callback(&self, body: &str) -> Result<Callback, Error> {
        Callback::parse(body)
    }

    /// Asks EPS about the debit that a callback names. An ended debit is asked about only if the callback reports another state. Returns
    /// the debit's state afterwards, or `None` if the journal does not contain the debit.
    ///
    /// # Errors
    /// `journal.*`, and the errors of the inquiry. After a failed inquiry, the resolver asks EPS about the debit again.
    pub async fn merge_callback(&self, callback: &Callback) -> Result<Option<JournalEntry>, Error> {
        self.core.transport.check_fresh()?;
        self.ledger.merge_callback(callback).await
    }

    async fn run_debit(
        &self,
        endpoint: &'static Endpoint,
        params: Map<String, Value>,
        options: &DebitOptions,
    ) -> Result<MoneyOutcome, Error> {
        self.core.transport.check_fresh()?;
        let request = prepare(endpoint, &params, &self.core.context())?;
        crate::money::debit(&self.ledger, &request, &params, options).await
    }

    async fn run(
        &self,
        endpoint: &'static Endpoint,
        params: Map<String, Value>,
        options: &CallOptions,
    ) -> Result<Answer, Error> {
        refuse_money(endpoint)?;
        let request: Prepared = prepare(endpoint, &params, &self.core.context())?;
        // Frees the parameters before the request is sent, so that freeing them does not delay the end of the call.
        drop(params);
        let result = Call::new(&self.core, &request, options.deadline, options.abort.as_ref()).run().await;
        self.ledger.tell_of_seen();
        // Drops a large request on another thread. Dropping overwrites the sensitive values in memory, which can take milliseconds and
        // would delay the return of an aborted call.
        if request.body.as_ref().is_some_and(|body| body.len() > LARGE_BODY) {
            tokio::task::spawn_blocking(move || drop(request));
        }
        result
    }
}

fn params_of(request: &impl serde::Serialize) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(request) {
        Ok(Value::Object(params)) => Ok(params),
        Ok(_) | Err(_) => Err(Error::new(Code::Internal, "the request is no JSON object: report this bug")),
    }
}

fn typed<T: serde::de::DeserializeOwned>(answer: Answer) -> Result<Response<T>, Error> {
    let outcome = serde_json::from_str(&answer.outcome_json()).map_err(|_| {
        Error::new(Code::Internal, "the outcome does not match its type: report this bug").with_raw(answer.raw.clone())
    })?;
    Ok(Response { outcome, meta: answer.meta, raw: Raw(answer.raw) })
}

fn origin(base_url: &str) -> Result<Origin, Error> {
    let unusable = || {
        Error::new(
            Code::InvalidConfig,
            "baseUrl or legacyBaseUrl is not a usable server address: give scheme, host and version path only",
        )
    };
    Origin::of(base_url).ok_or_else(unusable)
}

fn header_value(developer_key: &str) -> Result<HeaderValue, Error> {
    let unusable = |_| Error::new(Code::InvalidConfig, "developerKey must be visible ASCII: copy the key again");
    let mut value = HeaderValue::from_str(developer_key).map_err(unusable)?;
    value.set_sensitive(true);
    Ok(value)
}

fn endpoint(op: &str) -> Result<&'static Endpoint, Error> {
    crate::api::endpoint(op).ok_or_else(|| {
        let known = nearest(op, ENDPOINTS.iter().map(|endpoint| (endpoint.op, endpoint.op)));
        let hint = known.map_or_else(String::new, |name| format!(" Did you mean {name}?"));
        let shown: String = op.chars().filter(|character| !character.is_control()).take(60).collect();
        Error::new(Code::UnknownCall, format!("there is no call named {shown}.{hint}"))
    })
}

fn parse(params: &str) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(params).map_err(|_| Error::new(Code::InvalidParams, "the parameters must be a JSON object"))
}

/// Returns an error for an endpoint that moves money. Only `Client::debit` may send its requests, because it writes the journal first.
fn refuse_money(endpoint: &Endpoint) -> Result<(), Error> {
    if endpoint.effect != Effect::Money {
        return Ok(());
    }
    Err(Error::new(
        Code::UnknownCall,
        format!("{} moves money: send it as a debit, so that it cannot be sent twice", endpoint.op),
    ))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.core.base_url).finish_non_exhaustive()
    }
}
