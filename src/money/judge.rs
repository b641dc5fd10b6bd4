//! What an answer, or the lack of one, says about a debit. Pure.
//!
//! The rule behind every line: only what proves that EPS did nothing makes a debit declined-before-work or not sent; only EPS's own
//! `tx_status`, in an answer that does not contradict the request, makes it settled; all else stays open.

use super::state::State;
use crate::error::{Code, Error, Phase};
use crate::response::{Answer, Meta};
use serde_json::{Map, Value};

/// What the request said, to hold the answer against.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    /// The wire's `client_ref_id`, where the request carried one.
    pub(crate) client_ref_id: Option<String>,
    /// The tid in the path of a refund.
    pub(crate) tid: Option<String>,
    /// Canonical rupees.
    pub(crate) amount: Option<String>,
}

/// What became known.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) state: State,
    pub(crate) tid: Option<String>,
    /// Proof that EPS did no work.
    pub(crate) before_work: bool,
    pub(crate) contradiction: Option<String>,
}

impl Judgement {
    fn open(tid: Option<String>) -> Self {
        Self { state: State::Indeterminate, tid, before_work: false, contradiction: None }
    }
}

/// Of an answer that is an outcome of the endpoint.
pub(crate) fn answered(answer: &Answer, expected: &Expected) -> Judgement {
    let fields = answer.fields();
    let tid = text(&fields, "tid");
    if let Some(name) = answer.meta.ambiguous() {
        return Judgement { contradiction: Some(twice(name)), ..Judgement::open(tid) };
    }
    if let Some(contradiction) = contradiction(&fields, expected) {
        return Judgement { contradiction: Some(contradiction), ..Judgement::open(tid) };
    }
    // An outcome the catalogue does not describe is in flight, never done.
    let by_tag = State::from_tag(answer.outcome).unwrap_or(State::Pending);
    // The state of the transaction outweighs the shape of the answer.
    let state = match (answer.meta.tx_status.map(State::of_tx_status), by_tag) {
        (Some(state), State::Settled | State::Pending) => state,
        // Declined by its shape and done by its state: only an inquiry can tell.
        (Some(State::Settled), State::Declined) => State::Pending,
        (Some(State::Settled | State::Pending), tag) => tag,
        (Some(state), _) => state,
        // Without a state, a shape alone settles nothing.
        (None, State::Settled) => State::Pending,
        (None, tag) => tag,
    };
    Judgement { state, tid, before_work: false, contradiction: None }
}

/// Of an answer that is a refusal, or is unreadable.
pub(crate) fn refused(error: &Error, expected: &Expected) -> Judgement {
    let data = error.raw().and_then(|raw| serde_json::from_str::<Value>(raw).ok());
    let data = data.as_ref().and_then(|body| body.get("data"));
    let tid = data.and_then(|data| data.get("tid")).and_then(|tid| match tid {
        Value::String(text) if !text.is_empty() && text != "null" => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    });
    let echoed =
        data.and_then(|data| data.get("client_ref_id")).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let (Some(echoed), Some(sent)) = (echoed, &expected.client_ref_id)
        && echoed != sent
    {
        let contradiction = Some("the refusal names another client_ref_id than the request".to_owned());
        return Judgement { contradiction, ..Judgement::open(None) };
    }
    if let Some(name) = error.meta().and_then(Meta::ambiguous) {
        return Judgement { contradiction: Some(twice(name)), ..Judgement::open(tid) };
    }
    // A tid shows that a transaction exists, whatever the code says.
    if tid.is_some() || !proves_no_work(error) {
        return Judgement::open(tid);
    }
    Judgement { state: State::Declined, tid: None, before_work: true, contradiction: None }
}

/// Of an exchange without an answer, by how far the request got.
pub(crate) fn unanswered(phase: Phase) -> Judgement {
    match phase {
        Phase::NotDispatched | Phase::PartlyWritten => {
            Judgement { state: State::NotSent, tid: None, before_work: true, contradiction: None }
        }
        Phase::Dispatched | Phase::FullyWritten | Phase::HeadersSeen | Phase::BodyComplete => Judgement::open(None),
    }
}

/// Refusals with which EPS itself says that it stopped at the door. A gateway's words prove nothing: EPS's envelope must be there.
fn proves_no_work(error: &Error) -> bool {
    let from_eps = error.meta().is_some_and(|meta| meta.status.is_some());
    match error.code() {
        Code::AuthDeveloperKey
        | Code::AuthSignature
        | Code::AuthTimestamp
        | Code::AuthTimestampUnit
        | Code::AuthHeaderMissing
        | Code::InvalidParams
        | Code::OtpWrong
        | Code::OtpExpired
        | Code::OtpFailed
        | Code::InsufficientBalance
        | Code::LimitExhausted
        | Code::NotAllowed
        | Code::NotFound
        | Code::VerificationPending
        | Code::NoKeyForResponse
        | Code::RouteNotFound => from_eps,
        // 429 is defined as "not processed", whoever says it.
        Code::RateLimited => true,
        Code::InvalidConfig
        | Code::UnknownCall
        | Code::ReferenceUsed
        | Code::JournalMissing
        | Code::JournalUnavailable
        | Code::Closed
        | Code::AuthRefused
        | Code::EdgeForbidden
        | Code::Refused
        | Code::AlreadyExists
        | Code::WrongMethodOrType
        | Code::Unavailable
        | Code::TimestampExhausted
        | Code::NetworkDns
        | Code::NetworkRefused
        | Code::NetworkConnectTimeout
        | Code::NetworkReset
        | Code::TlsCertificate
        | Code::TlsHandshake
        | Code::Proxy
        | Code::ProxyAuth
        | Code::TimeoutDeadline
        | Code::TimeoutAttempt
        | Code::Aborted
        | Code::Protocol
        | Code::Redirect
        | Code::BodyEmpty
        | Code::BodyNotJson
        | Code::BodyWrongShape
        | Code::BodyTruncated
        | Code::BodyTooLarge
        | Code::BodyEncoding
        | Code::ServerError
        | Code::UnexpectedStatus
        | Code::Internal => false,
    }
}

/// Readers differ in which of two they take: what one of them books, another would decline.
pub(crate) fn twice(name: &str) -> String {
    format!("the answer gives {name} twice, with different values")
}

/// An echo that differs; an absent echo is none.
fn contradiction(fields: &Map<String, Value>, expected: &Expected) -> Option<String> {
    let differs = |name: &str, sent: &Option<String>| match (text(fields, name), sent) {
        (Some(echoed), Some(sent)) => echoed != *sent,
        (None, _) | (_, None) => false,
    };
    let names = [("clientRefId", &expected.client_ref_id), ("tid", &expected.tid), ("amount", &expected.amount)];
    let wrong: Vec<&str> = names.into_iter().filter(|(name, sent)| differs(name, sent)).map(|(name, _)| name).collect();
    (!wrong.is_empty()).then(|| format!("the answer's {} is not the request's", wrong.join(" and ")))
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}
