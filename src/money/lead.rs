//! Stores the lead in the journal: how far the used timestamps of a developer key are ahead of the clock. A machine that has lost its
//! shared file of used timestamps then signs only above the stored lead.

use super::journal::{Journal, StoreError};
use super::ledger::Ledger;
use std::sync::Arc;

impl Ledger {
    /// Makes timestamps begin above the stored lead, if the machine's shared file of used timestamps is new. Then stores a new lead in the
    /// background, if it must be stored now. A machine that leases lanes does neither: with a new file it counts as a new machine, and gets
    /// other lanes.
    pub(super) async fn begin_above_lead(self: &Arc<Self>, journal: &Journal) {
        let (clock, [_, now_ms]) = (&self.core.clock, self.times());
        if journal.store.is_shared_by_machines() && !clock.has_own_lanes() {
            return;
        }
        if clock.is_fresh()
            && let Ok((_, noted)) = journal.lead(self.core.developer_key.expose()).await
        {
            clock.begin_above(noted, now_ms);
        }
        if let Some(last) = clock.lead_to_note(now_ms) {
            let (ledger, journal) = (Arc::clone(self), journal.clone());
            tokio::spawn(async move {
                // The write fails if another process has stored a lead since this process read the row. That lead may be smaller, so this
                // process tries again later.
                if !ledger.note_lead(&journal, last).await.unwrap_or(false) {
                    ledger.core.clock.lead_is_not_noted();
                }
            });
        }
    }

    async fn note_lead(&self, journal: &Journal, last: u64) -> Result<bool, StoreError> {
        let key = self.core.developer_key.expose();
        let (version, _) = journal.lead(key).await?;
        journal.write_lead(key, version, last, self.core.now_ms()).await
    }
}
