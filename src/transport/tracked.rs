//! Progress of a request: how much of it was sent. The progress is derived from the transport's actions, never from the text of an error.

use crate::error::Phase;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

/// Progress of an exchange. It can be read during the exchange and after it.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<ExchangeState>);

#[derive(Default)]
struct ExchangeState {
    reached: AtomicU8,
    written: AtomicU64,
    /// Size of the whole request in bytes, or 0 if the transport does not count bytes.
    total: AtomicU64,
}

impl Progress {
    pub(super) fn reach(&self, phase: Phase) {
        self.0.reached.fetch_max(phase as u8, Ordering::AcqRel);
    }

    /// Sets the size of the request in bytes. The number of written bytes is compared with this size.
    pub(super) fn count_against(&self, total: u64) {
        self.0.total.store(total, Ordering::Release);
    }

    /// Adds to the number of bytes that the connection accepted.
    pub(super) fn wrote(&self, bytes: usize) {
        self.0.written.fetch_add(bytes as u64, Ordering::AcqRel);
    }

    /// Returns the number of bytes that the connection accepted and the size of the request, or `None` if the transport does not count
    /// bytes.
    pub(crate) fn bytes(&self) -> Option<(u64, u64)> {
        let total = self.0.total.load(Ordering::Acquire);
        (total > 0).then(|| (self.0.written.load(Ordering::Acquire), total))
    }

    /// Returns the phase that the request reached. The phase is final once the exchange was dropped, because the connection is dropped with
    /// the exchange.
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

/// Maximum number of bytes of a body that are passed to hyper at once. A longer body is split.
const PIECE: usize = 64 * 1024;

/// Request body that records when hyper asks for its data. Until hyper has asked for the last piece, the request cannot have been sent
/// completely.
pub(super) struct TrackedBody {
    data: Option<Bytes>,
    progress: Progress,
}

impl TrackedBody {
    /// Creates the body. Without a text, hyper asks the body for no data, so only the connection's byte count shows the progress.
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
