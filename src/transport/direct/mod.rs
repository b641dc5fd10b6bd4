//! Sending over connections in our own hands.
//!
//! A library's pool hides the connection, and with it how much of a request has left. Here a connection counts its bytes, and lives
//! inside the exchange: dropping the exchange closes the socket, and from then on the count is final. A debit gets a fresh
//! connection; other calls may take one that was kept, after it was seen that nothing waits on it to be read.

mod connect;
mod counted;
mod kept;
mod live;

use super::failure::Failure;
use super::tracked::{Progress, TrackedBody};
use super::{Outgoing, Transport, tls};
use crate::error::{Code, Error, Phase};
use crate::response::HttpAnswer;
use connect::Connector;
pub(crate) use connect::Dial;
#[cfg(test)]
pub(crate) use connect::{Dialing, Stream};
use hyper::{Request, Uri};
use kept::Kept;
use live::Live;
use std::sync::Arc;

pub(crate) struct DirectTransport {
    connector: Connector,
    kept: Arc<Kept>,
}

impl DirectTransport {
    /// `direct` leaves proxies out, for a server on this machine.
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
        Ok(Self { connector: Connector::new(tls::config(ca)?, proxies, dial), kept: Arc::default() })
    }
}

impl Transport for DirectTransport {
    async fn exchange(&self, outgoing: Outgoing<'_>, progress: &Progress) -> Result<HttpAnswer, Failure> {
        let unsendable = || Failure { code: Code::Internal, phase: Phase::NotDispatched };
        let uri: Uri = outgoing.url.parse().map_err(|_| unsendable())?;
        let authority = uri.authority().ok_or_else(unsendable)?.as_str().to_owned();
        let (mut next, size) = request(&outgoing, &uri, progress).ok_or_else(unsendable)?;
        progress.count_against(size);
        while !outgoing.fresh
            && let Some(mut live) = self.kept.take(&authority)
        {
            if !live.is_idle().await {
                continue;
            }
            live.count_for(progress);
            let exchanged = live.exchange(next, progress).await;
            match exchanged {
                // It ended in the very moment, and took nothing: this is still the first time that the request leaves.
                Err(failure) if failure.phase == Phase::NotDispatched => {
                    next = request(&outgoing, &uri, progress).ok_or_else(unsendable)?.0;
                }
                Err(failure) => return Err(failure),
                Ok(answer) => {
                    self.kept.put(authority, live).await;
                    return Ok(answer);
                }
            }
        }
        let mut live = Live::new(self.connector.connect(&uri).await?, progress).await?;
        let answer = live.exchange(next, progress).await?;
        if !outgoing.fresh {
            self.kept.put(authority, live).await;
        }
        Ok(answer)
    }
}

/// The request, and how many bytes it is on the wire.
fn request(outgoing: &Outgoing<'_>, uri: &Uri, progress: &Progress) -> Option<(Request<TrackedBody>, u64)> {
    let path = uri.path_and_query()?.as_str();
    let body = outgoing.body.unwrap_or_default();
    let mut headers = vec![("host", uri.authority()?.as_str().to_owned()), ("accept", "*/*".to_owned())];
    headers.extend(outgoing.headers.iter().cloned());
    if outgoing.body.is_some() {
        headers.push(("content-length", body.len().to_string()));
    }
    let mut builder = Request::builder().method(outgoing.method).uri(path);
    let mut size = outgoing.method.len() + path.len() + " ".len() + " HTTP/1.1\r\n".len() + "\r\n".len() + body.len();
    for (name, value) in headers {
        size += name.len() + value.len() + ": \r\n".len();
        builder = builder.header(name, value);
    }
    Some((builder.body(TrackedBody::new(outgoing.body, progress.clone())).ok()?, size as u64))
}
