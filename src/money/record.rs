//! Carries out the decisions of `transition`: writes the row and its alarms in one write, and sends events to the listeners.
//!
//! A known reference is the reference of a debit that EPS has booked. A round uses it for comparison. A debit is spent if a series of "not
//! found" answers or a person has ended it. A spent debit may have a successor, which replaces it.

use super::journal::{Entry, Journal, Row, StoreError, Versioned, too_many_writers};
use super::ledger::Ledger;
use super::transition::{Anomaly, Decision, Observation, Reason, decide};
use crate::api::endpoint;
use crate::mutex::lock;
use std::sync::Arc;

/// Maximum number of tries to decide about a row and write it, while other processes write the same row.
const RACES: u32 = 64;
/// Maximum number of debits in one chain of replacements (a debit, its successor, the successor of that one) that are checked for a double
/// booking.
const MOST_RELATIVES: usize = 64;
/// Minimum time in milliseconds between two writes of a known reference to the journal. Each operation has its own limit.
const REMEMBER_MS: u64 = 60_000;

/// Advice in an alarm about two bookings. EPS may have declined or refunded one of them, so reversing the other would be wrong.
const BOTH_BOOKED: &str = "Ask EPS how each ended. Only if both moved money, ask EPS to reverse one";

/// Advice in an alarm about two attempts of one refund, which EPS cannot reverse.
const REFUNDED_TWICE: &str = "Ask EPS whether the money was refunded twice";

#[derive(Debug)]
pub(crate) enum Recorded {
    /// The row was written with this content.
    Written(Box<Versioned>),
    /// The reference now has another reservation, whose row is held here, or `None` if the row was deleted.
    Gone(Option<Box<Versioned>>),
}

impl Ledger {
    /// Decides what the evidence (such as an answer of EPS) proves about a reserved debit, and writes the decision to the row of the debit.
    /// If another process has written the row meanwhile, decides again with the new row.
    ///
    /// # Errors
    /// Errors of the store. After an error, the row may or may not have been written.
    pub(crate) async fn record(
        self: &Arc<Self>,
        journal: &Journal,
        known: Versioned,
        evidence: &Observation<'_>,
    ) -> Result<Recorded, StoreError> {
        let mine = known.entry.clone();
        let mut current = known;
        for _ in 0..RACES {
            let decision = decide(&current.entry, evidence, &self.rules());
            let also = self.beside(journal, &decision)?;
            let version = current.version + 1;
            if journal.write(version, &decision.entry, also).await? {
                self.tell(&current.entry, &decision, matches!(evidence, Observation::Own { .. }));
                self.after(journal, &decision.entry).await;
                return Ok(Recorded::Written(Box::new(Versioned { version, entry: decision.entry })));
            }
            match journal.read(&mine.key).await? {
                Some(now) if now.entry.is_of(&mine) => current = now,
                Some(now) => {
                    let named = self.former(journal, &mine, &now, evidence).await?;
                    // All reservations of one refund are for the same transaction. If EPS has booked an earlier one, the evidence about it
                    // is recorded for the current one too. Evidence that an earlier one sent nothing, or was refused, proves nothing about
                    // the current one, whose request may still be on its way.
                    if mine.is_refund() && named && !now.entry.is_booked() {
                        let written = Box::pin(self.record(journal, now, evidence)).await?;
                        return Ok(Recorded::Gone(match written {
                            Recorded::Written(now) => Some(now),
                            Recorded::Gone(now) => now,
                        }));
                    }
                    return Ok(Recorded::Gone(Some(Box::new(now))));
                }
                None => return Ok(Recorded::Gone(None)),
            }
        }
        Err(too_many_writers())
    }

    /// Returns the rows to write together with a decision: its alarms, and a row that stores the debit's reference as a known reference, if
    /// this client has stored none for the operation yet.
    fn beside(&self, journal: &Journal, decision: &Decision) -> Result<Vec<Row>, StoreError> {
        let now_ms = decision.entry.updated_ms;
        let alarms = decision.alarms.iter().map(|anomaly| journal.alarm_row(&decision.entry, anomaly, now_ms));
        let mut rows: Vec<Row> = alarms.collect::<Result<_, _>>()?;
        if is_known(&decision.entry) && !self.has_remembered(&decision.entry.key.op) {
            rows.push(journal.first_known_row(&decision.entry, now_ms)?);
        }
        Ok(rows)
    }

    fn has_remembered(&self, op: &str) -> bool {
        lock(&self.remembered).contains_key(op)
    }

    /// Sends the events about a decision to the listeners. `own` is true if the decision is about the debit's own request, and not about an
    /// inquiry.
    fn tell(&self, before: &Entry, decision: &Decision, own: bool) {
        for anomaly in &decision.alarms {
            self.events.alarm(&decision.entry, anomaly);
        }
        if own && before.is_open() {
            self.events.outcome(&decision.entry);
        } else if decision.ended {
            self.events.resolved(&decision.entry);
        }
    }

