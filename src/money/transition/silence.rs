//! Absence, proven by comparison, and how long it has lasted.
//!
//! EPS's ids for "no such transaction" also stand for general failures, so no code proves anything. In one round EPS finds a reference
//! that it has booked, before and after, and answers ours as it answers one that was made up.

use super::super::journal::{Entry, Silence, StoreTime, Why};
use super::super::schedule::Schedule;
use super::says::{Expected, Says, says};
use super::view::{EchoedValue, TransactionView};

/// A database's clock can be set: of one gap no more than this counts.
const SETTABLE_GAP_MS: u64 = 5 * 60_000;

/// What a round asked beside our reference.
pub(crate) struct Comparison {
    /// A reference that EPS has booked, with its tid where that is known.
    pub(crate) known: (String, Option<String>),
    pub(crate) known_before: Option<TransactionView>,
    pub(crate) made_up: (String, Option<TransactionView>),
    pub(crate) known_after: Option<TransactionView>,
}

/// What a round proves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// EPS has no transaction of our reference. With what it says of such references.
    Absent(String),
    /// Nothing, and why.
    Void(Why),
    /// Nothing: the made-up reference was found.
    MadeUpFound,
}

/// Whether EPS has found what this reference was booked under.
pub(crate) fn is_found(view: &TransactionView, reference: &str, tid: Option<&str>) -> bool {
    let expected = Expected { refund: false, reference, tid, amount: None };
    match says(view, &expected) {
        Says::State { tid: named, .. } | Says::Unnamed { tid: named } => {
            // By its tid it is the one; without one only by its own reference.
            named.is_some() && view.ok && !view.aged && (tid.is_some() || view.carries(reference))
        }
        Says::Contradiction { .. } | Says::Untouched | Says::Nothing => false,
    }
}

/// Of a refund: whether EPS itself shows, now, that the money still waits for one.
pub(super) fn shows_untouched(view: &TransactionView, entry: &Entry) -> bool {
    let says_so = matches!(says(view, &Expected::from(entry)), Says::Untouched);
    says_so && view.ok && view.envelope && !view.aged && !view.is_gateway_refusal()
}

/// Whether an answer could be how EPS says that it knows no such reference.
pub(super) fn is_absent_like(view: &TransactionView) -> bool {
    let says_nothing = !view.names_one && view.twice.is_none() && !names_amount(view);
    view.envelope && !view.aged && says_nothing && !view.is_gateway_refusal()
}

/// Whether EPS itself names an amount.
pub(super) fn names_amount(view: &TransactionView) -> bool {
    view.envelope && view.amount != EchoedValue::Absent
}

/// What a round proves about `ours`, which EPS has answered with `view`.
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

/// Whether this answer needs a round beside it: silence has not begun, or would end now.
pub(crate) fn wants_round(entry: &Entry, view: &TransactionView, time: &StoreTime, schedule: &Schedule) -> bool {
    // A sign of life is learned as it is: asked again, EPS may have nothing to say.
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

/// Whether silence may still end it: EPS has shown no sign of it.
pub(super) fn is_silent(entry: &Entry) -> bool {
    entry.outcome == super::State::Indeterminate && entry.tid.is_none() && !entry.seen
}

/// Silence that begins now.
pub(super) fn begun(print: String, time: &StoreTime) -> Silence {
    Silence { print, answers: 1, counted_ms: 0, epoch: time.epoch.clone(), at_ms: time.ms }
}

/// One more equal answer, given between these two readings. Answers that are closer together than the schedule's grain say nothing more
/// than one. Whoever stands still behind an answer brings it late: the time counts until it was asked for, and on from when it was brought.
/// `known` is the silence of the row that was read before EPS was asked.
pub(super) fn heard(
    silence: &Silence,
    [asked, time]: [&StoreTime; 2],
    known: Option<&Silence>,
    schedule: &Schedule,
) -> Silence {
    let same_epoch = silence.epoch == time.epoch && silence.epoch == asked.epoch;
    if same_epoch && time.ms < silence.at_ms {
        // Where the row has not changed since, the clock was set back, and goes on from there. Else a process that stood still brings an old
        // reading, from which nothing is counted a second time.
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

/// Whether an answer was asked for when the last one that counts had been brought: an older one ends nothing.
pub(super) fn is_newer(silence: &Silence, [asked, time]: [&StoreTime; 2]) -> bool {
    asked.epoch == time.epoch && (asked.epoch != silence.epoch || asked.ms >= silence.at_ms)
}

/// Often and long enough.
pub(super) fn is_enough(silence: &Silence, schedule: &Schedule) -> bool {
    silence.answers >= schedule.not_found_count && silence.counted_ms >= schedule.not_found_spread_ms
}
