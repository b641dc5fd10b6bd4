//! What the journal keeps of a debit. The stored form is private to the crate; callers see [`JournalEntry`].

use super::super::state::State;
use crate::error::Phase;
use serde::{Deserialize, Serialize};

/// The format of a row. A row with a higher one is left alone.
pub(crate) const FORMAT: u32 = 1;

/// What a debit is known by: the operation, and the caller's reference (a refund has the transaction's tid).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DebitKey {
    /// The call: `dmt.transfer`, `refund`.
    pub op: String,
    /// `clientRefId`, or the tid of a refund.
    pub reference: String,
}

impl DebitKey {
    /// One text, for stores that have one key column.
    pub(crate) fn text(&self) -> String {
        format!("{}:{}", self.op, self.reference)
    }
}

/// Why an open debit cannot be concluded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Why {
    /// There is no reference that EPS has booked, to compare with; or EPS does not find it.
    NoControl,
    /// EPS answers our reference otherwise than one that was made up.
    Unlike,
    /// EPS refuses to be asked, or does not answer.
    NoAnswer,
    /// EPS has said something that cannot be about this debit.
    Contradiction,
    /// EPS has it and has not finished.
    InFlight,
}

/// One step in the life of a debit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HistoryStep {
    /// When, milliseconds since 1970.
    pub at: u64,
    /// Of which attempt under the reference.
    pub reservation_id: String,
    /// The outcome of this attempt before it, where it was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// The outcome after it.
    pub to: State,
    /// What brought it: `reserved`, `answer`, `noAnswer`, `inquiry`, `silence`, `declaration`, `released`.
    pub by: String,
    /// Why, in short. Holds no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How long EPS has known nothing of a debit, by the store's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Silence {
    /// The answer of the round it began with, the reference aside.
    pub(crate) print: String,
    /// Answers about our reference that were equal to it.
    pub(crate) answers: u32,
    /// Milliseconds between them, counted.
    pub(crate) counted_ms: u64,
    /// The store's clock at the last of them.
    pub(crate) epoch: String,
    pub(crate) at_ms: u64,
}

/// A debit as the journal keeps it. It holds no secret and no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) format: u32,
    /// A salted digest of base URL and initiator.
    pub(crate) account: String,
    #[serde(flatten)]
    pub(crate) key: DebitKey,
    /// The id of this attempt under the reference.
    pub(crate) reservation: String,
    /// Canonical decimal rupees, where the request carries an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<String>,
    /// A salted digest of who pays whom.
    pub(crate) parties: String,
    pub(crate) created_ms: u64,
    /// The spent reference that this debit replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_of: Option<String>,
    /// The reference that replaces this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,

    pub(crate) outcome: State,
    /// Whether its reference may be used again: no complete request has left, or EPS refused before any work.
    pub(crate) reusable: bool,
    /// Whether silence or a person ended it: the reference is not used again, and EPS is asked about it for a week.
    #[serde(default)]
    pub(crate) spent: bool,
    /// Whether a person ended it.
    #[serde(default)]
    pub(crate) declared: bool,
    /// Counts the final states of this reservation.
    pub(crate) revision: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tid: Option<String>,
    /// Whether EPS has shown a sign of it, contradicted or not: silence proves nothing any more.
    #[serde(default)]
    pub(crate) seen: bool,
    /// Whether EPS has named a state of it in an answer that contradicts: a person may not say that it was never sent.
    #[serde(default)]
    pub(crate) named: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) silence: Option<Silence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<Why>,
    /// What contradicted it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contradiction: Option<String>,

    /// How far the request got.
    pub(crate) phase: Phase,
    /// Requests that were begun.
    pub(crate) attempts: u32,
    /// Inquiries made since it was reserved, or since it ended and was spent.
    pub(crate) inquiries: u32,
    /// When an inquiry from outside the schedule was last begun, milliseconds since 1970 by EPS's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_inquiry_ms: Option<u64>,
    /// How long the wait for it was when it was written.
    #[serde(default)]
    pub(crate) wait_ms: u64,
    pub(crate) updated_ms: u64,
    /// When it became final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended_ms: Option<u64>,
    pub(crate) acknowledged: bool,
    /// Whether it has raised the alarm of being open for too long.
    #[serde(default)]
    pub(crate) overdue: bool,
    /// What has happened under this reference, the oldest first.
    #[serde(default)]
    pub(crate) history: Vec<HistoryStep>,
}

/// Steps of a history kept: the first few, which tell how it began, and the last.
const FIRST_STEPS: usize = 4;
const STEPS: usize = 24;

impl Entry {
    /// A debit that is to be sent: until something better is recorded, it may have left.
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

    /// A refund is known by the tid of its transaction, and carries no reference of its own.
    pub(crate) fn is_refund(&self) -> bool {
        self.key.op == "refund"
    }

    /// Whether EPS has named it: a tid, or a state.
    pub(crate) fn is_booked(&self) -> bool {
        let state = match self.outcome {
            State::Settled | State::Pending | State::RefundPending | State::Refunded => true,
            // Refused before work it is free, or spent where an earlier attempt of a refund may have left.
            State::Declined => !self.reusable && !self.spent,
            State::Indeterminate | State::NotSent => false,
        };
        !self.declared && (self.tid.is_some() || state)
    }

    /// Adds a step, at this entry's outcome.
    pub(crate) fn note(&mut self, at: u64, by: &str, detail: Option<String>) {
        let last = self.history.last().filter(|last| last.reservation_id == self.reservation);
        let step = HistoryStep {
            at,
            reservation_id: self.reservation.clone(),
            from: last.map(|last| last.to).filter(|from| *from != self.outcome),
            to: self.outcome,
            by: by.to_owned(),
            // Words of ours and tids only, and never long.
            detail: detail.map(|text| text.chars().take(160).collect()),
        };
        // What came before under this reference may have brought it beyond the bound.
        while self.history.len() >= STEPS {
            self.history.remove(FIRST_STEPS);
        }
        self.history.push(step);
    }

    /// Whether both are of one reservation.
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

/// What the journal knows of a debit. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JournalEntry {
    /// The call.
    pub op: String,
    /// `clientRefId`, or the tid of a refund.
    pub reference: String,
    /// The id of this attempt under the reference.
    pub reservation_id: String,
    /// Counts the final states of this attempt, from 1; 0 while there was none. With `reservation_id` it makes an update idempotent.
    pub revision: u32,
    /// What is known of it.
    pub outcome: State,
    /// Whether the reference may be used again.
    pub reusable: bool,
    /// Whether silence or a person ended it: a new attempt takes a new reference, with `retryOf`.
    pub spent: bool,
    /// Why it cannot be concluded yet, while open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// What contradicted it, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<String>,
    /// Rupees, where the request carries an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// EPS's transaction id, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// How far the request got; `notDispatched` also where the process ended before it could be recorded.
    pub phase: Phase,
    /// Requests that were begun.
    pub attempts: u32,
    /// Inquiries made.
    pub inquiries: u32,
    /// When the intent was made durable.
    pub created_at: u64,
    /// When it was last written.
    pub updated_at: u64,
    /// The next inquiry, where one is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_inquiry_at: Option<u64>,
    /// Whether its end was acknowledged.
    pub acknowledged: bool,
    /// The spent reference that this debit replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
    /// Whether a person has said how it ended.
    pub declared: bool,
}

impl JournalEntry {
    /// What it is known by.
    pub fn key(&self) -> DebitKey {
        DebitKey { op: self.op.clone(), reference: self.reference.clone() }
    }
}
