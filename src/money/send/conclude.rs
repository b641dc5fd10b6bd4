//! End of a debit: the result of its request is judged, recorded in the journal, and returned to the caller.

use super::{DebitCall, Sent};
use crate::call::Rule;
use crate::error::{Attempt, Code, Error, Phase};
use crate::money::journal::{Entry, Journal, Versioned, journal_error};
use crate::money::outcome::{Evidence as Reached, MoneyOutcome};
use crate::money::record::Recorded;
use crate::money::reserve::{GRACE, RELEASE_GRACE, give_back_behind, unanswered};
use crate::money::state::State;
use crate::money::transition::{
    Decision, Observation, decide, forgotten, may_be_retried, may_be_used_again, unconfirmed,
};
use crate::response::Answer;
use serde_json::Map;
use std::sync::Arc;

impl DebitCall<'_> {
    /// Decides what the result of the last request proves, records the decision, and returns the outcome to the caller.
    pub(super) async fn concluded(&self, journal: Option<&Journal>, row: Versioned, sent: Sent) -> MoneyOutcome {
        let doubt = !self.ledger.core.env.lacks(Rule::Doubt);
        let phase = if doubt { reached(&sent).phase } else { Phase::NotDispatched };
        let attempts = u32::try_from(sent.history.len()).unwrap_or(u32::MAX);
        let evidence =
            Observation::Own { view: sent.view.as_ref(), clock_was_off: sent.clock_was_off, phase, attempts };
        let judged = decide(&row.entry, &evidence, &self.ledger.rules());
        let Some(journal) = journal else {
            self.tell_alarms(&judged);
            return self.compose(&judged.entry, sent, None);
        };
        let view = sent.view;
        let sent = Sent { view: None, ..sent };
        let (ledger, kept) = (Arc::clone(self.ledger), journal.clone());
        let off = sent.clock_was_off;
        let recording = Box::pin(async move {
            let evidence = Observation::Own { view: view.as_ref(), clock_was_off: off, phase, attempts };
            ledger.record(&kept, row, &evidence).await
        });
        match self.limit.run_or_detach(GRACE, recording).await {
            Some(Ok(Recorded::Written(written))) => self.compose(&written.entry, sent, written.entry.next_inquiry_ms),
            // The reference now has another reservation, so the outcome follows only from the answer to the request of this call.
            Some(Ok(Recorded::Gone(Some(now)))) => {
                let mut entry = judged.entry;
                entry.reusable &= may_be_used_again(&now.entry);
                self.compose(&entry, sent, None)
            }
            Some(Ok(Recorded::Gone(None))) => self.compose(&forgotten(judged.entry), sent, None),
            // The result could not be recorded. The debit stays open in the journal, and the resolver asks EPS about it later.
            Some(Err(_)) => {
                self.tell_alarms(&judged);
                self.compose(&unconfirmed(judged.entry), sent, None)
            }
            None => {
                let next = judged.entry.next_inquiry_ms;
                self.compose(&unconfirmed(judged.entry), sent, next)
            }
        }
    }

    /// Sends the alarms of a decision to the listeners, without a write to the journal.
    pub(super) fn tell_alarms(&self, judged: &Decision) {
        for anomaly in &judged.alarms {
            self.ledger.events.alarm(&judged.entry, anomaly);
        }
    }

    /// Frees the reference of a reserved debit of which nothing was sent.
    ///
    /// # Errors
    /// `journal.*` if the journal does not confirm that the reference is free. Another debit may have taken the reference meanwhile, so the
    /// caller must not be told that it is free.
    pub(super) async fn release(
        &self,
        journal: Option<&Journal>,
        row: Versioned,
        error: Error,
    ) -> Result<MoneyOutcome, Error> {
        let entry = decide(&row.entry, &Observation::Released, &self.ledger.rules()).entry;
        let sent = Sent { view: None, clock_was_off: false, result: Err(self.about(error)), history: Vec::new() };
        let Some(journal) = journal else { return Ok(self.compose(&entry, sent, None)) };
        let reserved = row.entry.clone();
        let (ledger, kept, mine) = (Arc::clone(self.ledger), journal.clone(), row.entry.clone());
        let recording = Box::pin(async move {
            let released = ledger.record(&kept, row, &Observation::Released).await;
            if released.is_err() {
                give_back_behind(&ledger, &kept, &mine);
            }
            released
        });
        match self.limit.run_or_detach(RELEASE_GRACE, recording).await {
            // If the reference now has another reservation, the row of that reservation is returned, because it holds what is known about
            // the reference.
            Some(Ok(Recorded::Written(now) | Recorded::Gone(Some(now)))) => {
                Ok(self.compose(&now.entry, sent, now.entry.next_inquiry_ms))
            }
            Some(Ok(Recorded::Gone(None))) => Ok(self.compose(&forgotten(entry), sent, None)),
            Some(Err(error)) => self.unknown_past(journal_error(&error), || Ok(reserved)),
            None => self.unknown_past(unanswered(Code::TimeoutDeadline), || Ok(reserved)),
        }
    }

    /// Returns the outcome that another process has recorded for this debit before this process could send it.
    pub(super) fn as_known(&self, entry: &Entry, history: Vec<Attempt>) -> MoneyOutcome {
        let detail = if history.is_empty() {
            "Another process changed the debit's row in the journal before this process could send a request. This call has sent nothing."
        } else {
            "Another process changed the debit's row in the journal before this process could send the request again. The evidence lists what this call has sent."
        };
        let result = with_history(Err(self.told(Code::TimeoutDeadline, detail)), &history);
        let sent = Sent { view: None, clock_was_off: false, result, history };
        self.compose(entry, sent, entry.next_inquiry_ms)
    }

    /// Ends a call because the journal cannot tell whether its reference was used earlier. The caller must not be told that the reference
    /// is free. Only a reference that the client has generated was certainly never used before, so such a debit can end as not sent.
    pub(super) fn unknown_past(
        &self,
        error: Error,
        intent: impl FnOnce() -> Result<Entry, Error>,
    ) -> Result<MoneyOutcome, Error> {
        if matches!(error.code(), Code::JournalUnusable | Code::JournalBehind) {
            self.ledger.events.journal_alarm(error.message().to_owned());
        }
        let unavailable = matches!(error.code(), Code::JournalUnavailable | Code::Aborted);
        if self.generated && unavailable {
            return Ok(self.not_sent(&intent()?, error));
        }
        Err(self.about(error).having_sent_nothing())
    }

    pub(super) fn not_sent(&self, intent: &Entry, error: Error) -> MoneyOutcome {
        let entry = decide(intent, &Observation::Released, &self.ledger.rules()).entry;
        let sent = Sent { view: None, clock_was_off: false, result: Err(self.about(error)), history: Vec::new() };
        MoneyOutcome { reservation_id: String::new(), revision: 0, ..self.compose(&entry, sent, None) }
    }

    /// Builds the outcome of a debit from its row and from the result of the last request.
    pub(super) fn compose(&self, entry: &Entry, sent: Sent, next_inquiry_ms: Option<u64>) -> MoneyOutcome {
        let evidence = reached(&sent);
        let fields = match &sent.result {
            Ok(answer) if entry.contradiction.is_none() => answer.fields(),
            Ok(_) | Err(_) => Map::new(),
        };
        let (meta, raw, error) = match sent.result {
            Ok(answer) => (Some(answer.meta), Some(answer.raw), None),
            Err(error) => (error.meta().cloned(), error.raw().map(str::to_owned), Some(error)),
        };
        // If the debit is settled or refunded, the caller gets no error, even if the debit's own request has failed.
        let done = matches!(entry.outcome, State::Settled | State::Refunded);
        let outcome =
            if entry.is_open() && self.ledger.core.env.lacks(Rule::Candour) { State::NotSent } else { entry.outcome };
        MoneyOutcome {
            outcome,
            key: entry.key.clone(),
            reservation_id: entry.reservation.clone(),
            revision: entry.revision,
            tid: entry.tid.clone(),
            reusable: entry.reusable && !entry.is_open(),
            evidence,
            error: error.filter(|_| !done),
            contradiction: entry.contradiction.clone(),
            why: entry.why.filter(|_| entry.is_open()),
            next_inquiry_ms: next_inquiry_ms.filter(|_| entry.is_open()),
            fields,
            meta,
            raw,
        }
    }

    pub(super) fn told(&self, code: Code, detail: &str) -> Error {
        Error::new(code, format!("{}: {} {detail} {}", self.request.endpoint.op, code.doc(), code.action()))
    }

    pub(super) fn about(&self, error: Error) -> Error {
        error.with_client_ref_id(self.request.client_ref_id.as_deref())
    }
}

