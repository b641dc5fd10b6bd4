//! Clock for the timestamps of signed requests. Each millisecond is given out at most once per developer key. A clock offset corrects the time to the
//! server's time.
//!
//! The used timestamps of a key are stored on a page: memory that all processes of this machine map. If the memory cannot be shared, each process has
//! its own page, which all its threads and worker threads use.
//!
//! A lane is a share of the milliseconds. If several machines use one developer key, each machine signs only in its own lanes.

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
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use used::{PageSource, Used};

pub(crate) use boot::since_boot;
pub(crate) use lanes::{LANES, Lanes};
pub(crate) use lease::{LaneLease, boot_now};
pub(crate) use offset::ServerOffset;
pub(crate) use registry::{Lasting, Registry, User};

/// Options of [`KeyClock::of`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClockOptions<'a> {
    /// Origin (scheme, host and port) of the server, if the server runs on this machine. Each local server counts as a separate EPS, with
    /// its own used timestamps.
    pub(crate) origin: Option<&'a str>,
    /// Folder of the file with the used timestamps. The default is the folder in `EKO_STAMP_FOLDER`, or else an in-memory folder (on Linux) or the
    /// temporary folder.
    pub(crate) folder: Option<&'a Path>,
    /// Lanes to sign in, instead of the lanes that this machine has leased.
    pub(crate) lanes: Option<Lanes>,
    /// True if no other process shares this clock. Simulations need a private clock, because they use simulated time.
    pub(crate) alone: bool,
}

/// Clock of one developer key. Clones share the used timestamps.
#[derive(Clone)]
pub(crate) struct KeyClock {
    used: Arc<User<Used>>,
    lanes: Option<Lanes>,
}

/// Bit of [`Used::seen`]. It is set once EPS has refused a timestamp of this process because EPS had seen the timestamp before.
const SEEN: u8 = 1;
/// Bit of [`Used::seen`]. It is set once the caller was told that EPS had seen a timestamp before.
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

    /// Returns an unused timestamp of this key at or after `now_ms`.
    ///
    /// # Errors
    /// The time to wait until an unused timestamp is at most one minute ahead of the clock; [`Duration::MAX`] if the system clock is wrong by
    /// decades.
    pub(crate) fn take(&self, now_ms: u64) -> Result<Timestamp, Duration> {
        self.used.take(now_ms, self.lanes)
    }

    /// Returns the reason why this process could not share the clock with other processes; `None` if there is no such problem.
    pub(crate) fn why_alone(&self) -> Option<&str> {
        self.used.why_alone()
    }

    /// Records that EPS refused a timestamp of this process because EPS had seen it before, so another client uses the same key. Records
    /// nothing if a known problem explains the refusal: the used timestamps are not shared with other processes, or the lane lease is not
    /// valid.
    pub(crate) fn was_seen(&self) {
        let known = self.why_alone().is_some() || self.lanes.is_none() && self.used.is_leasing() && !self.has_lanes();
        if !known {
            self.used.seen.fetch_or(SEEN, std::sync::atomic::Ordering::AcqRel);
        }
    }

    /// Returns true if EPS had seen a timestamp of this process before, and the caller must report that. Returns true only once.
    pub(crate) fn tells_of_seen(&self) -> bool {
        // Starts with a plain read, because there is almost never anything to report.
        self.used.seen.load(std::sync::atomic::Ordering::Relaxed) == SEEN
            && self.used.seen.fetch_or(TOLD, std::sync::atomic::Ordering::AcqRel) == SEEN
    }

    /// Returns true if EPS refuses the timestamps of this key for an unknown reason.
    pub(crate) fn is_refused(&self) -> bool {
        self.used.page(|page| page.refused_ms.load(std::sync::atomic::Ordering::Relaxed) != 0)
    }

    pub(crate) fn set_refused(&self, refused: bool) {
        // Writes to the memory that processes share only on a change, so that it stays in the cache of every processor.
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

/// Returns an unused timestamp of the key at or after `now_ms`, at most one minute ahead. Other processes of this machine do not get the same
/// timestamp.
///
/// # Errors
/// `timestamp_exhausted` if all timestamps of that minute are used. `invalid_config` if the system clock is wrong by decades.
pub fn unique_timestamp(developer_key: &str, now_ms: u64) -> Result<Timestamp, Error> {
    let make = || Used::shared(source(&[developer_key], None));
    KEYS.with(&["shared", developer_key], make, |used| used.take(now_ms, None)).map_err(exhausted)
}

pub(crate) fn exhausted(wait: Duration) -> Error {
    if wait == Duration::MAX {
        return Error::new(
            Code::InvalidConfig,
            "the system clock is not between 2001 and 2286: set it to within two minutes of the current time",
        );
    }
    // Keep this message equal to the message in `js/signer/stamps.mts`.
    let message = format!(
        "all timestamps of the next minute are used: wait {} ms and send fewer requests at once",
        wait.as_millis()
    );
    Error::new(Code::TimestampExhausted, message).with_retry_after(Some(wait))
}

/// Returns the current time of this machine in milliseconds since 1970.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
