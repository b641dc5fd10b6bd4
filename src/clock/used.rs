//! The used timestamps of one developer key: on a page that all processes of the machine share, or on one of this process alone.

use super::lanes::Lanes;
use super::mapped::is_at;
use super::now_ms;
use super::page::{MAX_LEAD_MS, Page, boot_ms};
use super::place::{Placed, place};
use super::registry::{Lasting, digest};
use crate::sign::Timestamp;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// What this process alone has used is remembered for so long without a client: a clock would have to step back by more to come upon it
/// again, and EPS, whose own clock does not, takes none that is two minutes old.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);

/// So far a page may lead the clock: then nothing of it is left to come.
const LEFT: Duration = Duration::from_secs(60);

/// A fresh page begins so far ahead: a process with the page that was there before may have signed a moment ago.
const FRESH_MS: u64 = 2_000;

/// How often the file is looked at for having been removed.
const LOOK_MS: u64 = 1_000;

/// Of which key, and where.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The developer key, and of a server on this machine its origin.
    pub(super) parts: Vec<String>,
    pub(super) folder: Option<PathBuf>,
    /// Of a server on this machine.
    pub(super) brief: bool,
}

enum Kept {
    Shared(Placed),
    Alone(Box<Page>),
}

pub(crate) struct Used {
    kept: RwLock<Kept>,
    source: Option<Source>,
    looked_ms: AtomicU64,
    /// Why it is this process's alone, where that was not asked for.
    why_alone: Option<String>,
}

impl Used {
    /// Shared by all processes of the machine, where any folder can be used.
    pub(super) fn shared(source: Source) -> Self {
        let now = now_ms();
        // Of a server on this machine it was removed with its last user, and only where nothing of it led the clock.
        let ahead = if source.brief { 0 } else { FRESH_MS };
        let (kept, why_alone) = match source.place(now.saturating_add(ahead)) {
            Ok(placed) => (Kept::Shared(placed), None),
            Err(why) => (Kept::Alone(Box::new(Page::new(0))), Some(why)),
        };
        Self { kept: RwLock::new(kept), source: Some(source), looked_ms: AtomicU64::new(now), why_alone }
    }

    /// Of this process.
    pub(super) fn alone() -> Self {
        let kept = RwLock::new(Kept::Alone(Box::new(Page::new(0))));
        Self { kept, source: None, looked_ms: AtomicU64::new(0), why_alone: None }
    }

    pub(super) fn why_alone(&self) -> Option<&str> {
        self.why_alone.as_deref()
    }

    pub(super) fn take(&self, now: u64, lanes: Option<Lanes>) -> Result<Timestamp, Duration> {
        self.look(now);
        let stamp = self.page(|page| page.take(now, lanes.or_else(|| leased(page)).unwrap_or(Lanes::ALL)));
        let stamp = stamp.map_err(Duration::from_millis)?;
        // Only a clock outside the years 2001 to 2286 gets here; EPS would refuse it, and so does its signature.
        Timestamp::from_millis(stamp).map_err(|_| Duration::MAX)
    }

    pub(super) fn page<R>(&self, work: impl FnOnce(&Page) -> R) -> R {
        // A panic elsewhere leaves the page usable: every change to it is complete or absent.
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            Kept::Shared(placed) => work(placed.mapped.page()),
            Kept::Alone(page) => work(page),
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
            Kept::Shared(placed) => !is_at(&placed.identity, &placed.path),
            Kept::Alone(_) => false,
        };
        let Some(source) = self.source.as_ref().filter(|_| gone) else { return };
        // Where there is no place for another one, this process keeps the one it has.
        let Ok(placed) = source.place(now_ms().saturating_add(FRESH_MS)) else { return };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let Kept::Shared(old) = &*kept {
            let last = old.mapped.page().last();
            // What a wrong clock has left far ahead is not carried on.
            if last.abs_diff(now) <= MAX_LEAD_MS {
                placed.mapped.page().raise(last);
            }
        }
        *kept = Kept::Shared(placed);
    }
}

/// The lanes that this machine has leased, while it has.
pub(super) fn leased(page: &Page) -> Option<Lanes> {
    let lanes = Lanes::of_bits(page.leased.load(Ordering::Acquire) as u32)?;
    (boot_ms() < page.leased_until.load(Ordering::Acquire)).then_some(lanes)
}

impl Source {
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
        if let Kept::Shared(placed) = &*kept
            && self.is_brief()
        {
            let last = placed.mapped.page().last();
            *kept = Kept::Alone(Box::new(Page::new(last)));
        }
    }

    fn wake(&self) {
        let Some(source) = self.source.as_ref().filter(|_| self.is_brief()) else { return };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let Kept::Alone(page) = &*kept {
            let (now, last) = (now_ms(), page.last());
            let used = if last.abs_diff(now) <= MAX_LEAD_MS { last.max(now) } else { now };
            // Where there is no place any more, this process goes on alone.
            if let Ok(placed) = source.place(used) {
                placed.mapped.page().raise(used);
                *kept = Kept::Shared(placed);
            }
        }
    }

    fn is_over(&self, unused: Duration) -> bool {
        match &*self.kept.read().unwrap_or_else(PoisonError::into_inner) {
            // Its file remembers.
            Kept::Shared(_) => true,
            Kept::Alone(page) if self.is_brief() => unused >= LEFT || page.last() <= now_ms(),
            Kept::Alone(page) => page.last() == 0 || unused >= REMEMBERED && page.last() < now_ms(),
        }
    }
}

#[cfg(test)]
#[path = "used_tests.rs"]
mod tests;
