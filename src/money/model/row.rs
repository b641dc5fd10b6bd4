//! Rows of the model, reduced to the fields that affect decisions, and their conversion to and from the product's entries.
//!
//! Times are stored as ages: the number of ticks (units of five minutes) before the constant time [`NOW_MS`]. This keeps the number of
//! states finite.
//!
//! Silence is the time for which EPS has answered "not found". The field `reservation` is the number of an attempt.

use super::judge::ModelJudge;
use super::words::{self, ModelRound, ModelWord};
use crate::money::journal::{DebitKey, Entry, Silence, StoreTime};
use crate::money::state::State;

pub(super) type ModelReference = u8;

pub(super) const TICK_MS: u64 = 5 * 60_000;
/// Number of ticks over which "not found" answers must be spread. Two ticks are enough, because EPS accepts a request at most one tick
/// after its signature, and shows the booking at most one tick later.
pub(super) const SILENCE: u8 = 2;
pub(super) const NOW_MS: u64 = 1_700_000_000_000;
const BOOT_MS: u64 = 1_000_000_000;
/// Number of "not found" answers with the same content that are needed to end a debit.
pub(super) const ANSWERS: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ModelRow {
    pub(super) reservation: u8,
    pub(super) outcome: State,
    pub(super) reusable: bool,
    pub(super) spent: bool,
    pub(super) declared: bool,
    pub(super) seen: bool,
    pub(super) tid: bool,
    pub(super) acknowledged: bool,
    /// True if an inquiry about the debit is scheduled.
    pub(super) due: bool,
    pub(super) revision: u8,
    pub(super) retry_of: Option<ModelReference>,
    pub(super) successor: Option<ModelReference>,
    /// "Not found" answers about the debit as three numbers: answers with the same content, ticks over which these answers are spread (at
    /// most [`SILENCE`]), and ticks since the last of these answers.
    pub(super) silence: Option<[u8; 3]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Heard {
    Own(ModelWord, bool),
    Nothing(Left),
    /// Answer to an inquiry, the result of its control inquiries, and the number of ticks between the last counted "not found" answer and
    /// the sending of this inquiry.
    Inquiry(ModelWord, Option<ModelRound>, i8),
    Released,
    DeclaredNotSent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Left {
    Nothing,
    Part,
    All,
}

impl ModelJudge {
    pub(super) fn name(&self, reference: ModelReference) -> String {
        words::name(self.refund, reference)
    }

    pub(super) fn born(&self, reference: ModelReference, reservation: u8) -> Entry {
        let op = if self.refund { "refund" } else { "dmt.transfer" };
        let key = DebitKey { op: op.into(), reference: self.name(reference) };
        let amount = (!self.refund).then(|| "100".into());
        Entry { amount, ..Entry::reserved("account".into(), key, reservation.to_string(), NOW_MS) }
    }

    pub(super) fn entry(&self, reference: ModelReference, row: &ModelRow) -> Entry {
        let silence = row.silence.map(|[answers, counted, age]| Silence {
            print: self.print.borrow().clone(),
            answers: answers.into(),
            counted_ms: u64::from(counted) * TICK_MS,
            epoch: ago(age).epoch,
            at_ms: ago(age).ms,
        });
        Entry {
            outcome: row.outcome,
            reusable: row.reusable,
            spent: row.spent,
            declared: row.declared,
            seen: row.seen,
            tid: row.tid.then(|| words::tid(reference)),
            acknowledged: row.acknowledged,
            next_inquiry_ms: row.due.then_some(NOW_MS),
            revision: row.revision.into(),
            retry_of: row.retry_of.map(|old| self.name(old)),
            successor: row.successor.map(|new| self.name(new)),
            ended_ms: row.outcome.is_final().then_some(NOW_MS),
            silence,
            ..self.born(reference, row.reservation)
        }
    }

    pub(super) fn row(&self, entry: &Entry) -> ModelRow {
        let number = |name: &String| (0..3).find(|number| self.name(*number) == *name);
        let ticks = |ms: u64| u8::try_from(ms.div_ceil(TICK_MS)).unwrap().min(SILENCE);
        // "Not found" answers do not matter after the debit has ended or EPS has named it.
        let silence = entry.silence.as_ref().filter(|_| entry.is_open() && !entry.seen);
        let silence = silence.map(|silence| {
            let answers = u8::try_from(silence.answers.min(ANSWERS)).unwrap();
            [answers, ticks(silence.counted_ms), ticks(BOOT_MS - silence.at_ms)]
        });
        ModelRow {
            reservation: entry.reservation.parse().unwrap(),
            outcome: entry.outcome,
            reusable: entry.reusable,
            spent: entry.spent,
            declared: entry.declared,
            seen: entry.seen,
            tid: entry.tid.is_some(),
            acknowledged: entry.acknowledged,
            due: entry.next_inquiry_ms.is_some(),
            revision: u8::try_from(entry.revision).unwrap(),
            retry_of: entry.retry_of.as_ref().and_then(number),
            successor: entry.successor.as_ref().and_then(number),
            silence,
        }
    }
}

/// Returns the time that the store's clock showed `ticks` ticks ago.
pub(super) fn ago(ticks: u8) -> StoreTime {
    StoreTime { epoch: "boot".into(), ms: BOOT_MS - u64::from(ticks) * TICK_MS, settable: false }
}
