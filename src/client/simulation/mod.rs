//! Debits under every fault at every byte and step, on a clock, a network and a disk of our own; the bank's ledger is the judge.
//!
//! `cargo test simulation` runs a bounded part; `EKO_SIMULATION=1000000 cargo test --profile quick --lib simulation` the whole.
//! A failing schedule prints its seed and plan; `EKO_SEED=… cargo test simulation` replays it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::wildcard_enum_match_arm, reason = "most banks and states are usual")]

mod bank;
mod disk;
mod line;
mod plan;
pub(super) mod rows;
mod schedules;
mod tests;
mod world;

use super::{Abort, Client, Config};
use crate::call::{Env, Rule};
use crate::error::Code;
use crate::money::{DebitKey, DebitOptions, Entry, JournalConfig, MoneyOutcome, Schedule, State, Why};
use disk::SimDisk;
use line::SimDialer;
use plan::{BankConduct, SimPlan};
use schedules::plan;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use world::SimWorld;

const MINUTE: Duration = Duration::from_secs(60);

struct Simulation {
    shared: Arc<SimWorld>,
    disk: Arc<SimDisk>,
    client: Client,
    next: u32,
}

impl Simulation {
    fn new(without: Option<Rule>) -> Self {
        Self::with(without, Schedule::default())
    }

    fn with(without: Option<Rule>, schedule: Schedule) -> Self {
        let shared = Arc::new(SimWorld::new(without));
        let disk = Arc::new(SimDisk::new(shared.clone()));
        let time = shared.clone();
        // Stamps, offset and retry budget belong to the process by developer key: simulations beside this one have others.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let developer_key = format!("sim{:06}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut config = Config::new(developer_key, "simulated").initiator_id("9962981729").user_code("20810200");
        config.env = Env {
            now_ms: Arc::new(move || time.now_ms()),
            random: Arc::new(|| u32::MAX / 2),
            dial: Some(Arc::new(SimDialer(shared.clone()))),
            without,
        };
        let config = config.schedule(schedule).known_reference(OP, bank::KNOWN);
        let config =
            config.base_url("http://127.0.0.1:1/ekoapi/v3").journal(JournalConfig::Store(Arc::new(disk.clone())));
        Self { shared, disk, client: Client::new(config).unwrap(), next: 0 }
    }

    /// One schedule: a debit, perhaps a crash, the same debit again as a careless caller would, then the resolver until all is said.
    async fn run(&mut self, plan: &SimPlan) -> Result<(), String> {
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
        let entry = self.resolve(&reference, plan.bank).await?;
        let entry = self.after_silence(&reference, entry).await?;
        self.judge(&reference, entry.as_ref(), plan.bank)?;
        self.listed(&reference, entry.as_ref()).await?;
        // What was left to be done behind a caller's back is done before the next bank opens.
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(())
    }

    /// A second debit right after one whose connection still brings bytes; it is declined.
    async fn run_after_another(&mut self) -> Result<(), String> {
        self.shared.begin(&plan(BankConduct::SettlesAndRepeats, vec![]));
        self.disk.wipe();
        self.debit("FIRST", None).await?;
        self.shared.change_bank(BankConduct::DeclinesTersely);
        self.debit("SECOND", None).await?;
        let entry = self.resolve("SECOND", BankConduct::DeclinesTersely).await?;
        self.judge("SECOND", entry.as_ref(), BankConduct::DeclinesTersely)
    }

