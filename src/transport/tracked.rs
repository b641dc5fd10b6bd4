//! How far a request has got, told by what the transport did and never by an error's text.

use crate::error::Phase;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

/// Readable from outside while, and after, an exchange runs.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<State>);

#[derive(Default)]
struct State {
    reached: AtomicU8,
    written: AtomicU64,
    /// Bytes of the whole request; 0 where the transport does not count.
    total: AtomicU64,
}

impl Progress {
    pub(super) fn reach(&self, phase: Phase) {
        self.0.reached.fetch_max(phase as u8, Ordering::AcqRel);
    }

    /// From here on bytes are counted, against this many.
    pub(super) fn count_against(&self, total: u64) {
        self.0.total.store(total, Ordering::Release);
    }

    /// The connection has taken this many bytes more.
    pub(super) fn wrote(&self, bytes: usize) {
        self.0.written.fetch_add(bytes as u64, Ordering::AcqRel);
    }

    /// Bytes the connection took, and bytes of the request, where they are counted.
    pub(crate) fn bytes(&self) -> Option<(u64, u64)> {
        let total = self.0.total.load(Ordering::Acquire);
        (total > 0).then(|| (self.0.written.load(Ordering::Acquire), total))
    }

    /// Final once the exchange has been dropped, for then its connection is dropped too.
    pub(crate) fn phase(&self) -> Phase {
        let reached = match self.0.reached.load(Ordering::Acquire) {
            value if value >= Phase::BodyComplete as u8 => Phase::BodyComplete,
            value if value >= Phase::HeadersSeen as u8 => Phase::HeadersSeen,
            value if value >= Phase::Dispatched as u8 => Phase::Dispatched,
            _ => Phase::NotDispatched,
        };
        match self.bytes() {
            Some((0, _)) if reached < Phase::HeadersSeen => Phase::NotDispatched,
            Some((written, total)) if reached < Phase::HeadersSeen => {
                if written < total {
                    Phase::PartlyWritten
                } else {
                    Phase::FullyWritten
                }
            }
            Some(_) | None => reached,
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
