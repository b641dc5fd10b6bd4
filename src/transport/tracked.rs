//! How far a request has got, told by what the transport did and never by an error's text.

use crate::error::Phase;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

/// Readable from outside while, and after, an exchange runs.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<AtomicU8>);

impl Progress {
    pub(crate) fn reach(&self, phase: Phase) {
        self.0.fetch_max(phase as u8, Ordering::AcqRel);
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.0.load(Ordering::Acquire) {
            0 => Phase::NotDispatched,
            1 => Phase::Dispatched,
            2 => Phase::HeadersSeen,
            _ => Phase::BodyComplete,
        }
    }
}

/// A body that notes when it is first asked for. While it has not been asked for, no complete request can have left.
pub(super) struct TrackedBody {
    data: Option<Bytes>,
    progress: Progress,
}

impl TrackedBody {
    pub(super) fn new(text: &str, progress: Progress) -> Self {
        Self { data: Some(Bytes::copy_from_slice(text.as_bytes())), progress }
    }
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.progress.reach(Phase::Dispatched);
        Poll::Ready(self.data.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}
