//! Applies new evidence about a debit (an answer of EPS, the end of its request, or a declaration) to the debit's row, like `record` in the
//! product. A write succeeds only if the row still has the version that the decision was based on. The version increases with each write.

use super::ModelRule;
use super::row::{Heard, ModelReference, ModelRow};
use super::world::{Model, ModelState};

impl Model {
    /// Decides what new evidence means for an attempt, and writes the resulting row. Returns the row that the journal then has, or `None`
    /// if the row was pruned.
    pub(super) fn record(
        &self,
        world: &mut ModelState,
        reference: ModelReference,
        mine: &ModelRow,
        heard: Heard,
    ) -> Option<ModelRow> {
        let now = world.row(reference)?;
        if now.reservation == mine.reservation {
            // If the rule `Version` is removed, the decision uses the row as it was read earlier, and overwrites what other processes have
            // written since.
            let current = if self.lacks(ModelRule::Version) { *mine } else { now };
            let said = self.judged(reference, &current, heard);
            world.write(reference, said, None);
            return Some(said);
        }
        // All attempts of a refund concern the same transaction. If EPS names the transaction in an answer about an earlier attempt, the
        // answer is valid for the current attempt too.
        if self.refund && self.passes_on(reference, mine, heard) && !self.is_booked(&now) {
            let said = self.judged(reference, &now, heard);
            world.write(reference, said, None);
            return Some(said);
        }
        Some(now)
    }

    fn judged(&self, reference: ModelReference, row: &ModelRow, heard: Heard) -> ModelRow {
        let said = self.judge.decide(reference, row, heard);
        let again = said.retry_of == Some(reference) && said.spent && !row.outcome.is_final();
        let undone = match heard {
            Heard::Own(..) | Heard::Nothing(_) | Heard::Released => said.outcome.is_final(),
            Heard::Inquiry(..) | Heard::DeclaredNotSent => false,
        };
        if self.lacks(ModelRule::RefundStaysSpent) && again && undone {
            return ModelRow { spent: false, reusable: true, ..said };
        }
        said
    }

    fn passes_on(&self, reference: ModelReference, mine: &ModelRow, heard: Heard) -> bool {
        self.lacks(ModelRule::NamedAlone) || self.is_booked(&self.judge.decide(reference, mine, heard))
    }

    fn is_booked(&self, row: &ModelRow) -> bool {
        self.judge.is_booked(row)
    }

    pub(super) fn learn(&self, world: &ModelState, slot: usize) -> ModelState {
        let Some(inquiry) = world.inquiries[slot] else { return world.clone() };
        let mut next = world.clone();
        let after = if self.lacks(ModelRule::AskedThen) {
            // If the rule `AskedThen` is removed, the answer is counted as if EPS had been asked now.
            i8::MAX
        } else if self.lacks(ModelRule::OlderEndsNothing) {
            inquiry.after.max(0)
        } else {
            inquiry.after
        };
        let heard = Heard::Inquiry(inquiry.word, inquiry.round, after);
        self.record(&mut next, inquiry.reference, &inquiry.read, heard);
        next
    }
}
