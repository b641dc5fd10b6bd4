//! The used timestamps of one developer key: on a page that all processes of the machine share, or on one of this process alone.

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

/// Time for which a page of this process alone is remembered without a client. The system clock would have to step back by more than that
/// to reach the used values again. The clock of EPS does not step back, and EPS accepts no timestamp that is two minutes old.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// Time after which all values of an unused page are in the past, because a page leads the clock by no more than that.
const LEFT: Duration = Duration::from_secs(60);

/// Lead of a fresh page over the clock, because a process with the previous page may have signed a moment ago.
pub(super) const FRESH_MS: u64 = 2_000;

/// Longest time for which anything about lanes holds.
const HOLDS_MS: u64 = 60_000;

/// Interval of the checks that detect a removed file.
const LOOK_MS: u64 = 1_000;

/// Key and location of a page.
#[derive(Debug, Clone)]
pub(super) struct PageSource {
    /// The developer key, and the origin of a server on this machine.
    pub(super) parts: Vec<String>,
    pub(super) folder: Option<PathBuf>,
    /// True for a server on this machine.
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
    /// Bits `SEEN` and `TOLD`: EPS has seen one of this process's timestamps before, and that was reported.
    pub(super) seen: AtomicU8,
}

impl Used {
    /// Shares the page with all processes of the machine, if any folder can be used.
    pub(super) fn shared(source: PageSource) -> Self {
        let now = now_ms();
        // The last user of a server on this machine has removed its page. The process remembers what led the clock (see `rest`).
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

    /// Keeps the page in this process alone.
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

    /// Counts a client that starts (`more`) or stops leasing lanes. Returns true if it was the last one of the machine that leased lanes.
    pub(super) fn leases(&self, more: bool) -> bool {
        // Counted under the lock. Otherwise a client that starts and one that stops could undo each other's lock on the file.
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

    /// Returns a duplicate of the open file.
    #[cfg(all(test, unix))]
    fn file_of_the_page(&self) -> Option<std::fs::File> {
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            PageHolder::Shared(placed) => placed.copied(),
            PageHolder::Alone(_) => None,
        }
    }

    pub(super) fn page<R>(&self, work: impl FnOnce(&ClockPage) -> R) -> R {
        // A panic elsewhere leaves the page usable: every change to it is complete or absent.
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            PageHolder::Shared(placed) => work(placed.mapped.page()),
            PageHolder::Alone(page) => work(page),
        }
    }

    /// Replaces a page whose file was removed, because other processes no longer share it.
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
        // If no other page can be placed, this process keeps the one that it has.
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

/// Returns the lanes that this machine has leased, while the lease holds.
pub(super) fn leased(page: &ClockPage) -> Option<Signing> {
    let bits = page.leased.load(Ordering::Acquire);
    let far = Lanes::of_bits(bits as u32).filter(|_| is_ahead(&page.leased_until))?;
    let near = Lanes::of_bits((bits | bits >> 32) as u32).filter(|_| is_ahead(&page.spare_until));
    Some(Signing { far, near: near.unwrap_or(far) })
}

/// Returns true if this moment, by the clock since boot, is in the future. A moment that seems to be far ahead is from another boot.
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
    /// Gives up the file of a server on this machine, and removes it with the last user. The last used timestamp is remembered, because it
    /// may lead the clock.
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
            // If no page can be placed any more, this process continues alone.
            if let Ok(placed) = source.place(used) {
                placed.mapped.page().raise(used, now);
                *kept = PageHolder::Shared(placed);
            }
        }
    }

    fn is_over(&self, unused: Duration) -> bool {
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            // The file keeps the used values.
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
