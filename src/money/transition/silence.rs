//! Proof that EPS has no transaction for a reference, and the time for which EPS has answered "not found" (silence).
//!
//! EPS uses its ids for "no such transaction" also for general failures, so no id proves that a transaction is absent. Instead, a round of
//! inquiries compares answers. EPS must find a reference that it has booked, before and after the inquiry about our reference, and must
//! answer our reference and a made-up one in the same way.

use super::super::journal::{Entry, Silence, StoreTime, Why};
use super::super::schedule::Schedule;
use super::says::{Expected, Says, says};
use super::view::{EchoedValue, TransactionView};

/// Maximum time in milliseconds that counts for one gap between two "not found" answers, if the store's clock can be set. The clock of a
/// database can be set.
const SETTABLE_GAP_MS: u64 = 5 * 60_000;

/// Answers to the control inquiries of a round: all answers except the one about our reference.
pub(crate) struct Comparison {
    /// Reference that EPS has booked, with its transaction id (tid) if that is known.
    pub(crate) known: (String, Option<String>),
    pub(crate) known_before: Option<TransactionView>,
    pub(crate) made_up: (String, Option<TransactionView>),
    pub(crate) known_after: Option<TransactionView>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// EPS has no transaction for our reference. Holds the content of EPS's answer as text, without the reference.
    Absent(String),
    /// The round of inquiries proves nothing. Holds the reason.
    Void(Why),
    /// EPS has found the made-up reference, so the round of inquiries proves nothing.
    MadeUpFound,
}

/// Returns true if the answer shows that EPS has booked `reference`.
pub(crate) fn is_found(view: &TransactionView, reference: &str, tid: Option<&str>) -> bool {
    let expected = Expected { refund: false, reference, tid, amount: None };
    match says(view, &expected) {
        Says::State { tid: named, .. } | Says::Unnamed { tid: named } => {
            // A known transaction id (tid) identifies the booking. Without a known tid, the answer must contain the reference itself.
            named.is_some() && view.ok && !view.aged && (tid.is_some() || view.carries(reference))
        }
        Says::Contradiction { .. } | Says::Untouched | Says::Nothing => false,
    }
}

/// Returns true if EPS itself shows, in an answer that is not cached, that the transaction of this refund still waits for its refund.
pub(super) fn shows_untouched(view: &TransactionView, entry: &Entry) -> bool {
    let says_so = matches!(says(view, &Expected::from(entry)), Says::Untouched);
    says_so && view.ok && view.envelope && !view.aged && !view.is_gateway_refusal()
}

/// Returns true if the answer may be EPS's answer for a reference that it does not know.
pub(super) fn is_absent_like(view: &TransactionView) -> bool {
    let says_nothing = !view.names_one && view.twice.is_none() && !names_amount(view);
    view.envelope && !view.aged && says_nothing && !view.is_gateway_refusal()
}

pub(super) fn names_amount(view: &TransactionView) -> bool {
    view.envelope && view.amount != EchoedValue::Absent
}

/// Returns what a round of inquiries proves about the reference `ours`. `view` is EPS's answer about `ours`.
pub(crate) fn proof(ours: &str, view: &TransactionView, round: Option<&Comparison>) -> Proof {
    let Some(round) = round else { return Proof::Void(Why::NoControl) };
    let (reference, tid) = (&round.known.0, round.known.1.as_deref());
    if round.made_up.1.as_ref().is_some_and(|made_up| made_up.names_one) {
        return Proof::MadeUpFound;
    }
    let (Some(before), Some(made_up), Some(after)) = (&round.known_before, &round.made_up.1, &round.known_after) else {
        return Proof::Void(Why::NoAnswer);
    };
    let found = |view| is_found(view, reference, tid);
    if !(found(before) && found(after)) {
        return Proof::Void(Why::NoControl);
    }
    if !(is_absent_like(view) && is_absent_like(made_up)) {
        return Proof::Void(Why::NoAnswer);
    }
    let print = view.print(ours);
    if print == made_up.print(&round.made_up.0) { Proof::Absent(print) } else { Proof::Void(Why::Unlike) }
}

/// Returns true if this "not found" answer needs control inquiries, because it is the first one to be counted or may end the debit.
pub(crate) fn wants_round(entry: &Entry, view: &TransactionView, time: &StoreTime, schedule: &Schedule) -> bool {
    // An answer that shows a sign of the debit is used without control inquiries, because a second answer may not show the sign again.
    let says_nothing = matches!(says(view, &Expected::from(entry)), Says::Nothing);
    let may_end = is_silent(entry) && !entry.is_refund() && says_nothing && is_absent_like(view);
    let concludes = || {
        entry
            .silence
            .as_ref()
            .is_none_or(|silence| is_enough(&heard(silence, [time; 2], Some(silence), schedule), schedule))
    };
    may_end && concludes()
}

/// Returns true if "not found" answers may still end the debit, because EPS has shown no sign of the debit.
pub(super) fn is_silent(entry: &Entry) -> bool {
    entry.outcome == super::State::Indeterminate && entry.tid.is_none() && !entry.seen
}

/// Starts counting "not found" answers with the first one, recorded at `time`.
pub(super) fn begun(print: String, time: &StoreTime) -> Silence {
    Silence { print, answers: 1, counted_ms: 0, epoch: time.epoch.clone(), at_ms: time.ms }
}

/// Counts one more equal "not found" answer. `asked` and `time` are readings of the clock before the inquiry and after its answer. Answers
/// that are closer together than [`Schedule::apart_ms`] count as one. The counted time grows only by the time from the last counted answer
/// to `asked`, because a process that stalls may record its answer late. The next gap begins at `time`. `known` is the count in the row
/// that was read before the inquiry.
pub(super) fn heard(
    silence: &Silence,
    [asked, time]: [&StoreTime; 2],
    known: Option<&Silence>,
    schedule: &Schedule,
) -> Silence {
    let same_epoch = silence.epoch == time.epoch && silence.epoch == asked.epoch;
    if same_epoch && time.ms < silence.at_ms {
        // If the row has not changed since it was read, the clock was set back, and counting continues from the clock's new value.
        // Otherwise another process has counted a later answer while this process stalled. The time since the reading of this process is
        // then not counted again.
        let at_ms = if known == Some(silence) { time.ms } else { silence.at_ms };
        return Silence { at_ms, ..silence.clone() };
    }
    let elapsed = if same_epoch { asked.ms.min(time.ms).saturating_sub(silence.at_ms) } else { 0 };
    let elapsed = if time.settable { elapsed.min(SETTABLE_GAP_MS) } else { elapsed };
    if same_epoch && elapsed < schedule.apart_ms() {
        return silence.clone();
    }
    Silence {
        print: silence.print.clone(),
        answers: silence.answers.saturating_add(1),
        counted_ms: silence.counted_ms.saturating_add(elapsed),
        epoch: time.epoch.clone(),
        at_ms: time.ms,
    }
}

/// Returns true if EPS was asked after the last counted answer had been recorded. Only such an answer can end the debit.
pub(super) fn is_newer(silence: &Silence, [asked, time]: [&StoreTime; 2]) -> bool {
    asked.epoch == time.epoch && (asked.epoch != silence.epoch || asked.ms >= silence.at_ms)
}

/// Returns true if enough "not found" answers were counted over a long enough time.
pub(super) fn is_enough(silence: &Silence, schedule: &Schedule) -> bool {
    silence.answers >= schedule.not_found_count && silence.counted_ms >= schedule.not_found_spread_ms
}
