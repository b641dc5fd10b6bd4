#![allow(clippy::unwrap_used, reason = "a test may panic")]
use super::*;

const STAMPS: u64 = 1_700_000_000_000;

fn at(store_ms: u64) -> LaneTime {
    LaneTime { store_ms, stamp_ms: STAMPS + store_ms }
}

fn signs(table: &LaneTable, machine: &str, mine: u32, now_ms: u64) -> (Option<LaneTable>, Signs) {
    match table.plan(machine, mine, at(now_ms)) {
        LanePlan::Sign { table, signs } => (table, signs),
        LanePlan::GiveBack { keep } => panic!("{machine} must sign, but gives back all lanes except {keep:x}"),
    }
}

/// Runs the planned steps of all machines in turn, six times. Each tuple holds a machine's name, the lanes that it holds, and the lanes
/// without a holder in which it may sign.
fn settle(table: &mut LaneTable, machines: &mut [(&str, u32, u32)], now_ms: u64) {
    for _ in 0..6 {
        for at_machine in 0..machines.len() {
            let (machine, mine, spare) = &mut machines[at_machine];
            match table.plan(machine, *mine, at(now_ms)) {
                LanePlan::GiveBack { keep } => {
                    (*mine, *spare) = (keep, 0);
                    *table = table.given_back(machine, keep, STAMPS + now_ms + 700, at(now_ms));
                }
                LanePlan::Sign { table: next, signs } => {
                    *table = next.unwrap_or(table.clone());
                    (*mine, *spare) = (signs.lanes, signs.spare);
                }
            }
            let all: u32 = machines.iter().map(|(_, lanes, _)| lanes.count_ones()).sum();
            let any = machines.iter().fold(0, |any, (_, lanes, _)| any | lanes);
            assert_eq!(all, any.count_ones(), "two machines hold the same lane");
            assert!(machines.iter().all(|(_, _, spare)| any & spare == 0 || machines.len() > 1));
        }
    }
}

#[test]
fn lanes_are_redistributed_as_machines_join_and_leave() {
    let mut table = LaneTable::default();
    let mut one = [("a", 0, 0)];
    settle(&mut table, &mut one, 1_000);
    // A machine that is alone holds half of the lanes, and also signs in the other half.
    assert_eq!(one.map(|(_, lanes, spare)| (lanes.count_ones(), lanes | spare)), [(16, u32::MAX)]);
    let mut all = [one[0], ("b", 0, 0), ("c", 0, 0)];
    settle(&mut table, &mut all, 2_000);
    assert_eq!(all.map(|(_, lanes, spare)| (lanes.count_ones(), spare)), [(8, 0); 3]);
    // The next holder of a lane signs above the lane's mark, which is the last timestamp of the previous holder. A mark has no effect if it
    // is old, or if a wrong clock has set it far in the future.
    assert_eq!(signs(&table, "d", 0, 3_000).1.above, STAMPS + 2_700);
    for ahead in [3_600_000, 0] {
        let mut wrong = table.clone();
        wrong.marks = (0..LANES).map(|lane| (lane, STAMPS - 90_000 + ahead)).collect();
        assert_eq!(signs(&wrong, "d", 0, 3_000).1.above, 0);
    }
    // Two machines have stopped without giving their lanes back. Their lanes become free a minute after the end of their leases.
    let mut mine = all[0];
    let gone = 2_000 + 30_000;
    for (now, lanes) in [(gone - 1, 8), (gone, 12), (gone + 59_999, 12), (gone + 60_000, 16)] {
        let mut alone = [mine];
        settle(&mut table, &mut alone, now);
        mine = alone[0];
        assert!(mine.1.count_ones() >= lanes.min(12), "{now}");
        assert_eq!((mine.1.count_ones() == 8, mine.1 | mine.2 == u32::MAX), (lanes == 8, lanes == 16), "{now}");
    }
    assert_eq!((mine.1.count_ones(), mine.1 | mine.2), (16, u32::MAX));
}

#[test]
fn a_new_machine_gets_half_of_the_free_lanes_at_once() {
    let mut table = LaneTable::default();
    let counts: Vec<u32> = (0..6)
        .map(|machine| {
            let (written, signs) = signs(&table, &format!("m{machine}"), 0, 1_000 + machine);
            table = written.unwrap();
            signs.lanes.count_ones()
        })
        .collect();
    assert_eq!(counts, [16, 8, 4, 2, 1, 1]);
}

