//! Finite model of the protocol for debits, with a search that visits every state of the model.
//!
//! Two processes send debits for one payment, inquirers (processes that ask EPS about open debits) send inquiries, and the owner (the
//! application that uses the client) lists and acknowledges the results. EPS may accept a request and lose the answer, accept a request
//! late, show a debit late, answer "not found" for a while, or refuse a copy of a request. Every process may crash or stall at any point.
//! The product's own function `decide` computes each change of a row. The other steps imitate the modules `send`, `reserve`, `record`,
//! `inquire` and `finish`. The model leaves out contradictory answers, which the tests of `decide` cover, and lost or restored journals,
//! which the tests that run whole processes cover.
//!
//! Terms: silence is the time for which EPS has answered "not found". A round is an inquiry with control inquiries about a booked and a
//! made-up reference. A spent reference must not be used again, because its debit was ended by silence or by a person.
//!
//! Each rule of the protocol can be removed from the model. The search must then find a broken property (a condition that must hold in
//! every state), which shows that it really checks the property.
//!
//! The default model is small: few attempts and processes. `EKO_MODEL=large cargo test --lib money::model -- --nocapture` checks a larger
//! model and runs for minutes (best with `--release`). Each check prints how many states and steps it visited.
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
    /// EPS books the client's requests for one payment at most once. Checked only if EPS shows each booking within its time limit (one
    /// tick, see `Model::bounded`).
    BookedOnce,
    /// A booked debit is in the journal with its final state, or is still open and due for an inquiry. If EPS may exceed its time limit, a
    /// booked debit may have ended as not sent or declined, but must then still be due for an inquiry.
    InSight,
    /// If a reference is free (may be used again), or was reported as free, EPS has accepted no request with it and will accept none.
    FreeIsFree,
    /// A debit that was reported as settled or refunded is never reported in another state.
    DoneStaysDone,
    /// The final state that the application acknowledges is exactly the one that it received in a listing.
    AcknowledgedAsListed,
    /// From every state, all debits can still reach a final state.
    CanEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ModelRule {
    /// The process checks its debit's row in the journal again before it sends a request.
    Fence,
    /// The process checks the row once more before it sends the second request of an attempt.
    SecondFence,
    /// A request is sent only if it was signed directly after the check of the row.
    SignAtOnce,
    /// A request that may have been sent completely is never recorded as not sent.
    Doubt,
    /// If EPS refuses a timestamp although the clock was right, EPS has seen the timestamp before. It may have accepted a copy of the
    /// request with this timestamp.
    Seen,
    /// Only a round of inquiries proves that EPS has no booking.
    Round,
    /// The time over which "not found" answers are spread ends when EPS was asked, and not when the answer was recorded.
    AskedThen,
    /// An answer ends a debit only if its inquiry was sent after the last counted "not found" answer was recorded.
    OlderEndsNothing,
    /// A write succeeds only if the row still has the version that the decision was based on. The version increases with each write.
    Version,
    /// The reference of a debit that "not found" answers have ended is not used again.
    SpentStays,
    /// If a second attempt of a refund had no effect at EPS, the reference still stays spent, because the first attempt may arrive late.
    RefundStaysSpent,
    /// The result of an earlier attempt of a refund is applied to a later attempt only if EPS's answer names the transaction.
    NamedAlone,
    /// An acknowledgement names the revision (number of the final state) that was listed. It fails if the row has another revision by now.
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
