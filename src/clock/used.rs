//! Used timestamps of one developer key. They are stored on a page: memory that all processes of the machine map, or memory that only this process
//! uses. The page also stores the lease of the lanes: the shares of the milliseconds that this machine may sign with.

use super::lanes::{Lanes, Signing};
use super::mapped::is_at;
use super::now_ms;
use super::page::{ClockPage, MAX_LEAD_MS, boot_ms};
use super::place::{Placed, place};
use super::registry::{Lasting, digest};
use crate::sign::Timestamp;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Time for which used timestamps that only this process knows are kept after the last client of their key is dropped. Only a system clock
/// that steps back by more than this time could reach the used timestamps again. EPS would refuse them, because EPS accepts no timestamp
/// that is two minutes old.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// Time after which all used timestamps of a key without clients are in the past. A timestamp is at most this far ahead of the clock when
/// it is given out.
const LEFT: Duration = Duration::from_secs(60);

/// Milliseconds by which the first timestamp of a new file of used timestamps is ahead of the clock. A moment ago, a process may have
/// signed with timestamps of an earlier file, which is lost.
pub(super) const FRESH_MS: u64 = 2_000;

/// Longest time in milliseconds for which a lane lease, or any other state of the lanes, is valid.
const HOLDS_MS: u64 = 60_000;

/// Interval in milliseconds between checks whether the file with the used timestamps still exists.
const LOOK_MS: u64 = 1_000;

/// Key of a page of used timestamps, and the folder of its file.
#[derive(Debug, Clone)]
pub(super) struct PageSource {
    /// Developer key, followed by the origin of the server if the server runs on this machine.
    pub(super) parts: Vec<String>,
    pub(super) folder: Option<PathBuf>,
    /// True if the used timestamps belong to a server on this machine. The last process that uses their file then removes it.
    pub(super) brief: bool,
}

enum PageHolder {
    Shared(Placed),
    Alone(Box<ClockPage>),
}

pub(crate) struct Used {
    kept: RwLock<PageHolder>,
    source: Option<PageSource>,
    looked_ms: AtomicU64,
    /// Reason why this process could not share the used timestamps with other processes.
    why_alone: Option<String>,
    /// Number of clients of this process that lease lanes for this key.
    leasing: AtomicUsize,
    /// Bits `SEEN` (EPS had already seen a timestamp of this process) and `TOLD` (the caller was told about it).
    pub(super) seen: AtomicU8,
}

impl Used {
    /// Opens or creates the page (memory with the used timestamps) that all processes of this machine share. If no folder can be used,
    /// creates a page that only this process uses.
    pub(super) fn shared(source: PageSource) -> Self {
        let now = now_ms();
        // The used timestamps of a server on this machine need no margin. The last process that used the previous file has removed it, and
        // keeps a last timestamp that is ahead of the clock in memory (see `rest`).
        let ahead = if source.brief { 0 } else { FRESH_MS };
        let (kept, why_alone) = match source.place(now.saturating_add(ahead)) {
            Ok(placed) => (PageHolder::Shared(placed), None),
            Err(why) => (PageHolder::Alone(Box::new(ClockPage::new(0))), Some(why)),
        };
        Self {
            kept: RwLock::new(kept),
            source: Some(source),
            looked_ms: AtomicU64::new(now),
            why_alone,
            leasing: AtomicUsize::new(0),
            seen: AtomicU8::new(0),
        }
    }

    /// Creates a page of used timestamps in memory that only this process uses.
    pub(super) fn alone() -> Self {
        let kept = RwLock::new(PageHolder::Alone(Box::new(ClockPage::new(0))));
        Self {
            kept,
            source: None,
            looked_ms: AtomicU64::new(0),
            why_alone: None,
            leasing: AtomicUsize::new(0),
            seen: AtomicU8::new(0),
        }
    }

    pub(super) fn why_alone(&self) -> Option<&str> {
        self.why_alone.as_deref()
    }

    pub(super) fn take(&self, now: u64, lanes: Option<Lanes>) -> Result<Timestamp, Duration> {
        self.look(now);
        let own = lanes.map(Signing::from);
        let stamp = self.page(|page| page.take(now, || own.or_else(|| leased(page)).unwrap_or(Lanes::ALL.into())));
        let stamp = stamp.map_err(Duration::from_millis)?;
        // Fails only if the clock is outside the years 2001 to 2286. Neither EPS nor the signer accepts such a timestamp.
        Timestamp::from_millis(stamp).map_err(|_| Duration::MAX)
    }

    pub(super) fn is_leasing(&self) -> bool {
        self.leasing.load(Ordering::Acquire) != 0
    }

