//! Progress of a request. It is derived from the actions of the transport, and never from the text of an error.

use crate::error::Phase;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

/// Progress of an exchange, readable while it runs and afterwards.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<ExchangeState>);

#[derive(Default)]
struct ExchangeState {
    reached: AtomicU8,
    written: AtomicU64,
    /// Bytes of the whole request; 0 if the transport does not count.
    total: AtomicU64,
}

impl Progress {
    pub(super) fn reach(&self, phase: Phase) {
        self.0.reached.fetch_max(phase as u8, Ordering::AcqRel);
    }

    /// Starts to count bytes. The request has `total` bytes.
    pub(super) fn count_against(&self, total: u64) {
        self.0.total.store(total, Ordering::Release);
    }

    /// Adds the bytes that the connection has taken.
    pub(super) fn wrote(&self, bytes: usize) {
        self.0.written.fetch_add(bytes as u64, Ordering::AcqRel);
    }

    /// Returns the bytes that the connection took and the bytes of the request, if they are counted.
    pub(crate) fn bytes(&self) -> Option<(u64, u64)> {
        let total = self.0.total.load(Ordering::Acquire);
        (total > 0).then(|| (self.0.written.load(Ordering::Acquire), total))
    }

    /// Returns the phase of the request. It is final once the exchange has been dropped, because its connection is dropped with it.
    pub(crate) fn phase(&self) -> Phase {
        let reached = match self.0.reached.load(Ordering::Acquire) {
            value if value >= Phase::BodyComplete as u8 => Phase::BodyComplete,
            value if value >= Phase::HeadersSeen as u8 => Phase::HeadersSeen,
            value if value >= Phase::Dispatched as u8 => Phase::Dispatched,
            value if value >= Phase::PartlyWritten as u8 => Phase::PartlyWritten,
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

/// Size of the pieces in which a long body is sent, in bytes.
const PIECE: usize = 64 * 1024;

/// A body that records when hyper asks for it. As long as its end has not been asked for, no complete request can have left.
pub(super) struct TrackedBody {
    data: Option<Bytes>,
    progress: Progress,
}

impl TrackedBody {
    /// Creates the body. If there is no text, hyper asks for nothing, so only the bytes of the connection show the progress.
    pub(super) fn new(text: Option<&str>, progress: Progress) -> Self {
        Self { data: text.map(|text| Bytes::copy_from_slice(text.as_bytes())), progress }
    }
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(rest) = self.data.as_mut().filter(|rest| rest.len() > PIECE) {
            let piece = rest.split_to(PIECE);
            self.progress.reach(Phase::PartlyWritten);
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_long_body_is_incomplete_until_its_last_piece() {
        let text = "x".repeat(131_073);
        let (progress, mut lengths) = (Progress::default(), Vec::new());
        let mut body = TrackedBody::new(Some(&text), progress.clone());
        assert_eq!(progress.phase(), Phase::NotDispatched);
        while let Some(frame) = body.frame().await {
            lengths.push((frame.unwrap().into_data().unwrap().len(), progress.phase()));
        }
        let incomplete = (65_536, Phase::PartlyWritten);
        assert_eq!(lengths, [incomplete, incomplete, (1, Phase::Dispatched)]);
    }

    #[tokio::test]
    async fn an_empty_body_is_asked_for_too() {
        let progress = Progress::default();
        assert!(TrackedBody::new(Some(""), progress.clone()).frame().await.is_some());
        assert_eq!(progress.phase(), Phase::Dispatched);
    }
}
