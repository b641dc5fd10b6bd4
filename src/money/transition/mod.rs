//! Decides what an answer, a refusal, a series of "not found" answers or a declaration by a person proves about a debit, and what follows
//! from it. The code is pure.
//!
//! Terms: the tid is EPS's transaction id. Silence is a series of equal "not found" answers about a debit. A round is an inquiry with
//! control inquiries about a booked and a made-up reference, and can prove absence. A debit is spent if silence or a person has ended it;
//! its reference must not be used again.
//!
//! All decisions about money are made in this module: what an answer proves, whether it contradicts the request, whether a request may be
//! sent again, and whether a reference is free. All other modules only collect evidence and carry out the decisions. A debit becomes not
//! sent, or declined before work, only if it is proven that EPS did nothing. A debit becomes settled only if EPS itself reports that state,
//! in an answer that does not contradict the request. In every other case the debit stays open.

mod no_work;
mod says;
mod silence;
mod view;

pub(crate) use silence::{Comparison, Proof, is_found, proof, wants_round};
pub use view::TransactionView;

use super::journal::{Entry, Silence, StoreTime, Why};
use super::schedule::Schedule;
use super::state::State;
use crate::error::Phase;
use no_work::proves_no_work;
use says::{Expected, Says, says};
use serde::Serialize;
use silence::{begun, heard, is_absent_like, is_enough, is_newer, is_silent, names_amount, shows_untouched};

/// Reason of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Reason {
    /// EPS now names another transaction id (tid) than before. The debit may have been booked twice.
    DuplicateObserved,
    /// EPS names another reference, transaction id (tid) or amount than the request, or an answer contradicts itself.
    Contradiction,
    /// EPS reports another state than the recorded final one, or shows a debit that was recorded as not sent.
    StateChanged,
    /// A debit and the debit that replaced it are both booked.
    BookedTwice,
    /// EPS has found a transaction for a reference that this client made up for comparison.
    MadeUpFound,
    /// The debit has been open for longer than the option `alarm_after` allows.
    OpenTooLong,
    /// The journal is damaged, was replaced, or has lost commits.
    Journal,
}

impl Reason {
    /// Builds an alarm with this reason. `detail` describes the problem.
    pub(crate) fn because(self, detail: impl Into<String>) -> Anomaly {
        Anomaly { reason: self, detail: detail.into() }
    }

    /// Returns the name of the reason, as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::DuplicateObserved => "duplicateObserved",
            Reason::Contradiction => "contradiction",
            Reason::StateChanged => "stateChanged",
            Reason::BookedTwice => "bookedTwice",
            Reason::MadeUpFound => "madeUpFound",
            Reason::OpenTooLong => "openTooLong",
            Reason::Journal => "journal",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Anomaly {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

pub(crate) enum Observation<'a> {
    /// The debit's own request has ended. `view` is EPS's answer, if there is one, and `phase` says how far the request got.
    Own {
        view: Option<&'a TransactionView>,
        clock_was_off: bool,
        phase: Phase,
        attempts: u32,
    },
    /// EPS has answered an inquiry. `round` holds the control answers, if there are any. `asked` and `time` are readings of the store's
    /// clock before the inquiry and after its answer. `known` holds the "not found" answers that the row had counted before the inquiry.
    Inquiry {
        view: &'a TransactionView,
        round: Option<&'a Comparison>,
        asked: &'a StoreTime,
        time: &'a StoreTime,
        known: Option<&'a Silence>,
    },
    /// An inquiry got no answer.
    NotAsked {
        time: &'a StoreTime,
    },
    /// This process has reserved the debit and has sent nothing.
    Released,
    /// A person has asked EPS, and declares that the debit was never sent.
    DeclaredNotSent,
    Declared {
        outcome: State,
        tid: Option<String>,
    },
}

pub(crate) struct Rules<'a> {
    pub(crate) now_ms: u64,
    pub(crate) schedule: &'a Schedule,
    /// Age in milliseconds at which an open debit raises an alarm, once.
    pub(crate) alarm_after_ms: u64,
}

