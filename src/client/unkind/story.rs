//! Runs one schedule, from the first debit to the final state of each debit.

use super::books::KNOWN;
use super::disk::UnkindDisk;
use super::plan::{Ask, Fate, LifePlan as Planned, MINUTE_MS, SECOND_MS, UnkindPlan};
use super::process::Life;
use super::wire::UnkindDialer;
use super::world::UnkindWorld;
use super::{OP, REFUND};
use crate::Client;
use crate::call::Env;
use crate::error::Code;
use crate::money::{DebitOptions, JournalConfig, JournalEntry, Schedule, State};
use crate::mutex::lock;
use crate::{CancellationToken, Config};
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Number of events of each kind in a schedule.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    booked: usize,
    /// Number of times that the client or the journal reported the state of a debit. A debit may be reported several times.
    told: usize,
    spent: usize,
    settled: usize,
    refunded: usize,
    deaths: usize,
    restored: usize,
    /// Number of debits that were refused because the journal had a fault.
    refused: usize,
    /// Number of debits that are still open at the end, so that a person must end them.
    open: usize,
}

impl Tally {
    fn of(booked: usize, trail: &[String]) -> Self {
        let count = |words: &str| trail.iter().filter(|line| line.contains(words)).count();
        Self {
            booked,
            told: count(" says "),
            spent: count("NotSent, reusable: false"),
            settled: count("is Settled"),
            refunded: count("is Refunded"),
            deaths: count(" dies"),
            restored: count("a backup of the journal"),
            refused: count("[journal."),
            open: count(" stays open"),
        }
    }

    /// Returns true if every kind of event except `open` has occurred.
    pub(super) fn is_full(&self) -> bool {
        let Self { booked, told, spent, settled, refunded, deaths, restored, refused, open: _ } = *self;
        [booked, told, spent, settled, refunded, deaths, restored, refused].into_iter().all(|count| count > 0)
    }
}

impl std::ops::Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            booked: self.booked + other.booked,
            told: self.told + other.told,
            spent: self.spent + other.spent,
            settled: self.settled + other.settled,
            refunded: self.refunded + other.refunded,
            deaths: self.deaths + other.deaths,
            restored: self.restored + other.restored,
            refused: self.refused + other.refused,
            open: self.open + other.open,
        }
    }
}

/// Time in milliseconds from the restore of a backup until a person declares the restore. Within this time, every earlier request arrives
/// or is lost.
const DECLARED_MS: u64 = 4 * MINUTE_MS;
/// Maximum number of resolver runs after the last fault. The runs cover a week, because a debit that ended as not found is asked about for
/// a week.
const LAST_TURNS: u64 = 60;
/// Shortest time in milliseconds between two resolver runs after the last fault.
const TURN_MS: u64 = 20 * MINUTE_MS;

/// Runs a schedule and counts its events.
///
/// # Errors
/// The wrong reports and the log of all reports.
pub(super) async fn run(plan: UnkindPlan) -> Result<Tally, String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schedule = NEXT.fetch_add(1, Ordering::Relaxed);
    let story = Story { world: Arc::new(UnkindWorld::new(plan)), schedule };
    let processes = (0..story.world.plan.processes.len()).map(|index| story.process(index));
    tokio::join!(join_all(processes), story.journal());
    story.end().await;
    let (judge, books) = (lock(&story.world.judge), lock(&story.world.books));
    if judge.faults.is_empty() {
        return Ok(Tally::of(books.booked.len() - 1, &judge.trail));
    }
    Err(format!("{}\n{}\n{:#?}", judge.faults.join("\n"), judge.trail.join("\n"), story.world.plan))
}

struct Story {
    world: Arc<UnkindWorld>,
    schedule: u32,
}

