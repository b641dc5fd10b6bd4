//! Finite model of the protocol for debits, with a search that visits every state of the model.
//!
//! Two processes send debits for one payment, inquirers ask EPS about them, and an owner acknowledges the results. EPS may accept a request
//! and lose the answer, accept or show a debit late, find nothing for a while, or refuse a copy. Every process may crash or stall at any
//! point. The product's own `decide` computes each change of a row. The other steps mirror `send`, `reserve`, `record`, `inquire` and
//! `finish`. The tests of `decide` cover contradictory answers. The tests that run whole processes cover lost and restored journals.
//!
//! Terms: silence is the time for which EPS has answered "not found". A round is an inquiry with control inquiries about a booked and a
//! made-up reference. A spent reference must not be used again, because its debit was ended by silence or by a person.
//!
//! Each rule of the protocol can be removed from the model. A property must then break, which shows that the search really checks the
//! property.
//!
//! The default bounds are small. `EKO_MODEL=large cargo test --lib money::model -- --nocapture` uses larger bounds and runs for minutes
//! (best with `--release`). Each check prints how many states and steps it visited.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod beside;
mod checks;
mod hash;
mod judge;
mod parts;
mod process;
mod properties;
mod record;
mod row;
mod rules;
mod search;
mod send;
mod words;
mod world;

use row::ModelReference;
use search::System;
use world::{Model, ModelState};

/// Properties that must hold in every state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Property {
    /// EPS books the client's requests for one payment at most once, unless EPS books a request later than its time limit.
    BookedOnce,
    /// A booked debit is in the journal with its final state, or is still open and due for an inquiry. If EPS may exceed its time limit, a
    /// debit that has ended as not sent must still be due for an inquiry.
    InSight,
    /// If a reference is free, or was reported as free, EPS has not accepted it and will not accept it.
    FreeIsFree,
    /// A debit that was reported as settled or refunded is never reported in another state.
    DoneStaysDone,
    /// The final state that the owner acknowledges is exactly the one that was listed.
    AcknowledgedAsListed,
    /// From every state, all debits can still reach a final state.
    CanEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ModelRule {
    /// The process checks its row before it sends a request.
    Fence,
    /// The process checks its row before it sends a second request.
    SecondFence,
    /// A request is sent only if it was signed directly after the check of the row.
    SignAtOnce,
    /// A request that may have been sent completely is never recorded as not sent.
    Doubt,
    /// If EPS refuses a timestamp that was in time, EPS has seen the timestamp before, perhaps in a copy of the request that it accepted.
    Seen,
    /// Only a round of inquiries proves that EPS has no booking.
    Round,
    /// The time of "not found" answers is measured until EPS was asked, and not until the answer was recorded.
    AskedThen,
    /// An answer to an inquiry that was sent before the last counted answer does not end a debit.
    OlderEndsNothing,
    /// A write succeeds only if the row still has the version that the decision was based on. The version increases with each write.
    Version,
    /// The reference of a debit that "not found" answers have ended is not used again.
    SpentStays,
    /// If the second attempt of a refund did nothing, its reference stays spent.
    RefundStaysSpent,
    /// The result of an earlier attempt of a refund is applied to a later attempt only if EPS has named the transaction in it.
    NamedAlone,
    /// An acknowledgement names the revision of the final state that was listed.
    Revision,
    OpenIsAskedAbout,
}

/// Steps of the model. Each step leads from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Tick,
    Reserve,
    ProveAbsence(ModelReference, ModelReference),
    ReserveSuccessor,
    GiveBack,
    Fence,
    TooLate,
    Send,
    SendPart,
    StopWaiting,
    Record,
    RecordFails,
    Crash,
    Lost,
    Refuses,
    ClockIsOff,
    Takes,
    TakesAndAnswers,
    TakesACopy,
    Finishes,
    Shows,
    Ask,
    AskTheBlind,
    Learn,
    LearnAndKeep,
    InquirerCrashes,
    List,
    Acknowledge,
    Prune,
    Declare,
}

impl System for Model {
    type State = ModelState;
    type Action = Action;
    type Property = Property;
    const ENDS: Property = Property::CanEnd;

    fn start(&self) -> ModelState {
        ModelState::new()
    }

    fn steps(&self, world: &ModelState, out: &mut Vec<(Action, ModelState)>) {
        out.push((Action::Tick, world.tick(self.bounded)));
        for index in 0..world.processes.len() {
            self.process(world, index, out);
        }
        self.network(world, out);
        self.inquiry(world, out);
        self.owner(world, out);
        // The processes are sorted, because states that differ only in the order of the processes are equivalent.
        out.iter_mut().for_each(|(_, world)| world.processes.sort_unstable());
    }

    fn broken(&self, world: &ModelState) -> Option<Property> {
        let all = [
            Property::BookedOnce,
            Property::InSight,
            Property::FreeIsFree,
            Property::DoneStaysDone,
            Property::AcknowledgedAsListed,
        ];
        let looked_at = |property: &Property| self.only.is_none_or(|only| only == *property);
        all.into_iter().filter(looked_at).find(|property| self.breaks(world, *property))
    }

    fn is_end(&self, world: &ModelState) -> bool {
        self.has_ended(world)
    }
}