    /// # Errors
    /// If what its caller is told is not what the bank has.
    async fn debit(&self, reference: &str, abort_after: Option<Duration>) -> Result<(), String> {
        let params = format!(
            r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"{reference}"}}"#
        );
        let abort = Abort::new();
        let options = DebitOptions { abort: Some(abort.clone()), ..DebitOptions::default() };
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
            result = self.client.debit(OP, &params, options) => match result {
                Ok(answer) => self.hold(reference, &answer),
                Err(error) => {
                    // Nothing else keeps a debit from having an outcome, and this tells its caller to ask about the reference.
                    let aborted = error.code() == Code::Aborted && abort_after.is_some();
                    assert!(aborted || error.code() == Code::ReferenceUsed, "{error}");
                    Ok(())
                }
            },
            () = aborting => Ok(()),
        }
    }

    fn booked(&self, reference: &str) -> Option<u8> {
        let now = self.shared.now_ms();
        self.shared.with_ledger(|ledger| ledger.booked.get(reference).map(|booking| booking.state(now)))
    }

    /// What a caller is told against what the bank has at that moment; of what is open it may say nothing.
    fn hold(&self, reference: &str, answer: &MoneyOutcome) -> Result<(), String> {
        let booked = self.booked(reference);
        let open = matches!(answer.outcome, State::Indeterminate);
        if open || agree(answer.outcome, answer.reusable, booked) {
            return Ok(());
        }
        Err(format!("the caller is told {:?}, the ledger says {booked:?}", answer.outcome))
    }

    /// Asks as its schedule says; whatever the journal says in between must be so.
    async fn resolve(&self, reference: &str, bank: BankConduct) -> Result<Option<Entry>, String> {
        // Those that never say anything are not waited for.
        let minutes = if matches!(bank, BankConduct::RefusesInquiries | BankConduct::Swallows) { 60 } else { 180 };
        for _ in 0..minutes {
            self.client.resolve_due().await.map_err(|error| error.to_string())?;
            let Some(entry) = self.entry(reference).await? else { return Ok(None) };
            let booked = self.booked(reference);
            // What is open is what EPS said when it was asked last. What is booked when silence has ended it is found out later.
            let said = match entry.outcome {
                State::Indeterminate => true,
                State::Pending | State::RefundPending => booked.is_some(),
                _ => agree(entry.outcome, entry.reusable, booked) || bank == BankConduct::BooksLate,
            };
            if !said {
                return Err(format!("the journal says {:?}, the ledger says {booked:?}", entry.outcome));
            }
            if !entry.is_open() {
                return Ok(Some(entry));
            }
            tokio::time::sleep(MINUTE).await;
        }
        self.entry(reference).await
    }

    /// A spent reference is refused, and asked about once more: EPS may know it by then.
    async fn after_silence(&self, reference: &str, entry: Option<Entry>) -> Result<Option<Entry>, String> {
        let Some(entry) = entry.filter(|entry| entry.spent) else { return self.entry(reference).await };
        let (before, attempt) = (self.debits(reference), entry.reservation.clone());
        self.debit(reference, None).await?;
        let now = self.entry(reference).await?;
        if self.debits(reference) != before || now.is_none_or(|now| now.reservation != attempt) {
            return Err("a spent reference was used again".into());
        }
        tokio::time::sleep(61 * MINUTE).await;
        self.client.resolve_due().await.map_err(|error| error.to_string())?;
        self.entry(reference).await
    }

    fn debits(&self, reference: &str) -> u32 {
        self.shared.with_ledger(|ledger| ledger.debits.get(reference).copied().unwrap_or(0))
    }

    async fn entry(&self, reference: &str) -> Result<Option<Entry>, String> {
        let journal = self.client.ledger.opened().await.map_err(|error| error.to_string())?;
        let key = DebitKey { op: OP.into(), reference: reference.into() };
        let known = journal.read(&key).await.map_err(|error| error.to_string())?;
        Ok(known.map(|known| known.entry))
    }

    /// What its owner has not seen is listed, and no longer once it has.
    async fn listed(&self, reference: &str, entry: Option<&Entry>) -> Result<(), String> {
        let Some(entry) = entry else { return Ok(()) };
        for acknowledged in [false, true] {
            let page = self.client.unresolved(None, 100).await.map_err(|error| error.to_string())?;
            let listed = page.items.iter().find(|item| item.reference == reference);
            if listed.is_some() != (entry.is_open() || !acknowledged) {
                return Err(format!("acknowledged: {acknowledged}, listed: {}", listed.is_some()));
            }
            if let Some(listed) = listed {
                let taken = self.client.acknowledge(listed).await.map_err(|error| error.to_string())?;
                assert_eq!(taken, !entry.is_open());
            }
        }
        Ok(())
    }

    fn judge(&self, reference: &str, entry: Option<&Entry>, bank: BankConduct) -> Result<(), String> {
        let (debits, booked) = (self.debits(reference), self.booked(reference));
        if debits > 1 {
            return Err(format!("{debits} complete debits reached the bank"));
        }
        // A disk that lies is caught by what is lost or doubled; that it would be caught here too has a test of its own.
        if self.shared.left_early() && self.shared.without != Some(Rule::Sync) {
            return Err("a debit's first byte left before its intent was durable".into());
        }
        let Some(entry) = entry else {
            return if booked.is_some() {
                Err("the bank has it and the journal does not: lost".into())
            } else {
                Ok(())
            };
        };
        if entry.is_open() {
            let named = match bank {
                BankConduct::RefusesInquiries => entry.why == Some(Why::NoAnswer),
                BankConduct::Swallows => entry.why == Some(Why::Unlike),
                _ => false,
            };
            return if named { Ok(()) } else { Err(format!("it is {:?}, for {:?}", entry.outcome, entry.why)) };
        }
        if agree(entry.outcome, entry.reusable, booked) {
            return Ok(());
        }
        Err(format!("the journal says {:?}, the ledger says {booked:?}", entry.outcome))
    }
}

/// The one call of these schedules.
const OP: &str = "dmt.transfer";

/// Whether a state is the bank's own: its `tx_status`, where it has booked the debit.
fn agree(outcome: State, reusable: bool, booked: Option<u8>) -> bool {
    match (outcome, reusable) {
        (State::Settled, _) => booked == Some(0),
        (State::Declined, false) => booked == Some(1),
        (State::RefundPending, _) => booked == Some(3),
        (State::Refunded, _) => booked == Some(4),
        (State::Declined, true) | (State::NotSent, _) => booked.is_none(),
        (State::Pending, _) => booked.is_some(),
        (State::Indeterminate, _) => false,
    }
}
