//! Tests that remove one rule from the model and expect the search to find a broken property. They show that each rule is needed, and that
//! the search can detect a violation of each property.

use super::checks::{look, refund, transfer, two_inquirers, without_a_bound};
use super::world::Model;
use super::{Action, ModelRule, Property};

/// Removes `rule` from the model, checks that `property` then breaks, and returns the shortest sequence of steps that breaks the property.
fn breaks(rule: ModelRule, model: Model, property: Property) -> Vec<Action> {
    let model = Model { without: Some(rule), only: Some(property), ..model };
    let found = look(&format!("without {rule:?}"), &model);
    let (broken, history) = found.broken.unwrap();
    assert_eq!(broken, property, "without {rule:?}: {history:?}");
    history
}

#[test]
fn without_a_row_check_a_debit_is_booked_twice() {
    let history = breaks(ModelRule::Fence, transfer(), Property::BookedOnce);
    let takes = |action: &&Action| matches!(action, Action::Takes | Action::TakesAndAnswers | Action::TakesACopy);
    assert_eq!(history.iter().filter(takes).count(), 2);
}

#[test]
fn without_a_second_row_check_a_debit_is_booked_twice() {
    breaks(ModelRule::SecondFence, transfer(), Property::BookedOnce);
}

#[test]
fn when_signed_long_after_the_check_a_debit_is_booked_twice() {
    breaks(ModelRule::SignAtOnce, transfer(), Property::BookedOnce);
}

#[test]
fn recording_doubt_as_not_sent_frees_a_reference_eps_takes() {
    breaks(ModelRule::Doubt, transfer(), Property::FreeIsFree);
}

#[test]
fn treating_seen_timestamps_as_refused_frees_a_taken_reference() {
    breaks(ModelRule::Seen, transfer(), Property::FreeIsFree);
}

#[test]
fn without_comparison_a_blind_eps_ends_a_booked_debit() {
    breaks(ModelRule::Round, transfer(), Property::InSight);
}

#[test]
fn counting_a_pause_as_silence_ends_a_done_refund_as_not_sent() {
    breaks(ModelRule::AskedThen, refund(), Property::InSight);
}

#[test]
fn a_stale_round_recorded_late_ends_a_booked_debit() {
    breaks(ModelRule::OlderEndsNothing, two_inquirers(transfer()), Property::InSight);
}

#[test]
fn without_row_versions_an_outcome_changes_within_a_revision() {
    breaks(ModelRule::Version, transfer(), Property::AcknowledgedAsListed);
}

#[test]
fn without_row_versions_a_settled_debit_is_reported_not_sent() {
    breaks(ModelRule::Version, without_a_bound(transfer()), Property::DoneStaysDone);
}

#[test]
fn reusing_a_spent_reference_frees_one_that_eps_has_taken() {
    breaks(ModelRule::SpentStays, without_a_bound(transfer()), Property::FreeIsFree);
}

#[test]
fn freeing_a_retried_refund_ignores_that_the_first_may_arrive() {
    breaks(ModelRule::RefundStaysSpent, without_a_bound(refund()), Property::FreeIsFree);
}

#[test]
fn a_refund_attempt_that_ends_another_lets_both_be_booked() {
    breaks(ModelRule::NamedAlone, refund(), Property::BookedOnce);
}

#[test]
fn acknowledging_without_a_revision_hides_an_unseen_outcome() {
    breaks(ModelRule::Revision, transfer(), Property::AcknowledgedAsListed);
}

#[test]
fn without_inquiries_a_debit_of_a_crashed_process_never_ends() {
    breaks(ModelRule::OpenIsAskedAbout, transfer(), Property::CanEnd);
}
