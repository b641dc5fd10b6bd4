//! Simulated connection to the bank. The connection has no sockets or threads, so the test controls every byte.

use super::plan::{Cut, SimLine};
use super::world::SimWorld;
use crate::transport::{Dial, Dialing, Stream};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

pub(super) struct SimDialer(pub(super) Arc<SimWorld>);

impl Dial for SimDialer {
    fn dial(&self) -> Dialing<'_> {
        Box::pin(async move {
            self.0.step().await;
            match self.0.next_line() {
                SimLine::Refused => Err(io::ErrorKind::ConnectionRefused.into()),
                SimLine::BlackHole => std::future::pending().await,
                SimLine::Open { accepts, delivers, answers, cut, delay } => {
                    let wire = SimStream {
                        shared: self.0.clone(),
                        accepts,
                        delivers,
                        answers,
                        cut,
                        delay,
                        sent: Vec::new(),
                        again: None,
                        answer: None,
                        unasked: None,
                        reader: None,
                    };
                    Ok(Box::new(wire) as Box<dyn Stream>)
                }
            }
        })
    }
}

struct SimStream {
    shared: Arc<SimWorld>,
    accepts: usize,
    delivers: usize,
    answers: usize,
    cut: Cut,
    delay: Duration,
    sent: Vec<u8>,
    again: Option<Vec<u8>>,
    answer: Option<SimAnswer>,
    /// Bytes that the bank sends without a request, after its answer. The client reads these bytes once it starts to write the next
    /// request.
    unasked: Option<Vec<u8>>,
    /// Waker of the task that waits to read from the connection.
    reader: Option<Waker>,
}

struct SimAnswer {
    bytes: Vec<u8>,
    read: usize,
    ready: Pin<Box<Sleep>>,
}

impl Stream for SimStream {
    fn is_quiet(&self) -> bool {
        true
    }
}

impl SimStream {
    /// Passes the delivered bytes to the bank, which acts once the request is complete.
    fn deliver(&mut self) {
        let arrived = &self.sent[..self.sent.len().min(self.delivers)];
        if self.answer.is_none()
            && let Some((bytes, again)) = self.shared.bank(arrived)
        {
            self.again = again;
            self.answer = Some(SimAnswer { bytes, read: 0, ready: Box::pin(tokio::time::sleep(self.delay)) });
        }
    }

    /// Returns true if the client has read the whole answer and the connection accepts another request. Only a connection that is never cut
    /// accepts another request.
    fn stands(&self) -> bool {
        let told = self.answer.as_ref().is_some_and(|answer| answer.read == answer.bytes.len());
        told && self.accepts == usize::MAX && self.answers == usize::MAX
    }

    fn end(&self) -> Poll<io::Result<usize>> {
        match self.cut {
            Cut::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Cut::Fin => Poll::Ready(Ok(0)),
            Cut::Stall => Poll::Pending,
        }
    }
}

impl AsyncWrite for SimStream {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.shared.dies() {
            return Poll::Pending;
        }
        if self.stands() {
            self.answer = None;
            self.sent.clear();
            self.unasked = self.again.take();
        }
        let room = self.accepts.saturating_sub(self.sent.len());
        if room == 0 {
            return match self.end() {
                Poll::Ready(Ok(_)) => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                Poll::Pending => Poll::Pending,
            };
        }
        if self.sent.is_empty() {
            self.shared.first_bytes(bytes);
        }
        let taken = room.min(bytes.len());
        self.sent.extend_from_slice(&bytes[..taken]);
        self.deliver();
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for SimStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.shared.dies() {
            return Poll::Pending;
        }
        self.reader = Some(context.waker().clone());
        if !self.sent.is_empty()
            && let Some(unasked) = self.unasked.take()
        {
            buffer.put_slice(&unasked);
            return Poll::Ready(Ok(()));
        }
        if self.stands() {
            return Poll::Pending;
        }
        let limit = self.answers;
        let cut_off = self.sent.len() >= self.accepts || self.sent.len() > self.delivers;
        if let Some(answer) = &mut self.answer {
            if answer.ready.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            let end = answer.bytes.len().min(limit);
            if answer.read < end {
                let count = buffer.remaining().min(end - answer.read);
                buffer.put_slice(&answer.bytes[answer.read..answer.read + count]);
                answer.read += count;
                return Poll::Ready(Ok(()));
            }
            return self.end().map_ok(|_| ());
        }
        if cut_off { self.end().map_ok(|_| ()) } else { Poll::Pending }
    }
}
