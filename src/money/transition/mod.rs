//! Decides what an answer, a refusal, silence or a person proves about a debit, and what follows from it. The code is pure.
//!
//! All decisions about money are made in this module: what an answer proves, if it contradicts the request, if a request may be sent again,
//! and if a reference is free. Every other file brings evidence and carries out the decision. The general rule: only proof that EPS did
//! nothing makes a debit declined before work or not sent. Only EPS's own state, in an answer that does not contradict the request, makes a
//! debit settled. In every other case the debit stays open.

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
    /// EPS now names another tid than before. The debit may have been booked twice.
    DuplicateObserved,
    /// EPS names another reference, tid or amount than was sent, or an answer contradicts itself.
    Contradiction,
    /// EPS names another state than the final one, or shows a debit that was recorded as not sent.
    StateChanged,
    /// A debit and the one that replaced it are both booked.
    BookedTwice,
    /// EPS has found a reference that was made up.
    MadeUpFound,
    /// The debit has been open for too long.
    OpenTooLong,
    /// The journal is damaged, replaced, or has lost commits.
    Journal,
}

impl Reason {
    /// Builds an alarm with this reason. `detail` describes what does not fit.
    pub(crate) fn because(self, detail: impl Into<String>) -> Anomaly {
        Anomaly { reason: self, detail: detail.into() }
    }

    /// Returns the stored form.
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

/// An alarm to raise: the reason, and a description.
#[derive(Debug, Clone)]
pub(crate) struct Anomaly {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

/// New evidence about a debit.
pub(crate) enum Observation<'a> {
    /// The end of the debit's own request: EPS's answer or none, and how far the request got.
    Own { view: Option<&'a TransactionView>, clock_was_off: bool, phase: Phase, attempts: u32 },
    /// The answer to an inquiry, with the round that was asked with it. `asked` and `time` are readings of the store's clock before and
    /// after the answer. `known` is the silence of the row that was read before EPS was asked.
    Inquiry {
        view: &'a TransactionView,
        round: Option<&'a Comparison>,
        asked: &'a StoreTime,
        time: &'a StoreTime,
        known: Option<&'a Silence>,
    },
    /// An inquiry that got no answer.
    NotAsked { time: &'a StoreTime },
    /// This process made the reservation and has sent nothing.
    Released,
    /// A person has asked EPS, and declares that the debit was never sent.
    DeclaredNotSent,
    /// A person has asked EPS, and declares this outcome.
    Declared { outcome: State, tid: Option<String> },
}

/// Values that a decision needs.
pub(crate) struct Rules<'a> {
    pub(crate) now_ms: u64,
    pub(crate) schedule: &'a Schedule,
    /// Age in milliseconds at which an open debit raises one alarm.
    pub(crate) alarm_after_ms: u64,
}

/// Result of a decision.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) entry: Entry,
    pub(crate) alarms: Vec<Anomaly>,
    /// True if the debit has reached a final state by this decision.
    pub(crate) ended: bool,
    /// True if the debit's own answer was no verdict. The first inquiry is due now.
    asks_at_once: bool,
}

/// Judges `evidence` about a debit. `entry` is what is known, and may include what was learned while the evidence was on its way.
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
                // A declaration alone does not make a debit booked. EPS is asked about the debit for a week.
                next.spent = true;
                decision.ends(*outcome);
            }
            "declaration"
        }
    };
    decision.finish(entry, by, rules);
    decision
}

/// Returns true if a reference is free: no complete request has left, or EPS refused the request before work.
pub(crate) fn may_be_used_again(entry: &Entry) -> bool {
    entry.reusable && entry.outcome.is_final()
}

/// Returns true if silence or a person has ended the debit. A new attempt may then name it.
pub(crate) fn may_be_retried(entry: &Entry) -> bool {
    entry.spent && matches!(entry.outcome, State::NotSent | State::Declined)
}

/// Returns true if a successor has ended, so that another may follow it without more proof. EPS has declined it, or nothing of it has left.
pub(crate) fn has_ended_without_money(entry: &Entry) -> bool {
    may_be_used_again(entry) || entry.outcome == State::Declined
}

/// Returns true if `new` is still the successor of `old`, and nothing has been learned about `old`.
pub(crate) fn is_replaced_by(old: &Entry, new: &Entry) -> bool {
    may_be_retried(old) && old.successor.as_ref() == Some(&new.key.reference)
}