    /// Handles what a booking means for other rows: stores the reference for later comparisons, and checks that no debit of the same chain
    /// of replacements is booked too.
    async fn after(self: &Arc<Self>, journal: &Journal, entry: &Entry) {
        if is_known(entry) {
            self.remember(journal, entry);
        }
        // An error is ignored, because the same check is made again after EPS's next answer about one of the debits.
        if entry.is_booked() {
            let _ = self.compare_relatives(journal, entry).await;
        }
    }

    /// Raises an alarm if EPS has booked both this debit and another debit of the same chain of replacements.
    async fn compare_relatives(&self, journal: &Journal, entry: &Entry) -> Result<(), StoreError> {
        let mut relatives: Vec<String> = [&entry.retry_of, &entry.successor].into_iter().flatten().cloned().collect();
        let mut next = 0;
        // A spent debit may have had several successors, one after another. At most one debit of the whole chain may be booked.
        while let Some(reference) = relatives.get(next).cloned().filter(|_| next < MOST_RELATIVES) {
            next += 1;
            let key = super::journal::DebitKey { op: entry.key.op.clone(), reference: reference.clone() };
            let relative = journal.read(&key).await?;
            let more = relative.as_ref().map(|relative| [&relative.entry.retry_of, &relative.entry.successor]);
            for other in more.into_iter().flatten().flatten() {
                if *other != entry.key.reference && !relatives.contains(other) {
                    relatives.push(other.clone());
                }
            }
            if let Some(relative) = relative.map(|relative| relative.entry)
                && !relative.is_of(entry)
                && relative.is_booked()
            {
                let detail = format!(
                    "EPS has both {} ({}) and {reference} ({}), although one of them replaces the other, directly or through further attempts. {BOTH_BOOKED}",
                    entry.key.reference,
                    entry.outcome.as_str(),
                    relative.outcome.as_str()
                );
                self.alarm(journal, entry, &Reason::BookedTwice.because(detail)).await?;
            }
        }
        Ok(())
    }

    /// Handles evidence about an earlier reservation, after another reservation has taken its reference. Raises an alarm and returns true
    /// if EPS has booked the earlier one.
    async fn former(
        &self,
        journal: &Journal,
        mine: &Entry,
        now: &Versioned,
        evidence: &Observation<'_>,
    ) -> Result<bool, StoreError> {
        let decision = decide(mine, evidence, &self.rules());
        if !decision.entry.is_booked() {
            return Ok(false);
        }
        let now = &now.entry;
        let (reason, detail) = if now.is_booked() {
            let (this, earlier) = (now.outcome.as_str(), decision.entry.outcome.as_str());
            let detail = if now.is_refund() {
                format!("EPS has this refund ({this}) and also an earlier attempt of it ({earlier}). {REFUNDED_TWICE}")
            } else {
                format!(
                    "EPS has this debit ({this}) and also an earlier attempt with its reference ({earlier}). {BOTH_BOOKED}"
                )
            };
            (Reason::BookedTwice, detail)
        } else {
            let detail = "EPS has booked an earlier attempt with this reference: ask EPS about both attempts";
            (Reason::StateChanged, detail.to_owned())
        };
        self.alarm(journal, now, &reason.because(detail)).await?;
        Ok(true)
    }

    /// Writes one alarm without writing the row of its debit, and sends the alarm to the listeners.
    pub(crate) async fn alarm(&self, journal: &Journal, entry: &Entry, anomaly: &Anomaly) -> Result<(), StoreError> {
        let row = journal.alarm_row(entry, anomaly, self.core.now_ms())?;
        if journal.store.write(row, Vec::new()).await? {
            self.events.alarm(entry, anomaly);
        }
        Ok(())
    }

    /// Stores the reference of `entry` for later comparisons, in the background and at most once a minute for each operation.
    fn remember(self: &Arc<Self>, journal: &Journal, entry: &Entry) {
        let Some(endpoint) = endpoint(&entry.key.op) else { return };
        let now_ms = self.core.now_ms();
        let mut remembered = lock(&self.remembered);
        let last = remembered.get(endpoint.op).copied();
        if last.is_some_and(|last| now_ms < last.saturating_add(REMEMBER_MS)) {
            return;
        }
        remembered.insert(endpoint.op, now_ms);
        let (journal, entry) = (journal.clone(), entry.clone());
        tokio::spawn(async move {
            // If this write fails, a later debit stores its own reference.
            let _ = journal.remember(&entry, now_ms).await;
        });
    }
}

/// Returns true if the reference of `entry` can serve as a known reference: EPS has booked the debit and named its transaction id (tid),
/// nothing contradicts it, and it is not a refund.
fn is_known(entry: &Entry) -> bool {
    entry.is_booked() && entry.tid.is_some() && !entry.is_refund() && entry.contradiction.is_none()
}
