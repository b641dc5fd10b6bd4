//! Calls the product's own decision code for the rows of the model, so that model and product cannot differ. The code is pure (the same row
//! and evidence give the same decision), so each decision is cached.
//!
//! Silence is the time for which EPS has answered "not found". A round is an inquiry with control inquiries about a booked and a made-up
//! reference.

use super::row::{ANSWERS, Heard, Left, ModelReference, ModelRow, NOW_MS, SILENCE, TICK_MS, ago};
use super::words::{ModelRound, ModelWord, Words};
use crate::error::Phase;
use crate::money::Schedule;
use crate::money::journal::Entry;
use crate::money::transition::{self, Observation, Proof, Rules, decide};
use std::cell::RefCell;
use std::collections::HashMap;

pub(super) struct ModelJudge {
    pub(super) refund: bool,
    words: Words,
    schedule: Schedule,
    said: RefCell<HashMap<(ModelReference, ModelRow, Heard), ModelRow>>,
    /// Content of EPS's "not found" answer without the reference. It is the same for all references.
    pub(super) print: RefCell<String>,
}

impl ModelJudge {
    pub(super) fn new(refund: bool) -> Self {
        let schedule = Schedule {
            not_found_count: ANSWERS,
            not_found_spread_ms: u64::from(SILENCE) * TICK_MS,
            ..Schedule::default()
        };
        assert!(schedule.is_safe());
        Self { refund, words: Words::new(refund), schedule, said: RefCell::default(), print: RefCell::default() }
    }

    pub(super) fn reserved(
        &self,
        reference: ModelReference,
        reservation: u8,
        retry_of: Option<ModelReference>,
    ) -> ModelRow {
        let mut entry = Entry { retry_of: retry_of.map(|old| self.name(old)), ..self.born(reference, reservation) };
        // A reserved row has an inquiry scheduled from the start.
        entry.next_inquiry_ms = Some(NOW_MS);
        self.row(&entry)
    }

    pub(super) fn decide(&self, reference: ModelReference, row: &ModelRow, heard: Heard) -> ModelRow {
        let key = (reference, *row, heard);
        if let Some(said) = self.said.borrow().get(&key) {
            return *said;
        }
        let entry = self.entry(reference, row);
        let rules = Rules { now_ms: NOW_MS, schedule: &self.schedule, alarm_after_ms: u64::MAX };
        let round = if let Heard::Inquiry(_, Some(round), _) = heard { Some(self.words.round(round)) } else { None };
        let (asked, time) = (ago(asked(row, heard)), ago(0));
        let own = |view, clock_was_off, phase| Observation::Own { view, clock_was_off, phase, attempts: 1 };
        let evidence = match heard {
            Heard::Own(word, off) => own(Some(self.words.own(reference, word)), off, Phase::BodyComplete),
            Heard::Nothing(Left::Nothing) => own(None, false, Phase::NotDispatched),
            Heard::Nothing(Left::Part) => own(None, false, Phase::PartlyWritten),
            Heard::Nothing(Left::All) => own(None, false, Phase::FullyWritten),
            Heard::Inquiry(word, ..) => {
                let view = self.words.inquiry(reference, word);
                Observation::Inquiry {
                    view,
                    round: round.as_ref(),
                    asked: &asked,
                    time: &time,
                    known: entry.silence.as_ref(),
                }
            }
            Heard::Released => Observation::Released,
            Heard::DeclaredNotSent => Observation::DeclaredNotSent,
        };
        let said = decide(&entry, &evidence, &rules).entry;
        if let Some(silence) = &said.silence {
            self.print.borrow_mut().clone_from(&silence.print);
        }
        let said = self.row(&said);
        self.said.borrow_mut().insert(key, said);
        said
    }

    pub(super) fn wants_round(&self, reference: ModelReference, row: &ModelRow, word: ModelWord) -> bool {
        let view = self.words.inquiry(reference, word);
        transition::wants_round(&self.entry(reference, row), view, &ago(0), &self.schedule)
    }

    /// Returns true if EPS's current answer proves that nothing was done under this reference. The control inquiries of the proof are
    /// answered honestly.
    pub(super) fn proves_absence(&self, reference: ModelReference, row: &ModelRow, word: ModelWord) -> bool {
        let view = self.words.inquiry(reference, word);
        if self.refund {
            return transition::is_untouched(&self.entry(reference, row), view);
        }
        let round = self.words.round(ModelRound::Honest);
        matches!(transition::proof(&self.name(reference), view, Some(&round)), Proof::Absent(_))
    }

    pub(super) fn may_send_again(&self, reference: ModelReference, row: &ModelRow, word: ModelWord, off: bool) -> bool {
        transition::may_send_again(&self.entry(reference, row), self.words.own(reference, word), off)
    }

    pub(super) fn may_be_used_again(&self, row: &ModelRow) -> bool {
        transition::may_be_used_again(&self.entry(0, row))
    }

    pub(super) fn may_be_retried(&self, row: &ModelRow) -> bool {
        transition::may_be_retried(&self.entry(0, row))
    }

    pub(super) fn may_be_replaced(
        &self,
        reference: ModelReference,
        row: &ModelRow,
        retry_of: Option<ModelReference>,
    ) -> bool {
        let retry_of = retry_of.map(|old| self.name(old));
        transition::may_be_replaced(&self.entry(reference, row), retry_of.as_deref())
    }

    pub(super) fn has_ended_without_money(&self, row: &ModelRow) -> bool {
        transition::has_ended_without_money(&self.entry(0, row))
    }

    pub(super) fn is_booked(&self, row: &ModelRow) -> bool {
        self.entry(0, row).is_booked()
    }

    pub(super) fn may_be_declared(&self, row: &ModelRow) -> bool {
        transition::may_be_declared_not_sent(&self.entry(0, row))
    }

    pub(super) fn is_kept(&self, row: &ModelRow) -> bool {
        self.schedule.keep_until_ms(&self.entry(0, row)).is_some()
    }

    /// Returns the state of the debit that the caller receives if the row was pruned.
    pub(super) fn forgotten(&self, row: &ModelRow) -> ModelRow {
        self.row(&transition::forgotten(self.entry(0, row)))
    }

    /// Returns the state of the debit that the caller receives if the state could not be written to the journal.
    pub(super) fn unconfirmed(&self, row: &ModelRow) -> ModelRow {
        self.row(&transition::unconfirmed(self.entry(0, row)))
    }
}

/// Returns the number of ticks since the inquiry was sent. Returns 0 for other evidence, and if no "not found" answer was counted before.
fn asked(row: &ModelRow, heard: Heard) -> u8 {
    match (row.silence, heard) {
        (Some([_, _, age]), Heard::Inquiry(.., after)) => age.saturating_add_signed(after.saturating_neg()),
        _ => 0,
    }
}
