//! Looks after the lanes of timestamps that this machine has leased in a store which other machines use too.

use super::journal::{Journal, LANE_LEASE_MS, LanePlan, StoreError};
use super::ledger::Ledger;
use crate::clock::boot_now;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a machine looks whether it has its part of the lanes.
const LOOK: Duration = Duration::from_secs(1);

/// A lease is over here a little earlier than by the store's clock.
const MARGIN_MS: u64 = 2_000;

/// Who has just read which lanes it may sign in has signed by then.
const SIGNED: Duration = Duration::from_millis(5);

impl Ledger {
    /// Begins to look after the lanes, where the store is shared by machines and no option names them. Who has none yet, because a machine
    /// that is gone still holds them, signs in all: waiting a minute and a half for them would keep debits from leaving at each restart.
    pub(super) async fn keep_lanes(self: &Arc<Self>, journal: &Journal) {
        if !journal.store.is_shared_by_machines() || self.core.clock.has_own_lanes() {
            return;
        }
        if !self.keeps_lanes.swap(true, Ordering::Relaxed) {
            let (ledger, journal) = (Arc::downgrade(self), journal.clone());
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(LOOK).await;
                    let Some(ledger) = ledger.upgrade() else { return };
                    if ledger.core.clock.looks_after_lanes() {
                        // A store that does not answer now is asked again.
                        let _ = ledger.look_after_lanes(&journal).await;
                    }
                }
            });
        }
        if !self.core.clock.has_lanes() {
            let _ = self.look_after_lanes(journal).await;
        }
    }

    /// One step: gives back what is too much, or takes what is due.
    async fn look_after_lanes(&self, journal: &Journal) -> Result<(), StoreError> {
        let (clock, key) = (&self.core.clock, self.core.developer_key.expose());
        let machine = clock.machine();
        let since = boot_now();
        let (version, table) = journal.lanes(key).await?;
        let now_ms = journal.store.clock().await?.ms;
        match table.plan(&machine, clock.leased_lanes(), now_ms) {
            LanePlan::Stay => {}
            LanePlan::GiveBack { keep } => {
                clock.keep_lanes(keep);
                tokio::time::sleep(SIGNED).await;
                let table = table.given_back(&machine, keep, clock.last_ms(), now_ms);
                journal.write_lanes(key, version, &table, self.core.now_ms()).await?;
            }
            LanePlan::Take { table, lanes, above, shared } => {
                if journal.write_lanes(key, version, &table, self.core.now_ms()).await? {
                    clock.lease_lanes(lanes, above, since, LANE_LEASE_MS - MARGIN_MS);
                }
                if shared && !self.lanes_told.swap(true, Ordering::Relaxed) {
                    let detail = "more than 32 machines sign with this developer key: some share a lane of timestamps";
                    self.events.notice("lanesShared", detail.to_owned());
                }
            }
        }
        Ok(())
    }
}
