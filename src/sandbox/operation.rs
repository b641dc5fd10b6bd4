//! Operations. An operation consists of the behaviour of one endpoint and its documented scenarios by name. Each product has a file that
//! defines its operations.

use super::params::CheckedRequest;
use super::reply::Reply;
use super::state::SandboxState;
use super::{customer, dmt, faults, legacy, recipients, senders, transactions, transfer};
use serde::Serialize;

/// Function that answers a request from the current state.
pub(super) type Behaviour = fn(&mut SandboxState, &CheckedRequest) -> Reply;

/// Endpoint that the sandbox simulates.
pub(super) struct Operation {
    pub op: &'static str,
    pub behave: Behaviour,
    pub scenarios: &'static [ScenarioAnswer],
}

/// Scenario and the function that answers it. The function may issue an OTP, and changes nothing else.
pub(super) struct ScenarioAnswer {
    pub name: &'static str,
    pub doc: &'static str,
    pub answer: Behaviour,
}

/// A documented answer that a [`Script`](super::Script) can order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Scenario {
    /// Name that [`Script::answer`](super::Script::answer) takes.
    pub name: &'static str,
    /// Description of the answer.
    pub doc: &'static str,
}

/// Operations of all products, one file for each product.
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

/// Returns the endpoint's own scenarios, then those that every endpoint shares.
fn plays(op: &str) -> impl Iterator<Item = &'static ScenarioAnswer> {
    find(op).map_or(&[][..], |operation| operation.scenarios).iter().chain(faults::SCENARIOS)
}

pub(super) fn scenario(op: &str, name: &str) -> Option<Behaviour> {
    plays(op).find(|play| play.name == name).map(|play| play.answer)
}

pub(super) fn scenarios(op: &str) -> Vec<Scenario> {
    plays(op).map(|play| Scenario { name: play.name, doc: play.doc }).collect()
}

/// Returns the answer of an endpoint that is in the catalogue but that the sandbox does not simulate.
pub(super) fn not_played(op: &str) -> Reply {
    Reply::message(501, &format!("The sandbox does not play {op}: script its answer"))
}
