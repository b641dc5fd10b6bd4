//! Tests that run the simulation. Some tests switch off a rule of the client, and check that the simulation detects the missing rule.

use super::plan::{BANKS, BankConduct, Cut, SimLine, SimPlan};
use super::schedules::*;
use super::{MINUTE, Simulation};
use crate::call::Rule;
use crate::money::{Event, Schedule, State};

fn wanted(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn simulation_cuts_every_byte_of_the_request() {
    let count = simulate(None, sparse(), every_byte_of_the_request()).unwrap();
    assert_eq!(count as usize, REQUEST * 6 + REQUEST / 8 * 3);
    println!("{count} schedules enumerated, 0 doubled, 0 lost");
}

#[test]
fn simulation_cuts_each_answer_byte_and_crashes_at_each_step() {
    let count = simulate(None, sparse(), every_byte_of_the_answer().chain(every_step())).unwrap();
    assert_eq!(count as usize, ANSWER * 3 + BANKS.len() * 60);
    println!("{count} schedules enumerated, 0 doubled, 0 lost");
}

#[test]
fn simulation_of_random_schedules() {
    let seeds = match wanted("EKO_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..wanted("EKO_SIMULATION").unwrap_or(1_000),
    };
    let count = simulate(None, Schedule::default(), seeds.map(random)).unwrap();
    println!("{count} random schedules, 0 doubled, 0 lost");
}

/// Checks that `REQUEST` and `ANSWER` are larger than the longest messages, and that a debit takes fewer than the 60 steps at which the
/// simulation crashes the process.
#[test]
fn simulation_bounds_exceed_the_longest_request() {
    runtime().block_on(async {
        let mut simulation = Simulation::new(None);
        simulation.run(&plan(BankConduct::Settles, vec![cut(REQUEST, REQUEST, ANSWER, Cut::Stall)])).await.unwrap();
        assert_eq!(simulation.shared.with_ledger(|ledger| ledger.debits.values().sum::<u32>()), 1);
        simulation.shared.begin(&plan(BankConduct::Settles, vec![SimLine::GOOD]));
        simulation.debit("END", None).await.unwrap();
        assert!((10..60).contains(&simulation.shared.steps()), "{}", simulation.shared.steps());
    });
}

#[test]
fn the_simulation_notices_a_disk_that_lies() {
    let fault = simulate(Some(Rule::Sync), sparse(), every_step()).unwrap_err();
    assert!(fault.contains("complete debits") || fault.contains("lost"), "{fault}");
    println!("{fault}");
}

/// Checks that the journal is synced before the first byte of the debit is sent.
#[test]
fn the_simulation_sees_bytes_that_leave_before_the_sync() {
    for (without, early) in [(None, false), (Some(Rule::Sync), true)] {
        runtime().block_on(async {
            let simulation = Simulation::new(without);
            simulation.shared.begin(&plan(BankConduct::Settles, vec![SimLine::GOOD]));
            simulation.debit("ORDER", None).await.unwrap();
            assert_eq!(simulation.shared.left_early(), early, "{without:?}");
        });
    }
}

#[test]
fn the_simulation_notices_a_socket_that_is_used_twice() {
    let run = |without| runtime().block_on(async { Simulation::new(without).run_after_another().await });
    run(None).unwrap();
    let fault = run(Some(Rule::OwnConnection)).unwrap_err();
    assert_eq!(fault, "the caller is told Settled, the ledger says Some(1)");
}

#[test]
fn simulation_detects_a_not_sent_result_without_proof() {
    let fault = simulate(Some(Rule::Candour), sparse(), every_byte_of_the_answer()).unwrap_err();
    assert!(fault.contains("the caller is told NotSent"), "{fault}");
}

/// Checks the case that a relay repeats the client's single request and the bank books both copies.
#[test]
fn a_request_repeated_by_a_relay_raises_an_alarm() {
    runtime().block_on(async {
        let mut simulation = Simulation::new(None);
        let mut events = simulation.client.events();
        simulation.run(&plan(BankConduct::GetsItTwice, vec![SimLine::GOOD])).await.unwrap();
        let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
        let alarm = |event: &&Event| event.reason == Some("duplicateObserved");
        let (alarms, last) = (told.iter().filter(alarm).count(), told.last().unwrap());
        assert!(alarms > 0, "{told:?}");
        assert_eq!(
            (last.outcome, last.tid.as_deref()),
            (Some(State::Settled), Some("1")),
            "the answers reconcile by reference"
        );
    });
}

#[test]
fn the_simulation_notices_when_maybe_sent_counts_as_not_sent() {
    let fault = simulate(Some(Rule::Doubt), sparse(), every_byte_of_the_answer()).unwrap_err();
    assert!(fault.contains("complete debits") || fault.contains("ledger says"), "{fault}");
}

/// Before a debit ends as not found, EPS must report no such transaction for at least as long as EPS may need to show a booking.
#[test]
fn simulation_detects_a_silence_period_that_is_too_short() {
    let hasty = Schedule { not_found_count: 1, not_found_spread_ms: 0, ..sparse() };
    let hidden = |bank| SimPlan { hidden: 5 * MINUTE, ..plan(bank, vec![]) };
    let plans = || BANKS.into_iter().map(|bank| (format!("hidden {bank:?}"), hidden(bank)));
    assert_eq!(simulate(None, sparse(), plans()).unwrap() as usize, BANKS.len());
    let fault = simulate(None, hasty, plans()).unwrap_err();
    assert!(fault.contains("the journal says NotSent, the ledger says Some"), "{fault}");
}

#[test]
fn the_simulation_notices_a_spent_reference_that_is_used_again() {
    let plans = || [("swallowed".to_owned(), plan(BankConduct::HasSeenTheTimestamp, vec![]))].into_iter();
    simulate(None, sparse(), plans()).unwrap();
    let fault = simulate(Some(Rule::Spent), sparse(), plans()).unwrap_err();
    assert!(fault.contains("a spent reference was used again"), "{fault}");
}

#[test]
fn simulation_detects_a_seen_timestamp_treated_as_clock_error() {
    let fault = simulate(Some(Rule::Seen), sparse(), every_step()).unwrap_err();
    assert!(fault.contains("2 complete debits"), "{fault}");
}

/// A debit is sent once more with a new signature if the `Date` of EPS's answer shows that the client's clock is wrong.
#[test]
fn a_debit_refused_for_a_wrong_clock_is_sent_again() {
    runtime().block_on(async {
        let mut simulation = Simulation::new(None);
        simulation.run(&plan(BankConduct::HasAnotherClock, vec![])).await.unwrap();
        assert_eq!(simulation.debits("R1"), 1);
        assert_eq!(simulation.entry("R1").await.unwrap().unwrap().outcome, State::Settled);
    });
}

/// A late booking reopens a debit that the client has ended as not sent, and an event reports the new state.
#[test]
fn a_late_booking_reopens_a_debit_that_silence_ended() {
    runtime().block_on(async {
        let mut simulation = Simulation::new(None);
        let mut events = simulation.client.events();
        simulation.run(&plan(BankConduct::BooksLate, vec![])).await.unwrap();
        let entry = simulation.entry("R1").await.unwrap().unwrap();
        assert_eq!((entry.outcome, entry.revision, entry.spent), (State::Settled, 2, false));
        let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
        assert_eq!(told.iter().filter(|event| event.reason == Some("stateChanged")).count(), 1, "{told:?}");
        assert_eq!(told.last().and_then(|event| event.revision), Some(2));
    });
}
