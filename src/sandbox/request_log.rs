//! Log of the requests that the sandbox received. An entry contains names and result codes, but no values of parameters.

use serde::Serialize;
use std::collections::VecDeque;

/// Maximum number of requests in the log. The oldest request is removed first.
const KEPT: usize = 1_000;

/// Logged request, without headers, query and values of parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoggedRequest {
    /// HTTP method.
    pub method: String,
    /// Root and path template of the endpoint. If no endpoint matched, the requested path with masked numbers.
    pub path: String,
    /// Name of the endpoint, if path and method match an endpoint.
    pub op: Option<String>,
    /// Names of the parameters in the path, the query and the body.
    pub params: Vec<String>,
    /// HTTP status of the response. `None` if the sandbox sent no response.
    pub http_status: Option<u16>,
    /// `status` in the response.
    pub status: Option<i64>,
    /// `response_type_id` in the response.
    pub response_type_id: Option<i64>,
    /// True if a test ordered or changed the response by a script.
    pub scripted: bool,
    /// Arrival time on the sandbox's clock, in milliseconds since 1970.
    pub at_ms: u64,
}

/// Last requests, oldest first.
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

/// Replaces each number of three or more digits by `*`, because the text may contain an OTP or a mobile number. Shorter numbers stay, so
/// that `v3` is readable.
pub(super) fn masked(path: &str) -> String {
    let mut out = String::new();
    for piece in path.split_inclusive(|letter: char| !letter.is_ascii_digit()).take(200) {
        let digits = piece.len() - piece.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        out.push_str(if digits > 2 { "*" } else { &piece[..digits] });
        out.push_str(&piece[digits..]);
    }
    out
}
