//! Tests of rows in a journal's file: written on a condition, found, and pruned.

use super::support::*;
use std::collections::HashSet;
use std::sync::Arc;

#[tokio::test]
async fn a_row_comes_back_as_it_was_written() {
    let folder = Folder::new();
    let store = open(&folder.journal());
    let whole = Row {
        due_ms: Some(5),
        wait_ms: 4,
        unresolved: false,
        keep_until_ms: Some(i64::MAX as u64),
        entry: "{\"a\":\"\u{20b9} \\u0000\"}".into(),
        kind: "a newer kind".into(),
        ..row("A", 1)
    };
    assert!(store.write(whole.clone(), Vec::new()).await.unwrap());
    assert_eq!(store.read("A").await.unwrap(), Some(whole));
    assert_eq!(store.read("B").await.unwrap(), None);
    let beyond = Row { due_ms: Some(u64::MAX), ..row("B", 1) };
    assert_eq!(kind(store.write(beyond, Vec::new()).await), StoreFailure::Unavailable);
    assert_eq!(store.read("B").await.unwrap(), None);
}

#[tokio::test]
async fn a_write_holds_only_over_the_version_before_it() {
    let folder = Folder::new();
    let (one, two) = (open(&folder.journal()), open(&folder.journal()));
    put(&one, "A").await;
    assert!(!two.write(row("A", 1), Vec::new()).await.unwrap());
    assert!(!two.write(row("A", 3), Vec::new()).await.unwrap());
    assert!(!two.write(row("A", 0), Vec::new()).await.unwrap());
    assert!(!two.write(row("B", 2), Vec::new()).await.unwrap());
    assert!(two.write(row("A", 2), Vec::new()).await.unwrap());
    assert!(!one.write(row("A", 2), Vec::new()).await.unwrap());
    assert_eq!(one.read("A").await.unwrap().unwrap().version, 2);
}

