//! Checks of the properties that must hold in every state of the model.

use super::Property;
use super::row::{ModelReference, ModelRow};
use super::world::{Model, ModelState};
use crate::money::state::State;

pub(super) fn is_done(row: &ModelRow) -> bool {
    matches!(row.outcome, State::Settled | State::Refunded)
}

impl Model {
    /// Returns true if the property is violated in this state or by a step that led to it.
    pub(super) fn breaks(&self, world: &ModelState, property: Property) -> bool {
        let of_a_row = |holds: &dyn Fn(ModelReference, &ModelRow) -> bool| {
            let rows = (0..self.references).filter_map(|reference| Some((reference, world.row(reference)?)));
            rows.into_iter().any(|(reference, row)| !holds(reference, &row))
        };
        let in_state = match property {
            // If EPS has no time limit (`bounded` is false), it may show a booking after the client has ended the debit and sent another
            // one. The client cannot prevent that, so `BookedOnce` is not checked.
            Property::BookedOnce => self.bounded && world.eps.iter().map(|booking| booking.times).sum::<u8>() > 1,
            Property::InSight => {
                let forgotten = |reference| world.row(reference).is_none() && !world.was_done(reference);
                let lost = (0..self.references).any(|one| forgotten(one) && world.may_be_taken(one));
                lost || of_a_row(&|reference, row| world.booking(reference).times == 0 || self.is_in_sight(row))
            }
            Property::FreeIsFree => {
                of_a_row(&|reference, row| !(self.judge.may_be_used_again(row) && world.may_be_taken(reference)))
            }
            // A row that is still open is allowed. The caller may have received a final state that could not be recorded, and the row then
            // stays open until EPS is asked.
            Property::DoneStaysDone => {
                of_a_row(&|_, row| world.done & (1 << row.reservation) == 0 || !row.outcome.is_final() || is_done(row))
            }
            Property::AcknowledgedAsListed | Property::CanEnd => false,
        };
        in_state || world.wrong & (1 << property as u8) != 0
    }

    fn is_in_sight(&self, row: &ModelRow) -> bool {
        match row.outcome {
            State::Indeterminate | State::Pending | State::RefundPending => row.due,
            State::Settled | State::Refunded => true,
            // Allowed only if EPS has no time limit. The debit must then still be due for an inquiry, which finds the late booking.
            State::NotSent | State::Declined => !self.bounded && row.due,
        }
    }

    /// Returns true if all debits that were started have reached a final state, and no process is active.
    pub(super) fn has_ended(&self, world: &ModelState) -> bool {
        let ended = |row: &ModelRow| row.outcome.is_final();
        let at_rest = world.processes.iter().all(|process| process.reservation == 0);
        at_rest && world.rows.iter().flatten().all(ended)
    }
}
