//! Events that the client sends to listeners about debits, the journal and the client itself.

use super::journal::{Entry, JournalEntry};
use super::state::State;
use super::transition::{Anomaly, Reason};
use serde::Serialize;
use tokio::sync::broadcast;

/// Maximum number of events that are kept for a slow listener. A listener that is further behind loses the oldest events. The journal still
/// holds the debits that these events were about.
const BACKLOG: usize = 1024;

/// Event about one debit, about the journal or about the client.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Event {
    /// Kind of the event.
    pub kind: EventKind,
    /// Operation of the debit, if the event is about a debit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// `clientRefId` of the debit, or the transaction id (tid) of a refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Id of the debit's reservation (its row in the journal).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<String>,
    /// Number of final states that the reservation has reached so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// Current state of the debit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<State>,
    /// EPS's transaction id (tid), if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// Reason of an alarm or a notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Text that describes an alarm or a notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Kinds of [`Event`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EventKind {
    /// The result of the request that sends a debit was recorded.
    Outcome,
    /// A debit reached a final state because of an inquiry, because EPS has answered "not found" for long enough, or because a person
    /// declared its outcome.
    Resolved,
    /// EPS contradicts the journal, or the journal cannot be trusted. A person must investigate.
    Alarm,
    /// Information that needs no action now.
    #[default]
    Notice,
}

pub(crate) struct Events(broadcast::Sender<Event>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    pub(crate) fn outcome(&self, entry: &Entry) {
        self.tell(of(EventKind::Outcome, &entry.public()));
    }

    pub(crate) fn resolved(&self, entry: &Entry) {
        self.tell(of(EventKind::Resolved, &entry.public()));
    }

    pub(crate) fn alarm(&self, entry: &Entry, anomaly: &Anomaly) {
        let reason = Some(anomaly.reason.as_str());
        self.tell(Event { reason, detail: Some(anomaly.detail.clone()), ..of(EventKind::Alarm, &entry.public()) });
    }

    pub(crate) fn journal_alarm(&self, detail: String) {
        let reason = Some(Reason::Journal.as_str());
        self.tell(Event { kind: EventKind::Alarm, reason, detail: Some(detail), ..Event::default() });
    }

    pub(crate) fn notice(&self, reason: &'static str, detail: String) {
        self.tell(Event { reason: Some(reason), detail: Some(detail), ..Event::default() });
    }

    /// Sends a notice that a debit must wait before it is sent. `detail` gives the reason.
    pub(crate) fn waits(&self, entry: &Entry, detail: String) {
        let reason = Some("waiting");
        self.tell(Event { reason, detail: Some(detail), ..of(EventKind::Notice, &entry.public()) });
    }

    fn tell(&self, event: Event) {
        // `send` fails only if there is no listener, which is not an error.
        let _ = self.0.send(event);
    }
}

fn of(kind: EventKind, entry: &JournalEntry) -> Event {
    Event {
        kind,
        op: Some(entry.op.clone()),
        reference: Some(entry.reference.clone()),
        reservation_id: Some(entry.reservation_id.clone()),
        revision: Some(entry.revision),
        outcome: Some(entry.outcome),
        tid: entry.tid.clone(),
        reason: None,
        detail: None,
    }
}
