//! Lanes of timestamps, which machines lease in the store.
//!
//! A lane is a share of the milliseconds that one machine may use as timestamps of its requests. Machines cannot see the timestamps that
//! other machines have used, so each machine signs with timestamps of its own lanes only.
//!
//! One row per developer key holds the table of lanes and of the machines that hold them. A machine that takes a lane writes the table
//! first, and signs in the lane afterwards. A machine that gives a lane back stops signing in the lane first, and writes the table
//! afterwards. It leaves a mark: the last timestamp that it may have used. The next holder of the lane signs above the mark.

use super::Journal;
use super::store::{Row, RowKind, StoreError};
use crate::clock::LANES;
use serde::{Deserialize, Serialize};

/// Duration of a lease in milliseconds, by the store's clock. A machine renews its lease long before the end.
pub(crate) const LEASE_MS: u64 = 30_000;

/// Time after the end of a lease until no request of that lease can arrive any more. Timestamps run ahead of the clock by at most a minute.
const AFTERMATH_MS: u64 = 60_000;

/// Age at which a lease is renewed, in milliseconds.
const RENEW_MS: u64 = 20_000;

/// Table of the lanes and the machines that hold them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LaneTable {
    #[serde(default)]
    holders: Vec<Holder>,
    /// Marks: a lane that was given back or used without a lease, and the last timestamp that may have been used in it.
    #[serde(default)]
    marks: Vec<(u32, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Holder {
    machine: String,
    /// Lanes that the machine holds, one bit per lane.
    lanes: u32,
    /// End of the lease, by the store's clock.
    until_ms: u64,
    /// True if the machine saw no other machine when it wrote the table. Such a machine also signs in the lanes that no machine holds.
    #[serde(default)]
    alone: bool,
}

/// Next step that a machine must take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LanePlan {
    /// The machine stops signing in all lanes except `keep` (one bit per lane). Then it writes the table, with its last timestamp as the
    /// mark of the lanes that it gave back.
    GiveBack { keep: u32 },
    /// The machine writes the table, if there is one. Then it signs as `signs` allows.
    Sign { table: Option<LaneTable>, signs: Signs },
}

/// Lanes in which a machine may sign, and the conditions for signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signs {
    /// Lanes that the machine holds, one bit per lane.
    pub(crate) lanes: u32,
    /// Lanes that no machine holds, one bit per lane. The machine may sign in them only while it reads the table every second, and may run
    /// only a little ahead of the clock in them.
    pub(crate) spare: u32,
    /// Lower limit of timestamps. A new timestamp must be greater.
    pub(crate) above: u64,
    /// True if the machine shares its lane with another machine, because there are more machines than lanes.
    pub(crate) shared: bool,
    /// Time for which the machine may sign in these lanes, in milliseconds by the store's clock.
    pub(crate) holds_ms: u64,
    /// True if all other machines know of this machine. If false, another machine may still sign in this machine's lanes for a moment.
    pub(crate) known: bool,
    /// True if the machine had no valid lease until now, so that it has just announced itself.
    pub(crate) new: bool,
    /// True if the machine has signed, until now, in lanes that no machine holds.
    pub(crate) was_alone: bool,
}

/// Current time of the store's clock, and of the clock that timestamps are taken from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneTime {
    pub(crate) store_ms: u64,
    pub(crate) stamp_ms: u64,
}

