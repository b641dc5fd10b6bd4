//! What is known of a request, beside what EPS says of it.

use crate::error::{Attempt, Error, Meta, Phase};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

use super::journal::{DebitKey, Why};
use super::state::State;

/// How far a debit got, and how that is known.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// How far the last request got.
    pub phase: Phase,
    /// Bytes of it that the connection took, where a request was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_written: Option<u64>,
    /// Bytes of the whole request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_total: Option<u64>,
    /// The history.
    pub attempts: Vec<Attempt>,
}

/// What a debit resolves to, whatever happened on the wire.
#[derive(Clone)]
#[non_exhaustive]
pub struct MoneyOutcome {
    /// What is known.
    pub outcome: State,
    /// What the journal knows it by.
    pub key: DebitKey,
    /// The id of this attempt under the reference; empty where nothing was reserved.
    pub reservation_id: String,
    /// Counts the final states of this attempt.
    pub revision: u32,
    /// EPS's transaction id, where known.
    pub tid: Option<String>,
    /// Whether the reference may be used again: nothing complete has left, or EPS refused before doing any work.
    pub reusable: bool,
    /// How far the request got, and how that is known.
    pub evidence: Evidence,
    /// Why it is not settled, where an error says so.
    pub error: Option<Error>,
    /// What contradicts the request. Never ignore it.
    pub contradiction: Option<String>,
    /// Why it cannot be concluded yet, while open.
    pub why: Option<Why>,
    /// When the next inquiry is due, milliseconds since 1970, while open.
    pub next_inquiry_ms: Option<u64>,
    /// EPS's own values, normalised.
    pub fields: Map<String, Value>,
    /// EPS's ids and message, where EPS answered.
    pub meta: Option<Meta>,
    /// The body as it came.
    pub raw: Option<String>,
}

impl MoneyOutcome {
    /// One JSON object: `{"outcome": …, "clientRefId": …, …fields, "evidence": …}`.
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
