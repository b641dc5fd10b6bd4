//! Times of inquiries, and the time that silence must last. All functions are pure.

use super::journal::{Entry, StoreTime};
use std::time::Duration;

/// Times of the first inquiries after an unclear end, in milliseconds from the reservation. Later ones follow each minute.
const FIRST_INQUIRIES_MS: [u64; 5] = [2_000, 5_000, 15_000, 30_000, 60_000];
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Times of the inquiries about a spent debit, which silence or a person has ended, in milliseconds from its end. Later ones follow daily
/// for a week.
const SPENT_INQUIRIES_MS: [u64; 3] = [HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS];
const SPENT_DAYS: u32 = 7;
/// An inquiry that comes early by at most this counts as the one that was due, because clocks differ.
const SPENT_EARLY_MS: u64 = 5 * MINUTE_MS;
/// Time for which a spent debit is kept, whatever is pruned.
const SPENT_KEPT_MS: u64 = 90 * DAY_MS;

/// Time after which EPS refuses a request that was signed and then held up. A signature leads the clock by at most a minute, and EPS
/// accepts it for two minutes.
const SIGNATURE_LIFE_MS: u64 = 3 * MINUTE_MS;
/// Shortest time between two equal answers that both count. Answers that are closer together count as one.
const APART_MS: u64 = 30_000;
/// A request that follows its own insert within this time needs no second check of its row.
const OWN_INSERT_MS: u64 = 5_000;

/// Intervals and counts of inquiries. Except on loopback, silence must last longer than every signature.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Schedule {
    /// Age up to which inquiries are sent each minute. After it they follow each `slow_ms` until a day has passed, hourly for a week, then
    /// daily.
    pub minutely_until_ms: u64,
    /// Time between two inquiries about an older debit.
    pub slow_ms: u64,
    /// Number of equal answers that silence needs to become final.
    pub not_found_count: u32,
    /// Shortest time over which these answers are spread, by the store's clock, with a proving round at its start and at its end.
    pub not_found_spread_ms: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            minutely_until_ms: 30 * MINUTE_MS,
            slow_ms: 15 * MINUTE_MS,
            not_found_count: 4,
            not_found_spread_ms: 15 * MINUTE_MS,
        }
    }
}

impl Schedule {
    /// Time from the deadline of a debit to its first inquiry after a crash.
    pub(crate) const CRASH_GRACE_MS: u64 = 2_000;

    /// Returns true if silence can become final only when no request can still arrive.
    pub(crate) fn is_safe(&self) -> bool {
        self.not_found_count > 1 && self.not_found_spread_ms >= SIGNATURE_LIFE_MS + MINUTE_MS
    }

    /// Returns the shortest time between two equal answers that both count.
    pub(crate) fn apart_ms(&self) -> u64 {
        APART_MS.min(self.not_found_spread_ms / u64::from(self.not_found_count.max(1)))
    }

    /// Returns the time after its own insert in which no process can have given the debit up.
    pub(crate) fn own_insert(&self) -> Duration {
        Duration::from_millis(OWN_INSERT_MS.min(self.not_found_spread_ms / 4))
    }

    /// A request that is signed later than this after the check of its row is not sent. Silence outlasts a signature that is this late.
    pub(crate) const SIGNED_WITHIN: Duration = Duration::from_millis(MINUTE_MS);

    /// Returns the age from which a person may declare a debit not sent. A younger debit may still be on its way.
    pub(crate) const fn declarable_after_ms(&self) -> u64 {
        SIGNATURE_LIFE_MS
    }

    /// Returns the time until which a row is kept, whatever is pruned.
    pub(crate) fn keep_until_ms(&self, entry: &Entry) -> Option<u64> {
        entry.ended_ms.filter(|_| entry.spent).map(|ended| ended.saturating_add(SPENT_KEPT_MS))
    }

    /// Returns true if an inquiry counts as one of the schedule's. A spent debit has few of them, and a process whose clock is ahead must
    /// not use them up at once. So the inquiry must be due by the store's clock.
    pub(crate) fn is_turn(entry: &Entry, time: &StoreTime) -> bool {
        let ended = entry.silence.as_ref().filter(|_| entry.spent && entry.outcome.is_final());
        ended.is_none_or(|ended| {
            let elapsed = time.ms.checked_sub(ended.at_ms).filter(|_| ended.epoch == time.epoch);
            elapsed.is_none_or(|elapsed| elapsed + SPENT_EARLY_MS >= spent_after(entry.inquiries))
        })
    }

    /// Sets the time of the next inquiry from the current state of an entry. A final entry has none, unless it is spent.
    pub(crate) fn plan(&self, entry: &mut Entry, now_ms: u64) {
        let wait = if entry.is_open() { Some(self.open_wait(entry, now_ms)) } else { spent_wait(entry, now_ms) };
        entry.wait_ms = wait.unwrap_or_default();
        entry.next_inquiry_ms = wait.map(|wait| now_ms.saturating_add(wait));
    }

    fn open_wait(&self, entry: &Entry, now_ms: u64) -> u64 {
        let age = now_ms.saturating_sub(entry.created_ms);
        if let Some(after) = FIRST_INQUIRIES_MS.get(entry.inquiries as usize) {
            // At most a minute from now: a reservation in the future was written by a clock that is ahead of ours.
            let at = entry.created_ms.saturating_add(*after);
            return at.saturating_sub(now_ms).clamp(1_000, MINUTE_MS);
        }
        if age < self.minutely_until_ms {
            MINUTE_MS
        } else if age < DAY_MS {
            self.slow_ms
        } else if age < 8 * DAY_MS {
            self.slow_ms.max(HOUR_MS)
        } else {
            self.slow_ms.max(DAY_MS)
        }
    }
}

fn spent_wait(entry: &Entry, now_ms: u64) -> Option<u64> {
    let ended = entry.ended_ms.filter(|_| entry.spent && entry.outcome.is_final())?;
    let asked = entry.inquiries as usize;
    let planned = match SPENT_INQUIRIES_MS.get(asked) {
        Some(after) => ended.saturating_add(*after).saturating_sub(now_ms),
        None if asked < SPENT_INQUIRIES_MS.len() + SPENT_DAYS as usize => DAY_MS,
        None => return None,
    };
    Some(planned.max(MINUTE_MS))
}

/// Returns the time from the end of a spent debit to its next inquiry, after `asked` inquiries.
fn spent_after(asked: u32) -> u64 {
    let days = u64::from(asked).saturating_sub(SPENT_INQUIRIES_MS.len() as u64 - 2);
    SPENT_INQUIRIES_MS.get(asked as usize).copied().unwrap_or_else(|| days.saturating_mul(DAY_MS))
}
