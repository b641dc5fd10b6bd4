//! The parts of a state: processes, inquiries, requests under way, and what EPS has in truth.

use super::row::{ModelReference, ModelRow};
use super::words::{ModelRound, ModelWord};
use crate::money::state::State;

/// How far one attempt of a debit has come in its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum AttemptStep {
    Idle,
    /// EPS has shown to have nothing of this spent reference.
    Proven(ModelReference),
    Reserved,
    /// It may send, and has not.
    Cleared,
    Waits,
    Ended(AttemptEnd),
}

/// How its request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum AttemptEnd {
    Done,
    Pending,
    Refused,
    /// A copy of it was taken.
    Seen,
    /// The clock was off.
    Off,
    /// No answer, and all of it has left.
    Silent,
    /// Some of it has left.
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
    /// Requests that were begun.
    pub(super) begun: u8,
    /// How the first one ended.
    pub(super) first: Option<AttemptEnd>,
    /// Nobody has written the row since this process has: its version is the same.
    pub(super) held: bool,
    /// What it did last was in this tick.
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

/// An inquiry that was answered, and not yet recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Inquiry {
    pub(super) reference: ModelReference,
    pub(super) read: ModelRow,
    pub(super) word: ModelWord,
    pub(super) round: Option<ModelRound>,
    /// Ticks from the last answer that counts until it was asked: -1 where it was asked before that.
    pub(super) after: i8,
    /// It was asked in this tick.
    pub(super) prompt: bool,
}

/// A request under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ModelRequest {
    pub(super) reference: ModelReference,
    pub(super) reservation: u8,
    /// Whether it was signed in the tick before.
    pub(super) old: bool,
}

/// What EPS has under a reference.
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

/// What became of the row of a reference that was pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Forgotten {
    Not,
    Undone,
    Done,
}
