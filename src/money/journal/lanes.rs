//! Leases of timestamp lanes in the journal's store.
//!
//! A lane is a share of the milliseconds that one machine may use as timestamps of its requests. Machines do not see each other's
//! timestamps, so each machine signs only in its own lanes.
//!
//! One row per developer key holds the table of lanes and their holders. A machine takes a lane by writing the table before it signs in the
//! lane. A machine gives a lane back by writing the table after it has stopped signing in the lane. The table then holds the lane's mark,
//! the last timestamp that may have been used. The next holder signs above the mark.

use super::Journal;
use super::store::{Row, RowKind, StoreError};
use crate::clock::LANES;
use serde::{Deserialize, Serialize};

/// Duration of a lease in milliseconds, by the store's clock. A machine renews its lease at the age `RENEW_MS`.
pub(crate) const LEASE_MS: u64 = 30_000;

/// Time after the end of a lease during which requests of that lease may still arrive at EPS, in milliseconds. Timestamps run ahead of the
/// clock by at most a minute.
const AFTERMATH_MS: u64 = 60_000;

/// Age at which a machine renews its lease, in milliseconds.
const RENEW_MS: u64 = 20_000;

/// Table of lanes, with the machines that hold them and the marks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LaneTable {
    #[serde(default)]
    holders: Vec<Holder>,
    /// Lanes that were given back or used without a lease, each with its mark: the last timestamp that may have been used in the lane.
    #[serde(default)]
    marks: Vec<(u32, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Holder {
    machine: String,
    /// Lanes that the machine holds, one bit per lane.
    lanes: u32,
    /// End of the lease, in milliseconds by the store's clock.
    until_ms: u64,
    /// True if the machine saw no other machine when it wrote the table. Such a machine also signs in lanes without a holder.
    #[serde(default)]
    alone: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LanePlan {
    /// The machine stops signing in all lanes except `keep` (one bit per lane). Then the machine writes the table, with its last timestamp
    /// as the mark of the lanes that it gave back.
    GiveBack { keep: u32 },
    /// The machine writes `table`, if present. Then the machine signs as `signs` allows.
    Sign { table: Option<LaneTable>, signs: Signs },
}

/// Lanes in which a machine may sign, and the conditions for signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signs {
    /// Lanes that the machine holds, one bit per lane.
    pub(crate) lanes: u32,
    /// Lanes without a holder, one bit per lane. The machine may sign in these lanes too, but only with timestamps that are at most one
    /// second ahead of the clock, and only for a short time after each read of the table. So it must read the table every second.
    pub(crate) spare: u32,
    /// Lower limit of new timestamps: each must be greater than this one.
    pub(crate) above: u64,
    /// True if the machine shares its lane with another machine, because there are more machines than lanes.
    pub(crate) shared: bool,
    /// Time for which the machine may sign in its lanes, in milliseconds by the store's clock.
    pub(crate) holds_ms: u64,
    /// True if all other machines have seen this machine in the table. If false, another machine may still sign in this machine's lanes for
    /// a moment.
    pub(crate) known: bool,
    /// True if the machine had no valid lease before this step.
    pub(crate) new: bool,
    /// True if the machine signed in lanes without a holder until this step, because it was the only machine.
    pub(crate) was_alone: bool,
}

/// Current time of the store's clock and of the timestamp clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneTime {
    pub(crate) store_ms: u64,
    pub(crate) stamp_ms: u64,
}

