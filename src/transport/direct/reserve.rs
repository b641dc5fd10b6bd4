//! Connections opened ahead of a debit: one per host, unused, and a second old at most.

use super::connection::Connection;
use crate::clock::{lock, since_boot};
use crate::transport::failure::TransportFailure;
use crate::transport::policy::AHEAD;
use hyper::header::HeaderValue;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

#[derive(Default)]
pub(super) struct Reserve(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    /// One per host and port at most. A client knows two hosts at most.
    slots: Vec<(HeaderValue, Slot)>,
    /// When a debit last went to which of them.
    flow: Vec<(HeaderValue, OpenedAt)>,
    /// Whether somebody comes by to drop what nobody took.
    swept: bool,
}

enum Slot {
    /// And who waits for it: one debit at most, for a second could not have it anyway.
    Opening(Option<oneshot::Sender<OpenResult>>),
    Opened(OpenResult),
}

/// A connection, or why there is none.
struct OpenResult {
    result: Result<Connection, TransportFailure>,
    since: OpenedAt,
}

#[derive(Clone, Copy)]
struct OpenedAt {
    boot: Duration,
    /// The time of simulations.
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
    /// A debit goes to this host: whether another one has just gone there, so that a third is to be expected while a connection is young.
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

    /// The right to open one, unless that is under way or one is there that will still be young in a moment.
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

    /// The connection that is there or under way, if it may be used: young, and nothing to be read on it. Or what it failed with.
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
            // Who opened it may have been dropped.
            (None, Some(waiting)) => waiting.await.ok()?,
            (None, None) => return None,
        };
        let OpenResult { result, since } = opened;
        match result {
            Err(failure) => since.is_within(AHEAD).then_some(Err(failure)),
            Ok(mut live) => {
                // Its age last: the process may have stood still.
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

/// A connection on its way. Dropping it gives it up.
pub(super) struct Opening {
    reserve: Arc<Reserve>,
    host: HeaderValue,
    /// Its place is free, and may be another's by now.
    ended: bool,
}

impl Opening {
    pub(super) fn end(mut self, result: Result<Connection, TransportFailure>) {
        let opened = OpenResult { result, since: OpenedAt::now() };
        self.ended = true;
        let left = match self.withdraw() {
            // Who waited may have given up.
            Some(waiting) => waiting.send(opened).err(),
            None => Some(opened),
        };
        if let Some(opened) = left {
            self.reserve.keep(&self.host, opened);
        }
    }

    /// Frees the place; who waits for it, if anybody does.
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
            // Whoever waits hears of it by this.
            drop(self.withdraw());
        }
    }
}

/// Until none is left: sockets do not stay open because no debit comes.
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
