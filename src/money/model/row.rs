//! Rows that hold no more than what decides, made of the product's own and back.
//!
//! Times are ages, counted in ticks of five minutes: so the states are finite, and none of them is late.

use super::judge::ModelJudge;
use super::words::{self, ModelRound, ModelWord};
use crate::money::journal::{DebitKey, Entry, Silence, StoreTime};
use crate::money::state::State;

/// A reference, by its number.
pub(super) type ModelReference = u8;

pub(super) const TICK_MS: u64 = 5 * 60_000;
/// Silence lasts this long. What EPS has taken it shows after one: it takes a signature of the tick before, and may show it a tick later.
pub(super) const SILENCE: u8 = 2;
pub(super) const NOW_MS: u64 = 1_700_000_000_000;
const BOOT_MS: u64 = 1_000_000_000;
/// Equal answers that silence takes at least.
pub(super) const ANSWERS: u32 = 2;

/// What a row holds that decides.
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
    /// Whether it is asked about.
    pub(super) due: bool,
    pub(super) revision: u8,
    pub(super) retry_of: Option<ModelReference>,
    pub(super) successor: Option<ModelReference>,
    /// Answers, ticks that were counted, and ticks since the last answer.
    pub(super) silence: Option<[u8; 3]>,
}

/// What became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Heard {
    Own(ModelWord, bool),
    Nothing(Left),
    /// With the ticks from the last answer that counts until it was asked.
    Inquiry(ModelWord, Option<ModelRound>, i8),
    Released,
    DeclaredNotSent,
}

/// How far a request got that was not answered.
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
        // What has ended, or was seen, is not inferred from any more.
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

/// The store's clock, so many ticks ago.
pub(super) fn ago(ticks: u8) -> StoreTime {
    StoreTime { epoch: "boot".into(), ms: BOOT_MS - u64::from(ticks) * TICK_MS, settable: false }
}