#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) entry: Entry,
    pub(crate) alarms: Vec<Anomaly>,
    /// True if this decision has brought the debit to a final state.
    pub(crate) ended: bool,
    /// True if the answer to the debit's own request decided nothing, so that the first inquiry is due now.
    asks_at_once: bool,
}

/// Decides what `evidence` proves about a debit, and returns the new row. `entry` is the current row, which may include facts that were
/// learned after the evidence was requested.
pub(crate) fn decide(entry: &Entry, evidence: &Observation<'_>, rules: &Rules<'_>) -> Decision {
    let mut decision = Decision { entry: entry.clone(), alarms: Vec::new(), ended: false, asks_at_once: false };
    let next = &mut decision.entry;
    next.updated_ms = rules.now_ms;
    let by = match evidence {
        Observation::Own { view, clock_was_off, phase, attempts } => {
            (next.phase, next.attempts) = (*phase, next.attempts.max(*attempts));
            match view {
                Some(view) => decision.own(view, *clock_was_off),
                None => decision.unanswered(*phase),
            }
            if view.is_some() { "answer" } else { "noAnswer" }
        }
        Observation::Inquiry { view, round, asked, time, known } => {
            next.inquiries = next.inquiries.saturating_add(u32::from(Schedule::is_turn(next, time)));
            if !decision.known(view, "inquiry") {
                decision.absent(view, *round, [asked, time], *known, rules);
            }
            if decision.entry.outcome == State::NotSent && entry.outcome != State::NotSent {
                "silence"
            } else {
                "inquiry"
            }
        }
        Observation::NotAsked { time } => {
            next.inquiries = next.inquiries.saturating_add(u32::from(Schedule::is_turn(next, time)));
            if next.is_open() && is_silent(next) {
                next.why = Some(Why::NoAnswer);
            }
            "inquiry"
        }
        Observation::Released => {
            decision.unanswered(Phase::NotDispatched);
            "released"
        }
        Observation::DeclaredNotSent => {
            if may_be_declared_not_sent(next) {
                decision.ends(State::NotSent);
                (decision.entry.spent, decision.entry.declared) = (true, true);
            }
            "declaration"
        }
        Observation::Declared { outcome, tid } => {
            if next.is_open() {
                next.tid = next.tid.take().or_else(|| tid.clone());
                next.declared = true;
                // A declaration alone does not prove that EPS has booked the debit. EPS is still asked about the debit for a week.
                next.spent = true;
                decision.ends(*outcome);
            }
            "declaration"
        }
    };
    decision.finish(entry, by, rules);
    decision
}

/// Returns true if the reference is free: no complete request was sent, or EPS refused the request before doing any work.
pub(crate) fn may_be_used_again(entry: &Entry) -> bool {
    entry.reusable && entry.outcome.is_final()
}

/// Returns true if "not found" answers or a person have ended the debit as not sent or declined. A new call may then name the debit as
/// `retryOf`.
pub(crate) fn may_be_retried(entry: &Entry) -> bool {
    entry.spent && matches!(entry.outcome, State::NotSent | State::Declined)
}

/// Returns true if a successor has ended without moving money, because EPS has declined it or nothing of it was sent. Another successor may
/// then follow without more proof.
pub(crate) fn has_ended_without_money(entry: &Entry) -> bool {
    may_be_used_again(entry) || entry.outcome == State::Declined
}

/// Returns true if `old` still names `new` as its successor, and nothing new has been learned about `old`.
pub(crate) fn is_replaced_by(old: &Entry, new: &Entry) -> bool {
    may_be_retried(old) && old.successor.as_ref() == Some(&new.key.reference)
}

