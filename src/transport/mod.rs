//! HTTP transport. Only this module uses the network.

mod body;
mod budget;
mod deadline;
mod direct;
mod failure;
mod head;
mod limits;
mod origin;
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
pub(crate) use retry::{Policy, RetryDecision};
pub(crate) use tracked::Progress;

use hyper::Method;
use hyper::header::{HeaderName, HeaderValue};
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

/// Sends a request exactly once. An implementation never retries, never follows redirects, and records in `progress` how much of the
/// request was sent.
pub(crate) trait Transport {
    /// Sends the request and returns the response. `progress` can still be read after the returned future has been dropped.
    fn exchange(
        &self,
        request: Outgoing<'_>,
        progress: &Progress,
    ) -> impl Future<Output = Result<Received, TransportFailure>> + Send;
}