#[test]
fn a_machine_signing_in_unowned_lanes_is_made_known() {
    let (table, first) = signs(&LaneTable::default(), "a", 0, 1_000);
    let table = table.unwrap();
    assert!(first.new && first.known && first.spare != 0);
    // Machine b has written itself into the table. Machine a has not read the table since.
    let (second, signed) = signs(&table, "b", 0, 1_500);
    let second = second.unwrap();
    assert_eq!((signed.new, signed.known, signed.lanes & first.lanes, signed.spare), (true, false, 0, 0));
    assert!(!signs(&second, "b", signed.lanes, 1_600).1.known);
    // Machine a reads the table, and must give back the lanes that exceed its share.
    let LanePlan::GiveBack { keep } = second.plan("a", first.lanes, at(2_000)) else {
        panic!("machine a must give back lanes")
    };
    assert_eq!(keep.count_ones(), 10);
    let third = second.given_back("a", keep, STAMPS + 2_000, at(2_000));
    let (_, signed) = signs(&third, "b", signed.lanes, 2_100);
    assert_eq!((signed.new, signed.known, signed.lanes.count_ones()), (false, true, 10));
    // Machine a has not renewed its lease for half a minute. Machine a may resume, so machine b may not use its lanes yet.
    let alone = |now_ms| signs(&third, "b", signed.lanes, now_ms).1.spare;
    assert_eq!(alone(2_000 + LEASE_MS), 0, "machine a may have signed ahead of the clock in lanes without a holder");
    let spare = alone(2_001 + AFTERMATH_MS);
    assert_eq!((spare & keep, spare != 0), (0, true));
    // All clients of machine a are closed and have given back all lanes, so the table no longer names machine a.
    assert_eq!(third.given_back("a", 0, STAMPS, at(3_000)).holders.len(), 1);
}

#[test]
fn a_machine_renews_its_lease_and_otherwise_writes_nothing() {
    let table = signs(&LaneTable::default(), "a", 0, 1_000).0.unwrap();
    let (nothing, signed) = signs(&table, "a", 0xffff, 1_000 + RENEW_MS - 1);
    assert_eq!((nothing, signed.holds_ms), (None, LEASE_MS - RENEW_MS + 1));
    let (renewed, signed) = signs(&table, "a", 0xffff, 1_000 + RENEW_MS);
    assert_eq!((renewed.is_some(), signed.lanes, signed.holds_ms), (true, 0xffff, LEASE_MS));
    // After a restart of all its processes, the machine keeps the lanes that the table names.
    assert_eq!(signs(&table, "a", 0, 2_000).1.lanes, 0xffff);
    // The write that gives lanes back has failed, so the machine must give them back again.
    assert_eq!(table.plan("a", 0xff, at(2_000)), LanePlan::GiveBack { keep: 0xff });
}

#[test]
fn without_free_lanes_a_machine_gets_none_and_the_33rd_shares() {
    let holders = |count: u32| LaneTable {
        holders: (0..count).map(|lane| holder(&format!("m{lane}"), 1 << lane, false, at(1_000))).collect(),
        marks: Vec::new(),
    };
    let all = LaneTable { holders: vec![holder("a", u32::MAX, false, at(1_000))], marks: Vec::new() };
    let (table, none) = signs(&all, "b", 0, 1_000);
    assert_eq!((none.lanes, none.shared), (0, false));
    assert_eq!(table.unwrap().plan("a", u32::MAX, at(1_000)), LanePlan::GiveBack { keep: 0x3ff });
    let (_, one) = signs(&holders(32), "one more", 0, 1_000);
    assert_eq!((one.lanes.count_ones(), one.shared), (1, true));
}

/// Machine b may have taken lanes without a holder, in which machine a has signed ahead of the clock.
#[test]
fn a_machine_that_was_alone_marks_all_other_lanes() {
    let mut table = LaneTable::default();
    settle(&mut table, &mut [("a", 0, 0)], 1_000);
    let (next, second) = signs(&table, "b", 0, 2_000);
    let table = next.unwrap();
    let mine = table.lanes_of("a");
    let LanePlan::GiveBack { keep } = table.plan("a", mine, at(2_500)) else {
        panic!("machine a must give back lanes")
    };
    let gives = table.given_back("a", keep, STAMPS + 3_900, at(2_500));
    let again = signs(&gives, "b", second.lanes, 3_000).1;
    assert!(!second.known && again.known);
    assert_eq!((again.above, gives.marks.len()), (STAMPS + 3_900, 32 - keep.count_ones() as usize));
    // A machine that has no lane to give back writes its marks as well.
    let mut few = table.clone();
    few.holders.iter_mut().filter(|holder| holder.machine == "a").for_each(|holder| holder.lanes = 3);
    let (next, first) = signs(&few, "a", 3, 2_500);
    assert!(first.was_alone && !second.was_alone);
    let marked = next.unwrap().marked_beside(first.lanes, STAMPS + 3_900);
    assert_eq!(signs(&marked, "b", second.lanes, 3_000).1.above, STAMPS + 3_900);
    // `marked_beside` with a lower timestamp keeps the higher mark.
    let lower = marked.marked_beside(first.lanes, STAMPS);
    assert_eq!(signs(&lower, "b", second.lanes, 3_000).1.above, STAMPS + 3_900);
}
