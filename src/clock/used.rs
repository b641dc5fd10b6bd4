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

/// What this process alone has used is remembered for so long without a client: a clock would have to step back by more to come upon it
/// again, and EPS, whose own clock does not, takes none that is two minutes old.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// So far a page may lead the clock: then nothing of it is left to come.
const LEFT: Duration = Duration::from_secs(60);

/// A fresh page begins so far ahead: a process with the page that was there before may have signed a moment ago.
pub(super) const FRESH_MS: u64 = 2_000;

/// Nothing about lanes holds for longer.
const HOLDS_MS: u64 = 60_000;

/// How often the file is looked at for having been removed.
const LOOK_MS: u64 = 1_000;

/// Of which key, and where.
#[derive(Debug, Clone)]
pub(super) struct PageSource {
    /// The developer key, and of a server on this machine its origin.
    pub(super) parts: Vec<String>,
    pub(super) folder: Option<PathBuf>,
    /// Of a server on this machine.
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
    /// Why it is this process's alone, where that was not asked for.
    why_alone: Option<String>,
    /// Clients of this process that lease lanes for it.
    leasing: AtomicUsize,
    /// Whether EPS has seen one of this process's timestamps before, and whether that was told.
    pub(super) seen: AtomicU8,
}

impl Used {
    /// Shared by all processes of the machine, where any folder can be used.
    pub(super) fn shared(source: PageSource) -> Self {
        let now = now_ms();
        // Of a server on this machine it was removed with its last user, and only where nothing of it led the clock.
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

    /// Of this process.
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
        // Only a clock outside the years 2001 to 2286 gets here; EPS would refuse it, and so does its signature.
        Timestamp::from_millis(stamp).map_err(|_| Duration::MAX)
    }

    pub(super) fn is_leasing(&self) -> bool {
        self.leasing.load(Ordering::Acquire) != 0
    }

    /// One client more or less leases lanes for it; returns whether it was the last one of the machine that did.
    pub(super) fn leases(&self, more: bool) -> bool {
        // Counted under the lock: who comes and who goes would else undo each other's hold on the file.
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

    /// The same open file once more.
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

    /// A page whose file was removed is no longer the others' page.
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
        // Where there is no place for another one, this process keeps the one it has.
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

/// The lanes that this machine has leased, while it has.
pub(super) fn leased(page: &ClockPage) -> Option<Signing> {
    let bits = page.leased.load(Ordering::Acquire);
    let far = Lanes::of_bits(bits as u32).filter(|_| is_ahead(&page.leased_until))?;
    let near = Lanes::of_bits((bits | bits >> 32) as u32).filter(|_| is_ahead(&page.spare_until));
    Some(Signing { far, near: near.unwrap_or(far) })
}

/// Whether this moment is to come, by the clock since boot. What seems to be far ahead is of another boot.
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
    /// Of a server on this machine no file is left open or behind; what was used ahead of the clock is remembered.
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
            // Where there is no place any more, this process goes on alone.
            if let Ok(placed) = source.place(used) {
                placed.mapped.page().raise(used, now);
                *kept = PageHolder::Shared(placed);
            }
        }
    }

    fn is_over(&self, unused: Duration) -> bool {
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            // Its file remembers.
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
