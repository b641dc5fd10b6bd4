//! What EPS is asked of a debit, and what its answer says of it.

use super::events::{Doubt, Reason};
use crate::money::{Entry, State, twice};
use crate::response::{Answer, canonical_amount};
use serde_json::{Map, Value};

/// What an inquiry said of a debit.
pub(super) enum Finding {
    /// EPS names its state.
    State { state: State, tid: Option<String> },
    /// EPS names none: what it says of the debit is its tid, at most.
    Unnamed { tid: Option<String> },
    /// EPS knows nothing of it.
    Nothing,
    /// Of a refund: the money still waits for one.
    StillWaits,
    /// What EPS says cannot be about this debit.
    Doubt(Doubt),
}

impl Finding {
    /// Whether EPS knows more of a debit than its final state allows for, after which its reference may not be used again.
    pub(super) fn shows_life(&self, last: State) -> bool {
        match self {
            Finding::State { state, .. } => *state != last,
            Finding::Unnamed { tid } => tid.is_some(),
            Finding::Doubt(_) => true,
            Finding::Nothing | Finding::StillWaits => false,
        }
    }
}

/// By tid where it is known, which EPS prefers, else by our reference. A refund is known by the tid of its transaction.
pub(super) fn question(entry: &Entry) -> String {
    let mut params = Map::new();
    match &entry.known.tid {
        Some(tid) => params.insert("tid".into(), tid.as_str().into()),
        None if is_refund(entry) => params.insert("tid".into(), entry.intent.key.reference.as_str().into()),
        None => params.insert("clientRefId".into(), entry.intent.key.reference.as_str().into()),
    };
    Value::Object(params).to_string()
}

fn is_refund(entry: &Entry) -> bool {
    entry.intent.key.op == "refund"
}

pub(super) fn read(answer: &Answer, entry: &Entry) -> Finding {
    if let Some(name) = answer.meta.ambiguous() {
        return Finding::Doubt(Reason::Contradiction.because(twice(name)));
    }
    if answer.outcome == "notFound" {
        return Finding::Nothing;
    }
    let fields = answer.fields();
    let transaction = fields.get("transaction").and_then(Value::as_object);
    let text = |name: &str| transaction.and_then(|fields| fields.get(name)).and_then(Value::as_str);
    let state = answer.meta.tx_status.map(State::of_tx_status);
    if is_refund(entry) {
        let Some(state) = state else { return Finding::Unnamed { tid: None } };
        return match state {
            State::Refunded | State::Declined => Finding::State { state, tid: None },
            // The money is still waiting: the refund has not been done, or not yet.
            State::RefundPending => Finding::StillWaits,
            State::Settled => {
                Finding::Doubt(Reason::Contradiction.because("the transaction that was refunded is settled"))
            }
            State::Pending | State::Indeterminate | State::NotSent => {
                Finding::State { state: State::Pending, tid: None }
            }
        };
    }
    if text("clientRefId").is_some_and(|echoed| echoed != entry.intent.key.reference) {
        let detail = "the inquiry names another client_ref_id than was asked for";
        return Finding::Doubt(Reason::Contradiction.because(detail));
    }
    let echoed = text("amount").and_then(canonical_amount);
    if let (Some(echoed), Some(sent)) = (&echoed, &entry.intent.amount)
        && *echoed != **sent
    {
        return Finding::Doubt(Reason::Contradiction.because("the inquiry names another amount than was sent"));
    }
    if let (Some(found), Some(known)) = (text("tid"), &entry.known.tid)
        && found != known
    {
        let detail = "EPS now names another tid: the debit may have been booked twice";
        return Finding::Doubt(Reason::DuplicateObserved.because(detail));
    }
    let tid = text("tid").map(str::to_owned);
    match state {
        Some(state) => Finding::State { state, tid },
        None => Finding::Unnamed { tid },
    }
}