impl LaneTable {
    /// Plans the next step of `machine`, which currently signs in the lanes `mine` (one bit per lane).
    pub(crate) fn plan(&self, machine: &str, mine: u32, now: LaneTime) -> LanePlan {
        let live = || self.others(machine).filter(|holder| holder.until_ms > now.store_ms);
        let machines = u32::try_from(live().count() + 1).unwrap_or(LANES);
        let own = self.holders.iter().find(|holder| holder.machine == machine);
        let held = self.lanes_of(machine);
        // The share is computed as if there were one more machine, so that a machine that starts later finds free lanes.
        let entitled = (LANES / (machines + 1)).max(1);
        // `mine` is 0 after a restart of all processes of the machine. The machine then keeps the lanes that the table names.
        let keep = lowest(if mine == 0 { held } else { held & mine }, entitled);
        if keep != held {
            return LanePlan::GiveBack { keep };
        }
        // The lanes of other machines stay taken until a minute after their leases have ended, because these machines may still sign in
        // them.
        let late = |holder: &&Holder| holder.until_ms.saturating_add(AFTERMATH_MS) > now.store_ms;
        let taken = self.others(machine).filter(late).fold(0, |taken, holder| taken | holder.lanes);
        let free = !(taken | held);
        // The machine takes at most half of the free lanes, so that a new machine need not wait for lanes of stopped machines.
        let mut lanes = held | lowest(free, (entitled - held.count_ones()).min(free.count_ones().div_ceil(2)));
        let shared = lanes == 0 && machines > LANES;
        if shared {
            lanes =
                1 << (machine.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % LANES);
        }
        let alone = machines == 1;
        let marks = || self.marks.iter().filter(move |mark| counts(mark, now));
        let spare = if alone { marks().fold(free & !lanes, |spare, (lane, _)| spare & !(1 << lane)) } else { 0 };
        // The marks of lanes that the machine already holds count too. A machine that was alone has signed in all lanes, and writes its
        // marks only later.
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

    /// Sets `last`, the last timestamp of this machine, as the mark of every lane outside `lanes`. Keeps a higher mark.
    pub(crate) fn marked_beside(mut self, lanes: u32, last: u64) -> Self {
        self.marks.retain(|(lane, mark)| lanes & 1 << lane == 0 && *mark > last);
        let marked = self.marks.iter().fold(lanes, |marked, (lane, _)| marked | 1 << lane);
        self.marks.extend((0..LANES).filter(|lane| marked & 1 << lane == 0).map(|lane| (lane, last)));
        self
    }

    /// Returns the table after `machine` has given back all its lanes except `keep`. The machine's last timestamp, `last`, becomes the mark
    /// of the returned lanes.
    pub(crate) fn given_back(&self, machine: &str, keep: u32, last: u64, now: LaneTime) -> Self {
        let held = self.lanes_of(machine);
        let mut table = self.without(machine, now);
        table.marks.extend((0..LANES).filter(|lane| held & !keep & 1 << lane != 0).map(|lane| (lane, last)));
        if keep != 0 {
            table.holders.push(holder(machine, held & keep, false, now));
        }
        // A machine that was alone has also signed in lanes without a holder, so these lanes get a mark too.
        let alone = self.holders.iter().any(|own| own.machine == machine && own.alone);
        if alone { table.marked_beside(held & keep, last) } else { table }
    }

    fn lanes_of(&self, machine: &str) -> u32 {
        self.holders.iter().find(|holder| holder.machine == machine).map_or(0, |own| own.lanes)
    }

    fn others(&self, machine: &str) -> impl Iterator<Item = &Holder> {
        self.holders.iter().filter(move |holder| holder.machine != machine)
    }

    /// Returns the table without `machine`, expired holders and expired marks.
    fn without(&self, machine: &str, now: LaneTime) -> Self {
        let late = |holder: &&Holder| holder.until_ms.saturating_add(AFTERMATH_MS) > now.store_ms;
        let marks = self.marks.iter().filter(|mark| counts(mark, now));
        Self { holders: self.others(machine).filter(late).cloned().collect(), marks: marks.copied().collect() }
    }
}

/// Returns true if a mark is at most a minute from the current timestamp. A mark further in the future was set by a wrong clock.
fn counts((_, mark): &&(u32, u64), now: LaneTime) -> bool {
    mark.abs_diff(now.stamp_ms) <= AFTERMATH_MS
}

fn holder(machine: &str, lanes: u32, alone: bool, now: LaneTime) -> Holder {
    Holder { machine: machine.to_owned(), lanes, until_ms: now.store_ms.saturating_add(LEASE_MS), alone }
}

/// Returns the lowest set bits of `bits`, limited to `most` bits.
fn lowest(bits: u32, most: u32) -> u32 {
    (0..LANES).filter(|lane| bits & 1 << lane != 0).take(most as usize).fold(0, |kept, lane| kept | 1 << lane)
}

impl Journal {
    fn lanes_key(&self, developer_key: &str) -> String {
        format!("lanes:{}", self.digest(&["lanes", developer_key]))
    }

    /// Returns the version of the lane table's row, and the table. If there is no row, the version is 0 and the table is empty.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn lanes(&self, developer_key: &str) -> Result<(u64, LaneTable), StoreError> {
        let Some(row) = self.store.read(&self.lanes_key(developer_key)).await? else {
            return Ok((0, LaneTable::default()));
        };
        let table = serde_json::from_str(&row.entry).map_err(|_| {
            StoreError::unusable("the journal's table of timestamp lanes cannot be read: restore the journal")
        })?;
        Ok((row.version, table))
    }

    /// Writes the lane table as row version `version + 1`. Returns false if another process has written the row first.
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
