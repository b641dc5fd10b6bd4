//! HTTP transport. Only this module uses the network.

mod body;
mod budget;
mod deadline;
mod direct;
mod failure;
mod head;
mod limits;
mod origin;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod retry;
mod tls;
mod tracked;

pub(crate) use budget::Budget;
pub(crate) use deadline::{Elapsed, until};
pub(crate) use direct::{Dial, DirectTransport};
#[cfg(test)]
pub(crate) use direct::{Dialing, Stream};
pub(crate) use failure::TransportFailure;
pub(crate) use head::Received;
pub(crate) use origin::Origin;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub(crate) use retry::{Policy, RetryDecision};
pub(crate) use tracked::Progress;

use crate::error::Error;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method};
use std::future::Future;

/// Signed request that is ready to be sent.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    pub(crate) origin: &'a Origin,
    /// Path and query of the URL.
    pub(crate) path: &'a str,
    /// Headers of the request, except those that the transport adds.
    pub(crate) headers: &'a [(HeaderName, HeaderValue)],
    pub(crate) body: Option<&'a str>,
    /// True if the request needs a connection that has carried no other request.
    pub(crate) fresh: bool,
}

/// Initial capacity for the headers of a request.
const HEADERS: usize = 8;

impl Outgoing<'_> {
    /// Returns all headers of the request, with those that the transport adds.
    fn all_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(HEADERS);
        headers.insert(HOST, self.origin.host().clone());
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        // If this header is missing, a server or a gateway may compress the response.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        for (name, value) in self.headers {
            headers.insert(name, value.clone());
        }
        if let Some(body) = self.body {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        headers
    }
}

/// Sends a request exactly once. An implementation never retries a debit, never follows redirects, and records in `progress` how much of
/// the request was sent.
pub(crate) trait Transport {
    /// Sends the request and returns the response. `progress` can still be read after the returned future has been dropped.
    fn exchange(
        &self,
        request: Outgoing<'_>,
        progress: &Progress,
    ) -> impl Future<Output = Result<Received, TransportFailure>> + Send;
}

/// Transport of a client: over connections that this crate opens itself, or over the library reqwest.
pub(crate) enum ClientTransport {
    Direct(DirectTransport),
    #[cfg(feature = "reqwest")]
    Reqwest(ReqwestTransport),
}

impl ClientTransport {
    /// Checks that the transport can send a request over a connection that carries no other request.
    ///
    /// # Errors
    /// `invalid_config` if it cannot.
    pub(crate) fn check_fresh(&self) -> Result<(), Error> {
        match self {
            Self::Direct(_) => Ok(()),
            #[cfg(feature = "reqwest")]
            Self::Reqwest(reqwest) => reqwest.check_fresh(),
        }
    }

    /// Opens a connection ahead of the next debit: see [`DirectTransport::open_ahead`].
    pub(crate) async fn open_ahead(&self, origin: &Origin) {
        match self {
            Self::Direct(direct) => direct.open_ahead(origin).await,
            #[cfg(feature = "reqwest")]
            Self::Reqwest(_) => (),
        }
    }

    /// Returns a future that opens a connection ahead of the next debit: see [`DirectTransport::open_next`].
    pub(crate) fn open_next(&self, origin: &Origin) -> Option<impl Future<Output = ()> + Send + 'static> {
        match self {
            Self::Direct(direct) => direct.open_next(origin),
            #[cfg(feature = "reqwest")]
            Self::Reqwest(_) => None,
        }
    }
}

impl Transport for ClientTransport {
    async fn exchange(&self, request: Outgoing<'_>, progress: &Progress) -> Result<Received, TransportFailure> {
        match self {
            Self::Direct(direct) => direct.exchange(request, progress).await,
            #[cfg(feature = "reqwest")]
            Self::Reqwest(reqwest) => reqwest.exchange(request, progress).await,
        }
    }
}
