//! When to inquire, and when "not found" means "not done". Pure.

use super::entry::{Entry, Known};
use super::state::State;
use std::time::Duration;

/// After an unclear end, in milliseconds from the reservation; then each minute.
const FIRST_INQUIRIES_MS: [u64; 5] = [2_000, 5_000, 15_000, 30_000, 60_000];
const MINUTE_MS: u64 = 60_000;
/// After a crash the first inquiry comes this long after the last moment at which a process could have begun to send.
const CRASH_GRACE_MS: u64 = 2_000;
/// A signature leads the clock by a minute at most, and EPS takes it for two: what was signed and then frozen is refused after this.
const SIGNATURE_LIFE_MS: u64 = 3 * MINUTE_MS;

/// Not-founds that are closer together say nothing more than one.
const APART_MS: u64 = 30_000;

/// How long, how often, how patiently. Away from loopback the spread must outlive every signature.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// A debit must have begun to leave by then. A process that was frozen for longer must not send what others have given up for lost.
    pub begin_within_ms: u64,
    /// Up to this age inquiries come each minute; after it, each `slow_ms`.
    pub minutely_until_ms: u64,
    /// Between inquiries of what stays open.
    pub slow_ms: u64,
    /// "Not found" is final only after this many of them,
    pub not_found_count: u32,
    /// spread over at least this long: by the stored times, and by what the process that decides has itself seen pass.
    /// After a restart it sees none of it, and its wait begins anew; the debit stays open for so long.
    pub not_found_spread_ms: u64,
}

/// An inquiry that found nothing.
#[derive(Debug, Clone, Copy)]
pub struct Absence {
    /// When, in milliseconds since 1970 by EPS's clock, as far as it is known.
    pub eps_ms: u64,
    /// How long this process has itself found nothing, by a clock that nobody sets: stored times may be another machine's, or of
    /// before a step of the clock.
    pub watched: Duration,
    /// Of a refund: EPS knows its transaction, and the money still waits for one.
    pub still_waits: bool,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            begin_within_ms: MINUTE_MS,
            minutely_until_ms: 15 * MINUTE_MS,
            slow_ms: 15 * MINUTE_MS,
            not_found_count: 4,
            not_found_spread_ms: 15 * MINUTE_MS,
        }
    }
}

impl Schedule {
    /// Whether "not found" can become final only when nothing can still arrive.
    pub(crate) fn is_safe(&self) -> bool {
        self.not_found_count > 1 && self.not_found_spread_ms >= self.begin_within_ms + SIGNATURE_LIFE_MS
    }

    /// When to inquire, should nothing be recorded until then.
    pub(crate) fn after_crash_ms(&self, created_ms: u64) -> u64 {
        created_ms + self.begin_within_ms + CRASH_GRACE_MS
    }

    /// The next inquiry of an entry of this age that was inquired this often.
    pub fn next_ms(&self, created_ms: u64, inquiries: u32, now_ms: u64) -> u64 {
        let planned = FIRST_INQUIRIES_MS.get(inquiries as usize).map(|after| created_ms + after);
        match planned {
            // At most a minute from now: a reservation that lies in the future is of a clock that is ahead of ours.
            Some(at) => at.clamp(now_ms + 1_000, now_ms + MINUTE_MS),
            None if now_ms.saturating_sub(created_ms) < self.minutely_until_ms => now_ms + MINUTE_MS,
            None => now_ms + self.slow_ms,
        }
    }

    /// What an inquiry that found nothing changes.
    pub fn not_found(&self, entry: &Entry, now_ms: u64, absence: Absence) -> Known {
        let known = &entry.known;
        let at = absence.eps_ms;
        // A time that has not come yet is of a clock that was wrong: what it counted is worth nothing.
        let before = known.last_not_found_ms.filter(|last| *last <= at.saturating_add(MINUTE_MS));
        let of_wrong_clock = known.last_not_found_ms.is_some() && before.is_none();
        let (counted, first) =
            if of_wrong_clock { (0, at) } else { (known.not_found, known.first_not_found_ms.unwrap_or(at)) };
        let counts = before.is_none_or(|last| at.saturating_sub(last) >= self.apart_ms());
        let count = counted.saturating_add(u32::from(counts));
        // What EPS has once acknowledged cannot be unknown to it: such an entry stays open until EPS names its state. A refund is not
        // unknown then, it is undone: whatever it was taken for, it must not be impossible for ever.
        let never_seen = known.state == State::Indeterminate && known.tid.is_none();
        let undone = never_seen || absence.still_waits;
        let spread = Duration::from_millis(self.not_found_spread_ms);
        let long_enough = at.saturating_sub(first) >= self.not_found_spread_ms && absence.watched >= spread;
        let done = undone && count >= self.not_found_count && long_enough;
        Known {
            state: if done { State::NotSent } else { known.state },
            reusable: done,
            not_found: count,
            first_not_found_ms: Some(first),
            last_not_found_ms: if counts { Some(at) } else { known.last_not_found_ms },
            ..self.inquired(entry, now_ms)
        }
    }

    /// Counted not-founds are at least this far apart.
    fn apart_ms(&self) -> u64 {
        APART_MS.min(self.not_found_spread_ms / u64::from(self.not_found_count.max(1)))
    }

    /// Who asks at all asks again within this time.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_millis(self.not_found_spread_ms.saturating_add(self.slow_ms.saturating_mul(2)))
    }

    /// What any inquiry changes.
    pub fn inquired(&self, entry: &Entry, now_ms: u64) -> Known {
        let inquiries = entry.known.inquiries + 1;
        Known {
            inquiries,
            next_inquiry_ms: Some(self.next_ms(entry.intent.created_ms, inquiries, now_ms)),
            updated_ms: now_ms,
            ..entry.known.clone()
        }
    }
}
