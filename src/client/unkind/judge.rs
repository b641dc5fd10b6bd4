//! Compares EPS's books with every state that the client reports, and collects the faults.

use super::bank::debit_of;
use super::plan::Conduct;
use super::world::UnkindWorld;
use super::{OP, REFUND};
use crate::money::{JournalEntry, MoneyOutcome, State};
use crate::mutex::lock;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

#[derive(Default)]
pub(super) struct UnkindJudge {
    pub(super) faults: Vec<String>,
    /// Log of all reports, which is printed when a schedule fails.
    pub(super) trail: Vec<String>,
    /// References of debits that the client reported as settled, and of refunds that it reported as refunded.
    settled: BTreeSet<String>,
    /// References that the client reported as not sent and not reusable.
    spent: BTreeSet<String>,
    /// References that EPS accepted and that the client reported after the restore of a backup. The backup's entries of these debits may be
    /// out of date.
    lost: BTreeSet<String>,
    restored: bool,
    /// References of debits that the client refused because the journal was an older copy.
    pub(super) refused: BTreeSet<String>,
    /// Transaction ids of the debits that the client reported as waiting for a refund, by reference.
    due_refunds: BTreeMap<String, String>,
    /// EPS's answers, by reference, with the reference and the transaction id masked.
    bodies: BTreeMap<String, Vec<String>>,
}

/// State that the client derived from each answer, over all schedules of this test run.
static STATES: Mutex<BTreeMap<String, State>> = Mutex::new(BTreeMap::new());

/// State of a debit that the client reported to a caller or that is in the journal.
struct Report<'a> {
    op: &'a str,
    reference: &'a str,
    tid: Option<&'a str>,
    outcome: State,
    reusable: bool,
}

impl UnkindJudge {
    pub(super) fn journal_was_restored(&mut self) {
        self.restored = true;
    }
}

impl UnkindWorld {
    pub(super) fn is_spent(&self, reference: &str) -> bool {
        lock(&self.judge).spent.contains(reference)
    }

    /// Returns the debit's transaction id, if the client reported that the debit waits for a refund.
    pub(super) fn due_refund(&self, reference: &str) -> Option<String> {
        lock(&self.judge).due_refunds.get(reference).cloned()
    }

    pub(super) fn hear_outcome(&self, told: &MoneyOutcome) {
        let (reference, tid) = (&*told.key.reference, told.tid.as_deref());
        self.hear(
            "debit",
            &Report { op: &told.key.op, reference, tid, outcome: told.outcome, reusable: told.reusable },
        );
    }

    pub(super) fn hear_entry(&self, entry: &JournalEntry) {
        let JournalEntry { op, reference, outcome, reusable, .. } = entry;
        let (outcome, reusable) = (*outcome, *reusable);
        let told = Report { op, reference, tid: entry.tid.as_deref(), outcome, reusable };
        let next = entry.next_inquiry_at.map(|at| i128::from(at) - i128::from(self.eps_ms()));
        self.note(format!("{} has {} inquiries, the next in {next:?} ms", entry.reference, entry.inquiries));
        self.hear("journal", &told);
    }

    /// Records an answer of EPS about a reference, even if the answer is lost on the way. If a reference has only one recorded answer,
    /// `hear` knows that the client's state comes from that answer.
    pub(super) fn answers(&self, reference: &str, answer: &[u8]) {
        let text = String::from_utf8_lossy(answer);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let tid = lock(&self.books).booked.get(reference).map(|booking| format!("\"{}\"", booking.tid));
        let body = body.replace(&format!("\"{reference}\""), "ours");
        let body = tid.map_or_else(|| body.clone(), |tid| body.replace(&tid, "tid")).replace("1472", "325");
        let print = format!("{} {} {body}", &head[..13], head.contains("age: "));
        lock(&self.judge).bodies.entry(reference.to_owned()).or_default().push(print);
    }

    pub(super) fn note(&self, what: String) {
        let line = format!("{:>8} {what}", self.since_ms());
        lock(&self.judge).trail.push(line);
    }

