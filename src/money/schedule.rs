//! When to inquire, and when "not found" means "not done". Pure.

use super::entry::{Entry, Known};
use super::state::State;

/// After an unclear end, in milliseconds from the reservation; then each minute.
const FIRST_INQUIRIES_MS: [u64; 5] = [2_000, 5_000, 15_000, 30_000, 60_000];
const MINUTE_MS: u64 = 60_000;
/// After a crash the first inquiry comes this long after the last moment at which a process could have begun to send.
const CRASH_GRACE_MS: u64 = 2_000;
/// A signature leads the clock by a minute at most, and EPS takes it for two: what was signed and then frozen is refused after this.
const SIGNATURE_LIFE_MS: u64 = 3 * MINUTE_MS;

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
    /// spread over at least this long.
    pub not_found_spread_ms: u64,
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
            Some(at) => at.max(now_ms + 1_000),
            None if now_ms.saturating_sub(created_ms) < self.minutely_until_ms => now_ms + MINUTE_MS,
            None => now_ms + self.slow_ms,
        }
    }

    /// What an inquiry that found nothing changes.
    pub fn not_found(&self, entry: &Entry, now_ms: u64) -> Known {
        let known = &entry.known;
        let first = known.first_not_found_ms.unwrap_or(now_ms);
        let count = known.not_found + 1;
        // What EPS has once acknowledged cannot be unknown to it: such an entry stays open until EPS names its state.
        let never_seen = known.state == State::Indeterminate && known.tid.is_none();
        let done =
            never_seen && count >= self.not_found_count && now_ms.saturating_sub(first) >= self.not_found_spread_ms;
        Known {
            state: if done { State::NotSent } else { known.state },
            reusable: done,
            not_found: count,
            first_not_found_ms: Some(first),
            ..self.inquired(entry, now_ms)
        }
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