impl Story {
    fn client(&self, life: &Arc<Life>, index: usize) -> Client {
        // Each process has its own developer key, so that it has a separate clock and does not see the timestamps of other processes. The
        // simulated EPS does not check the key.
        let developer_key = format!("unkind{:06}{index}", self.schedule);
        let mut config = Config::new(developer_key, "simulated").initiator_id("9962981729").user_code("20810200");
        let clock = Arc::clone(life);
        config.env = Env {
            now_ms: Arc::new(move || clock.now_ms()),
            random: Arc::new(|| u32::MAX / 2),
            dial: Some(Arc::new(UnkindDialer(Arc::clone(life)))),
            without: None,
        };
        // Ends debits as the default schedule does, but with more time between inquiries.
        let schedule = Schedule { minutely_until_ms: 0, slow_ms: 6 * MINUTE_MS, ..Schedule::default() };
        let config = config.schedule(schedule).known_reference(OP, KNOWN);
        let config = config.base_url("http://127.0.0.1:1/ekoapi/v3");
        Client::new(config.journal(JournalConfig::Store(Arc::new(UnkindDisk(Arc::clone(life)))))).unwrap()
    }

    /// Runs a process, and restarts it after each crash until no more faults are injected.
    async fn process(&self, index: usize) {
        let world = &self.world;
        let mut planned = world.plan.processes[index].lives.clone().into_iter();
        while !world.is_kind() {
            let life = Life::new(Arc::clone(world), index, planned.next().unwrap_or_default());
            lock(&world.lives).push(Arc::clone(&life));
            let client = self.client(&life, index);
            tokio::select! {
                biased;
                () = life.death() => world.note(format!("process {index} dies")),
                _ = async { tokio::join!(self.resolves(&client), self.asks(&client, index)) } => {}
                () = world.until(world.plan.kind_from_ms) => {}
            }
            life.die();
            // Waits before the process restarts.
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }

    async fn resolves(&self, client: &Client) {
        let mut wait = 10 * SECOND_MS;
        loop {
            if let Ok(entries) = client.resolve_due().await {
                entries.iter().for_each(|entry| self.world.hear_entry(entry));
            }
            tokio::time::sleep(Duration::from_millis(wait)).await;
            wait = (wait * 2).min(3 * MINUTE_MS);
        }
    }

    async fn asks(&self, client: &Client, index: usize) {
        let mine = self.world.plan.asks.iter().enumerate().filter(|(_, ask)| ask.process == index);
        join_all(mine.map(|(number, ask)| self.ask(client, number, ask))).await;
    }

    async fn ask(&self, client: &Client, number: usize, ask: &Ask) {
        self.world.until(ask.at_ms).await;
        // Does not repeat a request that was started before the process crashed.
        if !lock(&self.world.asked).insert(number) {
            return;
        }
        let old = format!("R{}", ask.debit);
        if ask.replaces && self.world.is_spent(&old) {
            // The simulated application remembers which debits it has replaced, so that it replaces a debit only once.
            if lock(&self.world.replaced).insert(ask.debit) {
                self.debit(client, &format!("N{}", ask.debit), Some(old), ask.aborts_after).await;
            }
            return;
        }
        if let Some(tid) = self.world.due_refund(&old).filter(|_| ask.replaces) {
            return self.refund(client, &tid, ask.aborts_after).await;
        }
        self.debit(client, &old, None, ask.aborts_after).await;
    }

    /// Requests a refund. The reference of a refund is the transaction id of its debit, so a retry names its own reference as `retry_of`.
    async fn refund(&self, client: &Client, tid: &str, aborts_after: Option<Duration>) {
        let retry_of = self.world.is_spent(tid).then(|| tid.to_owned());
        let params = format!(r#"{{"tid":"{tid}","otp":"004217","otpRefId":"x"}}"#);
        self.send(client, (REFUND, tid), &params, retry_of, aborts_after).await;
    }

    async fn debit(&self, client: &Client, reference: &str, retry_of: Option<String>, aborts_after: Option<Duration>) {
        let params = format!(
            r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"{reference}"}}"#
        );
        self.send(client, (OP, reference), &params, retry_of, aborts_after).await;
    }

