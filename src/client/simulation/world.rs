//! State that the simulated client, bank and disk share.

use super::bank::SimLedger;
use super::plan::{SimLine, SimPlan};
use crate::call::Rule;
use crate::mutex::lock;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Start time of the next simulation, in milliseconds since 1970. Two simulated runs never share a millisecond, because two real runs in
/// one process never do.
static EPOCH_MS: AtomicU64 = AtomicU64::new(1_700_000_000_000);

pub(super) struct SimWorld {
    pub(super) without: Option<Rule>,
    begun: Instant,
    epoch_ms: u64,
    state: Mutex<SimState>,
    died: Notify,
}

struct SimState {
    plan: SimPlan,
    lines: VecDeque<SimLine>,
    steps: u32,
    dead: bool,
    ledger: SimLedger,
    /// True if the disk holds a debit row whose reference must not be used again (`"reusable":false`).
    intent_durable: bool,
    /// True if the first byte of a debit was sent before its journal row was on the disk.
    left_early: bool,
}

impl SimWorld {
    pub(super) fn new(without: Option<Rule>) -> Self {
        let plan = SimPlan {
            bank: super::plan::BankConduct::Settles,
            lines: Vec::new(),
            hidden: Duration::ZERO,
            crash_at: None,
            abort_after: None,
        };
        let state = SimState {
            plan,
            lines: VecDeque::new(),
            steps: 0,
            dead: false,
            ledger: SimLedger::new(0),
            intent_durable: false,
            left_early: false,
        };
        let epoch_ms = EPOCH_MS.load(Ordering::Relaxed);
        Self { without, begun: Instant::now(), epoch_ms, state: Mutex::new(state), died: Notify::new() }
    }

    pub(super) fn begin(&self, plan: &SimPlan) {
        let now_ms = self.now_ms();
        let mut state = lock(&self.state);
        state.lines = plan.lines.iter().copied().collect();
        state.plan = plan.clone();
        state.steps = 0;
        state.dead = false;
        state.ledger = SimLedger::new(now_ms);
        state.intent_durable = false;
        state.left_early = false;
    }

    /// Changes the behaviour of the bank for all later requests.
    pub(super) fn change_bank(&self, bank: super::plan::BankConduct) {
        lock(&self.state).plan.bank = bank;
    }

    /// Restarts the process, and removes all planned faults.
    pub(super) fn restart(&self) {
        let mut state = lock(&self.state);
        state.plan.crash_at = None;
        state.dead = false;
        state.lines.clear();
    }

    pub(super) fn now_ms(&self) -> u64 {
        let now = self.epoch_ms + u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        EPOCH_MS.fetch_max(now + 1, Ordering::Relaxed);
        now
    }

    /// Counts a step. Returns true if the process has crashed, at this step or earlier.
    pub(super) fn dies(&self) -> bool {
        let mut state = lock(&self.state);
        if !state.dead && state.plan.crash_at == Some(state.steps) {
            state.dead = true;
            self.died.notify_one();
        }
        state.steps += 1;
        state.dead
    }

    /// Counts a step. Never returns if the process has crashed, at this step or earlier.
    pub(super) async fn step(&self) {
        if self.dies() {
            std::future::pending::<()>().await;
        }
    }

    pub(super) async fn death(&self) {
        self.died.notified().await;
    }

    pub(super) fn steps(&self) -> u32 {
        lock(&self.state).steps
    }

    pub(super) fn next_line(&self) -> SimLine {
        lock(&self.state).lines.pop_front().unwrap_or(SimLine::GOOD)
    }

    /// Returns true if the disk syncs rows before it reports them as written.
    pub(super) fn syncs(&self) -> bool {
        self.without != Some(Rule::Sync)
    }

    /// Returns the bank's answer, and the bytes, if any, that the bank sends after the answer without another request. Returns `None` if
    /// the request is not complete.
    pub(super) fn bank(&self, bytes: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        let now = self.now_ms();
        let mut state = lock(&self.state);
        let (bank, hidden) = (state.plan.bank, u64::try_from(state.plan.hidden.as_millis()).unwrap_or(0));
        let answer = state.ledger.handle(bytes, bank, hidden, now)?;
        let again = (bank == super::plan::BankConduct::SettlesAndRepeats).then(|| answer.clone());
        Some((answer, again))
    }

    /// Records a sync of the disk. `intent_durable` is true if the disk holds a debit row whose reference must not be used again.
    pub(super) fn synced(&self, intent_durable: bool) {
        lock(&self.state).intent_durable = intent_durable;
    }

    /// Checks the first bytes that the client writes to a connection. Sets `left_early` if they begin a debit whose row is not on the disk
    /// yet.
    pub(super) fn first_bytes(&self, bytes: &[u8]) {
        let mut state = lock(&self.state);
        if bytes.starts_with(b"POST ") && !state.intent_durable {
            state.left_early = true;
        }
    }

    pub(super) fn left_early(&self) -> bool {
        lock(&self.state).left_early
    }

    pub(super) fn with_ledger<T>(&self, look: impl FnOnce(&SimLedger) -> T) -> T {
        look(&lock(&self.state).ledger)
    }
}
