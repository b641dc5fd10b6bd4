//! Parts of a state of the model: processes, inquiries, requests on their way, and EPS's real bookings.
//!
//! A tick is the time unit of the model: five minutes. The field `reservation` is the number of an attempt.

use super::row::{ModelReference, ModelRow};
use super::words::{ModelRound, ModelWord};
use crate::money::state::State;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum AttemptStep {
    Idle,
    /// EPS has proven that it has no booking under this spent reference, so a new debit may replace the spent one.
    Proven(ModelReference),
    Reserved,
    /// The check of the row has passed, and the process has not sent the request yet.
    Cleared,
    Waits,
    Ended(AttemptEnd),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum AttemptEnd {
    Done,
    Pending,
    Refused,
    /// EPS accepted a copy of the request, and refused the request itself.
    Seen,
    /// EPS refused the timestamp, because the process's clock was wrong.
    Off,
    /// The whole request was sent, and no answer arrived.
    Silent,
    Part,
    Nothing,
    Released,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ModelProcess {
    pub(super) step: AttemptStep,
    pub(super) reference: ModelReference,
    pub(super) reservation: u8,
    pub(super) retry_of: Option<ModelReference>,
    /// Number of requests that this attempt has started, at most two.
    pub(super) begun: u8,
    pub(super) first: Option<AttemptEnd>,
    /// True if no other process has written the row since this process last wrote it.
    pub(super) held: bool,
    /// True if the last step of the process was in the current tick.
    pub(super) prompt: bool,
}

pub(super) const IDLE: ModelProcess = ModelProcess {
    step: AttemptStep::Idle,
    reference: 0,
    reservation: 0,
    retry_of: None,
    begun: 0,
    first: None,
    held: false,
    prompt: false,
};

/// Inquiry whose answer has arrived and is not recorded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Inquiry {
    pub(super) reference: ModelReference,
    pub(super) read: ModelRow,
    pub(super) word: ModelWord,
    pub(super) round: Option<ModelRound>,
    /// Number of ticks between the last counted "not found" answer and the sending of this inquiry. -1 means that this inquiry was sent
    /// before that answer was counted.
    pub(super) after: i8,
    pub(super) prompt: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ModelRequest {
    pub(super) reference: ModelReference,
    pub(super) reservation: u8,
    /// True if the request was signed in the previous tick.
    pub(super) old: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct ModelBooking {
    pub(super) times: u8,
    pub(super) pending: bool,
    /// True if inquiries do not find the booking yet.
    pub(super) hidden: bool,
}

/// Final state of a debit, as the application received it in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Listed {
    pub(super) reference: ModelReference,
    pub(super) reservation: u8,
    pub(super) revision: u8,
    pub(super) outcome: State,
}

/// Pruning of the row of one reference: not pruned (`Not`), pruned after the debit was settled or refunded (`Done`), or pruned after
/// another final state (`Undone`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Forgotten {
    Not,
    Undone,
    Done,
}
