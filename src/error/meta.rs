//! EPS's ids and message, which every outcome and every refusal has.

use serde::Serialize;

/// Metadata of an answer. `response_status_id` is for display: no logic may depend on it.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Meta {
    /// `status`. In general 0 is success, but it is not enough to decide.
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
    /// Reference of the call: the caller's, or the one that was generated for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ref_id: Option<String>,
    /// Names that the answer gives twice, with different values. The last value is kept, as in `JSON.parse`. Trust neither value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub twice: Vec<String>,
    /// True if a cache has kept the answer. Such an answer carries an `Age`.
    #[serde(skip)]
    pub(crate) aged: bool,
    /// First name in `twice` that decides about money, either by itself or by what it contains.
    #[serde(skip)]
    pub(crate) deciding: Option<String>,
    /// The HTTP status.
    pub http_status: u16,
    /// Number of requests that were sent.
    pub attempts: u32,
    /// Time from the call to its answer, in milliseconds.
    pub duration_ms: u64,
}

impl Meta {
    /// Returns the first name that the answer gives twice and that decides about money, either by itself or by what either value contains.
    pub(crate) fn ambiguous(&self) -> Option<&str> {
        self.deciding.as_deref()
    }
}
