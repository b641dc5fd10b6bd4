//! Reading of a response body, within limits of size and time.

use super::deadline::{Elapsed, until};
use super::failure::TransportFailure;
use super::head::{self, Received};
use super::limits::{STALL, STALL_BYTES};
use crate::error::{Code, Phase};
use crate::response::MAX_BODY;
use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use hyper::http::response::Parts;
use std::error::Error as StdError;
use tokio::time::Instant;

/// Maximum initial capacity of the buffer for a response body, in bytes. Most bodies are shorter.
const EXPECTED_BODY: usize = 16 * 1024;

/// Checks the headers of a response, and reads its whole body.
///
/// # Errors
/// `protocol`, `body.too_large`, `timeout.attempt` if the body stalls, and the failures of the connection.
pub(super) async fn receive<B>(parts: Parts, mut body: B) -> Result<Received, TransportFailure>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: StdError + 'static,
{
    let phase = Phase::HeadersSeen;
    let fail = |code| TransportFailure::new(code, phase);
    head::check(&parts.headers)?;
    let length = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if length > MAX_BODY {
        return Err(fail(Code::BodyTooLarge));
    }
    // The buffer does not reserve the full announced length, because a server can announce any length.
    let mut answer = Received {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: Vec::with_capacity(length.min(EXPECTED_BODY)),
    };
    let (mut window, mut came) = (Instant::now() + STALL, 0);
    loop {
        let frame = until(window, body.frame()).await;
        let Some(frame) = frame.map_err(|Elapsed| fail(Code::TimeoutAttempt))? else { break };
        let frame = frame.map_err(|error| TransportFailure::exchanging(&error, phase))?;
        if let Ok(data) = frame.into_data() {
            if answer.body.len() + data.len() > MAX_BODY {
                return Err(fail(Code::BodyTooLarge));
            }
            came += data.len();
            if came >= STALL_BYTES {
                (window, came) = (Instant::now() + STALL, 0);
            }
            answer.body.extend_from_slice(&data);
        }
    }
    Ok(answer)
}
