//! One inquiry: what EPS is asked of a debit, and what its answer changes.

use super::events::{Doubt, Reason};
use super::journal::unavailable;
use super::{CallOptions, Client};
use crate::error::{Code, Error};
use crate::money::{Absence, Entry, Journal, Known, State, StoreError, twice};
use crate::response::{Answer, canonical_amount};
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::Instant;

/// The call that inquires.
const INQUIRY: &str = "getTransaction";

/// What an inquiry said of a debit.
enum Finding {
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

impl Client {
    pub(super) async fn inquire(&self, journal: &Journal, entry: Entry) -> Result<Entry, Error> {
        let params = inquiry(&entry);
        let begun = Instant::now();
        let answer = self.call(INQUIRY, &params, CallOptions::default()).await;
        let finding = match answer {
            Ok(answer) => read(&answer, &entry),
            Err(error) if error.code() == Code::NotFound => Finding::Nothing,
            Err(error) => {
                // Not asked, so nothing learned: only the next time moves.
                let now = self.0.now_ms();
                let later = journal.change_entry(&entry, |entry| self.0.schedule.inquired(entry, now)).await;
                later.map_err(|error| unavailable(&error.to_string()))?;
                return Err(error);
            }
        };
        let now = self.0.now_ms();
        let schedule = self.0.schedule;
        let watched = match &finding {
            Finding::Nothing | Finding::StillWaits => self.0.watch.absent(&entry, begun, schedule.patience()),
            Finding::State { .. } | Finding::Unnamed { .. } | Finding::Doubt(_) => Duration::ZERO,
        };
        let absence = Absence {
            eps_ms: self.0.offset.correct(now),
            watched,
            still_waits: matches!(finding, Finding::StillWaits),
        };
        let change = |entry: &Entry| match &finding {
            Finding::Nothing | Finding::StillWaits => schedule.not_found(entry, now, absence),
            Finding::Doubt(_) => schedule.inquired(entry, now),
            Finding::Unnamed { tid } => {
                Known { tid: entry.known.tid.clone().or_else(|| tid.clone()), ..schedule.inquired(entry, now) }
            }
            Finding::State { state, tid } => Known {
                state: *state,
                tid: entry.known.tid.clone().or_else(|| tid.clone()),
                // Silence before this says nothing of silence after it.
                not_found: 0,
                first_not_found_ms: None,
                last_not_found_ms: None,
                ..schedule.inquired(entry, now)
            },
        };
        let failed = |error: StoreError| unavailable(&error.to_string());
        let Some(entry) = journal.change_entry(&entry, change).await.map_err(failed)? else {
            // Its reference was used anew, or it was forgotten: what was found is not of the debit that is there now.
            self.0.watch.forget(&entry);
            return Ok(journal.get(&entry.intent.key).await.map_err(failed)?.unwrap_or(entry));
        };
        if entry.known.state.is_final() || matches!(finding, Finding::State { .. }) {
            self.0.watch.forget(&entry);
        }
        match &finding {
            Finding::Doubt(doubt) => self.0.events.alarm(&entry, doubt),
            Finding::State { state, .. } if entry.known.state.is_final() && *state != entry.known.state => {
                let doubt = Reason::StateChanged.because("EPS now names another state than the final one");
                self.0.events.alarm(&entry, &doubt);
            }
            Finding::State { .. } | Finding::Unnamed { .. } | Finding::Nothing | Finding::StillWaits => {
                if entry.known.state.is_final() {
                    self.0.events.resolved(&entry);
                }
            }
        }
        Ok(entry)
    }
}

/// By tid where it is known, which EPS prefers, else by our reference. A refund is known by the tid of its transaction.
fn inquiry(entry: &Entry) -> String {
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

fn read(answer: &Answer, entry: &Entry) -> Finding {
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
