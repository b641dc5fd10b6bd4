//! Ledger of a client: its journal, its options, the listeners of its events, and the state that its debits share while they run.
//!
//! A sweep is one run of the resolver, which asks EPS about the debits that are due for an inquiry.

use super::callbacks::ByTid;
use super::events::Events;
use super::journal::LazyJournal;
use super::schedule::Schedule;
use super::transition::Rules;
use crate::call::Core;
use crate::mutex::lock;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

pub(crate) const MAX_DEBITS: usize = 256;
pub(crate) const MAX_INQUIRIES: usize = 64;
/// Default age at which a debit that is still open raises an alarm.
pub(crate) const ALARM_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Clone)]
pub(crate) struct MoneyOptions {
    pub(crate) schedule: Schedule,
    pub(crate) max_debits: usize,
    pub(crate) max_inquiries: usize,
    pub(crate) alarm_after: Duration,
    /// True if inquiries send the client's `user_code`.
    pub(crate) inquiry_user_code: bool,
    /// References that EPS has booked, from the caller's options, by operation. A round uses such a reference if the journal has no booked
    /// reference that EPS still finds.
    pub(crate) known_references: BTreeMap<String, String>,
}

/// State that all debits of one client share.
pub(crate) struct Ledger {
    pub(crate) core: Arc<Core>,
    pub(crate) journal: LazyJournal,
    pub(crate) events: Arc<Events>,
    pub(crate) options: MoneyOptions,
    /// Permits that limit how many debits run at the same time. Each debit takes one. Reads and inquiries need no permit.
    pub(crate) debits: Semaphore,
    pub(crate) recent: Recent,
    pub(crate) by_tid: ByTid,
    /// Number of inquiries that the resolver sends at once. It grows while many debits are due for an inquiry, and shrinks if EPS is slow
    /// or refuses inquiries.
    pub(crate) pace: AtomicUsize,
    /// True while a background task runs that sends an inquiry each second, until EPS accepts the timestamps of this developer key again.
    pub(crate) probing: AtomicBool,
    /// Time of the last notice about a failed run of the resolver. `None` if the last run succeeded.
    pub(crate) sweep_failed: Mutex<Option<u64>>,
    /// Time at which this client last stored a booked reference in the journal, by operation. In milliseconds since 1970.
    pub(crate) remembered: Mutex<HashMap<&'static str, u64>>,
    /// True once the client has sent the notice that the processes of this machine do not share their used timestamps.
    alone_told: AtomicBool,
    /// True once a background task keeps this machine's lanes of timestamps leased.
    pub(crate) keeps_lanes: AtomicBool,
    /// True once the client has sent the notice that machines share lanes of timestamps.
    pub(crate) lanes_told: AtomicBool,
    /// True once the client is closed. A closed client leases no more lanes of timestamps.
    pub(crate) closed: AtomicBool,
}

impl Ledger {
    pub(crate) fn new(core: Arc<Core>, journal: LazyJournal, events: Arc<Events>, options: MoneyOptions) -> Self {
        Self {
            core,
            journal,
            events,
            debits: Semaphore::new(options.max_debits),
            options,
            recent: Recent::default(),
            by_tid: ByTid::default(),
            pace: AtomicUsize::new(super::resolver::FIRST_PACE),
            probing: AtomicBool::new(false),
            sweep_failed: Mutex::default(),
            remembered: Mutex::default(),
            alone_told: AtomicBool::new(false),
            keeps_lanes: AtomicBool::new(false),
            lanes_told: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        }
    }

    /// Sends a notice, once, if the processes of this machine do not share their used timestamps and may therefore sign the same timestamp.
    pub(crate) fn tell_of_timestamps(&self) {
        let Some(why) = self.core.clock.why_alone() else { return };
        if !self.alone_told.swap(true, Ordering::Relaxed) {
            let detail = format!(
                "the processes of this machine do not share their used timestamps ({why}): set stampFolder to a folder that only this user can write"
            );
            self.events.notice("timestampsNotShared", detail);
        }
    }

    /// Sends a notice, once, if EPS has already seen a timestamp that no client of this machine had used.
    pub(crate) fn tell_of_seen(&self) {
        if self.core.clock.tells_of_seen() {
            let detail = "EPS has seen a timestamp that no client of this machine had used: another client signs with this developer key, \
                or something between this machine and EPS sends requests twice. Check the options lane and stampFolder";
            self.events.notice("timestampsUsedElsewhere", detail.to_owned());
        }
    }

    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules {
            now_ms: self.core.now_ms(),
            schedule: &self.options.schedule,
            alarm_after_ms: u64::try_from(self.options.alarm_after.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Returns two times in milliseconds since 1970: the time of this machine's clock, and the estimated time of EPS's clock.
    pub(crate) fn times(&self) -> [u64; 2] {
        let now = self.core.now_ms();
        [now, self.core.offset.correct(now)]
    }
}

/// Mean duration of recent debits, from the request to the answer, by operation.
#[derive(Default)]
pub(crate) struct Recent(Mutex<HashMap<&'static str, Duration>>);

impl Recent {
    /// Updates the mean duration of an operation. The latest duration has a weight of one quarter.
    pub(crate) fn learn(&self, op: &'static str, took: Duration) {
        let mut recent = lock(&self.0);
        let mean = recent.entry(op).or_insert(took);
        *mean = (*mean * 3 + took) / 4;
    }

    pub(crate) fn of(&self, op: &str) -> Duration {
        lock(&self.0).get(op).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_duration_weighs_a_quarter_of_the_mean() {
        let recent = Recent::default();
        for (took, mean) in [(4_000, 4_000), (8_000, 5_000), (1_000, 4_000)] {
            recent.learn("dmt.transfer", Duration::from_millis(took));
            assert_eq!(recent.of("dmt.transfer"), Duration::from_millis(mean));
        }
    }
}
