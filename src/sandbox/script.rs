//! Scripts: answers that a test orders for the next calls of an endpoint. They replace or change the sandbox's own answer.

use super::fault::{Fault, ResponseFault};
use hyper::header::{HeaderName, HeaderValue};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Duration;

/// Maximum delay of an answer that a script may order.
const LATEST: Duration = Duration::from_secs(600);
/// Maximum number of queued scripts for one endpoint.
const QUEUE: usize = 1_000;
/// Maximum size of the body in a script, in bytes. The bodies of EPS itself are always smaller.
const LARGEST: usize = 4 * 1024 * 1024;

/// Answer that a test orders for the next call of an endpoint. It applies once, unless [`times`](Script::times) sets another number.
///
/// A script applies only to a request that has passed every check. A request that fails a check gets its refusal, and the script
/// stays in the queue.
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

/// The answer of a script.
#[derive(Clone)]
pub(super) enum What {
    /// The sandbox's own answer.
    Own,
    /// A documented scenario.
    Scenario(String),
    /// An answer with this status, these headers and these bytes.
    Body { http_status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// No answer, for as long as the caller waits.
    Hang,
    /// No answer. The connection is closed.
    Close,
    /// The sandbox's own answer, with a fault in it.
    Spoilt(ResponseFault),
    /// Panic of the sandbox itself, to test that the sandbox survives it.
    #[cfg(test)]
    Panic,
}

impl Script {
    fn new(what: What) -> Self {
        Self { what, late: Duration::ZERO, times: 1, works: false }
    }

    /// Answers with a documented scenario of the endpoint, by name.
    pub fn answer(scenario: impl Into<String>) -> Self {
        Self::new(What::Scenario(scenario.into()))
    }

    /// Answers with this status, these headers and this body. `content-type` is `application/json` unless given.
    pub fn body<N, V>(http_status: u16, headers: impl IntoIterator<Item = (N, V)>, body: impl Into<Vec<u8>>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self::new(What::Body { http_status, headers, body: body.into() })
    }

    /// Delays the sandbox's own answer by this time. The work is done at once, and only the answer is late.
    pub fn delay(by: Duration) -> Self {
        Self::new(What::Own).late(by)
    }

    /// Sends no answer. The connection stays open.
    pub fn hang() -> Self {
        Self::new(What::Hang)
    }

    /// Sends no answer. The connection is closed after the request has arrived completely.
    pub fn close() -> Self {
        Self::new(What::Close)
    }

    /// Orders a fault that a caller must handle if it moves money.
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

    /// Delays the answer by this time.
    pub fn late(mut self, by: Duration) -> Self {
        self.late = by;
        self
    }

    /// Does the work of the call first, as if the call were answered normally. The answer is lost, not the request.
    pub fn after_work(mut self) -> Self {
        self.works = true;
        self
    }

    /// Returns the reason why the script is invalid; `None` if it is valid.
    pub(super) fn problem(&self) -> Option<String> {
        if self.times == 0 {
            return Some("times must be at least 1".to_owned());
        }
        if self.late > LATEST {
            return Some(format!("an answer can be at most {} s late", LATEST.as_secs()));
        }
        let What::Body { http_status, headers, body } = &self.what else { return None };
        if !(200..=599).contains(http_status) {
            return Some(format!("the HTTP status must be 200 to 599, not {http_status}"));
        }
        if body.len() > LARGEST {
            return Some(format!("the body can have at most {LARGEST} bytes"));
        }
        headers.iter().find_map(|(name, value)| header_fault(name, value))
    }
}

fn header_fault(name: &str, value: &str) -> Option<String> {
    let known = HeaderName::from_bytes(name.as_bytes()).ok().filter(|_| HeaderValue::from_str(value).is_ok());
    let Some(known) = known else {
        return Some("a header's name or value contains a character that headers cannot carry".to_owned());
    };
    let framing = ["content-length", "transfer-encoding", "connection", "upgrade", "trailer"];
    framing
        .contains(&known.as_str())
        .then(|| format!("the header {known} belongs to the connection: it cannot be ordered"))
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
    /// Adds a script at the end of the queue. Returns `false` if the queue is full.
    pub(super) fn push(&mut self, op: &'static str, script: Script) -> bool {
        let queue = self.0.entry(op).or_default();
        let room = queue.len() < QUEUE;
        if room {
            queue.push_back(script);
        }
        room
    }

    /// Returns the script for this call, and counts the call. A script that has no calls left is removed from the queue.
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
