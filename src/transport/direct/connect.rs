//! Opens new connections: TCP, through a proxy if one is configured, and TLS for `https`.

use super::super::failure::{DnsFailure, TransportFailure, wants_proxy_credentials};
use super::super::limits::CONNECT;
use super::super::tls::Tls;
use super::race;
use crate::error::{Code, Error, Phase};
use hyper::Uri;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

/// Byte stream of a connection.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Returns true if the kernel has nothing to read on this stream: no bytes, no end of the stream and no error.
    fn is_quiet(&self) -> bool;
}

impl Stream for TcpStream {
    fn is_quiet(&self) -> bool {
        let peeked = socket2::SockRef::from(self).peek(&mut [std::mem::MaybeUninit::uninit()]);
        peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

impl Stream for TlsStream<TcpStream> {
    fn is_quiet(&self) -> bool {
        self.get_ref().0.is_quiet()
    }
}

/// Replacement for TCP and TLS. Simulations use it to open their own streams.
pub(crate) trait Dial: Send + Sync {
    fn dial(&self) -> Dialing<'_>;
}

pub(crate) type Dialing<'a> = Pin<Box<dyn Future<Output = std::io::Result<Box<dyn Stream>>> + Send + 'a>>;

pub(super) struct Connector {
    tls: Tls,
    proxies: Option<Matcher>,
    dial: Option<Arc<dyn Dial>>,
}

impl Connector {
    pub(super) fn new(tls: Tls, proxies: Option<Matcher>, dial: Option<Arc<dyn Dial>>) -> Self {
        Self { tls, proxies, dial }
    }

    /// Opens a connection to the server at `target`, within the time limit [`CONNECT`].
    ///
    /// # Errors
    /// The phase of every failure is `NotDispatched`, because no byte of a request is written before the connection is established.
    pub(super) async fn connect(&self, target: &Uri) -> Result<Box<dyn Stream>, TransportFailure> {
        let connecting = tokio::time::timeout(CONNECT, self.open(target));
        connecting.await.map_err(|_| failed(Code::NetworkConnectTimeout))?
    }

    async fn open(&self, target: &Uri) -> Result<Box<dyn Stream>, TransportFailure> {
        if let Some(dial) = &self.dial {
            return dial.dial().await.map_err(|error| TransportFailure::connecting(&error));
        }
        let host = target.host().ok_or_else(|| failed(Code::NetworkDns))?.trim_matches(['[', ']']).to_owned();
        let secure = target.scheme_str() == Some("https");
        let port = target.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tcp = match self.proxies.as_ref().and_then(|proxies| proxies.intercept(target)) {
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), ToProxy);
                if let Some(credentials) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(credentials.clone());
                }
                let tunnelled = tunnel.call(target.clone()).await;
                let refused = |error| {
                    let code = if wants_proxy_credentials(&error) { Code::ProxyAuth } else { Code::Proxy };
                    TransportFailure { code, ..TransportFailure::connecting(&error) }
                };
                tunnelled.map_err(refused)?.into_inner()
            }
            None => direct(&host, port).await?,
        };
        // Switches off Nagle's algorithm, which would delay the last bytes of a request. An error is ignored, because requests would only
        // be slower.
        let _ = tcp.set_nodelay(true);
        if !secure {
            return Ok(Box::new(tcp));
        }
        let name = ServerName::try_from(host).map_err(|_| failed(Code::NetworkDns))?;
        let config = self.tls.config().map_err(failed)?;
        let tls = TlsConnector::from(config).connect(name, tcp).await;
        Ok(Box::new(tls.map_err(|error| TransportFailure::connecting(&error))?))
    }
}

fn failed(code: Code) -> TransportFailure {
    TransportFailure::new(code, Phase::NotDispatched)
}

async fn direct(host: &str, port: u16) -> Result<TcpStream, TransportFailure> {
    let addresses = tokio::net::lookup_host((host, port)).await;
    let addresses = addresses.map_err(|error| TransportFailure::connecting(&DnsFailure(error)))?;
    race::connect(addresses).await.map_err(|error| TransportFailure::connecting(&error))
}

/// Connector that opens the TCP connection to the proxy. If the proxy has several addresses, the first connection that succeeds is kept.
struct ToProxy;

impl Service<Uri> for ToProxy {
    type Response = TokioIo<TcpStream>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<TokioIo<TcpStream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, proxy: Uri) -> Self::Future {
        Box::pin(async move {
            let host = proxy.host().unwrap_or_default().trim_matches(['[', ']']);
            let addresses = tokio::net::lookup_host((host, proxy.port_u16().unwrap_or(80))).await?;
            race::connect(addresses).await.map(TokioIo::new)
        })
    }
}

/// Returns the configured proxy. If none is configured, returns the proxies that the environment variables name.
///
/// # Errors
/// `invalid_config` if the configured proxy is not an `http` URL.
pub(super) fn proxies(configured: Option<&str>) -> Result<Matcher, Error> {
    let Some(text) = configured else { return Ok(Matcher::from_env()) };
    let usable = url::Url::parse(text).is_ok_and(|url| url.has_host() && url.scheme() == "http");
    if !usable {
        return Err(Error::new(Code::InvalidConfig, "proxy must be an http URL such as http://proxy.example:3128"));
    }
    Ok(Matcher::builder().all(text.to_owned()).build())
}

pub(super) fn io<S: AsyncRead + AsyncWrite>(stream: S) -> TokioIo<S> {
    TokioIo::new(stream)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    struct Never;

    impl Dial for Never {
        fn dial(&self) -> Dialing<'_> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn connecting_takes_three_seconds_and_a_little_at_most() {
        let connector = Connector::new(Tls::new(None).unwrap(), None, Some(Arc::new(Never)));
        let begun = tokio::time::Instant::now();
        let failure = connector.connect(&Uri::from_static("http://127.0.0.1:1")).await.err().unwrap();
        assert_eq!((failure.code, failure.phase), (Code::NetworkConnectTimeout, Phase::NotDispatched));
        assert_eq!(begun.elapsed(), std::time::Duration::from_millis(3_100));
    }
}
