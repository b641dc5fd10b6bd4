//! Lanes of timestamps, leased in the store by machines that cannot see each other's used timestamps.
//!
//! One row per developer key holds the table of lanes and their holders. A machine that takes a lane writes the table first and signs in
//! the lane afterwards. A machine that gives a lane back stops signing in it first, and then writes the table.

use super::Journal;
use super::store::{Row, RowKind, StoreError};
use crate::clock::LANES;
use serde::{Deserialize, Serialize};

/// Duration of a lease, by the store's clock. It is renewed long before it ends.
pub(crate) const LEASE_MS: u64 = 30_000;

/// Time after the end of a lease until none of its timestamps arrives any more. Timestamps lead the clock by a minute at most.
const AFTERMATH_MS: u64 = 60_000;

/// Age at which a lease is renewed.
const RENEW_MS: u64 = 20_000;

/// Table of the lanes and the machines that hold them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LaneTable {
    #[serde(default)]
    holders: Vec<Holder>,
    /// Last timestamp in each lane that was given back, by lane.
    #[serde(default)]
    marks: Vec<(u32, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Holder {
    machine: String,
    /// Lanes as bits.
    lanes: u32,
    /// End of the lease, by the store's clock.
    until_ms: u64,
    /// True if the machine has seen no other machine. It then signs in the lanes that no machine holds as well.
    #[serde(default)]
    alone: bool,
}

/// Next step of a machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LanePlan {
    /// The machine signs in the lanes of `keep` only. Then it writes that to the table, with its last timestamp.
    GiveBack { keep: u32 },
    /// The machine writes the table, if there is one. Then it signs as `signs` allows.
    Sign { table: Option<LaneTable>, signs: Signs },
}

/// Lanes in which a machine may sign, and the conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signs {
    /// Lanes that the machine holds.
    pub(crate) lanes: u32,
    /// Lanes that no machine holds. The machine may sign in them while it looks at the table every second and does not lead the clock.
    pub(crate) spare: u32,
    /// Timestamps must be above this one.
    pub(crate) above: u64,
    /// True if the machine shares its lane, because there are more machines than lanes.
    pub(crate) shared: bool,
    /// Time for which this holds, by the store's clock.
    pub(crate) holds_ms: u64,
    /// True if the other machines know of this machine. Otherwise one of them may sign in its lanes for a moment.
    pub(crate) known: bool,
    /// True if the machine has just announced itself.
    pub(crate) new: bool,
    /// True if the machine has signed until now in the lanes that no machine holds.
    pub(crate) was_alone: bool,
}

/// Current time of the store's clock, and current time of timestamps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneTime {
    pub(crate) store_ms: u64,
    pub(crate) stamp_ms: u64,
}

