//! Error type of this crate. Every error has a stable [`Code`], tells what to do next, and contains the history of its call.

mod cause;
mod code;
mod meta;

pub(crate) use cause::Cause;
pub use code::{Class, Code};
pub use meta::Meta;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Error of a call. A call ends either with an outcome or with an error.
#[derive(Clone)]
pub struct Error(Box<ErrorDetails>);

#[derive(Clone)]
struct ErrorDetails {
    code: Code,
    message: String,
    invalid_params: BTreeMap<String, String>,
    meta: Option<Box<Meta>>,
    client_ref_id: Option<String>,
    raw: Option<String>,
    retry_after: Option<Duration>,
    maybe_sent: bool,
    /// True if this call of a debit sent nothing. An earlier call with the same reference may have sent a request.
    sent_nothing: bool,
    attempts: Vec<Attempt>,
    cause: Option<Cause>,
}

/// Progress of a request when its attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Phase {
    /// Nothing was sent: there was no connection, or the transport did not read the request body.
    NotDispatched,
    /// Only a part of the request was sent. The byte count of the connection proves this, or a part of the request body that was never
    /// read. EPS cannot act on the request.
    PartlyWritten,
    /// The request was sent at least in part, perhaps completely.
    Dispatched,
    /// The whole request was sent.
    FullyWritten,
    /// The HTTP status and the headers of the answer have arrived.
    HeadersSeen,
    /// The whole answer has arrived.
    BodyComplete,
}

/// One attempt of a call.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Attempt {
    /// Progress of the request when the attempt ended.
    pub phase: Phase,
    /// Error code of the attempt, or `answered` if an answer arrived.
    pub result: &'static str,
    /// HTTP status of the answer, if one arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Duration of the attempt in milliseconds.
    pub duration_ms: u64,
    /// Number of bytes that were written to the connection, and size of the whole request in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<(u64, u64)>,
}

impl Error {
    /// Creates an error. The message tells what happened and what to do.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorDetails {
            code,
            message: message.into(),
            invalid_params: BTreeMap::new(),
            meta: None,
            client_ref_id: None,
            raw: None,
            retry_after: None,
            maybe_sent: false,
            sent_nothing: false,
            attempts: Vec::new(),
            cause: None,
        }))
    }

    pub(crate) fn with_invalid_params(mut self, params: BTreeMap<String, String>) -> Self {
        self.0.invalid_params = params;
        self
    }

    pub(crate) fn with_meta(mut self, meta: Meta) -> Self {
        self.0.meta = Some(Box::new(meta));
        self
    }

    pub(crate) fn with_raw(mut self, raw: String) -> Self {
        self.0.raw = Some(raw);
        self
    }

    pub(crate) fn with_client_ref_id(mut self, reference: Option<&str>) -> Self {
        self.0.client_ref_id = reference.map(str::to_owned);
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_history(mut self, attempts: Vec<Attempt>, maybe_sent: bool) -> Self {
        self.0.attempts = attempts;
        self.0.maybe_sent = maybe_sent;
        self
    }

    pub(crate) fn having_sent_nothing(mut self) -> Self {
        self.0.sent_nothing = true;
        self
    }

    pub(crate) fn with_cause(mut self, cause: Option<Cause>) -> Self {
        self.0.cause = cause;
        self
    }

    pub(crate) fn with_message(mut self, message: String) -> Self {
        self.0.message = message;
        self
    }

    pub(crate) fn meta_mut(&mut self) -> Option<&mut Meta> {
        self.0.meta.as_deref_mut()
    }

    /// Returns the stable code of the error.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Returns a message that tells what happened and what to do. It contains no secrets.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the invalid parameters by their names in this crate, each with the broken rule and its fix.
    pub fn invalid_params(&self) -> &BTreeMap<String, String> {
        &self.0.invalid_params
    }

    /// Returns EPS's ids and message, if EPS has answered.
    pub fn meta(&self) -> Option<&Meta> {
        self.0.meta.as_deref()
    }

    /// Returns the reference (`client_ref_id`) of the call, if the endpoint takes one.
    pub fn client_ref_id(&self) -> Option<&str> {
        self.0.client_ref_id.as_deref()
    }

    /// Returns the response body as it was received. It may contain personal data, so it is not part of the message or of the `Debug`
    /// output.
    pub fn raw(&self) -> Option<&str> {
        self.0.raw.as_deref()
    }

    /// Returns the time that EPS asked the caller to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns true if EPS may have received a complete request of this call.
    pub fn maybe_sent(&self) -> bool {
        self.0.maybe_sent
    }

    /// Returns the history of the call: its attempts, in order.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// Returns the error as serialisable data, from which a language binding creates its own error classes.
    pub(crate) fn to_data(&self) -> ErrorData<'_> {
        let failure = &*self.0;
        ErrorData {
            class: failure.code.class().js_name(),
            code: failure.code.as_str(),
            message: &failure.message,
            retryable: failure.code.retryable(),
            action: failure.code.action(),
            invalid_params: &failure.invalid_params,
            meta: failure.meta.as_deref(),
            client_ref_id: failure.client_ref_id.as_deref(),
            raw: failure.raw.as_deref(),
            retry_after_ms: failure.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            maybe_sent: failure.maybe_sent,
            sent_by_this_call: failure.sent_nothing.then_some(false),
            attempts: &failure.attempts,
            cause: failure.cause.as_ref().map(Cause::chain),
        }
    }
}

/// Data of an [`Error`] in the form that is passed to another language.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorData<'a> {
    class: &'static str,
    code: &'static str,
    message: &'a str,
    retryable: bool,
    action: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    invalid_params: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<&'a Meta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ref_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    maybe_sent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_by_this_call: Option<bool>,
    attempts: &'a [Attempt],
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

impl Serialize for Error {
    /// Serialises everything but the body of the response, which may contain personal data.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ErrorData { raw: None, ..self.to_data() }.serialize(serializer)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.0.message, self.0.code.as_str())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code.as_str())
            .field("message", &self.0.message)
            .field("invalid_params", &self.0.invalid_params)
            .field("meta", &self.0.meta)
            .field("client_ref_id", &self.0.client_ref_id)
            .field("retry_after", &self.0.retry_after)
            .field("maybe_sent", &self.0.maybe_sent)
            .field("attempts", &self.0.attempts)
            .field("cause", &self.0.cause.as_ref().map(Cause::chain))
            .finish()
    }
}

impl std::error::Error for Error {
    /// Returns the error of the operating system, the TLS library or the HTTP library that made a call fail.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause as _)
    }
}
