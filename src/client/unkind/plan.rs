//! Plan of one run of the simulation, generated from a seed.

use fastrand::Rng;
use std::time::Duration;

pub(super) const SECOND_MS: u64 = 1_000;
pub(super) const MINUTE_MS: u64 = 60 * SECOND_MS;
/// Longest time until inquiries find a booking. The client must wait at least as long before it ends a debit as not found.
pub(super) const HIDDEN_MS: u64 = 13 * MINUTE_MS;
/// Largest difference in milliseconds between a timestamp and EPS's clock that EPS accepts.
pub(super) const WINDOW_MS: u64 = 2 * MINUTE_MS;

/// Behaviour of EPS for one debit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conduct {
    Settles,
    PendsThenSettles,
    PendsThenFails,
    /// The debit has failed, and its money waits for a refund.
    RefundPending,
    /// The debit has failed, and EPS refunds the money without a request.
    RefundsItself,
    Fails,
    /// EPS refuses the debit because of a wrong OTP, before it does any work.
    WrongOtp,
    /// EPS accepts the debit and does not execute it.
    Swallows,
    /// EPS reports no such transaction, and books the debit only after the client has ended it as not sent.
    BooksLate,
}

/// Temporary fault of EPS's answers to inquiries. Some faults hit all inquiries, and others hit inquiries at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Answers with an HTML page and this HTTP status: 401, 403, 429, 500, 502 or 302.
    Refuses(u16),
    /// Answers with EPS status 2485 (timestamp refused), regardless of the timestamp.
    RefusesTimestamps,
    /// Answers with `null`, an empty body, or a truncated body.
    Babbles,
    /// Answers every inquiry with this EPS id of a general failure, which can also mean "no such transaction".
    Fails(i64),
    /// Answers every inquiry by reference with "no such transaction", even for a booked reference. Inquiries by transaction id find the
    /// booking.
    KnowsNoReference,
    /// Answers with the state of another debit.
    AnswersAboutAnother,
    /// Answers with an earlier state of the debit.
    AnswersOfBefore,
    /// Answers with "no such transaction", although EPS has already named the debit in an answer.
    Forgets,
    /// Does not answer the inquiry at all.
    Hangs,
    /// Answers the inquiry later than any client waits.
    IsLate,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) mood: Mood,
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

/// Planned faults of one run of a process. Each fault occurs at a numbered step, which is an operation of the journal or the network.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LifePlan {
    pub(super) dies_at: Option<u32>,
    /// Step at which the process is suspended, and the duration of the suspension.
    pub(super) freezes_at: Option<(u32, Duration)>,
}

#[derive(Debug, Clone)]
pub(super) struct ProcessPlan {
    pub(super) lives: Vec<LifePlan>,
    pub(super) skew_ms: i64,
    pub(super) drift_ppm: i64,
    /// Time in milliseconds at which the clock of the process is changed, and the change in milliseconds.
    pub(super) set: Option<(u64, i64)>,
}

/// Planned request of an application for a debit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask {
    pub(super) at_ms: u64,
    pub(super) process: usize,
    pub(super) debit: usize,
    pub(super) aborts_after: Option<Duration>,
    /// True if the application reacts to earlier results: it replaces a reference that must not be used again by a new one with `retryOf`,
    /// and requests a refund that is due.
    pub(super) replaces: bool,
}

/// Planned fault of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The journal has no fault.
    Stands,
    /// All processes are stopped and a backup is restored. Later a person declares the restore.
    Restored { backup_ms: u64, at_ms: u64 },
    /// Another file takes the place of the journal for a while.
    Replaced { from_ms: u64, to_ms: u64 },
    /// The journal does not answer for a while, but may still execute an operation.
    Fails { from_ms: u64, to_ms: u64 },
}

#[derive(Debug, Clone)]
pub(super) struct UnkindPlan {
    pub(super) seed: u64,
    pub(super) conducts: Vec<Conduct>,
    pub(super) asks: Vec<Ask>,
    pub(super) windows: Vec<Window>,
    pub(super) processes: Vec<ProcessPlan>,
    pub(super) journal: Fate,
    /// Percentage of answers without a `Date` header.
    pub(super) dateless: u8,
    /// Percentage of answers with an `Age` header.
    pub(super) aged: u8,
    /// Percentage of answers with a wrong `Date` header.
    pub(super) misdated: u8,
    /// Percentage of connections that break.
    pub(super) lost: u8,
    /// Percentage of debit requests that arrive after the connection has broken.
    pub(super) delayed: u8,
    /// Percentage of debit requests that arrive twice.
    pub(super) copied: u8,
    /// Percentage of answers that are lost.
    pub(super) unanswered: u8,
    /// Time after a booking during which inquiries do not find the booking.
    pub(super) hidden_ms: u64,
    /// Time after which no more faults are injected.
    pub(super) kind_from_ms: u64,
}

const CONDUCTS: [Conduct; 10] = [
    Conduct::Settles,
    Conduct::PendsThenSettles,
    Conduct::PendsThenFails,
    Conduct::RefundPending,
    Conduct::RefundPending,
    Conduct::RefundsItself,
    Conduct::Fails,
    Conduct::WrongOtp,
    Conduct::Swallows,
    Conduct::BooksLate,
];

