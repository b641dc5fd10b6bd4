//! One accepted connection, plain or TLS, and the bytes read from it.

use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A complete request, as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub connection: usize,
    pub head: String,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().filter_map(|line| line.split_once(": ")).find(|(known, _)| *known == name).map(|(_, v)| v)
    }
}

pub struct Wire {
    stream: Stream,
    bytes: Vec<u8>,
}

impl Wire {
    pub async fn accept(tcp: TcpStream, tls: Option<&Arc<rustls::ServerConfig>>) -> io::Result<Self> {
        let stream = match tls {
            Some(config) => Stream::Tls(Box::new(TlsAcceptor::from(config.clone()).accept(tcp).await?)),
            None => Stream::Plain(tcp),
        };
        Ok(Self { stream, bytes: Vec::new() })
    }

    fn tcp(&mut self) -> &mut TcpStream {
        match &mut self.stream {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(tls) => tls.get_mut().0,
        }
    }

    pub fn buffered(&self) -> usize {
        self.bytes.len()
    }

    /// Reads the bytes that have come; returns 0 at the end of the connection.
    pub async fn more(&mut self) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Plain(tcp) => tcp.read_buf(&mut self.bytes).await,
            Stream::Tls(tls) => tls.read_buf(&mut self.bytes).await,
        }
    }

    /// Reads to the end of the connection and drops the bytes.
    pub async fn drain(&mut self) -> io::Result<()> {
        while self.more().await? > 0 {
            self.bytes.clear();
        }
        self.bytes.clear();
        Ok(())
    }

    /// Reads at least this many bytes.
    pub async fn at_least(&mut self, count: usize) -> io::Result<()> {
        while self.bytes.len() < count {
            if self.more().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    pub async fn request(&mut self, connection: usize) -> io::Result<Request> {
        let end = loop {
            if let Some(end) = self.bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.at_least(self.bytes.len() + 1).await?;
        };
        let head = String::from_utf8_lossy(&self.bytes[..end]).into_owned();
        let mut request = Request { connection, head, body: String::new() };
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        self.at_least(end + length).await?;
        request.body = String::from_utf8_lossy(&self.bytes[end..end + length]).into_owned();
        self.bytes.drain(..end + length);
        Ok(request)
    }

    /// Reads an answer that has a `content-length`, and returns its bytes.
    pub async fn answer(&mut self) -> io::Result<Vec<u8>> {
        let request = self.request(0).await?;
        Ok(format!("{}{}", request.head, request.body).into_bytes())
    }

    /// # Panics
    /// If the connection is TLS.
    pub fn into_tcp(self) -> TcpStream {
        match self.stream {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(_) => panic!("a tunnel begins in plain text"),
        }
    }

    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(tcp) => tcp.write_all(bytes).await,
            Stream::Tls(tls) => {
                tls.write_all(bytes).await?;
                tls.flush().await
            }
        }
    }

    /// Closes the connection so that the kernel answers all further bytes with RST.
    pub fn reset(mut self) {
        self.tcp().set_zero_linger().unwrap();
    }

    /// Sends FIN without TLS's `close_notify`.
    pub async fn fin(&mut self) -> io::Result<()> {
        self.tcp().shutdown().await
    }
}
