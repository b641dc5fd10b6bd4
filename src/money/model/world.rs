//! Complete state of the model: the rows of the journal, the processes and inquiries that use the rows, the requests on their way, and
//! EPS's real bookings.
//!
//! A tick is the time unit of the model: five minutes. The field `reservation` is the number of an attempt.

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
    /// Requests on their way to EPS, sorted.
    pub(super) requests: Vec<ModelRequest>,
    pub(super) eps: [ModelBooking; 3],
    pub(super) listed: Option<Listed>,
    /// Set of the attempts that were reported as settled or refunded. Bit `n` stands for the attempt with the number `n`.
    pub(super) done: u16,
    pub(super) reservations: u8,
    /// Set of the properties that a step has violated, one bit per property.
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

    /// Returns EPS's answer to an inquiry about this reference.
    pub(super) fn shown(&self, reference: ModelReference) -> ModelWord {
        match self.booking(reference) {
            ModelBooking { times: 0, .. } | ModelBooking { hidden: true, .. } => ModelWord::Absent,
            ModelBooking { pending: true, .. } => ModelWord::Pending,
            ModelBooking { .. } => ModelWord::Done,
        }
    }

    /// Returns true if EPS has accepted a request with this reference, or may still accept one that is on its way.
    pub(super) fn may_be_taken(&self, reference: ModelReference) -> bool {
        self.booking(reference).times > 0 || self.requests.iter().any(|request| request.reference == reference)
    }

    /// Writes a row, which increases its version. Every process that uses the row, except the writer, then holds an outdated version.
    pub(super) fn write(&mut self, reference: ModelReference, row: ModelRow, writer: Option<usize>) {
        for (index, process) in self.processes.iter_mut().enumerate() {
            let on = if let AttemptStep::Proven(old) = process.step { old } else { process.reference };
            process.held &= on != reference || writer == Some(index);
        }
        let before = self.row(reference).and_then(|before| before.silence);
        if row.silence.is_some() && row.silence != before {
            // A "not found" answer was counted now. The field `after` of each inquiry that is not recorded yet is measured from this
            // answer. It is -1 for an inquiry that was sent in an earlier tick.
            let asked = self.inquiries.iter_mut().flatten().filter(|inquiry| inquiry.reference == reference);
            asked.for_each(|inquiry| inquiry.after = if inquiry.prompt { 0 } else { -1 });
        }
        self.rows[usize::from(reference)] = Some(row);
        self.tell(row, false);
    }

    /// Records that a row was reported. A debit that was reported as settled or refunded must never be reported with another final state or
    /// as free.
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

    /// Returns the state one tick later. Requests that are older than the previous tick are removed, because EPS refuses them.
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

pub(super) struct Model {
    pub(super) judge: ModelJudge,
    pub(super) refund: bool,
    /// Number of references. A refund has only one.
    pub(super) references: u8,
    pub(super) reservations: u8,
    pub(super) processes: usize,
    pub(super) inquirers: usize,
    /// True if EPS shows every booking within one tick.
    pub(super) bounded: bool,
    /// True if EPS may also book a debit as pending and finish it later.
    pub(super) pending: bool,
    pub(super) without: Option<ModelRule>,
    /// The one property that is checked, or `None` to check all properties.
    pub(super) only: Option<Property>,
}

impl Model {
    pub(super) fn lacks(&self, rule: ModelRule) -> bool {
        self.without == Some(rule)
    }
}
