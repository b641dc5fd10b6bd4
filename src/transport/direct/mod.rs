//! Transport over connections that this module opens and owns itself.
//!
//! A library's connection pool hides how many bytes of a request were sent. In this module, each connection counts its bytes, and the
//! exchange owns the connection. Dropping the exchange closes the socket, which makes the count final.
//!
//! A debit gets a connection that carries no other request. The connection may have been opened ahead of the debit. Other calls may reuse
//! an idle connection. A connection that was opened earlier is used only if a check finds no unread bytes on it.

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
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Uri};
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
    /// Creates the transport. If `direct` is true, the transport ignores all proxies, as needed for a server on the same machine.
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
    /// Opens a connection ahead of the next debit to this host. Does nothing if such a connection exists or is being opened. If the
    /// connection cannot be opened, the next debit gets the failure as its first attempt.
    pub(crate) async fn open_ahead(&self, origin: &Origin) {
        if let Some(opening) = self.reserve.begin(origin.host()).await {
            opening.end(open(&self.connector, origin.uri(), &Progress::default()).await);
        }
    }

    /// Returns a future that opens a connection ahead of the next debit. Returns `None` unless another debit went to this host within the
    /// last second. The caller runs the future while the current debit waits for its response, and the future may outlast the debit. If the
    /// connection cannot be opened, the failure is discarded, and the next debit opens a new connection.
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

    /// Returns a connection, and true if the connection was opened before this call. If `ahead` is true, prefers the connection that was
    /// opened ahead of the debit. A request that needs no fresh connection may reuse an idle connection. Instead of a connection with
    /// unread bytes, a new one is opened.
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
    // The future is boxed because it is large and rarely needed. Otherwise the future of every call would contain it.
    let stream = Box::pin(connector.connect(target)).await?;
    Connection::new(stream, progress).await
}

impl Transport for DirectTransport {
    async fn exchange(&self, outgoing: Outgoing<'_>, progress: &Progress) -> Result<Received, TransportFailure> {
        let mut ahead = outgoing.fresh;
        loop {
            let (request, size) = request(&outgoing, progress)
                .ok_or_else(|| TransportFailure::new(Code::Internal, Phase::NotDispatched))?;
            progress.count_against(size);
            let (mut live, waited) = self.connection(&outgoing, ahead, progress).await?;
            match live.exchange(request, progress).await {
                // The earlier opened connection ended before it accepted a byte of the request. Nothing was sent, so the next try still
                // belongs to this attempt.
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

/// Returns the HTTP request, and its size on the wire in bytes.
fn request(outgoing: &Outgoing<'_>, progress: &Progress) -> Option<(Request<TrackedBody>, u64)> {
    let path = PathAndQuery::try_from(outgoing.path).ok()?;
    let line = outgoing.method.as_str().len() + " ".len() + path.as_str().len() + " HTTP/1.1\r\n".len();
    let headers = outgoing.all_headers();
    let fields: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum();
    let size = line + fields + "\r\n".len() + outgoing.body.unwrap_or_default().len();
    let mut request = Request::new(TrackedBody::new(outgoing.body, progress.clone()));
    *request.method_mut() = outgoing.method.clone();
    *request.uri_mut() = path.into();
    *request.headers_mut() = headers;
    Some((request, size as u64))
}
