//! Tests with processes that are killed, doubled, frozen or out of disk in the middle of debits, against a bank that outlives them.
//!
//! Run: `cargo test --features journal-sqlite --test kill [name]`. `EKO_SEED=…` repeats the random choices of a run. `EKO_KILL_LIVES=…` and
//! `EKO_KILL_WORLDS=…` set the number of lives and worlds in `every_fate` (a world is one bank, one journal and many processes).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bank;
mod child;
mod judge;
mod moods;
mod process;
mod said;
mod shop;
mod verdict;
mod wire;
mod world;

use bank::Bank;
use child::{Halt, Orders};
use eko_eps::money::{DebitOptions, State};
use judge::{File, client, entries, judge, resolve};
use process::Process;
use said::Said;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use verdict::Total;
use world::{Fate, World};

const KILLS: usize = 20;
/// Number of the last cases, which need a shell to limit or freeze the process.
const ASK_A_SHELL: usize = 3;
/// How long "not found" must last, in milliseconds, when all processes of the debits are dead.
const SHORT: u64 = 40;
/// Number of debits under way beside the one that decides when the child is killed.
const BESIDE: usize = 3;

fn main() {
    if let Ok(orders) = std::env::var(child::ORDERS) {
        return child::run(&orders);
    }
    let cases: [(&str, fn()); 10] = [
        ("killed_before_the_reservation_is_durable", || phase(Some(Halt::BeforeReserve))),
        ("killed_after_the_reservation_before_the_first_byte", || phase(Some(Halt::AfterReserve))),
        ("killed_after_the_bytes_before_the_answer", || phase(None)),
        ("killed_after_the_answer_before_the_record", || phase(Some(Halt::BeforeRecord))),
        ("killed_after_the_record", || phase(Some(Halt::AfterRecord))),
        ("killed_at_random_moments_of_200_debits", random),
        ("two_processes_submit_the_same_references", two_processes),
        ("a_full_disk_stops_debits_before_they_leave", full_disk),
        ("a_process_frozen_beyond_its_time_sends_nothing", frozen),
        ("every_fate_of_processes_beside_a_moody_bank", every_fate),
    ];
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let here = cases.len() - if cfg!(unix) { 0 } else { ASK_A_SHELL };
    let cases = cases
        .into_iter()
        .take(here)
        .filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|part| name.contains(part)));
    let cases: Vec<_> = cases.collect();
    if std::env::args().any(|word| word == "--list") {
        return cases.iter().for_each(|(name, _)| println!("{name}: test"));
    }
    println!("\nrunning {} tests", cases.len());
    let (begun, mut failed) = (Instant::now(), 0);
    for (name, case) in &cases {
        let good = catch_unwind(AssertUnwindSafe(case)).is_ok();
        println!("test {name} ... {}", if good { "ok" } else { "FAILED" });
        failed += usize::from(!good);
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    let seconds = begun.elapsed().as_secs_f32();
    let passed = cases.len() - failed;
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in {seconds:.2}s\n"
    );
    std::process::exit(i32::from(failed > 0));
}

