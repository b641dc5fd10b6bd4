//! One debit, from its parameters to its outcome: the debit is reserved in the journal, sent once, judged and recorded.

mod conclude;
mod fence;
mod intent;
mod permit;

use super::Schedule;
use super::journal::{Entry, Journal, Versioned};
use super::ledger::Ledger;
use super::outcome::MoneyOutcome;
use super::reserve::{Limit, Reserved, ReservedAt, give_back_behind, unanswered};
use super::transition::{TransactionView, may_send_again};
use crate::call::{Call, CallReport, Rule, StampCheck};
use crate::catalog::Effect;
use crate::error::{Attempt, Code, Error, Phase};
use crate::request::Prepared;
use crate::response::Answer;
use crate::transport::Policy;
use conclude::{is_stop, missing, reached, reference_used, with_history};
use fence::Fenced;
use intent::{check_deadline, check_params, invalid};
use serde_json::{Map, Value};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Largest number of requests for one debit. `DebitCall::again` decides if a second one may be sent.
const ATTEMPTS: u32 = 2;

/// Options for one debit.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DebitOptions {
    /// Longest time that the call may take, by default 60 s. The minimum is 5 s, except against a server on this machine.
    pub deadline: Option<Duration>,
    /// Token that ends the wait for the outcome. A request that was already sent is not undone.
    pub abort: Option<CancellationToken>,
    /// Reference of a spent debit that this debit replaces. A debit is spent if EPS has answered "not found" for long enough, or if a
    /// person has ended it. A repeated refund gives its own transaction id (tid) here, because it keeps its reference.
    pub retry_of: Option<String>,
}

impl DebitOptions {
    /// Sets the longest time that the call may take.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the token that ends the wait for the outcome.
    #[must_use]
    pub fn abort(mut self, abort: CancellationToken) -> Self {
        self.abort = Some(abort);
        self
    }

    /// Sets the reference of the spent debit that this debit replaces.
    #[must_use]
    pub fn retry_of(mut self, reference: impl Into<String>) -> Self {
        self.retry_of = Some(reference.into());
        self
    }
}

struct DebitCall<'a> {
    ledger: &'a Arc<Ledger>,
    request: &'a Prepared,
    options: &'a DebitOptions,
    started: Instant,
    total: Duration,
    limit: Limit<'a>,
    /// True if the client has generated the reference, so that no earlier debit can have it.
    generated: bool,
}

/// Result of the last request of the debit, with all attempts so far.
struct Sent {
    view: Option<TransactionView>,
    clock_was_off: bool,
    result: Result<Answer, Error>,
    history: Vec<Attempt>,
}

pub(crate) async fn debit(
    ledger: &Arc<Ledger>,
    request: &Prepared,
    params: &Map<String, Value>,
    options: &DebitOptions,
) -> Result<MoneyOutcome, Error> {
    let started = Instant::now();
    let policy = Policy::of(Effect::Money);
    let total = options.deadline.or(ledger.core.deadline).unwrap_or(policy.total);
    check_deadline(ledger, options, total)?;
    check_params(ledger, request, params)?;
    if ledger.journal.is_missing() {
        return Err(missing());
    }
    let deadline = started.checked_add(total).unwrap_or(started + policy.total);
    let limit = Limit { deadline, abort: options.abort.as_ref() };
    let takes = request.endpoint.params.iter().find(|param| param.wire == "client_ref_id");
    let generated = takes.is_some_and(|param| params.get(param.name).is_none_or(Value::is_null));
    let debit = DebitCall { ledger, request, options, started, total, limit, generated };
    // As soon as a part of a request was sent, every result is returned as an outcome and not as an error. So an error means that nothing
    // was sent.
    debit.run(params).await.map_err(Error::having_sent_nothing)
}

