//! Connections kept for the next call. Never for a debit.

use super::live::Live;
use crate::clock::lock;
use crate::transport::policy::IDLE;
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

#[derive(Default)]
pub(super) struct Kept(Mutex<Idle>);

#[derive(Default)]
struct Idle {
    /// The latest last.
    connections: Vec<(String, Instant, Live)>,
    /// Whether somebody comes by to drop the old ones.
    swept: bool,
}

impl Idle {
    fn sweep(&mut self) {
        self.connections.retain(|(_, since, _)| since.elapsed() < IDLE);
    }
}

impl Kept {
    /// The latest one to this authority.
    pub(super) fn take(&self, authority: &str) -> Option<Live> {
        let mut idle = lock(&self.0);
        idle.sweep();
        let index = idle.connections.iter().rposition(|(known, ..)| known == authority)?;
        Some(idle.connections.remove(index).2)
    }

    /// Keeps a connection whose exchange is complete, unless it ends with it or has more to say than was asked.
    pub(super) async fn put(self: &Arc<Self>, authority: String, mut live: Live) {
        if !live.is_idle().await {
            return;
        }
        let mut idle = lock(&self.0);
        idle.sweep();
        idle.connections.push((authority, Instant::now(), live));
        if !std::mem::replace(&mut idle.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }
}

/// Until none is left: sockets do not stay open because no call comes.
async fn sweep(kept: std::sync::Weak<Kept>) {
    loop {
        tokio::time::sleep(IDLE).await;
        let Some(kept) = kept.upgrade() else { return };
        let mut idle = lock(&kept.0);
        idle.sweep();
        if idle.connections.is_empty() {
            idle.swept = false;
            return;
        }
    }
}
