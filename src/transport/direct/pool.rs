//! Pool of idle connections that later calls can reuse. A debit never reuses a connection.

use super::connection::Connection;
use crate::mutex::lock;
use crate::transport::limits::IDLE;
use hyper::header::HeaderValue;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

#[derive(Default)]
pub(super) struct Pool(Mutex<Idle>);

#[derive(Default)]
struct Idle {
    /// Idle connections with host and port and the time at which they became idle. The most recent connection is last.
    connections: VecDeque<(HeaderValue, Instant, Connection)>,
    /// True while the task that drops expired connections runs.
    swept: bool,
}

impl Idle {
    fn sweep(&mut self, now: Instant) {
        while self.connections.front().is_some_and(|(_, since, _)| now - *since >= IDLE) {
            self.connections.pop_front();
        }
    }
}

impl Pool {
    /// Takes the connection to this host that became idle most recently.
    pub(super) fn take(&self, host: &HeaderValue) -> Option<Connection> {
        let mut idle = lock(&self.0);
        idle.sweep(Instant::now());
        let index = idle.connections.iter().rposition(|(known, ..)| known == host)?;
        idle.connections.remove(index).map(|(.., live)| live)
    }

    /// Puts a connection into the pool after a complete exchange, unless the server has closed the connection. The caller of `take` must
    /// check whether the connection is still usable.
    pub(super) async fn put(self: &Arc<Self>, host: &HeaderValue, mut live: Connection) {
        if !live.stands().await {
            return;
        }
        let now = Instant::now();
        let mut idle = lock(&self.0);
        idle.sweep(now);
        idle.connections.push_back((host.clone(), now, live));
        if !std::mem::replace(&mut idle.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }
}

/// Drops expired connections until the pool is empty. Without this task, sockets would stay open when no more calls come.
async fn sweep(kept: std::sync::Weak<Pool>) {
    loop {
        tokio::time::sleep(IDLE).await;
        let Some(kept) = kept.upgrade() else { return };
        let mut idle = lock(&kept.0);
        idle.sweep(Instant::now());
        if idle.connections.is_empty() {
            idle.swept = false;
            return;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::transport::tracked::Progress;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_kept_for_fifteen_seconds() {
        let host = HeaderValue::from_static("host");
        for (ms, stays) in [(14_990, true), (15_000, false)] {
            let (kept, (ours, theirs)) = (Arc::<Pool>::default(), tokio::io::duplex(64));
            kept.put(&host, Connection::new(Box::new(ours), &Progress::default()).await.unwrap()).await;
            tokio::time::advance(Duration::from_millis(ms)).await;
            assert_eq!(kept.take(&host).is_some(), stays, "{ms}");
            drop(theirs);
        }
    }
}
