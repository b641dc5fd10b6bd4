//! Open connection, and the exchange of one request and its response over the connection.

use super::connect::{Stream, io};
use super::counting_io::{CountingIo, Meter};
use crate::error::Phase;
use crate::transport::body::receive;
use crate::transport::failure::TransportFailure;
use crate::transport::head::Received;
use crate::transport::tracked::{Progress, TrackedBody};
use bytes::Bytes;
use hyper::Request;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::yield_now;
use tokio::time::sleep;

/// Number of checks for unread bytes on a connection, before the connection is given up.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

pub(super) struct Connection {
    sender: http1::SendRequest<TrackedBody>,
    /// Future that reads from the socket and writes to it. `None` once the connection has ended.
    connection: Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>,
    meter: Meter,
}

impl Connection {
    /// Starts HTTP/1.1 on a new byte stream.
    ///
    /// # Errors
    /// The phase of every failure is `NotDispatched`, because this function writes no byte of a request.
    pub(super) async fn new(stream: Box<dyn Stream>, progress: &Progress) -> Result<Self, TransportFailure> {
        let meter = Meter::new(progress.clone());
        let handshake = http1::handshake(io(CountingIo::new(stream, meter.clone()))).await;
        let (sender, connection) = handshake.map_err(|error| TransportFailure::exchanging(&error, progress.phase()))?;
        Ok(Self { sender, connection: Some(Box::pin(connection)), meter })
    }

    /// Counts the bytes of this connection for another request from now on.
    pub(super) fn count_for(&self, progress: &Progress) {
        self.meter.count_for(progress.clone());
    }

    /// Returns true if the connection is open, as far as the async runtime knows. The kernel is not asked.
    pub(super) async fn stands(&mut self) -> bool {
        let Self { connection, sender, .. } = self;
        drive(connection, async {}).await;
        connection.is_some() && sender.is_ready()
    }

    /// Returns true if the connection is open and has nothing to read, so that a request may be sent over it.
    ///
    /// Bytes that have arrived in the kernel but not in the async runtime are read first. If they are TLS session tickets, which a server
    /// sends after its handshake, the connection stays usable. If they belong to an HTTP response, the connection ends.
    pub(super) async fn is_idle(&mut self) -> bool {
        for look in 0..LOOKS {
            self.meter.begin_look();
            let stands = self.stands().await;
            let unread = self.meter.end_look();
            if !stands || !unread {
                return stands;
            }
            // A yield lets the runtime poll the kernel for ready sockets, unless another thread of the runtime is about to do so. So the
            // later checks sleep instead.
            let turn = async move { if look == 0 { yield_now().await } else { sleep(BETWEEN_LOOKS).await } };
            drive(&mut self.connection, turn).await;
        }
        false
    }

    pub(super) async fn exchange(
        &mut self,
        request: Request<TrackedBody>,
        progress: &Progress,
    ) -> Result<Received, TransportFailure> {
        let response = drive(&mut self.connection, self.sender.send_request(request)).await;
        let response = response.map_err(|error| TransportFailure::exchanging(&error, progress.phase()))?;
        progress.reach(Phase::HeadersSeen);
        let (parts, body) = response.into_parts();
        let answer = receive(parts, DrivenBody { connection: &mut self.connection, body }).await?;
        progress.reach(Phase::BodyComplete);
        Ok(answer)
    }
}

/// Polls the connection and `work`, which uses the connection, in the same task. So the connection does nothing after the exchange has
/// ended or was dropped.
async fn drive<C: Future + Unpin, F: Future>(connection: &mut Option<C>, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|context| {
        poll_connection(connection, context);
        work.as_mut().poll(context)
    })
    .await
}

/// Polls the connection, and drops it if it has ended. An error of the connection is not returned here, because the request or the body
/// that uses the connection returns it.
fn poll_connection<C: Future + Unpin>(connection: &mut Option<C>, context: &mut Context<'_>) {
    if let Some(running) = connection.as_mut()
        && Pin::new(running).poll(context).is_ready()
    {
        *connection = None;
    }
}

/// Response body that polls its connection first, as [`drive`] does.
struct DrivenBody<'a, C> {
    connection: &'a mut Option<C>,
    body: Incoming,
}

impl<C: Future + Unpin> Body for DrivenBody<'_, C> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        poll_connection(self.connection, context);
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::error::Code;
    use hyper::Method;
    use std::io;
    use std::task::Context;
    use std::time::Duration;
    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
    use tokio::time::Instant;

    impl Stream for DuplexStream {
        fn is_quiet(&self) -> bool {
            true
        }
    }

    /// Exchanges a request with a server that sends a response body of 30 bytes, one byte per interval `every`. Returns the result and the
    /// duration.
    async fn dripping(every: Duration) -> (Result<usize, Code>, Duration) {
        let (ours, mut theirs) = tokio::io::duplex(1024);
        let progress = Progress::default();
        let mut live = Connection::new(Box::new(ours), &progress).await.unwrap();
        let server = async {
            let _ = theirs.read(&mut [0; 512]).await;
            let _ = theirs.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n").await;
            for _ in 0..30 {
                tokio::time::sleep(every).await;
                let _ = theirs.write_all(b"x").await;
            }
            std::future::pending().await
        };
        let mut request = Request::new(TrackedBody::new(None, progress.clone()));
        *request.method_mut() = Method::GET;
        let begun = Instant::now();
        let exchanged = tokio::select! {
            exchanged = live.exchange(request, &progress) => exchanged,
            () = server => unreachable!(),
        };
        (exchanged.map(|answer| answer.body.len()).map_err(|failure| failure.code), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_crawls_has_stalled_and_a_slow_one_has_not() {
        let (crawling, after) = dripping(Duration::from_secs(2)).await;
        assert_eq!(crawling, Err(Code::TimeoutAttempt));
        assert!(after >= Duration::from_millis(5_000) && after <= Duration::from_millis(5_010), "{after:?}");
        assert_eq!(dripping(Duration::from_millis(900)).await.0, Ok(30));
        assert_eq!(
            dripping(Duration::from_millis(1_100)).await.0,
            Err(Code::TimeoutAttempt),
            "four bytes in five seconds must count as stalled"
        );
    }

    /// Stream for which the kernel always reports unread bytes, although no byte ever arrives.
    struct Unread(DuplexStream);

    impl Stream for Unread {
        fn is_quiet(&self) -> bool {
            false
        }
    }

    impl AsyncRead for Unread {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(context, buffer)
        }
    }

    impl AsyncWrite for Unread {
        fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(context, bytes)
        }
        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(context)
        }
        fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(context)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn unread_data_is_checked_for_five_times_1_ms_apart() {
        let (ours, _theirs) = tokio::io::duplex(64);
        let mut live = Connection::new(Box::new(Unread(ours)), &Progress::default()).await.unwrap();
        let begun = Instant::now();
        assert!(!live.is_idle().await);
        assert_eq!(begun.elapsed(), Duration::from_millis(4));
    }
}
