//! The time that requests are signed with: unique milliseconds per developer key, corrected by what servers say.
//!
//! All processes of a machine share the state, as mapped memory; where they cannot, all threads and worker threads of the process do.

mod boot;
mod ended;
mod lanes;
mod lead;
mod lease;
mod mapped;
mod offset;
mod page;
mod place;
mod range;
mod registry;
mod used;

use crate::error::{Code, Error};
use crate::sign::Timestamp;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use used::{PageSource, Used};

pub(crate) use boot::since_boot;
pub(crate) use lanes::{LANES, Lanes};
pub(crate) use lease::{LaneLease, boot_now};
pub(crate) use offset::ServerOffset;
pub(crate) use registry::{Lasting, Registry, User};

/// Whose clock it is, and who shares it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClockOptions<'a> {
    /// Of a server on this machine: another server there is another EPS.
    pub(crate) origin: Option<&'a str>,
    /// Where the machine's processes share it; by default in memory.
    pub(crate) folder: Option<&'a Path>,
    /// The lanes to sign in, whatever the machine has leased.
    pub(crate) lanes: Option<Lanes>,
    /// Of this process alone: in simulations, whose time is another.
    pub(crate) alone: bool,
}

/// The used timestamps of one developer key.
#[derive(Clone)]
pub(crate) struct KeyClock {
    used: Arc<User<Used>>,
    lanes: Option<Lanes>,
}

/// A timestamp was used elsewhere, and that was told.
const SEEN: u8 = 1;
const TOLD: u8 = 2;

static KEYS: LazyLock<Registry<Used>> = LazyLock::new(Registry::default);

impl KeyClock {
    /// The clock of a developer key on this machine.
    pub(crate) fn of(developer_key: &str, options: ClockOptions<'_>) -> Self {
        let ClockOptions { origin, folder, lanes, alone } = options;
        let parts: Vec<&str> = [developer_key].into_iter().chain(origin).collect();
        let used = if alone {
            KEYS.of_or(&[&["alone"], &parts[..]].concat(), Used::alone)
        } else {
            let place = folder.map(|folder| folder.to_string_lossy().into_owned());
            let named: Vec<&str> = place.as_deref().into_iter().collect();
            KEYS.of_or(&[&["shared"], &parts[..], &named].concat(), || Used::shared(source(&parts, folder)))
        };
        Self { used: Arc::new(used), lanes }
    }

    /// A timestamp that was not used for the key, at or after `now_ms`.
    ///
    /// # Errors
    /// How long to wait for one that leads the clock by no more than a minute.
    pub(crate) fn take(&self, now_ms: u64) -> Result<Timestamp, Duration> {
        self.used.take(now_ms, self.lanes)
    }

    /// Why other processes of this machine do not share it, where they should.
    pub(crate) fn why_alone(&self) -> Option<&str> {
        self.used.why_alone()
    }

    /// EPS has seen a timestamp of this process before: another client uses the key, unless it is known why.
    pub(crate) fn was_seen(&self) {
        let known = self.why_alone().is_some() || self.lanes.is_none() && self.used.is_leasing() && !self.has_lanes();
        if !known {
            self.used.seen.fetch_or(SEEN, std::sync::atomic::Ordering::AcqRel);
        }
    }

    /// Whether that is to be told now: once.
    pub(crate) fn tells_of_seen(&self) -> bool {
        // Nearly always there is nothing to tell.
        self.used.seen.load(std::sync::atomic::Ordering::Relaxed) == SEEN
            && self.used.seen.fetch_or(TOLD, std::sync::atomic::Ordering::AcqRel) == SEEN
    }

    /// Whether EPS refuses this key's timestamps for a reason that is not known.
    pub(crate) fn is_refused(&self) -> bool {
        self.used.page(|page| page.refused_ms.load(std::sync::atomic::Ordering::Relaxed) != 0)
    }

    pub(crate) fn set_refused(&self, refused: bool) {
        // Most answers change nothing, and what is not written stays in every processor's cache.
        if refused != self.is_refused() {
            let since = if refused { now_ms().max(1) } else { 0 };
            self.used.page(|page| page.refused_ms.store(since, std::sync::atomic::Ordering::Relaxed));
        }
    }
}

fn source(parts: &[&str], folder: Option<&Path>) -> PageSource {
    let brief = parts.len() > 1;
    PageSource {
        parts: parts.iter().map(|part| (*part).to_owned()).collect(),
        folder: folder.map(Path::to_owned),
        brief,
    }
}

/// A timestamp that was not used for the key on this machine, at or after `now_ms` and at most a minute ahead of it.
///
/// # Errors
/// `timestamp_exhausted` when all of that minute is used, or the clock is off by decades.
pub fn unique_timestamp(developer_key: &str, now_ms: u64) -> Result<Timestamp, Error> {
    let make = || Used::shared(source(&[developer_key], None));
    KEYS.with(&["shared", developer_key], make, |used| used.take(now_ms, None)).map_err(exhausted)
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
