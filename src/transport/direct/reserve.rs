//! Connections that are opened ahead of a debit, at most one per host. Such a connection has carried no request, and is used only if it is
//! at most one second old.

use super::connection::Connection;
use crate::clock::since_boot;
use crate::mutex::lock;
use crate::transport::failure::TransportFailure;
use crate::transport::limits::AHEAD;
use hyper::header::HeaderValue;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

#[derive(Default)]
pub(super) struct Reserve(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    /// Connections that are open or being opened, by host and port, with at most one for each. A client uses at most two hosts.
    slots: Vec<(HeaderValue, Slot)>,
    /// Time of the last debit, by host and port.
    flow: Vec<(HeaderValue, OpenedAt)>,
    /// True while the task that drops expired connections runs.
    swept: bool,
}

enum Slot {
    /// A connection is being opened. The sender passes the result to the debit that waits for the connection. At most one debit waits,
    /// because two debits cannot share a connection.
    Opening(Option<oneshot::Sender<OpenResult>>),
    Opened(OpenResult),
}

/// Result of opening a connection, and its time.
struct OpenResult {
    result: Result<Connection, TransportFailure>,
    since: OpenedAt,
}

#[derive(Clone, Copy)]
struct OpenedAt {
    boot: Duration,
    /// Time by tokio's clock, which simulations control.
    at: Instant,
}

impl OpenedAt {
    fn now() -> Self {
        Self { boot: since_boot(), at: Instant::now() }
    }

    fn is_within(&self, age: Duration) -> bool {
        since_boot().saturating_sub(self.boot) <= age && self.at.elapsed() <= age
    }
}

impl Slots {
    fn index(&self, host: &HeaderValue) -> Option<usize> {
        self.slots.iter().position(|(known, _)| known == host)
    }

    fn opened(&mut self, host: &HeaderValue) -> Option<OpenResult> {
        let index = self.index(host)?;
        if matches!(self.slots[index].1, Slot::Opening(_)) {
            return None;
        }
        match self.slots.swap_remove(index).1 {
            Slot::Opened(opened) => Some(opened),
            Slot::Opening(_) => None,
        }
    }
}

impl Reserve {
    /// Records a debit to this host. Returns true if the previous debit to the host was at most one second ago. Then a connection that is
    /// opened now is probably still young enough for the next debit.
    pub(super) fn flows(&self, host: &HeaderValue) -> bool {
        let flow = &mut lock(&self.0).flow;
        let now = OpenedAt::now();
        match flow.iter_mut().find(|(known, _)| known == host) {
            Some((_, last)) => std::mem::replace(last, now).is_within(AHEAD),
            None => {
                flow.push((host.clone(), now));
                false
            }
        }
    }

    /// Returns permission to open a connection. Returns `None` if a connection is being opened, or if an open connection has at most half
    /// of the maximum age.
    pub(super) async fn begin(self: &Arc<Self>, host: &HeaderValue) -> Option<Opening> {
        let there = lock(&self.0).opened(host);
        if let Some(OpenResult { result: Ok(mut live), since }) = there
            && since.is_within(AHEAD / 2)
            && live.stands().await
        {
            self.keep(host, OpenResult { result: Ok(live), since });
            return None;
        }
        let mut slots = lock(&self.0);
        if slots.index(host).is_some() {
            return None;
        }
        slots.slots.push((host.clone(), Slot::Opening(None)));
        Some(Opening { reserve: Arc::clone(self), host: host.clone(), ended: false })
    }

    /// Returns the connection that was opened ahead, or the failure to open it. Waits if the connection is still being opened. Returns
    /// `None` if there is no such connection, if it is too old or has unread bytes, or if another debit already waits for it.
    pub(super) async fn take(&self, host: &HeaderValue) -> Option<Result<Connection, TransportFailure>> {
        let (there, waiting) = {
            let mut slots = lock(&self.0);
            let there = slots.opened(host);
            let waiting = match slots.index(host).map(|index| &mut slots.slots[index].1) {
                Some(Slot::Opening(waits @ None)) => {
                    let (sender, receiver) = oneshot::channel();
                    *waits = Some(sender);
                    Some(receiver)
                }
                Some(Slot::Opening(Some(_)) | Slot::Opened(_)) | None => None,
            };
            (there, waiting)
        };
        let opened = match (there, waiting) {
            (Some(opened), _) => opened,
            // The wait fails if the task that was opening the connection was dropped.
            (None, Some(waiting)) => waiting.await.ok()?,
            (None, None) => return None,
        };
        let OpenResult { result, since } = opened;
        match result {
            Err(failure) => since.is_within(AHEAD).then_some(Err(failure)),
            Ok(mut live) => {
                // The age is checked after `is_idle`, because the process may have been frozen during that check.
                (live.is_idle().await && since.is_within(AHEAD)).then_some(Ok(live))
            }
        }
    }

    fn keep(self: &Arc<Self>, host: &HeaderValue, opened: OpenResult) {
        let mut slots = lock(&self.0);
        if slots.index(host).is_some() {
            return;
        }
        slots.slots.push((host.clone(), Slot::Opened(opened)));
        if !std::mem::replace(&mut slots.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }
}

/// Permission to open a connection ahead of a debit. Dropping the permission without [`Opening::end`] frees the host's slot.
pub(super) struct Opening {
    reserve: Arc<Reserve>,
    host: HeaderValue,
    /// True once this permission has freed the host's entry in `Slots`. Another task may have taken the entry since.
    ended: bool,
}

impl Opening {
    pub(super) fn end(mut self, result: Result<Connection, TransportFailure>) {
        let opened = OpenResult { result, since: OpenedAt::now() };
        self.ended = true;
        let left = match self.withdraw() {
            // If the debit that waited for the connection was dropped, the connection is kept for the next debit.
            Some(waiting) => waiting.send(opened).err(),
            None => Some(opened),
        };
        if let Some(opened) = left {
            self.reserve.keep(&self.host, opened);
        }
    }

    /// Frees the host's entry in `Slots`. Returns the sender to the debit that waits for the connection, if there is one.
    fn withdraw(&self) -> Option<oneshot::Sender<OpenResult>> {
        let mut slots = lock(&self.reserve.0);
        let index = slots.index(&self.host)?;
        match &mut slots.slots[index].1 {
            Slot::Opened(_) => None,
            Slot::Opening(waits) => {
                let waiting = waits.take();
                slots.slots.swap_remove(index);
                waiting
            }
        }
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if !self.ended {
            // Dropping the sender wakes the waiting debit, which then opens its own connection.
            drop(self.withdraw());
        }
    }
}

/// Drops expired connections until no open connection is left. Without this task, sockets would stay open when no more debits come.
async fn sweep(reserve: Weak<Reserve>) {
    loop {
        tokio::time::sleep(AHEAD / 4).await;
        let Some(reserve) = reserve.upgrade() else { return };
        let mut slots = lock(&reserve.0);
        slots.slots.retain(|(_, slot)| match slot {
            Slot::Opening(_) => true,
            Slot::Opened(opened) => opened.since.is_within(AHEAD),
        });
        if !slots.slots.iter().any(|(_, slot)| matches!(slot, Slot::Opened(_))) {
            slots.swept = false;
            return;
        }
    }
}

#[cfg(test)]
#[path = "reserve_tests.rs"]
mod tests;