pub(super) fn is_stop(code: Code) -> bool {
    matches!(code, Code::TimeoutDeadline | Code::Aborted)
}

pub(super) fn reached(sent: &Sent) -> Reached {
    let last = sent.history.last();
    let bytes = last.and_then(|attempt| attempt.bytes);
    Reached {
        phase: last.map_or(Phase::NotDispatched, |attempt| attempt.phase),
        bytes_written: bytes.map(|(written, _)| written),
        bytes_total: bytes.map(|(_, total)| total),
        attempts: sent.history.clone(),
    }
}

/// Adds the attempts of all requests of the debit to the answer or the error of the last request.
pub(super) fn with_history(result: Result<Answer, Error>, history: &[Attempt]) -> Result<Answer, Error> {
    let attempts = u32::try_from(history.len()).unwrap_or(u32::MAX);
    match result {
        Ok(mut answer) => {
            answer.meta.attempts = attempts;
            Ok(answer)
        }
        Err(mut error) => {
            if let Some(meta) = error.meta_mut() {
                meta.attempts = attempts;
            }
            let maybe_sent = history.iter().any(|attempt| attempt.phase > Phase::PartlyWritten);
            Err(error.with_history(history.to_vec(), maybe_sent))
        }
    }
}

pub(super) fn missing() -> Error {
    Error::new(Code::JournalMissing, format!("{} {}", Code::JournalMissing.doc(), Code::JournalMissing.action()))
}

pub(super) fn reference_used(entry: &Entry) -> Error {
    let key = &entry.key;
    let message = format!(
        "{}: the reference {} was already used by a debit that is {}.{} {}",
        key.op,
        key.reference,
        entry.outcome.as_str(),
        way_out(entry),
        Code::ReferenceUsed.action()
    );
    Error::new(Code::ReferenceUsed, message).with_client_ref_id(Some(&key.reference)).having_sent_nothing()
}

/// Returns the advice for the caller about a debit that has already used its reference. The text is empty if there is no advice.
fn way_out(entry: &Entry) -> &'static str {
    match entry.outcome {
        _ if entry.successor.is_some() => " Another debit has replaced it: call history() and resolve() for both.",
        _ if may_be_retried(entry) && entry.is_refund() => {
            " It is recorded as not done. To refund again, give the same tid as retryOf."
        }
        _ if may_be_retried(entry) => {
            " It is recorded as not done. To replace it, use a new clientRefId and give this reference as retryOf."
        }
        State::Settled | State::Pending | State::RefundPending | State::Indeterminate => {
            " Do not send it again, under any reference."
        }
        State::Declined | State::Refunded | State::NotSent => "",
    }
}