/// Corrects a decision that could not be recorded in the journal. Another process may have taken the reference meanwhile, and only the
/// journal could tell. So if the decision calls the reference free, the debit becomes indeterminate instead.
pub(crate) fn unconfirmed(mut entry: Entry) -> Entry {
    if entry.reusable {
        (entry.outcome, entry.why, entry.reusable) = (State::Indeterminate, Some(Why::NoAnswer), false);
    }
    entry
}

/// Corrects a decision about a debit whose row was pruned. The debit had ended before, perhaps in another state than this decision says,
/// and other processes have seen that state. So if the decision says that EPS did no work, the debit becomes indeterminate instead.
pub(crate) fn forgotten(mut entry: Entry) -> Entry {
    if is_held_for_undone(&entry) {
        (entry.outcome, entry.why) = (State::Indeterminate, Some(Why::NoAnswer));
        (entry.reusable, entry.spent) = (false, false);
    }
    entry
}

/// Returns true if a new reservation of the same reference may replace the row. The reference must be free, or the row must be a spent
/// refund that `retry_of` names, because a refund has no other reference.
pub(crate) fn may_be_replaced(entry: &Entry, retry_of: Option<&str>) -> bool {
    let again = entry.is_refund() && may_be_retried(entry) && retry_of == Some(entry.key.reference.as_str());
    may_be_used_again(entry) || again
}

pub(crate) fn carries_reference(view: &TransactionView, entry: &Entry) -> bool {
    view.carries(&entry.key.reference)
}

/// Returns true if EPS's answer shows that the transaction of this refund still waits for its refund.
pub(crate) fn is_untouched(entry: &Entry, view: &TransactionView) -> bool {
    shows_untouched(view, entry)
}

/// Returns true if a person may declare that the debit was never sent. A debit that EPS has named cannot be declared as not sent.
pub(crate) fn may_be_declared_not_sent(entry: &Entry) -> bool {
    entry.is_open() && entry.tid.is_none() && !entry.named && entry.outcome == State::Indeterminate
}

/// Returns true if a second request may be sent after EPS refused the timestamp of the first request. The clock must have been off, and
/// nothing may have been learned about the debit since.
pub(crate) fn may_send_again(entry: &Entry, view: &TransactionView, clock_was_off: bool) -> bool {
    let refused = view.refusal == Some(crate::error::Code::AuthTimestamp);
    // An answer that names a transaction, or another reference, may be the answer to another request.
    let refused = refused && matches!(says(view, &Expected::from(entry)), Says::Nothing);
    refused && proves_no_work(view, entry.is_refund(), clock_was_off) && has_learned_nothing(entry)
}

/// Returns true if nothing has become known about this reservation since it was made.
pub(crate) fn has_learned_nothing(entry: &Entry) -> bool {
    entry.outcome == State::Indeterminate && entry.tid.is_none() && !entry.seen && entry.contradiction.is_none()
}

/// Returns true if the answer is a success of EPS, even if the answer does not name this debit.
fn is_success(view: &TransactionView) -> bool {
    view.ok && view.status == Some(0)
}

/// Returns true if a gateway refused the request, or if the answer is a 5xx. Such an answer is no decision of EPS about the debit, so an
/// inquiry should follow at once.
fn is_no_verdict(view: &TransactionView) -> bool {
    let bare = !view.envelope && matches!(view.http_status, 401 | 403 | 429);
    bare || view.http_status >= 500
}

impl Decision {
    fn own(&mut self, view: &TransactionView, clock_was_off: bool) {
        if self.known(view, "answer") {
            self.asks_at_once = view.http_status >= 500;
            return;
        }
        let entry = &mut self.entry;
        if !proves_no_work(view, entry.is_refund(), clock_was_off) {
            self.asks_at_once = is_no_verdict(view);
            if is_success(view) {
                // A success that names no transaction still shows that EPS knows the debit.
                self.unnamed(None);
            }
            return;
        }
        if entry.is_open() && has_learned_nothing(entry) {
            gives_back(entry);
            self.ends(State::Declined);
        } else if entry.is_booked() || entry.seen {
            // A refusal does not undo a debit that EPS has already confirmed.
            let outcome = entry.outcome.as_str();
            let detail =
                format!("EPS refused the debit before any work, but already has it as {outcome}: ask EPS about it");
            self.alarms.push(Reason::StateChanged.because(detail));
        }
    }