impl DebitCall<'_> {
    async fn run(&self, params: &Map<String, Value>) -> Result<MoneyOutcome, Error> {
        let ledger = self.ledger;
        ledger.tell_of_timestamps();
        let journal = match self.limit.wait(pin!(ledger.journal.get())).await {
            Ok(Ok(journal)) => journal,
            Ok(Err(error)) => return self.unknown_past(error, || self.intent(params, None)),
            Err(stop) => return self.unknown_past(unanswered(stop), || self.intent(params, None)),
        };
        let intent = self.intent(params, journal.as_ref())?;
        let Some(journal) = journal else {
            if self.options.retry_of.is_some() {
                return Err(invalid(
                    "retryOf",
                    "needs the journal that holds the replaced debit, but the journal is switched off: create the client with this journal",
                ));
            }
            // The caller has switched the journal off, and has named the risk in the option that does so.
            return self.through(None, Versioned { version: 0, entry: intent }, None).await;
        };
        let checked = self.limit.wait(pin!(self.check_restored(&journal, &intent))).await;
        let restored = match checked {
            Ok(Ok(restored)) => restored,
            Ok(Err(error)) => return Err(self.about(error)),
            Err(stop) => return self.unknown_past(unanswered(stop), || Ok(intent)),
        };
        // A lane is a share of the milliseconds that one machine may sign with. Once this machine has its own lanes, no other machine uses
        // the same timestamps.
        let _ = self.limit.wait(pin!(ledger.wait_for_lanes(&journal))).await;
        let _ = self.limit.wait(pin!(ledger.begin_above_lead(&journal))).await;
        if let Some(old) = &self.options.retry_of {
            let since = ReservedAt::now();
            match self.limit.wait(Box::pin(ledger.reserve_successor(&journal, &intent, old))).await {
                Ok(Ok(Some(row))) => {
                    self.check_again(&journal, &row.entry, restored).await?;
                    return self.through(Some(&journal), row, Some(since)).await;
                }
                Ok(Ok(None)) => {}
                Ok(Err(error)) => {
                    give_back_behind(ledger, &journal, &intent);
                    return Err(self.about(error));
                }
                Err(stop) => {
                    give_back_behind(ledger, &journal, &intent);
                    return self.unknown_past(unanswered(stop), || Ok(intent));
                }
            }
        }
        // The connection to EPS is opened while the row is written, to save time.
        let opening = pin!(ledger.core.transport.open_ahead(ledger.core.origin(self.request.endpoint)));
        let opening = self.limit.wait(opening);
        let (reserved, _) = tokio::join!(self.limit.reserve(ledger, &journal, &intent), opening);
        match reserved {
            Reserved::Taken(row, since) => {
                self.check_again(&journal, &row.entry, restored).await?;
                self.through(Some(&journal), *row, Some(since)).await
            }
            Reserved::Used(entry) => Err(reference_used(&entry)),
            Reserved::NotWritten(error) => Ok(self.not_sent(&intent, error)),
            Reserved::Unknown(error) if error.code() == Code::ReferenceUsed => Err(self.about(error)),
            Reserved::Unknown(error) => self.unknown_past(error, || Ok(intent)),
        }
    }

    async fn through(
        &self,
        journal: Option<&Journal>,
        row: Versioned,
        since: Option<ReservedAt>,
    ) -> Result<MoneyOutcome, Error> {
        let (mut row, mut since) = (row, since);
        let (permit, waited) = match self.permit(&row.entry).await {
            Ok(permit) => permit,
            Err(error) => return self.release(journal, row, error).await,
        };
        // Another process may have ended the debit as not sent while it waited for a permit. Without `since`, the row is checked again
        // before the request.
        since = since.filter(|_| !waited);
        if let Err(error) = self.may_begin(waited) {
            return self.release(journal, row, error).await;
        }
        let mut history = Vec::new();
        let mut begun = 0;
        let mut first = None;
        let mut corrected = false;
        let sent = loop {
            begun += 1;
            let looked = ReservedAt::now();
            let fenced = self.limit.wait(pin!(self.fence(journal, row.clone(), &mut since, begun))).await;
            let fenced = fenced.unwrap_or_else(|stop| Err(Fenced::Unknown(unanswered(stop))));
            match (fenced, first.take()) {
                (Ok(fenced), _) => row = fenced,
                // Another process has changed the row. The result of the first request is judged together with what that process has
                // recorded.
                (Err(Fenced::Learned(now)), Some(sent)) if now.entry.is_of(&row.entry) => {
                    row = *now;
                    break sent;
                }
                (Err(Fenced::Learned(now)), _) => return Ok(self.as_known(&now.entry, history)),
                // The row could not be checked, so no second request is sent. The result of the first request is judged.
                (Err(Fenced::Unknown(_)), Some(sent)) => break sent,
                (Err(Fenced::Unknown(error)), None) => {
                    if let Some(journal) = journal {
                        give_back_behind(self.ledger, journal, &row.entry);
                    }
                    return self.unknown_past(error, || Ok(row.entry));
                }
            }
            let mut sent = self.once(&mut history, looked).await;
            // If EPS also refuses a timestamp that was corrected by EPS's own `Date` header, the refusal and the header contradict each
            // other, and the refusal proves nothing.
            sent.clock_was_off &= !corrected;
            if begun < ATTEMPTS && self.again(&row.entry, &sent) {
                corrected = sent.view.is_some();
                first = Some(sent);
                continue;
            }
            break sent;
        };
        drop(permit);
        if self.ledger.core.clock.is_refused() {
            self.probe();
        }
        Ok(self.concluded(journal, row, sent).await)
    }

    /// Sends one request. Does not send it if this process was suspended between the check of the row and the signature, because another
    /// process may have ended the debit as not sent meanwhile.
    async fn once(&self, history: &mut Vec<Attempt>, looked: ReservedAt) -> Sent {
        let holds = move || looked.elapsed() <= Schedule::SIGNED_WITHIN;
        let call = Call::new(&self.ledger.core, self.request, Some(self.total), self.limit.abort).since(self.started);
        let call = call.while_holds(&holds);
        let begun = Instant::now();
        let call = pin!(call.run_with_history());
        // Only the first request of a debit opens a connection for the next debit. A repeated request is no sign that more debits follow.
        let called = if history.is_empty() { self.with_next(call).await } else { call.await };
        let CallReport { result, history: attempts, stamp } = called;
        self.ledger.tell_of_seen();
        let view = TransactionView::of(self.request.endpoint, &result);
        if view.is_some() {
            self.ledger.recent.learn(self.request.endpoint.op, begun.elapsed());
        }
        history.extend(attempts);
        let result = with_history(result, history);
        let clock_was_off = stamp == StampCheck::Off || self.ledger.core.env.lacks(Rule::Seen);
        Sent { view, clock_was_off, result, history: history.clone() }
    }

    /// Waits for the answer to this debit. If debits follow one another closely, opens the connection for the next debit during the wait.
    /// The call is polled first, so that this debit takes the connection that was opened for it.
    async fn with_next<T>(&self, mut call: Pin<&mut impl Future<Output = T>>) -> T {
        let core = &self.ledger.core;
        let Some(next) = core.transport.open_next(core.origin(self.request.endpoint)) else { return call.await };
        let mut next = Box::pin(next);
        tokio::select! {
            biased;
            done = call.as_mut() => {
                tokio::spawn(next);
                done
            }
            () = next.as_mut() => call.await,
        }
    }

    /// Returns true if a second request may be sent: the first request was not sent completely, or EPS refused its timestamp because the
    /// clock was off.
    fn again(&self, entry: &Entry, sent: &Sent) -> bool {
        if Instant::now() >= self.limit.deadline {
            return false;
        }
        match (&sent.view, &sent.result) {
            (Some(view), _) => may_send_again(entry, view, sent.clock_was_off),
            (None, Err(error)) => {
                reached(sent).phase <= Phase::PartlyWritten && error.code().retryable() && !is_stop(error.code())
            }
            (None, Ok(_)) => false,
        }
    }
}
