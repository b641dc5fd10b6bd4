//! Leases lanes of timestamps for this machine in a store that other machines use too.
//!
//! A lane is a share of the milliseconds that one machine may sign with. A machine holds lanes by a lease: an entry in the table of lanes,
//! which is one row of the store. While no other machine holds a lease, a machine also signs in the lanes that no machine has leased
//! (unleased lanes).

use super::journal::{Journal, LanePlan, LaneTime, Signs, StoreError};
use super::ledger::Ledger;
use crate::clock::{LaneLease, boot_now};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;

/// Interval between two checks of whether this machine holds its share of the lanes.
const LOOK: Duration = Duration::from_secs(1);

/// Safety margin in milliseconds: this machine stops using a lease this much earlier than the lease ends by the store's clock.
const MARGIN_MS: u64 = 2_000;

/// Time in milliseconds for which this machine may use unleased lanes after a check that found no other machine.
const SPARE_MS: u64 = 2_000;

/// Time in milliseconds after which all other machines have read the table of lanes and so know a machine that has just added itself. It is
/// the sum of `SPARE_MS`, of one second by which timestamps in unleased lanes may be ahead of the clock, and of one more second.
const SETTLED_MS: u64 = 4_000;

/// Longest time that a debit waits for the lanes of its machine.
const WAIT: Duration = Duration::from_secs(5);

/// Interval at which a waiting debit checks whether the lanes of its machine can be used already.
const GLANCE: Duration = Duration::from_millis(20);

/// Maximum number of steps in one check of the lanes. One step may not be enough: a machine gives surplus lanes back before it takes
/// others, and another machine may write the table between two steps.
const STEPS: u32 = 4;

impl Ledger {
    /// Starts a background task that keeps lanes leased, if several machines share the store and no option of the client sets its lanes.
    /// Returns false if this client leases no lanes.
    pub(super) async fn lease_lanes(self: &Arc<Self>, journal: &Journal) -> bool {
        if !journal.store.is_shared_by_machines() || self.core.clock.has_own_lanes() {
            return false;
        }
        if !self.keeps_lanes.swap(true, Ordering::Relaxed) {
            self.core.clock.uses_lanes(true);
            let (ledger, journal) = (Arc::downgrade(self), journal.clone());
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(LOOK).await;
                    let Some(ledger) = ledger.upgrade() else { return };
                    let _ = ledger.look_after_lanes(&journal).await;
                }
            });
        }
        if self.core.clock.leased_lanes() == 0 {
            let _ = self.look_after_lanes(journal).await;
        }
        true
    }

    /// Waits, for at most `WAIT`, until no other machine signs in this machine's lanes. Another machine may do so for a moment if it was
    /// the only one until now. If machines that have stopped still hold all lanes, this machine does not wait up to 90 seconds for the end
    /// of their leases, and signs in all lanes.
    pub(super) async fn wait_for_lanes(self: &Arc<Self>, journal: &Journal) {
        let wait = async {
            if !self.lease_lanes(journal).await {
                return;
            }
            let clock = &self.core.clock;
            // Another process of this machine may be checking the lanes, so this process asks again and again until the check has ended.
            while !clock.has_lanes() && (clock.leased_lanes() != 0 || !clock.knows_lanes()) {
                tokio::time::sleep(GLANCE).await;
            }
        };
        let _ = timeout(WAIT, wait).await;
    }

    /// Gives this machine's lanes back, if no other client on this machine signs with this key.
    pub(crate) async fn give_back_lanes(&self) {
        let closed = self.closed.swap(true, Ordering::Relaxed);
        if closed || !self.keeps_lanes.load(Ordering::Relaxed) || !self.core.clock.uses_lanes(false) {
            return;
        }
        let give = async {
            let Ok(Some(journal)) = self.journal.get().await else { return };
            for _ in 0..STEPS {
                if self.give_back(&journal, 0).await.unwrap_or(false) {
                    return;
                }
            }
        };
        let _ = timeout(LOOK, give).await;
    }

    /// Checks that this machine holds its share of the lanes, and renews its lease. Only one process of the machine runs the check, once a
    /// second. If the store fails, the next check tries again.
    async fn look_after_lanes(&self, journal: &Journal) -> Result<(), StoreError> {
        if self.closed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let Some(look) = self.core.clock.looks_after_lanes() else { return Ok(()) };
        let mut done = Ok(false);
        for _ in 0..STEPS {
            done = self.step(journal, look).await;
            if !matches!(done, Ok(false)) {
                break;
            }
        }
        self.core.clock.looked_after_lanes(look);
        done.map(drop)
    }

    /// Runs one step of a check: gives surplus lanes back, or takes the lanes that this machine should have. Returns true if no further
    /// step is needed.
    async fn step(&self, journal: &Journal, look: u64) -> Result<bool, StoreError> {
        let (clock, key) = (&self.core.clock, self.core.developer_key.expose());
        let since = boot_now();
        let (version, lanes) = journal.lanes(key).await?;
        let now = self.lane_time(journal).await?;
        // This process or the store was suspended, and another process has started a newer check. This check is outdated and ends.
        if !clock.is_last_look(look) {
            return Ok(true);
        }
        let (mut table, signs) = match lanes.plan(&clock.machine(), clock.leased_lanes(), now) {
            LanePlan::GiveBack { keep } => return self.give_back(journal, keep).await.map(|_| false),
            LanePlan::Sign { table, signs } => (table, signs),
        };
        if table.is_some() && signs.spare == 0 {
            // Until now this machine may have signed in unleased lanes too. A machine that takes one of these lanes must sign above the
            // last timestamp of this machine, so the table keeps that timestamp as the mark of each lane.
            let last = clock.give_up_lanes_but(clock.leased_lanes());
            if signs.was_alone {
                table = table.map(|table| table.marked_beside(signs.lanes, last));
            }
        }
        if let Some(table) = table
            && !journal.write_lanes(key, version, &table, self.core.now_ms()).await?
        {
            return Ok(false);
        }
        if !clock.is_last_look(look) {
            return Ok(true);
        }
        let Signs { lanes, spare, above, holds_ms, .. } = signs;
        let holds_ms = holds_ms.saturating_sub(MARGIN_MS);
        if signs.new && !signs.known {
            clock.settle_lanes(SETTLED_MS);
        }
        clock.lease_lanes(&LaneLease {
            lanes,
            spare,
            above,
            now_ms: now.stamp_ms,
            since,
            holds_ms,
            spare_ms: SPARE_MS,
        });
        if signs.known {
            clock.settle_lanes(0);
        }
        if signs.shared && !self.lanes_told.swap(true, Ordering::Relaxed) {
            let detail =
                "more than 32 machines sign with this developer key, so some share a lane of timestamps: use fewer";
            self.events.notice("lanesShared", detail.to_owned());
        }
        Ok(true)
    }

    async fn give_back(&self, journal: &Journal, keep: u32) -> Result<bool, StoreError> {
        let (clock, key) = (&self.core.clock, self.core.developer_key.expose());
        let last = clock.give_up_lanes_but(keep);
        let (version, table) = journal.lanes(key).await?;
        let table = table.given_back(&clock.machine(), keep, last, self.lane_time(journal).await?);
        journal.write_lanes(key, version, &table, self.core.now_ms()).await
    }

    async fn lane_time(&self, journal: &Journal) -> Result<LaneTime, StoreError> {
        let [_, stamp_ms] = self.times();
        Ok(LaneTime { store_ms: journal.store.clock().await?.ms, stamp_ms })
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
