//! What an answer, or the lack of one, says about a debit. Pure.
//!
//! The rule behind every line: only what proves that EPS did nothing makes a debit declined-before-work or not sent; only EPS's own
//! `tx_status`, in an answer that does not contradict the request, makes it settled; all else stays open.

use super::state::State;
use crate::error::{Code, Error, Phase};
use crate::response::{Answer, Echo, Meta, Told};

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
    fn of(state: State, tid: Option<String>) -> Self {
        Self { state, tid, before_work: false, contradiction: None }
    }

    pub(crate) fn open(tid: Option<String>) -> Self {
        Self::of(State::Indeterminate, tid)
    }

    fn contradicted(why: String, echo: Echo, expected: &Expected) -> Self {
        // By another debit's tid nothing is found out about this one.
        let another = differs(&echo.client_ref_id, &expected.client_ref_id) || differs(&echo.tid, &expected.tid);
        Self { contradiction: Some(why), ..Self::open(echo.tid.filter(|_| !another)) }
    }
}

/// Of an answer that is an outcome of the endpoint.
pub(crate) fn answered(answer: &Answer, expected: &Expected) -> Judgement {
    let echo = Echo::of(&answer.raw);
    if let Some(why) = contradiction(&echo, Some(&answer.meta), expected) {
        return Judgement::contradicted(why, echo, expected);
    }
    // An outcome the catalogue does not describe is in flight, never done.
    let by_tag = State::from_tag(answer.outcome).unwrap_or(State::Pending);
    // The state of the transaction outweighs the shape of the answer.
    let state = match (told(echo.tx_status), by_tag) {
        // Whatever else it says, it is not finished.
        (Some(State::Pending), _) => State::Pending,
        // "Done" of a refund is that the money is back; its shape may not say otherwise, nor may its state.
        (Some(State::Settled | State::Refunded), State::Refunded) => State::Refunded,
        (Some(_), State::Refunded) => State::Pending,
        (Some(state), State::Settled | State::Pending) => state,
        // Declined by its shape and done by its state: only an inquiry can tell.
        (Some(State::Settled), State::Declined) => State::Pending,
        (Some(State::Settled), tag) => tag,
        (Some(state), _) => state,
        // Without a state, a shape alone settles nothing.
        (None, State::Settled) => State::Pending,
        (None, tag) => tag,
    };
    Judgement::of(if confirms(&answer.meta) { state } else { unconfirmed(state) }, echo.tid)
}

/// Of an answer to an inquiry that names a transaction.
pub(crate) fn found(answer: &Answer, expected: &Expected) -> Judgement {
    let echo = Echo::of(&answer.raw);
    if let Some(why) = contradiction(&echo, Some(&answer.meta), expected) {
        return Judgement::contradicted(why, echo, expected);
    }
    let state = match (told(echo.tx_status), &expected.tid) {
        (Some(State::Settled), Some(_)) => {
            let why = "the transaction that was refunded is settled".to_owned();
            return Judgement::contradicted(why, echo, expected);
        }
        (Some(state), _) => state,
        // An answer that names no state says nothing yet.
        (None, _) => State::Pending,
    };
    Judgement::of(if confirms(&answer.meta) { state } else { unconfirmed(state) }, echo.tid)
}

/// Whether an inquiry's "not found" says that and nothing beside it.
pub(crate) fn is_nothing(raw: &str, meta: &Meta) -> bool {
    let echo = Echo::of(raw);
    let from_eps = meta.status.is_some() && (200..300).contains(&meta.http_status) && meta.ambiguous().is_none();
    from_eps && echo.tid.is_none() && echo.tx_status == Told::Nothing
}

/// Of an answer that is a refusal, or is unreadable.
pub(crate) fn refused(error: &Error, expected: &Expected) -> Judgement {
    let echo = error.raw().map(Echo::of).unwrap_or_default();
    if let Some(why) = contradiction(&echo, error.meta(), expected) {
        return Judgement::contradicted(why, echo, expected);
    }
    // A tid or a state shows that a transaction exists, whatever the code says; but a refund repeats the tid that was asked for.
    let tid = echo.tid.filter(|tid| expected.tid.as_ref() != Some(tid));
    if tid.is_some() || echo.tx_status != Told::Nothing || !proves_no_work(error) {
        return Judgement::open(tid);
    }
    Judgement { before_work: true, ..Judgement::of(State::Declined, None) }
}

fn told(told: Told) -> Option<State> {
    match told {
        Told::Nothing => None,
        Told::Number(tx_status) => Some(State::of_tx_status(tx_status)),
        Told::Unclear => Some(State::Pending),
    }
}

/// EPS says "done" with HTTP 2xx and `status` 0 only.
fn confirms(meta: &Meta) -> bool {
    meta.status == Some(0) && (200..300).contains(&meta.http_status)
}

/// A "done" that the rest of the answer does not confirm is asked for again.
fn unconfirmed(state: State) -> State {
    match state {
        State::Settled | State::Refunded => State::Pending,
        State::Indeterminate | State::Pending | State::RefundPending | State::Declined | State::NotSent => state,
    }
}

/// Of an exchange without an answer, by how far the request got.
pub(crate) fn unanswered(phase: Phase) -> Judgement {
    match phase {
        Phase::NotDispatched | Phase::PartlyWritten => {
            Judgement { before_work: true, ..Judgement::of(State::NotSent, None) }
        }
        Phase::Dispatched | Phase::FullyWritten | Phase::HeadersSeen | Phase::BodyComplete => Judgement::open(None),
    }
}

/// Refusals with which EPS itself says that it stopped at the door. A gateway's words prove nothing: EPS's envelope must be there, and
/// an HTTP status that EPS refuses with.
fn proves_no_work(error: &Error) -> bool {
    let refuses = |http_status: u16| matches!(http_status, 200..=299 | 400 | 401 | 403 | 404 | 429);
    let from_eps = error.meta().is_some_and(|meta| meta.status.is_some() && refuses(meta.http_status));
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

/// What an answer about another debit than this one gives away: a value given twice, or an echo that differs. An absent echo is none.
fn contradiction(echo: &Echo, meta: Option<&Meta>, expected: &Expected) -> Option<String> {
    if let Some(name) = meta.and_then(Meta::ambiguous) {
        return Some(twice(name));
    }
    // One that cannot be read is not the request's.
    let amount = match (&echo.amount, &expected.amount) {
        (Some(echoed), Some(sent)) => echoed.as_ref() != Ok(sent),
        (None, _) | (_, None) => false,
    };
    let names = [
        ("clientRefId", differs(&echo.client_ref_id, &expected.client_ref_id)),
        ("tid", differs(&echo.tid, &expected.tid)),
        ("amount", amount),
    ];
    let wrong: Vec<&str> = names.into_iter().filter(|(_, wrong)| *wrong).map(|(name, _)| name).collect();
    (!wrong.is_empty()).then(|| format!("the answer's {} is not the request's", wrong.join(" and ")))
}

fn differs(echoed: &Option<String>, sent: &Option<String>) -> bool {
    matches!((echoed, sent), (Some(echoed), Some(sent)) if echoed != sent)
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