impl LaneTable {
    /// Plans the next step of `machine`, which currently signs in the lanes `mine`.
    pub(crate) fn plan(&self, machine: &str, mine: u32, now: LaneTime) -> LanePlan {
        let live = || self.others(machine).filter(|holder| holder.until_ms > now.store_ms);
        let machines = u32::try_from(live().count() + 1).unwrap_or(LANES);
        let own = self.holders.iter().find(|holder| holder.machine == machine);
        let held = self.lanes_of(machine);
        // Some lanes are kept free for a machine that may start later.
        let entitled = (LANES / (machines + 1)).max(1);
        // If all processes of a machine were restarted, `mine` is 0. The machine then continues with the lanes that the table names.
        let keep = lowest(if mine == 0 { held } else { held & mine }, entitled);
        if keep != held {
            return LanePlan::GiveBack { keep };
        }
        // Lanes in which other machines may still sign, including machines whose lease ended less than a minute ago.
        let late = |holder: &&Holder| holder.until_ms.saturating_add(AFTERMATH_MS) > now.store_ms;
        let taken = self.others(machine).filter(late).fold(0, |taken, holder| taken | holder.lanes);
        let free = !(taken | held);
        // Half of the free lanes are not taken. So a new machine need not wait for the lanes of machines that stopped without giving them
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
        // The marks of the machine's own lanes count too. A machine that was alone has signed in all lanes, but writes its marks only after
        // another machine has taken some of them.
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

    /// Sets `last`, the last timestamp of this machine, as the mark of every lane that is not in `lanes`. A higher mark is kept.
    pub(crate) fn marked_beside(mut self, lanes: u32, last: u64) -> Self {
        self.marks.retain(|(lane, mark)| lanes & 1 << lane == 0 && *mark > last);
        let marked = self.marks.iter().fold(lanes, |marked, (lane, _)| marked | 1 << lane);
        self.marks.extend((0..LANES).filter(|lane| marked & 1 << lane == 0).map(|lane| (lane, last)));
        self
    }

    /// Returns the table after `machine` has given back all its lanes except `keep`. `last` is the last timestamp of the machine, and
    /// becomes the mark of these lanes.
    pub(crate) fn given_back(&self, machine: &str, keep: u32, last: u64, now: LaneTime) -> Self {
        let held = self.lanes_of(machine);
        let mut table = self.without(machine, now);
        table.marks.extend((0..LANES).filter(|lane| held & !keep & 1 << lane != 0).map(|lane| (lane, last)));
        if keep != 0 {
            table.holders.push(holder(machine, held & keep, false, now));
        }
        // A machine that was alone has also signed in the lanes that no machine holds, so these lanes get a mark too.
        let alone = self.holders.iter().any(|own| own.machine == machine && own.alone);
        if alone { table.marked_beside(held & keep, last) } else { table }
    }

    fn lanes_of(&self, machine: &str) -> u32 {
        self.holders.iter().find(|holder| holder.machine == machine).map_or(0, |own| own.lanes)
    }

    fn others(&self, machine: &str) -> impl Iterator<Item = &Holder> {
        self.holders.iter().filter(move |holder| holder.machine != machine)
    }

    /// Returns the table without `machine`, and without holders and marks that no longer count.
    fn without(&self, machine: &str, now: LaneTime) -> Self {
        let late = |holder: &&Holder| holder.until_ms.saturating_add(AFTERMATH_MS) > now.store_ms;
        let marks = self.marks.iter().filter(|mark| counts(mark, now));
        Self { holders: self.others(machine).filter(late).cloned().collect(), marks: marks.copied().collect() }
    }
}

/// Returns true if a mark still counts. A mark that is more than a minute old does not count. A mark that is more than a minute in the
/// future does not count either, because a wrong clock has set it.
fn counts((_, mark): &&(u32, u64), now: LaneTime) -> bool {
    mark.abs_diff(now.stamp_ms) <= AFTERMATH_MS
}

fn holder(machine: &str, lanes: u32, alone: bool, now: LaneTime) -> Holder {
    Holder { machine: machine.to_owned(), lanes, until_ms: now.store_ms.saturating_add(LEASE_MS), alone }
}

/// Returns the lowest set bits of `bits`, at most `most` of them.
fn lowest(bits: u32, most: u32) -> u32 {
    (0..LANES).filter(|lane| bits & 1 << lane != 0).take(most as usize).fold(0, |kept, lane| kept | 1 << lane)
}

impl Journal {
    fn lanes_key(&self, developer_key: &str) -> String {
        format!("lanes:{}", self.digest(&["lanes", developer_key]))
    }

    /// Returns the version of the row and the table of lanes. If there is no row, the version is 0 and the table is empty.
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

    /// Writes the table as the version after `version`. Returns false if another process has written the row first.
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
