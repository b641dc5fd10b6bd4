//! Steps of a process that sends a debit, up to its reservation. The process may stall for any time before each step, and may crash at any
//! step.
//!
//! The steps imitate `reserve` in the product. One step is one atomic change of the journal or the network: no other process sees half of
//! it.
//!
//! A spent reference must not be used again, because its debit was ended by "not found" answers or by a person. A new debit may replace a
//! spent one.

use super::parts::{AttemptEnd, AttemptStep, Forgotten, IDLE, ModelProcess};
use super::row::{ModelReference, ModelRow};
use super::world::{Model, ModelState};
use super::{Action, ModelRule};

pub(super) type Out = Vec<(Action, ModelState)>;

impl Model {
    pub(super) fn process(&self, world: &ModelState, index: usize, out: &mut Out) {
        let process = world.processes[index];
        if process.step != AttemptStep::Idle {
            out.push((Action::Crash, at(world, index, IDLE)));
        }
        match process.step {
            AttemptStep::Idle if self.may_begin(world) => self.begin(world, index, out),
            AttemptStep::Idle => {}
            AttemptStep::Proven(_) if world.reservations == self.reservations => {}
            AttemptStep::Proven(old) => out.push((Action::ReserveSuccessor, self.reserve_successor(world, index, old))),
            AttemptStep::Reserved => {
                out.push((
                    Action::GiveBack,
                    at(world, index, ModelProcess { step: AttemptStep::Ended(AttemptEnd::Released), ..process }),
                ));
                out.push((Action::Fence, self.fence(world, index)));
            }
            AttemptStep::Cleared => self.send(world, index, out),
            AttemptStep::Waits => out.push((Action::StopWaiting, self.ended(world, index, AttemptEnd::Silent))),
            AttemptStep::Ended(end) => {
                out.push((Action::Record, self.conclude(world, index, end)));
                out.push((Action::RecordFails, self.tell_only(world, index, end)));
            }
        }
    }

    fn may_begin(&self, world: &ModelState) -> bool {
        let busy = world.processes.iter().filter(|process| process.step != AttemptStep::Idle).count();
        busy < self.processes && world.reservations < self.reservations
    }

    fn begin(&self, world: &ModelState, index: usize, out: &mut Out) {
        let free =
            |row: &ModelRow| self.judge.may_be_replaced(0, row, None) || self.lacks(ModelRule::SpentStays) && row.spent;
        // The application does not start the debit again if it was settled or refunded and its row was pruned.
        let fresh = world.forgotten[0] != Forgotten::Done;
        if world.row(0).map_or(fresh, |row| free(&row)) {
            out.push((Action::Reserve, self.reserve(world, index, 0, None)));
        }
        for old in 0..self.references {
            for new in (0..self.references).filter(|new| self.refund == (*new == old)) {
                if let Some(world) = self.prove(world, index, old, new) {
                    out.push((Action::ProveAbsence(old, new), world));
                }
            }
        }
    }

    fn reserve(
        &self,
        world: &ModelState,
        index: usize,
        reference: ModelReference,
        retry_of: Option<ModelReference>,
    ) -> ModelState {
        let mut next = world.clone();
        next.reservations += 1;
        let reservation = next.reservations;
        next.write(reference, self.judge.reserved(reference, reservation, retry_of), Some(index));
        next.forgotten[usize::from(reference)] = Forgotten::Not;
        let step = AttemptStep::Reserved;
        next.processes[index] =
            ModelProcess { step, reference, reservation, retry_of, begun: 1, first: None, held: true, prompt: true };
        next
    }

    /// Checks whether the debit `new` may replace the spent debit `old`, using EPS's current answer about `old`. Returns `None` if the new
    /// debit is refused.
    fn prove(&self, world: &ModelState, index: usize, old: ModelReference, new: ModelReference) -> Option<ModelState> {
        let known = world.row(old).filter(|row| self.judge.may_be_retried(row))?;
        let absent = |reference, row: &ModelRow| self.judge.proves_absence(reference, row, world.shown(reference));
        if let Some(last) = known.successor.filter(|last| *last != new) {
            // `old` already has another successor. If its row was pruned, its end cannot be checked, so the new debit is refused.
            let last_row = world.row(last)?;
            let allowed = if self.judge.may_be_retried(&last_row) {
                absent(last, &last_row)
            } else {
                self.judge.has_ended_without_money(&last_row)
            };
            allowed.then_some(())?;
        }
        let fresh = world.forgotten[usize::from(new)] != Forgotten::Done;
        let free = world.row(new).map_or(fresh, |row| self.judge.may_be_used_again(&row));
        (absent(old, &known) && (free || self.refund)).then(|| {
            let process = ModelProcess { step: AttemptStep::Proven(old), reference: new, held: true, ..IDLE };
            at(world, index, process)
        })
    }

    fn reserve_successor(&self, world: &ModelState, index: usize, old: ModelReference) -> ModelState {
        let process = world.processes[index];
        let new = process.reference;
        let row = world.row(new);
        if self.refund {
            let free = row.is_some_and(|row| self.judge.may_be_replaced(new, &row, Some(old)));
            return if free { self.reserve(world, index, new, Some(old)) } else { at(world, index, IDLE) };
        }
        let free = row.is_none_or(|row| self.judge.may_be_used_again(&row));
        let Some(known) = world.row(old).filter(|_| process.held && free) else { return at(world, index, IDLE) };
        let mut next = world.clone();
        next.write(old, ModelRow { successor: Some(new), ..known }, None);
        self.reserve(&next, index, new, Some(old))
    }
}

pub(super) fn at(world: &ModelState, index: usize, process: ModelProcess) -> ModelState {
    let mut next = world.clone();
    next.processes[index] = process;
    next
}
