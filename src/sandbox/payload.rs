//! Body of a response: complete, or cut off in the middle.

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

pub(super) enum Payload {
    Whole(Full<Bytes>),
    /// First half of the body. The connection is closed after the first half.
    Cut(Half),
}

/// Progress of sending the first half of a body.
pub(super) enum Half {
    Waits(Bytes),
    Sent,
    Flushed,
}

impl Payload {
    pub(super) fn whole(body: Bytes) -> Self {
        Self::Whole(Full::new(body))
    }

    pub(super) fn cut(body: &Bytes) -> Self {
        Self::Cut(Half::Waits(body.slice(..body.len() / 2)))
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Hangup;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Hangup>>> {
        let half = match self.get_mut() {
            Payload::Whole(full) => {
                return Pin::new(full).poll_frame(context).map_err(|never| match never {});
            }
            Payload::Cut(half) => half,
        };
        match std::mem::replace(half, Half::Flushed) {
            Half::Waits(bytes) => {
                *half = Half::Sent;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Half::Sent => {
                // Returns `Pending` once, so that hyper writes the buffered first half to the connection before the next poll returns the
                // error.
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Half::Flushed => Poll::Ready(Some(Err(Hangup))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Payload::Whole(full) => full.size_hint(),
            Payload::Cut(_) => SizeHint::default(),
        }
    }
}

/// Error that makes hyper close the connection.
#[derive(Debug)]
pub(super) struct Hangup;

impl fmt::Display for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sandbox closed the connection")
    }
}

impl std::error::Error for Hangup {}
