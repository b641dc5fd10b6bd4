use super::*;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Instant;
use tokio::net::{TcpListener, TcpSocket};

/// Time that a connection attempt to one address has for itself, before the attempt to the next address starts beside it.
const ALONE: Duration = Duration::from_millis(250);

/// Tolerance for measured times, because the machine may be busy with other work.
const SLACK: Duration = Duration::from_millis(150);

/// Returns an address that never accepts a connection because its backlog is full, and the sockets that keep the backlog full.
async fn swallowing() -> (SocketAddr, (TcpListener, Vec<TcpStream>)) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut kept = Vec::new();
    // The kernel accepts a connection at once, or retries after one second at the earliest. So a timeout of 400 ms shows that the backlog
    // is full.
    while let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(400), TcpStream::connect(address)).await {
        kept.push(stream);
        assert!(kept.len() < 64, "the backlog never fills");
    }
    (address, (listener, kept))
}

/// Returns an address that refuses connections, because its socket is bound but never listens. The bound socket keeps other processes from
/// taking the port.
fn refusing() -> (SocketAddr, TcpSocket) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    (socket.local_addr().unwrap(), socket)
}

async fn good() -> (SocketAddr, TcpListener) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    (listener.local_addr().unwrap(), listener)
}

/// Returns the address that the race reached, and the time it took.
async fn race(addresses: &[SocketAddr]) -> (Result<SocketAddr, io::ErrorKind>, Duration) {
    let begun = Instant::now();
    let won = connect(addresses.iter().copied()).await;
    (won.map(|stream| stream.peer_addr().unwrap()).map_err(|error| error.kind()), begun.elapsed())
}

#[tokio::test]
async fn an_unresponsive_address_costs_one_delay() {
    let ((silent, _kept), (good, _listener)) = (swallowing().await, good().await);
    let (won, took) = race(&[silent, good]).await;
    assert_eq!(won, Ok(good));
    assert!(took >= ALONE && took < ALONE + SLACK, "{took:?}");
    let (won, took) = race(&[silent, silent, good]).await;
    assert_eq!(won, Ok(good));
    assert!(took >= ALONE * 2 && took < ALONE * 2 + SLACK, "{took:?}");
}

#[tokio::test]
async fn an_address_that_refuses_costs_nothing() {
    let ((closed, _kept), (good, _listener)) = (refusing(), good().await);
    let (won, took) = race(&[closed, closed, good]).await;
    assert_eq!(won, Ok(good));
    assert!(took < ALONE, "{took:?}");
}

#[tokio::test]
async fn when_all_refuse_the_race_is_refused_at_once() {
    let (closed, _kept) = refusing();
    let (won, took) = race(&[closed, closed, closed]).await;
    assert_eq!(won, Err(io::ErrorKind::ConnectionRefused));
    assert!(took < ALONE, "{took:?}");
    assert_eq!(race(&[]).await.0, Err(io::ErrorKind::NotFound));
}

#[tokio::test]
async fn an_unresponsive_address_is_awaited_after_the_others_refuse() {
    let ((silent, _held), (closed, _kept)) = (swallowing().await, refusing());
    for addresses in [[silent, closed], [closed, silent]] {
        let waited = tokio::time::timeout(ALONE * 2, connect(addresses)).await;
        assert!(waited.is_err(), "{waited:?}");
    }
}

#[tokio::test]
async fn a_quick_first_address_is_the_only_one_contacted() {
    let ((first, _listener), (second, other)) = (good().await, good().await);
    assert_eq!(race(&[first, second]).await.0, Ok(first));
    let unasked = tokio::time::timeout(ALONE * 2, other.accept()).await;
    assert!(unasked.is_err(), "the second address was contacted too");
}

#[test]
fn families_take_turns_and_the_preferred_one_begins() {
    let four = |last| SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), 443));
    let six = |last| SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last), 443));
    let given = [six(1), six(2), six(3), four(1), four(2)];
    assert_eq!(interleaved(given), [six(1), four(1), six(2), four(2), six(3)]);
    assert_eq!(interleaved([four(1), four(2), six(1)]), [four(1), six(1), four(2)]);
    assert_eq!(interleaved([four(2), four(1)]), [four(2), four(1)]);
}
