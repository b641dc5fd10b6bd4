//! Connects to several addresses of a host and keeps the first connection that succeeds (RFC 8305, "Happy Eyeballs").
//!
//! The system's resolver returns IPv4 and IPv6 addresses together, in the order of preference, so one lookup is enough. hyper-util's
//! connector also races IPv4 against IPv6, but not two addresses of the same family.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::net::TcpStream;

/// Delay after which the next attempt starts while earlier attempts are still pending: the "connection attempt delay" that RFC 8305
/// recommends. After a failed attempt, the next attempt starts at once.
const DELAY: Duration = Duration::from_millis(250);

type ConnectAttempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// Returns the first connection that is established. The other attempts are dropped.
///
/// # Errors
/// The error of the last attempt, once all attempts have failed.
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
            // The delay has passed, so the loop starts the next attempt.
            None => {}
            Some(Err(error)) if waiting.is_empty() && attempts.is_empty() => return Err(error),
            Some(Err(_)) => {}
            Some(Ok(stream)) => return Ok(stream),
        }
    }
}

/// Returns the result of the attempt that ends first, and removes that attempt from the list.
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

/// Orders the addresses so that IPv4 and IPv6 alternate, starting with the family of the first address. Within a family, the resolver's
/// order is kept.
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
