//! Lanes of timestamps, leased in the store by machines that cannot see each other's used timestamps.
//!
//! One row per developer key says who has which lanes. Who takes one writes first and signs in it afterwards; who gives one back signs in
//! it no more and writes then.

use super::Journal;
use super::store::{Kind, Row, StoreError};
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
}

/// What a machine does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LanePlan {
    /// It signs in these no more. Then it writes that, with its last timestamp.
    GiveBack { keep: u32 },
    /// It writes this. Then it signs in these lanes, above this timestamp.
    Take { table: LaneTable, lanes: u32, above: u64, shared: bool },
    /// All is as it should be.
    Stay,
}

impl LaneTable {
    /// For this machine, which signs in `mine`, at a time of the store's clock.
    pub(crate) fn plan(&self, machine: &str, mine: u32, now_ms: u64) -> LanePlan {
        let others = || self.holders.iter().filter(|holder| holder.machine != machine);
        let live = others().filter(|holder| holder.until_ms > now_ms).count() + 1;
        let entitled = (LANES / u32::try_from(live).unwrap_or(LANES)).max(1);
        let own = self.holders.iter().find(|holder| holder.machine == machine);
        // What others may still sign in.
        let taken = others()
            .filter(|holder| holder.until_ms.saturating_add(AFTERMATH_MS) > now_ms)
            .fold(0, |taken, holder| taken | holder.lanes);
        // What the row does not say any more is nobody's word.
        let kept = own.map_or(0, |own| own.lanes & mine);
        if kept.count_ones() > entitled {
            return LanePlan::GiveBack { keep: lowest(kept, entitled) };
        }
        // After a restart of all its processes a machine has what the row says.
        let held = own.map_or(0, |own| own.lanes);
        let mut lanes = held | lowest(!(taken | held), entitled.saturating_sub(held.count_ones()));
        let shared = lanes == 0 && live > LANES as usize;
        if shared {
            // There are more machines than lanes.
            lanes =
                1 << (machine.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % LANES);
        }
        let fresh = own.is_some_and(|own| own.until_ms > now_ms.saturating_add(LEASE_MS - RENEW_MS));
        if fresh && lanes == held && lanes == mine {
            return LanePlan::Stay;
        }
        let above = self.marks.iter().filter(|(lane, _)| lanes & !mine & 1 << lane != 0).map(|(_, mark)| *mark).max();
        let mut table = self.without(machine, now_ms);
        table.marks.retain(|(lane, _)| lanes & 1 << lane == 0);
        table.holders.push(Holder { machine: machine.to_owned(), lanes, until_ms: now_ms.saturating_add(LEASE_MS) });
        LanePlan::Take { table, lanes, above: above.unwrap_or(0), shared }
    }

    /// After this machine has given back all but these.
    pub(crate) fn given_back(&self, machine: &str, keep: u32, last: u64, now_ms: u64) -> Self {
        let held = self.holders.iter().find(|holder| holder.machine == machine).map_or(0, |own| own.lanes);
        let mut table = self.without(machine, now_ms);
        table.marks.extend((0..LANES).filter(|lane| held & !keep & 1 << lane != 0).map(|lane| (lane, last)));
        table.holders.push(Holder {
            machine: machine.to_owned(),
            lanes: held & keep,
            until_ms: now_ms.saturating_add(LEASE_MS),
        });
        table
    }

