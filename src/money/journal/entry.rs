//! Forms of a debit: `Entry` is stored in the journal and private to the crate, and [`JournalEntry`] is what callers see.
//!
//! An attempt is one reservation of a reference. A reference that may be used again can have several attempts. A reference is spent if it
//! must not be used again and a new attempt needs a new reference. An inquiry asks EPS about a debit. A round is an inquiry about the debit
//! together with two control inquiries.

use super::super::state::State;
use crate::error::Phase;
use serde::{Deserialize, Serialize};

/// Format number of a stored entry. Rows with a higher number are left unchanged.
pub(crate) const FORMAT: u32 = 1;

/// Key of a debit: the operation and the caller's reference. The reference of a refund is the transaction id (tid) of the refunded
/// transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DebitKey {
    /// Operation, such as `dmt.transfer` or `refund`.
    pub op: String,
    /// `clientRefId`, or for a refund the tid of the refunded transaction.
    pub reference: String,
}

impl DebitKey {
    /// Returns the key as a single string, for stores that have one key column.
    pub(crate) fn text(&self) -> String {
        format!("{}:{}", self.op, self.reference)
    }
}

/// Reason why an open debit cannot be concluded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Why {
    /// The control inquiry is missing: no reference that EPS has booked is available for it, or EPS does not find that reference.
    NoControl,
    /// EPS answers an inquiry about the debit's reference differently from an inquiry about a made-up reference.
    Unlike,
    /// EPS refuses the inquiry, or does not answer it.
    NoAnswer,
    /// EPS has given an answer that cannot be about this debit.
    Contradiction,
    /// EPS knows the debit, but has not finished it.
    InFlight,
}

/// One step in the history of a debit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HistoryStep {
    /// Time of the step, in milliseconds since 1970.
    pub at: u64,
    /// Id of the attempt. A reference may have several attempts.
    pub reservation_id: String,
    /// Outcome of this attempt before the step. `None` if the step did not change the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// Outcome after the step.
    pub to: State,
    /// Cause of the step: `reserved`, `answer`, `noAnswer`, `inquiry`, `silence`, `declaration`, `released`.
    pub by: String,
    /// Short reason, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Period of silence: EPS answers that it does not know the debit. The period is measured by the store's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Silence {
    /// Fingerprint of the answer about the debit in the round that began the silence. The reference is not part of the fingerprint.
    pub(crate) print: String,
    /// Number of equal answers about the debit's reference, including the first one.
    pub(crate) answers: u32,
    /// Time between these answers that counts as silence, in milliseconds.
    pub(crate) counted_ms: u64,
    /// Reading of the store's clock at the last of these answers: the epoch, and the time `at_ms` within that epoch.
    pub(crate) epoch: String,
    pub(crate) at_ms: u64,
}

/// Debit as the journal stores it. It contains no secret and no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) format: u32,
    /// Salted digest of base URL and initiator, which identifies the account.
    pub(crate) account: String,
    #[serde(flatten)]
    pub(crate) key: DebitKey,
    /// Id of this attempt. A reference may have several attempts.
    pub(crate) reservation: String,
    /// Amount in rupees, in canonical decimal form. `None` if the request carries no amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<String>,
    /// Salted digest of payer and payee.
    pub(crate) parties: String,
    pub(crate) created_ms: u64,
    /// Spent reference of an earlier debit that this debit replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_of: Option<String>,
    /// Reference of the later debit that replaces this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,

    pub(crate) outcome: State,
    /// True if the reference may be used again, because no complete request was sent, or because EPS refused the request before any work.
    pub(crate) reusable: bool,
    /// True if the debit ended because EPS did not know it (silence), or because a person declared its end. The reference is not used
    /// again, and inquiries about it continue for a week.
    #[serde(default)]
    pub(crate) spent: bool,
    /// True if a person declared how the debit ended.
    #[serde(default)]
    pub(crate) declared: bool,
    /// Number of final states that this attempt has reached.
    pub(crate) revision: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tid: Option<String>,
    /// True if any answer has shown that EPS may know the debit, even if another answer contradicts it. From then on, silence proves
    /// nothing.
    #[serde(default)]
    pub(crate) seen: bool,
    /// True if an answer has named a tid or a state of the debit without settling it, for example because it contradicts what is known. A
    /// person may then not declare that the debit was never sent.
    #[serde(default)]
    pub(crate) named: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) silence: Option<Silence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<Why>,
    /// Human-readable description of the contradiction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contradiction: Option<String>,

    /// Progress of the request.
    pub(crate) phase: Phase,
    /// Number of requests that were started.
    pub(crate) attempts: u32,
    /// Number of inquiries since the debit was reserved. If the debit is spent: since it ended.
    pub(crate) inquiries: u32,
    /// Time at which the last inquiry outside the schedule was started, in milliseconds since 1970 by EPS's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_inquiry_ms: Option<u64>,
    /// Time from the write of `next_inquiry_ms` until `next_inquiry_ms`, in milliseconds.
    #[serde(default)]
    pub(crate) wait_ms: u64,
    pub(crate) updated_ms: u64,
    /// Time at which the outcome became final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended_ms: Option<u64>,
    pub(crate) acknowledged: bool,
    /// True if the alarm that the debit has been open for too long was raised.
    #[serde(default)]
    pub(crate) overdue: bool,
    /// Steps of all attempts under this reference, the oldest first.
    #[serde(default)]
    pub(crate) history: Vec<HistoryStep>,
}