    /// Applies the end of a request that got no answer. `phase` says how far the request got. If no complete request was sent, the debit
    /// ends as not sent, unless EPS has reported it.
    fn unanswered(&mut self, phase: Phase) {
        let entry = &mut self.entry;
        if phase > Phase::PartlyWritten || !entry.is_open() {
            return;
        }
        if has_learned_nothing(entry) {
            gives_back(entry);
            self.ends(State::NotSent);
        } else {
            let detail = "no complete request was sent, but EPS has reported the debit: ask EPS about it";
            self.alarms.push(Reason::StateChanged.because(detail));
        }
    }

    /// Applies what the answer says about this debit. Returns `false` if the answer names nothing that identifies the debit.
    fn known(&mut self, view: &TransactionView, source: &str) -> bool {
        match says(view, &Expected::from(&self.entry)) {
            Says::Contradiction { anomaly, ours } => {
                self.entry.named |= ours && view.names_one;
                self.contradicted(anomaly);
            }
            Says::State { state, tid } => self.named(state, tid, source),
            Says::Unnamed { tid } => {
                self.entry.named |= view.names_one;
                self.unnamed(tid);
            }
            Says::Untouched if source == "inquiry" => return false,
            // EPS has accepted the refund, but has not started it.
            Says::Untouched if is_success(view) => self.named(State::Pending, None, source),
            Says::Untouched => {}
            // EPS can name the amount only if it knows the debit. In the answer about a refund, the amount is that of the original
            // transaction and proves nothing.
            Says::Nothing if source == "inquiry" && !self.entry.is_refund() && names_amount(view) => self.unnamed(None),
            Says::Nothing => return false,
        }
        true
    }

    /// Applies a contradiction. A contradiction settles nothing, and later "not found" answers prove nothing about this debit.
    fn contradicted(&mut self, anomaly: Anomaly) {
        let entry = &mut self.entry;
        entry.seen = true;
        entry.contradiction = Some(anomaly.detail.clone());
        if entry.is_open() {
            entry.outcome = State::Indeterminate;
            entry.why = Some(Why::Contradiction);
        } else if is_held_for_undone(entry) {
            self.reopen(State::Indeterminate, None);
            self.entry.why = Some(Why::Contradiction);
        }
        self.alarms.push(anomaly);
    }

    /// Applies an answer which shows that EPS knows the debit, but names no state.
    fn unnamed(&mut self, tid: Option<String>) {
        let entry = &mut self.entry;
        entry.seen = true;
        if entry.is_open() {
            entry.tid = entry.tid.take().or(tid);
            entry.why = Some(Why::InFlight);
        } else if is_held_for_undone(entry) {
            self.reopen(State::Indeterminate, tid);
        }
    }

    /// Applies an answer that names the state of the debit. `source` is `answer` for the debit's own request, or `inquiry`.
    fn named(&mut self, state: State, tid: Option<String>, source: &str) {
        let entry = &mut self.entry;
        entry.seen = true;
        if entry.is_open() {
            entry.tid = entry.tid.take().or(tid);
            // The answer to the debit's own request may have been delayed. The answer to a later inquiry is more recent.
            let stale = source == "answer" && entry.outcome == State::RefundPending && state == State::Pending;
            if state.is_final() {
                self.ends(state);
            } else if !stale {
                entry.outcome = state;
                entry.why = Some(Why::InFlight);
            }
            return;
        }
        let known = entry.outcome;
        if entry.declared && known == state {
            // EPS now confirms the outcome that a person has declared.
            (entry.declared, entry.spent) = (false, false);
            entry.tid = tid.or_else(|| entry.tid.take());
        } else if is_held_for_undone(entry) || entry.declared {
            self.reopen(state, tid);
        } else if known == state || precedes(state, known) {
            entry.tid = entry.tid.take().or(tid);
        } else {
            let (said, known) = (state.as_str(), known.as_str());
            let detail = format!("EPS now reports the debit as {said}, but it had ended as {known}: ask EPS about it");
            self.alarms.push(Reason::StateChanged.because(detail));
        }
    }