impl LaneTable {
    /// Plans the next step of this machine, which now signs in `mine`.
    pub(crate) fn plan(&self, machine: &str, mine: u32, now: LaneTime) -> LanePlan {
        let live = || self.others(machine).filter(|holder| holder.until_ms > now.store_ms);
        let machines = u32::try_from(live().count() + 1).unwrap_or(LANES);
        let own = self.holders.iter().find(|holder| holder.machine == machine);
        let held = self.lanes_of(machine);
        // A part of the lanes is left for the next machine that comes.
        let entitled = (LANES / (machines + 1)).max(1);
        // After a restart of all its processes, a machine has the lanes that the row names.
        let keep = lowest(if mine == 0 { held } else { held & mine }, entitled);
        if keep != held {
            return LanePlan::GiveBack { keep };
        }
        // Lanes in which other machines may still sign.
        let late = |holder: &&Holder| holder.until_ms.saturating_add(AFTERMATH_MS) > now.store_ms;
        let taken = self.others(machine).filter(late).fold(0, |taken, holder| taken | holder.lanes);
        let free = !(taken | held);
        // Half of the free lanes stay free. So a new machine does not wait for the lanes of machines that went away without giving them
        // back.
        let mut lanes = held | lowest(free, (entitled - held.count_ones()).min(free.count_ones().div_ceil(2)));
        let shared = lanes == 0 && machines > LANES;
        if shared {
            lanes =
                1 << (machine.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % LANES);
        }
        let alone = machines == 1;
        let marks = || self.marks.iter().filter(move |mark| counts(mark, now));
        let spare = if alone { marks().fold(free & !lanes, |spare, (lane, _)| spare & !(1 << lane)) } else { 0 };
        // The marks of the machine's own lanes count too. A machine that was alone leaves its mark only after another machine has taken
        // lanes that no machine held.
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

    /// Sets this machine's last timestamp as the mark of all lanes that are not its own. A higher mark stays.
    pub(crate) fn marked_beside(mut self, lanes: u32, last: u64) -> Self {
        self.marks.retain(|(lane, mark)| lanes & 1 << lane == 0 && *mark > last);
        let marked = self.marks.iter().fold(lanes, |marked, (lane, _)| marked | 1 << lane);
        self.marks.extend((0..LANES).filter(|lane| marked & 1 << lane == 0).map(|lane| (lane, last)));
        self
    }

    /// Returns the table after this machine has given back all lanes except `keep`.
    pub(crate) fn given_back(&self, machine: &str, keep: u32, last: u64, now: LaneTime) -> Self {
        let held = self.lanes_of(machine);
        let mut table = self.without(machine, now);
        table.marks.extend((0..LANES).filter(|lane| held & !keep & 1 << lane != 0).map(|lane| (lane, last)));
        if keep != 0 {
            table.holders.push(holder(machine, held & keep, false, now));
        }
        // A machine that was alone has signed in the lanes that no machine holds as well.
        let alone = self.holders.iter().any(|own| own.machine == machine && own.alone);
        if alone { table.marked_beside(held & keep, last) } else { table }
    }

    fn lanes_of(&self, machine: &str) -> u32 {
        self.holders.iter().find(|holder| holder.machine == machine).map_or(0, |own| own.lanes)
    }

    fn others(&self, machine: &str) -> impl Iterator<Item = &Holder> {
        self.holders.iter().filter(move |holder| holder.machine != machine)
    }

    /// Returns the table without this machine, and without the holders and marks that no longer count.
    fn without(&self, machine: &str, now: LaneTime) -> Self {
        let late = |holder: &&Holder| holder.until_ms.saturating_add(AFTERMATH_MS) > now.store_ms;
        let marks = self.marks.iter().filter(|mark| counts(mark, now));
        Self { holders: self.others(machine).filter(late).cloned().collect(), marks: marks.copied().collect() }
    }
}

/// Returns true if a mark still counts. A mark that is over a minute old does not, and one that a wrong clock has left far ahead does not
/// either.
fn counts((_, mark): &&(u32, u64), now: LaneTime) -> bool {
    mark.abs_diff(now.stamp_ms) <= AFTERMATH_MS
}

fn holder(machine: &str, lanes: u32, alone: bool, now: LaneTime) -> Holder {
    Holder { machine: machine.to_owned(), lanes, until_ms: now.store_ms.saturating_add(LEASE_MS), alone }
}

/// Returns the lowest bits that are set, at most `most` of them.
fn lowest(bits: u32, most: u32) -> u32 {
    (0..LANES).filter(|lane| bits & 1 << lane != 0).take(most as usize).fold(0, |kept, lane| kept | 1 << lane)
}

impl Journal {
    fn lanes_key(&self, developer_key: &str) -> String {
        format!("lanes:{}", self.digest(&["lanes", developer_key]))
    }

    /// Returns the version of the row, and the table.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn lanes(&self, developer_key: &str) -> Result<(u64, LaneTable), StoreError> {
        let Some(row) = self.store.read(&self.lanes_key(developer_key)).await? else {
            return Ok((0, LaneTable::default()));
        };
        let table = serde_json::from_str(&row.entry).map_err(|_| StoreError::unusable("the row of lanes is none"))?;
        Ok((row.version, table))
    }

    /// Writes the table. Returns false if another process has written the row meanwhile.
    ///
    /// # Errors
    /// Errors of the store.
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
