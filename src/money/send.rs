//! A debit, from its parameters to its outcome: reserved, sent once, judged, recorded.

use super::journal::{Entry, FORMAT, Journal, Versioned, journal_error};
use super::ledger::Ledger;
use super::outcome::{Evidence as Reached, MoneyOutcome};
use super::record::Recorded;
use super::reference::{is_canonical_tid, reservation_id};
use super::reserve::{Limit, Reserved, Since, give_back_behind, unanswered};
use super::schedule::Schedule;
use super::state::State;
use super::transition::{
    Decision, Evidence, TransactionView, decide, is_replaced_by, may_be_replaced, may_be_used_again, may_send_again,
    unconfirmed,
};
use super::{DebitKey, ledger};
use crate::call::{Call, CallResult, Rule, StampCheck};
use crate::catalog::{Effect, Endpoint, Place};
use crate::error::{Attempt, Code, Error, Phase};
use crate::request::Prepared;
use crate::response::{Answer, canonical_amount};
use crate::transport::{Abort, Policy};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A debit's deadline is at least this, but against a server on this machine: a deadline ends the waiting, not the debit.
const SHORTEST_DEADLINE: Duration = Duration::from_secs(5);
/// What an operation lately took is counted up to this.
const LONGEST_RECENT: Duration = Duration::from_secs(5);
/// Requests of which nothing complete has left are begun at most this often.
const ATTEMPTS: u32 = 2;
/// Values that change from one attempt of the same intent to the next, and so say nothing of the parties.
const NOT_PARTIES: [&str; 4] = ["otp", "otp_ref_id", "client_ref_id", "amount"];

/// Options of one debit.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DebitOptions {
    /// From the call to its end; by default 60 s. At least 5 s, but against a server on this machine.
    pub deadline: Option<Duration>,
    /// Ends the waiting. What has left is not undone.
    pub abort: Option<Abort>,
    /// The spent reference that this debit replaces; of a refund its own tid.
    pub retry_of: Option<String>,
}

/// One debit on its way.
struct Debit<'a> {
    ledger: &'a Arc<Ledger>,
    request: &'a Prepared,
    options: &'a DebitOptions,
    started: Instant,
    total: Duration,
    limit: Limit<'a>,
    /// Whether its reference was made by us, and so has no past.
    generated: bool,
}

/// What came of sending.
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
    let debit = Debit { ledger, request, options, started, total, limit, generated };
    // Whatever happens after something has left is an outcome, and no error.
    debit.run(params).await.map_err(Error::having_sent_nothing)
}

