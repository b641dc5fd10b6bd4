//! The client: the only place that joins the rooms.

mod call;
mod callbacks;
mod config;
mod debit;
mod events;
mod finding;
mod inquiry;
mod journal;
mod limit;
mod record;
mod reference;
mod resolve;
mod signed;
mod stamp;
mod watch;
mod world;

pub use config::{Config, Environment};
pub use events::{Event, EventKind, Reason};
pub use journal::{JournalConfig, RISK};
pub use signed::SignedRequest;
use world::World;

#[cfg(test)]
mod simulation;

use crate::api::{Request, generated::ENDPOINTS};
use crate::catalog::{Base, Effect, Endpoint};
use crate::clock::{KeyClock, ServerOffset, exhausted};
use crate::error::{Code, Error};
use crate::money::{MoneyAnswer, Schedule};
use crate::request::{Context, Prepared, nearest, prepare};
use crate::response::{Answer, Asked, HttpAnswer, Meta, interpret};
use crate::secret::Secret;
use crate::sign::{HEADER_NAMES, Signature, Signer};
use crate::transport::{Abort, Budget, DirectTransport, Origin};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Connections a client uses at once; further calls wait within their deadline. Without a limit a burst of calls takes
/// every file a process may open, and its calls fail for that.
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
pub struct Client(Arc<Inner>);

pub(crate) struct Inner {
    transport: DirectTransport,
    world: World,
    journal: journal::LazyJournal,
    events: events::Events,
    signer: Signer,
    developer_key: Secret,
    developer_key_header: HeaderValue,
    clock: KeyClock,
    offset: ServerOffset,
    budget: Budget,
    /// One per connection that may be in use.
    slots: Semaphore,
    origin: Origin,
    /// Where it differs.
    legacy_origin: Option<Origin>,
    base_url: String,
    legacy_base_url: Option<String>,
    initiator_id: Option<String>,
    user_code: Option<String>,
    deadline: Option<Duration>,
    schedule: Schedule,
    watch: watch::Watch,
    by_tid: callbacks::ByTid,
}

/// Options of one call.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    /// From the call to its end, retries included. By default 30 s for reads and 45 s for steps.
    pub deadline: Option<Duration>,
    /// Ends the call.
    pub abort: Option<Abort>,
}

/// What a typed call resolves to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// Which documented answer it was.
    pub outcome: T,
    /// EPS's ids and message.
    pub meta: Meta,
    /// The body as it came. May hold personal data.
    pub raw: Raw,
}

/// A body as it came; masked in `Debug`.
#[derive(Clone)]
pub struct Raw(String);

impl Raw {
    /// The text.
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
    /// # Errors
    /// `invalid_config`, naming the option, the rule and the fix.
    pub fn new(config: Config) -> Result<Self, Error> {
        let checked = config::check(&config)?;
        let signer = Signer::new(config.access_key.expose())
            .map_err(|error| Error::new(Code::InvalidConfig, error.to_string()))?;
        let key = config.developer_key.expose();
        Ok(Self(Arc::new(Inner {
            transport: DirectTransport::new(
                config.ca.as_deref(),
                config.proxy.as_deref(),
                checked.loopback,
                config.world.dial.clone(),
            )?,
            journal: journal::LazyJournal::new(
                config.journal,
                config.environment,
                checked.loopback,
                [&checked.base_url, key],
                config.initiator_id.as_deref(),
            )?,
            events: events::Events::new(),
            world: config.world,
            clock: KeyClock::of(key),
            offset: ServerOffset::of(&checked.base_url, key),
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
            schedule: config.schedule.unwrap_or_default(),
            watch: watch::Watch::default(),
            by_tid: callbacks::ByTid::default(),
        })))
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
        typed(self.run(R::ENDPOINT, &params, &options).await?)
    }

    /// Sends a call by its name, with its parameters as the text of a JSON object in camelCase.
    ///
    /// # Errors
    /// See [`Error::code`].
    pub async fn call(&self, op: &str, params: &str, options: CallOptions) -> Result<Answer, Error> {
        self.run(endpoint(op)?, &parse(params)?, &options).await
    }

