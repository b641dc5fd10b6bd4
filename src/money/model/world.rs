//! The whole state: the rows of the journal, the processes and inquiries that use them, requests under way, and the true bookings of EPS.

use super::judge::ModelJudge;
use super::parts::{AttemptStep, Forgotten, IDLE, Inquiry, Listed, ModelBooking, ModelProcess, ModelRequest};
use super::row::{ModelReference, ModelRow, SILENCE};
use super::words::ModelWord;
use super::{ModelRule, Property};
use crate::money::state::State;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ModelState {
    pub(super) rows: [Option<ModelRow>; 3],
    pub(super) forgotten: [Forgotten; 3],
    pub(super) processes: [ModelProcess; 2],
    pub(super) inquiries: [Option<Inquiry>; 2],
    /// Sorted.
    pub(super) requests: Vec<ModelRequest>,
    pub(super) eps: [ModelBooking; 3],
    /// An end that was listed for the owner.
    pub(super) listed: Option<Listed>,
    /// Reservations that were told as settled or refunded, as bits.
    pub(super) done: u16,
    pub(super) reservations: u8,
    /// Properties that a step has broken, as bits.
    pub(super) wrong: u8,
}

impl ModelState {
    pub(super) fn new() -> Self {
        Self {
            rows: [None; 3],
            forgotten: [Forgotten::Not; 3],
            processes: [IDLE; 2],
            inquiries: [None; 2],
            requests: Vec::new(),
            eps: [ModelBooking::default(); 3],
            listed: None,
            done: 0,
            reservations: 0,
            wrong: 0,
        }
    }

    pub(super) fn row(&self, reference: ModelReference) -> Option<ModelRow> {
        self.rows[usize::from(reference)]
    }

    pub(super) fn booking(&self, reference: ModelReference) -> ModelBooking {
        self.eps[usize::from(reference)]
    }

    /// Returns the answer to an inquiry.
    pub(super) fn shown(&self, reference: ModelReference) -> ModelWord {
        match self.booking(reference) {
            ModelBooking { times: 0, .. } | ModelBooking { hidden: true, .. } => ModelWord::Absent,
            ModelBooking { pending: true, .. } => ModelWord::Pending,
            ModelBooking { .. } => ModelWord::Done,
        }
    }

    /// Returns true if EPS has taken this reference, or may still take it from a request that is under way.
    pub(super) fn may_be_taken(&self, reference: ModelReference) -> bool {
        self.booking(reference).times > 0 || self.requests.iter().any(|request| request.reference == reference)
    }

    /// Writes a row. Every process other than the writer no longer holds the row's version.
    pub(super) fn write(&mut self, reference: ModelReference, row: ModelRow, writer: Option<usize>) {
        for (index, process) in self.processes.iter_mut().enumerate() {
            let on = if let AttemptStep::Proven(old) = process.step { old } else { process.reference };
            process.held &= on != reference || writer == Some(index);
        }
        let before = self.row(reference).and_then(|before| before.silence);
        if row.silence.is_some() && row.silence != before {
            // An answer was counted now, so the inquiries under way measure from it.
            let asked = self.inquiries.iter_mut().flatten().filter(|inquiry| inquiry.reference == reference);
            asked.for_each(|inquiry| inquiry.after = if inquiry.prompt { 0 } else { -1 });
        }
        self.rows[usize::from(reference)] = Some(row);
        self.tell(row, false);
    }

    /// Notes what is told about an attempt. A debit that was told as done must not be told as anything else.
    pub(super) fn tell(&mut self, row: ModelRow, free: bool) {
        let bit = 1 << row.reservation;
        if matches!(row.outcome, State::Settled | State::Refunded) {
            self.done |= bit;
        } else if self.done & bit != 0 && (free || row.outcome.is_final()) {
            self.breaks(Property::DoneStaysDone);
        }
    }

    pub(super) fn breaks(&mut self, property: Property) {
        self.wrong |= 1 << property as u8;
    }

    /// Returns the state one tick later. EPS refuses a request that was signed in the tick before the last.
    pub(super) fn tick(&self, bounded: bool) -> Self {
        let mut next = self.clone();
        for silence in next.rows.iter_mut().flatten().filter_map(|row| row.silence.as_mut()) {
            silence[2] = (silence[2] + 1).min(SILENCE);
        }
        next.processes.iter_mut().for_each(|process| process.prompt = false);
        next.inquiries.iter_mut().flatten().for_each(|inquiry| inquiry.prompt = false);
        next.requests.retain(|request| !request.old);
        next.requests.iter_mut().for_each(|request| request.old = true);
        next.eps.iter_mut().for_each(|booking| booking.hidden &= !bounded);
        next
    }
}

/// The model, with its rules and bounds.
pub(super) struct Model {
    pub(super) judge: ModelJudge,
    pub(super) refund: bool,
    /// Number of references. A refund has one.
    pub(super) references: u8,
    /// Largest number of reservations.
    pub(super) reservations: u8,
    pub(super) processes: usize,
    pub(super) inquirers: usize,
    /// True if EPS shows a booking within one tick.
    pub(super) bounded: bool,
    /// True if EPS also books debits that it has not finished.
    pub(super) pending: bool,
    /// The rule that is removed.
    pub(super) without: Option<ModelRule>,
    /// The one property that is checked; `None` for all.
    pub(super) only: Option<Property>,
}

impl Model {
    pub(super) fn lacks(&self, rule: ModelRule) -> bool {
        self.without == Some(rule)
    }
}