    fn hear(&self, by: &str, told: &Report<'_>) {
        let Report { op, reference, tid, outcome, reusable } = told;
        self.note(format!("{by} says {reference} is {outcome:?}, reusable: {reusable}"));
        if *op == REFUND {
            return self.hear_refund(by, told);
        }
        if let (State::RefundPending, Some(tid)) = (outcome, tid) {
            lock(&self.judge).due_refunds.insert((*reference).to_owned(), (*tid).to_owned());
        }
        let (now_ms, late) = (self.eps_ms(), self.plan.conducts[debit_of(reference)] == Conduct::BooksLate);
        let books = lock(&self.books);
        let mut judge = lock(&self.judge);
        let booking = books.booked.get(*reference);
        let state = booking.map(|booking| booking.state(now_ms));
        if judge.restored && books.taken.contains_key(*reference) {
            judge.lost.insert((*reference).to_owned());
        }
        let holds = match (outcome, reusable) {
            (State::Indeterminate, _) => true,
            (State::Pending, _) => booking.is_some(),
            (State::RefundPending, _) => booking.is_some_and(|booking| booking.before() == 3),
            (State::Settled, _) => state == Some(0),
            (State::Declined, false) => state == Some(1),
            (State::Refunded, _) => state == Some(4),
            // A reference may be used again only if EPS has not booked it and can no longer book it. Debits that a restored backup may lack
            // are exempt from this check.
            (State::Declined | State::NotSent, true) => !books.may_have(reference) || judge.lost.contains(*reference),
            (State::NotSent, false) => booking.is_none() || late,
        };
        if !holds {
            judge
                .faults
                .push(format!("{by} says that {reference} is {outcome:?}, reusable: {reusable}; EPS has {booking:?}"));
        }
        // The same answer must always lead to the same state, whether it answers a debit or an inquiry.
        if let Some([body]) = judge.bodies.get(*reference).cloned().as_deref()
            && body.contains("tx_status")
            && *outcome != State::Indeterminate
        {
            let before = *lock(&STATES).entry(body.clone()).or_insert(*outcome);
            if before != *outcome {
                judge.faults.push(format!(
                    "one answer of EPS made {reference} {outcome:?}, but another debit {before:?}: {body}"
                ));
            }
        }
        let ended = outcome.is_final() && *outcome != State::Settled;
        if ended && judge.settled.contains(*reference) && !judge.lost.contains(*reference) {
            judge
                .faults
                .push(format!("{by} says that {reference} is {outcome:?}, but it was reported as settled before"));
        }
        if *outcome == State::Settled {
            judge.settled.insert((*reference).to_owned());
        }
        if *outcome == State::NotSent && !reusable {
            judge.spent.insert((*reference).to_owned());
        }
    }

    /// Judges a report about a refund, whose reference is the transaction id of its debit.
    fn hear_refund(&self, by: &str, told: &Report<'_>) {
        let Report { reference: tid, outcome, reusable, .. } = told;
        let mut books = lock(&self.books);
        let coming = books.coming.get(*tid).is_some_and(|count| *count > 0);
        let lost = books.taken.contains_key(*tid);
        let booking = books.of_tid(tid);
        // True also if EPS has refunded the money without a request.
        let done = booking.as_ref().is_some_and(|booking| booking.state(self.eps_ms()) == 4);
        let paid = booking.is_some_and(|booking| !booking.paid_back_ms.is_empty());
        let mut judge = lock(&self.judge);
        let holds = match (outcome, reusable) {
            (State::Indeterminate | State::Pending, _) => true,
            (State::Refunded, _) => done,
            (State::Declined | State::NotSent, true) => !paid && !coming || judge.restored && lost,
            (State::NotSent | State::Declined, false) => !paid,
            (State::Settled | State::RefundPending, _) => false,
        };
        if !holds {
            judge.faults.push(format!("{by} says that refund is {outcome:?}, reusable: {reusable}; paid back: {paid}"));
        }
        let ended = outcome.is_final() && *outcome != State::Refunded;
        if ended && judge.settled.contains(*tid) && !(judge.restored && lost) {
            judge.faults.push(format!("{by} says that refund is {outcome:?}, but it was reported as refunded before"));
        }
        if *outcome == State::Refunded {
            judge.settled.insert((*tid).to_owned());
        }
        if matches!(outcome, State::NotSent | State::Declined) && !reusable {
            judge.spent.insert((*tid).to_owned());
        }
    }

