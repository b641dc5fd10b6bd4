use super::*;
use crate::error::{Code, Phase};
use crate::transport::tracked::Progress;
use crate::transport::{Dial, Dialing, DirectTransport, Origin, Outgoing, Stream, Transport};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Action of the server on a new connection, before it reads a request.
#[derive(Clone, Copy, PartialEq)]
enum First {
    Nothing,
    Writes(&'static [u8]),
    Closes,
    Resets,
}

/// Server that counts its connections, and the requests on each connection.
struct CountingServer {
    origin: Origin,
    connections: AtomicUsize,
    requests: Mutex<Vec<usize>>,
}

impl CountingServer {
    /// Starts a server that does `first` on its first connection only.
    async fn start(first: First) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self::at(&format!("http://{}", listener.local_addr().unwrap()));
        let own = Arc::clone(&server);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let first = if own.count() == 0 { first } else { First::Nothing };
                own.open(first, stream).await;
            }
        });
        server
    }

    fn at(url: &str) -> Arc<Self> {
        let origin = Origin::of(url).unwrap();
        Arc::new(Self { origin, connections: AtomicUsize::new(0), requests: Mutex::default() })
    }

    async fn open(self: &Arc<Self>, first: First, mut stream: TcpStream) {
        match first {
            First::Nothing => {}
            First::Writes(bytes) => stream.write_all(bytes).await.unwrap(),
            First::Closes => stream.shutdown().await.unwrap(),
            First::Resets => socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap(),
        }
        let index = self.next();
        if first != First::Resets {
            tokio::spawn(Arc::clone(self).serve(index, stream));
        }
    }

    fn next(&self) -> usize {
        lock(&self.requests).push(0);
        self.connections.fetch_add(1, Ordering::SeqCst)
    }

    async fn serve(self: Arc<Self>, index: usize, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut read = Vec::new();
        while let Ok(1..) = stream.read_buf(&mut read).await {
            if !read.ends_with(b"\r\n\r\n") {
                continue;
            }
            read.clear();
            lock(&self.requests)[index] += 1;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        }
    }

    fn count(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn requests(&self) -> Vec<usize> {
        lock(&self.requests).clone()
    }

    async fn sees(&self, connections: usize) {
        for _ in 0..500 {
            if self.count() >= connections {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(self.count(), connections);
    }
}

fn transport() -> DirectTransport {
    DirectTransport::new(None, None, true, None).unwrap()
}

async fn send(transport: &DirectTransport, origin: &Origin, fresh: bool) -> Result<u16, TransportFailure> {
    let outgoing = Outgoing { method: hyper::Method::GET, origin, path: "/x", headers: &[], body: None, fresh };
    transport.exchange(outgoing, &Progress::default()).await.map(|answer| answer.status)
}

async fn debit(transport: &DirectTransport, server: &CountingServer) {
    assert_eq!(send(transport, &server.origin, true).await.unwrap(), 200);
}

#[tokio::test]
async fn a_debit_takes_what_was_opened_ahead_and_leaves_nothing() {
    let (server, transport) = (CountingServer::start(First::Nothing).await, transport());
    transport.open_ahead(&server.origin).await;
    server.sees(1).await;
    transport.open_ahead(&server.origin).await;
    debit(&transport, &server).await;
    assert_eq!(server.requests(), [1], "the debit must use the only connection that was opened ahead");
    debit(&transport, &server).await;
    assert_eq!(send(&transport, &server.origin, false).await.unwrap(), 200);
    assert_eq!(server.requests(), [1, 1, 1], "no request may follow a debit on the same connection");
    transport.open_ahead(&server.origin).await;
    debit(&transport, &server).await;
    assert_eq!(server.requests(), [1, 1, 1, 1], "a debit must not use a pooled connection");
}

#[tokio::test]
async fn what_is_opened_ahead_is_for_debits_only() {
    let (server, transport) = (CountingServer::start(First::Nothing).await, transport());
    transport.open_ahead(&server.origin).await;
    server.sees(1).await;
    assert_eq!(send(&transport, &server.origin, false).await.unwrap(), 200);
    assert_eq!(server.requests(), [0, 1]);
}

#[tokio::test]
async fn two_debits_never_share_a_reserved_connection() {
    let (server, transport) = (CountingServer::start(First::Nothing).await, transport());
    transport.open_ahead(&server.origin).await;
    tokio::join!(debit(&transport, &server), debit(&transport, &server), debit(&transport, &server));
    assert_eq!(server.requests(), [1, 1, 1]);
}

#[tokio::test]
async fn one_debit_waits_for_a_connection_being_opened() {
    let (server, transport) = (CountingServer::start(First::Nothing).await, transport());
    let ahead = transport.open_ahead(&server.origin);
    tokio::join!(ahead, debit(&transport, &server), transport.open_ahead(&server.origin));
    assert_eq!(server.requests(), [1]);
    let ahead = transport.open_ahead(&server.origin);
    tokio::join!(ahead, debit(&transport, &server), debit(&transport, &server));
    assert_eq!(server.requests(), [1, 1, 1]);
}

#[tokio::test]
async fn an_abandoned_opening_does_not_block_a_debit() {
    let (server, transport) = (CountingServer::start(First::Nothing).await, transport());
    let opening = transport.reserve.begin(server.origin.host()).await.unwrap();
    let debit = debit(&transport, &server);
    tokio::join!(debit, async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(opening);
    });
    assert_eq!(server.requests(), [1]);
    assert!(transport.reserve.begin(server.origin.host()).await.is_some(), "the slot must be free");
}

#[tokio::test]
async fn an_old_reserved_connection_is_dropped_unused() {
    let (server, transport) = (CountingServer::start(First::Nothing).await, transport());
    transport.open_ahead(&server.origin).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(lock(&transport.reserve.0).slots.is_empty(), "the old connection must be dropped");
    debit(&transport, &server).await;
    assert_eq!(server.requests(), [0, 1]);
}

#[tokio::test]
async fn a_connection_reserved_before_a_suspend_is_not_used() {
    let (server, transport) = (CountingServer::start(First::Nothing).await, transport());
    transport.open_ahead(&server.origin).await;
    for (_, slot) in &mut lock(&transport.reserve.0).slots {
        let Slot::Opened(opened) = slot else { panic!("the connection must be open") };
        opened.since.boot -= Duration::from_millis(1_001);
        assert!(opened.since.at.elapsed() < Duration::from_millis(500), "it must be young by tokio's clock");
    }
    debit(&transport, &server).await;
    assert_eq!(server.requests(), [0, 1]);
}

#[tokio::test]
async fn a_readable_reserved_connection_is_not_used() {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
    for first in [First::Closes, First::Resets, First::Writes(b"x"), First::Writes(answer)] {
        let (server, transport) = (CountingServer::start(first).await, transport());
        transport.open_ahead(&server.origin).await;
        server.sees(1).await;
        debit(&transport, &server).await;
        assert_eq!(server.requests(), [0, 1]);
    }
}

#[tokio::test]
async fn what_could_not_be_opened_is_the_debits_first_attempt() {
    let vacant = TcpSocket::new_v4().unwrap();
    vacant.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let (origin, transport) = (Origin::of(&format!("http://{}", vacant.local_addr().unwrap())).unwrap(), transport());
    transport.open_ahead(&origin).await;
    let listener = vacant.listen(8).unwrap();
    let failure = send(&transport, &origin, true).await.unwrap_err();
    assert_eq!((failure.code, failure.phase), (Code::NetworkRefused, Phase::NotDispatched));
    let server = CountingServer::at(&format!("http://{}", listener.local_addr().unwrap()));
    let accepting = async { server.open(First::Nothing, listener.accept().await.unwrap().0).await };
    tokio::join!(debit(&transport, &server), accepting);
    assert_eq!(server.requests(), [1], "the failure must be reported to one debit only");
}

#[tokio::test]
async fn tls_session_tickets_do_not_count_as_unread_data() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    assert!(config.send_tls13_tickets > 0);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let server = CountingServer::at(&format!("https://localhost:{}", listener.local_addr().unwrap().port()));
    let own = Arc::clone(&server);
    // The server runs on its own thread, so that it continues while the test's thread is blocked.
    let running = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    running.spawn(async move {
        let listener = TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let stream = acceptor.accept(stream).await.unwrap();
            tokio::spawn(Arc::clone(&own).serve(own.next(), stream));
        }
    });
    let transport = DirectTransport::new(Some(&cert.pem()), None, true, None).unwrap();
    for round in 1..=5 {
        transport.open_ahead(&server.origin).await;
        // The TLS session tickets arrive while this thread is blocked, so the async runtime is not notified of them.
        std::thread::sleep(Duration::from_millis(20));
        debit(&transport, &server).await;
        assert_eq!(server.requests(), vec![1; round]);
    }
    running.shutdown_background();
}

