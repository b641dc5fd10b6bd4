//! What became known, written into a row: as `record` does it, whose writes hold over the version that was judged alone.

use super::Rule;
use super::row::{Heard, Reference, Row};
use super::world::{Model, World};

impl Model {
    /// Judges this for an attempt, and writes what follows. The row that is there then.
    pub(super) fn record(&self, world: &mut World, reference: Reference, mine: &Row, heard: Heard) -> Option<Row> {
        let now = world.row(reference)?;
        if now.reservation == mine.reservation {
            // Without its version, what was read is judged, and what others have written since is lost.
            let current = if self.lacks(Rule::Version) { *mine } else { now };
            let said = self.judged(reference, &current, heard);
            world.write(reference, said, None);
            return Some(said);
        }
        // All attempts of a refund are for one transaction: what EPS names of an earlier one is true of this one.
        if self.refund && self.passes_on(reference, mine, heard) && !self.is_booked(&now) {
            let said = self.judged(reference, &now, heard);
            world.write(reference, said, None);
            return Some(said);
        }
        Some(now)
    }

    fn judged(&self, reference: Reference, row: &Row, heard: Heard) -> Row {
        let said = self.judge.decide(reference, row, heard);
        let again = said.retry_of == Some(reference) && said.spent && !row.outcome.is_final();
        let undone = match heard {
            Heard::Own(..) | Heard::Nothing(_) | Heard::Released => said.outcome.is_final(),
            Heard::Inquiry(..) | Heard::DeclaredNotSent => false,
        };
        if self.lacks(Rule::RefundStaysSpent) && again && undone {
            return Row { spent: false, reusable: true, ..said };
        }
        said
    }

    fn passes_on(&self, reference: Reference, mine: &Row, heard: Heard) -> bool {
        self.lacks(Rule::NamedAlone) || self.is_booked(&self.judge.decide(reference, mine, heard))
    }

    /// As `Entry::is_booked` has it.
    fn is_booked(&self, row: &Row) -> bool {
        self.judge.is_booked(row)
    }

    /// An inquiry's record.
    pub(super) fn learn(&self, world: &World, slot: usize) -> World {
        let Some(inquiry) = world.inquiries[slot] else { return world.clone() };
        let mut next = world.clone();
        let after = if self.lacks(Rule::AskedThen) {
            // As if it was asked now.
            i8::MAX
        } else if self.lacks(Rule::OlderEndsNothing) {
            inquiry.after.max(0)
        } else {
            inquiry.after
        };
        let heard = Heard::Inquiry(inquiry.word, inquiry.round, after);
        self.record(&mut next, inquiry.reference, &inquiry.read, heard);
        next
    }
}
