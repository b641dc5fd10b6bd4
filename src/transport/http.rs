//! The reqwest sender: pooled HTTP/1.1, no redirects, no retries, no decoding, no header that EPS does not document.

use super::failure::{DnsFailure, Failure};
use super::policy::{CONNECT, IDLE, STALL};
use super::tracked::{Progress, TrackedBody};
use super::{Outgoing, Transport, head, tls};
use crate::clock::lock;
use crate::error::{Code, Error, Phase};
use crate::response::{HttpAnswer, MAX_BODY};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::sync::{Arc, Mutex};

pub(crate) struct HttpTransport {
    client: Mutex<reqwest::Client>,
    builder: Box<Builder>,
}

type Builder = dyn Fn() -> reqwest::Result<reqwest::Client> + Send + Sync;

impl HttpTransport {
    /// `direct` leaves proxies out, for a server on this machine.
    ///
    /// # Errors
    /// `invalid_config` for an unusable `ca` or `proxy`.
    pub(crate) fn new(ca: Option<&str>, proxy: Option<&str>, direct: bool) -> Result<Self, Error> {
        let tls = tls::config(ca)?;
        let proxy =
            proxy.filter(|_| !direct).map(reqwest::Proxy::all).transpose().map_err(|_| {
                Error::new(Code::InvalidConfig, "proxy must be a URL such as http://proxy.example:3128")
            })?;
        let builder = Box::new(move || {
            let mut builder = reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(Arc::new(SystemResolver))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(CONNECT)
                .pool_idle_timeout(IDLE)
                .tcp_nodelay(true);
            if direct {
                builder = builder.no_proxy();
            }
            if let Some(proxy) = proxy.clone() {
                builder = builder.proxy(proxy);
            }
            builder.build()
        });
        let client = builder().map_err(|_| Error::new(Code::Internal, "the HTTP client could not be built"))?;
        Ok(Self { client: Mutex::new(client), builder })
    }

    /// Leaves all pooled connections behind: those in use end with their calls, idle ones now.
    ///
    /// After an answer that is refused for its head, its connection is in the pool again already, and reqwest has no way to take one out.
    fn leave_connections(&self) {
        if let Ok(fresh) = (self.builder)() {
            *lock(&self.client) = fresh;
        }
    }
}

impl Transport for HttpTransport {
    async fn exchange(&self, request: Outgoing<'_>, progress: &Progress) -> Result<HttpAnswer, Failure> {
        let method = match request.method {
            "POST" => reqwest::Method::POST,
            "PUT" => reqwest::Method::PUT,
            _ => reqwest::Method::GET,
        };
        let client = lock(&self.client).clone();
        let mut builder = client.request(method, request.url);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        match request.body {
            Some(body) => builder = builder.body(reqwest::Body::wrap(TrackedBody::new(body, progress.clone()))),
            // Without a body there is nothing to see being polled: assume that it may leave at once.
            None => progress.reach(Phase::Dispatched),
        }
        let response = builder.send().await.map_err(|error| Failure::from_reqwest(&error, progress.phase()))?;
        progress.reach(Phase::HeadersSeen);
        let headers = head::headers(response.headers()).inspect_err(|_| self.leave_connections())?;
        read(response, headers, progress).await
    }
}

async fn read(
    mut response: reqwest::Response,
    headers: Vec<(String, String)>,
    progress: &Progress,
) -> Result<HttpAnswer, Failure> {
    let phase = Phase::HeadersSeen;
    let mut answer = HttpAnswer { status: response.status().as_u16(), headers, body: Vec::new() };
    if response.content_length().is_some_and(|length| length > MAX_BODY as u64) {
        return Err(Failure { code: Code::BodyTooLarge, phase });
    }
    loop {
        let chunk = tokio::time::timeout(STALL, response.chunk()).await;
        let chunk = chunk.map_err(|_| Failure { code: Code::TimeoutAttempt, phase })?;
        match chunk.map_err(|error| Failure::from_reqwest(&error, phase))? {
            Some(bytes) if answer.body.len() + bytes.len() > MAX_BODY => {
                return Err(Failure { code: Code::BodyTooLarge, phase });
            }
            Some(bytes) => answer.body.extend_from_slice(&bytes),
            None => break,
        }
    }
    progress.reach(Phase::BodyComplete);
    Ok(answer)
}

/// The system's resolver, with an error of our own type.
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let addresses =
                found.map_err(|error| Box::new(DnsFailure(error)) as Box<dyn std::error::Error + Send + Sync>)?;
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}
