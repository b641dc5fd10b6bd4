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
    /// One byte at a time.
    Drip(Vec<u8>, Duration),
    /// Without end.
    Flood(Vec<u8>),
    /// This text for so long as the client reads, then FIN.
    Times(Vec<u8>, usize),
    Reset,
    /// Reads what still comes of the request, and forgets it.
    Drain,
    Fin,
    /// Waits until the test says so.
    Wait(Arc<Notify>),
    /// Tells the test.
    Tell(Arc<Notify>),
    /// Answers as EPS does with a clock that is this many milliseconds ahead: 2485, or this answer.
    Clock(i64, Vec<u8>),
    /// The exchange was sound: further requests on this connection are welcome and get the next script.
    Next,
}

/// One exchange. Without [`Step::Next`] at its end the connection stays open and unused: bytes that still come are a fault of the client.
#[derive(Clone)]
pub struct Script {
    /// In front of any TLS handshake.
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

    /// Reads a request, writes these bytes and leaves the connection alone.
    pub fn reply(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of([Step::Request, Step::Write(bytes.into())])
    }

    /// Reads a request and gives a whole answer; the connection may be used again.
    pub fn answer(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of([Step::Request, Step::Write(bytes.into()), Step::Next])
    }
}

/// An answer with its length.
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

/// A head that promises a chunked body.
pub fn chunked(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}").into_bytes()
}
