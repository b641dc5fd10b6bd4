//! Monotonic clock. It does not change when the system clock is set.

use std::time::Duration;

/// Returns the time since a fixed moment before this process started. The time for which the machine was suspended is included. On Linux,
/// the moment is the boot of the machine.
// Miri runs the tests of the page of used timestamps, and it does not support this clock.
#[cfg(all(not(miri), any(target_os = "linux", target_vendor = "apple")))]
pub(crate) fn since_boot() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    // On Apple systems, the monotonic clock includes the time for which the machine was suspended. On Linux, only the boot-time clock does.
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(target_vendor = "apple")]
    let clock = ClockId::Monotonic;
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// Returns the time since the first call of this function. On Windows, the clock of the standard library includes the time for which the
/// machine was suspended; on other systems it may not.
#[cfg(any(miri, not(any(target_os = "linux", target_vendor = "apple"))))]
pub(crate) fn since_boot() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    FIRST.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boot_clock_advances_at_the_rate_of_real_time() {
        let (begun, other) = (since_boot(), std::time::Instant::now());
        std::thread::sleep(Duration::from_millis(50));
        let (took, at_most) = (since_boot() - begun, other.elapsed() + Duration::from_millis(1));
        assert!(took >= Duration::from_millis(49), "{took:?}");
        // The test assumes that the machine is not suspended between the two readings.
        assert!(took <= at_most + Duration::from_millis(50), "{took:?} {at_most:?}");
    }
}
