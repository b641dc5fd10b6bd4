//! The parts of a state: processes, inquiries, requests under way, and the true bookings of EPS.

use super::row::{ModelReference, ModelRow};
use super::words::{ModelRound, ModelWord};
use crate::money::state::State;

/// Progress of one attempt of a debit in its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum AttemptStep {
    Idle,
    /// EPS has shown that it has nothing under this spent reference.
    Proven(ModelReference),
    Reserved,
    /// The process may send, and has not sent yet.
    Cleared,
    Waits,
    Ended(AttemptEnd),
}

/// End of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum AttemptEnd {
    Done,
    Pending,
    Refused,
    /// EPS took a copy of the request.
    Seen,
    /// The clock was off.
    Off,
    /// No answer came, and the whole request has left.
    Silent,
    /// A part of the request has left.
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
    /// Number of requests that were started.
    pub(super) begun: u8,
    /// End of the first request.
    pub(super) first: Option<AttemptEnd>,
    /// No other process has written the row since this one did, so its version is the same.
    pub(super) held: bool,
    /// The last step of the process was in this tick.
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

/// An inquiry that was answered, and is not recorded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Inquiry {
    pub(super) reference: ModelReference,
    pub(super) read: ModelRow,
    pub(super) word: ModelWord,
    pub(super) round: Option<ModelRound>,
    /// Ticks from the last counted answer until EPS was asked. It is -1 if EPS was asked before that answer.
    pub(super) after: i8,
    /// EPS was asked in this tick.
    pub(super) prompt: bool,
}

/// A request under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ModelRequest {
    pub(super) reference: ModelReference,
    pub(super) reservation: u8,
    /// True if the request was signed in the tick before.
    pub(super) old: bool,
}

/// Bookings of EPS under one reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct ModelBooking {
    pub(super) times: u8,
    pub(super) pending: bool,
    /// Inquiries do not find it yet.
    pub(super) hidden: bool,
}

/// An end as it was listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Listed {
    pub(super) reference: ModelReference,
    pub(super) reservation: u8,
    pub(super) revision: u8,
    pub(super) outcome: State,
}

/// States if the row of a reference was pruned, and if the debit was undone or done then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Forgotten {
    Not,
    Undone,
    Done,
}
