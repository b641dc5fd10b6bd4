//! Debits under every fault at every byte and step, on a clock, a network and a disk of our own; the bank's ledger is the judge.
//!
//! `cargo test simulation` runs a bounded part; `EKO_SIMULATION=1000000 cargo test --profile quick --lib simulation` the whole.
//! A failing schedule prints its seed and plan; `EKO_SEED=… cargo test simulation` replays it.

mod bank;
mod disk;
mod line;
mod plan;
mod world;

use super::world::World;
use super::{Abort, CallOptions, Client, Config, JournalConfig};
use crate::error::Code;
use crate::money::{Entry, Key, MoneyAnswer, Schedule, State};
use disk::Disk;
use line::Dialer;
use plan::{BANKS, Bank, Cut, Line, Plan};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use world::{Mutation, Shared};

pub(crate) use world::Mutation as Rule;

const MINUTE: Duration = Duration::from_secs(60);

struct Simulation {
    shared: Arc<Shared>,
    disk: Arc<Disk>,
    client: Client,
    next: u32,
}

impl Simulation {
    fn new(mutation: Mutation) -> Self {
        Self::with(mutation, Schedule::default())
    }

    fn with(mutation: Mutation, schedule: Schedule) -> Self {
        let shared = Arc::new(Shared::new(mutation));
        let disk = Arc::new(Disk::new(shared.clone()));
        let time = shared.clone();
        // Stamps, offset and retry budget belong to the process by developer key: simulations beside this one have others.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let developer_key = format!("sim{:06}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut config = Config::new(developer_key, "simulated").initiator_id("9962981729").user_code("20810200");
        config.world = World {
            now_ms: Arc::new(move || time.now_ms()),
            random: Arc::new(|| u32::MAX / 2),
            dial: Some(Arc::new(Dialer(shared.clone()))),
            rule: mutation,
        };
        let config = config.schedule(schedule);
        let config =
            config.base_url("http://127.0.0.1:1/ekoapi/v3").journal(JournalConfig::Store(Arc::new(disk.clone())));
        Self { shared, disk, client: Client::new(config).unwrap(), next: 0 }
    }

    /// One schedule: a debit, perhaps a crash, the same debit again as a careless caller would, then the resolver until all is said.
    async fn run(&mut self, plan: &Plan) -> Result<(), String> {
        self.next += 1;
        let reference = format!("R{}", self.next);
        self.shared.begin(plan);
        self.disk.wipe();
        self.debit(&reference, plan.abort_after).await?;
        if plan.crash_at.is_some() {
            self.disk.crash();
        }
        self.shared.restart();
        self.debit(&reference, None).await?;
        let entry = self.resolve(&reference).await?;
        self.judge(&reference, entry.as_ref())
    }

    /// A second debit right after one whose connection still brings bytes; it is declined.
    async fn run_after_another(&mut self) -> Result<(), String> {
        self.shared.begin(&plan(Bank::SettlesAndRepeats, vec![]));
        self.disk.wipe();
        self.debit("FIRST", None).await?;
        self.shared.change_bank(Bank::DeclinesTersely);
        self.debit("SECOND", None).await?;
        let entry = self.resolve("SECOND").await?;
        self.judge("SECOND", entry.as_ref())
    }

