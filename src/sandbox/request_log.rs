//! What has arrived: names and outcomes, never values.

use serde::Serialize;
use std::collections::VecDeque;

/// How many requests are remembered; the oldest are forgotten first.
const KEPT: usize = 1_000;

/// One request that arrived. Holds no header, no query, no value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoggedRequest {
    /// HTTP method.
    pub method: String,
    /// The path; of an endpoint its template, of anything else the path with its numbers masked.
    pub path: String,
    /// The endpoint, if path and method are one's.
    pub op: Option<String>,
    /// The names of the parameters that arrived, path, query and body.
    pub params: Vec<String>,
    /// How it was answered; absent if it was not.
    pub http_status: Option<u16>,
    /// `status` of the answer.
    pub status: Option<i64>,
    /// `response_type_id` of the answer.
    pub response_type_id: Option<i64>,
    /// Whether a script took part in the answer.
    pub scripted: bool,
    /// The sandbox's clock, in milliseconds.
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

/// A path that belongs to no endpoint, without the numbers and OTPs that may stand in it; `v3` stays readable.
pub(super) fn masked(path: &str) -> String {
    let mut out = String::new();
    for piece in path.split_inclusive(|letter: char| !letter.is_ascii_digit()).take(200) {
        let digits = piece.len() - piece.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        out.push_str(if digits > 2 { "*" } else { &piece[..digits] });
        out.push_str(&piece[digits..]);
    }
    out
}
