//! How far a server's clock is from ours, learned from the `Date` of its answers.

use super::{Lasting, Registry, User};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Smaller differences are left alone: EPS allows two minutes, and `Date` has a second's grain.
const IGNORED_MS: i64 = 30_000;

/// A learned offset is remembered for so long without a client. Then the next one learns it anew.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// The offset of one server for one developer key, in milliseconds.
pub(crate) struct ServerOffset(User<Offset>);

#[derive(Default)]
struct Offset(AtomicI64);

/// By base URL and developer key.
static OFFSETS: LazyLock<Registry<Offset>> = LazyLock::new(Registry::default);

impl Lasting for Offset {
    fn is_over(&self, unused: Duration) -> bool {
        self.0.load(Ordering::Relaxed) == 0 || unused >= REMEMBERED
    }
}

impl ServerOffset {
    /// The process-wide offset of a base URL for a developer key.
    pub(crate) fn of(base_url: &str, developer_key: &str) -> Self {
        Self(OFFSETS.of(&[base_url, developer_key]))
    }

    /// Learns from an answer: `server_ms` is its `Date`, the others are our clock around it.
    /// The caller leaves answers with an `Age` out, for a cache has kept those.
    pub(crate) fn learn(&self, server_ms: u64, sent_ms: u64, received_ms: u64) {
        let midpoint = sent_ms / 2 + received_ms / 2;
        // `Date` is cut to whole seconds; half a second is its mean error.
        let difference =
            i64::try_from(server_ms).unwrap_or(0).saturating_add(500) - i64::try_from(midpoint).unwrap_or(0);
        self.0.0.store(if difference.abs() > IGNORED_MS { difference } else { 0 }, Ordering::Relaxed);
    }

    /// How far the server's clock is ahead of ours, in milliseconds; 0 where the difference is too small to matter.
    pub(crate) fn ahead_ms(&self) -> i64 {
        self.0.0.load(Ordering::Relaxed)
    }

    /// Our clock, corrected.
    pub(crate) fn correct(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add_signed(self.ahead_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_are_ignored_and_large_ones_corrected() {
        let offset = ServerOffset::of("https://small", "offset");
        offset.learn(1_000_029_000, 1_000_000_000, 1_000_000_200);
        assert_eq!(offset.correct(5_000_000), 5_000_000);
        offset.learn(4_600_000, 1_000_000, 1_000_200);
        assert_eq!(offset.correct(1_000_000), 4_600_400);
        offset.learn(1_000_000, 1_000_000, 1_000_200);
        assert_eq!(offset.correct(1_000_000), 1_000_000);
    }

    #[test]
    fn what_was_learned_outlives_the_client_for_a_day() {
        let of = || ServerOffset::of("https://learned", "offset");
        let first = of();
        first.learn(4_600_000, 1_000_000, 1_000_200);
        drop(first);
        assert_eq!(of().ahead_ms(), 3_600_400);
        OFFSETS.age(REMEMBERED);
        assert_eq!(of().ahead_ms(), 0);
    }
}
