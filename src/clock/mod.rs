//! The time that requests are signed with: unique milliseconds per developer key, corrected by what servers say.
//!
//! The state is process-wide, so that all threads and worker threads share it.

mod boot;
mod offset;
mod shared;
mod stamps;

use crate::error::{Code, Error};
use crate::sign::Timestamp;
use stamps::Stamps;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) use boot::since_boot;
pub(crate) use offset::ServerOffset;
pub(crate) use shared::{Lasting, Registry, User};

/// The used timestamps of one developer key.
pub(crate) struct KeyClock(User<Used>);

#[derive(Default)]
struct Used(Mutex<Stamps>);

static KEYS: LazyLock<Registry<Used>> = LazyLock::new(Registry::default);

/// Used timestamps are remembered for so long without a client: a clock would have to step back by more to come upon one again, and
/// EPS, whose own clock does not, takes none that is two minutes old.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// What is kept of them meanwhile: the widest gaps, where a learned offset has stepped.
const RESTING_RANGES: usize = 4;

impl Lasting for Used {
    fn rest(&self) {
        lock(&self.0).compact(RESTING_RANGES);
    }

    fn is_over(&self, unused: Duration) -> bool {
        match lock(&self.0).last() {
            None => true,
            Some(last) => unused >= REMEMBERED && last < now_ms(),
        }
    }
}

impl KeyClock {
    /// The process-wide clock of a developer key.
    pub(crate) fn of(developer_key: &str) -> Self {
        Self(KEYS.of(&[developer_key]))
    }

    /// A timestamp that this process has not used for the key, at or after `now_ms`.
    ///
    /// # Errors
    /// How long to wait for one that leads the clock by no more than a minute.
    pub(crate) fn take(&self, now_ms: u64) -> Result<Timestamp, Duration> {
        self.0.take(now_ms)
    }
}

impl Used {
    fn take(&self, now_ms: u64) -> Result<Timestamp, Duration> {
        let stamp = lock(&self.0).take(now_ms).map_err(Duration::from_millis)?;
        // Only a clock outside the years 2001 to 2286 gets here; EPS would refuse it, and so does its signature.
        Timestamp::from_millis(stamp).map_err(|_| Duration::MAX)
    }
}

/// A timestamp that this process has not used for the key, at or after `now_ms` and at most a minute ahead of it.
///
/// # Errors
/// `timestamp_exhausted` when all of that minute is used, or the clock is off by decades.
pub fn unique_timestamp(developer_key: &str, now_ms: u64) -> Result<Timestamp, Error> {
    KEYS.with(&[developer_key], |used| used.take(now_ms)).map_err(exhausted)
}

pub(crate) fn exhausted(wait: Duration) -> Error {
    if wait == Duration::MAX {
        return Error::new(
            Code::InvalidConfig,
            "the system clock is not between 2001 and 2286: set it, for EPS refuses timestamps that are more than two minutes off",
        );
    }
    // In the words of the wasm signer.
    let message =
        format!("all timestamps of the next minute are used: wait {} ms and send less at once", wait.as_millis());
    Error::new(Code::TimestampExhausted, message).with_retry_after(Some(wait))
}

/// Milliseconds since 1970 by this machine's clock.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A panic elsewhere leaves these tables usable: every change to them is complete or absent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
