//! Transport over reqwest, for programs that must use its TLS, proxy or resolver settings.
//!
//! reqwest hides how many bytes of a request were sent. So a request counts as not sent only if no connection was established.

use super::body::receive;
use super::failure::{TransportFailure, any_text};
use super::tracked::Progress;
use super::{Outgoing, Received, Transport};
use crate::error::{Code, Error, Phase};
use hyper::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue};
use hyper::{HeaderMap, http};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Request, Url, retry};
use std::fmt;

/// Transport over [`reqwest`], for [`Config::reqwest`](crate::Config::reqwest).
///
/// The client's own transport counts the bytes of each request. reqwest cannot: after its connection is established, each failure means
/// that the request may have been sent. So more debits end as `indeterminate`. Use this transport only if the program needs TLS, proxy or
/// resolver settings of reqwest.
#[derive(Clone)]
pub struct ReqwestTransport {
    /// Client that opens a connection for each request. Debits and the inquiries about them need it.
    fresh: Option<Client>,
    /// Finished client, for calls that move no money.
    shared: Option<Client>,
}

impl ReqwestTransport {
    /// Creates a transport for all calls and debits. Keeps the proxies, client certificates, resolver and timeouts of `builder`, and sets:
    /// no redirects, no retries, HTTP/1.1, no decompression, and a separate connection for each request.
    ///
    /// Set `connect_timeout` in `builder`. Without it, a debit whose connection is not established before the deadline is `indeterminate`,
    /// not `notSent`.
    ///
    /// # Errors
    /// `invalid_config` if reqwest refuses the settings.
    pub fn from_builder(builder: ClientBuilder) -> Result<Self, Error> {
        let builder = builder
            .redirect(Policy::none())
            .retry(retry::never())
            .http1_only()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .pool_max_idle_per_host(0);
        let fresh = builder.build().map_err(|error| {
            let reason = TransportFailure::connecting(&error).cause.map(|cause| cause.chain()).unwrap_or_default();
            Error::new(Code::InvalidConfig, format!("reqwest refuses the settings of its ClientBuilder: {reason}"))
        })?;
        Ok(Self { fresh: Some(fresh), shared: None })
    }

    /// Creates a transport for calls that move no money. Debits and the inquiries about them are refused: the settings of a finished client
    /// cannot be read, and by default reqwest follows redirects, repeats requests and reuses connections.
    pub fn from_client(client: Client) -> Self {
        Self { fresh: None, shared: Some(client) }
    }

    /// Sends the calls that move no money over this finished client, which may reuse its connections.
    #[must_use]
    pub fn calls_over(mut self, client: Client) -> Self {
        self.shared = Some(client);
        self
    }

    /// # Errors
    /// `invalid_config` if the transport has only a finished client.
    pub(super) fn check_fresh(&self) -> Result<(), Error> {
        if self.fresh.is_some() {
            return Ok(());
        }
        Err(Error::new(
            Code::InvalidConfig,
            "reqwest: debits and the inquiries about them need ReqwestTransport::from_builder, because the settings of a finished \
             reqwest::Client cannot be read: it may follow redirects, repeat a request or reuse a connection",
        ))
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Omits the clients: their debug output may contain the URL of a proxy with a password.
        let Self { fresh, shared } = self;
        f.debug_struct("ReqwestTransport").field("fresh", &fresh.is_some()).field("shared", &shared.is_some()).finish()
    }
}

impl Transport for ReqwestTransport {
    async fn exchange(&self, outgoing: Outgoing<'_>, progress: &Progress) -> Result<Received, TransportFailure> {
        let fresh = self.fresh.as_ref();
        let client = if outgoing.fresh { fresh } else { self.shared.as_ref().or(fresh) };
        let (Some(client), Some(request)) = (client, request(&outgoing)) else {
            return Err(TransportFailure::new(Code::Internal, Phase::NotDispatched));
        };
        let target = request.url().clone();
        // From here on the request may have been sent, unless reqwest reports that it could not connect.
        progress.reach(Phase::Dispatched);
        let response = client.execute(request).await.map_err(|error| failure(error, progress.phase()))?;
        progress.reach(Phase::HeadersSeen);
        if *response.url() != target {
            // Only a finished client follows redirects.
            return Err(TransportFailure::new(Code::Redirect, Phase::HeadersSeen));
        }
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let answer = receive(parts, body).await?;
        progress.reach(Phase::BodyComplete);
        Ok(answer)
    }
}

/// Returns the request, or `None` if reqwest would change its URL.
fn request(outgoing: &Outgoing<'_>) -> Option<Request> {
    let text =
        format!("{}://{}{}", outgoing.origin.uri().scheme_str()?, outgoing.origin.uri().authority()?, outgoing.path);
    let url = Url::parse(&text).ok().filter(|url| url.as_str() == text)?;
    let mut request = Request::new(outgoing.method.clone(), url);
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in outgoing.headers {
        headers.insert(name, value.clone());
    }
    *request.headers_mut() = headers;
    *request.body_mut() = outgoing.body.map(|body| body.to_owned().into());
    Some(request)
}

fn failure(error: reqwest::Error, phase: Phase) -> TransportFailure {
    // The URL may contain personal data, and the text of the error is shown.
    let error = error.without_url();
    if !error.is_connect() {
        let failure = TransportFailure::exchanging(&error, phase);
        return if error.is_timeout() { TransportFailure { code: Code::TimeoutAttempt, ..failure } } else { failure };
    }
    let failure = TransportFailure::connecting(&error);
    let code = if error.is_timeout() {
        Code::NetworkConnectTimeout
    } else if any_text(&error, |text| text.starts_with("dns error")) {
        Code::NetworkDns
    } else if failure.code == Code::Proxy
        && !any_text(&error, |text| ["tunnel", "proxy", "SOCKS"].iter().any(|word| text.contains(word)))
    {
        // A TLS library other than rustls has an error type of its own.
        Code::TlsHandshake
    } else {
        failure.code
    };
    TransportFailure { code, ..failure }
}
