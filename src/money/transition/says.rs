//! One answer held against one debit: what it says of it.

use super::super::journal::Entry;
use super::super::reference::{is_canonical_tid, same_tid};
use super::super::state::State;
use super::view::{EchoedValue, TransactionView, TxStatus};
use super::{Anomaly, Reason};

/// What was asked for, to hold an answer against.
pub(super) struct Expected<'a> {
    pub(super) refund: bool,
    /// Our reference; of a refund the tid.
    pub(super) reference: &'a str,
    /// EPS's tid, where it is known.
    pub(super) tid: Option<&'a str>,
    /// Canonical rupees.
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

/// What an answer says of a debit.
#[derive(Debug)]
pub(super) enum Says {
    /// It cannot be about this debit, or contradicts itself.
    Contradiction {
        anomaly: Anomaly,
        /// Whether it is about this debit all the same.
        ours: bool,
    },
    /// EPS names its state.
    State { state: State, tid: Option<String> },
    /// Of a refund: the money still waits for one.
    Untouched,
    /// EPS knows it and names no state.
    Unnamed { tid: Option<String> },
    /// Nothing that this debit could be known by.
    Nothing,
}

pub(super) fn says(view: &TransactionView, expected: &Expected<'_>) -> Says {
    if let Some(anomaly) = contradiction(view, expected) {
        let another = names_another_reference(view, expected);
        return Says::Contradiction { anomaly, ours: !another };
    }
    // A tid that is no whole number cannot be asked by: then the reference stays what it is known by.
    let tid = match &view.tid {
        EchoedValue::Text(tid) if !expected.refund && is_canonical_tid(tid) && tid != "0" => Some(tid.clone()),
        EchoedValue::Text(_) | EchoedValue::Absent | EchoedValue::Unreadable => None,
    };
    of_state(view, expected, tid)
}

/// By another debit's reference nothing is found out about this one.
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
        // Whatever it is, it is not done.
        TxStatus::Unclear | TxStatus::TwoStates => Some(State::Pending),
    };
    let state =
        if expected.refund { refund_state(told, view.shape) } else { StatedState::of(debit_state(told, view.shape)) };
    match state {
        // With a 5xx nothing is said of how far it got; that it is there is a sign of life.
        StatedState::State(_) if view.http_status >= 500 => Says::Unnamed { tid },
        StatedState::State(state) => Says::State { state: confirmed(view, state), tid },
        StatedState::Untouched => Says::Untouched,
        StatedState::Impossible => Says::Contradiction {
            anomaly: Reason::Contradiction.because("the transaction that was refunded is settled"),
            ours: true,
        },
        StatedState::Nothing if tid.is_some() => Says::Unnamed { tid },
        // A success that says no more: EPS has it, if it is about this one at all.
        StatedState::Nothing if expected.refund => Says::Nothing,
        StatedState::Nothing if view.ok && view.status == Some(0) && view.client_ref_id != EchoedValue::Absent => {
            Says::Unnamed { tid: None }
        }
        // A tid or a state in a place where nobody has described one is a sign all the same.
        StatedState::Nothing if view.names_one => Says::Unnamed { tid: None },
        StatedState::Nothing => Says::Nothing,
    }
}

enum StatedState {
    State(State),
    Untouched,
    /// Of a refund.
    Impossible,
    Nothing,
}

impl StatedState {
    fn of(state: Option<State>) -> Self {
        state.map_or(StatedState::Nothing, StatedState::State)
    }
}

/// The state outweighs the shape of the answer; a shape alone settles nothing, and may not contradict a state that does.
fn debit_state(told: Option<State>, shape: Option<State>) -> Option<State> {
    match (told, shape) {
        (Some(State::Settled), Some(State::Declined | State::Refunded | State::RefundPending)) => Some(State::Pending),
        (Some(state), _) => Some(state),
        (None, Some(State::Settled | State::Refunded)) => Some(State::Pending),
        (None, shape) => shape,
    }
}

/// Done is what its own type of answer says, or that its transaction is refunded.
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

/// An end needs EPS's envelope and HTTP 2xx, and a "done" `status` 0 as well; else it is asked for again.
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

/// Names that an alarm repeats.
const TOLD: [&str; 8] =
    ["data", "tx_status", "status", "response_status_id", "response_type_id", "tid", "client_ref_id", "amount"];

/// What does not fit: a value given twice, an echo that is another or cannot be read, two states. An absent echo is no contradiction.
fn contradiction(view: &TransactionView, expected: &Expected<'_>) -> Option<Anomaly> {
    let because = |detail: &str| Reason::Contradiction.because(detail);
    if names_another_reference(view, expected) {
        return Some(because("the answer names another clientRefId than was sent"));
    }
    let known_tid = if expected.refund { Some(expected.reference) } else { expected.tid };
    match (&view.tid, known_tid) {
        (EchoedValue::Unreadable, _) => return Some(because("the answer names a tid that cannot be read")),
        (EchoedValue::Text(tid), Some(known)) if !same_tid(tid, known) => {
            let detail = "EPS names another tid than before: the debit may have been booked twice";
            let reason = if expected.refund { Reason::Contradiction } else { Reason::DuplicateObserved };
            return Some(reason.because(if expected.refund { "the answer names another tid" } else { detail }));
        }
        (EchoedValue::Text(_) | EchoedValue::Absent, _) => {}
    }
    if let Some(name) = &view.twice {
        // EPS's own names alone: others may be long, or a person's.
        let name = if TOLD.contains(&name.as_str()) { name } else { "a member that decides" };
        return Some(because(&format!("the answer gives {name} twice, with different values")));
    }
    let wrong_amount = expected.amount.is_some_and(|sent| match &view.amount {
        EchoedValue::Absent => false,
        EchoedValue::Text(amount) => amount != sent,
        EchoedValue::Unreadable => true,
    });
    if wrong_amount {
        return Some(because("the answer names another amount than was sent"));
    }
    if view.tx_status == TxStatus::TwoStates {
        return Some(because("the answer names two states"));
    }
    None
}
