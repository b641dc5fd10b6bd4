//! A clock that cannot be set.

use std::time::Duration;

/// Returns the time since some moment before this process, including the time that the machine slept. On Linux that moment is the boot.
// miri, in which the tests of the page run, does not know this clock.
#[cfg(all(not(miri), any(target_os = "linux", target_vendor = "apple")))]
pub(crate) fn since_boot() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    // Apple's monotonic clock includes sleep; that of Linux does not.
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(target_vendor = "apple")]
    let clock = ClockId::Monotonic;
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// Returns the time since the first call. The standard library's clock includes sleep on Windows; on other systems it may not.
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
    fn it_runs_as_fast_as_time() {
        let (begun, other) = (since_boot(), std::time::Instant::now());
        std::thread::sleep(Duration::from_millis(50));
        let (took, at_most) = (since_boot() - begun, other.elapsed() + Duration::from_millis(1));
        assert!(took >= Duration::from_millis(49), "{took:?}");
        // The test assumes that the machine is not suspended between the two readings.
        assert!(took <= at_most + Duration::from_millis(50), "{took:?} {at_most:?}");
    }
}
