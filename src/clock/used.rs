//! Used timestamps of one developer key. They are stored on a page, which is either mapped by all processes of the machine, or in memory
//! that only this process uses. The page also stores the lease of the lanes: the shares of the milliseconds that this machine may sign
//! with.

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

/// Time for which an in-memory page that only this process uses is kept after its last client is gone. The used timestamps could be reached
/// again only if the system clock stepped back by more than this time. The clock of EPS does not step back, and EPS accepts no timestamp
/// that is two minutes old.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// Time after which all timestamps of an unused page are in the past, because they are at most this far ahead of the clock.
const LEFT: Duration = Duration::from_secs(60);

/// Milliseconds by which a new page begins ahead of the clock, because a process that used the previous page may have signed a moment ago.
pub(super) const FRESH_MS: u64 = 2_000;

/// Longest time for which a lease, or any other state of the lanes, is valid, in milliseconds.
const HOLDS_MS: u64 = 60_000;

/// Interval of the checks if the file of the page was removed, in milliseconds.
const LOOK_MS: u64 = 1_000;

/// Key and location of a page.
#[derive(Debug, Clone)]
pub(super) struct PageSource {
    /// Developer key, followed by the origin of the server if it runs on this machine.
    pub(super) parts: Vec<String>,
    pub(super) folder: Option<PathBuf>,
    /// True for a server on this machine. The last process that uses the page then removes its file.
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
    /// Reason why this process does not share the page, although it should.
    why_alone: Option<String>,
    /// Number of clients of this process that lease lanes for the key.
    leasing: AtomicUsize,
    /// Bits `SEEN` (EPS has answered that it had seen a timestamp of this process before) and `TOLD` (that answer was reported).
    pub(super) seen: AtomicU8,
}

impl Used {
    /// Opens or creates the page that all processes of the machine share. If no folder can be used, creates an in-memory page that only
    /// this process uses.
    pub(super) fn shared(source: PageSource) -> Self {
        let now = now_ms();
        // The page of a server on this machine was removed by the last process that used it, so it needs no margin. That process remembers
        // a last timestamp that is ahead of the clock (see `rest`).
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

    /// Creates an in-memory page that only this process uses.
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
        // Only a clock outside the years 2001 to 2286 leads to this error. EPS would refuse such a timestamp, and the signer does too.
        Timestamp::from_millis(stamp).map_err(|_| Duration::MAX)
    }

    pub(super) fn is_leasing(&self) -> bool {
        self.leasing.load(Ordering::Acquire) != 0
    }

    /// Counts a client that starts to lease lanes (`more` is true) or stops to lease them. Returns true if the client that stopped was the
    /// last one on this machine.
    pub(super) fn leases(&self, more: bool) -> bool {
        // The clients are counted while the page is locked. Otherwise a client that starts and a client that stops at the same time could
        // undo each other's lock on the file.
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

    /// Returns a duplicate of the open file of the page, if the file is kept open.
    #[cfg(all(test, unix))]
    fn file_of_the_page(&self) -> Option<std::fs::File> {
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            PageHolder::Shared(placed) => placed.copied(),
            PageHolder::Alone(_) => None,
        }
    }

    pub(super) fn page<R>(&self, work: impl FnOnce(&ClockPage) -> R) -> R {
        // The page stays usable after a panic in another thread, because every change to it is made completely or not at all.
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            PageHolder::Shared(placed) => work(placed.mapped.page()),
            PageHolder::Alone(page) => work(page),
        }
    }

    /// Checks once a second if the file of the page was removed. Such a page is replaced, because new processes do not share it.
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
        // If no other page can be created, this process keeps its current one.
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

/// Returns the lanes that this machine may sign in; `None` if it has leased no lanes or the lease has ended.
pub(super) fn leased(page: &ClockPage) -> Option<Signing> {
    let bits = page.leased.load(Ordering::Acquire);
    let far = Lanes::of_bits(bits as u32).filter(|_| is_ahead(&page.leased_until))?;
    let near = Lanes::of_bits((bits | bits >> 32) as u32).filter(|_| is_ahead(&page.spare_until));
    Some(Signing { far, near: near.unwrap_or(far) })
}

/// Returns true if the moment, in milliseconds since boot, is in the future. A moment that is more than a minute ahead comes from an
/// earlier boot, and does not count.
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
    /// Closes the file of a server on this machine. The last process that uses the file removes it. This process remembers the last used
    /// timestamp, because it may be ahead of the clock.
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
            // If no shared page can be created now, this process continues with its in-memory page.
            if let Ok(placed) = source.place(used) {
                placed.mapped.page().raise(used, now);
                *kept = PageHolder::Shared(placed);
            }
        }
    }

    fn is_over(&self, unused: Duration) -> bool {
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            // The file still contains the used timestamps.
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
