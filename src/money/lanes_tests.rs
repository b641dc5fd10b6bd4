//! Tests the times at which a machine checks its lanes, by the clock of a test.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::super::stub::{self, Stub};
use super::*;
use tokio::time::Instant;

/// Returns a ledger with a key that only this process uses, because one process of a machine keeps the lanes of a key for all.
fn ledger(name: &str, stub: &Arc<Stub>) -> Arc<Ledger> {
    stub::ledger(&format!("lanes-{name}-{}", std::process::id()), stub)
}

/// Adds another machine to the table, which is alone as far as it knows.
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
async fn a_lease_ends_here_two_seconds_before_the_stores_and_that_of_nobodys_after_two() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("margin", &stub);
    let begun = boot_now();
    ledger.resolve_due().await.unwrap();
    let [until, spare, settled] = ledger.core.clock.lane_moments();
    assert!(within(until, begun, 28_000) && within(spare, begun, 2_000), "{begun} {until} {spare}");
    assert_eq!(settled, 0, "there is nobody else");
}

#[tokio::test(start_paused = true)]
async fn who_comes_to_another_machine_waits_for_four_seconds() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("settled", &stub);
    let journal = with_another(&ledger).await;
    let begun = boot_now();
    ledger.look_after_lanes(&journal).await.unwrap();
    let [_, _, settled] = ledger.core.clock.lane_moments();
    assert!(within(settled, begun, 4_000), "{begun} {settled}");
}

#[tokio::test(start_paused = true)]
async fn they_are_looked_after_once_a_second() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("look", &stub);
    ledger.resolve_due().await.unwrap();
    let reads = || stub.reads.load(Ordering::Relaxed);
    let before = reads();
    // The test does not control the clock since boot.
    ledger.core.clock.set_looked(60_000, false);
    tokio::time::sleep(Duration::from_millis(998)).await;
    assert_eq!(reads(), before);
    tokio::time::sleep(Duration::from_millis(4)).await;
    assert_eq!(reads(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_debit_waits_for_its_lanes_for_five_seconds_and_sees_within_twenty_milliseconds_that_they_are_there() {
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
async fn where_others_write_in_between_a_look_has_four_steps() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("steps", &stub);
    let journal = ledger.opened().await.unwrap();
    stub.loses.store(true, Ordering::Relaxed);
    ledger.look_after_lanes(&journal).await.unwrap();
    assert_eq!(stub.lost.load(Ordering::Relaxed), 4);
}
