//! What one schedule holds, all of it drawn from its seed.

use fastrand::Rng;
use std::time::Duration;

pub(super) const SECOND_MS: u64 = 1_000;
pub(super) const MINUTE_MS: u64 = 60 * SECOND_MS;
/// A booking is found this long after EPS took it: silence ends nothing sooner.
pub(super) const HIDDEN_MS: u64 = 13 * MINUTE_MS;
/// EPS takes a timestamp that is this far from its clock.
pub(super) const WINDOW_MS: u64 = 2 * MINUTE_MS;

/// What EPS does with a debit that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conduct {
    Settles,
    PendsThenSettles,
    PendsThenFails,
    /// It has failed, and the money waits for a refund.
    RefundPending,
    /// The same, and EPS refunds it.
    RefundsItself,
    Fails,
    /// Refuses it before any work.
    WrongOtp,
    /// Takes it and does nothing.
    Swallows,
    /// Says that it has no such transaction, and books it after silence has ended it.
    BooksLate,
}

/// What an inquiry, or all of them, meet for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// 401 with a page, 403, 429, 500, 502, and 302.
    Refuses(u16),
    /// 2485, whatever the timestamp.
    RefusesTimestamps,
    /// No envelope, an empty body, half a body.
    Babbles,
    /// EPS's id for a general failure, which is also one for "no such transaction": of every reference.
    Fails(i64),
    /// Of every reference, known or not, that there is no such transaction; tids are found.
    KnowsNoReference,
    /// What another debit is.
    AnswersAboutAnother,
    /// What it was some time ago.
    AnswersOfBefore,
    /// That there is no such transaction, of one that was named before.
    Forgets,
    /// No answer at all.
    Hangs,
    /// Later than anybody waits.
    IsLate,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) mood: Mood,
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

/// What may happen to one life of a process, by its steps: turns of the journal and of the network.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LifePlan {
    pub(super) dies_at: Option<u32>,
    /// It stands still: a suspended machine, a stopped process.
    pub(super) freezes_at: Option<(u32, Duration)>,
}

#[derive(Debug, Clone)]
pub(super) struct ProcessPlan {
    pub(super) lives: Vec<LifePlan>,
    pub(super) skew_ms: i64,
    pub(super) drift_ppm: i64,
    /// When its clock is set, and by how much.
    pub(super) set: Option<(u64, i64)>,
}

/// An application asks for a debit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask {
    pub(super) at_ms: u64,
    pub(super) process: usize,
    pub(super) debit: usize,
    pub(super) aborts_after: Option<Duration>,
    /// Where it was told that the reference is spent: a new one, with `retryOf`. Where it was told that a refund is due: the refund.
    pub(super) replaces: bool,
}

/// What happens to the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is kept.
    Stands,
    /// A backup is put back while nothing runs, and a person says so.
    Restored { backup_ms: u64, at_ms: u64 },
    /// Another file lies in its place for a while.
    Replaced { from_ms: u64, to_ms: u64 },
    /// It does not answer for a while; what was asked may have been done.
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
    /// Of a hundred answers: those without `Date`, with `Age`, with a `Date` that is off.
    pub(super) dateless: u8,
    pub(super) aged: u8,
    pub(super) misdated: u8,
    /// Of a hundred requests: those that are lost, that arrive later, that come twice; and answers that are lost.
    pub(super) lost: u8,
    pub(super) delayed: u8,
    pub(super) copied: u8,
    pub(super) unanswered: u8,
    /// How long a booking is not found.
    pub(super) hidden_ms: u64,
    /// From here on nothing goes wrong any more.
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
            // A round proves absence at that moment: what EPS books later nobody can know who has lost the row.
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
            // A forgotten tid that the backup does not know either is gone for good.
            windows.retain(|window| window.mood != Mood::Forgets);
        }
        let mut percent = |most: u8| if rng.bool() { 0 } else { rng.u8(0..=most) };
        let [dateless, aged, misdated] = [percent(100), percent(60), percent(40)];
        let [lost, delayed, copied, unanswered] = [percent(30), percent(30), percent(30), percent(40)];
        // A copy's refusal with a `Date` that is off says that the first was refused: that no client can tell.
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

    /// The moods of this moment.
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
        // Never near the edge of EPS's window: there a copy of a refused request may be taken a moment later.
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
