//! A finite model of the protocol of debits, and a search that visits every state of it.
//!
//! Two processes send debits of one intent, others inquire, and an owner acknowledges. EPS may take a request and lose the answer, take it
//! late, show it late, find nothing for a while, or refuse a copy. Every process may crash or stall at any point. The change of a row is
//! not modelled: the product's own `decide` makes it. The other steps follow `send`, `reserve`, `record`, `inquire` and `finish`.
//! Contradictions are covered by the tests of `decide`, and lost or restored journals by the tests of whole processes.
//!
//! A rule of the protocol can be removed from the model. Then a property must break. This shows that the search really checks each
//! property.
//!
//! The default bounds are small. `EKO_MODEL=large cargo test --lib money::model -- --nocapture` uses larger bounds and runs for minutes
//! (best with `--release`). Each check prints the number of states and steps that it visited.
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
    /// The client's requests for one intent are booked at most once, if EPS keeps its bound for late bookings.
    BookedOnce,
    /// A booking is listed, or known with its state. If EPS came later than its bound, the booking may instead be still asked about.
    InSight,
    /// EPS has not taken, and will not take, a reference that is free or that was reported as free.
    FreeIsFree,
    /// A debit that was reported as settled or refunded is never reported as anything else.
    DoneStaysDone,
    /// An acknowledged end is exactly the end that was listed.
    AcknowledgedAsListed,
    /// All debits can come to an end from every state.
    CanEnd,
}

/// Rules of the protocol, which the checks remove one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ModelRule {
    /// The process checks the row before a request.
    Fence,
    /// The process checks the row before a second request too.
    SecondFence,
    /// A request that was not signed at once after that check is not sent.
    SignAtOnce,
    /// A request that may have left completely is never recorded as not sent.
    Doubt,
    /// If EPS refuses a timestamp that was in time, it has seen it before: EPS may have taken a copy of the request.
    Seen,
    /// Absence is proven by comparison.
    Round,
    /// The time of silence counts until an answer was asked for, not until it was recorded.
    AskedThen,
    /// An answer that was asked for before the last counted answer ends nothing.
    OlderEndsNothing,
    /// A write succeeds only on the version of the row that was judged.
    Version,
    /// A reference that silence has ended is not used again.
    SpentStays,
    /// A refund's second attempt that did nothing leaves its reference spent.
    RefundStaysSpent,
    /// Only what EPS names about an earlier attempt of a refund is applied to a later one.
    NamedAlone,
    /// An acknowledgement names the revision.
    Revision,
    /// An open debit is asked about.
    OpenIsAskedAbout,
}

/// Steps of the model.
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
        // The order of the processes does not matter.
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
