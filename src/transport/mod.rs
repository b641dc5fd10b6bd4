//! Sending: the only room that touches the network.

mod abort;
mod budget;
mod deadline;
mod direct;
mod failure;
mod head;
mod origin;
mod policy;
mod tls;
mod tracked;

pub use abort::Abort;
pub(crate) use budget::Budget;
pub(crate) use deadline::{Elapsed, until};
pub(crate) use direct::{Dial, DirectTransport};
#[cfg(test)]
pub(crate) use direct::{Dialing, Stream};
pub(crate) use failure::TransportFailure;
pub(crate) use head::Received;
pub(crate) use origin::Origin;
pub(crate) use policy::{Policy, RetryDecision};
pub(crate) use tracked::Progress;

use hyper::Method;
use hyper::header::{HeaderName, HeaderValue};
use std::future::Future;

/// A signed request, ready to leave.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    pub(crate) origin: &'a Origin,
    /// Path and query.
    pub(crate) path: &'a str,
    /// Beside those of the transport itself.
    pub(crate) headers: &'a [(HeaderName, HeaderValue)],
    pub(crate) body: Option<&'a str>,
    /// Over a connection that nothing was sent over before.
    pub(crate) fresh: bool,
}

/// Sends one request once. It never repeats, never follows, and says how far it got.
pub(crate) trait Transport {
    /// `progress` stays readable when the returned future is dropped.
    fn exchange(
        &self,
        request: Outgoing<'_>,
        progress: &Progress,
    ) -> impl Future<Output = Result<Received, TransportFailure>> + Send;
}
