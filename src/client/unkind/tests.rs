//! Tests that run random schedules of the simulation.

use super::plan::{Fate, UnkindPlan};
use super::story::{Tally, run};

fn wanted(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn schedule(seed: u64) -> Result<Tally, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(run(UnkindPlan::of(seed))).map_err(|fault| format!("EKO_SEED={seed}\n{fault}"))
}

/// Returns the first two lines of the text about a failed schedule: the seed and the first fault.
fn short(fault: &str) -> String {
    fault.lines().take(2).collect::<Vec<_>>().join(": ")
}

/// Runs `EKO_UNKIND` schedules (300 by default), starting at seed `EKO_FROM` (0 by default). With `EKO_ONE=1`, stops at the first schedule
/// that fails.
#[test]
fn unkind_world() {
    let from = wanted("EKO_FROM").unwrap_or(0);
    let seeds = match wanted("EKO_SEED") {
        Some(seed) => seed..seed + 1,
        None => from..from + wanted("EKO_UNKIND").unwrap_or(300),
    };
    let (mut all, mut faults) = (Tally::default(), Vec::new());
    let count = seeds.end - seeds.start;
    for seed in seeds {
        match schedule(seed) {
            Ok(tally) => all = all + tally,
            Err(fault) => faults.push(fault),
        }
        if !faults.is_empty() && wanted("EKO_ONE").is_some() {
            break;
        }
    }
    println!("{count} schedules: {all:?}");
    let lines: Vec<_> = faults.iter().map(|fault| short(fault)).collect();
    assert!(faults.is_empty(), "{}\n{} of {count} schedules:\n{}", faults[0], faults.len(), lines.join("\n"));
    // If a kind of event never occurred, the run proves nothing about it.
    assert!(count < 300 || all.is_full(), "{all:?}");
}

/// Replays schedules that failed in earlier versions.
#[test]
fn replays_schedules_that_failed_before() {
    for seed in [67_998, 70_217, 120_349, 281_153, 553_523, 590_743, 604_117] {
        schedule(seed).unwrap();
    }
}

/// Checks that every kind of fault occurs often in the random plans.
#[test]
fn random_plans_cover_every_kind_of_failure() {
    let plans: Vec<_> = (0..300).map(UnkindPlan::of).collect();
    let count = |holds: &dyn Fn(&UnkindPlan) -> bool| plans.iter().filter(|plan| holds(plan)).count();
    for (what, count) in [
        ("five processes", count(&|plan| plan.processes.len() == 5)),
        ("a restored journal", count(&|plan| matches!(plan.journal, Fate::Restored { .. }))),
        ("a replaced journal", count(&|plan| matches!(plan.journal, Fate::Replaced { .. }))),
        ("a journal that fails", count(&|plan| matches!(plan.journal, Fate::Fails { .. }))),
        ("a clock that is set", count(&|plan| plan.processes.iter().any(|process| process.set.is_some()))),
        ("no Date", count(&|plan| plan.dateless > 50)),
        ("copies", count(&|plan| plan.copied > 10)),
    ] {
        assert!(count > 10, "{what}: {count}");
    }
}
