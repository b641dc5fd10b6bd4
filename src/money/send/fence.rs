//! Checks the row of a debit before each request, so that no request is sent for a debit that another process has ended.

use super::DebitCall;
use crate::error::Error;
use crate::money::DebitKey;
use crate::money::journal::{Journal, Versioned, journal_error};
use crate::money::record::Recorded;
use crate::money::reserve::ReservedAt;
use crate::money::transition::{Observation, is_replaced_by};

pub(super) enum Fenced {
    /// The row has changed. Holds the current row.
    Learned(Box<Versioned>),
    /// The journal did not answer. Holds the error.
    Unknown(Error),
}

impl DebitCall<'_> {
    /// Checks before a request that no other process has changed the row. A process that was suspended must not send a debit that another
    /// process has ended meanwhile. Only the first request needs no check, if it follows right after the insert of the row.
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
            // Another process has changed the row of this open debit, but only this process knows that nothing was sent. So it records this
            // fact too.
            Some(now) if now.entry.is_of(&entry) && begun == 1 && now.entry.is_open() => {
                let released =
                    Box::pin(self.ledger.record(journal, now, &Observation::Released)).await.map_err(unknown)?;
                match released {
                    Recorded::Written(now) | Recorded::Gone(Some(now)) => Err(Fenced::Learned(now)),
                    Recorded::Gone(None) => Err(Fenced::Learned(Box::new(Versioned { version: 0, entry }))),
                }
            }
            // If the reference now has another reservation, the row of that reservation is returned, because it holds what is known about
            // the reference.
            Some(now) => Err(Fenced::Learned(Box::new(now))),
            None => Err(Fenced::Learned(Box::new(Versioned { version: 0, entry }))),
        }
    }

    /// Records that no request of this debit was sent or will be sent. Returns the row after the write.
    pub(super) async fn released(&self, journal: &Journal, row: Versioned) -> Result<Fenced, Fenced> {
        let entry = row.entry.clone();
        let released = Box::pin(self.ledger.record(journal, row, &Observation::Released)).await;
        Ok(match released.map_err(|error| Fenced::Unknown(journal_error(&error)))? {
            Recorded::Written(now) => Fenced::Learned(now),
            Recorded::Gone(_) => Fenced::Learned(Box::new(Versioned { version: 0, entry })),
        })
    }
}