impl Debit<'_> {
    async fn run(&self, params: &Map<String, Value>) -> Result<MoneyOutcome, Error> {
        let ledger = self.ledger;
        let journal = match self.limit.wait(ledger.journal.get()).await {
            Ok(Ok(journal)) => journal,
            Ok(Err(error)) => return self.unknown_past(error, || self.intent(params, None)),
            Err(stop) => return self.unknown_past(unanswered(stop), || self.intent(params, None)),
        };
        let intent = self.intent(params, journal.as_ref())?;
        let Some(journal) = journal else {
            if self.options.retry_of.is_some() {
                return Err(invalid(
                    "retryOf",
                    "needs a journal, and it is switched off: nothing is known of that debit",
                ));
            }
            // Switched off, by naming the risk.
            return self.through(None, Versioned { version: 0, entry: intent }, None).await;
        };
        if let Some(old) = &self.options.retry_of {
            let since = Since::now();
            match Box::pin(self.limit.wait(ledger.reserve_successor(&journal, &intent, old))).await {
                Ok(Ok(Some(row))) => return self.through(Some(&journal), row, Some(since)).await,
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
        match Box::pin(self.limit.wait(self.check_restored(&journal, &intent))).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.about(error)),
            Err(stop) => return self.unknown_past(unanswered(stop), || Ok(intent)),
        }
        // The connection is opened while the row is written.
        let opening = self.limit.wait(ledger.core.transport.open_ahead(ledger.core.origin(self.request.endpoint)));
        let (reserved, _) = tokio::join!(self.limit.reserve(ledger, &journal, &intent), opening);
        match reserved {
            Reserved::Taken(row, since) => self.through(Some(&journal), *row, Some(since)).await,
            Reserved::Used(entry) => Err(reference_used(&entry)),
            Reserved::NotWritten(error) => Ok(self.not_sent(&intent, error)),
            Reserved::Unknown(error) if error.code() == Code::ReferenceUsed => Err(self.about(error)),
            Reserved::Unknown(error) => self.unknown_past(error, || Ok(intent)),
        }
    }

    /// From the reservation to the outcome.
    async fn through(
        &self,
        journal: Option<&Journal>,
        row: Versioned,
        since: Option<Since>,
    ) -> Result<MoneyOutcome, Error> {
        let (mut row, mut since) = (row, since);
        let (permit, waited) = match self.permit(&row.entry).await {
            Ok(permit) => permit,
            Err(error) => return Ok(self.release(journal, row, error).await),
        };
        // While it waited somebody may have given it up.
        since = since.filter(|_| !waited);
        if let Err(error) = self.may_begin(waited) {
            return Ok(self.release(journal, row, error).await);
        }
        let mut history = Vec::new();
        let mut begun = 0;
        let mut first = None;
        let sent = loop {
            begun += 1;
            let fenced = self.limit.wait(self.fence(journal, row.clone(), &mut since, begun)).await;
            let fenced = fenced.unwrap_or_else(|stop| Err(Fenced::Unknown(unanswered(stop))));
            match (fenced, first.take()) {
                (Ok(fenced), _) => row = fenced,
                // The first request's end is judged by what others have learned meanwhile.
                (Err(Fenced::Learned(now)), Some(sent)) if now.entry.is_of(&row.entry) => {
                    row = *now;
                    break sent;
                }
                (Err(Fenced::Learned(now)), _) => return Ok(self.as_known(&now.entry, history)),
                // No second request, then: the first one's end is what there is.
                (Err(Fenced::Unknown(_)), Some(sent)) => break sent,
                (Err(Fenced::Unknown(error)), None) => {
                    if let Some(journal) = journal {
                        give_back_behind(self.ledger, journal, &row.entry);
                    }
                    return self.unknown_past(error, || Ok(row.entry));
                }
            }
            let sent = self.once(&mut history).await;
            if begun < ATTEMPTS && self.again(&row.entry, &sent) {
                first = Some(sent);
                continue;
            }
            break sent;
        };
        drop(permit);
        if self.ledger.core.pause.is_on() {
            self.probe();
        }
        Ok(self.concluded(journal, row, sent).await)
    }

    /// Waits for one of the connections that debits may use. The row is reserved by then: a reference of which something is known is never
    /// told as not sent.
    async fn permit(&self, entry: &Entry) -> Result<(tokio::sync::SemaphorePermit<'_>, bool), Error> {
        let ledger = self.ledger;
        if let Ok(permit) = ledger.debits.try_acquire() {
            return Ok((permit, false));
        }
        let most = ledger.options.max_debits;
        ledger.events.waits(entry, format!("{most} debits are under way, which is maxDebits: this one waits"));
        match self.limit.wait(ledger.debits.acquire()).await {
            Ok(Ok(permit)) => Ok((permit, true)),
            Ok(Err(_)) => Err(Error::new(Code::Closed, "the client was closed")),
            Err(Code::Aborted) => Err(self.told(Code::Aborted, "Nothing was sent.")),
            Err(_) => Err(self.too_many()),
        }
    }

    fn too_many(&self) -> Error {
        let detail = format!("maxDebits is {}. Nothing was sent.", self.ledger.options.max_debits);
        self.told(Code::DebitLimit, &detail)
    }

    /// What can hardly be answered in time is not sent, and nothing while EPS refuses this key's timestamps.
    fn may_begin(&self, waited: bool) -> Result<(), Error> {
        let left = self.limit.deadline.saturating_duration_since(Instant::now());
        let lately = self.ledger.recent.of(self.request.endpoint.op).mul_f64(1.5);
        let needed = (self.total / 5).max(lately.min(LONGEST_RECENT).min(self.total / 2));
        if left < needed && waited {
            return Err(self.too_many());
        }
        if left < needed {
            let detail = format!("{} ms were left, which hardly suffices. Nothing was sent.", left.as_millis());
            return Err(self.told(Code::TimeoutDeadline, &detail));
        }
        if self.ledger.core.pause.is_on() {
            self.probe();
            let detail = "EPS has just refused this key's timestamp, and its answer had no usable Date: nothing is sent until it takes one.";
            return Err(self.told(Code::AuthTimestamp, detail));
        }
        Ok(())
    }

    /// Asks EPS once a second why it refuses timestamps, until it takes one.
    fn probe(&self) {
        let ledger = Arc::downgrade(self.ledger);
        if self.ledger.probing.swap(true, std::sync::atomic::Ordering::Relaxed) {
            return;
        }
        let op = self.request.endpoint.op;
        let like = self.request.client_ref_id.clone().unwrap_or_else(|| "0".repeat(12));
        tokio::spawn(async move {
            for _ in 0..600 {
                let Some(ledger) = ledger.upgrade() else { return };
                if !ledger.core.pause.is_on() {
                    break;
                }
                let journal = ledger.journal.get().await.ok().flatten();
                ledger.knock(journal.as_ref(), op, &like).await;
                drop(ledger);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            if let Some(ledger) = ledger.upgrade() {
                ledger.probing.store(false, std::sync::atomic::Ordering::Relaxed);
            }
        });
    }

    /// Before a request the row must be what it was, with nothing learned: a process that stood still must not send what others have given up.
    /// Only a first request right after its own insert needs no look.
    async fn fence(
        &self,
        journal: Option<&Journal>,
        row: Versioned,
        since: &mut Option<Since>,
        begun: u32,
    ) -> Result<Versioned, Fenced> {
        let Some(journal) = journal else { return Ok(row) };
        let unknown = |error| Fenced::Unknown(journal_error(&error));
        journal.store.verify().await.map_err(unknown)?;
        let own_insert = self.ledger.options.schedule.own_insert();
        let replaces = row.entry.retry_of.as_ref().filter(|old| **old != row.entry.key.reference);
        if let Some(old) = replaces {
            let key = DebitKey { op: row.entry.key.op.clone(), reference: old.clone() };
            let old = journal.read(&key).await.map_err(unknown)?;
            let stands = |old: &Versioned| is_replaced_by(&old.entry, &row.entry);
            if !old.as_ref().is_some_and(stands) {
                return Err(self.released(journal, row).await?);
            }
        }
        if begun == 1 && since.is_some_and(|since| since.elapsed() <= own_insert) {
            return Ok(row);
        }
        let mut entry = row.entry.clone();
        entry.attempts = begun;
        entry.updated_ms = self.ledger.core.now_ms();
        if journal.write(row.version + 1, &entry, Vec::new()).await.map_err(unknown)? {
            return Ok(Versioned { version: row.version + 1, entry });
        }
        match journal.read(&entry.key).await.map_err(unknown)? {
            // What another found meanwhile stands; what only proves that nothing was sent is ours to say.
            Some(now) if now.entry.is_of(&entry) && begun == 1 && now.entry.is_open() => {
                let released = self.ledger.record(journal, now, &Evidence::Released).await.map_err(unknown)?;
                match released {
                    Recorded::Written(now) | Recorded::Gone(Some(now)) => Err(Fenced::Learned(now)),
                    Recorded::Gone(None) => Err(Fenced::Learned(Box::new(Versioned { version: 0, entry }))),
                }
            }
            // Also where it is another attempt's by now: of the reference that is what is known.
            Some(now) => Err(Fenced::Learned(Box::new(now))),
            None => Err(Fenced::Learned(Box::new(Versioned { version: 0, entry }))),
        }
    }

    /// Nothing of it has left, and nothing of it will: what the journal then says.
    async fn released(&self, journal: &Journal, row: Versioned) -> Result<Fenced, Fenced> {
        let entry = row.entry.clone();
        let released = self.ledger.record(journal, row, &Evidence::Released).await;
        Ok(match released.map_err(|error| Fenced::Unknown(journal_error(&error)))? {
            Recorded::Written(now) => Fenced::Learned(now),
            Recorded::Gone(_) => Fenced::Learned(Box::new(Versioned { version: 0, entry })),
        })
    }

    async fn once(&self, history: &mut Vec<Attempt>) -> Sent {
        let call = Call::new(&self.ledger.core, self.request, Some(self.total), self.limit.abort).since(self.started);
        let begun = Instant::now();
        let CallResult { result, history: attempts, stamp } = call.run_with_history().await;
        let view = TransactionView::of(self.request.endpoint, &result);
        if view.is_some() {
            self.ledger.recent.learn(self.request.endpoint.op, begun.elapsed());
        }
        history.extend(attempts);
        let result = with_history(result, history);
        let clock_was_off = stamp == StampCheck::Off || self.ledger.core.env.lacks(Rule::Seen);
        Sent { view, clock_was_off, result, history: history.clone() }
    }

    /// Whether a second request may leave: of the first nothing complete has left, or EPS refused its timestamp as one that was off.
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

    /// Judges what came, and makes that durable.
    async fn concluded(&self, journal: Option<&Journal>, row: Versioned, sent: Sent) -> MoneyOutcome {
        let doubt = !self.ledger.core.env.lacks(Rule::Doubt);
        let phase = if doubt { reached(&sent).phase } else { Phase::NotDispatched };
        let attempts = u32::try_from(sent.history.len()).unwrap_or(u32::MAX);
        let evidence = Evidence::Own { view: sent.view.as_ref(), clock_was_off: sent.clock_was_off, phase, attempts };
        let judged = decide(&row.entry, &evidence, &self.ledger.rules());
        let Some(journal) = journal else {
            self.tell_alarms(&judged);
            return self.compose(&judged.entry, sent, None);
        };
        let view = sent.view;
        let sent = Sent { view: None, ..sent };
        let (ledger, kept) = (Arc::clone(self.ledger), journal.clone());
        let off = sent.clock_was_off;
        let recording = async move {
            let evidence = Evidence::Own { view: view.as_ref(), clock_was_off: off, phase, attempts };
            ledger.record(&kept, row, &evidence).await
        };
        match self.limit.or_behind(recording).await {
            Some(Ok(Recorded::Written(written))) => self.compose(&written.entry, sent, written.entry.next_inquiry_ms),
            // Its reference is another attempt's by now: of this one only its own answer is known, and the other one has the reference.
            Some(Ok(Recorded::Gone(now))) => {
                let mut entry = judged.entry;
                entry.reusable &= now.is_none_or(|now| may_be_used_again(&now.entry));
                self.compose(&entry, sent, None)
            }
            // What cannot be recorded stays open in the journal, and is asked about.
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

    /// Alarms that no journal keeps.
    fn tell_alarms(&self, judged: &Decision) {
        for anomaly in &judged.alarms {
            self.ledger.events.alarm(&judged.entry, anomaly);
        }
    }

    /// Nothing of a reserved debit has left: its reference is free again.
    async fn release(&self, journal: Option<&Journal>, row: Versioned, error: Error) -> MoneyOutcome {
        let entry = decide(&row.entry, &Evidence::Released, &self.ledger.rules()).entry;
        let sent = Sent { view: None, clock_was_off: false, result: Err(self.about(error)), history: Vec::new() };
        let Some(journal) = journal else { return self.compose(&entry, sent, None) };
        let (ledger, kept, mine) = (Arc::clone(self.ledger), journal.clone(), row.entry.clone());
        let recording = async move {
            let released = ledger.record(&kept, row, &Evidence::Released).await;
            if released.is_err() {
                give_back_behind(&ledger, &kept, &mine);
            }
            released
        };
        match self.limit.or_behind(recording).await {
            // Also where it is another attempt's by now: of the reference that is what is known.
            Some(Ok(Recorded::Written(now) | Recorded::Gone(Some(now)))) => {
                self.compose(&now.entry, sent, now.entry.next_inquiry_ms)
            }
            Some(Ok(Recorded::Gone(None)) | Err(_)) | None => self.compose(&entry, sent, None),
        }
    }

    /// What others have found out while this debit stood still.
    fn as_known(&self, entry: &Entry, history: Vec<Attempt>) -> MoneyOutcome {
        let detail = "Another process has learned of this debit, or given it up, before it was sent from here.";
        let sent =
            Sent { view: None, clock_was_off: false, result: Err(self.told(Code::TimeoutDeadline, detail)), history };
        self.compose(entry, sent, entry.next_inquiry_ms)
    }

    /// What the reference did before is not known: its caller must not be told that it may be used. One that we have made has no past.
    fn unknown_past(&self, error: Error, intent: impl FnOnce() -> Result<Entry, Error>) -> Result<MoneyOutcome, Error> {
        if matches!(error.code(), Code::JournalUnusable | Code::JournalBehind) {
            self.ledger.events.journal_alarm(error.message().to_owned());
        }
        let unavailable = matches!(error.code(), Code::JournalUnavailable | Code::Aborted);
        if self.generated && unavailable {
            return Ok(self.not_sent(&intent()?, error));
        }
        Err(self.about(error).having_sent_nothing())
    }

    fn not_sent(&self, intent: &Entry, error: Error) -> MoneyOutcome {
        let entry = decide(intent, &Evidence::Released, &self.ledger.rules()).entry;
        let sent = Sent { view: None, clock_was_off: false, result: Err(self.about(error)), history: Vec::new() };
        MoneyOutcome { reservation_id: String::new(), revision: 0, ..self.compose(&entry, sent, None) }
    }

    fn compose(&self, entry: &Entry, sent: Sent, next_inquiry_ms: Option<u64>) -> MoneyOutcome {
        let evidence = reached(&sent);
        let fields = match &sent.result {
            Ok(answer) if entry.contradiction.is_none() => answer.fields(),
            Ok(_) | Err(_) => Map::new(),
        };
        let (meta, raw, error) = match sent.result {
            Ok(answer) => (Some(answer.meta), Some(answer.raw), None),
            Err(error) => (error.meta().cloned(), error.raw().map(str::to_owned), Some(error)),
        };
        // Of a debit that is settled all the same, what went wrong on the way is no error.
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

    /// The intent, as it is made durable: until something better is recorded, it may have left.
    fn intent(&self, params: &Map<String, Value>, journal: Option<&Journal>) -> Result<Entry, Error> {
        let (endpoint, now_ms) = (self.request.endpoint, self.ledger.core.now_ms());
        let declared = |wire: &str| endpoint.params.iter().find(|param| param.wire == wire);
        let given = |wire: &str| declared(wire).and_then(|param| params.get(param.name)).and_then(Value::as_str);
        let tid = declared("tid").filter(|param| param.place == Place::Path).and_then(|_| given("tid"));
        let reference = self.request.client_ref_id.clone().or_else(|| tid.map(str::to_owned)).unwrap_or_default();
        let who = parties(endpoint, params);
        let mut entry = Entry {
            format: FORMAT,
            account: journal.map(|journal| journal.account.clone()).unwrap_or_default(),
            key: DebitKey { op: endpoint.op.to_owned(), reference },
            reservation: reservation_id()?,
            amount: given("amount").and_then(|text| canonical_amount(text).map(Cow::into_owned)),
            parties: journal.map(|journal| journal.digest(&["parties", &who])).unwrap_or_default(),
            created_ms: now_ms,
            retry_of: self.options.retry_of.clone(),
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
        };
        // Should its process die, the first inquiry comes when nothing of it can still be on its way.
        let wait = u64::try_from(self.total.as_millis()).unwrap_or(u64::MAX).saturating_add(Schedule::CRASH_GRACE_MS);
        (entry.next_inquiry_ms, entry.wait_ms) = (Some(now_ms.saturating_add(wait)), wait);
        entry.note(now_ms, "reserved", None);
        Ok(entry)
    }

    /// For a day after a restored journal was declared, a reference of the caller's own needs proof that EPS does not have it.
    async fn check_restored(&self, journal: &Journal, intent: &Entry) -> Result<(), Error> {
        if self.generated || !journal.store.restored_lately().await.map_err(|error| journal_error(&error))? {
            return Ok(());
        }
        // A row that keeps its reference does so without proof. One that may be used again says only what the older copy knew.
        let known = journal.read(&intent.key).await.map_err(|error| journal_error(&error))?;
        let retry_of = self.options.retry_of.as_deref();
        if known.is_some_and(|known| !may_be_replaced(&known.entry, retry_of)) {
            return Ok(());
        }
        let (answer, round) = self.ledger.compare(journal, intent).await?;
        let view = ledger::endpoint_of(&intent.key.op).and_then(|endpoint| TransactionView::of(endpoint, &answer));
        let absent = view.is_some_and(|view| {
            if intent.is_refund() {
                return super::transition::is_untouched(intent, &view);
            }
            matches!(
                super::transition::proof(&intent.key.reference, &view, round.as_ref()),
                super::transition::Proof::Absent(_)
            )
        });
        if absent {
            return Ok(());
        }
        let message = format!(
            "{}: the journal was restored within the last day, and EPS cannot be shown to have no {}. {}",
            intent.key.op, intent.key.reference, "Ask EPS about it, or take a generated reference"
        );
        Err(self.about(Error::new(Code::JournalBehind, message)).having_sent_nothing())
    }

    fn told(&self, code: Code, detail: &str) -> Error {
        Error::new(code, format!("{}: {} {detail} {}", self.request.endpoint.op, code.doc(), code.action()))
    }

    fn about(&self, error: Error) -> Error {
        error.with_client_ref_id(self.request.client_ref_id.as_deref())
    }
}

/// Why a request may not leave.
enum Fenced {
    /// Others have written the row.
    Learned(Box<Versioned>),
    /// The journal does not say.
    Unknown(Error),
}

fn is_stop(code: Code) -> bool {
    matches!(code, Code::TimeoutDeadline | Code::Aborted)
}

fn reached(sent: &Sent) -> Reached {
    let last = sent.history.last();
    let bytes = last.and_then(|attempt| attempt.bytes);
    Reached {
        phase: last.map_or(Phase::NotDispatched, |attempt| attempt.phase),
        bytes_written: bytes.map(|(written, _)| written),
        bytes_total: bytes.map(|(_, total)| total),
        attempts: sent.history.clone(),
    }
}

/// The attempts of all requests, in the answer or the error of the last.
fn with_history(result: Result<Answer, Error>, history: &[Attempt]) -> Result<Answer, Error> {
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

fn parties(endpoint: &Endpoint, params: &Map<String, Value>) -> String {
    let mut who = String::new();
    for param in endpoint.params.iter().filter(|param| !NOT_PARTIES.contains(&param.wire)) {
        if let Some(value) = params.get(param.name) {
            // Writing to a String cannot fail.
            let _ = write!(who, "\0{}\0{value}", param.wire);
        }
    }
    who
}

fn check_deadline(ledger: &Ledger, options: &DebitOptions, total: Duration) -> Result<(), Error> {
    if total >= SHORTEST_DEADLINE || ledger.core.loopback {
        return Ok(());
    }
    let whose = if options.deadline.is_some() { "" } else { " of the client" };
    let rule = format!(
        "{} ms{whose} is too short for a debit: give at least 5000. A deadline ends the waiting, not the debit",
        total.as_millis()
    );
    Err(invalid("deadlineMs", &rule))
}

/// What a money call refuses beside the rules of its parameters.
fn check_params(ledger: &Ledger, request: &Prepared, params: &Map<String, Value>) -> Result<(), Error> {
    let given = params.get("initiatorId").and_then(Value::as_str);
    if given.is_some() && given != ledger.core.initiator_id.as_deref() {
        let rule = "is another than the client's: EPS knows a debit only under its own initiator. Create a client with this initiatorId";
        return Err(invalid("initiatorId", rule));
    }
    let takes_tid = request.endpoint.params.iter().any(|param| param.wire == "tid" && param.place == Place::Path);
    let tid = params.get("tid").and_then(Value::as_str).filter(|_| takes_tid);
    if tid.is_some_and(|tid| !is_canonical_tid(tid)) {
        return Err(invalid(
            "tid",
            "must be EPS's transaction id as it came: digits, without blanks, signs or leading zeros",
        ));
    }
    Ok(())
}

fn invalid(name: &str, rule: &str) -> Error {
    let params = [(name.to_owned(), rule.to_owned())].into();
    Error::new(Code::InvalidParams, format!("{name} {rule}")).with_invalid_params(params)
}

fn missing() -> Error {
    Error::new(Code::JournalMissing, format!("{} {}", Code::JournalMissing.doc(), Code::JournalMissing.action()))
}

fn reference_used(entry: &Entry) -> Error {
    let key = &entry.key;
    let way_out = if entry.spent { " It is spent: take a new clientRefId and name this one as retryOf." } else { "" };
    let message = format!(
        "{}: the reference {} was used before; that debit is {}.{way_out} {}",
        key.op,
        key.reference,
        entry.outcome.as_str(),
        Code::ReferenceUsed.action()
    );
    Error::new(Code::ReferenceUsed, message).with_client_ref_id(Some(&key.reference)).having_sent_nothing()
}
