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
use crate::money::{Entry, Key, State};
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
        self.debit(&reference, plan.abort_after).await;
        if plan.crash_at.is_some() {
            self.disk.crash();
        }
        self.shared.restart();
        self.debit(&reference, None).await;
        let entry = self.resolve(&reference).await?;
        self.judge(&reference, entry.as_ref())
    }

    async fn debit(&self, reference: &str, abort_after: Option<Duration>) {
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
            () = self.shared.death() => {}
            result = self.client.debit("dmt.transfer", &params, options) => {
                if let Err(error) = result {
                    assert_eq!(error.code(), Code::ReferenceUsed, "{error}");
                }
            }
            () = aborting => {}
        }
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

/// Runs the plans; the first that fails is told with what it takes to replay it.
fn simulate(mutation: Mutation, plans: impl Iterator<Item = (String, Plan)>) -> Result<u32, String> {
    let mut plans = plans.peekable();
    let mut count = 0;
    while plans.peek().is_some() {
        // A fresh runtime now and then, so that its timers start from zero again.
        let chunk: Vec<_> = plans.by_ref().take(2_000).collect();
        count += runtime().block_on(async {
            let mut simulation = Simulation::new(mutation);
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

/// The connection cut at every byte of request and answer, in each way, for banks that act on it and that do not.
fn every_byte() -> impl Iterator<Item = (String, Plan)> {
    let cuts = [Cut::Reset, Cut::Fin, Cut::Stall];
    let requests = (0..REQUEST).flat_map(move |at| {
        cuts.into_iter().flat_map(move |kind| {
            // What the kernel took may have arrived or not.
            [cut(at, at, 9999, kind), cut(at, at / 2, 9999, kind), cut(9999, at, 9999, kind)]
                .map(|line| (at, kind, line))
        })
    });
    let answers = (0..ANSWER).flat_map(move |at| cuts.map(|kind| (at, kind, cut(9999, 9999, at, kind))));
    requests.chain(answers).map(|(at, kind, line)| (format!("byte {at} {kind:?}"), plan(Bank::Settles, vec![line])))
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
fn simulation_cuts_every_byte_and_crashes_at_every_step() {
    let count = simulate(Mutation::None, every_byte().chain(every_step())).unwrap();
    assert_eq!(count as usize, REQUEST * 9 + ANSWER * 3 + BANKS.len() * 60);
    println!("{count} schedules enumerated, 0 doubled, 0 lost");
}

#[test]
fn simulation_of_random_schedules() {
    let seeds = match wanted("EKO_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..wanted("EKO_SIMULATION").unwrap_or(3_000),
    };
    let count = simulate(Mutation::None, seeds.map(random)).unwrap();
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
        simulation.debit("END", None).await;
        assert!((10..60).contains(&simulation.shared.steps()), "{}", simulation.shared.steps());
    });
}

#[test]
fn the_simulation_notices_a_disk_that_lies() {
    let fault = simulate(Mutation::NoSync, every_step()).unwrap_err();
    assert!(fault.contains("complete debits") || fault.contains("lost"), "{fault}");
}

#[test]
fn the_simulation_notices_when_maybe_sent_counts_as_not_sent() {
    let fault = simulate(Mutation::MaybeSentIsNotSent, every_byte()).unwrap_err();
    assert!(fault.contains("complete debits") || fault.contains("ledger says"), "{fault}");
}
