//! Log of the requests that arrived. It records names and outcomes, never values.

use serde::Serialize;
use std::collections::VecDeque;

/// Maximum number of requests that are kept. The oldest are removed first.
const KEPT: usize = 1_000;

/// One request that arrived. It holds no header, no query and no value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoggedRequest {
    /// HTTP method.
    pub method: String,
    /// Root and path template of the endpoint. If no endpoint matched, the path with its numbers masked.
    pub path: String,
    /// Name of the endpoint, if path and method match one.
    pub op: Option<String>,
    /// Names of the parameters that arrived in the path, the query and the body.
    pub params: Vec<String>,
    /// HTTP status of the answer. Absent if the request was not answered.
    pub http_status: Option<u16>,
    /// `status` of the answer.
    pub status: Option<i64>,
    /// `response_type_id` of the answer.
    pub response_type_id: Option<i64>,
    /// True if a script determined or changed the answer.
    pub scripted: bool,
    /// Time at which the request arrived, on the sandbox's clock, in milliseconds since 1970.
    pub at_ms: u64,
}

/// The last requests, oldest first.
#[derive(Default)]
pub(super) struct Log(VecDeque<LoggedRequest>);

impl Log {
    pub(super) fn push(&mut self, seen: LoggedRequest) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(seen);
    }

    pub(super) fn all(&self) -> Vec<LoggedRequest> {
        self.0.iter().cloned().collect()
    }
}

/// Masks the numbers and OTPs that a path without an endpoint may contain. One or two digits stay, so `v3` is readable.
pub(super) fn masked(path: &str) -> String {
    let mut out = String::new();
    for piece in path.split_inclusive(|letter: char| !letter.is_ascii_digit()).take(200) {
        let digits = piece.len() - piece.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        out.push_str(if digits > 2 { "*" } else { &piece[..digits] });
        out.push_str(&piece[digits..]);
    }
    out
}