const MOODS: [Mood; 18] = [
    Mood::Refuses(401),
    Mood::Refuses(403),
    Mood::Refuses(429),
    Mood::Refuses(500),
    Mood::Refuses(502),
    Mood::Refuses(302),
    Mood::RefusesTimestamps,
    Mood::Babbles,
    Mood::Fails(168),
    Mood::Fails(69),
    Mood::Fails(1),
    Mood::Fails(-1),
    Mood::KnowsNoReference,
    Mood::AnswersAboutAnother,
    Mood::AnswersOfBefore,
    Mood::Forgets,
    Mood::Hangs,
    Mood::IsLate,
];

impl UnkindPlan {
    pub(super) fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rng = &mut rng;
        let kind_from_ms = rng.u64(20..80) * MINUTE_MS;
        let processes = (0..rng.usize(1..=5)).map(|_| ProcessPlan::random(rng)).collect::<Vec<_>>();
        let mut conducts: Vec<_> = (0..rng.usize(1..=3)).map(|_| CONDUCTS[rng.usize(0..CONDUCTS.len())]).collect();
        let journal = Fate::random(rng);
        let restored = matches!(journal, Fate::Restored { .. });
        if restored {
            // Replaces late bookings, because a client whose restored journal lacks a debit cannot know that EPS will book the debit later.
            conducts.iter_mut().filter(|conduct| **conduct == Conduct::BooksLate).for_each(|it| *it = Conduct::Settles);
        }
        let (debits, most) = (conducts.len(), kind_from_ms);
        let mut asks: Vec<_> = (0..rng.usize(debits..=debits + 4))
            .map(|number| Ask {
                at_ms: if rng.bool() { rng.u64(0..5 * SECOND_MS) } else { rng.u64(0..most) },
                process: rng.usize(0..processes.len()),
                debit: if number < debits { number } else { rng.usize(0..debits) },
                aborts_after: (rng.u8(0..5) == 0).then(|| Duration::from_millis(rng.u64(0..40_000))),
                replaces: rng.bool(),
            })
            .collect();
        asks.sort_by_key(|ask| ask.at_ms);
        let window = |rng: &mut Rng| {
            let (from_ms, long) = (rng.u64(0..most), rng.u64(30 * SECOND_MS..20 * MINUTE_MS));
            Window { mood: MOODS[rng.usize(0..MOODS.len())], from_ms, to_ms: from_ms + long }
        };
        let mut windows: Vec<_> = (0..rng.usize(0..5)).map(|_| window(rng)).collect();
        if restored {
            // Removes times at which EPS forgets debits. A forgotten debit whose transaction id the restored backup lacks cannot be found
            // any more.
            windows.retain(|window| window.mood != Mood::Forgets);
        }
        let mut percent = |most: u8| if rng.bool() { 0 } else { rng.u8(0..=most) };
        let [dateless, aged, misdated] = [percent(100), percent(60), percent(40)];
        let [lost, delayed, copied, unanswered] = [percent(30), percent(30), percent(30), percent(40)];
        // Does not combine copied requests with wrong dates. EPS's refusal of a copy with a wrong `Date` looks like a refusal of the first
        // request, and no client can distinguish them.
        let misdated = if copied > 0 { 0 } else { misdated };
        let hidden_ms = if restored || rng.bool() { 0 } else { rng.u64(0..HIDDEN_MS) };
        Self {
            seed,
            conducts,
            asks,
            windows,
            processes,
            journal,
            dateless,
            aged,
            misdated,
            lost,
            delayed,
            copied,
            unanswered,
            hidden_ms,
            kind_from_ms,
        }
    }

    /// Returns the faults that hit EPS's answers to inquiries at this time.
    pub(super) fn moods(&self, ms: u64) -> impl Iterator<Item = Mood> {
        let now = self.windows.iter().filter(move |window| (window.from_ms..window.to_ms).contains(&ms));
        now.map(|window| window.mood)
    }
}

impl ProcessPlan {
    fn random(rng: &mut Rng) -> Self {
        let lives = (0..rng.usize(0..4))
            .map(|_| LifePlan {
                dies_at: rng.bool().then(|| rng.u32(0..80)),
                freezes_at: (rng.u8(0..3) == 0).then(|| (rng.u32(0..60), Duration::from_secs(rng.u64(1..3_000)))),
            })
            .collect();
        // Avoids a skew near the limit of EPS's timestamp window, where EPS could refuse a request and accept its copy a moment later.
        let skew_ms = match rng.u8(0..6) {
            0 => rng.i64(-90_000..90_000),
            1 => 3_600_000,
            2 => -600_000,
            _ => rng.i64(-2_000..2_000),
        };
        let drift_ppm = if rng.u8(0..4) == 0 { rng.i64(-200..200) } else { 0 };
        let set = (rng.u8(0..5) == 0)
            .then(|| (rng.u64(0..40 * MINUTE_MS), [-7_200_000, -600_000, 600_000, 7_200_000][rng.usize(0..4)]));
        Self { lives, skew_ms, drift_ppm, set }
    }
}

impl Fate {
    fn random(rng: &mut Rng) -> Self {
        let from_ms = rng.u64(0..20 * MINUTE_MS);
        let to_ms = from_ms + rng.u64(SECOND_MS..10 * MINUTE_MS);
        match rng.u8(0..8) {
            0 => Fate::Restored { backup_ms: from_ms, at_ms: to_ms },
            1 => Fate::Replaced { from_ms, to_ms },
            2 => Fate::Fails { from_ms, to_ms },
            _ => Fate::Stands,
        }
    }
}