    /// Judges the final state of a schedule. `entries` contains all entries of the journal.
    pub(super) fn judge_end(&self, entries: &[JournalEntry], alarms: &[String]) {
        let now_ms = self.eps_ms();
        let books = lock(&self.books);
        let judge = lock(&self.judge);
        let mut faults = Vec::new();
        let mut fault = |what: String| faults.push(what);
        for booking in books.booked.values().filter(|booking| booking.paid_back_ms.len() > 1) {
            fault(format!("EPS paid a refund {} times instead of once", booking.paid_back_ms.len()));
        }
        for entry in entries.iter().filter(|entry| entry.op == REFUND) {
            let booking = books.booked.values().find(|booking| booking.tid.to_string() == entry.reference);
            let holds = match (entry.outcome, booking) {
                (State::Refunded, Some(booking)) => booking.state(now_ms) == 4,
                (State::NotSent | State::Declined, Some(booking)) => booking.paid_back_ms.is_empty() || judge.restored,
                _ => false,
            };
            if !holds {
                fault(format!("refund is {:?}; EPS has {booking:?}", entry.outcome));
            }
        }
        let entries: Vec<_> = entries.iter().filter(|entry| entry.op == OP).collect();
        for (reference, stamps) in books.taken.iter().filter(|(key, _)| key.starts_with(['R', 'N'])) {
            // If EPS did not execute a debit and the restored journal lacks its row, neither side knows the debit, and a second request
            // cannot be prevented.
            let unknown = judge.restored && self.plan.conducts[debit_of(reference)] == Conduct::Swallows;
            if stamps.len() > 1 && !unknown {
                fault(format!("EPS accepted {reference} {} times instead of once", stamps.len()));
            }
            let replaces = reference.replace('R', "N");
            let both =
                [reference, &replaces].iter().all(|name| books.booked.contains_key(*name)) && **reference != replaces;
            if both && !alarms.iter().any(|alarm| alarm == "bookedTwice") {
                fault(format!("{reference} and {replaces} are both booked, but no alarm bookedTwice was raised"));
            }
            if both && self.plan.conducts[debit_of(reference)] != Conduct::BooksLate {
                fault(format!("{reference} and {replaces} are both booked"));
            }
        }
        for (reference, booking) in books.booked.iter().filter(|(reference, _)| *reference != super::books::KNOWN) {
            // Skips a debit that the client refused with `journal.behind`, because a person must ask EPS about this debit.
            if judge.restored && judge.refused.contains(reference) {
                continue;
            }
            let Some(entry) = entries.iter().find(|entry| entry.reference == **reference) else {
                fault(format!("EPS has booked {reference}, but the journal does not contain it: lost"));
                continue;
            };
            let told = match booking.state(now_ms) {
                0 => State::Settled,
                1 => State::Declined,
                _ => State::Refunded,
            };
            if entry.outcome != told && !self.may_stay_open(entry) {
                fault(format!(
                    "EPS says that {reference} is {told:?}, but the journal says {:?}, because of {:?}",
                    entry.outcome, entry.why
                ));
            }
        }
        for entry in entries.into_iter().filter(|entry| !books.booked.contains_key(&entry.reference)) {
            if !matches!(entry.outcome, State::NotSent | State::Declined) && !self.may_stay_open(entry) {
                fault(format!(
                    "EPS has no booking of {}, but the journal says {:?}, because of {:?}",
                    entry.reference, entry.outcome, entry.why
                ));
            }
        }
    }

    /// Returns true if an entry may stay open at the end: EPS accepted the debit but did not execute it, and may have answered with the
    /// state of another debit. A person must end such an entry.
    fn may_stay_open(&self, entry: &JournalEntry) -> bool {
        let open = !entry.outcome.is_final();
        let misled = |mood| self.plan.windows.iter().any(|window| window.mood == mood);
        let swallowed = self.plan.conducts[debit_of(&entry.reference)] == Conduct::Swallows;
        open && swallowed && misled(super::plan::Mood::AnswersAboutAnother)
    }
}
