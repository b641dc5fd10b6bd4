//! A connection that counts what it takes.

use crate::error::Phase;
use crate::transport::policy::MAX_BEFORE_HEAD;
use crate::transport::tracked::Progress;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Counts plaintext bytes as TLS, or the kernel, accepts them: no byte can leave uncounted.
///
/// Reading ends where a server sends on and on without ever coming to an answer.
pub(super) struct Counted<S> {
    inner: S,
    progress: Progress,
    read: u64,
}

impl<S> Counted<S> {
    pub(super) fn new(inner: S, progress: Progress) -> Self {
        Self { inner, progress, read: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.read += (buffer.filled().len() - before) as u64;
        if self.read > MAX_BEFORE_HEAD && self.progress.phase() < Phase::HeadersSeen {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            self.progress.wrote(*count);
        }
        written
    }

    // `is_write_vectored` stays false: hyper then joins head and body, and every byte passes through `poll_write`.

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
