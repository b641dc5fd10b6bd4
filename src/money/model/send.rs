//! Steps of a debit from its reservation to its outcome: the process checks the row again, sends the request, records the result, and
//! reports the outcome to the caller. The steps imitate `send` in the product.

use super::parts::{AttemptEnd, AttemptStep, IDLE, ModelProcess, ModelRequest};
use super::process::{Out, at};
use super::row::{Heard, Left, ModelReference, ModelRow};
use super::words::ModelWord;
use super::world::{Model, ModelState};
use super::{Action, ModelRule, Property};

impl Model {
    /// Checks the row before a request is sent. If another process has written the row, no request is sent.
    pub(super) fn fence(&self, world: &ModelState, index: usize) -> ModelState {
        let process = world.processes[index];
        let cleared = ModelProcess { step: AttemptStep::Cleared, prompt: true, ..process };
        if self.lacks(ModelRule::Fence) || self.lacks(ModelRule::SecondFence) && process.begun == 2 {
            return at(world, index, cleared);
        }
        let replaces = process.retry_of.filter(|_| !self.refund);
        let stands = |old: ModelRow| self.judge.may_be_retried(&old) && old.successor == Some(process.reference);
        if replaces.is_some_and(|old| !world.row(old).is_some_and(stands)) {
            return self.conclude(world, index, AttemptEnd::Released);
        }
        if process.begun == 1 && process.prompt {
            return at(world, index, cleared);
        }
        match world.row(process.reference) {
            Some(row) if process.held => {
                let mut next = at(world, index, cleared);
                next.write(process.reference, row, Some(index));
                next
            }
            Some(row) if row.reservation == process.reservation => match process.first {
                // Another process has written the row, so no second request is sent. The attempt ends with the result of the first request.
                Some(end) => self.ended(world, index, end),
                None if !row.outcome.is_final() => self.conclude(world, index, AttemptEnd::Released),
                None => self.told(world, index, row),
            },
            Some(row) => self.told(world, index, row),
            None => at(world, index, IDLE),
        }
    }

    pub(super) fn send(&self, world: &ModelState, index: usize, out: &mut Out) {
        let process = world.processes[index];
        if !process.prompt && !self.lacks(ModelRule::SignAtOnce) {
            out.push((Action::TooLate, self.ended(world, index, AttemptEnd::Nothing)));
            return;
        }
        let mut next = at(world, index, ModelProcess { step: AttemptStep::Waits, prompt: false, ..process });
        let ModelProcess { reference, reservation, .. } = process;
        next.requests.push(ModelRequest { reference, reservation, old: false });
        next.requests.sort_unstable();
        out.push((Action::Send, next));
        out.push((Action::SendPart, self.again_or(world, index, AttemptEnd::Part)));
    }

    /// Starts a second request after the result `end`, if the protocol allows a second one. Otherwise, ends the attempt with this result.
    pub(super) fn again_or(&self, world: &ModelState, index: usize, end: AttemptEnd) -> ModelState {
        let process = world.processes[index];
        let again = match end {
            AttemptEnd::Part | AttemptEnd::Nothing => true,
            AttemptEnd::Off | AttemptEnd::Seen => {
                let row = self.judge.reserved(process.reference, process.reservation, process.retry_of);
                let off = end == AttemptEnd::Off || self.lacks(ModelRule::Seen);
                self.judge.may_send_again(process.reference, &row, ModelWord::Stamp, off)
            }
            AttemptEnd::Done
            | AttemptEnd::Pending
            | AttemptEnd::Refused
            | AttemptEnd::Silent
            | AttemptEnd::Released => false,
        };
        if !again || process.begun == 2 {
            return self.ended(world, index, end);
        }
        let second = ModelProcess { step: AttemptStep::Reserved, begun: 2, first: Some(end), prompt: false, ..process };
        at(world, index, second)
    }

    pub(super) fn ended(&self, world: &ModelState, index: usize, end: AttemptEnd) -> ModelState {
        let process = world.processes[index];
        at(
            world,
            index,
            ModelProcess { step: AttemptStep::Ended(end), first: None, prompt: false, held: false, ..process },
        )
    }

    pub(super) fn conclude(&self, world: &ModelState, index: usize, end: AttemptEnd) -> ModelState {
        let ModelProcess { reference, reservation, retry_of, .. } = world.processes[index];
        let mine = self.judge.reserved(reference, reservation, retry_of);
        let heard = self.heard(end);
        let mut next = at(world, index, IDLE);
        let told = match self.record(&mut next, reference, &mine, heard) {
            Some(row) if row.reservation == reservation || heard == Heard::Released => row,
            // Another attempt uses the reference now. (In the next arm, the row was pruned.)
            Some(now) => {
                let judged = self.judge.decide(reference, &mine, heard);
                ModelRow { reusable: judged.reusable && self.judge.may_be_used_again(&now), ..judged }
            }
            None => self.judge.forgotten(&self.judge.decide(reference, &mine, heard)),
        };
        self.tell(&mut next, reference, told);
        next
    }

    pub(super) fn tell_only(&self, world: &ModelState, index: usize, end: AttemptEnd) -> ModelState {
        let ModelProcess { reference, reservation, retry_of, .. } = world.processes[index];
        let mine = self.judge.reserved(reference, reservation, retry_of);
        let judged = self.judge.unconfirmed(&self.judge.decide(reference, &mine, self.heard(end)));
        let mut next = at(world, index, IDLE);
        // The property `DoneStaysDone` can hold here only if EPS keeps its time limit. Otherwise "not found" answers may end a debit whose
        // final state was returned to the caller but not recorded, because the journal could not be reached. Even without a time limit, no
        // reference is reported as reusable.
        if self.bounded {
            next.tell(judged, false);
        }
        next
    }

    fn told(&self, world: &ModelState, index: usize, row: ModelRow) -> ModelState {
        let mut next = at(world, index, IDLE);
        self.tell(&mut next, world.processes[index].reference, row);
        next
    }

    fn tell(&self, world: &mut ModelState, reference: ModelReference, row: ModelRow) {
        let free = row.reusable && row.outcome.is_final();
        world.tell(row, free);
        if free && world.may_be_taken(reference) {
            world.breaks(Property::FreeIsFree);
        }
    }

    fn heard(&self, end: AttemptEnd) -> Heard {
        match end {
            AttemptEnd::Done => Heard::Own(ModelWord::Done, false),
            AttemptEnd::Pending => Heard::Own(ModelWord::Pending, false),
            AttemptEnd::Refused => Heard::Own(ModelWord::Refused, false),
            AttemptEnd::Seen => Heard::Own(ModelWord::Stamp, self.lacks(ModelRule::Seen)),
            AttemptEnd::Off => Heard::Own(ModelWord::Stamp, true),
            AttemptEnd::Silent if self.lacks(ModelRule::Doubt) => Heard::Nothing(Left::Nothing),
            AttemptEnd::Silent => Heard::Nothing(Left::All),
            AttemptEnd::Part => Heard::Nothing(Left::Part),
            AttemptEnd::Nothing => Heard::Nothing(Left::Nothing),
            AttemptEnd::Released => Heard::Released,
        }
    }
}