    async fn send(
        &self,
        client: &Client,
        (op, reference): (&str, &str),
        params: &str,
        retry_of: Option<String>,
        aborts_after: Option<Duration>,
    ) {
        let abort = CancellationToken::new();
        let options = DebitOptions { abort: Some(abort.clone()), retry_of, ..DebitOptions::default() };
        let aborting = async {
            match aborts_after {
                Some(after) => tokio::time::sleep(after).await,
                None => std::future::pending().await,
            }
            abort.cancel();
            std::future::pending::<()>().await;
        };
        self.world.note(format!("somebody asks for {reference}"));
        tokio::select! {
            biased;
            result = client.debit_by_name(op, params, options) => match result {
                Ok(told) => self.world.hear_outcome(&told),
                Err(error) => {
                    let code = error.code();
                    self.world.note(format!("{reference} is refused: {error}"));
                    let journal = matches!(code, Code::JournalUnavailable | Code::JournalBehind | Code::JournalUnusable);
                    let known = matches!(code, Code::ReferenceUsed | Code::Aborted | Code::InvalidParams) || journal;
                    if code == Code::JournalBehind {
                        lock(&self.world.judge).refused.insert(reference.to_owned());
                    }
                    if !known {
                        lock(&self.world.judge).faults.push(format!("{reference}: {error}"));
                    }
                }
            },
            () = aborting => {}
        }
    }

    /// Takes a backup of the journal and restores it later, if the plan contains that.
    async fn journal(&self) {
        let Fate::Restored { backup_ms, at_ms } = self.world.plan.journal else { return };
        let world = &self.world;
        world.until(backup_ms).await;
        world.back_up();
        world.until(at_ms).await;
        world.halt();
        world.restore();
        world.note("a backup of the journal is put back".into());
        tokio::time::sleep(Duration::from_millis(DECLARED_MS)).await;
        world.declare_restored();
    }

    /// Runs the end of the schedule, without faults. Every debit is sent once more, and the resolver runs until no debit is open.
    async fn end(&self) {
        tokio::time::sleep(Duration::from_millis(DECLARED_MS)).await;
        let world = &self.world;
        world.declare_restored();
        let index = world.plan.processes.len() - 1;
        let life = Life::new(Arc::clone(world), index, Planned::default());
        let client = self.client(&life, index);
        world.note("no more faults are injected".into());
        for number in 0..world.plan.conducts.len() {
            self.debit(&client, &format!("R{number}"), None, None).await;
        }
        let mut entries = Vec::new();
        for turn in 1..=LAST_TURNS {
            let resolved = client.resolve_due().await.unwrap();
            resolved.iter().for_each(|entry| world.hear_entry(entry));
            entries = client.unresolved(None, 100).await.unwrap().items;
            entries.iter().for_each(|entry| world.hear_entry(entry));
            for number in 0..world.plan.conducts.len() {
                // A refund that is due is requested once more, unless one is in progress.
                let due = ["R", "N"].map(|kind| world.due_refund(&format!("{kind}{number}")));
                for tid in due.into_iter().flatten().filter(|tid| is_due(&entries, tid)) {
                    self.refund(&client, &tid, None).await;
                }
            }
            if self.is_over(&entries) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(TURN_MS * (turn / 4).clamp(1, 18))).await;
        }
        let alarms = client.alarms(None, 100).await.unwrap().items;
        let alarms: Vec<_> = alarms.into_iter().map(|alarm| alarm.reason).collect();
        for entry in entries.iter().filter(|entry| !entry.outcome.is_final()) {
            world.note(format!("{} stays open", entry.reference));
        }
        world.judge_end(&entries, &alarms);
        world.halt();
        life.die();
    }

    /// Returns true if no entry is open, and EPS has not booked and can no longer book a debit whose reference is spent.
    fn is_over(&self, entries: &[JournalEntry]) -> bool {
        let books = lock(&self.world.books);
        let ended =
            |entry: &JournalEntry| entry.outcome.is_final() && !(entry.spent && books.may_have(&entry.reference));
        entries.iter().all(ended)
    }
}

/// Returns true if a refund of this transaction may be requested: the debit waits for a refund, and no refund is open.
fn is_due(entries: &[JournalEntry], tid: &str) -> bool {
    let waits = |entry: &JournalEntry| entry.op == OP && entry.outcome == State::RefundPending;
    let open = |entry: &JournalEntry| entry.op == REFUND && !entry.outcome.is_final();
    let of = |entry: &&JournalEntry| entry.tid.as_deref() == Some(tid) || entry.reference == tid;
    entries.iter().filter(of).any(waits) && !entries.iter().filter(of).any(open)
}
