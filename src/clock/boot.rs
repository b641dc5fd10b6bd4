//! Monotonic clock, which is not affected by changes of the system time.

use std::time::Duration;

/// Returns the time since a fixed moment before this process started, including the time for which the machine was suspended. On Linux, the moment is
/// the boot of the machine.
// Miri, which runs the tests of `page.rs`, does not support this clock.
#[cfg(all(not(miri), any(target_os = "linux", target_vendor = "apple")))]
pub(crate) fn since_boot() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    // The clock must include the time for which the machine was suspended: `Boottime` does on Linux, `Monotonic` on Apple systems.
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(target_vendor = "apple")]
    let clock = ClockId::Monotonic;
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// Returns the time since the first call of this function. Time for which the machine was suspended is included on Windows, but maybe not on other
/// systems.
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
        // Assumes that the machine is not suspended during the test.
        assert!(took <= at_most + Duration::from_millis(50), "{took:?} {at_most:?}");
    }
}
