//! How long a debit may wait for its journal.

use crate::error::Code;
use crate::money::{Intent, Journal, Key, Known, Reservation, State, StoreError};
use crate::transport::{Abort, until};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// What has been answered is recorded in milliseconds; past the end of a debit its caller waits no longer for it than this.
const GRACE: Duration = Duration::from_millis(100);

pub(super) struct Limit<'a> {
    pub(super) deadline: Instant,
    pub(super) abort: Option<&'a Abort>,
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Limit<'_> {
    /// A reservation that comes too late is given back, behind the caller's back: nothing of its debit leaves.
    ///
    /// # Errors
    /// What came first: the deadline or the abort.
    pub(super) async fn reserve(
        &self,
        journal: &Journal,
        intent: Intent,
    ) -> Result<Result<Reservation, StoreError>, Code> {
        let (key, created_ms, journal) = (intent.key.clone(), intent.created_ms, journal.clone());
        let mut reserving: Work<_> = Box::pin({
            let journal = journal.clone();
            async move { journal.reserve(intent).await }
        });
        let stop = tokio::select! {
            biased;
            result = until(self.deadline, reserving.as_mut()) => match result {
                Ok(reserved) => return Ok(reserved),
                Err(_) => Code::TimeoutDeadline,
            },
            () = self.aborted() => Code::Aborted,
        };
        tokio::spawn(async move {
            if let Ok(Reservation::Taken(_)) = reserving.await {
                // Should this fail too, the entry stays open, and the resolver finds that EPS knows nothing of it.
                let _ = release(&journal, &key, created_ms).await;
            }
        });
        Err(stop)
    }

    /// Until the end of the debit and a moment longer; then the work goes on without its caller, who gets `None`.
    pub(super) async fn or_behind<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let mut work: Work<T> = Box::pin(work);
        let end = async {
            tokio::select! {
                () = self.aborted() => {}
                () = tokio::time::sleep_until(self.deadline) => {}
            }
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            biased;
            done = work.as_mut() => return Some(done),
            () = end => {}
        }
        tokio::spawn(work);
        None
    }

    async fn aborted(&self) {
        match self.abort {
            Some(abort) => abort.aborted().await,
            None => std::future::pending().await,
        }
    }
}

async fn release(journal: &Journal, key: &Key, created_ms: u64) -> Result<(), StoreError> {
    let known = |entry: &crate::money::Entry| match entry.intent.created_ms == created_ms {
        true => Known { state: State::NotSent, reusable: true, next_inquiry_ms: None, ..entry.known.clone() },
        false => entry.known.clone(),
    };
    journal.change(key, known).await.map(|_| ())
}
