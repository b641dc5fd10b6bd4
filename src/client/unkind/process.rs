//! One life of a process: its clock, where it stands still, and where it ends.

use super::plan::{Life as Planned, Process};
use super::world::World;
use crate::clock::lock;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::time::Instant;

pub(super) struct Life {
    pub(super) world: Arc<World>,
    process: Process,
    planned: Planned,
    state: Mutex<State>,
    died: Notify,
}

#[derive(Default)]
struct State {
    steps: u32,
    dead: bool,
    thaws: Option<Instant>,
}

/// What a step finds.
pub(super) enum Step {
    Goes,
    Frozen(Instant),
    Dead,
}

impl Life {
    pub(super) fn new(world: Arc<World>, process: usize, planned: Planned) -> Arc<Self> {
        let process = world.plan.processes[process].clone();
        Arc::new(Self { world, process, planned, state: Mutex::default(), died: Notify::new() })
    }

    /// The machine's clock.
    pub(super) fn now_ms(&self) -> u64 {
        let since = i64::try_from(self.world.since_ms()).unwrap();
        let set = self.process.set.filter(|(at, _)| self.world.since_ms() >= *at).map_or(0, |(_, by)| by);
        let off = self.process.skew_ms + since / 1_000 * self.process.drift_ppm / 1_000 + set;
        self.world.eps_ms().checked_add_signed(off).unwrap()
    }

    /// A turn of the journal or the network, at which it may stand still or end.
    pub(super) fn turn(&self) -> Step {
        let mut state = lock(&self.state);
        state.steps += 1;
        if !self.world.is_kind() {
            if self.planned.dies_at == Some(state.steps) {
                drop(state);
                self.die();
                return Step::Dead;
            }
            if let Some((_, long)) = self.planned.freezes_at.filter(|(at, _)| *at == state.steps) {
                state.thaws = Some(Instant::now() + long);
            }
        }
        match state.thaws {
            _ if state.dead => Step::Dead,
            Some(thaws) if thaws > Instant::now() => Step::Frozen(thaws),
            Some(_) | None => Step::Goes,
        }
    }

    pub(super) async fn step(&self) {
        match self.turn() {
            Step::Goes => {}
            Step::Frozen(thaws) => {
                tokio::time::sleep_until(thaws).await;
                if lock(&self.state).dead {
                    std::future::pending::<()>().await;
                }
            }
            Step::Dead => std::future::pending().await,
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
