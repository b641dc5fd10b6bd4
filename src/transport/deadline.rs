//! Deadlines that give extra time to a process that was frozen (`SIGSTOP`, a suspended machine, a blocked thread).

use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Extra time after a deadline. When a frozen process resumes, the runtime reports expired timers before readable sockets. Because of the
/// extra time, data that arrived while the process was frozen still counts.
const GRACE: Duration = Duration::from_millis(1);
/// Delay after a deadline beyond which the process counts as frozen. A resumed process gets many events at once, so the work gets the
/// longer extra time [`TURN`].
const LATE: Duration = Duration::from_millis(20);
const TURN: Duration = Duration::from_millis(50);

/// Error: the deadline passed before the work was done.
#[derive(Debug)]
pub(crate) struct Elapsed;

/// Waits for `work` until the deadline `at` plus the extra time.
pub(crate) async fn until<T>(at: Instant, work: impl Future<Output = T>) -> Result<T, Elapsed> {
    let mut work = pin!(work);
    if let Ok(done) = timeout_at(at, work.as_mut()).await {
        return Ok(done);
    }
    let grace = if at.elapsed() > LATE { TURN } else { GRACE };
    timeout(grace, work).await.map_err(|_| Elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs work of several steps that blocks its thread until `beyond` after the deadline.
    async fn blocked(beyond: Duration) -> Result<(), Elapsed> {
        let at = Instant::now() + Duration::from_millis(5);
        let work = async {
            std::thread::sleep(Duration::from_millis(5) + beyond);
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        until(at, work).await
    }

    #[tokio::test]
    async fn what_came_while_the_process_stood_still_gets_its_turn() {
        assert!(blocked(Duration::from_millis(40)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_timely_wake_up_gets_no_extra_time() {
        let at = Instant::now() + Duration::from_millis(5);
        assert!(until(at, std::future::pending::<()>()).await.is_err());
        assert_eq!(at.elapsed(), Duration::from_millis(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wake_up_more_than_20_ms_late_gets_50_ms_more() {
        tokio::time::advance(Duration::from_secs(1)).await;
        for (late, more) in [(0, 1), (20, 1), (21, 50)] {
            let now = Instant::now();
            assert!(until(now - Duration::from_millis(late), std::future::pending::<()>()).await.is_err());
            assert_eq!(now.elapsed(), Duration::from_millis(more), "{late}");
        }
    }
}
