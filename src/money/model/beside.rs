//! Steps of the model outside a debit's own process: EPS and the network, the inquirers, and the owner (the application that uses the
//! client).
//!
//! An inquirer is a process that asks EPS about an open debit. A round is an inquiry with control inquiries about a booked and a made-up
//! reference. The version of a row increases with each write.

use super::parts::{AttemptEnd, AttemptStep, Forgotten, Inquiry, Listed, ModelBooking, ModelProcess};
use super::process::Out;
use super::properties::is_done;
use super::row::{Heard, ModelReference, ModelRow};
use super::words::{ModelRound, ModelWord};
use super::world::{Model, ModelState};
use super::{Action, ModelRule, Property};

impl Model {
    pub(super) fn network(&self, world: &ModelState, out: &mut Out) {
        for (index, request) in world.requests.iter().enumerate() {
            let mut gone = world.clone();
            gone.requests.remove(index);
            out.push((Action::Lost, gone.clone()));
            let waits = |process: &ModelProcess| {
                process.step == AttemptStep::Waits && process.reservation == request.reservation
            };
            let waits = gone.processes.iter().position(waits);
            if let Some(process) = waits {
                out.push((Action::Refuses, self.again_or(&gone, process, AttemptEnd::Refused)));
                out.push((Action::ClockIsOff, self.again_or(&gone, process, AttemptEnd::Off)));
            }
            for (pending, hidden) in [(false, false), (false, true), (true, false), (true, true)] {
                if pending && !self.pending {
                    continue;
                }
                let mut taken = gone.clone();
                let booking = &mut taken.eps[usize::from(request.reference)];
                // A booking that inquiries can already find does not become hidden again.
                let before = *booking;
                let times = (before.times + 1).min(2);
                *booking = ModelBooking { times, pending, hidden: hidden && (before.times == 0 || before.hidden) };
                let Some(process) = waits else {
                    out.push((Action::Takes, taken));
                    continue;
                };
                let word = if pending { AttemptEnd::Pending } else { AttemptEnd::Done };
                out.push((Action::TakesAndAnswers, self.again_or(&taken, process, word)));
                // EPS accepts a copy of the request first. It then refuses the request itself, because the timestamp is already used.
                out.push((Action::TakesACopy, self.again_or(&taken, process, AttemptEnd::Seen)));
                out.push((Action::Takes, taken));
            }
        }
        for reference in 0..self.references {
            let booking = world.booking(reference);
            let mut change = |action, booking| {
                let mut next = world.clone();
                next.eps[usize::from(reference)] = booking;
                out.push((action, next));
            };
            if booking.pending {
                change(Action::Finishes, ModelBooking { pending: false, ..booking });
            }
            if booking.hidden && !self.bounded {
                change(Action::Shows, ModelBooking { hidden: false, ..booking });
            }
        }
    }

    /// Adds the steps of the inquirers. An inquirer first writes the row of the debit, which increases the row's version. The debit's own
    /// process therefore notices the inquirer before it sends.
    pub(super) fn inquiry(&self, world: &ModelState, out: &mut Out) {
        for slot in 0..self.inquirers {
            if world.inquiries[slot].is_some() {
                // The inquirer may record the same answer twice.
                let kept = self.learn(world, slot);
                let mut learned = kept.clone();
                learned.inquiries[slot] = None;
                out.push((Action::Learn, learned));
                out.push((Action::LearnAndKeep, kept));
                let mut crashed = world.clone();
                crashed.inquiries[slot] = None;
                out.push((Action::InquirerCrashes, crashed));
                continue;
            }
            if self.lacks(ModelRule::OpenIsAskedAbout) {
                continue;
            }
            for reference in 0..self.references {
                let Some(row) = world.row(reference).filter(|row| row.due) else { continue };
                let after = row.silence.map_or(0, |[_, _, age]| age.cast_signed());
                let mut ask = |action, word, round| {
                    let mut next = world.clone();
                    next.write(reference, row, None);
                    let round = self.judge.wants_round(reference, &row, word).then_some(round);
                    let inquiry = Inquiry { reference, read: self.read(row), word, round, after, prompt: true };
                    next.inquiries[slot] = Some(inquiry);
                    out.push((action, next));
                };
                ask(Action::Ask, world.shown(reference), ModelRound::Honest);
                // During a general failure, EPS may find no reference at all, not even a booked one. It then answers with the same ids as
                // for "not found".
                if !self.refund {
                    let round = if self.lacks(ModelRule::Round) { ModelRound::Honest } else { ModelRound::Blind };
                    ask(Action::AskTheBlind, ModelWord::Absent, round);
                }
            }
        }
    }

    /// Returns the row as an inquirer remembers it. With the rule `Version`, its answer is judged with the current row, so the inquirer
    /// needs to remember only the number of the attempt.
    fn read(&self, row: ModelRow) -> ModelRow {
        if self.lacks(ModelRule::Version) {
            row
        } else {
            ModelRow { silence: None, ..self.judge.reserved(0, row.reservation, None) }
        }
    }

    /// Adds the steps of the owner: listing a debit that has ended, acknowledging the debit, pruning its row, and declaring an open debit
    /// as not sent.
    pub(super) fn owner(&self, world: &ModelState, out: &mut Out) {
        for reference in 0..self.references {
            let Some(row) = world.row(reference).filter(|row| row.outcome.is_final()) else { continue };
            let ModelRow { reservation, revision, outcome, .. } = row;
            let listed = Some(Listed { reference, reservation, revision, outcome });
            if !row.acknowledged && world.listed != listed {
                out.push((Action::List, ModelState { listed, ..world.clone() }));
            }
            if row.acknowledged && !row.due && !self.judge.is_kept(&row) {
                out.push((Action::Prune, prune(world, reference, &row)));
            }
        }
        if let Some(listed) = world.listed {
            out.push((Action::Acknowledge, self.acknowledge(world, listed)));
        }
        for reference in 0..self.references {
            let Some(row) = world.row(reference).filter(|row| self.judge.may_be_declared(row)) else { continue };
            // A person may declare a debit only when no request of the debit can still be on its way.
            if !self.bounded && !world.may_be_taken(reference) && !self.runs(world, &row) {
                let mut next = world.clone();
                self.record(&mut next, reference, &row, Heard::DeclaredNotSent);
                out.push((Action::Declare, next));
            }
        }
    }

    fn runs(&self, world: &ModelState, row: &ModelRow) -> bool {
        world.processes.iter().any(|process| process.reservation == row.reservation && process.prompt)
    }

    fn acknowledge(&self, world: &ModelState, listed: Listed) -> ModelState {
        let mut next = ModelState { listed: None, ..world.clone() };
        let Some(row) = world.row(listed.reference).filter(|row| row.outcome.is_final()) else { return next };
        let same = row.reservation == listed.reservation && row.revision == listed.revision;
        if same || self.lacks(ModelRule::Revision) {
            next.write(listed.reference, ModelRow { acknowledged: true, ..row }, None);
            if !same || row.outcome != listed.outcome {
                next.breaks(Property::AcknowledgedAsListed);
            }
        }
        next
    }
}

fn prune(world: &ModelState, reference: ModelReference, row: &ModelRow) -> ModelState {
    let mut next = world.clone();
    next.rows[usize::from(reference)] = None;
    next.forgotten[usize::from(reference)] = if is_done(row) { Forgotten::Done } else { Forgotten::Undone };
    next
}

impl ModelState {
    pub(super) fn was_done(&self, reference: ModelReference) -> bool {
        self.forgotten[usize::from(reference)] == Forgotten::Done
    }
}
