//! Byte stream that counts the bytes that are read from it and written to it.

use super::connect::Stream;
use crate::error::Phase;
use crate::mutex::lock;
use crate::transport::limits::MAX_BEFORE_HEAD;
use crate::transport::tracked::Progress;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Byte stream of a connection, with a byte counter. The bytes are counted before encryption, when the TLS layer (or the kernel, without
/// TLS) accepts them. So no byte is sent without being counted.
///
/// Reading fails if the server sends more than [`MAX_BEFORE_HEAD`] bytes before a response head is complete.
pub(super) struct CountingIo {
    inner: Box<dyn Stream>,
    meter: Meter,
}

/// Byte counter of a connection. It counts the bytes of one request at a time.
#[derive(Clone)]
pub(super) struct Meter(Arc<Mutex<Count>>);

struct Count {
    progress: Progress,
    /// Number of bytes that were read since the current request started.
    read: u64,
    /// True during a check for unread bytes. During the check, each read that finds nothing also asks the kernel, because the kernel may
    /// have bytes that the async runtime does not know of yet.
    look: bool,
    /// True if the kernel had unread bytes, or an unread end of the stream, during the check.
    unread: bool,
}

impl Meter {
    pub(super) fn new(progress: Progress) -> Self {
        Self(Arc::new(Mutex::new(Count { progress, read: 0, look: false, unread: false })))
    }

    pub(super) fn count_for(&self, progress: Progress) {
        *lock(&self.0) = Count { progress, read: 0, look: false, unread: false };
    }

    pub(super) fn begin_look(&self) {
        let mut count = lock(&self.0);
        (count.look, count.unread) = (true, false);
    }

    /// Ends the check. Returns true if the kernel had something to read since the check began.
    pub(super) fn end_look(&self) -> bool {
        let mut count = lock(&self.0);
        count.look = false;
        count.unread
    }
}

impl CountingIo {
    pub(super) fn new(inner: Box<dyn Stream>, meter: Meter) -> Self {
        Self { inner, meter }
    }
}

impl AsyncRead for CountingIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        let mut count = lock(&self.meter.0);
        count.read += (buffer.filled().len() - before) as u64;
        let endless = count.read > MAX_BEFORE_HEAD && count.progress.phase() < Phase::HeadersSeen;
        if endless {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        count.unread |= count.look && read.is_pending() && !self.inner.is_quiet();
        read
    }
}

impl AsyncWrite for CountingIo {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            lock(&self.meter.0).progress.wrote(*count);
        }
        written
    }

    // `is_write_vectored` keeps its default `false`. So hyper writes the head and the body of a request together, and every byte passes
    // through `poll_write`.

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Returns true if `bytes` bytes can be read before a response head.
    async fn reads(bytes: usize) -> bool {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        theirs.write_all(&vec![b' '; bytes]).await.unwrap();
        let mut counted = CountingIo::new(Box::new(ours), Meter::new(Progress::default()));
        counted.read_exact(&mut vec![0; bytes]).await.is_ok()
    }

    #[tokio::test]
    async fn a_quarter_of_a_megabyte_may_come_before_a_head() {
        assert!(reads(262_144).await);
        assert!(!reads(262_145).await);
    }
}
