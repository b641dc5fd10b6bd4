//! Clock that requests are signed with. For each developer key, it gives out every millisecond at most once. The time is corrected by the
//! clock of the server.
//!
//! The used timestamps of a key are stored on a page: memory that all processes of the machine map. If the processes cannot share it, each
//! process has its own page, which all its threads and worker threads use.
//!
//! A lane is a share of the milliseconds that one machine may sign with, if several machines use one developer key.

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

/// Options of [`KeyClock::of`]: the identity of the clock, and the processes that share it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClockOptions<'a> {
    /// Origin of the server, if it runs on this machine. Each such server is a separate EPS, so it has a separate clock.
    pub(crate) origin: Option<&'a str>,
    /// Folder of the file that contains the page. By default it is the folder that `EKO_STAMP_FOLDER` names, or else an in-memory folder
    /// (on Linux) or the temporary folder.
    pub(crate) folder: Option<&'a Path>,
    /// Lanes to sign in. They replace the lanes that the machine has leased.
    pub(crate) lanes: Option<Lanes>,
    /// True if only this process uses the clock. Simulations need that, because their time is not the time of the machine.
    pub(crate) alone: bool,
}

/// Clock of one developer key. All clones share the used timestamps.
#[derive(Clone)]
pub(crate) struct KeyClock {
    used: Arc<User<Used>>,
    lanes: Option<Lanes>,
}

/// Bit of [`Used::seen`]: EPS has answered that it had seen a timestamp of this process before.
const SEEN: u8 = 1;
/// Bit of [`Used::seen`]: that answer was reported.
const TOLD: u8 = 2;

static KEYS: LazyLock<Registry<Used>> = LazyLock::new(Registry::default);

impl KeyClock {
    /// Returns the clock of a developer key on this machine.
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

    /// Returns a timestamp at or after `now_ms` that was not used for the key.
    ///
    /// # Errors
    /// The time to wait until a timestamp is free that is at most a minute ahead of the clock, or [`Duration::MAX`] if the clock is off by
    /// decades.
    pub(crate) fn take(&self, now_ms: u64) -> Result<Timestamp, Duration> {
        self.used.take(now_ms, self.lanes)
    }

    /// Returns the reason why other processes of this machine do not share this clock, although they should; `None` if there is no such
    /// problem.
    pub(crate) fn why_alone(&self) -> Option<&str> {
        self.used.why_alone()
    }

    /// Records that EPS has seen a timestamp of this process before, which means that another client uses the same key. Nothing is recorded
    /// if the reason is already known: other processes do not share the clock, or clients lease lanes but the lease is not valid.
    pub(crate) fn was_seen(&self) {
        let known = self.why_alone().is_some() || self.lanes.is_none() && self.used.is_leasing() && !self.has_lanes();
        if !known {
            self.used.seen.fetch_or(SEEN, std::sync::atomic::Ordering::AcqRel);
        }
    }

    /// Returns true if the caller must report now that EPS has seen a timestamp before. It returns true only once.
    pub(crate) fn tells_of_seen(&self) -> bool {
        // A plain read comes first, because there is nearly always nothing to report.
        self.used.seen.load(std::sync::atomic::Ordering::Relaxed) == SEEN
            && self.used.seen.fetch_or(TOLD, std::sync::atomic::Ordering::AcqRel) == SEEN
    }

    /// Returns true if EPS refuses this key's timestamps for an unknown reason.
    pub(crate) fn is_refused(&self) -> bool {
        self.used.page(|page| page.refused_ms.load(std::sync::atomic::Ordering::Relaxed) != 0)
    }

    pub(crate) fn set_refused(&self, refused: bool) {
        // Most responses change nothing. A page that is not written to stays in the cache of every processor.
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

/// Returns a timestamp that was not used for the key on this machine, at or after `now_ms` and at most a minute ahead of it.
///
/// # Errors
/// `timestamp_exhausted` if all timestamps of that minute are used, and `invalid_config` if the clock is off by decades.
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
    // The wasm signer has the same text.
    let message =
        format!("all timestamps of the next minute are used: wait {} ms and send less at once", wait.as_millis());
    Error::new(Code::TimestampExhausted, message).with_retry_after(Some(wait))
}

/// Returns the milliseconds since 1970 by this machine's clock.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Locks a mutex, even after a panic in another thread. The data stays usable, because every change to it is made completely or not at all.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
