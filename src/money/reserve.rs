//! Reserves a debit: writes its row durably to the journal before the request is sent. Also limits how long the caller waits for the
//! journal.
//!
//! The intent is the row of a debit as it is written before the request; after the write, the row is the reservation. A debit is spent if a
//! series of "not found" answers or a person has ended it. A spent reference must not be used again, but a new debit may replace the spent
//! one.

use super::DebitKey;
use super::journal::{Entry, Journal, Reservation, StoreError, StoreFailure, Versioned, journal_error};
use super::ledger::Ledger;
use super::record::Recorded;
use super::state::State;
use super::transition::{
    Observation, Proof, TransactionView, has_ended_without_money, is_untouched, may_be_replaced, may_be_retried,
    may_be_used_again, proof,
};
use crate::call::Rule;
use crate::error::{Code, Error};
use crate::transport::until;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Longest time that a caller waits for the journal to record EPS's answer, after the deadline or the abort of the debit. The write
/// normally takes a few milliseconds.
pub(super) const GRACE: Duration = Duration::from_millis(100);
/// Longest time that a caller waits for the journal to free the reference of an unsent debit, after the deadline or the abort of the debit.
/// It is longer than `GRACE`, so that the caller learns whether the reference is free.
pub(super) const RELEASE_GRACE: Duration = Duration::from_secs(1);
/// Waits before each try to free a reserved reference. They are long, because an insert with an unknown result may still be committed, for
/// as long as the database keeps the lost connection open.
const GIVE_BACK: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_secs(1), Duration::from_secs(10), Duration::from_secs(60)];

pub(super) struct Limit<'a> {
    pub(super) deadline: Instant,
    pub(super) abort: Option<&'a CancellationToken>,
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub(super) enum Reserved {
    /// The reservation is durable and belongs to this debit.
    Taken(Box<Versioned>, ReservedAt),
    /// Another debit already uses the reference. Holds its row.
    Used(Box<Entry>),
    /// The journal was read and has no row for the reference, but the new row could not be written.
    NotWritten(Error),
    /// The journal could not tell if the reference was used earlier.
    Unknown(Error),
}

/// Point in time, read from two clocks: one that stops while the machine sleeps, and one that goes on.
#[derive(Clone, Copy)]
pub(super) struct ReservedAt(Instant, SystemTime);

impl ReservedAt {
    pub(super) fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.0.elapsed().max(self.1.elapsed().unwrap_or_default())
    }
}

