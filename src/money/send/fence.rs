//! Checks the journal before each request, so that a debit that another process has given up does not leave.

use super::Debit;
use crate::error::Error;
use crate::money::DebitKey;
use crate::money::journal::{Journal, Versioned, journal_error};
use crate::money::record::Recorded;
use crate::money::reserve::ReservedAt;
use crate::money::transition::{Observation, is_replaced_by};

/// Reason that a request may not leave.
pub(super) enum Fenced {
    /// The row has changed. This is what is known now.
    Learned(Box<Versioned>),
    /// The journal has not answered.
    Unknown(Error),
}

impl Debit<'_> {
    /// Checks before a request that the row is unchanged and that nothing was learned. A process that was suspended must not send a debit
    /// that another process has given up. Only a first request right after its own insert needs no check.
    pub(super) async fn fence(
        &self,
        journal: Option<&Journal>,
        row: Versioned,
        since: &mut Option<ReservedAt>,
        begun: u32,
    ) -> Result<Versioned, Fenced> {
        let Some(journal) = journal else { return Ok(row) };
        let unknown = |error| Fenced::Unknown(journal_error(&error));
        if !journal.store.has_just_looked() {
            journal.store.verify().await.map_err(unknown)?;
        }
        let own_insert = self.ledger.options.schedule.own_insert();
        let replaces = row.entry.retry_of.as_ref().filter(|old| **old != row.entry.key.reference);
        if let Some(old) = replaces {
            let key = DebitKey { op: row.entry.key.op.clone(), reference: old.clone() };
            let old = journal.read(&key).await.map_err(unknown)?;
            let stands = |old: &Versioned| is_replaced_by(&old.entry, &row.entry);
            if !old.as_ref().is_some_and(stands) {
                return Err(self.released(journal, row).await?);
            }
        }
        if begun == 1 && since.is_some_and(|since| since.elapsed() <= own_insert) {
            return Ok(row);
        }
        let mut entry = row.entry.clone();
        entry.attempts = begun;
        entry.updated_ms = self.ledger.core.now_ms();
        if journal.write(row.version + 1, &entry, Vec::new()).await.map_err(unknown)? {
            return Ok(Versioned { version: row.version + 1, entry });
        }
        match journal.read(&entry.key).await.map_err(unknown)? {
            // Anything that another process has learned meanwhile stays. Only this process knows that nothing was sent, and records it.
            Some(now) if now.entry.is_of(&entry) && begun == 1 && now.entry.is_open() => {
                let released =
                    Box::pin(self.ledger.record(journal, now, &Observation::Released)).await.map_err(unknown)?;
                match released {
                    Recorded::Written(now) | Recorded::Gone(Some(now)) => Err(Fenced::Learned(now)),
                    Recorded::Gone(None) => Err(Fenced::Learned(Box::new(Versioned { version: 0, entry }))),
                }
            }
            // Also if the reference belongs to another attempt by now: its row is what is known of the reference.
            Some(now) => Err(Fenced::Learned(Box::new(now))),
            None => Err(Fenced::Learned(Box::new(Versioned { version: 0, entry }))),
        }
    }

    /// Records that nothing of this debit has left or will leave. Returns what the journal says afterwards.
    pub(super) async fn released(&self, journal: &Journal, row: Versioned) -> Result<Fenced, Fenced> {
        let entry = row.entry.clone();
        let released = Box::pin(self.ledger.record(journal, row, &Observation::Released)).await;
        Ok(match released.map_err(|error| Fenced::Unknown(journal_error(&error)))? {
            Recorded::Written(now) => Fenced::Learned(now),
            Recorded::Gone(_) => Fenced::Learned(Box::new(Versioned { version: 0, entry })),
        })
    }
}
