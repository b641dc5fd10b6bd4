//! EPS's ids and message, beside every outcome and every refusal.

use serde::Serialize;

/// What an answer says about itself. `response_status_id` is for display: no logic may rest on it.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Meta {
    /// `status`; 0 is success in general, and is not enough to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    /// `response_status_id`, display only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_status_id: Option<i64>,
    /// `response_type_id`, the shape of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_type_id: Option<i64>,
    /// `tx_status`, the state of a transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_status: Option<i64>,
    /// EPS's text, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The reference the call carried: the caller's, or the one generated for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ref_id: Option<String>,
    /// Names that the answer gives twice, with different values. The last stands, as in `JSON.parse`; believe neither.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub twice: Vec<String>,
    /// Whether a cache has kept the answer: it carries an `Age`.
    #[serde(skip)]
    pub(crate) aged: bool,
    /// The first of them that decides about money, by itself or by what it holds.
    #[serde(skip)]
    pub(crate) deciding: Option<String>,
    /// The HTTP status.
    pub http_status: u16,
    /// How many requests were sent.
    pub attempts: u32,
    /// From the call to its answer, in milliseconds.
    pub duration_ms: u64,
}

impl Meta {
    /// The first name that the answer gives twice and that decides about money: by itself, or by what either value holds.
    pub(crate) fn ambiguous(&self) -> Option<&str> {
        self.deciding.as_deref()
    }
}
