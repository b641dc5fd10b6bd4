//! Transport over connections that this module manages itself.
//!
//! A library's pool hides the connection, and therefore how much of a request has left. Here a connection counts its bytes, and it belongs
//! to the exchange: dropping the exchange closes the socket, and from then on the count is final. A debit gets a connection that carries
//! nothing else, which may have been opened ahead. Other calls may use a connection that was kept. Both kinds are used only after a check
//! that nothing waits on them to be read.

mod connect;
mod connection;
mod counting_io;
mod pool;
mod race;
mod reserve;

use super::failure::TransportFailure;
use super::tls::Tls;
use super::tracked::{Progress, TrackedBody};
use super::{Origin, Outgoing, Received, Transport};
use crate::error::{Code, Error, Phase};
use connect::Connector;
pub(crate) use connect::Dial;
#[cfg(test)]
pub(crate) use connect::{Dialing, Stream};
use connection::Connection;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Request, Uri};
use pool::Pool;
use reserve::Reserve;
use std::future::Future;
use std::sync::Arc;

pub(crate) struct DirectTransport {
    connector: Arc<Connector>,
    kept: Arc<Pool>,
    reserve: Arc<Reserve>,
}

impl DirectTransport {
    /// Creates the transport. `direct` ignores proxies and is meant for a server on this machine.
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
        Ok(Self {
            connector: Arc::new(Connector::new(Tls::new(ca)?, proxies, dial)),
            kept: Arc::default(),
            reserve: Arc::default(),
        })
    }
}

impl DirectTransport {
    /// Opens a connection for the next debit to this host. Does nothing if there is one or one is being opened. If opening fails, that
    /// debit gets the failure as its first attempt.
    pub(crate) async fn open_ahead(&self, origin: &Origin) {
        if let Some(opening) = self.reserve.begin(origin.host()).await {
            opening.end(open(&self.connector, origin.uri(), &Progress::default()).await);
        }
    }

    /// Returns a future that opens a connection for the next debit, or `None` if no other debit went to this host within the last second.
    /// The future is to run while this debit is answered, and may run longer. Its failure is dropped: the next debit then opens a
    /// connection of its own.
    pub(crate) fn open_next(&self, origin: &Origin) -> Option<impl Future<Output = ()> + Send + 'static> {
        if !self.reserve.flows(origin.host()) {
            return None;
        }
        let (connector, reserve) = (Arc::clone(&self.connector), Arc::clone(&self.reserve));
        let (host, uri) = (origin.host().clone(), origin.uri().clone());
        Some(async move {
            if let Some(opening) = reserve.begin(&host).await
                && let Ok(live) = open(&connector, &uri, &Progress::default()).await
            {
                opening.end(Ok(live));
            }
        })
    }

    /// Returns a connection, and true if it was kept or opened ahead. A debit uses one that was opened `ahead`, and other calls use one
    /// that was kept. A connection on which something waits to be read is not used; a new one is opened instead.
    async fn connection(
        &self,
        outgoing: &Outgoing<'_>,
        ahead: bool,
        progress: &Progress,
    ) -> Result<(Connection, bool), TransportFailure> {
        let host = outgoing.origin.host();
        if ahead && let Some(opened) = self.reserve.take(host).await {
            let live = opened?;
            live.count_for(progress);
            return Ok((live, true));
        }
        while !outgoing.fresh
            && let Some(mut live) = self.kept.take(host)
        {
            if live.is_idle().await {
                live.count_for(progress);
                return Ok((live, true));
            }
        }
        Ok((open(&self.connector, outgoing.origin.uri(), progress).await?, false))
    }
}

async fn open(connector: &Connector, target: &Uri, progress: &Progress) -> Result<Connection, TransportFailure> {
    // The future is boxed because it is large and rarely needed. Otherwise every call would carry its size.
    let stream = Box::pin(connector.connect(target)).await?;
    Connection::new(stream, progress).await
}

impl Transport for DirectTransport {
    async fn exchange(&self, outgoing: Outgoing<'_>, progress: &Progress) -> Result<Received, TransportFailure> {
        let unsendable = TransportFailure { code: Code::Internal, phase: Phase::NotDispatched };
        let mut ahead = outgoing.fresh;
        loop {
            let (request, size) = request(&outgoing, progress).ok_or(unsendable)?;
            progress.count_against(size);
            let (mut live, waited) = self.connection(&outgoing, ahead, progress).await?;
            match live.exchange(request, progress).await {
                // The connection ended at this moment and took no byte, so the next attempt is still the first time that the request
                // leaves.
                Err(failure) if waited && failure.phase == Phase::NotDispatched => ahead = false,
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

/// Returns the request and its size on the wire, in bytes.
fn request(outgoing: &Outgoing<'_>, progress: &Progress) -> Option<(Request<TrackedBody>, u64)> {
    let path = PathAndQuery::try_from(outgoing.path).ok()?;
    let line = outgoing.method.as_str().len() + " ".len() + path.as_str().len() + " HTTP/1.1\r\n".len();
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(HOST, outgoing.origin.host().clone());
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    // If this header is missing, a server, or a gateway before it, may choose an encoding.
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

/// Largest number of headers of a request.
const HEADERS: usize = 8;
