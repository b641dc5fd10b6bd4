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
    /// What does not fit, for an alarm.
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

pub(crate) struct Events(broadcast::Sender<Event>);

impl Events {
    pub(super) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    pub(super) fn outcome(&self, entry: &Entry, contradiction: Option<&str>) {
        self.tell(EventKind::Outcome, entry, None);
        if let Some(detail) = contradiction {
            self.alarm(entry, detail);
        }
    }

    pub(super) fn resolved(&self, entry: &Entry) {
        self.tell(EventKind::Resolved, entry, None);
    }

    pub(super) fn alarm(&self, entry: &Entry, detail: &str) {
        self.tell(EventKind::Alarm, entry, Some(detail.to_owned()));
    }

    fn tell(&self, kind: EventKind, entry: &Entry, detail: Option<String>) {
        let event = Event {
            kind,
            key: entry.intent.key.clone(),
            state: entry.known.state,
            tid: entry.known.tid.clone(),
            detail,
        };
        // Nobody listening is no fault.
        let _ = self.0.send(event);
    }
}
