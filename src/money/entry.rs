//! What the journal keeps of an intent.

use super::account::Account;
use super::state::State;
use crate::error::Phase;
use serde::{Deserialize, Serialize};

/// What an intent is known by: the operation's kind, and the caller's reference (a refund has the transaction's tid).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// `dmt.transfer`
    pub op: String,
    /// `clientRefId`, or the tid of a refund.
    pub reference: String,
}

impl Key {
    /// One text, for stores that have one key column.
    pub fn text(&self) -> String {
        format!("{}:{}", self.op, self.reference)
    }
}

/// An intent, as it is made durable. It holds no secret and no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// What it is known by.
    pub key: Key,
    /// Canonical decimal rupees, where the request carries an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// A digest of who pays whom, to tell a repetition from another debit under the same reference.
    pub parties: String,
    /// Milliseconds since 1970.
    pub created_ms: u64,
    /// When to inquire, should nothing be recorded until then.
    pub first_inquiry_ms: u64,
}

/// An intent and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Whose it is.
    pub account: Account,
    /// As it was reserved.
    #[serde(flatten)]
    pub intent: Intent,
    /// What is known.
    #[serde(flatten)]
    pub known: Known,
}

/// What is known of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// Its state.
    pub state: State,
    /// Whether its reference may be used again: nothing has left, or EPS refused before any work.
    pub reusable: bool,
    /// EPS's transaction id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// How far the request got.
    pub phase: PhaseText,
    /// Requests that were begun.
    pub attempts: u32,
    /// Inquiries that found nothing.
    pub not_found: u32,
    /// The first of those, milliseconds since 1970 by EPS's clock, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_not_found_ms: Option<u64>,
    /// The last that was counted, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_not_found_ms: Option<u64>,
    /// Inquiries made.
    pub inquiries: u32,
    /// When an inquiry for a callback was last begun, milliseconds since 1970 by EPS's clock, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_ms: Option<u64>,
    /// The next inquiry; `None` once final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_inquiry_ms: Option<u64>,
    /// When this was recorded.
    pub updated_ms: u64,
    /// Whether the final state was acknowledged.
    pub acknowledged: bool,
}

/// [`Phase`] in its stored form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PhaseText {
    /// See [`Phase`].
    NotDispatched,
    /// See [`Phase`].
    PartlyWritten,
    /// See [`Phase`].
    Dispatched,
    /// See [`Phase`].
    FullyWritten,
    /// See [`Phase`].
    HeadersSeen,
    /// See [`Phase`].
    BodyComplete,
}

impl From<Phase> for PhaseText {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::NotDispatched => Self::NotDispatched,
            Phase::PartlyWritten => Self::PartlyWritten,
            Phase::Dispatched => Self::Dispatched,
            Phase::FullyWritten => Self::FullyWritten,
            Phase::HeadersSeen => Self::HeadersSeen,
            Phase::BodyComplete => Self::BodyComplete,
        }
    }
}
