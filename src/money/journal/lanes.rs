//! Lanes of timestamps, leased in the store by machines that cannot see each other's used timestamps.
//!
//! One row per developer key says who has which lanes. Who takes one writes first and signs in it afterwards; who gives one back signs in
//! it no more and writes then.

use super::Journal;
use super::store::{Row, RowKind, StoreError};
use crate::clock::LANES;
use serde::{Deserialize, Serialize};

/// A lease holds so long, by the store's clock, and is renewed long before.
pub(crate) const LEASE_MS: u64 = 30_000;

/// Timestamps lead the clock by a minute at most: so long after a lease nothing of it comes any more.
const AFTERMATH_MS: u64 = 60_000;

/// A lease is renewed when less than this is left.
const RENEW_MS: u64 = 20_000;

/// Who has which lanes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LaneTable {
    #[serde(default)]
    holders: Vec<Holder>,
    /// By lane that was given back, the last timestamp in it.
    #[serde(default)]
    marks: Vec<(u32, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Holder {
    machine: String,
    /// As bits.
    lanes: u32,
    /// By the store's clock.
    until_ms: u64,
    /// It has seen no other machine, and signs in the lanes that nobody has as well.
    #[serde(default)]
    alone: bool,
}

/// What a machine does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LanePlan {
    /// It signs in these alone. Then it writes that, with its last timestamp.
    GiveBack { keep: u32 },
    /// It writes the table, where there is one. Then it signs as it says.
    Sign { table: Option<LaneTable>, signs: Signs },
}

/// In which lanes a machine may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signs {
    /// Its own.
    pub(crate) lanes: u32,
    /// Those of nobody, while it looks at the table every second and does not lead the clock.
    pub(crate) spare: u32,
    /// Above this timestamp.
    pub(crate) above: u64,
    /// There are more machines than lanes.
    pub(crate) shared: bool,
    /// For so long, by the store's clock.
    pub(crate) holds_ms: u64,
    /// Whether the others know of this machine; else one may sign in its lanes for a moment.
    pub(crate) known: bool,
    /// Whether it has just said that it is there.
    pub(crate) new: bool,
    /// Whether it has signed in the lanes of nobody until now.
    pub(crate) was_alone: bool,
}

/// The time of the store, and that of timestamps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneTime {
    pub(crate) store_ms: u64,
    pub(crate) stamp_ms: u64,
}

impl LaneTable {
    /// For this machine, which signs in `mine`.
    pub(crate) fn plan(&self, machine: &str, mine: u32, now: LaneTime) -> LanePlan {
        let live = || self.others(machine).filter(|holder| holder.until_ms > now.store_ms);
        let machines = u32::try_from(live().count() + 1).unwrap_or(LANES);
        let own = self.holders.iter().find(|holder| holder.machine == machine);
        let held = self.lanes_of(machine);
        // A part is left for who comes next.
        let entitled = (LANES / (machines + 1)).max(1);
        // After a restart of all its processes a machine has what the row says.
        let keep = lowest(if mine == 0 { held } else { held & mine }, entitled);
        if keep != held {
            return LanePlan::GiveBack { keep };
        }
        // What others may still sign in.
        let late = |holder: &&Holder| holder.until_ms.saturating_add(AFTERMATH_MS) > now.store_ms;
        let taken = self.others(machine).filter(late).fold(0, |taken, holder| taken | holder.lanes);
        let free = !(taken | held);
        // Half of what is free stays so: a machine that comes does not wait for the lanes of those that have gone without a word.
        let mut lanes = held | lowest(free, (entitled - held.count_ones()).min(free.count_ones().div_ceil(2)));
        let shared = lanes == 0 && machines > LANES;
        if shared {
            lanes =
                1 << (machine.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % LANES);
        }
        let alone = machines == 1;
        let marks = || self.marks.iter().filter(move |mark| counts(mark, now));
        let spare = if alone { marks().fold(free & !lanes, |spare, (lane, _)| spare & !(1 << lane)) } else { 0 };
        // Of its own lanes too: one that was alone leaves its mark after another has taken lanes of nobody.
        let above = marks().filter(|(lane, _)| lanes & 1 << lane != 0).map(|(_, mark)| *mark).max();
        let left = own.map_or(0, |own| own.until_ms.saturating_sub(now.store_ms));
        let fresh = left > LEASE_MS - RENEW_MS && own.is_some_and(|own| own.alone == alone && own.lanes == lanes);
        let signs = Signs {
            lanes,
            spare,
            above: above.unwrap_or(0),
            shared,
            holds_ms: if fresh { left.min(LEASE_MS) } else { LEASE_MS },
            known: live().all(|holder| !holder.alone),
            new: left == 0,
            was_alone: !alone && own.is_some_and(|own| own.alone),
        };
        let written = || {
            let mut table = self.without(machine, now);
            table.marks.retain(|(lane, _)| lanes & 1 << lane == 0);
            table.holders.push(holder(machine, lanes, alone, now));
            table
        };
        LanePlan::Sign { table: (!fresh).then(written), signs }
    }

