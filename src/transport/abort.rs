//! A switch that ends calls.

use std::sync::Arc;
use tokio::sync::watch;

/// Ends every call it was given to. Cheap to clone; once thrown it stays thrown.
#[derive(Debug, Clone)]
pub struct Abort(Arc<watch::Sender<bool>>);

impl Abort {
    /// A switch that has not been thrown.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Ends the calls. What has left the machine is not undone: their errors say `maybe_sent`.
    pub fn abort(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was thrown.
    pub fn is_aborted(&self) -> bool {
        *self.0.borrow()
    }

    pub(crate) async fn aborted(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|thrown| *thrown).await;
    }
}

impl Default for Abort {
    fn default() -> Self {
        Self::new()
    }
}
