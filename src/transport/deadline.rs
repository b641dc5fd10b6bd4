//! Deadlines that a frozen process does not miss for nothing.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// A process that wakes after its deadline hears of its timers first, and of its sockets a moment later: what has arrived
/// while it stood still must count (`SIGSTOP`, a suspended machine, a blocked thread).
const GRACE: Duration = Duration::from_millis(1);

/// The time came first.
#[derive(Debug)]
pub(crate) struct Elapsed;

/// Waits for `work` until then.
pub(crate) async fn until<T>(at: Instant, work: impl Future<Output = T>) -> Result<T, Elapsed> {
    let mut work = pin!(work);
    if let Ok(done) = timeout_at(at, work.as_mut()).await {
        return Ok(done);
    }
    timeout(GRACE, work).await.map_err(|_| Elapsed)
}
