//! Typed result of a debit.

use super::journal::{DebitKey, Why};
use super::outcome::{Evidence, MoneyOutcome};
use super::state::State;
use crate::client::Raw;
use crate::error::{Code, Error, Meta, Phase};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Result of a debit, with or without an answer from EPS. Each call has its own type `T` of the [`outcome`](Self::outcome).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Debit<T> {
    /// Outcome, with the values of EPS's answer.
    pub outcome: T,
    /// State of the debit: the outcome without its values.
    pub state: State,
    /// Key of the debit in the journal.
    pub key: DebitKey,
    /// Id of the reservation (the journal row that this call wrote for its reference). Empty if this call reserved nothing.
    pub reservation_id: String,
    /// Number of final states that this reservation has reached so far. More than one if the debit was reopened and ended again.
    pub revision: u32,
    /// EPS's transaction id (tid), if known. Store it.
    pub tid: Option<String>,
    /// True if the reference may be used again: no complete request was sent, or EPS refused the request before doing any work.
    pub reusable: bool,
    /// Record of how far each request of the debit got.
    pub evidence: Evidence,
    /// Error that explains why the debit is not settled, if there is one.
    pub error: Option<Error>,
    /// Description of how EPS's answers contradict the request or each other, if they do. Never ignore a contradiction.
    pub contradiction: Option<String>,
    /// Reason why the debit is still open. Set only for an open debit.
    pub why: Option<Why>,
    /// Time of the next inquiry, in milliseconds since 1970. Set only for an open debit.
    pub next_inquiry_ms: Option<u64>,
    /// Ids and message of EPS's answer, if EPS answered.
    pub meta: Option<Meta>,
    /// Body of the answer, as received. May contain personal data.
    pub raw: Option<Raw>,
}

impl<T: DeserializeOwned> Debit<T> {
    /// Converts the outcome to the type `T`. A value of EPS's answer that does not fit the type is left out, so that the caller still gets
    /// the outcome of a debit that was sent.
    pub(crate) fn of(found: MoneyOutcome) -> Result<Self, Error> {
        let (state, mut fields) = (found.outcome, found.fields);
        if let Some(tid) = &found.tid {
            fields.insert("tid".to_owned(), tid.as_str().into());
        }
        let outcome = typed(state, fields.clone()).or_else(|_| {
            fields.retain(|name, value| typed::<T>(state, Map::from_iter([(name.clone(), value.clone())])).is_ok());
            typed(state, fields).or_else(|_| typed(state, Map::new()))
        });
        let sent = found.evidence.attempts.iter().any(|attempt| attempt.phase > Phase::PartlyWritten);
        Ok(Self {
            outcome: outcome.map_err(|error| {
                error.with_history(found.evidence.attempts.clone(), sent).with_client_ref_id(Some(&found.key.reference))
            })?,
            state: found.outcome,
            key: found.key,
            reservation_id: found.reservation_id,
            revision: found.revision,
            tid: found.tid,
            reusable: found.reusable,
            evidence: found.evidence,
            error: found.error,
            contradiction: found.contradiction,
            why: found.why,
            next_inquiry_ms: found.next_inquiry_ms,
            meta: found.meta,
            raw: found.raw.map(Raw),
        })
    }
}

fn typed<T: DeserializeOwned>(state: State, mut fields: Map<String, Value>) -> Result<T, Error> {
    fields.insert("outcome".to_owned(), state.as_str().into());
    serde_json::from_value(Value::Object(fields))
        .map_err(|_| Error::new(Code::Internal, "the fields of the outcome do not fit its Rust type: report this bug"))
}

#[cfg(test)]
#[path = "debit_tests.rs"]
mod tests;
