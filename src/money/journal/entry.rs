//! Two representations of a debit: `Entry` is stored in the journal, and [`JournalEntry`] is returned to callers.
//!
//! A reservation (the row of a debit) is written before the debit is sent. A reusable reference can have several reservations, one after
//! another. A spent reference must not be used again. A round is an inquiry about the debit together with control inquiries about a booked
//! and a made-up reference.

use super::super::state::State;
use crate::error::Phase;
use serde::{Deserialize, Serialize};

/// Format number of a stored entry. This version of the library cannot read rows with another number, and leaves them unchanged.
pub(crate) const FORMAT: u32 = 1;

/// Key of a debit: operation and reference. The reference of a refund is the transaction id (tid) of the refunded transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DebitKey {
    /// Operation, such as `dmt.transfer` or `refund`.
    pub op: String,
    /// `clientRefId` of the debit. For a refund: the tid of the refunded transaction.
    pub reference: String,
}

impl DebitKey {
    /// Returns the key as one string, for stores with one key column.
    pub(crate) fn text(&self) -> String {
        format!("{}:{}", self.op, self.reference)
    }
}

/// Reason why an open debit has no final outcome yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Why {
    /// No comparison is possible: the journal knows no reference that EPS has booked, or EPS does not find the booked reference.
    NoControl,
    /// EPS does not answer the inquiry about the debit in the same way as the inquiry about a made-up reference.
    Unlike,
    /// EPS refuses the inquiry about the debit, or does not answer the inquiry.
    NoAnswer,
    /// EPS has given an answer that cannot be about this debit.
    Contradiction,
    /// EPS knows the debit, but has not finished it.
    InFlight,
}

/// Step in the history of a debit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HistoryStep {
    /// Time of the step, in milliseconds since 1970.
    pub at: u64,
    /// Id of the reservation. A reference may be reserved several times.
    pub reservation_id: String,
    /// Outcome of the reservation before the step. `None` if the step did not change the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// Outcome of the reservation after the step.
    pub to: State,
    /// Cause of the step: `reserved`, `answer`, `noAnswer`, `inquiry`, `silence`, `declaration`, `released`.
    pub by: String,
    /// Short reason for the step, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Period during which EPS answers inquiries about the debit with "not found", measured by the store's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Silence {
    /// Fingerprint of EPS's answer about the debit in the round that began the silence. The fingerprint leaves out the reference.
    pub(crate) print: String,
    /// Number of equal answers from EPS about the debit, including the first answer of the silence.
    pub(crate) answers: u32,
    /// Time that counts as silence, from the first to the last equal answer of EPS, in milliseconds.
    pub(crate) counted_ms: u64,
    /// Epoch of the store's clock at the last equal answer: the period in which readings can be compared, such as one boot of the machine.
    /// `at_ms` is the time within this epoch.
    pub(crate) epoch: String,
    pub(crate) at_ms: u64,
}

/// Stored form of a debit. Contains no secrets and no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) format: u32,
    /// Salted digest of base URL and initiator, which identifies the account of the debit.
    pub(crate) account: String,
    #[serde(flatten)]
    pub(crate) key: DebitKey,
    /// Id of the reservation. A reference may be reserved several times.
    pub(crate) reservation: String,
    /// Amount in rupees, in canonical decimal form. `None` if the request carries no amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<String>,
    /// Salted digest of the debit's payer and payee.
    pub(crate) parties: String,
    pub(crate) created_ms: u64,
    /// Spent reference of an earlier debit that this debit replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_of: Option<String>,
    /// Reference of the later debit that replaces this debit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,

    pub(crate) outcome: State,
    /// True if the reference may be used again: no complete request was sent, or EPS refused the request before doing any work.
    pub(crate) reusable: bool,
    /// True if the debit ended by silence (EPS does not find the debit), or by a person's declaration. The reference cannot be used again.
    /// Inquiries continue for a week.
    #[serde(default)]
    pub(crate) spent: bool,
    /// True if a person declared the outcome of the debit.
    #[serde(default)]
    pub(crate) declared: bool,
    /// Number of final states that this reservation has reached.
    pub(crate) revision: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tid: Option<String>,
    /// True if an answer of EPS has ever shown that EPS may know the debit. Later "not found" answers then no longer prove that the debit
    /// was not made.
    #[serde(default)]
    pub(crate) seen: bool,
    /// True if an answer of EPS has named a tid or a state of the debit without settling the debit. A person may then not declare that the
    /// debit was never sent.
    #[serde(default)]
    pub(crate) named: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) silence: Option<Silence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<Why>,
    /// Description of how an answer of EPS contradicts the known state of the debit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contradiction: Option<String>,

    /// Phase that the debit's request has reached.
    pub(crate) phase: Phase,
    /// Number of requests started for the debit.
    pub(crate) attempts: u32,
    /// Number of inquiries since the debit was reserved. For a spent debit: number of inquiries since the debit ended.
    pub(crate) inquiries: u32,
    /// Start of the last unscheduled inquiry about the debit (one that a callback caused), in milliseconds since 1970 by EPS's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_inquiry_ms: Option<u64>,
    /// Wait until `next_inquiry_ms`, counted from the write of `next_inquiry_ms`, in milliseconds.
    #[serde(default)]
    pub(crate) wait_ms: u64,
    pub(crate) updated_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended_ms: Option<u64>,
    pub(crate) acknowledged: bool,
    /// True if the journal has raised the alarm that the debit has been open for too long.
    #[serde(default)]
    pub(crate) overdue: bool,
    /// Steps of all reservations of this reference, oldest first.
    #[serde(default)]
    pub(crate) history: Vec<HistoryStep>,
}