    /// Counts a client that starts (`more` is true) or stops leasing lanes. Returns true if the last leasing client on this machine has stopped.
    pub(super) fn leases(&self, more: bool) -> bool {
        // The count changes only while `kept` is locked. Otherwise a client that starts and a client that stops could undo each other's
        // lock on the file.
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let others = if more {
            self.leasing.fetch_add(1, Ordering::AcqRel)
        } else {
            self.leasing.fetch_sub(1, Ordering::AcqRel) - 1
        };
        match &mut *kept {
            PageHolder::Shared(placed) if more => placed.hold(),
            PageHolder::Shared(placed) if others == 0 => return placed.let_go(),
            PageHolder::Shared(_) | PageHolder::Alone(_) => {}
        }
        !more && others == 0
    }

    /// Returns a duplicate of the open file with the used timestamps; `None` if the file is not kept open.
    #[cfg(all(test, unix))]
    fn file_of_the_page(&self) -> Option<std::fs::File> {
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            PageHolder::Shared(placed) => placed.copied(),
            PageHolder::Alone(_) => None,
        }
    }

    pub(super) fn page<R>(&self, work: impl FnOnce(&ClockPage) -> R) -> R {
        // Ignores a panic in another thread, because each change of the used timestamps is made completely or not at all.
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            PageHolder::Shared(placed) => work(placed.mapped.page()),
            PageHolder::Alone(page) => work(page),
        }
    }

    /// Checks once a second whether the file with the used timestamps was removed. If it was, creates a new file, because new processes
    /// could not share the removed one.
    fn look(&self, now: u64) {
        let looked = self.looked_ms.load(Ordering::Relaxed);
        if now.abs_diff(looked) < LOOK_MS {
            return;
        }
        self.looked_ms.store(now, Ordering::Relaxed);
        let gone = match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            PageHolder::Shared(placed) => !is_at(&placed.identity, &placed.path),
            PageHolder::Alone(_) => false,
        };
        let Some(source) = self.source.as_ref().filter(|_| gone) else { return };
        // Keeps the memory of the removed file if no new file can be created.
        let Ok(mut placed) = source.place(now_ms().saturating_add(FRESH_MS)) else { return };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let PageHolder::Shared(old) = &*kept {
            placed.mapped.page().raise(old.mapped.page().last(), now);
        }
        if self.is_leasing() {
            placed.hold();
        }
        *kept = PageHolder::Shared(placed);
    }
}

/// Returns the lanes in which this machine may sign; `None` if there is no valid lease.
pub(super) fn leased(page: &ClockPage) -> Option<Signing> {
    let bits = page.leased.load(Ordering::Acquire);
    let far = Lanes::of_bits(bits as u32).filter(|_| is_ahead(&page.leased_until))?;
    let near = Lanes::of_bits((bits | bits >> 32) as u32).filter(|_| is_ahead(&page.spare_until));
    Some(Signing { far, near: near.unwrap_or(far) })
}

/// Returns true if `moment`, a value of `boot_ms`, is in the future. Ignores a moment that is more than a minute ahead, because it is from an earlier
/// boot.
pub(super) fn is_ahead(moment: &AtomicU64) -> bool {
    (1..=HOLDS_MS).contains(&moment.load(Ordering::Acquire).saturating_sub(boot_ms()))
}

impl PageSource {
    fn place(&self, used_ms: u64) -> Result<Placed, String> {
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        let name: String = digest(&parts).iter().map(|byte| format!("{byte:02x}")).collect();
        place(self.folder.as_deref(), &name, self.brief, used_ms)
    }
}

impl Used {
    fn is_brief(&self) -> bool {
        self.why_alone.is_none() && self.source.as_ref().is_some_and(|source| source.brief)
    }
}

impl Lasting for Used {
    /// Closes the file of a server on this machine; the last process that uses the file removes it. Keeps the last used timestamp in memory, because
    /// that timestamp may be ahead of the clock.
    fn rest(&self) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let PageHolder::Shared(placed) = &*kept
            && self.is_brief()
        {
            let last = placed.mapped.page().last();
            *kept = PageHolder::Alone(Box::new(ClockPage::new(last)));
        }
    }

    fn wake(&self) {
        let Some(source) = self.source.as_ref().filter(|_| self.is_brief()) else { return };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let PageHolder::Alone(page) = &*kept {
            let (now, last) = (now_ms(), page.last());
            let used = if last.abs_diff(now) <= MAX_LEAD_MS { last.max(now) } else { now };
            // Continues with the memory of this process if no shared file can be created.
            if let Ok(placed) = source.place(used) {
                placed.mapped.page().raise(used, now);
                *kept = PageHolder::Shared(placed);
            }
        }
    }

    fn is_over(&self, unused: Duration) -> bool {
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            // The value may be dropped at once, because its shared file keeps the used timestamps.
            PageHolder::Shared(_) => true,
            PageHolder::Alone(page) if self.is_brief() => unused >= LEFT || page.last() <= now_ms(),
            PageHolder::Alone(page) => page.last() == 0 || unused >= REMEMBERED && page.last() < now_ms(),
        }
    }
}

#[cfg(test)]
#[path = "used_tests.rs"]
mod tests;

#[cfg(test)]
#[cfg(unix)]
#[path = "frozen_tests.rs"]
mod frozen;