    /// Reopens a debit that was recorded as not done, because EPS knows the debit after all. Its reference is no longer free.
    fn reopen(&mut self, state: State, tid: Option<String>) {
        let entry = &mut self.entry;
        let outcome = entry.outcome.as_str();
        let advice = if state == State::Declined || state == State::Refunded && !entry.is_refund() {
            "correct your own records"
        } else {
            "do not send it again, and check whether it was replaced"
        };
        // The state is indeterminate after a contradiction or an answer without a state. Such an answer only shows that EPS knows the
        // debit.
        let news = if state == State::Indeterminate {
            "EPS now shows that it knows the debit".to_owned()
        } else {
            format!("EPS now reports the debit as {}", state.as_str())
        };
        let detail = format!("{news}, but it was recorded as {outcome}: {advice}");
        entry.outcome = if state.is_final() { State::Pending } else { state };
        (entry.reusable, entry.spent, entry.declared, entry.acknowledged) = (false, false, false, false);
        (entry.seen, entry.silence, entry.ended_ms) = (true, None, None);
        entry.tid = entry.tid.take().or(tid);
        entry.why = Some(Why::InFlight);
        entry.inquiries = 0;
        if state.is_final() {
            self.ends(state);
        }
        self.alarms.push(Reason::StateChanged.because(detail));
    }

    /// Applies the answer to an inquiry, if the answer does not name the debit.
    fn absent(
        &mut self,
        view: &TransactionView,
        round: Option<&Comparison>,
        times: [&StoreTime; 2],
        known: Option<&Silence>,
        rules: &Rules<'_>,
    ) {
        let entry = &mut self.entry;
        if entry.is_refund() && entry.is_open() {
            match shows_untouched(view, entry) {
                // Once EPS has shown a sign of the refund itself, a later answer without a sign of the refund proves nothing.
                true if !entry.seen => self.untouched(times, known, rules),
                true => entry.why = Some(Why::InFlight),
                false => entry.why = Some(Why::NoAnswer),
            }
            return;
        }
        if !entry.is_open() || !is_silent(entry) {
            return;
        }
        if !is_absent_like(view) {
            entry.why = Some(Why::NoAnswer);
            return;
        }
        let print = super::journal::digest("", &[&view.print(&entry.key.reference)]);
        let proof = proof(&entry.key.reference, view, round);
        if proof == Proof::MadeUpFound {
            self.alarms.push(Reason::MadeUpFound.because("EPS has found a reference that this client made up"));
        }
        let entry = &mut self.entry;
        let proven = matches!(proof, Proof::Absent(_));
        let why = if let Proof::Void(why) = proof { why } else { Why::NoControl };
        match entry.silence.take() {
            Some(silence) if silence.print == print => {
                let newer = is_newer(&silence, times);
                let silence = heard(&silence, times, known, rules.schedule);
                let ends = proven && newer && is_enough(&silence, rules.schedule);
                entry.silence = Some(silence);
                if ends {
                    entry.spent = true;
                    self.ends(State::NotSent);
                } else if round.is_some() && !proven {
                    entry.why = Some(why);
                }
            }
            // No "not found" answer was counted yet, or the answer differs from the counted ones and voids their count. Counting starts
            // with this answer.
            _ if proven => {
                entry.silence = Some(begun(print, times[1]));
                entry.why = None;
            }
            // An answer that differs from the counted ones voids their count. It sets no `why` if no control inquiries were made.
            Some(_) if round.is_none() => {}
            _ => entry.why = Some(why),
        }
    }

