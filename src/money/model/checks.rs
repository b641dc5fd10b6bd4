//! Tests that every property holds in models of several sizes, while all rules of the protocol apply. The module `rules` tests that
//! removing a rule breaks a property.

use super::Property;
use super::judge::ModelJudge;
use super::search::{SearchResult, search};
use super::world::Model;

fn is_large() -> bool {
    std::env::var_os("EKO_MODEL").is_some_and(|bound| bound == "large")
}

/// Returns the model of a transfer and of a second transfer, with its own reference, that may replace the first. Two processes send them.
pub(super) fn transfer() -> Model {
    Model {
        judge: ModelJudge::new(false),
        refund: false,
        references: 2,
        reservations: if is_large() { 3 } else { 2 },
        processes: 2,
        inquirers: 1,
        bounded: true,
        pending: true,
        without: None,
        only: None,
    }
}

/// Returns the model of a refund with several attempts, which share one transaction id (tid) as their reference.
pub(super) fn refund() -> Model {
    Model {
        judge: ModelJudge::new(true),
        refund: true,
        references: 1,
        reservations: 3,
        pending: is_large(),
        ..transfer()
    }
}

pub(super) fn without_a_bound(model: Model) -> Model {
    let (processes, reservations) = if is_large() { (2, 2) } else { (1, model.reservations) };
    Model { bounded: false, pending: false, processes, reservations, ..model }
}

pub(super) fn two_inquirers(model: Model) -> Model {
    Model { references: 1, reservations: 1, processes: 1, inquirers: 2, ..model }
}

pub(super) fn look(name: &str, model: &Model) -> SearchResult<Model> {
    let found = search(model);
    let SearchResult { states, steps, depth, took, broken } = &found;
    let broken = broken.as_ref().map_or("all holds".to_owned(), |broken| format!("{broken:?}"));
    println!("{name}: {states} states, {steps} steps, depth {depth}, {took:.1?}: {broken}");
    found
}

/// Checks that all properties hold, and that the search visits at least `at_least` states. A search that visits too few states proves
/// nothing.
fn holds(name: &str, model: &Model, at_least: usize) {
    let found = look(name, model);
    assert!(found.broken.is_none(), "{name}: {:?}", found.broken);
    assert!(found.states >= at_least, "{name}: {} states", found.states);
}

#[test]
fn transfers_hold() {
    holds("transfers", &transfer(), 400_000);
}

#[test]
fn refunds_hold() {
    holds("refunds", &refund(), 500_000);
}

#[test]
fn transfers_hold_where_eps_has_no_bound() {
    holds("transfers without a bound", &without_a_bound(transfer()), 80_000);
}

#[test]
fn refunds_hold_where_eps_has_no_bound() {
    holds("refunds without a bound", &without_a_bound(refund()), 40_000);
}

#[test]
fn transfers_hold_with_two_inquirers() {
    holds("transfers, two inquirers", &two_inquirers(transfer()), 3_000);
}

#[test]
fn refunds_hold_with_two_inquirers() {
    holds("refunds, two inquirers", &two_inquirers(refund()), 3_000);
}

#[test]
fn a_dead_end_is_found_with_its_history() {
    let model = Model { without: Some(super::ModelRule::OpenIsAskedAbout), ..two_inquirers(transfer()) };
    let (broken, history) = search(&model).broken.unwrap();
    assert_eq!((broken, history), (Property::CanEnd, vec![super::Action::Reserve, super::Action::Crash]));
}
