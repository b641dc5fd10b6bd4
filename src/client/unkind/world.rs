//! State that all processes of a schedule share: EPS's books (its record of bookings), the journal, the time, and the judge (which collects
//! wrong reports of the client).

use super::books::Books;
use super::judge::UnkindJudge;
use super::plan::{Fate, UnkindPlan};
use super::process::Life;
use crate::client::simulation::rows::Rows;
use crate::money::StoreFailure;
use crate::mutex::lock;
use fastrand::Rng;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

pub(super) struct UnkindWorld {
    pub(super) plan: UnkindPlan,
    begun: Instant,
    pub(super) epoch_ms: u64,
    pub(super) books: Mutex<Books>,
    pub(super) rng: Mutex<Rng>,
    pub(super) journal: Mutex<KeptJournal>,
    pub(super) judge: Mutex<UnkindJudge>,
    pub(super) lives: Mutex<Vec<Arc<Life>>>,
    /// Indexes of the planned debit requests that a process has started.
    pub(super) asked: Mutex<BTreeSet<usize>>,
    /// Indexes of the debits that the application has replaced by a debit with a new reference.
    pub(super) replaced: Mutex<BTreeSet<usize>>,
}

/// Journal that all processes share, with its backup and its state after a restore.
#[derive(Default)]
pub(super) struct KeptJournal {
    pub(super) rows: Rows,
    backup: Option<Rows>,
    /// True from the restore of a backup until a person declares the restore.
    behind: bool,
    declared: Option<Instant>,
}

const DAY: Duration = Duration::from_secs(86_400);

impl UnkindWorld {
    pub(super) fn new(plan: UnkindPlan) -> Self {
        let seed = plan.seed;
        Self {
            plan,
            begun: Instant::now(),
            epoch_ms: 1_700_000_000_000,
            books: Mutex::new(Books::new()),
            rng: Mutex::new(Rng::with_seed(seed ^ 0x9E37_79B9_7F4A_7C15)),
            journal: Mutex::default(),
            judge: Mutex::default(),
            lives: Mutex::default(),
            asked: Mutex::default(),
            replaced: Mutex::default(),
        }
    }

    /// Returns the milliseconds since the start of the schedule.
    pub(super) fn since_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap()
    }

    /// Returns the time of EPS's clock, which is always right.
    pub(super) fn eps_ms(&self) -> u64 {
        self.epoch_ms + self.since_ms()
    }

    pub(super) fn is_kind(&self) -> bool {
        self.since_ms() >= self.plan.kind_from_ms
    }

    pub(super) async fn until(&self, ms: u64) {
        tokio::time::sleep_until(self.begun + Duration::from_millis(ms)).await;
    }

    /// Returns true if the journal records that an answer of EPS has named this debit.
    pub(super) fn is_named(&self, reference: &str) -> bool {
        let journal = lock(&self.journal);
        let row = journal.rows.get(&format!("{}:{reference}", super::OP));
        row.is_some_and(|row| row.entry.contains(r#""tid":"#) || row.entry.contains(r#""seen":true"#))
    }

    /// Returns the current fault of the journal, if there is one. The flag is true if the journal executes the operation despite the fault.
    pub(super) fn journal_fails(&self) -> Option<(StoreFailure, bool)> {
        let now = self.since_ms();
        let journal = if self.is_kind() { Fate::Stands } else { self.plan.journal };
        match journal {
            Fate::Replaced { from_ms, to_ms } if (from_ms..to_ms).contains(&now) => {
                Some((StoreFailure::Unusable, false))
            }
            Fate::Fails { from_ms, to_ms } if (from_ms..to_ms).contains(&now) => {
                Some((StoreFailure::Unavailable, lock(&self.rng).bool()))
            }
            Fate::Replaced { .. } | Fate::Fails { .. } | Fate::Stands | Fate::Restored { .. } => {
                lock(&self.journal).behind.then_some((StoreFailure::Behind, false))
            }
        }
    }

    pub(super) fn back_up(&self) {
        let mut journal = lock(&self.journal);
        journal.backup = Some(journal.rows.clone());
    }

    /// Stops all processes, as an operator does before a restore. The processes restart after a pause.
    pub(super) fn halt(&self) {
        lock(&self.lives).drain(..).for_each(|life| life.die());
    }

    pub(super) fn restore(&self) {
        let mut journal = lock(&self.journal);
        journal.rows = journal.backup.take().unwrap();
        journal.behind = true;
        lock(&self.judge).journal_was_restored();
    }

    pub(super) fn declare_restored(&self) {
        let mut journal = lock(&self.journal);
        journal.behind = false;
        journal.declared = Some(Instant::now());
    }

    pub(super) fn restored_lately(&self) -> bool {
        lock(&self.journal).declared.is_some_and(|declared| declared.elapsed() < DAY)
    }
}
