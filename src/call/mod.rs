//! Runs a call to EPS: signs the request, sends it, retries it if a retry is safe, and interprets the response.
//!
//! [`Core`] contains the state that every call needs. The code for debits also sends its requests through [`Core`].

mod attempts;
mod env;
mod example;
mod signed_request;

pub(crate) use attempts::{Call, CallReport, StampCheck};
pub(crate) use env::{Env, Rule};
pub use example::exchange;
pub use signed_request::SignedRequest;

use crate::catalog::{Base, Endpoint};
use crate::clock::{KeyClock, ServerOffset};
use crate::request::Context;
use crate::secret::Secret;
use crate::sign::{HEADER_NAMES, Signature, Signer};
use crate::transport::{Budget, ClientTransport, Origin};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use std::time::Duration;
use tokio::sync::Semaphore;

/// HTTP headers of one attempt: the three authentication headers and the content type.
pub(crate) type Headers = [(HeaderName, HeaderValue); 4];

/// Keys, clock, connections and addresses of one client.
pub(crate) struct Core {
    pub(crate) transport: ClientTransport,
    pub(crate) env: Env,
    pub(crate) signer: Signer,
    pub(crate) developer_key: Secret,
    pub(crate) developer_key_header: HeaderValue,
    pub(crate) clock: KeyClock,
    pub(crate) offset: ServerOffset,
    pub(crate) budget: Budget,
    /// Permits for the connections of all calls except debits, one permit per connection. Debits have a separate limit.
    pub(crate) slots: Semaphore,
    pub(crate) origin: Origin,
    /// Origin of the legacy endpoints, if it differs from `origin`.
    pub(crate) legacy_origin: Option<Origin>,
    pub(crate) base_url: String,
    pub(crate) legacy_base_url: Option<String>,
    pub(crate) initiator_id: Option<String>,
    pub(crate) user_code: Option<String>,
    pub(crate) deadline: Option<Duration>,
    /// True if the server is on this machine.
    pub(crate) loopback: bool,
}

impl Core {
    pub(crate) fn now_ms(&self) -> u64 {
        (self.env.now_ms)()
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            base_url: &self.base_url,
            legacy_base_url: self.legacy_base_url.as_deref(),
            initiator_id: self.initiator_id.as_deref(),
            user_code: self.user_code.as_deref(),
            reference: &crate::request::generate_reference,
        }
    }

    /// Returns the origin that serves an endpoint.
    pub(crate) fn origin(&self, endpoint: &Endpoint) -> &Origin {
        match endpoint.base {
            Base::Current => &self.origin,
            Base::Legacy => self.legacy_origin.as_ref().unwrap_or(&self.origin),
        }
    }

    /// Returns the signature and the HTTP headers for one attempt.
    ///
    /// # Errors
    /// If no timestamp can be used now: the time until the next one can be used.
    pub(crate) fn signed(&self, endpoint: &Endpoint, now_ms: u64) -> Result<(Signature, Headers), Duration> {
        let timestamp = self.clock.take(self.offset.correct(now_ms))?;
        let signature = self.signer.sign(timestamp);
        let sensitive = |bytes: &[u8]| {
            // Base64 text and digits are always valid header values, so the empty value is never used.
            let mut value = HeaderValue::from_bytes(bytes).unwrap_or(HeaderValue::from_static(""));
            value.set_sensitive(true);
            value
        };
        let [developer_key, secret_key, secret_key_timestamp] = HEADER_NAMES.map(HeaderName::from_static);
        let headers = [
            (developer_key, self.developer_key_header.clone()),
            (secret_key, sensitive(signature.as_bytes())),
            (secret_key_timestamp, sensitive(&timestamp.digits())),
            (CONTENT_TYPE, HeaderValue::from_static(endpoint.content_type.as_str())),
        ];
        Ok((signature, headers))
    }

    /// Returns the names and values of the HTTP headers for a request that the caller sends by other means.
    ///
    /// # Errors
    /// If no timestamp can be used now: the time until the next one can be used.
    pub(crate) fn signed_headers(
        &self,
        endpoint: &Endpoint,
        now_ms: u64,
    ) -> Result<Vec<(&'static str, String)>, Duration> {
        let timestamp = self.clock.take(self.offset.correct(now_ms))?;
        let signed = self.signer.headers(self.developer_key.expose(), timestamp);
        let mut headers: Vec<_> = signed.pairs().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        headers.push(("content-type", endpoint.content_type.as_str().to_owned()));
        Ok(headers)
    }
}
