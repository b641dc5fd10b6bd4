//! What became of debits, for whoever listens.

use crate::money::{Entry, Key, State};
use serde::Serialize;
use tokio::sync::broadcast;

/// A slow listener loses the oldest events; the journal loses none.
const BACKLOG: usize = 1024;

/// Something became known of a debit.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Event {
    /// What kind of news it is.
    pub kind: EventKind,
    /// The intent.
    #[serde(flatten)]
    pub key: Key,
    /// Its state now.
    pub state: State,
    /// EPS's transaction id, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// Why, for an alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What does not fit, in words, for an alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Kinds of [`Event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EventKind {
    /// A debit's own answer was recorded.
    Outcome,
    /// An inquiry brought a debit to its final state.
    Resolved,
    /// An answer or a callback contradicts what is known. Somebody must look.
    Alarm,
}

/// Why an [`EventKind::Alarm`] was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Reason {
    /// The debit is now named with another tid than before: it may have been booked twice.
    DuplicateObserved,
    /// Its reference, or its amount, is named otherwise than it was sent; or of a refund what cannot be.
    Contradiction,
    /// It is named in another state than its final one, which stands.
    StateChanged,
}

impl Reason {
    /// With what does not fit, in words.
    pub(super) fn because(self, detail: impl Into<String>) -> Doubt {
        Doubt { reason: self, detail: detail.into() }
    }
}

/// What an alarm is raised for.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) reason: Reason,
    pub(super) detail: String,
}

pub(crate) struct Events(broadcast::Sender<Event>);

impl Events {
    pub(super) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    pub(super) fn outcome(&self, entry: &Entry) {
        self.tell(EventKind::Outcome, &entry.intent.key, entry.known.state, entry.known.tid.as_ref(), None);
    }

    pub(super) fn resolved(&self, entry: &Entry) {
        self.tell(EventKind::Resolved, &entry.intent.key, entry.known.state, entry.known.tid.as_ref(), None);
    }

    pub(super) fn alarm(&self, entry: &Entry, doubt: &Doubt) {
        self.alarm_of(&entry.intent.key, entry.known.state, entry.known.tid.as_ref(), doubt);
    }

    /// Of a debit that no journal knows, or not as it is.
    pub(super) fn alarm_of(&self, key: &Key, state: State, tid: Option<&String>, doubt: &Doubt) {
        self.tell(EventKind::Alarm, key, state, tid, Some(doubt));
    }

    fn tell(&self, kind: EventKind, key: &Key, state: State, tid: Option<&String>, doubt: Option<&Doubt>) {
        let event = Event {
            kind,
            key: key.clone(),
            state,
            tid: tid.cloned(),
            reason: doubt.map(|doubt| doubt.reason),
            detail: doubt.map(|doubt| doubt.detail.clone()),
        };
        // Nobody listening is no fault.
        let _ = self.0.send(event);
    }
}
