//! The sender of debits: one fresh connection each, in our own hands.
//!
//! reqwest's pool hides the connection, and with it how much of a request has left. Here the connection counts its bytes, and
//! lives inside the exchange: dropping the exchange closes the socket, and from then on the count is final.

mod connect;
mod counted;

use super::failure::{Failure, exchange_code};
use super::policy::STALL;
use super::tracked::{Progress, TrackedBody};
use super::{Outgoing, Transport, head, tls};
use crate::error::{Code, Error, Phase};
use crate::response::{HttpAnswer, MAX_BODY};
use connect::Connector;
pub(crate) use connect::Dial;
#[cfg(test)]
pub(crate) use connect::{Dialing, Stream};
use counted::Counted;
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper::{Request, Response, Uri, body::Incoming};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

pub(crate) struct DirectTransport(Connector);

impl DirectTransport {
    /// `direct` leaves proxies out, for a server on this machine.
    ///
    /// # Errors
    /// `invalid_config` for an unusable `ca`.
    pub(crate) fn new(
        ca: Option<&str>,
        proxy: Option<&str>,
        direct: bool,
        dial: Option<Arc<dyn Dial>>,
    ) -> Result<Self, Error> {
        let proxies = (!direct).then(|| connect::proxies(proxy));
        Ok(Self(Connector::new(tls::config(ca)?, proxies, dial)))
    }
}

impl Transport for DirectTransport {
    async fn exchange(&self, outgoing: Outgoing<'_>, progress: &Progress) -> Result<HttpAnswer, Failure> {
        let unsendable = || Failure { code: Code::Internal, phase: Phase::NotDispatched };
        let uri: Uri = outgoing.url.parse().map_err(|_| unsendable())?;
        let (request, size) = request(&outgoing, &uri, progress).ok_or_else(unsendable)?;
        progress.count_against(size);
        let stream = Counted::new(self.0.connect(&uri).await?, progress.clone());
        let failed =
            |error: &hyper::Error| Failure { code: exchange_code(error, progress.phase()), phase: progress.phase() };
        let (mut sender, connection) = http1::handshake(connect::io(stream)).await.map_err(|error| failed(&error))?;
        let mut connection = pin!(Some(connection));
        let response =
            drive(connection.as_mut(), sender.send_request(request)).await.map_err(|error| failed(&error))?;
        progress.reach(Phase::HeadersSeen);
        read(response, connection, progress).await
    }
}

/// The request, and how many bytes it is on the wire.
fn request(outgoing: &Outgoing<'_>, uri: &Uri, progress: &Progress) -> Option<(Request<TrackedBody>, u64)> {
    let path = uri.path_and_query()?.as_str();
    let body = outgoing.body.unwrap_or_default();
    let mut headers = vec![("host", uri.authority()?.as_str().to_owned())];
    headers.extend(outgoing.headers.iter().cloned());
    headers.push(("content-length", body.len().to_string()));
    let mut builder = Request::builder().method(outgoing.method).uri(path);
    let mut size = outgoing.method.len() + path.len() + " ".len() + " HTTP/1.1\r\n".len() + "\r\n".len() + body.len();
    for (name, value) in headers {
        size += name.len() + value.len() + ": \r\n".len();
        builder = builder.header(name, value);
    }
    Some((builder.body(TrackedBody::new(body, progress.clone())).ok()?, size as u64))
}

async fn read<C: Future>(
    response: Response<Incoming>,
    mut connection: Pin<&mut Option<C>>,
    progress: &Progress,
) -> Result<HttpAnswer, Failure> {
    let phase = Phase::HeadersSeen;
    let fail = |code| Failure { code, phase };
    let (parts, mut body) = response.into_parts();
    let headers = head::headers(&parts.headers)?;
    let mut answer = HttpAnswer { status: parts.status.as_u16(), headers, body: Vec::new() };
    loop {
        let frame = tokio::time::timeout(STALL, drive(connection.as_mut(), body.frame())).await;
        let Some(frame) = frame.map_err(|_| fail(Code::TimeoutAttempt))? else { break };
        let frame = frame.map_err(|error| fail(exchange_code(&error, phase)))?;
        if let Ok(data) = frame.into_data() {
            if answer.body.len() + data.len() > MAX_BODY {
                return Err(fail(Code::BodyTooLarge));
            }
            answer.body.extend_from_slice(&data);
        }
    }
    progress.reach(Phase::BodyComplete);
    Ok(answer)
}

/// Polls the connection along with what waits for it, in one task: nothing of it outlives the exchange.
async fn drive<C: Future, F: Future>(mut connection: Pin<&mut Option<C>>, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Some(running) = connection.as_mut().as_pin_mut()
            && running.poll(context).is_ready()
        {
            // Finished, for better or worse: `work` learns which.
            connection.set(None);
        }
        match work.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(output),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
