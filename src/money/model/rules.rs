//! Checks that a property breaks if a rule is removed. So each rule is needed, and each property can fail.

use super::checks::{look, refund, transfer, two_inquirers, without_a_bound};
use super::world::Model;
use super::{Action, ModelRule, Property};

/// Returns the shortest history in which this property breaks without this rule.
fn breaks(rule: ModelRule, model: Model, property: Property) -> Vec<Action> {
    let model = Model { without: Some(rule), only: Some(property), ..model };
    let found = look(&format!("without {rule:?}"), &model);
    let (broken, history) = found.broken.unwrap();
    assert_eq!(broken, property, "without {rule:?}: {history:?}");
    history
}

#[test]
fn without_a_look_at_the_row_a_debit_that_was_given_up_leaves_and_is_booked_twice() {
    let history = breaks(ModelRule::Fence, transfer(), Property::BookedOnce);
    let takes = |action: &&Action| matches!(action, Action::Takes | Action::TakesAndAnswers | Action::TakesACopy);
    assert_eq!(history.iter().filter(takes).count(), 2);
}

#[test]
fn without_a_look_before_the_second_request_it_is_booked_twice() {
    breaks(ModelRule::SecondFence, transfer(), Property::BookedOnce);
}

#[test]
fn signed_long_after_the_look_it_is_booked_twice() {
    breaks(ModelRule::SignAtOnce, transfer(), Property::BookedOnce);
}

#[test]
fn taken_for_unsent_without_knowing_a_reference_is_free_that_eps_takes() {
    breaks(ModelRule::Doubt, transfer(), Property::FreeIsFree);
}

#[test]
fn where_a_timestamp_that_was_seen_counts_as_refused_a_reference_is_free_that_eps_has() {
    breaks(ModelRule::Seen, transfer(), Property::FreeIsFree);
}

#[test]
fn without_a_comparison_a_blind_eps_ends_what_is_booked() {
    breaks(ModelRule::Round, transfer(), Property::InSight);
}

#[test]
fn where_a_standstill_counts_as_silence_a_refund_that_is_done_ends_as_not_sent() {
    breaks(ModelRule::AskedThen, refund(), Property::InSight);
}

#[test]
fn where_an_old_round_is_recorded_late_it_ends_what_is_booked() {
    breaks(ModelRule::OlderEndsNothing, two_inquirers(transfer()), Property::InSight);
}

#[test]
fn without_versions_an_end_changes_under_its_revision() {
    breaks(ModelRule::Version, transfer(), Property::AcknowledgedAsListed);
}

#[test]
fn without_versions_what_was_told_as_settled_is_told_as_not_sent() {
    breaks(ModelRule::Version, without_a_bound(transfer()), Property::DoneStaysDone);
}

#[test]
fn where_a_spent_reference_is_used_again_it_is_free_while_eps_has_it() {
    breaks(ModelRule::SpentStays, without_a_bound(transfer()), Property::FreeIsFree);
}

#[test]
fn where_a_refunds_second_attempt_frees_it_the_first_one_may_still_be_taken() {
    breaks(ModelRule::RefundStaysSpent, without_a_bound(refund()), Property::FreeIsFree);
}

#[test]
fn where_one_attempt_of_a_refund_ends_another_both_are_booked() {
    breaks(ModelRule::NamedAlone, refund(), Property::BookedOnce);
}

#[test]
fn acknowledged_by_its_reference_alone_an_end_is_acknowledged_that_nobody_saw() {
    breaks(ModelRule::Revision, transfer(), Property::AcknowledgedAsListed);
}

#[test]
fn where_nobody_asks_a_debit_whose_process_died_never_ends() {
    breaks(ModelRule::OpenIsAskedAbout, transfer(), Property::CanEnd);
}