fn orders(bank: &Bank, file: &File, references: Vec<String>) -> Orders {
    Orders {
        base_url: bank.base_url.clone(),
        journal: file.0.clone(),
        references,
        at_once: 16,
        gate: false,
        halt: None,
        shop: None,
        silence_ms: 60_000,
        deadline_ms: 30_000,
    }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Kills a child when one debit has reached this step, again and again. `None` means: the bank has the debit and has not answered.
/// Each child first sends its predecessor's debits once more, as a careless restart would; the last one sends all.
fn phase(halt: Option<Halt>) {
    let (bank, file) = (Bank::open(), File::new(&format!("{halt:?}")));
    let client = client(&bank, &file.0, SHORT);
    // A booked debit, with which rounds compare the debits that are not found.
    let known = wait(client.debit_by_name("dmt.transfer", &child::params("B1"), DebitOptions::default())).unwrap();
    assert_eq!((known.outcome, bank.arrivals.recv().unwrap()), (State::Settled, "B1".to_owned()));
    let (mut before, mut all) = (Vec::new(), Vec::new());
    for round in 0..KILLS {
        let new: Vec<_> = (0..=BESIDE).map(|number| format!("K{}", round * (BESIDE + 1) + number)).collect();
        let target = new[0].clone();
        let mut orders = orders(&bank, &file, [before, new.clone()].concat());
        orders.halt = halt.map(|halt| (halt, target.clone()));
        if halt.is_none() {
            bank.hold(&target);
        }
        let mut process = Process::start(&orders);
        match halt {
            Some(_) => drop(process.wait_for("at")),
            None => while bank.arrivals.recv_timeout(Duration::from_secs(40)).unwrap() != target {},
        }
        process.kill();
        bank.release(&target);
        // Checks that the kill came at the intended step.
        let (booked, known) = (bank.booking(&target), wait(entries(&client)).remove(&target));
        let known = known.map(|entry| entry.outcome);
        let as_meant = match halt {
            Some(Halt::BeforeReserve) => booked.is_none() && known.is_none(),
            Some(Halt::AfterReserve) => booked.is_none() && known == Some(State::Indeterminate),
            None | Some(Halt::BeforeRecord) => booked.is_some() && known == Some(State::Indeterminate),
            Some(Halt::AfterRecord) => booked.is_some() && known.is_some_and(|state| state != State::Indeterminate),
        };
        assert!(as_meant, "{target}: the ledger has {booked:?}, the journal {known:?}");
        all.extend(new.iter().cloned());
        before = new;
    }
    Process::start(&orders(&bank, &file, all)).finish();
    let step = halt.map_or("AfterBytes".into(), |halt| format!("{halt:?}"));
    judge(&step, &bank, &wait(resolve(&client)), KILLS);
}

fn random() {
    let seed = std::env::var("EKO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("EKO_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (bank, file) = (Bank::open(), File::new("random"));
    let references: Vec<_> = (0..200).map(|number| format!("R{number}")).collect();
    for life in 1..=KILLS {
        // Each life (one run of a process) adds ten debits, and sends those of all earlier lives once more.
        let mut process =
            Process::start(&Orders { gate: true, ..orders(&bank, &file, references[..life * 10].to_vec()) });
        process.wait_for("ready");
        process.go();
        std::thread::sleep(Duration::from_micros(random.u64(0..60_000)));
        process.kill();
    }
    Process::start(&orders(&bank, &file, references.clone())).finish();
    let entries = wait(resolve(&client(&bank, &file.0, SHORT)));
    assert_eq!(entries.len(), references.len(), "every reference is accounted for");
    judge("Random", &bank, &entries, KILLS);
}

/// Number of lives (runs of a process) in each world; `npm run test:wide` sets more.
const LIVES: usize = 8;

/// Runs worlds in which the bank loses answers, forgets, books late and refuses, while processes meet every fate, with debits and refunds.
fn every_fate() {
    let given = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seed = given("EKO_SEED").unwrap_or_else(|| fastrand::u64(..));
    let (lives, worlds) =
        (given("EKO_KILL_LIVES").map_or(LIVES, |lives| lives as usize), given("EKO_KILL_WORLDS").unwrap_or(1));
    println!("EKO_SEED={seed}");
    let fates = [
        Fate::Killed,
        Fate::Frozen,
        Fate::FullDisk,
        Fate::Restored { mark: true },
        Fate::Restored { mark: false },
        Fate::HalfRestored,
    ];
    let mut all = Total::default();
    for round in 0..worlds {
        let worlds: Vec<_> = fates
            .into_iter()
            .enumerate()
            .map(|(number, fate)| {
                let seed = seed.wrapping_add(round * 1_000 + number as u64);
                std::thread::spawn(move || World::live(fate, number, seed, lives))
            })
            .collect();
        worlds.into_iter().for_each(|world| all.add(&world.join().expect("a world has come to its end")));
    }
    all.judge(worlds as usize * fates.len(), lives);
}

fn two_processes() {
    let (bank, file) = (Bank::open(), File::new("two"));
    let references: Vec<_> = (0..100).map(|number| format!("T{number}")).collect();
    let orders = Orders { gate: true, ..orders(&bank, &file, references.clone()) };
    let mut pair = [Process::start(&orders), Process::start(&orders)];
    pair.iter().for_each(|process| drop(process.wait_for("ready")));
    pair.iter_mut().for_each(Process::go);
    let said: Vec<Said> = pair.into_iter().flat_map(Process::finish).collect();
    let refused = said.iter().filter(|said| said.code == "reference_used").count();
    assert_eq!((said.len(), refused), (200, 100), "of each reference one is sent and one is refused");
    let entries = wait(resolve(&client(&bank, &file.0, SHORT)));
    assert_eq!(bank.bookings().len(), 100);
    judge("Two processes", &bank, &entries, 0);
}

fn full_disk() {
    let (bank, file) = (Bank::open(), File::new("full"));
    let references: Vec<_> = (0..60).map(|number| format!("F{number}")).collect();
    let orders = Orders { at_once: 1, ..orders(&bank, &file, references) };
    let said = Process::start_limited(&orders, 400).finish();
    let unsent: Vec<_> =
        said.iter().filter(|said| said.outcome == "notSent" && said.code == "journal.unavailable").collect();
    assert!(unsent.len() > 5 && unsent.len() < 60, "some fit, some do not: {said:?}");
    unsent
        .iter()
        .for_each(|said| assert!(bank.booking(&said.reference).is_none(), "{} left without a journal", said.brief()));
    // Now the disk has room again: a debit that was not sent can be sent, once.
    Process::start(&orders).finish();
    let entries = wait(resolve(&client(&bank, &file.0, SHORT)));
    assert_eq!(entries.len(), 60);
    println!("Full disk: {} debits fitted, {} were refused a place and not sent", 60 - unsent.len(), unsent.len());
    judge("Full disk", &bank, &entries, 0);
}

fn briefly(said: &[Said]) -> Vec<String> {
    said.iter().map(Said::brief).collect()
}

/// A debit is frozen between reservation and sending, given up, replaced, and thawed. Then another is frozen while its answer waits.
fn frozen() {
    let (bank, file) = (Bank::open(), File::new("frozen"));
    let silence_ms = 800;
    let client = client(&bank, &file.0, silence_ms);
    let debit = |reference: &str, retry_of: Option<&str>| {
        let mut options = DebitOptions::default();
        options.retry_of = retry_of.map(str::to_owned);
        wait(client.debit_by_name("dmt.transfer", &child::params(reference), options))
    };
    // A booked debit, with which rounds compare the debits that are not found.
    assert_eq!(debit("Z1", None).unwrap().outcome, State::Settled);
    let reference = "Z7".to_owned();
    let halt = Some((Halt::AfterReserve, reference.clone()));
    let mut process = Process::start(&Orders { halt, silence_ms, ..orders(&bank, &file, vec![reference.clone()]) });
    process.wait_for("at");
    process.freeze();
    let given_up = wait(resolve(&client))[&reference].clone();
    assert_eq!((given_up.outcome, given_up.reusable, given_up.spent), (State::NotSent, false, true));
    let third = debit(&reference, None).unwrap_err();
    assert_eq!(third.code(), eko_eps::Code::ReferenceUsed);
    // The last digit 8 makes the bank answer "pending".
    let again = debit("Z8", Some(&reference)).unwrap();
    assert_eq!(again.outcome, State::Pending);
    process.go();
    process.thaw();
    let said = process.finish();
    assert_eq!(briefly(&said), [format!("{reference} notSent timeout.deadline")]);
    assert!(!said[0].reusable);
    let known = wait(entries(&client)).remove(&reference).unwrap();
    assert_eq!((known.outcome, known.reusable, known.tid), (State::NotSent, false, None), "given up all the same");
    assert!(bank.booking(&reference).is_none(), "what was given up has left");
    judge("Frozen before sending", &bank, &wait(resolve(&client)), 0);

    // The answer arrives while the process is frozen, and the deadline passes. The answer is there, so it counts.
    let (bank, file) = (Bank::open(), File::new("frozen-answer"));
    let deadline = Duration::from_millis(1_500);
    bank.hold("Y1");
    let deadline_ms = deadline.as_millis() as u64;
    let process = Process::start(&Orders { deadline_ms, ..orders(&bank, &file, vec!["Y1".into()]) });
    assert_eq!(bank.arrivals.recv_timeout(Duration::from_secs(40)).unwrap(), "Y1");
    process.freeze();
    bank.release("Y1");
    // A real sleep: this test is about time itself.
    std::thread::sleep(deadline + Duration::from_millis(200));
    process.thaw();
    assert_eq!(briefly(&process.finish()), ["Y1 settled"]);
}
