//! What became of a debit, made durable, and told to whoever listens.

use super::Inner;
use super::events::{Doubt, Reason};
use crate::error::{Code, Phase};
use crate::money::{Entry, Journal, Key, Known, MoneyAnswer, State};
use std::sync::Arc;

/// Of an answer, what the journal keeps; it may be recorded when the caller is long gone.
pub(super) struct Record {
    key: Key,
    created_ms: u64,
    state: State,
    reusable: bool,
    tid: Option<String>,
    phase: Phase,
    attempts: u32,
    next_ms: u64,
    now_ms: u64,
}

/// What recording has brought to light.
pub(super) struct Recorded {
    next_inquiry_ms: Option<u64>,
    /// What does not fit, and the tid that is known.
    doubt: Option<(String, Option<String>)>,
}

impl Record {
    pub(super) fn of(client: &Inner, answer: &MoneyAnswer, created_ms: u64) -> Self {
        let now_ms = client.now_ms();
        // In front of EPS somebody has said no: whether EPS heard of it at all is best asked at once.
        let at_once = answer.error.as_ref().is_some_and(|error| error.code() == Code::EdgeForbidden);
        Self {
            key: answer.key.clone(),
            created_ms,
            state: answer.state,
            reusable: answer.reusable,
            tid: answer.tid.clone(),
            phase: answer.evidence.phase,
            attempts: u32::try_from(answer.evidence.attempts.len()).unwrap_or(u32::MAX),
            next_ms: if at_once { now_ms } else { client.schedule.next_ms(created_ms, 0, now_ms) },
            now_ms,
        }
    }

    /// Once it is recorded.
    pub(super) fn next_inquiry_ms(&self) -> Option<u64> {
        (!self.state.is_final()).then_some(self.next_ms)
    }

    /// What cannot be recorded stays open in the journal and is inquired: nothing is lost by a failure here.
    pub(super) async fn write(self, client: Arc<Inner>, journal: Journal) -> Option<Recorded> {
        let entry = journal.change(&self.key, |entry| self.known(entry)).await.ok()??;
        let doubt = self.doubt(&entry);
        if self.is_of(&entry) {
            client.events.outcome(&entry);
        }
        if let Some(doubt) = &doubt {
            let tid = entry.known.tid.as_ref().or(self.tid.as_ref());
            client.events.alarm_of(&self.key, entry.known.state, tid, doubt);
            // Another debit under its reference would be one too many.
            if self.is_of(&entry) && entry.known.state == State::NotSent {
                let _ = journal.take_back(&entry, self.now_ms).await;
            }
        }
        let doubt = doubt.map(|doubt| (doubt.detail, entry.known.tid.clone()));
        self.is_of(&entry).then_some(Recorded { next_inquiry_ms: entry.known.next_inquiry_ms, doubt })
    }

    /// While this process was frozen, others may have given the debit up and used its reference anew: that one is not ours.
    fn is_of(&self, entry: &Entry) -> bool {
        entry.intent.created_ms == self.created_ms
    }

    fn known(&self, entry: &Entry) -> Known {
        if !self.is_of(entry) {
            return entry.known.clone();
        }
        let (phase, attempts, updated_ms) = (self.phase.into(), self.attempts, self.now_ms);
        if self.doubt(entry).is_some() {
            return Known { phase, attempts, updated_ms, ..entry.known.clone() };
        }
        Known {
            state: self.state,
            reusable: self.reusable,
            tid: self.tid.clone().or_else(|| entry.known.tid.clone()),
            phase,
            attempts,
            next_inquiry_ms: self.next_inquiry_ms(),
            updated_ms,
            ..entry.known.clone()
        }
    }

    /// What does not fit to what an inquiry, of this process or another, has found out while the answer was awaited.
    fn doubt(&self, entry: &Entry) -> Option<Doubt> {
        let known = &entry.known;
        if !self.is_of(entry) {
            let detail = "the answer shows that EPS has a debit whose reference was free and was used anew";
            return self.lives().then(|| Reason::StateChanged.because(detail));
        }
        if matches!((&self.tid, &known.tid), (Some(said), Some(known)) if said != known) {
            let detail = "the answer names another tid than an inquiry did: the debit may have been booked twice";
            return Some(Reason::DuplicateObserved.because(detail));
        }
        let fits = match known.state {
            State::Indeterminate | State::Pending | State::RefundPending => true,
            // EPS has what we hold for never sent.
            State::NotSent => !self.lives(),
            State::Settled | State::Declined | State::Refunded => !self.state.is_final() || self.state == known.state,
        };
        let detail = || format!("the answer says {}, an inquiry said {}", self.state.as_str(), known.state.as_str());
        (!fits).then(|| Reason::StateChanged.because(detail()))
    }

    /// Whether EPS has, or had, a transaction of it.
    fn lives(&self) -> bool {
        match self.state {
            State::Pending | State::RefundPending | State::Settled | State::Refunded => true,
            State::Declined => !self.reusable,
            State::Indeterminate | State::NotSent => self.tid.is_some(),
        }
    }
}

impl Recorded {
    /// What the caller is told beside the answer.
    pub(super) fn tell(self, answer: &mut MoneyAnswer) {
        answer.next_inquiry_ms = self.next_inquiry_ms;
        if let Some((detail, tid)) = self.doubt {
            answer.state = State::Indeterminate;
            answer.reusable = false;
            answer.tid = tid;
            answer.contradiction = Some(detail);
        }
    }
}
