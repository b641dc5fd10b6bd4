//! Compares one answer of EPS with one debit, and returns what the answer says about the debit.

use super::super::journal::Entry;
use super::super::reference::{is_canonical_tid, same_tid};
use super::super::state::State;
use super::view::{EchoedValue, TransactionView, TxStatus};
use super::{Anomaly, Reason};

/// Values of the request, or of earlier answers, that an answer is compared with.
pub(super) struct Expected<'a> {
    pub(super) refund: bool,
    /// Our reference of the debit, or the transaction id (tid) of the original transaction in the case of a refund.
    pub(super) reference: &'a str,
    /// EPS's transaction id (tid), if it is known.
    pub(super) tid: Option<&'a str>,
    pub(super) amount: Option<&'a str>,
}

impl<'a> From<&'a Entry> for Expected<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            refund: entry.is_refund(),
            reference: &entry.key.reference,
            tid: entry.tid.as_deref(),
            amount: entry.amount.as_deref(),
        }
    }
}

/// Meaning of an answer of EPS for one debit.
#[derive(Debug)]
pub(super) enum Says {
    /// The answer cannot be about this debit, or contradicts itself.
    Contradiction {
        anomaly: Anomaly,
        /// True if the answer is about this debit. Such an answer may still contradict the request or itself.
        ours: bool,
    },
    State {
        state: State,
        tid: Option<String>,
    },
    /// The original transaction of this refund still waits for its refund.
    Untouched,
    /// EPS knows the debit, but names no state.
    Unnamed {
        tid: Option<String>,
    },
    /// The answer names nothing that identifies this debit.
    Nothing,
}

pub(super) fn says(view: &TransactionView, expected: &Expected<'_>) -> Says {
    if let Some(anomaly) = contradiction(view, expected) {
        let another = names_another_reference(view, expected);
        return Says::Contradiction { anomaly, ours: !another };
    }
    // EPS accepts only whole numbers as transaction id (tid) in an inquiry. Any other tid in an answer is ignored, and inquiries use the
    // reference.
    let tid = match &view.tid {
        EchoedValue::Text(tid) if !expected.refund && is_canonical_tid(tid) && tid != "0" => Some(tid.clone()),
        EchoedValue::Text(_) | EchoedValue::Absent | EchoedValue::Unreadable => None,
    };
    of_state(view, expected, tid)
}

/// Returns true if the answer names another reference, or a reference that cannot be read. Such an answer says nothing about this debit.
/// Always false for a refund.
fn names_another_reference(view: &TransactionView, expected: &Expected<'_>) -> bool {
    match &view.client_ref_id {
        _ if expected.refund => false,
        EchoedValue::Absent => false,
        EchoedValue::Text(reference) => reference != expected.reference,
        EchoedValue::Unreadable => true,
    }
}

fn of_state(view: &TransactionView, expected: &Expected<'_>, tid: Option<String>) -> Says {
    let told = match view.tx_status {
        TxStatus::Nothing => None,
        TxStatus::Number(tx_status) => Some(State::of_tx_status(tx_status)),
        // An unclear `tx_status` never counts as a final state.
        TxStatus::Unclear | TxStatus::TwoStates => Some(State::Pending),
    };
    let state =
        if expected.refund { refund_state(told, view.shape) } else { StatedState::of(debit_state(told, view.shape)) };
    match state {
        // An answer with HTTP status 5xx does not prove the state that it names, but shows that EPS knows the debit.
        StatedState::State(_) if view.http_status >= 500 => Says::Unnamed { tid },
        StatedState::State(state) => Says::State { state: confirmed(view, state), tid },
        StatedState::Untouched => Says::Untouched,
        StatedState::Impossible => Says::Contradiction {
            anomaly: Reason::Contradiction.because("EPS's answer shows the transaction of the refund as settled"),
            ours: true,
        },
        StatedState::Nothing if tid.is_some() => Says::Unnamed { tid },
        StatedState::Nothing if expected.refund => Says::Nothing,
        // A success without a state or a tid shows that EPS has the debit, if the answer contains the debit's reference.
        StatedState::Nothing if view.ok && view.status == Some(0) && view.client_ref_id != EchoedValue::Absent => {
            Says::Unnamed { tid: None }
        }
        // A transaction id (tid) or a state in an undocumented place also shows that EPS knows the debit.
        StatedState::Nothing if view.names_one => Says::Unnamed { tid: None },
        StatedState::Nothing => Says::Nothing,
    }
}

