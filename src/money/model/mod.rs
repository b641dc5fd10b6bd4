//! The protocol of debits as a finite model, and every state of it looked at.
//!
//! Two processes send debits of one intent, others inquire, an owner acknowledges, and EPS does what it may: it takes a request and loses
//! the answer, takes it late, shows it late, finds nothing for a while, refuses a copy. Every process dies at any point or stands still.
//! What becomes of a row is not modelled: the product's own `decide` says it. The rest follows `send`, `reserve`, `record`, `inquire` and
//! `finish`, step by step. Contradictions are left to the judge's own tests, and lost or restored journals to those of whole processes.
//!
//! A rule of the protocol can be taken out of the model: then a property must break, so none of them holds for want of looking.
//!
//! Without more the bounds are small. `EKO_MODEL=large cargo test --lib money::model -- --nocapture` looks at a wider world, for minutes
//! (best with `--release`); each check prints what it has looked at.
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

/// What must hold in every state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Property {
    /// What the client sends for one intent is booked once at most, where EPS keeps its bound for late bookings.
    BookedOnce,
    /// What is booked is listed, or known as what it is, or still asked about where EPS came later than its bound.
    InSight,
    /// A reference that is free, or told so, is one that EPS has not taken and will not take.
    FreeIsFree,
    /// What was told as settled or refunded is never told as anything else.
    DoneStaysDone,
    /// What is acknowledged is the very end that was listed.
    AcknowledgedAsListed,
    /// From every state all debits can come to an end.
    CanEnd,
}

/// Rules of the protocol, to be taken out one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ModelRule {
    /// Before a request the row is looked at.
    Fence,
    /// Before a second request too.
    SecondFence,
    /// What was not signed at once after that look is not sent.
    SignAtOnce,
    /// A request of which all may have left is never taken for not sent.
    Doubt,
    /// A timestamp that was in time was seen: a copy may have been taken.
    Seen,
    /// Absence is proven by comparison.
    Round,
    /// An answer counts for the time at which it was asked for.
    AskedThen,
    /// One that was asked for before the last that counts ends nothing.
    OlderEndsNothing,
    /// A write holds over the version that was judged alone.
    Version,
    /// After silence a reference is not used again.
    SpentStays,
    /// A refund's second attempt that did nothing leaves it spent.
    RefundStaysSpent,
    /// Of an earlier attempt of a refund only what EPS names is true of a later one.
    NamedAlone,
    /// An acknowledgement names the revision.
    Revision,
    /// What is open is asked about.
    OpenIsAskedAbout,
}

/// What happens.
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
        // Which process is the first is all the same.
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
