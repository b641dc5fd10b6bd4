//! Tests of the times of lane checks, with a paused clock. A lane is a share of the milliseconds that one machine may sign with.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::super::stub::{self, Stub};
use super::*;
use tokio::time::Instant;

/// Returns a ledger with a developer key that no other test uses, because all processes of a machine share the lanes of a key.
fn ledger(name: &str, stub: &Arc<Stub>) -> Arc<Ledger> {
    stub::ledger(&format!("lanes-{name}-{}", std::process::id()), stub)
}

/// Adds another machine to the table of lanes. The table says that the added machine has seen no other machine.
async fn with_another(ledger: &Ledger) -> Journal {
    let journal = ledger.opened().await.unwrap();
    let other = r#"{"holders":[{"machine":"other","lanes":1,"untilMs":9000000,"alone":true}]}"#;
    let (table, key) = (serde_json::from_str(other).unwrap(), ledger.core.developer_key.expose());
    assert!(journal.write_lanes(key, 0, &table, ledger.core.now_ms()).await.unwrap());
    journal
}

fn within(moment: u64, begun: u64, ms: u64) -> bool {
    (begun + ms..=boot_now() + ms).contains(&moment)
}

#[tokio::test(start_paused = true)]
async fn a_lease_ends_2_s_early_and_spare_lanes_end_after_2_s() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("margin", &stub);
    let begun = boot_now();
    ledger.resolve_due().await.unwrap();
    let [until, spare, settled] = ledger.core.clock.lane_moments();
    assert!(within(until, begun, 28_000) && within(spare, begun, 2_000), "{begun} {until} {spare}");
    assert_eq!(settled, 0, "no other machine uses the store");
}

#[tokio::test(start_paused = true)]
async fn a_machine_joining_another_waits_4_s_for_its_lanes() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("settled", &stub);
    let journal = with_another(&ledger).await;
    let begun = boot_now();
    ledger.look_after_lanes(&journal).await.unwrap();
    let [_, _, settled] = ledger.core.clock.lane_moments();
    assert!(within(settled, begun, 4_000), "{begun} {settled}");
}

#[tokio::test(start_paused = true)]
async fn lanes_are_checked_once_a_second() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("look", &stub);
    ledger.resolve_due().await.unwrap();
    let reads = || stub.reads.load(Ordering::Relaxed);
    let before = reads();
    // The test pauses only the clock of tokio. The clock since the boot goes on, so the time of the last check is moved one minute into the
    // past.
    ledger.core.clock.set_looked(60_000, false);
    tokio::time::sleep(Duration::from_millis(998)).await;
    assert_eq!(reads(), before);
    tokio::time::sleep(Duration::from_millis(4)).await;
    assert_eq!(reads(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_debit_waits_5_s_for_lanes_and_polls_every_20_ms() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("wait", &stub);
    let journal = with_another(&ledger).await;
    let begun = Instant::now();
    ledger.wait_for_lanes(&journal).await;
    let took = begun.elapsed().as_millis();
    assert!((5_000..5_010).contains(&took), "{took}");
    let clock = ledger.core.clock.clone();
    assert!(!clock.has_lanes());
    let begun = Instant::now();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(30)).await;
        clock.settle_lanes(0);
    });
    ledger.wait_for_lanes(&journal).await;
    let took = begun.elapsed().as_millis();
    assert!((40..45).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn a_lane_check_is_tried_four_times_on_conflicts() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("steps", &stub);
    let journal = ledger.opened().await.unwrap();
    stub.loses.store(true, Ordering::Relaxed);
    ledger.look_after_lanes(&journal).await.unwrap();
    assert_eq!(stub.lost.load(Ordering::Relaxed), 4);
}
