//! Stored form of a debit. It is private to the crate; callers see [`JournalEntry`].

use super::super::state::State;
use crate::error::Phase;
use serde::{Deserialize, Serialize};

/// Format of a row. A row with a higher format is left unchanged.
pub(crate) const FORMAT: u32 = 1;

/// Key of a debit: the operation, and the caller's reference. The reference of a refund is the transaction's tid.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DebitKey {
    /// The call: `dmt.transfer`, `refund`.
    pub op: String,
    /// `clientRefId`, or the tid of a refund.
    pub reference: String,
}

impl DebitKey {
    /// Returns the key as one text, for stores that have one key column.
    pub(crate) fn text(&self) -> String {
        format!("{}:{}", self.op, self.reference)
    }
}

/// Reason that an open debit cannot be concluded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Why {
    /// No reference that EPS has booked is available for the comparison, or EPS does not find it.
    NoControl,
    /// EPS answers the debit's reference differently from a made-up one.
    Unlike,
    /// EPS refuses the inquiry, or does not answer.
    NoAnswer,
    /// EPS has given an answer that cannot be about this debit.
    Contradiction,
    /// EPS knows the debit and has not finished it.
    InFlight,
}

/// One step in the history of a debit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HistoryStep {
    /// Time of the step, in milliseconds since 1970.
    pub at: u64,
    /// Id of the attempt under the reference.
    pub reservation_id: String,
    /// Outcome of this attempt before the step, if the step changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// Outcome after the step.
    pub to: State,
    /// Cause of the step: `reserved`, `answer`, `noAnswer`, `inquiry`, `silence`, `declaration`, `released`.
    pub by: String,
    /// Reason, in short. Holds no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Silence of EPS: the time during which it has known nothing of a debit, by the store's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Silence {
    /// Fingerprint of the answer in the round that began the silence. The reference is left out.
    pub(crate) print: String,
    /// Number of answers about the debit's reference that were equal to the first.
    pub(crate) answers: u32,
    /// Total time between these answers that was counted, in milliseconds.
    pub(crate) counted_ms: u64,
    /// Reading of the store's clock at the last of these answers: the epoch, and `at_ms` in it.
    pub(crate) epoch: String,
    pub(crate) at_ms: u64,
}

/// Stored form of a debit. It holds no secret and no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) format: u32,
    /// Salted digest of base URL and initiator.
    pub(crate) account: String,
    #[serde(flatten)]
    pub(crate) key: DebitKey,
    /// Id of this attempt under the reference.
    pub(crate) reservation: String,
    /// Canonical decimal rupees, if the request carries an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<String>,
    /// Salted digest of payer and payee.
    pub(crate) parties: String,
    pub(crate) created_ms: u64,
    /// Spent reference that this debit replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_of: Option<String>,
    /// Reference that replaces this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,

    pub(crate) outcome: State,
    /// True if the reference may be used again, because no complete request has left, or because EPS refused it before any work.
    pub(crate) reusable: bool,
    /// True if silence or a person ended the debit. The reference is not used again, and EPS is asked about it for a week.
    #[serde(default)]
    pub(crate) spent: bool,
    /// True if a person ended the debit.
    #[serde(default)]
    pub(crate) declared: bool,
    /// Counts the final states of this reservation.
    pub(crate) revision: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tid: Option<String>,
    /// True if EPS has shown a sign of the debit, contradicted or not. From then on silence proves nothing.
    #[serde(default)]
    pub(crate) seen: bool,
    /// True if an answer that settles nothing, for example a contradicting one, has named a tid or a state of the debit. A person may then
    /// not declare that the debit was never sent.
    #[serde(default)]
    pub(crate) named: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) silence: Option<Silence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<Why>,
    /// Description of the contradiction, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contradiction: Option<String>,

    /// Progress that the request made.
    pub(crate) phase: Phase,
    /// Number of requests that were begun.
    pub(crate) attempts: u32,
    /// Number of inquiries since the debit was reserved, or since it ended and was spent.
    pub(crate) inquiries: u32,
    /// Time at which an inquiry from outside the schedule was last begun, in milliseconds since 1970 by EPS's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_inquiry_ms: Option<u64>,
    /// Length of the wait when `next_inquiry_ms` was written.
    #[serde(default)]
    pub(crate) wait_ms: u64,
    pub(crate) updated_ms: u64,
    /// Time at which the outcome became final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended_ms: Option<u64>,
    pub(crate) acknowledged: bool,
    /// True if the debit has raised the alarm that it is open for too long.
    #[serde(default)]
    pub(crate) overdue: bool,
    /// Steps under this reference, the oldest first.
    #[serde(default)]
    pub(crate) history: Vec<HistoryStep>,
}

/// A history keeps its first few steps, which tell how it began, and the last ones: `STEPS` in all.
const FIRST_STEPS: usize = 4;
const STEPS: usize = 24;