/// Number of steps at the start of a history that are never dropped. If a history reaches `STEPS` steps, the oldest of the other steps are
/// dropped.
const FIRST_STEPS: usize = 4;
const STEPS: usize = 24;

impl Entry {
    /// Creates the entry of a debit before its request is sent. The outcome starts as `Indeterminate`, because the process may crash after
    /// it has sent the request.
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

    /// Returns true for a refund. A refund has no `clientRefId`, so the tid of the refunded transaction identifies the refund.
    pub(crate) fn is_refund(&self) -> bool {
        self.key.op == "refund"
    }

    /// Returns true if EPS has confirmed the debit by naming a tid or a state.
    pub(crate) fn is_booked(&self) -> bool {
        let state = match self.outcome {
            State::Settled | State::Pending | State::RefundPending | State::Refunded => true,
            // A debit that EPS refused before any work is not booked. Such a debit is reusable, or spent if it is a refund and an earlier
            // reservation may have been sent.
            State::Declined => !self.reusable && !self.spent,
            State::Indeterminate | State::NotSent => false,
        };
        !self.declared && (self.tid.is_some() || state)
    }

    /// Appends a step with the current outcome to the debit's history.
    pub(crate) fn note(&mut self, at: u64, by: &str, detail: Option<String>) {
        let last = self.history.last().filter(|last| last.reservation_id == self.reservation);
        let step = HistoryStep {
            at,
            reservation_id: self.reservation.clone(),
            from: last.map(|last| last.to).filter(|from| *from != self.outcome),
            to: self.outcome,
            by: by.to_owned(),
            // The detail consists of words of this library and tids, so the history stores no personal data.
            detail: detail.map(|text| text.chars().take(160).collect()),
        };
        // More than one step may have to be dropped, because the history includes the steps of earlier reservations.
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

/// Public view of a debit. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JournalEntry {
    /// Operation, such as `dmt.transfer` or `refund`.
    pub op: String,
    /// `clientRefId` of the debit. For a refund: the transaction id (tid) of the refunded transaction.
    pub reference: String,
    /// Id of the reservation. A reference may be reserved several times.
    pub reservation_id: String,
    /// Number of final states that this reservation has reached. `reservation_id` and `revision` together identify an update, so that a
    /// caller can apply each update once.
    pub revision: u32,
    /// Outcome of the debit, as far as known.
    pub outcome: State,
    /// True if the reference may be used again.
    pub reusable: bool,
    /// True if the debit ended because EPS did not find the debit, or because a person declared its end. The reference must not be used
    /// again. Only if the outcome is not sent or declined, a debit with a new reference and `retryOf` may follow.
    pub spent: bool,
    /// Reason why an open debit has no final outcome yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Description of how an answer of EPS contradicts the known state of the debit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<String>,
    /// Amount of the debit in rupees. `None` if the request carries no amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Transaction id (tid) that EPS gave to the debit. `None` if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// Phase that the debit's request has reached. The phase is also `notDispatched` if the process ended before it could record a later
    /// phase.
    pub phase: Phase,
    /// Number of requests started for the debit.
    pub attempts: u32,
    /// Number of inquiries since the debit was reserved. For a spent debit: number of inquiries since the debit ended.
    pub inquiries: u32,
    /// Time at which the debit was reserved in the journal.
    pub created_at: u64,
    /// Time of the last write of this entry.
    pub updated_at: u64,
    /// Time of the next inquiry about the debit. `None` if no inquiry is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_inquiry_at: Option<u64>,
    /// True if the caller has acknowledged the outcome of the debit.
    pub acknowledged: bool,
    /// Spent reference of an earlier debit that this debit replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
    /// True if a person has declared the outcome of the debit.
    pub declared: bool,
}

impl JournalEntry {
    /// Returns the key of the debit.
    pub fn key(&self) -> DebitKey {
        DebitKey { op: self.op.clone(), reference: self.reference.clone() }
    }
}
