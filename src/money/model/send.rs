//! A debit from its reservation to its outcome: its row looked at once more, sent, recorded, told; as `send` does it.

use super::parts::{End, IDLE, Process, Request, Step};
use super::process::{Out, at};
use super::row::{Heard, Left, Reference, Row};
use super::words::Word;
use super::world::{Model, World};
use super::{Action, Property, Rule};

impl Model {
    /// The look at the row before a request.
    pub(super) fn fence(&self, world: &World, index: usize) -> World {
        let process = world.processes[index];
        let cleared = Process { step: Step::Cleared, prompt: true, ..process };
        if self.lacks(Rule::Fence) || self.lacks(Rule::SecondFence) && process.begun == 2 {
            return at(world, index, cleared);
        }
        let replaces = process.retry_of.filter(|_| !self.refund);
        let stands = |old: Row| self.judge.may_be_retried(&old) && old.successor == Some(process.reference);
        if replaces.is_some_and(|old| !world.row(old).is_some_and(stands)) {
            return self.conclude(world, index, End::Released);
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
                // The first request's end is judged by what others have learned meanwhile.
                Some(end) => self.ended(world, index, end),
                None if !row.outcome.is_final() => self.conclude(world, index, End::Released),
                None => self.told(world, index, row),
            },
            Some(row) => self.told(world, index, row),
            None => at(world, index, IDLE),
        }
    }

    pub(super) fn send(&self, world: &World, index: usize, out: &mut Out) {
        let process = world.processes[index];
        if !process.prompt && !self.lacks(Rule::SignAtOnce) {
            out.push((Action::TooLate, self.ended(world, index, End::Nothing)));
            return;
        }
        let mut next = at(world, index, Process { step: Step::Waits, prompt: false, ..process });
        let Process { reference, reservation, .. } = process;
        next.requests.push(Request { reference, reservation, old: false });
        next.requests.sort_unstable();
        out.push((Action::Send, next));
        out.push((Action::SendPart, self.again_or(world, index, End::Part)));
    }

    /// After this end a second request, where one may leave.
    pub(super) fn again_or(&self, world: &World, index: usize, end: End) -> World {
        let process = world.processes[index];
        let again = match end {
            End::Part | End::Nothing => true,
            End::Off | End::Seen => {
                let row = self.judge.reserved(process.reference, process.reservation, process.retry_of);
                let off = end == End::Off || self.lacks(Rule::Seen);
                self.judge.may_send_again(process.reference, &row, Word::Stamp, off)
            }
            End::Done | End::Pending | End::Refused | End::Silent | End::Released => false,
        };
        if !again || process.begun == 2 {
            return self.ended(world, index, end);
        }
        let second = Process { step: Step::Reserved, begun: 2, first: Some(end), prompt: false, ..process };
        at(world, index, second)
    }

    pub(super) fn ended(&self, world: &World, index: usize, end: End) -> World {
        let process = world.processes[index];
        at(world, index, Process { step: Step::Ended(end), first: None, prompt: false, held: false, ..process })
    }

    pub(super) fn conclude(&self, world: &World, index: usize, end: End) -> World {
        let Process { reference, reservation, retry_of, .. } = world.processes[index];
        let mine = self.judge.reserved(reference, reservation, retry_of);
        let heard = self.heard(end);
        let mut next = at(world, index, IDLE);
        let told = match self.record(&mut next, reference, &mine, heard) {
            Some(row) if row.reservation == reservation || heard == Heard::Released => row,
            // Its reference is another attempt's by now, or was forgotten.
            Some(now) => {
                let judged = self.judge.decide(reference, &mine, heard);
                Row { reusable: judged.reusable && self.judge.may_be_used_again(&now), ..judged }
            }
            None => self.judge.forgotten(&self.judge.decide(reference, &mine, heard)),
        };
        self.tell(&mut next, reference, told);
        next
    }

    pub(super) fn tell_only(&self, world: &World, index: usize, end: End) -> World {
        let Process { reference, reservation, retry_of, .. } = world.processes[index];
        let mine = self.judge.reserved(reference, reservation, retry_of);
        let judged = self.judge.unconfirmed(&self.judge.decide(reference, &mine, self.heard(end)));
        let mut next = at(world, index, IDLE);
        // Where EPS comes later than it may, what was told and could not be recorded may be ended by silence. Whether the reference is free
        // says the journal, which was not reached.
        if self.bounded {
            next.tell(judged, false);
        }
        next
    }

    fn told(&self, world: &World, index: usize, row: Row) -> World {
        let mut next = at(world, index, IDLE);
        self.tell(&mut next, world.processes[index].reference, row);
        next
    }

    /// What the debit's caller is told.
    fn tell(&self, world: &mut World, reference: Reference, row: Row) {
        let free = row.reusable && row.outcome.is_final();
        world.tell(row, free);
        if free && world.may_be_taken(reference) {
            world.breaks(Property::FreeIsFree);
        }
    }

    fn heard(&self, end: End) -> Heard {
        match end {
            End::Done => Heard::Own(Word::Done, false),
            End::Pending => Heard::Own(Word::Pending, false),
            End::Refused => Heard::Own(Word::Refused, false),
            End::Seen => Heard::Own(Word::Stamp, self.lacks(Rule::Seen)),
            End::Off => Heard::Own(Word::Stamp, true),
            End::Silent if self.lacks(Rule::Doubt) => Heard::Nothing(Left::Nothing),
            End::Silent => Heard::Nothing(Left::All),
            End::Part => Heard::Nothing(Left::Part),
            End::Nothing => Heard::Nothing(Left::Nothing),
            End::Released => Heard::Released,
        }
    }
}
