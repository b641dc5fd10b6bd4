//! Connecting to a host by the first of its addresses that answers (RFC 8305, "Happy Eyeballs").
//!
//! The system's resolver gives the addresses of both families at once, in the order of preference, so nothing is left to wait for
//! between them. hyper-util's connector races two families and not two addresses of one.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::net::TcpStream;

/// The recommended "connection attempt delay": until then an attempt has the network to itself.
const DELAY: Duration = Duration::from_millis(250);

type ConnectAttempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// The first connection that stands; the attempts that lost are dropped with this.
///
/// # Errors
/// The last attempt's, once all have failed.
pub(super) async fn connect(addresses: impl IntoIterator<Item = SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = interleaved(addresses);
    let mut attempts: Vec<ConnectAttempt> = Vec::with_capacity(waiting.len());
    loop {
        if let Some(address) = waiting.pop_front() {
            attempts.push(Box::pin(TcpStream::connect(address)));
        }
        let ended = first(&mut attempts);
        let ended = if waiting.is_empty() { Some(ended.await) } else { tokio::time::timeout(DELAY, ended).await.ok() };
        match ended {
            // The delay is over: the next one joins in.
            None => {}
            Some(Err(error)) if waiting.is_empty() && attempts.is_empty() => return Err(error),
            Some(Err(_)) => {}
            Some(Ok(stream)) => return Ok(stream),
        }
    }
}

/// What the first of them to end came to; it is taken out.
async fn first(attempts: &mut Vec<ConnectAttempt>) -> io::Result<TcpStream> {
    poll_fn(|context| {
        for index in 0..attempts.len() {
            if let Poll::Ready(ended) = attempts[index].as_mut().poll(context) {
                drop(attempts.remove(index));
                return Poll::Ready(ended);
            }
        }
        if attempts.is_empty() { Poll::Ready(Err(io::ErrorKind::NotFound.into())) } else { Poll::Pending }
    })
    .await
}

/// The families by turns, that of the first address first; within a family the resolver's order.
fn interleaved(addresses: impl IntoIterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let mut addresses = addresses.into_iter().peekable();
    let preferred = addresses.peek().is_some_and(SocketAddr::is_ipv6);
    let (mut first, mut second): (VecDeque<_>, VecDeque<_>) =
        addresses.partition(|address| address.is_ipv6() == preferred);
    let mut ordered = VecDeque::with_capacity(first.len() + second.len());
    while !first.is_empty() || !second.is_empty() {
        ordered.extend(first.pop_front());
        ordered.extend(second.pop_front());
    }
    ordered
}

#[cfg(test)]
#[path = "race_tests.rs"]
mod tests;