impl Entry {
    /// Creates the entry of a debit that is to be sent. Until a better outcome is recorded, the request may have left.
    pub(crate) fn reserved(account: String, key: DebitKey, reservation: String, now_ms: u64) -> Self {
        Self {
            format: FORMAT,
            account,
            key,
            reservation,
            amount: None,
            parties: String::new(),
            created_ms: now_ms,
            retry_of: None,
            successor: None,
            outcome: State::Indeterminate,
            reusable: false,
            spent: false,
            declared: false,
            revision: 0,
            tid: None,
            seen: false,
            named: false,
            silence: None,
            why: None,
            contradiction: None,
            phase: Phase::NotDispatched,
            attempts: 0,
            inquiries: 0,
            asked_ms: None,
            next_inquiry_ms: None,
            wait_ms: 0,
            updated_ms: now_ms,
            ended_ms: None,
            acknowledged: false,
            overdue: false,
            history: Vec::new(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.outcome.is_final()
    }

    /// Returns true for a refund, which is known by the tid of its transaction and carries no reference of its own.
    pub(crate) fn is_refund(&self) -> bool {
        self.key.op == "refund"
    }

    /// Returns true if EPS has named the debit, by a tid or a state.
    pub(crate) fn is_booked(&self) -> bool {
        let state = match self.outcome {
            State::Settled | State::Pending | State::RefundPending | State::Refunded => true,
            // A debit that EPS refused before any work is reusable. It is spent if an earlier attempt of a refund may have left.
            State::Declined => !self.reusable && !self.spent,
            State::Indeterminate | State::NotSent => false,
        };
        !self.declared && (self.tid.is_some() || state)
    }

    /// Adds a step with this entry's outcome to the history.
    pub(crate) fn note(&mut self, at: u64, by: &str, detail: Option<String>) {
        let last = self.history.last().filter(|last| last.reservation_id == self.reservation);
        let step = HistoryStep {
            at,
            reservation_id: self.reservation.clone(),
            from: last.map(|last| last.to).filter(|from| *from != self.outcome),
            to: self.outcome,
            by: by.to_owned(),
            // Holds only words of this library and tids. The length is limited.
            detail: detail.map(|text| text.chars().take(160).collect()),
        };
        // Steps of earlier attempts under this reference may have brought the history beyond the bound.
        while self.history.len() >= STEPS {
            self.history.remove(FIRST_STEPS);
        }
        self.history.push(step);
    }

    /// Returns true if both entries belong to the same reservation.
    pub(crate) fn is_of(&self, other: &Entry) -> bool {
        self.key == other.key && self.reservation == other.reservation
    }

    pub(crate) fn public(&self) -> JournalEntry {
        JournalEntry {
            op: self.key.op.clone(),
            reference: self.key.reference.clone(),
            reservation_id: self.reservation.clone(),
            revision: self.revision,
            outcome: self.outcome,
            reusable: self.reusable,
            spent: self.spent,
            why: self.why.filter(|_| self.is_open()),
            contradiction: self.contradiction.clone(),
            amount: self.amount.clone(),
            tid: self.tid.clone(),
            phase: self.phase,
            attempts: self.attempts,
            inquiries: self.inquiries,
            created_at: self.created_ms,
            updated_at: self.updated_ms,
            next_inquiry_at: self.next_inquiry_ms,
            acknowledged: self.acknowledged,
            retry_of: self.retry_of.clone(),
            declared: self.declared,
        }
    }
}

/// A debit as callers see it. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JournalEntry {
    /// The call.
    pub op: String,
    /// `clientRefId`, or the tid of a refund.
    pub reference: String,
    /// Id of this attempt under the reference.
    pub reservation_id: String,
    /// Counts the final states of this attempt, from 1; 0 while there was none. Together with `reservation_id` it makes an update
    /// idempotent.
    pub revision: u32,
    /// Known state of the debit.
    pub outcome: State,
    /// True if the reference may be used again.
    pub reusable: bool,
    /// True if silence or a person ended the debit. A new attempt then takes a new reference, with `retryOf`.
    pub spent: bool,
    /// Reason that an open debit cannot be concluded yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Description of the contradiction, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<String>,
    /// Amount in rupees, if the request carries one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// EPS's transaction id, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// Progress that the request made; `notDispatched` also if the process ended before the progress could be recorded.
    pub phase: Phase,
    /// Number of requests that were begun.
    pub attempts: u32,
    /// Number of inquiries made.
    pub inquiries: u32,
    /// Time at which the intent was made durable.
    pub created_at: u64,
    /// Time of the last write.
    pub updated_at: u64,
    /// Time of the next inquiry, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_inquiry_at: Option<u64>,
    /// True if the end of the debit was acknowledged.
    pub acknowledged: bool,
    /// Spent reference that this debit replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
    /// True if a person has declared how the debit ended.
    pub declared: bool,
}

impl JournalEntry {
    /// Returns the key of the debit.
    pub fn key(&self) -> DebitKey {
        DebitKey { op: self.op.clone(), reference: self.reference.clone() }
    }
}
