//! Imitates a connection to a distant server: data arrives with a delay in both directions. The TCP handshake is not delayed.

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, sleep_until};

/// Delay in one direction.
const AWAY: Duration = Duration::from_millis(20);

/// Returns the server's end of a delayed connection. All data between this end and `stream` arrives late.
pub fn away(stream: TcpStream) -> DuplexStream {
    let (here, there) = tokio::io::duplex(64 * 1024);
    let (from_client, to_client) = tokio::io::split(stream);
    let (from_server, to_server) = tokio::io::split(there);
    tokio::spawn(carry(from_client, to_server));
    tokio::spawn(carry(from_server, to_client));
    here
}

async fn carry<R, W>(mut from: ReadHalf<R>, mut to: WriteHalf<W>)
where
    R: AsyncRead + Send + 'static,
    W: AsyncWrite + Send + 'static,
{
    let (sender, mut sent) = unbounded_channel::<(Instant, Vec<u8>)>();
    let reads = async move {
        let mut buffer = vec![0; 16 * 1024];
        // The loop stops when the sender closes or resets the connection. The receiver first gets all earlier data, and then the end.
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            if sender.send((Instant::now() + AWAY, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    };
    let writes = async move {
        while let Some((at, bytes)) = sent.recv().await {
            sleep_until(at).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        drop(to.shutdown().await);
    };
    tokio::join!(reads, writes);
}
