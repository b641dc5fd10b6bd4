//! One run of a simulated process, from its start to its crash, with its clock and the steps at which it is suspended.

use super::plan::{LifePlan as Planned, ProcessPlan};
use super::world::UnkindWorld;
use crate::mutex::lock;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::time::Instant;

pub(super) struct Life {
    pub(super) world: Arc<UnkindWorld>,
    process: ProcessPlan,
    planned: Planned,
    state: Mutex<LifeState>,
    died: Notify,
}

#[derive(Default)]
struct LifeState {
    steps: u32,
    dead: bool,
    thaws: Option<Instant>,
}

/// State of a simulated process at a step.
pub(super) enum Turn {
    Goes,
    Frozen(Instant),
    Dead,
}

impl Life {
    pub(super) fn new(world: Arc<UnkindWorld>, process: usize, planned: Planned) -> Arc<Self> {
        let process = world.plan.processes[process].clone();
        Arc::new(Self { world, process, planned, state: Mutex::default(), died: Notify::new() })
    }

    /// Returns the time of the process's clock, which may be wrong.
    pub(super) fn now_ms(&self) -> u64 {
        let since = i64::try_from(self.world.since_ms()).unwrap();
        let set = self.process.set.filter(|(at, _)| self.world.since_ms() >= *at).map_or(0, |(_, by)| by);
        let off = self.process.skew_ms + since / 1_000 * self.process.drift_ppm / 1_000 + set;
        self.world.eps_ms().checked_add_signed(off).unwrap()
    }

    /// Counts an operation of the journal or the network as a step. The process may crash or be suspended at a step.
    pub(super) fn turn(&self) -> Turn {
        let mut state = lock(&self.state);
        state.steps += 1;
        if !self.world.is_kind() {
            if self.planned.dies_at == Some(state.steps) {
                drop(state);
                self.die();
                return Turn::Dead;
            }
            if let Some((_, long)) = self.planned.freezes_at.filter(|(at, _)| *at == state.steps) {
                state.thaws = Some(Instant::now() + long);
            }
        }
        match state.thaws {
            _ if state.dead => Turn::Dead,
            Some(thaws) if thaws > Instant::now() => Turn::Frozen(thaws),
            Some(_) | None => Turn::Goes,
        }
    }

    pub(super) async fn step(&self) {
        match self.turn() {
            Turn::Goes => {}
            Turn::Frozen(thaws) => {
                tokio::time::sleep_until(thaws).await;
                if lock(&self.state).dead {
                    std::future::pending::<()>().await;
                }
            }
            Turn::Dead => std::future::pending().await,
        }
    }

    pub(super) fn die(&self) {
        lock(&self.state).dead = true;
        self.died.notify_one();
    }

    pub(super) async fn death(&self) {
        self.died.notified().await;
    }
}
