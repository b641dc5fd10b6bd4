//! Calls by which the caller reads and changes the journal: inquiries, lists, acknowledgements and declarations.
//!
//! A declaration records what a person has learned from EPS about a debit.

use super::journal::{Alarm, DebitKey, HistoryStep, Journal, ListingPage, Versioned, journal_error};
use super::ledger::Ledger;
use super::record::Recorded;
use super::reference::is_canonical_tid;
use super::state::State;
use super::transition::{Observation, may_be_declared_not_sent};
use super::{Entry, JournalEntry};
use crate::error::{Code, Error};
use std::sync::Arc;

/// Maximum number of tries to write a row while other processes write the same row.
const RACES: u32 = 64;

impl Ledger {
    /// Asks EPS about a debit once, even if the debit has ended. Raises an alarm if EPS now reports another state than the recorded final
    /// state.
    ///
    /// # Errors
    /// `not_found` if the journal has no debit with this reference; `journal.*`; the errors of the inquiry itself if the debit is open.
    pub(crate) async fn resolve(self: &Arc<Self>, key: &DebitKey) -> Result<JournalEntry, Error> {
        let journal = self.opened().await?;
        let known = self.own(&journal, key).await?;
        let ended = (!known.entry.is_open()).then(|| known.entry.public());
        match (self.inquire(&journal, known).await, ended) {
            (Ok(now), _) => Ok(now.entry.public()),
            (Err(_), Some(ended)) => Ok(ended),
            (Err(error), None) => Err(error),
        }
    }

    /// Reads the row of a debit, and checks that the debit belongs to this client's account.
    async fn own(&self, journal: &Journal, key: &DebitKey) -> Result<Versioned, Error> {
        let known = journal.read(key).await.map_err(|error| journal_error(&error))?;
        let unknown = || {
            let message = format!(
                "the journal has no {} with the reference {}: check the reference, and the journal's place",
                key.op, key.reference
            );
            Error::new(Code::NotFound, message)
        };
        let known = known.ok_or_else(unknown)?;
        if journal.is_foreign(&known.entry) {
            let message = format!(
                "the {} with the reference {} was sent by a client with another initiatorId, environment or baseUrl: use a client with the same three options, because EPS does not show the debit to this client",
                key.op, key.reference
            );
            return Err(Error::new(Code::InvalidConfig, message));
        }
        Ok(known)
    }

