//! Sending over connections in our own hands.
//!
//! A library's pool hides the connection, and with it how much of a request has left. Here a connection counts its bytes, and lives
//! inside the exchange: dropping the exchange closes the socket, and from then on the count is final. A debit gets a fresh
//! connection; other calls may take one that was kept, after it was seen that nothing waits on it to be read.

mod connect;
mod counted;
mod kept;
mod live;
mod race;

use super::failure::Failure;
use super::tls::Tls;
use super::tracked::{Progress, TrackedBody};
use super::{Outgoing, Received, Transport};
use crate::error::{Code, Error, Phase};
use connect::Connector;
pub(crate) use connect::Dial;
#[cfg(test)]
pub(crate) use connect::{Dialing, Stream};
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Request};
use kept::Kept;
use live::Live;
use std::sync::Arc;

pub(crate) struct DirectTransport {
    connector: Connector,
    kept: Arc<Kept>,
}

impl DirectTransport {
    /// `direct` leaves proxies out, for a server on this machine.
    ///
    /// # Errors
    /// `invalid_config` for an unusable `ca` or `proxy`.
    pub(crate) fn new(
        ca: Option<&str>,
        proxy: Option<&str>,
        direct: bool,
        dial: Option<Arc<dyn Dial>>,
    ) -> Result<Self, Error> {
        let proxies = (!direct).then(|| connect::proxies(proxy)).transpose()?;
        Ok(Self { connector: Connector::new(Tls::new(ca)?, proxies, dial), kept: Arc::default() })
    }
}

impl DirectTransport {
    /// One that was kept and that nothing waits on, else a fresh one; and whether it was kept.
    async fn connection(&self, outgoing: &Outgoing<'_>, progress: &Progress) -> Result<(Live, bool), Failure> {
        while !outgoing.fresh
            && let Some(mut live) = self.kept.take(outgoing.origin.host())
        {
            if live.is_idle().await {
                live.count_for(progress);
                return Ok((live, true));
            }
        }
        // Boxed, for it is large and seldom: every call would carry its size around.
        let stream = Box::pin(self.connector.connect(outgoing.origin.uri())).await?;
        Ok((Live::new(stream, progress).await?, false))
    }
}

impl Transport for DirectTransport {
    async fn exchange(&self, outgoing: Outgoing<'_>, progress: &Progress) -> Result<Received, Failure> {
        let unsendable = Failure { code: Code::Internal, phase: Phase::NotDispatched };
        loop {
            let (request, size) = request(&outgoing, progress).ok_or(unsendable)?;
            progress.count_against(size);
            let (mut live, kept) = self.connection(&outgoing, progress).await?;
            match live.exchange(request, progress).await {
                // It ended in the very moment, and took nothing: this is still the first time that the request leaves.
                Err(failure) if kept && failure.phase == Phase::NotDispatched => {}
                Err(failure) => return Err(failure),
                Ok(answer) => {
                    if !outgoing.fresh {
                        self.kept.put(outgoing.origin.host(), live).await;
                    }
                    return Ok(answer);
                }
            }
        }
    }
}

/// The request, and how many bytes it is on the wire.
fn request(outgoing: &Outgoing<'_>, progress: &Progress) -> Option<(Request<TrackedBody>, u64)> {
    let path = PathAndQuery::try_from(outgoing.path).ok()?;
    let line = outgoing.method.as_str().len() + " ".len() + path.as_str().len() + " HTTP/1.1\r\n".len();
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(HOST, outgoing.origin.host().clone());
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    // Without it a server, or a gateway before it, may choose how to encode.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in outgoing.headers {
        headers.insert(name, value.clone());
    }
    if let Some(body) = outgoing.body {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let fields: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum();
    let size = line + fields + "\r\n".len() + outgoing.body.unwrap_or_default().len();
    let mut request = Request::new(TrackedBody::new(outgoing.body, progress.clone()));
    *request.method_mut() = outgoing.method.clone();
    *request.uri_mut() = path.into();
    *request.headers_mut() = headers;
    Some((request, size as u64))
}

/// How many headers a request has at most.
const HEADERS: usize = 8;
