//! Plans of the simulation. Some are enumerated, and others are generated at random from a seed.

use super::Simulation;
use super::plan::{BANKS, BankConduct, Cut, SimLine, SimPlan};
use crate::call::Rule;
use crate::money::Schedule;
use std::time::Duration;

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Returns an inquiry schedule that ends a debit as not found after the same time as the default schedule, but with fewer inquiries,
/// because inquiries take most of the simulation's time.
pub(super) fn sparse() -> Schedule {
    Schedule { minutely_until_ms: 0, slow_ms: 6 * 60_000, ..Schedule::default() }
}

/// Runs the plans and returns their number. The error describes the first plan that fails, so that it can be replayed.
pub(super) fn simulate(
    without: Option<Rule>,
    schedule: Schedule,
    plans: impl Iterator<Item = (String, SimPlan)>,
) -> Result<u32, String> {
    let mut plans = plans.peekable();
    let mut count = 0;
    while plans.peek().is_some() {
        // Each chunk of plans runs in a new runtime, so that the timers start from zero.
        let chunk: Vec<_> = plans.by_ref().take(2_000).collect();
        count += runtime().block_on(async {
            let mut simulation = Simulation::with(without, schedule);
            let mut done = 0;
            for (name, plan) in chunk {
                simulation.run(&plan).await.map_err(|fault| format!("{name}: {fault}\n{plan:?}"))?;
                done += 1;
            }
            Ok::<u32, String>(done)
        })?;
    }
    Ok(count)
}

pub(super) fn plan(bank: BankConduct, lines: Vec<SimLine>) -> SimPlan {
    SimPlan { bank, lines, hidden: Duration::ZERO, crash_at: None, abort_after: None }
}

pub(super) fn cut(accepts: usize, delivers: usize, answers: usize, cut: Cut) -> SimLine {
    SimLine::Open { accepts, delivers, answers, cut, delay: Duration::from_millis(300) }
}

/// Upper bound of the length of a request, in bytes.
pub(super) const REQUEST: usize = 560;
/// Upper bound of the length of an answer, in bytes.
pub(super) const ANSWER: usize = 260;

pub(super) const CUTS: [Cut; 3] = [Cut::Reset, Cut::Fin, Cut::Stall];

/// Returns plans that cut the connection at every byte of the request, with every kind of cut. One plan per byte limits the bytes that the
/// client can write, and one plan limits the bytes that reach the bank. For every eighth byte, a third plan delivers half of the written
/// bytes.
pub(super) fn every_byte_of_the_request() -> impl Iterator<Item = (String, SimPlan)> {
    let cuts = (0..REQUEST).flat_map(|at| CUTS.map(|kind| (at, kind)));
    cuts.flat_map(|(at, kind)| {
        let half = (at % 8 == 0).then(|| cut(at, at / 2, 9999, kind));
        let lines = [cut(at, at, 9999, kind), cut(9999, at, 9999, kind)].into_iter().chain(half);
        lines.map(move |line| (format!("request {at} {kind:?}"), plan(BankConduct::Settles, vec![line])))
    })
}

/// Returns plans that cut the connection at every byte of the answer.
pub(super) fn every_byte_of_the_answer() -> impl Iterator<Item = (String, SimPlan)> {
    let cuts = (0..ANSWER).flat_map(|at| CUTS.map(|kind| (at, kind)));
    cuts.map(|(at, kind)| {
        (format!("answer {at} {kind:?}"), plan(BankConduct::Settles, vec![cut(9999, 9999, at, kind)]))
    })
}

/// Returns plans that crash the process at every step, for every behaviour of the bank.
pub(super) fn every_step() -> impl Iterator<Item = (String, SimPlan)> {
    BANKS.into_iter().flat_map(|bank| {
        (0..60).map(move |step| {
            (format!("step {step} {bank:?}"), SimPlan { crash_at: Some(step), ..plan(bank, vec![SimLine::GOOD]) })
        })
    })
}

/// Returns the name and the plan of a run that may combine all kinds of faults at random.
pub(super) fn random(seed: u64) -> (String, SimPlan) {
    let mut random = fastrand::Rng::with_seed(seed);
    let line = |random: &mut fastrand::Rng| match random.u8(0..10) {
        0 => SimLine::Refused,
        1 => SimLine::BlackHole,
        2 => SimLine::GOOD,
        _ => {
            let accepts = if random.bool() { 9999 } else { random.usize(0..REQUEST) };
            let delivers = if random.bool() { accepts } else { random.usize(0..=accepts.min(REQUEST)) };
            let answers = if random.bool() { 9999 } else { random.usize(0..ANSWER) };
            let kind = [Cut::Reset, Cut::Fin, Cut::Stall][random.usize(0..3)];
            let delay = Duration::from_millis(random.u64(0..70_000));
            SimLine::Open { accepts, delivers, answers, cut: kind, delay }
        }
    };
    let lines = (0..random.usize(0..5)).map(|_| line(&mut random)).collect();
    let plan = SimPlan {
        bank: BANKS[random.usize(0..BANKS.len())],
        lines,
        hidden: Duration::from_secs(random.u64(0..600)),
        crash_at: random.bool().then(|| random.u32(0..60)),
        abort_after: random.bool().then(|| Duration::from_millis(random.u64(0..70_000))),
    };
    (format!("EKO_SEED={seed}"), plan)
}
