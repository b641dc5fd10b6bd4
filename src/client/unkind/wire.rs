//! Simulated connection to EPS. The connection loses, delays and duplicates requests, and loses or delays answers.

use super::bank::{UnkindAnswer, UnkindRequest};
use super::process::{Life, Turn};
use super::world::UnkindWorld;
use crate::mutex::lock;
use crate::transport::{Dial, Dialing, Stream};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Delay that is longer than the timeout of any client.
const NEVER: Duration = Duration::from_secs(3_600);

pub(super) struct UnkindDialer(pub(super) Arc<Life>);

impl Dial for UnkindDialer {
    fn dial(&self) -> Dialing<'_> {
        Box::pin(async move {
            self.0.step().await;
            let room = self.0.world.room();
            if room == Some(0) {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let wire = UnkindStream {
                life: Arc::clone(&self.0),
                room,
                sent: Vec::new(),
                answer: None,
                thaw: None,
                reader: None,
            };
            Ok(Box::new(wire) as Box<dyn Stream>)
        })
    }
}

struct UnkindStream {
    life: Arc<Life>,
    /// Number of bytes that the connection accepts before it breaks, or `None` if it does not break.
    room: Option<usize>,
    sent: Vec<u8>,
    answer: Option<Coming>,
    thaw: Option<Pin<Box<Sleep>>>,
    reader: Option<Waker>,
}

struct Coming {
    bytes: Vec<u8>,
    read: usize,
    ready: Pin<Box<Sleep>>,
}

impl UnkindWorld {
    /// Decides at random whether a connection breaks. Returns the number of bytes that the connection accepts before it breaks, or `None`
    /// if it does not break.
    fn room(&self) -> Option<usize> {
        let mut rng = lock(&self.rng);
        (!self.is_kind() && rng.u8(0..100) < self.plan.lost).then(|| rng.usize(0..700))
    }

    /// Returns EPS's answer to a complete request, or `None` if no answer reaches the client.
    fn arrive(self: &Arc<Self>, request: UnkindRequest) -> Option<UnkindAnswer> {
        let kind = self.is_kind();
        let mut rng = lock(&self.rng).fork();
        let mut comes = |percent: u8| !kind && rng.u8(0..100) < percent;
        let (delayed, copied, unanswered) =
            (comes(self.plan.delayed), comes(self.plan.copied), comes(self.plan.unanswered));
        let rng = &mut rng;
        if !request.is_debit() {
            let said = self.inquiry(&request, rng)?;
            let late = !kind && self.plan.moods(self.since_ms()).any(|mood| mood == super::plan::Mood::IsLate);
            let after = if late && rng.bool() { NEVER / 2 } else { Duration::from_millis(rng.u64(0..900)) };
            let bytes = self.answer(said, rng);
            if let Some(reference) = self.asked_for(&request) {
                self.answers(&reference, &bytes);
            }
            return (!unanswered).then_some(UnkindAnswer { bytes, after });
        }
        if delayed {
            // The connection breaks, but the request still arrives later.
            let after = Duration::from_millis(rng.u64(0..110_000));
            self.later(request, after, true);
            return None;
        }
        let said = self.debit(&request);
        // EPS refuses a copy of the request, because the copy has the same timestamp. The client may receive this refusal in place of the
        // first answer.
        let said = if copied && rng.bool() { self.debit(&request) } else { said };
        let (reference, bytes) = (request.reference(), self.answer(said, rng));
        self.answers(&reference, &bytes);
        if copied {
            self.later(request, Duration::from_millis(rng.u64(0..2_000)), false);
        }
        let after = Duration::from_millis(if rng.u8(0..10) == 0 { rng.u64(0..90_000) } else { rng.u64(0..2_000) });
        (!unanswered).then_some(UnkindAnswer { bytes, after })
    }

    /// Delivers a request to EPS later. If `first` is true, EPS has not received the request yet, so it may still book the debit.
    fn later(self: &Arc<Self>, request: UnkindRequest, after: Duration, first: bool) {
        let (world, reference) = (Arc::clone(self), request.reference());
        if first {
            lock(&self.books).sets_out(&reference);
        }
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            if first {
                lock(&world.books).has_come(&reference);
            }
            world.debit(&request);
        });
    }
}

impl Stream for UnkindStream {
    fn is_quiet(&self) -> bool {
        true
    }
}

impl UnkindStream {
    /// Returns true if the process runs at this step, that is, it is neither crashed nor suspended.
    fn runs(&mut self, context: &mut Context<'_>) -> bool {
        if let Some(thaw) = &mut self.thaw {
            if thaw.as_mut().poll(context).is_pending() {
                return false;
            }
            self.thaw = None;
        }
        match self.life.turn() {
            Turn::Goes => true,
            Turn::Dead => false,
            Turn::Frozen(until) => {
                let mut thaw = Box::pin(tokio::time::sleep_until(until));
                let done = thaw.as_mut().poll(context).is_ready();
                self.thaw = Some(thaw);
                done
            }
        }
    }
}

impl AsyncWrite for UnkindStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.runs(context) {
            return Poll::Pending;
        }
        if self.answer.as_ref().is_some_and(|answer| answer.read == answer.bytes.len()) {
            self.answer = None;
            self.sent.clear();
        }
        let left = self.room.map_or(usize::MAX, |room| room - room.min(self.sent.len()));
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let taken = left.min(bytes.len());
        self.sent.extend_from_slice(&bytes[..taken]);
        if let Some(request) = UnkindRequest::of(&self.sent) {
            let answer = self.life.world.arrive(request);
            let lost = UnkindAnswer { bytes: Vec::new(), after: Duration::from_millis(200) };
            let UnkindAnswer { bytes, after } = answer.unwrap_or(lost);
            self.answer = Some(Coming { bytes, read: 0, ready: Box::pin(tokio::time::sleep(after)) });
        }
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

impl AsyncRead for UnkindStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.reader = Some(context.waker().clone());
        if !self.runs(context) {
            return Poll::Pending;
        }
        let broken = self.room.is_some_and(|room| self.sent.len() >= room);
        let Some(answer) = &mut self.answer else {
            return if broken { Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())) } else { Poll::Pending };
        };
        if answer.ready.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        if answer.bytes.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let count = buffer.remaining().min(answer.bytes.len() - answer.read);
        if count == 0 {
            return Poll::Pending;
        }
        let from = answer.read;
        buffer.put_slice(&answer.bytes[from..from + count]);
        answer.read += count;
        Poll::Ready(Ok(()))
    }
}