    /// With this machine's last timestamp as the mark of all lanes that are not its own.
    pub(crate) fn marked_beside(mut self, lanes: u32, last: u64) -> Self {
        self.marks.retain(|(lane, mark)| lanes & 1 << lane == 0 && *mark > last);
        let marked = self.marks.iter().fold(lanes, |marked, (lane, _)| marked | 1 << lane);
        self.marks.extend((0..LANES).filter(|lane| marked & 1 << lane == 0).map(|lane| (lane, last)));
        self
    }

    /// After this machine has given back all but these.
    pub(crate) fn given_back(&self, machine: &str, keep: u32, last: u64, now: LaneTime) -> Self {
        let held = self.lanes_of(machine);
        let mut table = self.without(machine, now);
        table.marks.extend((0..LANES).filter(|lane| held & !keep & 1 << lane != 0).map(|lane| (lane, last)));
        if keep != 0 {
            table.holders.push(holder(machine, held & keep, false, now));
        }
        // One that was alone has signed in the lanes of nobody as well.
        let alone = self.holders.iter().any(|own| own.machine == machine && own.alone);
        if alone { table.marked_beside(held & keep, last) } else { table }
    }

    fn lanes_of(&self, machine: &str) -> u32 {
        self.holders.iter().find(|holder| holder.machine == machine).map_or(0, |own| own.lanes)
    }

    fn others(&self, machine: &str) -> impl Iterator<Item = &Holder> {
        self.holders.iter().filter(move |holder| holder.machine != machine)
    }

    /// The others, as far as they count.
    fn without(&self, machine: &str, now: LaneTime) -> Self {
        let late = |holder: &&Holder| holder.until_ms.saturating_add(AFTERMATH_MS) > now.store_ms;
        let marks = self.marks.iter().filter(|mark| counts(mark, now));
        Self { holders: self.others(machine).filter(late).cloned().collect(), marks: marks.copied().collect() }
    }
}

/// A mark that is a minute old says nothing, nor does one that a wrong clock has left far ahead.
fn counts((_, mark): &&(u32, u64), now: LaneTime) -> bool {
    mark.abs_diff(now.stamp_ms) <= AFTERMATH_MS
}

fn holder(machine: &str, lanes: u32, alone: bool, now: LaneTime) -> Holder {
    Holder { machine: machine.to_owned(), lanes, until_ms: now.store_ms.saturating_add(LEASE_MS), alone }
}

/// So many of the lowest bits that are set.
fn lowest(bits: u32, most: u32) -> u32 {
    (0..LANES).filter(|lane| bits & 1 << lane != 0).take(most as usize).fold(0, |kept, lane| kept | 1 << lane)
}

impl Journal {
    fn lanes_key(&self, developer_key: &str) -> String {
        format!("lanes:{}", self.digest(&["lanes", developer_key]))
    }

    /// The table, and the version of its row.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn lanes(&self, developer_key: &str) -> Result<(u64, LaneTable), StoreError> {
        let Some(row) = self.store.read(&self.lanes_key(developer_key)).await? else {
            return Ok((0, LaneTable::default()));
        };
        let table = serde_json::from_str(&row.entry).map_err(|_| StoreError::unusable("the row of lanes is none"))?;
        Ok((row.version, table))
    }

    /// Whether it was written: nobody else has written meanwhile.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn write_lanes(
        &self,
        developer_key: &str,
        version: u64,
        table: &LaneTable,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let row = Row::new(RowKind::Lease, self.lanes_key(developer_key), String::new(), table, now_ms)?;
        self.store.write(Row { version: version + 1, ..row }, Vec::new()).await
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