    /// Applies an answer that shows that the transaction of this refund still waits for its refund.
    fn untouched(&mut self, times: [&StoreTime; 2], known: Option<&Silence>, rules: &Rules<'_>) {
        let entry = &mut self.entry;
        entry.why = Some(Why::InFlight);
        let newer = entry.silence.as_ref().is_some_and(|silence| is_newer(silence, times));
        let silence = match entry.silence.take() {
            Some(silence) => heard(&silence, times, known, rules.schedule),
            None => begun("untouched".into(), times[1]),
        };
        let ends = newer && is_enough(&silence, rules.schedule);
        entry.silence = Some(silence);
        if ends {
            entry.spent = true;
            self.ends(State::NotSent);
        }
    }

    /// Brings the debit to a final state.
    fn ends(&mut self, state: State) {
        let entry = &mut self.entry;
        (entry.outcome, entry.why) = (state, None);
        entry.revision = entry.revision.saturating_add(1);
        entry.acknowledged = false;
        self.ended = true;
    }

    /// Schedules the next inquiry, adds a step to the history, and raises an alarm if the debit has been open for too long.
    fn finish(&mut self, before: &Entry, by: &str, rules: &Rules<'_>) {
        let entry = &mut self.entry;
        if self.ended {
            entry.ended_ms = Some(rules.now_ms);
            entry.inquiries = if entry.spent { 0 } else { entry.inquiries };
        }
        let again = before.outcome == entry.outcome && before.revision == entry.revision;
        rules.schedule.plan(entry, rules.now_ms);
        if self.asks_at_once && entry.is_open() {
            (entry.next_inquiry_ms, entry.wait_ms) = (Some(rules.now_ms), 0);
        }
        let age = rules.now_ms.saturating_sub(entry.created_ms);
        if entry.is_open() && !entry.overdue && age >= rules.alarm_after_ms {
            entry.overdue = true;
            let (state, minutes) = (entry.outcome.as_str(), age / 60_000);
            let advice = if entry.outcome == State::RefundPending {
                "refund it with sendRefundOtp() and refund()"
            } else {
                "ask EPS, and declare only the end that EPS names, or not sent only if EPS does not have it"
            };
            let detail = format!("the debit was reserved {minutes} minutes ago and is {state}: {advice}");
            self.alarms.push(Reason::OpenTooLong.because(detail));
        }
        if !again || !self.alarms.is_empty() {
            let detail = self.alarms.first().map(|alarm| alarm.detail.clone());
            let detail =
                detail.or_else(|| entry.tid.clone().filter(|_| before.tid.is_none()).map(|tid| format!("tid {tid}")));
            entry.note(rules.now_ms, by, detail);
        }
    }
}

/// Marks a debit for which EPS did no work, and so frees its reference. Exception: a repeated refund has the same reference as the first
/// one, which may have been sent, so this reference stays spent.
fn gives_back(entry: &mut Entry) {
    let again = entry.retry_of.as_ref() == Some(&entry.key.reference);
    (entry.reusable, entry.spent) = (!again, again);
}

/// Returns true if the row says that EPS has done no work for the debit.
fn is_held_for_undone(entry: &Entry) -> bool {
    entry.outcome == State::NotSent || entry.outcome == State::Declined && (entry.reusable || entry.spent)
}

/// Returns true if EPS may have reported the state `said` before it reported the state `last`. An answer with the state `said` is then only
/// old, and no contradiction.
fn precedes(said: State, last: State) -> bool {
    match said {
        State::Pending => last != State::NotSent,
        State::RefundPending => last == State::Refunded,
        State::Indeterminate | State::Settled | State::Declined | State::Refunded | State::NotSent => false,
    }
}

#[cfg(test)]
mod tests;