/// Returns a judgement that could not be compared with what the journal knows now. "No work was done" may be wrong there. A reference of
/// which nothing left from this process may belong to another one. So a free reference becomes indeterminate.
pub(crate) fn unconfirmed(mut entry: Entry) -> Entry {
    if entry.reusable {
        (entry.outcome, entry.why, entry.reusable) = (State::Indeterminate, Some(Why::NoAnswer), false);
    }
    entry
}

/// Returns a judgement whose row was pruned. Others have seen the end of that row, and it may be another end than this one. So a debit
/// without work becomes indeterminate.
pub(crate) fn forgotten(mut entry: Entry) -> Entry {
    if is_held_for_undone(&entry) {
        (entry.outcome, entry.why) = (State::Indeterminate, Some(Why::NoAnswer));
        (entry.reusable, entry.spent) = (false, false);
    }
    entry
}

/// Returns true if a new attempt under the same reference may replace the row. The row must be free, or a spent refund, because a refund
/// has no other reference.
pub(crate) fn may_be_replaced(entry: &Entry, retry_of: Option<&str>) -> bool {
    let again = entry.is_refund() && may_be_retried(entry) && retry_of == Some(entry.key.reference.as_str());
    may_be_used_again(entry) || again
}

/// Returns true if an answer carries this debit's own reference.
pub(crate) fn carries_reference(view: &TransactionView, entry: &Entry) -> bool {
    view.carries(&entry.key.reference)
}

/// Returns true if EPS shows that the transaction of this refund still waits for a refund.
pub(crate) fn is_untouched(entry: &Entry, view: &TransactionView) -> bool {
    shows_untouched(view, entry)
}

/// Returns true if a person may declare that the debit was never sent. EPS must not have named it.
pub(crate) fn may_be_declared_not_sent(entry: &Entry) -> bool {
    entry.is_open() && entry.tid.is_none() && !entry.named && entry.outcome == State::Indeterminate
}

/// Returns true if a second request may leave after EPS refused the timestamp of the first one. The clock must have been off, and nothing
/// may have been learned since.
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

/// Returns true if the answer is a success of EPS, whatever it is about.
fn is_success(view: &TransactionView) -> bool {
    view.ok && view.status == Some(0)
}

/// Returns true if a gateway refused the request, or if the answer is a 5xx. Neither is a verdict of EPS, so EPS is best asked at once.
fn is_no_verdict(view: &TransactionView) -> bool {
    let bare = !view.envelope && matches!(view.http_status, 401 | 403 | 429);
    bare || view.http_status >= 500
}

impl Decision {
    /// Applies the debit's own answer.
    fn own(&mut self, view: &TransactionView, clock_was_off: bool) {
        if self.known(view, "answer") {
            self.asks_at_once = view.http_status >= 500;
            return;
        }
        let entry = &mut self.entry;
        if !proves_no_work(view, entry.is_refund(), clock_was_off) {
            self.asks_at_once = is_no_verdict(view);
            if is_success(view) {
                // A success that says nothing else still shows that EPS knows the debit.
                self.unnamed(None);
            }
            return;
        }
        if entry.is_open() && has_learned_nothing(entry) {
            gives_back(entry);
            self.ends(State::Declined);
        } else if entry.is_booked() || entry.seen {
            // A refusal does not undo what EPS has acknowledged.
            let detail = format!("EPS refused it before work, and is known to have it as {}", entry.outcome.as_str());
            self.alarms.push(Reason::StateChanged.because(detail));
        }
    }

    /// Applies a request that got no answer. `phase` says how far the request got.
    fn unanswered(&mut self, phase: Phase) {
        let entry = &mut self.entry;
        if phase > Phase::PartlyWritten || !entry.is_open() {
            return;
        }
        if has_learned_nothing(entry) {
            gives_back(entry);
            self.ends(State::NotSent);
        } else {
            let detail = "no complete request has left, and EPS is known to have it";
            self.alarms.push(Reason::StateChanged.because(detail));
        }
    }

