//! Transport over reqwest, for programs that must use its TLS, proxy or resolver settings.
//!
//! reqwest hides how many bytes of a request were sent. So a request counts as not sent only under two conditions: this transport has built
//! the reqwest client itself, with retries switched off, and no connection was established.

use super::body::receive;
use super::failure::{TransportFailure, any_text, cause_of};
use super::tracked::Progress;
use super::{Outgoing, Received, Transport};
use crate::error::{Code, Error, Phase};
use futures_util::FutureExt;
use hyper::{Version, http};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Request, Url, retry};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Transport over [`reqwest`], for [`Config::reqwest`](crate::Config::reqwest).
///
/// The client's own transport counts the bytes of each request. reqwest cannot: after its connection is established, each failure means
/// that the request may have been sent. So more debits end as `indeterminate`. Use this transport only if the program needs TLS, proxy or
/// resolver settings of reqwest.
///
/// reqwest's own features choose the TLS library, such as `rustls` or `native-tls`. Unlike the client's own transport, reqwest also uses
/// the proxies of the environment for a server on this machine. To call such a server, call `no_proxy` on the builder.
#[derive(Clone)]
pub struct ReqwestTransport {
    /// Client that opens a new connection for each request. Debits and the inquiries about them need it.
    fresh: Option<Client>,
    /// Client that the caller has built, for calls that move no money. It may reuse connections.
    shared: Option<Client>,
}

impl ReqwestTransport {
    /// Creates a transport for all calls and debits. Keeps the proxies, TLS settings, resolver, timeouts and default headers of `builder`,
    /// and sets: no redirects, no retries, HTTP/1.1, no decompression, strict parsing, and a separate connection for each request.
    ///
    /// - Set `connect_timeout`. Without it, a debit is `indeterminate` instead of `notSent` if its deadline, `timeout` or an abort ends it before
    ///   its connection is established.
    /// - A preconfigured TLS configuration must not offer `h2` in its `alpn_protocols`: every answer would be refused (`protocol`).
    /// - Do not set the default headers `Transfer-Encoding`, `Upgrade` or `Range`, and do not enable a cookie store: they would change each
    ///   request.
    ///
    /// # Errors
    /// `invalid_config` if reqwest refuses the settings.
    pub fn from_builder(builder: ClientBuilder) -> Result<Self, Error> {
        let builder = builder
            .redirect(Policy::none())
            .retry(retry::never())
            .http1_only()
            .http1_ignore_invalid_headers_in_responses(false)
            .http1_allow_spaces_after_header_name_in_responses(false)
            .http1_allow_obsolete_multiline_headers_in_responses(false)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            // Verbose logging would write keys and personal data into the log.
            .connection_verbose(false)
            // The EPS client has already checked the scheme of its base URL. reqwest would refuse a request only when it is sent.
            .https_only(false)
            .pool_max_idle_per_host(0);
        // reqwest panics if rustls has no crypto provider.
        match catch_unwind(AssertUnwindSafe(|| builder.build())) {
            Ok(Ok(fresh)) => Ok(Self { fresh: Some(fresh), shared: None }),
            Ok(Err(error)) => {
                let reason = cause_of(&error).map(|cause| cause.chain()).unwrap_or_default();
                Err(invalid(format!("reqwest refuses the settings of its ClientBuilder: {reason}")))
            }
            Err(_) => Err(invalid(
                "reqwest cannot set up TLS: enable its feature rustls or native-tls, or install a rustls CryptoProvider".to_owned(),
            )),
        }
    }

    /// Creates a transport for calls that move no money, over a client that the caller has built. Debits and the inquiries about them are
    /// refused: the settings of a built client cannot be read, so it may retry requests and reuse connections.
    ///
    /// # Errors
    /// `invalid_config` if the client follows redirects. A redirect would send the signature to another address, and could send a request
    /// twice.
    pub fn from_client(client: Client) -> Result<Self, Error> {
        Ok(Self { fresh: None, shared: Some(without_redirects(client)?) })
    }

    /// Uses this client, which the caller has built and which may reuse its connections, for the calls that move no money.
    ///
    /// # Errors
    /// `invalid_config` if the client follows redirects.
    pub fn calls_over(self, client: Client) -> Result<Self, Error> {
        Ok(Self { shared: Some(without_redirects(client)?), ..self })
    }

    /// Checks that this transport can open a new connection for each request.
    ///
    /// # Errors
    /// `invalid_config` if the transport has only a client that the caller has built.
    pub(super) fn check_fresh(&self) -> Result<(), Error> {
        if self.fresh.is_some() {
            return Ok(());
        }
        Err(invalid(
            "reqwest: debits and the inquiries about them need ReqwestTransport::from_builder, because the settings of a finished \
             reqwest::Client cannot be read: it may repeat a request or reuse a connection"
                .to_owned(),
        ))
    }
}

fn invalid(message: String) -> Error {
    Error::new(Code::InvalidConfig, message)
}

/// Checks that a client that the caller has built follows no redirects. reqwest shows this only in the client's debug output. If the form
/// of the output changes, every such client is refused.
fn without_redirects(client: Client) -> Result<Client, Error> {
    if format!("{client:?}").contains("redirect_policy: \"Policy(None)\"") {
        return Ok(client);
    }
    Err(invalid(
        "reqwest: the finished client follows redirects: build it with redirect(reqwest::redirect::Policy::none())"
            .to_owned(),
    ))
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
        let shared = self.shared.as_ref().filter(|_| !outgoing.fresh);
        let (Some(client), Some(request)) = (shared.or(self.fresh.as_ref()), request(&outgoing)) else {
            return Err(TransportFailure::new(Code::Internal, Phase::NotDispatched));
        };
        // From here on the request may have been sent, unless reqwest reports that it could not connect. A client that the caller has built
        // may have retried the request, so its failure to connect says nothing about earlier attempts.
        progress.reach(Phase::Dispatched);
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            let sent = !error.is_connect() || shared.is_some();
            if sent { TransportFailure::exchanging(&error, progress.phase()) } else { connecting(&error) }
        };
        // hyper-util panics if TLS has chosen HTTP/2 and its support is not compiled in.
        let response = AssertUnwindSafe(client.execute(request)).catch_unwind().await;
        let response =
            response.map_err(|_| TransportFailure::new(Code::Protocol, progress.phase()))?.map_err(failed)?;
        progress.reach(Phase::HeadersSeen);
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        if !matches!(parts.version, Version::HTTP_10 | Version::HTTP_11) {
            return Err(TransportFailure::new(Code::Protocol, Phase::HeadersSeen));
        }
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
    // Each header that is set here takes precedence over a default header that the caller has set in reqwest.
    *request.headers_mut() = outgoing.all_headers();
    *request.body_mut() = outgoing.body.map(|body| body.to_owned().into());
    Some(request)
}

/// Describes a failure to establish a connection. Nothing was sent.
fn connecting(error: &reqwest::Error) -> TransportFailure {
    let failure = TransportFailure::connecting(error);
    let proxy = |text: &str| ["tunnel", "proxy", "SOCKS"].iter().any(|word| text.contains(word));
    let code = if error.is_timeout() {
        Code::NetworkConnectTimeout
    } else if any_text(error, |text| text.starts_with("dns error")) {
        Code::NetworkDns
    } else if failure.code == Code::Proxy && !any_text(error, proxy) {
        // No text of the error names a proxy, so TLS has failed: a TLS library other than rustls has its own error type, which
        // `TransportFailure` does not know.
        Code::TlsHandshake
    } else {
        failure.code
    };
    TransportFailure { code, ..failure }
}
