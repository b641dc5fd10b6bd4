//! The ledger of a client: the journal, the listeners, the options, and the state that debits in flight share.

use super::callbacks::ByTid;
use super::events::Events;
use super::journal::LazyJournal;
use super::schedule::Schedule;
use super::transition::Rules;
use crate::api::generated::ENDPOINTS;
use crate::call::Core;
use crate::catalog::Endpoint;
use crate::clock::lock;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Default for the largest number of debits in flight.
pub(crate) const MAX_DEBITS: usize = 256;
/// Default for the largest number of inquiries in flight.
pub(crate) const MAX_INQUIRIES: usize = 64;
/// Default for the time after which an open debit raises an alarm.
pub(crate) const ALARM_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Money options of a client.
#[derive(Debug, Clone)]
pub(crate) struct MoneyOptions {
    pub(crate) schedule: Schedule,
    pub(crate) max_debits: usize,
    pub(crate) max_inquiries: usize,
    pub(crate) alarm_after: Duration,
    /// True if inquiries carry the client's `user_code`.
    pub(crate) inquiry_user_code: bool,
    /// References that EPS has booked, by operation. They are used for an account whose journal has none yet.
    pub(crate) known_references: BTreeMap<String, String>,
}

/// The debits of one client.
pub(crate) struct Ledger {
    pub(crate) core: Arc<Core>,
    pub(crate) journal: LazyJournal,
    pub(crate) events: Arc<Events>,
    pub(crate) options: MoneyOptions,
    /// Permits for debits in flight, one for each debit. Reads and inquiries use others.
    pub(crate) debits: Semaphore,
    /// Recent duration of each operation.
    pub(crate) recent: Recent,
    pub(crate) by_tid: ByTid,
    /// Number of inquiries that a sweep sends at once. It grows while many are due, and shrinks if EPS is slow or refuses.
    pub(crate) pace: AtomicUsize,
    /// True while the client asks why EPS refuses its timestamps.
    pub(crate) probing: AtomicBool,
    /// Time of the last notice that a sweep has failed, while sweeps fail.
    pub(crate) sweep_failed: Mutex<Option<u64>>,
    /// Time at which a known reference was last stored, by operation.
    pub(crate) remembered: Mutex<HashMap<&'static str, u64>>,
    /// True once a notice has told that the processes of this machine do not share the used timestamps.
    alone_told: AtomicBool,
    /// True once a task keeps this machine's lanes.
    pub(crate) keeps_lanes: AtomicBool,
    /// True once a notice has told that machines share lanes.
    pub(crate) lanes_told: AtomicBool,
    /// True once the client is closed. It then leases nothing any more.
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

    /// Sends one notice that another process of this machine may use the same timestamps.
    pub(crate) fn tell_of_timestamps(&self) {
        let Some(why) = self.core.clock.why_alone() else { return };
        if !self.alone_told.swap(true, Ordering::Relaxed) {
            let fix = "give stampFolder, a folder that only this user can write";
            self.events
                .notice("timestampsNotShared", format!("used timestamps are of this process alone ({why}): {fix}"));
        }
    }

    /// Sends one notice that timestamps of this key are used elsewhere.
    pub(crate) fn tell_of_seen(&self) {
        if self.core.clock.tells_of_seen() {
            let detail = "EPS has seen a timestamp that no client of this machine had used: another client signs with this developer key, \
                or something on the way sends requests twice. See lane and stampFolder";
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

    /// Returns this machine's time, and the same time corrected by EPS's clock.
    pub(crate) fn times(&self) -> [u64; 2] {
        let now = self.core.now_ms();
        [now, self.core.offset.correct(now)]
    }
}

/// Returns the endpoint of an operation, if this version knows it.
pub(crate) fn endpoint_of(op: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().copied().find(|endpoint| endpoint.op == op)
}

/// Recent duration of debits, from request to answer, by operation.
#[derive(Default)]
pub(crate) struct Recent(Mutex<HashMap<&'static str, Duration>>);

impl Recent {
    /// Updates the mean, in which the latest duration counts a quarter.
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
    fn of_what_debits_take_the_latest_counts_a_quarter() {
        let recent = Recent::default();
        for (took, mean) in [(4_000, 4_000), (8_000, 5_000), (1_000, 4_000)] {
            recent.learn("dmt.transfer", Duration::from_millis(took));
            assert_eq!(recent.of("dmt.transfer"), Duration::from_millis(mean));
        }
    }
}