/// Number of first steps that a history always keeps, because they show how it began. The total is limited to `STEPS`, so later steps are
/// dropped, the oldest first.
const FIRST_STEPS: usize = 4;
const STEPS: usize = 24;

impl Entry {
    /// Creates the entry of a debit whose request is about to be sent. The outcome is `Indeterminate` until another one is recorded,
    /// because the request may have been sent in the meantime.
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

    /// Returns true for a refund. A refund has no reference of its own, so the tid of its transaction identifies it.
    pub(crate) fn is_refund(&self) -> bool {
        self.key.op == "refund"
    }

    /// Returns true if EPS has confirmed the debit by naming a tid or a state.
    pub(crate) fn is_booked(&self) -> bool {
        let state = match self.outcome {
            State::Settled | State::Pending | State::RefundPending | State::Refunded => true,
            // A debit that EPS refused before any work is not booked. It is reusable, or it is spent if it is a refund and an earlier
            // attempt may have been sent.
            State::Declined => !self.reusable && !self.spent,
            State::Indeterminate | State::NotSent => false,
        };
        !self.declared && (self.tid.is_some() || state)
    }

    /// Appends a step with the current outcome to the history.
    pub(crate) fn note(&mut self, at: u64, by: &str, detail: Option<String>) {
        let last = self.history.last().filter(|last| last.reservation_id == self.reservation);
        let step = HistoryStep {
            at,
            reservation_id: self.reservation.clone(),
            from: last.map(|last| last.to).filter(|from| *from != self.outcome),
            to: self.outcome,
            by: by.to_owned(),
            // The text contains only words of this library and tids. Its length is limited.
            detail: detail.map(|text| text.chars().take(160).collect()),
        };
        // The history may be longer than the limit, because it includes the steps of earlier attempts under this reference.
        while self.history.len() >= STEPS {
            self.history.remove(FIRST_STEPS);
        }
        self.history.push(step);
    }

    /// Returns true if both entries belong to the same attempt.
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

/// Debit as callers see it. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JournalEntry {
    /// Operation, such as `dmt.transfer` or `refund`.
    pub op: String,
    /// `clientRefId`, or for a refund the transaction id (tid) of the refunded transaction.
    pub reference: String,
    /// Id of this attempt. A reference may have several attempts.
    pub reservation_id: String,
    /// Number of final states that this attempt has reached; 0 before the first one. Together with `reservation_id` it identifies an
    /// update, so that a caller can apply each update once.
    pub revision: u32,
    /// Known state of the debit.
    pub outcome: State,
    /// True if the reference may be used again.
    pub reusable: bool,
    /// True if the debit ended because EPS did not know it, or because a person declared its end. A new attempt must then use a new
    /// reference, with `retryOf`.
    pub spent: bool,
    /// Reason why an open debit cannot be concluded yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Human-readable description of the contradiction, if an answer of EPS contradicts what is known of the debit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<String>,
    /// Amount in rupees, if the request carries one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Transaction id (tid) that EPS gave to the debit, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// Progress of the request. It is also `notDispatched` if the process ended before it could record the progress.
    pub phase: Phase,
    /// Number of requests that were started.
    pub attempts: u32,
    /// Number of inquiries since the debit was reserved. If the debit is spent: since it ended.
    pub inquiries: u32,
    /// Time at which the intent was made durable.
    pub created_at: u64,
    /// Time of the last write.
    pub updated_at: u64,
    /// Time of the next inquiry, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_inquiry_at: Option<u64>,
    /// True if the caller has acknowledged the outcome of the debit.
    pub acknowledged: bool,
    /// Spent reference of an earlier debit that this debit replaces.
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
