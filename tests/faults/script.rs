//! What a server does with the connections it accepts.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

#[derive(Clone)]
pub enum Step {
    /// Reads at least this many bytes.
    Read(usize),
    /// Reads a whole request, and counts it.
    Request,
    Write(Vec<u8>),
    /// Writes one byte at a time, this long apart.
    Drip(Vec<u8>, Duration),
    /// Writes these bytes again and again, without end.
    Flood(Vec<u8>),
    /// Writes this text so many times, as long as the client reads, and then FIN.
    Times(Vec<u8>, usize),
    Reset,
    /// Reads the rest of the request and drops it.
    Drain,
    Fin,
    /// Waits until the test says so.
    Wait(Arc<Notify>),
    /// Signals the test that the script has come here.
    Tell(Arc<Notify>),
    /// Answers as EPS does when its clock is this many milliseconds ahead: refuses the timestamp with 2485, or gives this answer.
    Clock(i64, Vec<u8>),
    /// The exchange is complete: the connection takes further requests, and each gets the next script.
    Next,
}

/// Steps of one exchange. Without [`Step::Next`] at the end the connection stays open and unused: bytes that still come are a fault of the
/// client.
#[derive(Clone)]
pub struct Script {
    /// Whether the steps run on the plain socket, before any TLS handshake.
    pub raw: bool,
    pub steps: Vec<Step>,
}

impl Script {
    pub fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { raw: false, steps: steps.into_iter().collect() }
    }

    pub fn raw(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { raw: true, ..Self::of(steps) }
    }

    /// Reads a request, writes these bytes, and leaves the connection open and unused.
    pub fn reply(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of([Step::Request, Step::Write(bytes.into())])
    }

    /// Reads a request and gives a whole answer; the connection may be used again.
    pub fn answer(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of([Step::Request, Step::Write(bytes.into()), Step::Next])
    }
}

/// Returns an answer with its `content-length`.
pub fn http(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut out = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    out.extend_from_slice(body);
    out
}

/// Returns an answer with this body in chunks.
pub fn chunked(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}").into_bytes()
}
