//! Clock that cannot be set: the time since the boot of the machine, including the time during which it was suspended.

use super::super::store::StoreTime;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Fallback clock for systems without a boot clock. Its readings cannot be compared with readings of another process.
static OWN: LazyLock<(String, Instant)> = LazyLock::new(|| {
    // Without a random number, the process id and the start time identify the clock. No two processes share both.
    let unlikely = || format!("{}-{}", std::process::id(), wall_ms());
    (format!("process {}", random_id().unwrap_or_else(unlikely)), Instant::now())
});

pub(super) fn now() -> StoreTime {
    boot().unwrap_or_else(|| {
        let (epoch, start) = &*OWN;
        let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        StoreTime { epoch: epoch.clone(), ms, settable: false }
    })
}

/// Returns the time of the wall clock, in milliseconds since 1970.
pub(super) fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Returns 32 random hexadecimal digits.
pub(super) fn random_id() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(target_os = "linux")]
fn boot() -> Option<StoreTime> {
    static EPOCH: LazyLock<Option<String>> = LazyLock::new(epoch);
    let epoch = EPOCH.clone()?;
    Some(StoreTime { epoch, ms: uptime_ms(&std::fs::read_to_string(UPTIME).ok()?)?, settable: false })
}

#[cfg(target_os = "linux")]
const UPTIME: &str = "/proc/uptime";

#[cfg(target_os = "linux")]
fn epoch() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
    let device = |path| std::fs::metadata(path).ok().map(|metadata| metadata.dev());
    // LXC mounts a file over `/proc/uptime` that shows the age of the container, but the boot id is that of the machine. Readings of two
    // containers must not be compared, so the fallback clock is used.
    if device(UPTIME)? != device(BOOT_ID)? {
        return None;
    }
    let boot = std::fs::read_to_string(BOOT_ID).ok()?;
    // A Linux time namespace adds an offset to the uptime, so the namespace is part of the epoch.
    let namespace = std::fs::read_link("/proc/self/ns/time").unwrap_or_default();
    Some(format!("boot {} {}", boot.trim(), namespace.display()))
}

#[cfg(not(target_os = "linux"))]
fn boot() -> Option<StoreTime> {
    None
}

/// Parses `/proc/uptime` and returns milliseconds. The file contains the seconds since the boot with two decimal digits, including the time
/// of suspension, and a second number that is ignored.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux has the file /proc/uptime"))]
fn uptime_ms(text: &str) -> Option<u64> {
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    if hundredths.len() != 2 {
        return None;
    }
    let hundredths: u64 = hundredths.parse().ok()?;
    seconds.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(hundredths * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_is_read_to_the_hundredth() {
        assert_eq!(uptime_ms("350735.47 234388.90\n"), Some(350_735_470));
        assert_eq!(uptime_ms("0.09 0.00\n"), Some(90));
        for odd in ["", "12", "12.3 4.00", "x.00 1", "12.-1 0", "18446744073709551615.00 0"] {
            assert_eq!(uptime_ms(odd), None, "{odd}");
        }
    }

    #[test]
    fn store_clock_advances_and_keeps_its_epoch() {
        let before = now();
        std::thread::sleep(std::time::Duration::from_millis(30));
        let after = now();
        assert_eq!(before.epoch, after.epoch);
        assert!((20..5000).contains(&(after.ms - before.ms)), "{before:?} {after:?}");
        assert!(!after.settable);
        assert_eq!(random_id().map(|id| id.len()), Some(32));
    }
}
