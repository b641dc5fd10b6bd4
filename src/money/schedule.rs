//! Times of the inquiries about a debit, and the time over which "not found" answers must be spread to end it. All functions are pure.
//!
//! A debit is spent if a series of equal "not found" answers (silence) or a person has ended it. A spent reference must not be used again.

use super::journal::{Entry, StoreTime};
use std::time::Duration;

/// Times of the first inquiries about a debit with an unclear result, in milliseconds after the reservation. Later inquiries follow once a
/// minute.
const FIRST_INQUIRIES_MS: [u64; 5] = [2_000, 5_000, 15_000, 30_000, 60_000];
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Times of the first inquiries about a spent debit, in milliseconds after its end. Later inquiries follow daily for a week.
const SPENT_INQUIRIES_MS: [u64; 3] = [HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS];
const SPENT_DAYS: u32 = 7;
/// Time in milliseconds by which an inquiry may be early and still count as the scheduled one, because the clocks of processes differ.
const SPENT_EARLY_MS: u64 = 5 * MINUTE_MS;
/// Minimum time in milliseconds for which the row of a spent debit is kept. Pruning does not delete the row earlier.
const SPENT_KEPT_MS: u64 = 90 * DAY_MS;

/// Time in milliseconds, counted from the signature of a request, after which EPS refuses the request. The timestamp is at most one minute
/// ahead of the clock, and EPS accepts a timestamp for two minutes.
const SIGNATURE_LIFE_MS: u64 = 3 * MINUTE_MS;
/// Minimum time in milliseconds between two "not found" answers that both count. Answers that are closer together count as one.
const APART_MS: u64 = 30_000;
/// Time in milliseconds after the insert of a row within which its request may be sent without a second check of the row.
const OWN_INSERT_MS: u64 = 5_000;

/// Intervals and counts of inquiries. The "not found" answers that end a debit must be spread over a longer time than EPS accepts the
/// signature of a request. Only a server on this machine is exempt.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Schedule {
    /// Age of a debit up to which inquiries follow once a minute. Older debits are inquired about every `slow_ms` until they are a day old,
    /// then hourly for a week, then daily.
    pub minutely_until_ms: u64,
    /// Interval between two inquiries about a debit that is older than `minutely_until_ms`.
    pub slow_ms: u64,
    /// Number of equal "not found" answers that are needed to end a debit as not sent.
    pub not_found_count: u32,
    /// Minimum time over which the "not found" answers are spread, by the store's clock. Control inquiries about a booked and a made-up
    /// reference must prove the first and the last answer.
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
    /// Time in milliseconds from the deadline of a debit to its first inquiry, if the debit's process has crashed.
    pub(crate) const CRASH_GRACE_MS: u64 = 2_000;

    /// Returns true if this schedule is safe: "not found" answers cannot end a debit while its request may still arrive at EPS.
    pub(crate) fn is_safe(&self) -> bool {
        self.not_found_count > 1 && self.not_found_spread_ms >= SIGNATURE_LIFE_MS + MINUTE_MS
    }

    /// Returns the minimum time in milliseconds between two "not found" answers that both count.
    pub(crate) fn apart_ms(&self) -> u64 {
        APART_MS.min(self.not_found_spread_ms / u64::from(self.not_found_count.max(1)))
    }

    /// Returns the time after the insert of a row during which no other process can have ended the debit as not sent.
    pub(crate) fn own_insert(&self) -> Duration {
        Duration::from_millis(OWN_INSERT_MS.min(self.not_found_spread_ms / 4))
    }

    /// Longest time between the check of a row and the signature of its request. A later request is not sent. The minimum time over which
    /// "not found" answers are spread includes this time.
    pub(crate) const SIGNED_WITHIN: Duration = Duration::from_millis(MINUTE_MS);

    /// Returns the minimum age in milliseconds of a debit that a person may declare as not sent. The request of a younger debit may still
    /// be in flight.
    pub(crate) const fn declarable_after_ms(&self) -> u64 {
        SIGNATURE_LIFE_MS
    }

    /// Returns the time before which pruning must not delete the row. Returns `None` if the debit is not spent or has not ended.
    pub(crate) fn keep_until_ms(&self, entry: &Entry) -> Option<u64> {
        entry.ended_ms.filter(|_| entry.spent).map(|ended| ended.saturating_add(SPENT_KEPT_MS))
    }

    /// Returns true if an inquiry counts as a scheduled one. A spent debit has few scheduled inquiries, and a process whose clock is ahead
    /// must not use them up too early. So an inquiry about a spent debit counts only if it is due by the store's clock.
    pub(crate) fn is_turn(entry: &Entry, time: &StoreTime) -> bool {
        let ended = entry.silence.as_ref().filter(|_| entry.spent && entry.outcome.is_final());
        ended.is_none_or(|ended| {
            let elapsed = time.ms.checked_sub(ended.at_ms).filter(|_| ended.epoch == time.epoch);
            elapsed.is_none_or(|elapsed| elapsed + SPENT_EARLY_MS >= spent_after(entry.inquiries))
        })
    }

    /// Sets the time of the next inquiry from the state of `entry`. A debit in a final state has no next inquiry, unless it is spent.
    pub(crate) fn plan(&self, entry: &mut Entry, now_ms: u64) {
        let wait = if entry.is_open() { Some(self.open_wait(entry, now_ms)) } else { spent_wait(entry, now_ms) };
        entry.wait_ms = wait.unwrap_or_default();
        entry.next_inquiry_ms = wait.map(|wait| now_ms.saturating_add(wait));
    }

    fn open_wait(&self, entry: &Entry, now_ms: u64) -> u64 {
        let age = now_ms.saturating_sub(entry.created_ms);
        if let Some(after) = FIRST_INQUIRIES_MS.get(entry.inquiries as usize) {
            // A reservation time in the future was written by a process whose clock is ahead. The wait is limited to one minute, so that
            // such a time does not delay the inquiry for long.
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

/// Returns the time from the end of a spent debit to its next inquiry, if `asked` inquiries were already made.
fn spent_after(asked: u32) -> u64 {
    let days = u64::from(asked).saturating_sub(SPENT_INQUIRIES_MS.len() as u64 - 2);
    SPENT_INQUIRIES_MS.get(asked as usize).copied().unwrap_or_else(|| days.saturating_mul(DAY_MS))
}
