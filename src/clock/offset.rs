//! Clock offset of a server: the time by which the server's clock is ahead of this machine's clock. The offset is computed from the `Date` header of
//! responses.

use super::KeyClock;
use super::registry::digest;
use crate::sign::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// Largest clock difference in milliseconds that is ignored. EPS allows two minutes, and the `Date` header has a resolution of one second.
const IGNORED_MS: i64 = 30_000;

/// Clock offset of one server for one developer key. All processes of this machine share the offset.
pub(crate) struct ServerOffset {
    clock: KeyClock,
    server: u64,
    /// Offset in milliseconds, used only if the shared memory page of the key has no free slot for this server.
    own: AtomicI64,
}

impl ServerOffset {
    /// Returns the offset of the server at `base_url` for the developer key of `clock`.
    pub(crate) fn of(clock: &KeyClock, base_url: &str) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = digest(&[base_url]);
        // The digest must not be 0, because 0 marks a free slot on the shared memory page.
        let server = u64::from_le_bytes([a, b, c, d, e, f, g, h]).max(1);
        Self { clock: clock.clone(), server, own: AtomicI64::new(0) }
    }

    fn with<R>(&self, work: impl FnOnce(&AtomicI64) -> R) -> R {
        self.clock.used.page(|page| work(page.offset_of(self.server).map_or(&self.own, |slot| &slot.ahead_ms)))
    }

    /// Computes the offset from a response. `server_ms` is the time in the response's `Date` header. `sent_ms` and `received_ms` are the times of
    /// this machine's clock before the request and after the response. The caller must not pass a response with an `Age` header, because such a
    /// response comes from a cache and its `Date` is old.
    pub(crate) fn learn(&self, server_ms: u64, sent_ms: u64, received_ms: u64) {
        let midpoint = sent_ms / 2 + received_ms / 2;
        // Adds the mean rounding error of half a second, because `Date` is rounded down to whole seconds.
        let difference =
            i64::try_from(server_ms).unwrap_or(0).saturating_add(500) - i64::try_from(midpoint).unwrap_or(0);
        let difference = if difference.abs() > IGNORED_MS { difference } else { 0 };
        self.with(|ahead_ms| ahead_ms.store(difference, Ordering::Relaxed));
    }

    /// Returns the milliseconds by which the server's clock is ahead of this machine's clock; 0 if the difference is small.
    pub(crate) fn ahead_ms(&self) -> i64 {
        self.with(|ahead_ms| ahead_ms.load(Ordering::Relaxed))
    }

    /// Adds the offset to `now_ms`. Returns `now_ms` unchanged if the sum is not a valid timestamp.
    pub(crate) fn correct(&self, now_ms: u64) -> u64 {
        let ahead_ms = self.ahead_ms();
        let corrected = now_ms.saturating_add_signed(ahead_ms);
        if ahead_ms == 0 || Timestamp::from_millis(corrected).is_err() { now_ms } else { corrected }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ClockOptions;
    use super::*;

    fn of(server: &str) -> ServerOffset {
        let options = ClockOptions { alone: true, ..ClockOptions::default() };
        ServerOffset::of(&KeyClock::of("offset", options), server)
    }

    #[test]
    fn small_differences_are_ignored_and_large_ones_corrected() {
        let (offset, now) = (of("https://small"), 1_700_000_000_000);
        offset.learn(now + 29_600, now, now + 200);
        assert_eq!(offset.correct(now), now);
        offset.learn(now + 29_601, now, now + 200);
        assert_eq!(offset.correct(now), now + 30_001);
        offset.learn(now + 3_600_000, now, now + 200);
        assert_eq!(offset.correct(now), now + 3_600_400);
        offset.learn(now, now, now + 200);
        assert_eq!(offset.correct(now), now);
        // An invalid server time must not stop requests, because only the response to a request can correct the offset.
        offset.learn(u64::MAX, now, now + 200);
        assert_eq!(offset.correct(now), now);
    }

    #[test]
    fn all_clients_of_a_key_and_server_share_it() {
        let (first, other) = (of("https://shared"), of("https://another"));
        first.learn(4_600_000, 1_000_000, 1_000_200);
        assert_eq!((of("https://shared").ahead_ms(), other.ahead_ms()), (3_600_400, 0));
    }

    #[test]
    fn servers_without_a_page_slot_keep_offsets_of_their_own() {
        let clock = KeyClock::of("many servers", ClockOptions { alone: true, ..ClockOptions::default() });
        let all: Vec<_> = (0..8).map(|server| ServerOffset::of(&clock, &format!("https://{server}"))).collect();
        for (at, offset) in all.iter().enumerate() {
            offset.learn(4_600_000 + at as u64 * 100_000, 1_000_000, 1_000_200);
        }
        let learned: Vec<_> = all.iter().map(ServerOffset::ahead_ms).collect();
        assert_eq!(learned, (0..8).map(|at| 3_600_400 + at * 100_000).collect::<Vec<_>>());
    }
}