    /// Applies what EPS names. Returns `false` if the answer names nothing that identifies this debit.
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
            // EPS has taken the refund, and has not started it.
            Says::Untouched if is_success(view) => self.named(State::Pending, None, source),
            Says::Untouched => {}
            // EPS can name the amount only if it knows the debit. For a refund the amount is the transaction's.
            Says::Nothing if source == "inquiry" && !self.entry.is_refund() && names_amount(view) => self.unnamed(None),
            Says::Nothing => return false,
        }
        true
    }

    /// Applies a contradiction. It settles nothing, and from then on nothing is inferred from silence.
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

    fn named(&mut self, state: State, tid: Option<String>, source: &str) {
        let entry = &mut self.entry;
        entry.seen = true;
        if entry.is_open() {
            entry.tid = entry.tid.take().or(tid);
            // The debit's own answer may have been on its way for long. An inquiry that was made since says more.
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
            // EPS now confirms what a person has declared.
            (entry.declared, entry.spent) = (false, false);
            entry.tid = tid.or_else(|| entry.tid.take());
        } else if is_held_for_undone(entry) || entry.declared {
            self.reopen(state, tid);
        } else if known == state || precedes(state, known) {
            entry.tid = entry.tid.take().or(tid);
        } else {
            let detail = format!("EPS now says {}, the final state is {}", state.as_str(), known.as_str());
            self.alarms.push(Reason::StateChanged.because(detail));
        }
    }

    /// Reopens a debit that was recorded as not done, because EPS knows it. Its reference is not free.
    fn reopen(&mut self, state: State, tid: Option<String>) {
        let entry = &mut self.entry;
        let detail = format!("EPS now knows a debit that was held for {}", entry.outcome.as_str());
        entry.outcome = if state.is_final() { State::Pending } else { state };
        (entry.reusable, entry.spent, entry.declared, entry.acknowledged) = (false, false, false, false);
        (entry.seen, entry.silence, entry.ended_ms) = (true, None, None);
        entry.tid = entry.tid.take().or(tid);
        entry.why = Some(Why::InFlight);
        // The schedule starts again.
        entry.inquiries = 0;
        if state.is_final() {
            self.ends(state);
        }
        self.alarms.push(Reason::StateChanged.because(detail));
    }

    /// Applies the answer to an inquiry that names nothing.
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
                // Once EPS has shown a sign of the refund itself, nothing is inferred from its absence.
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
            self.alarms.push(Reason::MadeUpFound.because("EPS has found a reference that was made up"));
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
            // The answer differs from that of the first round, so what was counted is void.
            _ if proven => {
                entry.silence = Some(begun(print, times[1]));
                entry.why = None;
            }
            // An answer that only differs, and has no round, sets no reason.
            Some(_) if round.is_none() => {}
            _ => entry.why = Some(why),
        }
    }

    /// Applies an answer that shows that the refund's transaction still waits for a refund.
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

    fn ends(&mut self, state: State) {
        let entry = &mut self.entry;
        (entry.outcome, entry.why) = (state, None);
        entry.revision = entry.revision.saturating_add(1);
        entry.acknowledged = false;
        self.ended = true;
    }

    /// Sets the next inquiry and the history, and raises the alarm of being open for too long.
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
            let hours = age / 3_600_000;
            self.alarms.push(Reason::OpenTooLong.because(format!("it has been open for {hours} hours")));
        }
        if !again || !self.alarms.is_empty() {
            let detail = self.alarms.first().map(|alarm| alarm.detail.clone());
            let detail =
                detail.or_else(|| entry.tid.clone().filter(|_| before.tid.is_none()).map(|tid| format!("tid {tid}")));
            entry.note(rules.now_ms, by, detail);
        }
    }
}

/// Marks an attempt that did nothing. Its reference becomes free. A refund's second attempt has the same reference as the first one, which
/// may have left. So that reference stays spent.
fn gives_back(entry: &mut Entry) {
    let again = entry.retry_of.as_ref() == Some(&entry.key.reference);
    (entry.reusable, entry.spent) = (!again, again);
}

/// Returns true if the debit is recorded as one for which EPS has done no work.
fn is_held_for_undone(entry: &Entry) -> bool {
    entry.outcome == State::NotSent || entry.outcome == State::Declined && (entry.reusable || entry.spent)
}

/// Returns true if EPS may have reported the state `said` before it reported `last`.
fn precedes(said: State, last: State) -> bool {
    match said {
        State::Pending => last != State::NotSent,
        State::RefundPending => last == State::Refunded,
        State::Indeterminate | State::Settled | State::Declined | State::Refunded | State::NotSent => false,
    }
}

#[cfg(test)]
mod tests;