/// Simulated connections that never deliver a byte and fail every write. The writes to each connection are counted.
#[derive(Clone, Default)]
struct Broken {
    /// True if the kernel reports unread bytes on the connections.
    heard: bool,
    /// Number of further checks for which the kernel reports unread bytes, or `None` for all checks.
    looks: Option<Arc<AtomicUsize>>,
    written: Arc<Mutex<Vec<usize>>>,
    index: usize,
}

impl Dial for Broken {
    fn dial(&self) -> Dialing<'_> {
        let index = lock(&self.written).len();
        lock(&self.written).push(0);
        Box::pin(async move { Ok(Box::new(Self { index, ..self.clone() }) as Box<dyn Stream>) })
    }
}

impl Stream for Broken {
    fn is_quiet(&self) -> bool {
        let looks = self.looks.as_ref();
        let waits = looks.is_none_or(|left| {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        });
        !self.heard || !waits
    }
}

impl AsyncRead for Broken {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Broken {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        lock(&self.written)[self.index] += 1;
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Sends a debit when one connection was opened ahead of it, while further connections are opened ahead. Returns the number of writes to
/// each connection.
async fn written(heard: bool, looks: Option<usize>) -> Vec<usize> {
    let looks = looks.map(AtomicUsize::new).map(Arc::new);
    let dial = Broken { heard, looks, ..Broken::default() };
    let written = Arc::clone(&dial.written);
    let transport = DirectTransport::new(None, None, true, Some(Arc::new(dial))).unwrap();
    let origin = Origin::of("http://eps.invalid").unwrap();
    transport.open_ahead(&origin).await;
    let refilling = async {
        loop {
            transport.open_ahead(&origin).await;
            tokio::task::yield_now().await;
        }
    };
    let failure = tokio::select! {
        biased;
        () = refilling => unreachable!(),
        sent = tokio::time::timeout(Duration::from_secs(1), send(&transport, &origin, true)) => sent.unwrap().unwrap_err(),
    };
    assert_eq!((failure.code, failure.phase), (Code::NetworkReset, Phase::NotDispatched));
    lock(&written).clone()
}

#[tokio::test]
async fn a_connection_closed_at_use_is_replaced_once() {
    let written = written(false, None).await;
    assert_eq!((written.iter().sum::<usize>(), written[0]), (2, 1), "{written:?}");
}

#[tokio::test]
async fn what_only_the_kernel_knows_of_counts() {
    let written = written(true, None).await;
    assert_eq!((written.iter().sum::<usize>(), written[0]), (1, 0), "{written:?}");
}

#[tokio::test]
async fn what_was_read_meanwhile_and_ended_nothing_does_not_count() {
    for looks in [1, 2, 4] {
        let written = written(true, Some(looks)).await;
        assert_eq!(written[0], 1, "{looks}: {written:?}");
    }
}

#[tokio::test]
async fn while_debits_flow_the_next_one_finds_a_connection() {
    let (server, transport) = (CountingServer::start(First::Nothing).await, transport());
    assert!(transport.open_next(&server.origin).is_none(), "a single debit must open no second connection");
    debit(&transport, &server).await;
    transport.open_next(&server.origin).unwrap().await;
    server.sees(2).await;
    debit(&transport, &server).await;
    assert_eq!(server.requests(), [1, 1], "each connection must carry one debit");
    debit(&transport, &server).await;
    assert_eq!(server.requests(), [1, 1, 1]);
}

#[tokio::test]
async fn debits_that_are_seconds_apart_do_not_flow() {
    let reserve = Reserve::default();
    let [one, other] = ["one.example", "other.example"].map(HeaderValue::from_static);
    assert!(!reserve.flows(&one) && reserve.flows(&one) && !reserve.flows(&other));
    for (_, last) in &mut lock(&reserve.0).flow {
        last.boot = last.boot.saturating_sub(AHEAD + Duration::from_millis(1));
    }
    assert!(!reserve.flows(&one) && reserve.flows(&one));
}

#[tokio::test]
async fn a_failed_advance_opening_is_not_reported_to_the_next_debit() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = CountingServer::at(&format!("http://{}", closed.local_addr().unwrap()));
    drop(closed);
    let transport = transport();
    assert!(transport.open_next(&server.origin).is_none());
    transport.open_next(&server.origin).unwrap().await;
    assert!(transport.reserve.take(server.origin.host()).await.is_none());
}

/// Checks only the age by tokio's clock, which the test advances.
#[tokio::test(start_paused = true)]
async fn what_was_opened_ahead_is_young_for_a_second() {
    let since = OpenedAt::now();
    tokio::time::advance(Duration::from_millis(1_000)).await;
    assert!(since.is_within(AHEAD));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(!since.is_within(AHEAD));
}