#[tokio::test]
async fn accompanying_rows_are_written_on_their_own_conditions() {
    let folder = Folder::new();
    let store = open(&folder.journal());
    put(&store, "also").await;
    assert!(store.write(row("A", 1), vec![row("also", 1), row("new", 1), row("also", 2)]).await.unwrap());
    assert_eq!(store.read("also").await.unwrap().unwrap().version, 2);
    assert!(store.read("new").await.unwrap().is_some());
    assert!(!store.write(row("A", 1), vec![row("not", 1), row("also", 3)]).await.unwrap());
    assert_eq!(store.read("not").await.unwrap(), None);
    assert_eq!(store.read("also").await.unwrap().unwrap().version, 2);
    // If an accompanying row fails, the main row is not written either.
    let beyond = Row { wait_ms: u64::MAX, ..row("beyond", 1) };
    assert!(store.write(row("C", 1), vec![row("D", 1), beyond]).await.is_err());
    assert_eq!((store.read("C").await.unwrap(), store.read("D").await.unwrap()), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_gets_the_key() {
    let folder = Folder::new();
    let stores = [0; 3].map(|_| Arc::new(open(&folder.journal())));
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..600 {
        let store = stores[index % 3].clone();
        let beyond = Row { due_ms: Some(u64::MAX), ..row(&format!("bad{index}"), 1) };
        calls.spawn(async move {
            if index % 50 == 0 {
                assert!(store.write(beyond, Vec::new()).await.is_err(), "its failure is its own");
            }
            store.write(row(&format!("R{}", index % 200), 1), Vec::new()).await.unwrap()
        });
    }
    assert_eq!(calls.join_all().await.into_iter().filter(|won| *won).count(), 200);
    for store in &stores {
        store.verify().await.unwrap();
    }
}

#[tokio::test]
async fn due_rows_of_an_account_are_ordered_despite_a_fast_clock() {
    const NOW: u64 = 1_000_000;
    let folder = Folder::new();
    let store = open(&folder.journal());
    for (key, account, due_ms, wait_ms) in [
        ("late", "a", NOW - 100, 60_000),
        ("later", "a", NOW, 60_000),
        ("oldest", "a", NOW - 500, 900_000),
        ("quick", "a", NOW - 10, 1000),
        ("not yet", "a", NOW + 1, 60_000),
        ("just not ahead", "a", NOW + 70_000, 60_000),
        ("ahead", "a", NOW + 70_001, 60_000),
        ("a day ahead", "a", NOW + 86_400_000, 1000),
        ("another's", "b", NOW - 1000, 1),
    ] {
        let due = Row { account: account.into(), due_ms: Some(due_ms), wait_ms, unresolved: false, ..row(key, 1) };
        assert!(store.write(due, Vec::new()).await.unwrap());
    }
    put(&store, "never due").await;
    let due = async |limit, order| store.due("a", NOW, limit, order).await.unwrap();
    let shortest = due(100, DueOrder::ShortestWait).await;
    assert_eq!(keys(&shortest), ["quick", "a day ahead", "late", "later", "ahead", "oldest"]);
    assert_eq!(keys(&due(3, DueOrder::ShortestWait).await), ["quick", "a day ahead", "late"]);
    let oldest = due(100, DueOrder::Oldest).await;
    assert_eq!(keys(&oldest), ["oldest", "late", "quick", "later", "ahead", "a day ahead"]);
    assert_eq!(keys(&due(1, DueOrder::Oldest).await), ["oldest"]);
    assert!(due(0, DueOrder::Oldest).await.is_empty());
    assert_eq!(store.due("c", NOW, 10, DueOrder::Oldest).await.unwrap(), []);
    assert_eq!(store.due("a", u64::MAX, 10, DueOrder::Oldest).await.unwrap().len(), 8);
}

/// After an outage many rows are overdue. Rows that came due later must still be asked about on time.
#[tokio::test]
async fn overdue_rows_come_after_rows_that_came_due_since() {
    const NOW: u64 = 1_000_000;
    for many in [0, 1_200] {
        let folder = Folder::new();
        let store = open(&folder.journal());
        for (key, due_ms, wait_ms) in [
            ("overdue, quick", NOW - 60_001, 0),
            ("overdue", NOW - 60_002, 2_000),
            ("slow", NOW - 60_000, 900_000),
            ("on time", NOW, 2_000),
        ] {
            let due = Row { due_ms: Some(due_ms), wait_ms, ..row(key, 1) };
            assert!(store.write(due, Vec::new()).await.unwrap());
        }
        for index in 0..many {
            let due = Row { due_ms: Some(NOW - 500_000), wait_ms: 60_000, ..row(&format!("Z{index}"), 1) };
            assert!(store.write(due, Vec::new()).await.unwrap());
        }
        let due = async |limit| store.due("a", NOW, limit, DueOrder::ShortestWait).await.unwrap();
        let all = ["on time", "slow", "overdue, quick", "overdue"];
        for limit in 1..=4 {
            assert_eq!(keys(&due(limit).await), all[..limit as usize], "{many}");
        }
        let overdue: Vec<_> = due(10).await.iter().map(|row| row.is_overdue(NOW)).collect();
        assert_eq!(overdue[..4], [false, false, true, true]);
    }
}

#[tokio::test]
async fn unresolved_rows_are_paged_in_creation_order() {
    let folder = Folder::new();
    let store = open(&folder.journal());
    for index in 0..25_u64 {
        // Several rows have the same time, and the keys run against the order of time.
        let made = Row { created_ms: 1000 + index / 4, ..row(&format!("K{:02}", 99 - index), 1) };
        assert!(store.write(made, Vec::new()).await.unwrap());
    }
    let others = [
        Row { kind: "alarm".into(), ..row("alarm", 1) },
        Row { account: "b".into(), ..row("other", 1) },
        Row { unresolved: false, ..row("resolved", 1) },
    ];
    for other in others {
        assert!(store.write(other, Vec::new()).await.unwrap());
    }
    let mut after = None;
    let mut all = Vec::new();
    loop {
        let page = Listing { kind: "debit", account: "a".into(), after: after.clone(), limit: 4 };
        let rows = store.unresolved(page).await.unwrap();
        let Some(last) = rows.last() else { break };
        after = Some((last.created_ms, last.key.clone()));
        all.extend(rows.iter().map(|row| (row.created_ms, row.key.clone())));
    }
    assert_eq!(all.len(), 25);
    assert!(all.is_sorted());
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 25);
}

#[tokio::test]
async fn pruning_forgets_what_is_resolved_and_old_and_nothing_else() {
    let folder = Folder::new();
    let store = open(&folder.journal());
    let old = |key: &str| Row { unresolved: false, updated_ms: 1000, ..row(key, 1) };
    let kept = [
        Row { unresolved: true, ..old("open") },
        Row { due_ms: Some(1), ..old("due") },
        Row { keep_until_ms: Some(100_001), ..old("kept") },
        Row { updated_ms: 50_001, ..old("young") },
        Row { kind: "known".into(), ..old("known") },
        Row { kind: "of a newer version".into(), ..old("newer") },
        Row { unresolved: true, updated_ms: 100_000, ..old("newest") },
    ];
    let gone = [old("A"), old("B"), Row { kind: "alarm".into(), keep_until_ms: Some(100_000), ..old("C") }];
    for row in kept.iter().chain(&gone) {
        assert!(store.write(row.clone(), Vec::new()).await.unwrap());
    }
    assert_eq!(store.prune(99_001, 100_000, 2).await.unwrap(), 0, "an age, and no time");
    assert_eq!(store.prune(50_000, 100_000, 2).await.unwrap(), 2);
    assert_eq!(store.prune(50_000, 100_000, 2).await.unwrap(), 1);
    assert_eq!(store.prune(50_000, 100_000, 2).await.unwrap(), 0);
    for row in &kept {
        assert_eq!(store.read(&row.key).await.unwrap().as_ref(), Some(row));
    }
}

#[tokio::test]
async fn a_fast_clock_prunes_nothing_early() {
    let folder = Folder::new();
    let store = open(&folder.journal());
    const NOW: u64 = 1_700_000_000_000;
    for (key, updated_ms) in [("A", NOW - 86_400_000), ("B", NOW)] {
        let resolved = Row { unresolved: false, keep_until_ms: Some(NOW + 1), updated_ms, ..row(key, 1) };
        assert!(store.write(Row { keep_until_ms: None, ..resolved.clone() }, Vec::new()).await.unwrap());
        assert!(store.write(Row { key: format!("kept {key}"), ..resolved }, Vec::new()).await.unwrap());
    }
    let week = 7 * 86_400_000;
    let ahead = NOW + 365 * 86_400_000;
    assert_eq!(store.prune(week, ahead, 10).await.unwrap(), 0);
    assert_eq!(
        store.prune(86_400_000, ahead, 10).await.unwrap(),
        1,
        "what is a day older than the newest, and not to be kept"
    );
}

#[tokio::test]
async fn pruning_gives_the_space_back() {
    let folder = Folder::new();
    let file = folder.journal();
    let store = open(&file);
    let large =
        (0..4000).map(|index| Row { unresolved: false, entry: "x".repeat(1000), ..row(&format!("{index}"), 1) });
    put(&store, "first").await;
    assert!(store.write(Row { updated_ms: 1_000_000, ..row("first", 2) }, large.collect()).await.unwrap());
    close(store, &file);
    let full = std::fs::metadata(&file).unwrap().len();
    let store = open(&file);
    let mut steps = 0;
    while store.prune(500_000, 1_000_000, 500).await.unwrap() > 0 {
        steps += 1;
    }
    assert_eq!(steps, 8);
    close(store, &file);
    let left = std::fs::metadata(&file).unwrap().len();
    assert!(full > 4_000_000 && left < full / 10, "{full} {left}");
}

/// Fills the table as a long outage of EPS does: 300,000 rows, all open, one of ten due.
fn fill(file: &std::path::Path) {
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
        INSERT INTO rows SELECT 'K' || i, 1, 'debit', 'a', printf('{\"x\":\"%.500c\"}', 'x'), 1000000 + i, 900000 - i % 7, 1, i, i, NULL FROM n";
    sql(file, many);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_listing_delays_no_debit() {
    let folder = Folder::new();
    let file = folder.journal();
    close(open(&file), &file);
    fill(&file);
    let store = Arc::new(open(&file));
    put(&store, "warm").await;
    let page = |after, limit| Listing { kind: "debit", account: "a".into(), after, limit };
    let rows = store.unresolved(page(Some((200_000, String::new())), 1000)).await.unwrap();
    assert_eq!((rows.len(), rows[0].created_ms), (1000, 200_000));
    for (due, now_ms) in
        [("none due", 1_000_000), ("900 due", 1_000_900), ("30000 due", 1_030_000), ("all due", 2_000_000)]
    {
        for order in [DueOrder::ShortestWait, DueOrder::Oldest] {
            let rows = store.due("a", now_ms, 64, order).await.unwrap();
            assert_eq!(rows.len(), if due == "none due" { 0 } else { 64 });
        }
    }
    let all = tokio::spawn({
        let store = store.clone();
        let page = page(None, u32::MAX);
        async move { store.unresolved(page).await.unwrap().len() }
    });
    tokio::task::yield_now().await;
    for index in 0..5 {
        put(&store, &format!("R{index}")).await;
        store.verify().await.unwrap();
        assert!(index > 0 || !all.is_finished(), "the debit comes first");
    }
    assert!(all.await.unwrap() >= 300_000);
    assert_eq!(store.prune(1_000_000, 400_000, 500).await.unwrap(), 0);
}

#[tokio::test]
async fn the_clock_goes_on_and_nobody_sets_it() {
    let folder = Folder::new();
    let (one, two) = (open(&folder.journal()), open(&folder.file("other")));
    let (before, after) = (one.clock().await.unwrap(), two.clock().await.unwrap());
    assert_eq!(before.epoch, after.epoch);
    assert!(after.ms >= before.ms && !after.settable);
}