    /// Returns a page of the unresolved debits: open debits, and ended debits that the caller has not acknowledged.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn unresolved(&self, after: Option<&str>, limit: u32) -> Result<ListingPage<JournalEntry>, Error> {
        let page = self.opened().await?.unresolved(after, limit).await;
        page.map(|page| self.told(&page)).map_err(|error| journal_error(&error))
    }

    /// Returns a page of all debits of this account, resolved or not.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn debits(&self, after: Option<&str>, limit: u32) -> Result<ListingPage<JournalEntry>, Error> {
        let page = self.opened().await?.debits(after, limit).await;
        page.map(|page| self.told(&page)).map_err(|error| journal_error(&error))
    }

    /// Converts a page of rows to the form that callers see. Sends a notice if the page skipped rows that a newer version wrote.
    fn told(&self, page: &ListingPage<Entry>) -> ListingPage<JournalEntry> {
        if page.unreadable > 0 {
            let detail = format!(
                "{} rows are of a newer version of eko-eps and were skipped: use that version to read them",
                page.unreadable
            );
            self.events.notice("newerRow", detail);
        }
        let items = page.items.iter().map(Entry::public).collect();
        ListingPage { items, next: page.next.clone(), unreadable: page.unreadable }
    }

    /// Returns a page of the alarms that were not acknowledged yet.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn alarms(&self, after: Option<&str>, limit: u32) -> Result<ListingPage<Alarm>, Error> {
        self.opened().await?.alarms(after, limit).await.map_err(|error| journal_error(&error))
    }

    /// Acknowledges an alarm. Returns false if this account has no alarm with this id.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn acknowledge_alarm(&self, id: &str) -> Result<bool, Error> {
        let journal = self.opened().await?;
        journal.acknowledge_alarm(id, self.core.now_ms()).await.map_err(|error| journal_error(&error))
    }

    /// Returns the recorded steps of a debit, oldest first.
    ///
    /// # Errors
    /// `not_found`, `journal.*`
    pub(crate) async fn history(&self, key: &DebitKey) -> Result<Vec<HistoryStep>, Error> {
        let journal = self.opened().await?;
        Ok(self.own(&journal, key).await?.entry.history)
    }

    /// Marks a finished debit as acknowledged. `reservation` and `revision` identify the final state that the caller has seen. Returns
    /// false if the journal has no such debit, if the debit is open or belongs to another account, or if `reservation` or `revision` has
    /// changed since the caller read the debit.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn acknowledge(&self, key: &DebitKey, reservation: &str, revision: u32) -> Result<bool, Error> {
        let journal = self.opened().await?;
        let failed = |error| journal_error(&error);
        for _ in 0..RACES {
            let Some(Versioned { version, mut entry }) = journal.read(key).await.map_err(failed)? else {
                return Ok(false);
            };
            let meant = entry.reservation == reservation && entry.revision == revision && !entry.is_open();
            if !meant || journal.is_foreign(&entry) {
                return Ok(false);
            }
            entry.acknowledged = true;
            entry.updated_ms = self.core.now_ms();
            // A power failure may undo this write. The list of unresolved debits then only contains the finished debit once more.
            if journal.write_soon(version + 1, &entry).await.map_err(failed)? {
                return Ok(true);
            }
        }
        Err(failed(super::journal::too_many_writers()))
    }

    /// Ends a debit as not sent, because a person has asked EPS and learned that EPS has no such debit.
    ///
    /// # Errors
    /// `invalid_params` if an answer of EPS has named the debit, if the debit is too young or in a final state, or if its reference now
    /// belongs to another reservation; `not_found`, `journal.*`.
    pub(crate) async fn declare_not_sent(
        self: &Arc<Self>,
        key: &DebitKey,
        reservation: &str,
    ) -> Result<JournalEntry, Error> {
        let journal = self.opened().await?;
        let known = self.open_one(&journal, key, reservation).await?;
        let age = self.core.now_ms().saturating_sub(known.entry.created_ms);
        let earliest = self.options.schedule.declarable_after_ms();
        if age < earliest && !self.core.loopback {
            let rule = format!("is {age} ms old and may still reach EPS: declare it after {earliest} ms");
            return Err(invalid("debit", &rule));
        }
        if !may_be_declared_not_sent(&known.entry) {
            return Err(invalid("debit", "is known to EPS, so it was sent: declare its outcome with declareFinal()"));
        }
        self.declare(&journal, known, &Observation::DeclaredNotSent).await
    }

    /// Ends a debit in the state `outcome`, because a person has asked EPS how the debit ended.
    ///
    /// # Errors
    /// `invalid_params`, `not_found`, `journal.*`.
    pub(crate) async fn declare_final(
        self: &Arc<Self>,
        key: &DebitKey,
        reservation: &str,
        outcome: State,
        tid: Option<String>,
    ) -> Result<JournalEntry, Error> {
        match outcome {
            State::Settled | State::Declined | State::Refunded => {}
            State::Indeterminate | State::Pending | State::RefundPending | State::NotSent => {
                return Err(invalid(
                    "outcome",
                    "must be settled, declined or refunded: to declare notSent, use declareNotSent()",
                ));
            }
        }
        if tid.as_deref().is_some_and(|tid| !is_canonical_tid(tid)) {
            return Err(invalid(
                "tid",
                "must be EPS's transaction id exactly as received: at most 20 digits, without blanks, signs or leading zeros",
            ));
        }
        let journal = self.opened().await?;
        let known = self.open_one(&journal, key, reservation).await?;
        self.declare(&journal, known, &Observation::Declared { outcome, tid }).await
    }

    /// Reads the row of a debit for a declaration. Checks that the debit is open and still has the reservation that the caller names.
    async fn open_one(&self, journal: &Journal, key: &DebitKey, reservation: &str) -> Result<Versioned, Error> {
        let known = self.own(journal, key).await?;
        if known.entry.reservation != reservation {
            return Err(invalid(
                "debit",
                "is an earlier attempt, and its reference was used again since: read the current attempt with unresolved()",
            ));
        }
        if !known.entry.is_open() {
            let outcome = known.entry.outcome.as_str();
            let rule = format!("has already ended as {outcome}: only an open debit can be declared");
            return Err(invalid("debit", &rule));
        }
        Ok(known)
    }

    async fn declare(
        self: &Arc<Self>,
        journal: &Journal,
        known: Versioned,
        evidence: &Observation<'_>,
    ) -> Result<JournalEntry, Error> {
        let key = known.entry.key.clone();
        match self.record(journal, known, evidence).await.map_err(|error| journal_error(&error))? {
            Recorded::Written(written) if !written.entry.is_open() => Ok(written.entry.public()),
            Recorded::Written(_) | Recorded::Gone(_) => {
                let rule = format!("{} was changed by another process: read it again with unresolved()", key.reference);
                Err(invalid("debit", &rule))
            }
        }
    }

    /// Records the declaration of a person that an older copy of the journal was restored, and that the person knows which debits this copy
    /// lacks.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn declare_restored(&self) -> Result<(), Error> {
        self.journal.declare_restored().await
    }
}

pub(super) fn invalid(name: &str, rule: &str) -> Error {
    let params = [(name.to_owned(), rule.to_owned())].into();
    Error::new(Code::InvalidParams, format!("{name} {rule}")).with_invalid_params(params)
}
