//! Outcome of a debit: what is known about its request, together with EPS's answer.

use crate::error::{Attempt, Error, Meta, Phase};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

use super::journal::{DebitKey, Why};
use super::state::State;

/// Record of how far each request of one debit got. It is the evidence for the outcome of the debit.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Evidence {
    /// Phase that the last request reached.
    pub phase: Phase,
    /// Number of bytes of the last request that were written to the connection, if a request was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_written: Option<u64>,
    /// Number of bytes of the whole request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_total: Option<u64>,
    /// All attempts, in the order in which they were made.
    pub attempts: Vec<Attempt>,
}

/// Result of a debit, with or without an answer from EPS.
#[derive(Clone)]
#[non_exhaustive]
pub struct MoneyOutcome {
    /// State of the debit, as far as it is known.
    pub outcome: State,
    /// Key of the debit in the journal.
    pub key: DebitKey,
    /// Id of the reservation (the journal row that this call wrote for its reference). Empty if this call reserved nothing.
    pub reservation_id: String,
    /// Number of final states that this reservation has reached so far. More than one if the debit was reopened and ended again.
    pub revision: u32,
    /// EPS's transaction id (tid), if known.
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
    /// Values of EPS's answer, in a uniform format and by their names in camelCase.
    pub fields: Map<String, Value>,
    /// Ids and message of EPS's answer, if EPS answered.
    pub meta: Option<Meta>,
    /// Body of EPS's answer, as received.
    pub raw: Option<String>,
}

impl MoneyOutcome {
    /// Returns the outcome as a JSON object: `{"outcome": …, "clientRefId": …, …fields, "evidence": …}`.
    pub fn to_json(&self) -> String {
        let mut out = self.fields.clone();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                out.insert(name.to_owned(), value);
            }
        };
        put("op", Some(self.key.op.as_str().into()));
        put("outcome", Some(self.outcome.as_str().into()));
        put("clientRefId", Some(self.key.reference.as_str().into()));
        let reserved = !self.reservation_id.is_empty();
        put("reservationId", reserved.then(|| self.reservation_id.as_str().into()));
        put("revision", reserved.then(|| self.revision.into()));
        put("reusable", Some(self.reusable.into()));
        put("tid", self.tid.as_deref().map(Value::from));
        put("evidence", serde_json::to_value(&self.evidence).ok());
        put("error", self.error.as_ref().and_then(|error| serde_json::to_value(error.to_data()).ok()));
        put("contradiction", self.contradiction.as_deref().map(Value::from));
        put("why", self.why.and_then(|why| serde_json::to_value(why).ok()));
        put("nextInquiryAt", self.next_inquiry_ms.map(Value::from));
        put("meta", self.meta.as_ref().and_then(|meta| serde_json::to_value(meta).ok()));
        put("raw", self.raw.as_deref().map(Value::from));
        if self.outcome == State::Declined {
            put("beforeWork", Some(self.reusable.into()));
        }
        Value::Object(out).to_string()
    }
}

impl fmt::Debug for MoneyOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MoneyOutcome")
            .field("outcome", &self.outcome)
            .field("key", &self.key)
            .field("tid", &self.tid)
            .field("reusable", &self.reusable)
            .field("evidence", &self.evidence)
            .field("error", &self.error)
            .field("contradiction", &self.contradiction)
            .field("why", &self.why)
            .field("meta", &self.meta)
            .finish_non_exhaustive()
    }
}