enum StatedState {
    State(State),
    Untouched,
    /// State that the original transaction of a refund cannot have.
    Impossible,
    Nothing,
}

impl StatedState {
    fn of(state: Option<State>) -> Self {
        state.map_or(StatedState::Nothing, StatedState::State)
    }
}

/// Combines two states of one answer: `told` from its `tx_status`, and `shape`, which the catalogue assigns to its `response_type_id`.
/// `told` has precedence. `shape` alone never settles a debit. If `told` is settled and `shape` contradicts it, the debit is pending.
fn debit_state(told: Option<State>, shape: Option<State>) -> Option<State> {
    match (told, shape) {
        (Some(State::Settled), Some(State::Declined | State::Refunded | State::RefundPending)) => Some(State::Pending),
        (Some(state), _) => Some(state),
        (None, Some(State::Settled | State::Refunded)) => Some(State::Pending),
        (None, shape) => shape,
    }
}

/// Returns the state of a refund, from the same two states. A refund is done if the answer has the `response_type_id` of a completed
/// refund, or if the original transaction is refunded.
fn refund_state(told: Option<State>, shape: Option<State>) -> StatedState {
    let done = shape == Some(State::Refunded);
    match told {
        Some(State::Refunded) => StatedState::State(State::Refunded),
        None | Some(State::Settled) if done => StatedState::State(State::Refunded),
        Some(_) if done => StatedState::State(State::Pending),
        Some(State::Settled) => StatedState::Impossible,
        Some(State::RefundPending) => StatedState::Untouched,
        Some(State::Declined) => StatedState::State(State::Declined),
        Some(State::Pending | State::Indeterminate | State::NotSent) => StatedState::State(State::Pending),
        None => StatedState::of(shape),
    }
}

/// Returns `state` if the answer is reliable enough for it. Otherwise returns pending, so that EPS is asked again. A final state needs
/// EPS's envelope, HTTP 2xx and an answer that is not cached. Settled and refunded need `status` 0 as well.
fn confirmed(view: &TransactionView, state: State) -> State {
    let done = view.status == Some(0);
    match state {
        State::Settled | State::Refunded if !(view.ok && done) || view.aged => State::Pending,
        State::Declined if !(view.ok && view.envelope) || view.aged => State::Pending,
        State::Settled
        | State::Refunded
        | State::Declined
        | State::Indeterminate
        | State::Pending
        | State::RefundPending
        | State::NotSent => state,
    }
}

/// Names of answer members that the text of an alarm may contain.
const TOLD: [&str; 8] =
    ["data", "tx_status", "status", "response_status_id", "response_type_id", "tid", "client_ref_id", "amount"];

/// Returns the contradiction in an answer: a member with two different values, a value that cannot be read or differs from the expected
/// one, or two states. A missing value is no contradiction.
fn contradiction(view: &TransactionView, expected: &Expected<'_>) -> Option<Anomaly> {
    let because = |detail: &str| Reason::Contradiction.because(detail);
    if names_another_reference(view, expected) {
        return Some(because("EPS's answer names another clientRefId than the request"));
    }
    let known_tid = if expected.refund { Some(expected.reference) } else { expected.tid };
    match (&view.tid, known_tid) {
        (EchoedValue::Unreadable, _) => return Some(because("EPS's answer names a tid that cannot be read")),
        (EchoedValue::Text(tid), Some(known)) if !same_tid(tid, known) => {
            let detail = "EPS's answer names another tid than an earlier answer: the debit may have been booked twice";
            let reason = if expected.refund { Reason::Contradiction } else { Reason::DuplicateObserved };
            let of_refund = "EPS's answer names another tid than the request";
            return Some(reason.because(if expected.refund { of_refund } else { detail }));
        }
        (EchoedValue::Text(_) | EchoedValue::Absent, _) => {}
    }
    if let Some(name) = &view.twice {
        // The alarm repeats only names that EPS defines. Other names may be long, or may be the name of a person.
        let name = if TOLD.contains(&name.as_str()) { name } else { "a field that decides about the debit" };
        return Some(because(&format!("EPS's answer contains {name} twice with different values")));
    }
    let wrong_amount = expected.amount.is_some_and(|sent| match &view.amount {
        EchoedValue::Absent => false,
        EchoedValue::Text(amount) => amount != sent,
        EchoedValue::Unreadable => true,
    });
    if wrong_amount {
        return Some(because("EPS's answer names another amount than the request"));
    }
    if view.tx_status == TxStatus::TwoStates {
        return Some(because("EPS's answer names two different states"));
    }
    None
}
