//! When to inquire, and how long silence must last. Pure.

use super::journal::{Entry, StoreTime};
use std::time::Duration;

/// After an unclear end, in milliseconds from the reservation; then each minute.
const FIRST_INQUIRIES_MS: [u64; 5] = [2_000, 5_000, 15_000, 30_000, 60_000];
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// A debit that silence or a person has ended is asked about again after these, then daily for a week.
const SPENT_INQUIRIES_MS: [u64; 3] = [HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS];
const SPENT_DAYS: u32 = 7;
/// An inquiry that comes so much sooner is the one that was due: clocks differ.
const SPENT_EARLY_MS: u64 = 5 * MINUTE_MS;
/// It is kept for this long, whatever is pruned.
const SPENT_KEPT_MS: u64 = 90 * DAY_MS;

/// A signature leads the clock by a minute at most, and EPS takes it for two: what was signed and then frozen is refused after this.
const SIGNATURE_LIFE_MS: u64 = 3 * MINUTE_MS;
/// Equal answers that are closer together say nothing more than one.
const APART_MS: u64 = 30_000;
/// What follows its own insert within this time needs no second look at its row.
const OWN_INSERT_MS: u64 = 5_000;

/// How long, how often, how patiently. Away from loopback silence must outlive every signature.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Schedule {
    /// Up to this age inquiries come each minute; after it each `slow_ms` until a day has passed, hourly for a week, then daily.
    pub minutely_until_ms: u64,
    /// Between inquiries of what is older.
    pub slow_ms: u64,
    /// Silence is final only after this many equal answers,
    pub not_found_count: u32,
    /// spread over at least this long by the store's clock, with a proving round at its start and at its end.
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
    /// After a crash the first inquiry comes this long after the debit's deadline.
    pub(crate) const CRASH_GRACE_MS: u64 = 2_000;

    /// Whether silence can become final only when nothing can still arrive.
    pub(crate) fn is_safe(&self) -> bool {
        self.not_found_count > 1 && self.not_found_spread_ms >= SIGNATURE_LIFE_MS + MINUTE_MS
    }

    /// Equal answers are counted at least this far apart.
    pub(crate) fn apart_ms(&self) -> u64 {
        APART_MS.min(self.not_found_spread_ms / u64::from(self.not_found_count.max(1)))
    }

    /// For so long after its own insert nobody can have given a debit up.
    pub(crate) fn own_insert(&self) -> Duration {
        Duration::from_millis(OWN_INSERT_MS.min(self.not_found_spread_ms / 4))
    }

    /// What is signed later than this after the look at its row is not sent: silence outlives a signature that is as late.
    pub(crate) const SIGNED_WITHIN: Duration = Duration::from_millis(MINUTE_MS);

    /// A debit that is younger may still be on its way: nobody can know that it was never sent.
    pub(crate) const fn declarable_after_ms(&self) -> u64 {
        SIGNATURE_LIFE_MS
    }

    /// Until when a row is kept, whatever is pruned.
    pub(crate) fn keep_until_ms(&self, entry: &Entry) -> Option<u64> {
        entry.ended_ms.filter(|_| entry.spent).map(|ended| ended.saturating_add(SPENT_KEPT_MS))
    }

    /// Whether an inquiry counts as one of the schedule's. Of a spent debit there are few, and a process whose clock is ahead must not use
    /// them up at once: by the store's clock the time must have come.
    pub(crate) fn is_turn(entry: &Entry, time: &StoreTime) -> bool {
        let ended = entry.silence.as_ref().filter(|_| entry.spent && entry.outcome.is_final());
        ended.is_none_or(|ended| {
            let elapsed = time.ms.checked_sub(ended.at_ms).filter(|_| ended.epoch == time.epoch);
            elapsed.is_none_or(|elapsed| elapsed + SPENT_EARLY_MS >= spent_after(entry.inquiries))
        })
    }

    /// Sets the next inquiry of an entry as it now stands: none once it is final, unless it is spent.
    pub(crate) fn plan(&self, entry: &mut Entry, now_ms: u64) {
        let wait = if entry.is_open() { Some(self.open_wait(entry, now_ms)) } else { spent_wait(entry, now_ms) };
        entry.wait_ms = wait.unwrap_or_default();
        entry.next_inquiry_ms = wait.map(|wait| now_ms.saturating_add(wait));
    }

    fn open_wait(&self, entry: &Entry, now_ms: u64) -> u64 {
        let age = now_ms.saturating_sub(entry.created_ms);
        if let Some(after) = FIRST_INQUIRIES_MS.get(entry.inquiries as usize) {
            // At most a minute from now: a reservation that lies in the future is of a clock that is ahead of ours.
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

/// When the next inquiry about a spent debit is due, from its end.
fn spent_after(asked: u32) -> u64 {
    let days = u64::from(asked).saturating_sub(SPENT_INQUIRIES_MS.len() as u64 - 2);
    SPENT_INQUIRIES_MS.get(asked as usize).copied().unwrap_or_else(|| days.saturating_mul(DAY_MS))
}