impl Limit<'_> {
    /// Writes the reservation row of a debit. If the write comes too late or its result is unknown, the debit is not sent, and the
    /// reference is freed in the background.
    pub(super) async fn reserve(&self, ledger: &Arc<Ledger>, journal: &Journal, intent: &Entry) -> Reserved {
        let begun = ReservedAt::now();
        let mut reserving: Work<_> = Box::pin({
            let (journal, intent) = (journal.clone(), intent.clone());
            let retry = intent.retry_of.clone();
            let lacks = ledger.core.env.lacks(Rule::Spent);
            let free = move |known: &Entry| may_be_replaced(known, retry.as_deref()) || lacks && known.spent;
            async move { journal.reserve(&intent, free).await }
        });
        let stop = tokio::select! {
            biased;
            result = until(self.deadline, reserving.as_mut()) => match result {
                Ok(Ok(Reservation::Taken { version, entry })) => return Reserved::Taken(Box::new(Versioned { version, entry: *entry }), begun),
                Ok(Ok(Reservation::Refused(entry))) => return Reserved::Used(entry),
                Ok(Ok(Reservation::Unreadable)) => return Reserved::Unknown(newer_row(intent)),
                Ok(Err(error)) => return self.unwritten(ledger, journal, intent, error).await,
                Err(_) => Code::TimeoutDeadline,
            },
            () = self.aborted() => Code::Aborted,
        };
        let (ledger, journal, intent) = (Arc::clone(ledger), journal.clone(), intent.clone());
        tokio::spawn(async move {
            match reserving.await {
                Ok(Reservation::Taken { .. }) | Err(_) => give_back(&ledger, &journal, &intent).await,
                Ok(Reservation::Refused(_) | Reservation::Unreadable) => {}
            }
        });
        Reserved::Unknown(unanswered(stop))
    }

    /// Handles a failed insert of the reservation. Reads the journal, because only a read can tell whether the reference was used earlier.
    async fn unwritten(&self, ledger: &Arc<Ledger>, journal: &Journal, intent: &Entry, error: StoreError) -> Reserved {
        let told = journal_error(&error);
        if error.kind != StoreFailure::Unavailable {
            return Reserved::Unknown(told);
        }
        let read = until(self.deadline, journal.read(&intent.key)).await;
        // The insert was reported as failed, but may still be committed.
        give_back_behind(ledger, journal, intent);
        match read {
            Ok(Ok(None)) => Reserved::NotWritten(told),
            // The row is of another reservation and blocks the reference. If the row is our own, only the answer to its insert was lost,
            // and `give_back_behind` frees it.
            Ok(Ok(Some(known))) if !known.entry.is_of(intent) && !may_be_used_again(&known.entry) => {
                Reserved::Used(Box::new(known.entry))
            }
            Ok(Ok(Some(_)) | Err(_)) | Err(_) => Reserved::Unknown(told),
        }
    }

    /// Runs `work` until the deadline or the abort of the debit, and for `grace` longer. If `work` has not ended by then, it continues in
    /// the background, and the function returns `None`.
    pub(super) async fn run_or_detach<T: Send + 'static>(&self, grace: Duration, mut work: Work<T>) -> Option<T> {
        let end = async {
            tokio::select! {
                () = self.aborted() => {}
                () = tokio::time::sleep_until(self.deadline) => {}
            }
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            biased;
            done = work.as_mut() => return Some(done),
            () = end => {}
        }
        tokio::spawn(work);
        None
    }

    /// Runs `work` until the deadline or the abort of the debit, and then drops it, so a write that `work` has started may or may not
    /// happen. Callers pin the future themselves, because a future that is passed by value would be held in memory three times.
    ///
    /// # Errors
    /// `Code::TimeoutDeadline` or `Code::Aborted`, whichever came first.
    pub(super) async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Code> {
        tokio::select! {
            biased;
            result = until(self.deadline, work) => result.map_err(|_| Code::TimeoutDeadline),
            () = self.aborted() => Err(Code::Aborted),
        }
    }

    async fn aborted(&self) {
        match self.abort {
            Some(abort) => abort.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

/// Frees the reserved reference of an unsent debit, in the background.
pub(super) fn give_back_behind(ledger: &Arc<Ledger>, journal: &Journal, intent: &Entry) {
    let (ledger, journal, intent) = (Arc::clone(ledger), journal.clone(), intent.clone());
    tokio::spawn(async move { give_back(&ledger, &journal, &intent).await });
}

/// Frees the reference of a debit that this process has reserved and not sent. If all tries fail, the row stays open, and EPS is asked
/// about the debit later.
async fn give_back(ledger: &Arc<Ledger>, journal: &Journal, intent: &Entry) {
    for wait in GIVE_BACK {
        tokio::time::sleep(wait).await;
        match journal.read(&intent.key).await {
            Ok(Some(known)) if known.entry.is_of(intent) => {
                let released = ledger.record(journal, known, &Observation::Released).await;
                if matches!(released, Ok(Recorded::Written(_) | Recorded::Gone(_))) {
                    return;
                }
            }
            Ok(Some(_)) => return,
            Ok(None) | Err(_) => {}
        }
    }
}

impl Ledger {
    /// Reserves a debit that replaces the spent debit `old`. Writes the rows of both debits together, so the old row names a successor if
    /// and only if the successor exists. A refund keeps its reference, so for a refund this function makes the same checks, writes no row
    /// and returns `None`; the caller then reserves the refund under the same reference.
    ///
    /// # Errors
    /// `invalid_params` if `retryOf` names no spent debit; `reference_used` if that debit already has a successor, if the new reference
    /// already has a debit, or if EPS does not confirm now that it has no transaction for the old debit; `journal.*`.
    pub(super) async fn reserve_successor(
        self: &Arc<Self>,
        journal: &Journal,
        intent: &Entry,
        old: &str,
    ) -> Result<Option<Versioned>, Error> {
        let failed = |error| journal_error(&error);
        let rule = |rule: &str| {
            let params = [("retryOf".to_owned(), rule.to_owned())].into();
            Error::new(Code::InvalidParams, format!("retryOf {rule}")).with_invalid_params(params)
        };
        if intent.is_refund() != (old == intent.key.reference) {
            let which = if intent.is_refund() {
                "must be the same tid as the refund's own"
            } else {
                "must differ from clientRefId: a debit that replaces another one needs a new reference"
            };
            return Err(rule(which));
        }
        let key = DebitKey { op: intent.key.op.clone(), reference: old.to_owned() };
        let Some(known) = journal.read(&key).await.map_err(failed)?.filter(|known| !journal.is_foreign(&known.entry))
        else {
            return Err(rule("must name a debit of the same call and account, but the journal has no such debit"));
        };
        if !may_be_retried(&known.entry) {
            let outcome = known.entry.outcome.as_str();
            let named = "must name a spent debit that is notSent or declined, but the named debit is";
            return Err(rule(&match known.entry.outcome {
                State::NotSent | State::Declined => {
                    format!("{named} {outcome} and not spent: leave retryOf out, the debit needs no replacement")
                }
                State::Settled | State::Pending | State::RefundPending | State::Refunded | State::Indeterminate => {
                    format!("{named} {outcome}")
                }
            }));
        }
        if let Some(successor) = known.entry.successor.as_ref().filter(|successor| **successor != intent.key.reference)
        {
            let key = DebitKey { op: key.op.clone(), reference: successor.clone() };
            let successor = journal.read(&key).await.map_err(failed)?;
            // A journal that was restored from an older copy may show the reference of the successor as free, although its request was sent
            // after that copy was made.
            let older = journal.store.restored_lately().await.map_err(failed)?;
            match successor {
                // Nothing proves yet that EPS does not have the successor. EPS must show in a round that it has neither of the two debits.
                Some(successor) if may_be_retried(&successor.entry) || older && may_be_used_again(&successor.entry) => {
                    self.prove_absent(journal, successor).await?;
                }
                Some(successor) if !has_ended_without_money(&successor.entry) => {
                    return Err(used(&format!("{old} was already replaced by {}", key.reference)));
                }
                Some(_) => {}
                // The old row and its successor were written together. So the successor existed, and its row has been deleted since.
                None => {
                    return Err(used(&format!("{old} was replaced by {}, whose row was deleted since", key.reference)));
                }
            }
        }
        let new = if intent.is_refund() { None } else { journal.read(&intent.key).await.map_err(failed)? };
        if let Some(new) = new.as_ref().filter(|new| !may_be_used_again(&new.entry)) {
            let outcome = new.entry.outcome.as_str();
            return Err(used(&format!("{} was already used by a debit that is {outcome}", intent.key.reference)));
        }
        let mut known = self.prove_absent(journal, known).await?;
        if intent.is_refund() {
            return Ok(None);
        }
        let version = new.map_or(0, |new| new.version) + 1;
        known.entry.successor = Some(intent.key.reference.clone());
        known.entry.updated_ms = self.core.now_ms();
        let successor = journal.row_of(version, intent).map_err(failed)?;
        if !journal.write(known.version + 1, &known.entry, vec![successor]).await.map_err(failed)? {
            return Err(used(&format!("{old} was changed by another process during this call: read it again")));
        }
        let written = journal.read(&intent.key).await.map_err(failed)?.filter(|written| written.entry.is_of(intent));
        let taken = || used(&format!("{} was taken by another debit during this call", intent.key.reference));
        written.map(Some).ok_or_else(taken)
    }

    /// Asks EPS in a round whether it has the debit, and returns the row if EPS proves that it does not. Otherwise records EPS's answer in
    /// the journal and returns an error.
    pub(super) async fn prove_absent(
        self: &Arc<Self>,
        journal: &Journal,
        known: Versioned,
    ) -> Result<Versioned, Error> {
        let reference = known.entry.key.reference.clone();
        let asked = journal.store.clock().await.map_err(|error| journal_error(&error))?;
        let (answer, round) = self.compare(journal, &known.entry).await?;
        let view =
            crate::api::endpoint(&known.entry.key.op).and_then(|endpoint| TransactionView::of(endpoint, &answer));
        let Some(view) = view else {
            return Err(used(&format!("EPS did not answer whether it has a debit {reference}: try again later")));
        };
        let absent = if known.entry.is_refund() {
            is_untouched(&known.entry, &view)
        } else {
            matches!(proof(&reference, &view, round.as_ref()), Proof::Absent(_))
        };
        if absent {
            return Ok(known);
        }
        let time = journal.store.clock().await.map_err(|error| journal_error(&error))?;
        let before = known.entry.silence.clone();
        let evidence = Observation::Inquiry {
            view: &view,
            round: round.as_ref(),
            asked: &asked,
            time: &time,
            known: before.as_ref(),
        };
        self.record(journal, known, &evidence).await.map_err(|error| journal_error(&error))?;
        Err(used(&format!("EPS did not prove that it has no debit {reference}: call resolve(), then try again")))
    }
}

fn used(what: &str) -> Error {
    Error::new(Code::ReferenceUsed, format!("{what}. {}", Code::ReferenceUsed.action())).having_sent_nothing()
}

fn newer_row(intent: &Entry) -> Error {
    let key = &intent.key;
    let message = format!(
        "{}: the reference {} belongs to a debit that a newer version of eko-eps has written: use that version to ask about the debit",
        key.op, key.reference
    );
    Error::new(Code::ReferenceUsed, message)
}

/// Returns the error for a debit whose deadline passed, or which was aborted, before the journal had answered.
pub(super) fn unanswered(stop: Code) -> Error {
    let code = if stop == Code::Aborted { Code::Aborted } else { Code::JournalUnavailable };
    let action = Code::JournalUnavailable.action();
    let message = format!("{} The journal had not answered by then, so nothing was sent. {action}", stop.doc());
    Error::new(code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_expired_call_waits_100_ms_more_and_a_release_1_s() {
        for (grace, took) in [(GRACE, 1_100), (RELEASE_GRACE, 2_000)] {
            let begun = Instant::now();
            let limit = Limit { deadline: begun + Duration::from_secs(1), abort: None };
            assert!(limit.run_or_detach(grace, Box::pin(std::future::pending::<()>())).await.is_none());
            let waited = begun.elapsed();
            assert!((took..=took + 2).contains(&waited.as_millis()), "{waited:?}");
        }
    }
}