    /// The others, as far as they count.
    fn without(&self, machine: &str, now_ms: u64) -> Self {
        let counts =
            |holder: &&Holder| holder.machine != machine && holder.until_ms.saturating_add(AFTERMATH_MS) > now_ms;
        Self { holders: self.holders.iter().filter(counts).cloned().collect(), marks: self.marks.clone() }
    }
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
        let row = Row::new(Kind::Lease, self.lanes_key(developer_key), String::new(), table, now_ms)?;
        self.store.write(Row { version: version + 1, ..row }, Vec::new()).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    /// Machines that each do what they plan, in turn; returns their lanes.
    fn settle(table: &mut LaneTable, machines: &mut [(&str, u32)], now_ms: u64) {
        for _ in 0..4 {
            for at in 0..machines.len() {
                let (machine, mine) = &mut machines[at];
                match table.plan(machine, *mine, now_ms) {
                    LanePlan::GiveBack { keep } => {
                        *mine = keep;
                        *table = table.given_back(machine, keep, 7_000, now_ms);
                    }
                    LanePlan::Take { table: next, lanes, .. } => (*table, *mine) = (next, lanes),
                    LanePlan::Stay => {}
                }
                let all: u32 = machines.iter().map(|(_, lanes)| lanes.count_ones()).sum();
                let any = machines.iter().fold(0, |any, (_, lanes)| any | lanes);
                assert_eq!(all, any.count_ones(), "no lane is two machines'");
            }
        }
    }

    #[test]
    fn each_has_its_part_of_all_lanes_as_machines_come_and_go() {
        let mut table = LaneTable::default();
        settle(&mut table, &mut [("a", 0)], 1_000);
        let mut all = [("a", u32::MAX), ("b", 0), ("c", 0)];
        settle(&mut table, &mut all, 2_000);
        assert_eq!(all.map(|(_, lanes)| lanes.count_ones()), [10, 10, 10]);
        // What was given back is handed on above its mark.
        let LanePlan::Take { above, .. } = table.plan("d", 0, 3_000) else { panic!() };
        assert_eq!(above, 7_000);
        // Two are gone: their lanes are free a minute after their leases have ended, and not before.
        let [(_, mut mine), ..] = all;
        let gone = 2_000 + LEASE_MS;
        for (now, lanes) in [(gone, 12), (gone + AFTERMATH_MS - 1, 12), (gone + AFTERMATH_MS, 32)] {
            let mut alone = [("a", mine)];
            settle(&mut table, &mut alone, now);
            mine = alone[0].1;
            assert_eq!(mine.count_ones(), lanes, "{now}");
        }
    }

    #[test]
    fn a_machine_renews_its_lease_and_otherwise_writes_nothing() {
        let table = match LaneTable::default().plan("a", 0, 1_000) {
            LanePlan::Take { table, lanes: u32::MAX, above: 0, shared: false } => table,
            plan @ (LanePlan::GiveBack { .. } | LanePlan::Take { .. } | LanePlan::Stay) => panic!("{plan:?}"),
        };
        assert_eq!(table.plan("a", u32::MAX, 1_000 + RENEW_MS - 1), LanePlan::Stay);
        assert!(matches!(table.plan("a", u32::MAX, 1_000 + RENEW_MS), LanePlan::Take { lanes: u32::MAX, .. }));
        // All of its processes are new: they have what the row says, and have to hear it.
        assert!(matches!(table.plan("a", 0, 2_000), LanePlan::Take { lanes: u32::MAX, .. }));
    }

    #[test]
    fn who_comes_when_all_lanes_are_taken_waits_and_the_33rd_shares_one() {
        let holders = |count: u32| LaneTable {
            holders: (0..count)
                .map(|lane| Holder { machine: format!("m{lane}"), lanes: 1 << lane, until_ms: 50_000 })
                .collect(),
            marks: Vec::new(),
        };
        let all = LaneTable {
            holders: vec![Holder { machine: "a".into(), lanes: u32::MAX, until_ms: 50_000 }],
            marks: Vec::new(),
        };
        assert_eq!(all.plan("a", u32::MAX, 1_000), LanePlan::Stay, "nobody else has said that it is there");
        let LanePlan::Take { table, lanes: 0, shared: false, .. } = all.plan("b", 0, 1_000) else { panic!() };
        assert_eq!(table.plan("b", 0, 1_000), LanePlan::Stay);
        assert_eq!(table.plan("a", u32::MAX, 1_000), LanePlan::GiveBack { keep: 0xffff });
        let LanePlan::Take { lanes, shared, .. } = holders(32).plan("one more", 0, 1_000) else { panic!() };
        assert_eq!((lanes.count_ones(), shared), (1, true));
    }
}
