//! Operations of the sandbox. An operation is the behaviour of one endpoint, with its documented scenarios.

use super::params::CheckedRequest;
use super::reply::Reply;
use super::state::SandboxState;
use super::{customer, dmt, faults, legacy, recipients, senders, transactions, transfer};
use serde::Serialize;

/// Function that responds to a request from the current state.
pub(super) type Behaviour = fn(&mut SandboxState, &CheckedRequest) -> Reply;

/// Endpoint that the sandbox simulates.
pub(super) struct Operation {
    pub op: &'static str,
    pub behave: Behaviour,
    pub scenarios: &'static [ScenarioAnswer],
}

/// Scenario (documented response that a test can order), and the function that returns it. The function may issue an OTP, but changes
/// nothing else.
pub(super) struct ScenarioAnswer {
    pub name: &'static str,
    pub doc: &'static str,
    pub answer: Behaviour,
}

/// Documented response that a [`Script`](super::Script) can order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Scenario {
    /// Name of the scenario, to be passed to [`Script::answer`](super::Script::answer).
    pub name: &'static str,
    /// Description of the response.
    pub doc: &'static str,
}

/// Operations of all products. Each list is from one file.
pub(super) const PRODUCTS: [&[Operation]; 7] = [
    customer::OPERATIONS,
    dmt::OPERATIONS,
    senders::OPERATIONS,
    recipients::OPERATIONS,
    transfer::OPERATIONS,
    transactions::OPERATIONS,
    legacy::OPERATIONS,
];

pub(super) fn find(op: &str) -> Option<&'static Operation> {
    PRODUCTS.into_iter().flatten().find(|operation| operation.op == op)
}

/// Returns the scenarios of the endpoint, followed by the scenarios that all endpoints share.
fn plays(op: &str) -> impl Iterator<Item = &'static ScenarioAnswer> {
    find(op).map_or(&[][..], |operation| operation.scenarios).iter().chain(faults::SCENARIOS)
}

pub(super) fn scenario(op: &str, name: &str) -> Option<Behaviour> {
    plays(op).find(|play| play.name == name).map(|play| play.answer)
}

pub(super) fn scenarios(op: &str) -> Vec<Scenario> {
    plays(op).map(|play| Scenario { name: play.name, doc: play.doc }).collect()
}

/// Returns the response of an endpoint that is in the catalogue but is not simulated by the sandbox.
pub(super) fn not_played(op: &str) -> Reply {
    Reply::message(501, &format!("The sandbox does not simulate {op}: set its response with a script"))
}