    /// # Errors
    /// If what its caller is told is not what the bank has.
    async fn debit(&self, reference: &str, abort_after: Option<Duration>) -> Result<(), String> {
        let params = format!(
            r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"{reference}"}}"#
        );
        let abort = Abort::new();
        let options = CallOptions { abort: Some(abort.clone()), ..CallOptions::default() };
        let aborting = async {
            match abort_after {
                Some(after) => tokio::time::sleep(after).await,
                None => std::future::pending().await,
            }
            abort.abort();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            // The process dies: what it was doing is never heard of again.
            () = self.shared.death() => Ok(()),
            result = self.client.debit("dmt.transfer", &params, options) => match result {
                Ok(answer) => self.hold(reference, &answer),
                Err(error) => {
                    assert_eq!(error.code(), Code::ReferenceUsed, "{error}");
                    Ok(())
                }
            },
            () = aborting => Ok(()),
        }
    }

    /// What a caller is told against what the bank has at that moment; of what is open it may say nothing.
    fn hold(&self, reference: &str, answer: &MoneyAnswer) -> Result<(), String> {
        let now = self.shared.now_ms();
        let booked = self.shared.with_ledger(|ledger| ledger.booked.get(reference).map(|booking| booking.state(now)));
        let agrees = match (answer.state, answer.reusable) {
            (State::Settled, _) => booked == Some(0),
            (State::Declined, false) => booked == Some(1),
            (State::RefundPending, _) => booked == Some(3),
            (State::Refunded, _) => booked == Some(4),
            (State::Declined, true) | (State::NotSent, _) => booked.is_none(),
            (State::Pending, _) => booked.is_some(),
            (State::Indeterminate, _) => true,
        };
        if agrees { Ok(()) } else { Err(format!("the caller is told {:?}, the ledger says {booked:?}", answer.state)) }
    }

    async fn resolve(&self, reference: &str) -> Result<Option<Entry>, String> {
        for _ in 0..60 {
            self.client.resolve_due().await.map_err(|error| error.to_string())?;
            match self.entry(reference).await? {
                Some(entry) if !entry.known.state.is_final() => tokio::time::sleep(MINUTE).await,
                settled => return Ok(settled),
            }
        }
        self.entry(reference).await
    }

    async fn entry(&self, reference: &str) -> Result<Option<Entry>, String> {
        let entries = self.client.unresolved().await.map_err(|error| error.to_string())?;
        let entry = entries.into_iter().find(|entry| entry.intent.key.reference == reference);
        if let Some(entry) = entry.as_ref().filter(|entry| entry.known.state.is_final()) {
            let key = Key { op: "dmt.transfer".into(), reference: entry.intent.key.reference.clone() };
            self.client.acknowledge(&key).await.map_err(|error| error.to_string())?;
        }
        Ok(entry)
    }

    fn judge(&self, reference: &str, entry: Option<&Entry>) -> Result<(), String> {
        let now = self.shared.now_ms();
        let (debits, booked) = self.shared.with_ledger(|ledger| {
            (
                ledger.debits.get(reference).copied().unwrap_or(0),
                ledger.booked.get(reference).map(|booking| booking.state(now)),
            )
        });
        if debits > 1 {
            return Err(format!("{debits} complete debits reached the bank"));
        }
        // A disk that lies is caught by what is lost or doubled; that it would be caught here too has a test of its own.
        if self.shared.left_early() && self.shared.mutation != Mutation::NoSync {
            return Err("a debit's first byte left before its intent was durable".into());
        }
        let Some(entry) = entry else {
            return if booked.is_some() {
                Err("the bank has it and the journal does not: lost".into())
            } else {
                Ok(())
            };
        };
        let state = entry.known.state;
        let agrees = match state {
            State::Settled => booked == Some(0),
            State::Refunded => booked == Some(4),
            State::Declined => booked == Some(1) || (booked.is_none() && entry.known.reusable),
            State::NotSent => booked.is_none(),
            State::Indeterminate | State::Pending | State::RefundPending => false,
        };
        if agrees { Ok(()) } else { Err(format!("the journal says {state:?}, the ledger says {booked:?}")) }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// The numbers that decide are those of every client; between them it asks less often, for most of a schedule's work is inquiries.
fn sparse() -> Schedule {
    Schedule { minutely_until_ms: 0, slow_ms: 6 * 60_000, ..Schedule::default() }
}

/// Runs the plans; the first that fails is told with what it takes to replay it.
fn simulate(
    mutation: Mutation,
    schedule: Schedule,
    plans: impl Iterator<Item = (String, Plan)>,
) -> Result<u32, String> {
    let mut plans = plans.peekable();
    let mut count = 0;
    while plans.peek().is_some() {
        // A fresh runtime now and then, so that its timers start from zero again.
        let chunk: Vec<_> = plans.by_ref().take(2_000).collect();
        count += runtime().block_on(async {
            let mut simulation = Simulation::with(mutation, schedule);
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

fn plan(bank: Bank, lines: Vec<Line>) -> Plan {
    Plan { bank, lines, hidden: Duration::ZERO, crash_at: None, abort_after: None }
}

fn cut(accepts: usize, delivers: usize, answers: usize, cut: Cut) -> Line {
    Line::Open { accepts, delivers, answers, cut, delay: Duration::from_millis(300) }
}

/// No request and no answer of these is longer.
const REQUEST: usize = 560;
const ANSWER: usize = 260;

const CUTS: [Cut; 3] = [Cut::Reset, Cut::Fin, Cut::Stall];

/// The connection cut at every byte of the request, in each way: what was taken has arrived, or the client could write all of it and
/// only so much arrived; at every eighth byte, half of what was taken.
fn every_byte_of_the_request() -> impl Iterator<Item = (String, Plan)> {
    let cuts = (0..REQUEST).flat_map(|at| CUTS.map(|kind| (at, kind)));
    cuts.flat_map(|(at, kind)| {
        let half = (at % 8 == 0).then(|| cut(at, at / 2, 9999, kind));
        let lines = [cut(at, at, 9999, kind), cut(9999, at, 9999, kind)].into_iter().chain(half);
        lines.map(move |line| (format!("request {at} {kind:?}"), plan(Bank::Settles, vec![line])))
    })
}

/// And at every byte of the answer.
fn every_byte_of_the_answer() -> impl Iterator<Item = (String, Plan)> {
    let cuts = (0..ANSWER).flat_map(|at| CUTS.map(|kind| (at, kind)));
    cuts.map(|(at, kind)| (format!("answer {at} {kind:?}"), plan(Bank::Settles, vec![cut(9999, 9999, at, kind)])))
}

/// A crash at every step, under every bank.
fn every_step() -> impl Iterator<Item = (String, Plan)> {
    BANKS.into_iter().flat_map(|bank| {
        (0..60).map(move |step| {
            (format!("step {step} {bank:?}"), Plan { crash_at: Some(step), ..plan(bank, vec![Line::GOOD]) })
        })
    })
}

/// Anything with anything.
fn random(seed: u64) -> (String, Plan) {
    let mut random = fastrand::Rng::with_seed(seed);
    let line = |random: &mut fastrand::Rng| match random.u8(0..10) {
        0 => Line::Refused,
        1 => Line::BlackHole,
        2 => Line::GOOD,
        _ => {
            let accepts = if random.bool() { 9999 } else { random.usize(0..REQUEST) };
            let delivers = if random.bool() { accepts } else { random.usize(0..=accepts.min(REQUEST)) };
            let answers = if random.bool() { 9999 } else { random.usize(0..ANSWER) };
            let kind = [Cut::Reset, Cut::Fin, Cut::Stall][random.usize(0..3)];
            let delay = Duration::from_millis(random.u64(0..70_000));
            Line::Open { accepts, delivers, answers, cut: kind, delay }
        }
    };
    let lines = (0..random.usize(0..5)).map(|_| line(&mut random)).collect();
    let plan = Plan {
        bank: BANKS[random.usize(0..BANKS.len())],
        lines,
        hidden: Duration::from_secs(random.u64(0..600)),
        crash_at: random.bool().then(|| random.u32(0..60)),
        abort_after: random.bool().then(|| Duration::from_millis(random.u64(0..70_000))),
    };
    (format!("EKO_SEED={seed}"), plan)
}

fn wanted(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn simulation_cuts_every_byte_of_the_request() {
    let count = simulate(Mutation::None, sparse(), every_byte_of_the_request()).unwrap();
    assert_eq!(count as usize, REQUEST * 6 + REQUEST / 8 * 3);
    println!("{count} schedules enumerated, 0 doubled, 0 lost");
}

#[test]
fn simulation_cuts_every_byte_of_the_answer_and_crashes_at_every_step() {
    let count = simulate(Mutation::None, sparse(), every_byte_of_the_answer().chain(every_step())).unwrap();
    assert_eq!(count as usize, ANSWER * 3 + BANKS.len() * 60);
    println!("{count} schedules enumerated, 0 doubled, 0 lost");
}

#[test]
fn simulation_of_random_schedules() {
    let seeds = match wanted("EKO_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..wanted("EKO_SIMULATION").unwrap_or(1_000),
    };
    let count = simulate(Mutation::None, Schedule::default(), seeds.map(random)).unwrap();
    println!("{count} random schedules, 0 doubled, 0 lost");
}

/// The bounds above must reach past the longest request, and the last step must lie behind the debit's end.
#[test]
fn the_simulation_reaches_the_end_of_everything() {
    runtime().block_on(async {
        let mut simulation = Simulation::new(Mutation::None);
        simulation.run(&plan(Bank::Settles, vec![cut(REQUEST, REQUEST, ANSWER, Cut::Stall)])).await.unwrap();
        assert_eq!(simulation.shared.with_ledger(|ledger| ledger.debits.values().sum::<u32>()), 1);
        simulation.shared.begin(&plan(Bank::Settles, vec![Line::GOOD]));
        simulation.debit("END", None).await.unwrap();
        assert!((10..60).contains(&simulation.shared.steps()), "{}", simulation.shared.steps());
    });
}

#[test]
fn the_simulation_notices_a_disk_that_lies() {
    let fault = simulate(Mutation::NoSync, sparse(), every_step()).unwrap_err();
    assert!(fault.contains("complete debits") || fault.contains("lost"), "{fault}");
    println!("{fault}");
}

/// The order of the journal's sync and the debit's first byte, seen directly.
#[test]
fn the_simulation_sees_bytes_that_leave_before_the_sync() {
    for (mutation, early) in [(Mutation::None, false), (Mutation::NoSync, true)] {
        runtime().block_on(async {
            let simulation = Simulation::new(mutation);
            simulation.shared.begin(&plan(Bank::Settles, vec![Line::GOOD]));
            simulation.debit("ORDER", None).await.unwrap();
            assert_eq!(simulation.shared.left_early(), early, "{mutation:?}");
        });
    }
}

#[test]
fn the_simulation_notices_a_socket_that_is_used_twice() {
    let run = |mutation| runtime().block_on(async { Simulation::new(mutation).run_after_another().await });
    run(Mutation::None).unwrap();
    let fault = run(Mutation::ReusesSocket).unwrap_err();
    assert_eq!(fault, "the caller is told Settled, the ledger says Some(1)");
}

#[test]
fn the_simulation_notices_a_caller_who_is_told_what_is_not_known() {
    let fault = simulate(Mutation::Reassures, sparse(), every_byte_of_the_answer()).unwrap_err();
    assert!(fault.contains("the caller is told NotSent"), "{fault}");
}

/// Something between us and the bank sends our one request again, and the bank books both.
#[test]
fn a_request_that_others_repeat_raises_an_alarm_and_is_not_taken_for_done() {
    runtime().block_on(async {
        let mut simulation = Simulation::new(Mutation::None);
        let mut events = simulation.client.events();
        simulation.run(&plan(Bank::GetsItTwice, vec![Line::GOOD])).await.unwrap();
        let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
        let alarm = |event: &&super::Event| event.reason == Some(super::Reason::DuplicateObserved);
        let (alarms, last) = (told.iter().filter(alarm).count(), told.last().unwrap());
        assert!(alarms > 0, "{told:?}");
        assert_eq!(
            (last.state, last.tid.as_deref()),
            (State::Settled, Some("1")),
            "the answers reconcile by reference"
        );
    });
}

#[test]
fn the_simulation_notices_when_maybe_sent_counts_as_not_sent() {
    let fault = simulate(Mutation::MaybeSentIsNotSent, sparse(), every_byte_of_the_answer()).unwrap_err();
    assert!(fault.contains("complete debits") || fault.contains("ledger says"), "{fault}");
}
