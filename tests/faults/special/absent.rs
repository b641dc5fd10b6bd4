//! Rows 1 to 3: no server answers at the address.

use super::{Cell, at};
use crate::call::{Caller, Class};
use crate::row::Line;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

pub async fn lines(class: Class) -> Vec<Line> {
    // This socket is bound and never listens: connections are refused, and no other program gets the port meanwhile.
    let vacant = TcpSocket::new_v4().unwrap();
    vacant.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed = vacant.local_addr().unwrap();
    let (full, _kept) = full_backlog().await;
    let cases = [
        (1, "a host name that does not exist", "https://eps-faults.invalid".to_owned(), "network.dns"),
        (2, "a closed port", format!("http://{closed}"), "network.refused"),
        (3, "a listener whose backlog is full", format!("http://{full}"), "network.connect_timeout"),
    ];
    let mut lines = Vec::new();
    for (number, fault, origin, code) in cases {
        let seen = Caller::new(&at(format!("{origin}/ekoapi/v3"))).call(class, "REF-1", None).await;
        let expected = match class {
            Class::Read | Class::Step => format!("error {code}"),
            Class::Debit => format!("notSent ({code})"),
        };
        lines.push(Cell::new(number, fault, class, "none").line(&seen, &expected, None, (0, 0)).await);
    }
    lines
}

/// Returns the address of a listener that takes no more connections, and the connections that fill its queue.
async fn full_backlog() -> (std::net::SocketAddr, (TcpListener, Vec<TcpStream>)) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut kept = Vec::new();
    // The kernel accepts a connection at once, or not within a second.
    while let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(400), TcpStream::connect(address)).await {
        kept.push(stream);
        assert!(kept.len() < 64, "the backlog never fills");
    }
    (address, (listener, kept))
}
