//! Scripts: responses that a test orders for the next calls of an endpoint. A script replaces or changes the sandbox's own response.

use super::fault::{Fault, ResponseFault};
use hyper::header::{HeaderName, HeaderValue};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Duration;

/// Maximum delay of a response that a test may order.
const LATEST: Duration = Duration::from_secs(600);
/// Maximum number of queued scripts for one endpoint.
const QUEUE: usize = 1_000;
/// Maximum size of a response body that a test may order, in bytes. EPS's bodies are smaller.
const LARGEST: usize = 4 * 1024 * 1024;

/// Response that a test orders for the next call of an endpoint. A script applies once, unless [`times`](Script::times) sets another
/// number.
///
/// A script applies only to a request that passed all checks. A request that fails a check is refused, and the script stays in the queue.
///
/// ```
/// use eko_eps::sandbox::Script;
/// use std::time::Duration;
/// let refused_twice = Script::answer("otpWrong").times(2);
/// let late = Script::answer("found").late(Duration::from_millis(300));
/// let busy = Script::body(503, [("retry-after", "2")], r#"{"message":"busy"}"#);
/// let lost = Script::close().after_work();
/// ```
#[derive(Clone)]
pub struct Script {
    pub(super) what: What,
    pub(super) late: Duration,
    pub(super) times: u32,
    pub(super) works: bool,
}

/// Kind of response that a test orders by a script.
#[derive(Clone)]
pub(super) enum What {
    /// The sandbox's own response.
    Own,
    /// Response of a documented scenario, given by name.
    Scenario(String),
    /// Response with this status, these headers and this body.
    Body { http_status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// No response. The connection stays open.
    Hang,
    /// No response. The connection is closed.
    Close,
    /// The sandbox's own response, with a fault.
    Spoilt(ResponseFault),
    /// Panic of the sandbox, to test that the sandbox survives a panic.
    #[cfg(test)]
    Panic,
}

impl Script {
    fn new(what: What) -> Self {
        Self { what, late: Duration::ZERO, times: 1, works: false }
    }

    /// Responds with a documented scenario of the endpoint, given by name.
    pub fn answer(scenario: impl Into<String>) -> Self {
        Self::new(What::Scenario(scenario.into()))
    }

    /// Responds with this status, these headers and this body. The default `content-type` is `application/json`.
    pub fn body<N, V>(http_status: u16, headers: impl IntoIterator<Item = (N, V)>, body: impl Into<Vec<u8>>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self::new(What::Body { http_status, headers, body: body.into() })
    }

    /// Delays the sandbox's own response by this time. The sandbox processes the call at once.
    pub fn delay(by: Duration) -> Self {
        Self::new(What::Own).late(by)
    }

    /// Sends no response. The connection stays open.
    pub fn hang() -> Self {
        Self::new(What::Hang)
    }

    /// Sends no response. The connection is closed after the request has arrived completely.
    pub fn close() -> Self {
        Self::new(What::Close)
    }

    /// Applies a named fault of the request or its response.
    pub fn fault(fault: Fault) -> Self {
        fault.script()
    }

    pub(super) fn spoilt(spoil: ResponseFault) -> Self {
        Self::new(What::Spoilt(spoil))
    }

    #[cfg(test)]
    pub(super) fn panic() -> Self {
        Self::new(What::Panic)
    }

    /// Applies the script to this number of calls instead of one.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Delays the response by this time.
    pub fn late(mut self, by: Duration) -> Self {
        self.late = by;
        self
    }

    /// Makes the sandbox process the call before the script applies. So the work is done, and the script decides only the response.
    pub fn after_work(mut self) -> Self {
        self.works = true;
        self
    }

    /// Returns the reason why the script is invalid, or `None` if the script is valid.
    pub(super) fn problem(&self) -> Option<String> {
        if self.times == 0 {
            return Some("times must be at least 1: a script applies to one or more calls".to_owned());
        }
        if self.late > LATEST {
            return Some(format!("a script can delay the response by at most {} s", LATEST.as_secs()));
        }
        let What::Body { http_status, headers, body } = &self.what else { return None };
        if !(200..=599).contains(http_status) {
            return Some(format!("the HTTP status of a script must be 200 to 599, not {http_status}"));
        }
        if body.len() > LARGEST {
            return Some(format!("the body of a script can have at most {LARGEST} bytes"));
        }
        headers.iter().find_map(|(name, value)| header_fault(name, value))
    }
}

fn header_fault(name: &str, value: &str) -> Option<String> {
    let known = HeaderName::from_bytes(name.as_bytes()).ok().filter(|_| HeaderValue::from_str(value).is_ok());
    let Some(known) = known else {
        return Some("the name or value of a header contains a character that HTTP headers cannot carry".to_owned());
    };
    let framing = ["content-length", "transfer-encoding", "connection", "upgrade", "trailer"];
    framing
        .contains(&known.as_str())
        .then(|| format!("the sandbox sets the header {known} itself: remove it from the script"))
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.what {
            What::Own => "own answer".to_owned(),
            What::Scenario(name) => format!("scenario {name}"),
            What::Body { http_status, body, .. } => format!("HTTP {http_status} with {} bytes", body.len()),
            What::Hang => "hang".to_owned(),
            What::Close => "close".to_owned(),
            What::Spoilt(spoil) => format!("own answer, {spoil:?}"),
            #[cfg(test)]
            What::Panic => "panic".to_owned(),
        };
        let mut out = f.debug_struct("Script");
        out.field("what", &what).field("late", &self.late).field("times", &self.times);
        out.field("after_work", &self.works).finish()
    }
}

/// Queued scripts, by endpoint.
#[derive(Default)]
pub(super) struct Scripts(HashMap<&'static str, VecDeque<Script>>);

impl Scripts {
    /// Adds a script to the queue of an endpoint. Returns `false` if the queue is full.
    pub(super) fn push(&mut self, op: &'static str, script: Script) -> bool {
        let queue = self.0.entry(op).or_default();
        let room = queue.len() < QUEUE;
        if room {
            queue.push_back(script);
        }
        room
    }

    /// Returns true if a script is queued for an endpoint.
    pub(super) fn has(&self, op: &str) -> bool {
        self.0.get(op).is_some_and(|queue| !queue.is_empty())
    }

    /// Returns the script for the next call of an endpoint, and counts the call. After its last call, the script is removed.
    pub(super) fn next(&mut self, op: &str) -> Option<Script> {
        let queue = self.0.get_mut(op)?;
        let first = queue.front_mut()?;
        first.times = first.times.saturating_sub(1);
        if first.times == 0 { queue.pop_front() } else { Some(first.clone()) }
    }

    pub(super) fn clear(&mut self, op: &str) {
        self.0.remove(op);
    }

    pub(super) fn clear_all(&mut self) {
        self.0.clear();
    }
}