    /// Checks, fills and signs a request without sending it. Money calls are refused: only `send` keeps them from leaving twice.
    ///
    /// # Errors
    /// `invalid_params`, `unknown_call`, `timestamp_exhausted`.
    pub fn prepare(&self, op: &str, params: &str) -> Result<SignedRequest, Error> {
        let endpoint = endpoint(op)?;
        refuse_money(endpoint)?;
        let request = prepare(endpoint, &parse(params)?, &self.0.context())?;
        let headers = self.0.signed_headers(endpoint, self.0.now_ms()).map_err(exhausted)?;
        Ok(SignedRequest { method: endpoint.method.as_str(), url: request.url, headers, body: request.body })
    }

    /// Reads an answer that was received by other means.
    ///
    /// # Errors
    /// Every answer that is not an outcome of the call.
    pub fn interpret(&self, op: &str, answer: &HttpAnswer) -> Result<Answer, Error> {
        interpret(endpoint(op)?, answer, &Asked::default())
    }

    /// Sends a debit by its name. Whatever happens on the wire is a value: see [`crate::money::State`].
    ///
    /// # Errors
    /// Only before anything is signed: `invalid_params`, `unknown_call`, `reference_used`, `journal.missing`.
    pub async fn debit(&self, op: &str, params: &str, options: CallOptions) -> Result<MoneyAnswer, Error> {
        let (endpoint, params) = (endpoint(op)?, parse(params)?);
        if endpoint.effect != Effect::Money {
            return Err(Error::new(Code::UnknownCall, format!("{} moves no money: use call", endpoint.op)));
        }
        let request = prepare(endpoint, &params, &self.0.context())?;
        debit::debit(&self.0, &request, &params, &options).await
    }

    /// What becomes known of this client's debits from now on.
    pub fn events(&self) -> tokio::sync::broadcast::Receiver<Event> {
        self.0.events.listen()
    }

    async fn run(
        &self,
        endpoint: &'static Endpoint,
        params: &Map<String, Value>,
        options: &CallOptions,
    ) -> Result<Answer, Error> {
        refuse_money(endpoint)?;
        let request: Prepared = prepare(endpoint, params, &self.0.context())?;
        call::Call::new(&self.0, &request, options.deadline, options.abort.as_ref()).run().await
    }
}

impl Inner {
    fn now_ms(&self) -> u64 {
        (self.world.now_ms)()
    }

    fn context(&self) -> Context<'_> {
        Context {
            base_url: &self.base_url,
            legacy_base_url: self.legacy_base_url.as_deref(),
            initiator_id: self.initiator_id.as_deref(),
            user_code: self.user_code.as_deref(),
            reference: &reference::generate,
        }
    }

    /// # Errors
    /// How long to wait for a timestamp.
    fn signed(
        &self,
        endpoint: &Endpoint,
        now_ms: u64,
    ) -> Result<(Signature, [(HeaderName, HeaderValue); 4]), Duration> {
        let timestamp = self.clock.take(self.offset.correct(now_ms))?;
        let signature = self.signer.sign(timestamp);
        let sensitive = |bytes: &[u8]| {
            // Base64 and digits: always a header value.
            let mut value = HeaderValue::from_bytes(bytes).unwrap_or(HeaderValue::from_static(""));
            value.set_sensitive(true);
            value
        };
        let [developer_key, secret_key, secret_key_timestamp] = HEADER_NAMES.map(HeaderName::from_static);
        let headers = [
            (developer_key, self.developer_key_header.clone()),
            (secret_key, sensitive(signature.as_bytes())),
            (secret_key_timestamp, sensitive(&timestamp.digits())),
            (CONTENT_TYPE, HeaderValue::from_static(endpoint.content_type.as_str())),
        ];
        Ok((signature, headers))
    }

    /// Where an endpoint is served.
    fn origin(&self, endpoint: &Endpoint) -> &Origin {
        match endpoint.base {
            Base::Current => &self.origin,
            Base::Legacy => self.legacy_origin.as_ref().unwrap_or(&self.origin),
        }
    }

    /// # Errors
    /// How long to wait for a timestamp.
    fn signed_headers(&self, endpoint: &Endpoint, now_ms: u64) -> Result<Vec<(&'static str, String)>, Duration> {
        let timestamp = self.clock.take(self.offset.correct(now_ms))?;
        let signed = self.signer.headers(self.developer_key.expose(), timestamp);
        let mut headers: Vec<_> = signed.pairs().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        headers.push(("content-type", endpoint.content_type.as_str().to_owned()));
        Ok(headers)
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

/// Only the sender that journals may send a debit.
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
        f.debug_struct("Client").field("base_url", &self.0.base_url).finish_non_exhaustive()
    }
}
