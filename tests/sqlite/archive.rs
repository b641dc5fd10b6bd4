//! Tests of the archive: its rows leave the live table and stay known.

use super::support::*;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Returns a row that may be archived: an acknowledged debit, written at time 1,000.
fn old(key: &str) -> Row {
    Row { unresolved: false, ..row(key, 1) }
}

/// Opens a journal with these rows. Its last-known time is then 1,000,000.
async fn filled(file: &Path, rows: impl IntoIterator<Item = Row>) -> SqliteStore {
    let store = open(file);
    put(&store, "newest").await;
    let newest = Row { updated_ms: 1_000_000, ..row("newest", 2) };
    assert!(store.write(newest, rows.into_iter().collect()).await.unwrap());
    store
}

async fn moved(store: &SqliteStore) -> u64 {
    store.archive(500_000, 1_000_000, 100).await.unwrap()
}

/// Returns the keys of live and of archived rows, read by another connection.
fn tables(file: &Path) -> [Vec<String>; 2] {
    let connection = rusqlite::Connection::open(file).unwrap();
    ["rows", "archive"].map(|table| {
        let mut statement = connection.prepare(&format!("SELECT key FROM {table} ORDER BY key")).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    })
}

async fn listed(store: &SqliteStore, limit: u32) -> Vec<String> {
    let (mut after, mut all) = (None, Vec::new());
    loop {
        let page = Listing { kind: "debit", account: "a".into(), after, limit };
        let rows = store.debits(page).await.unwrap();
        let Some(last) = rows.last() else { return all };
        after = Some((last.created_ms, last.key.clone()));
        all.extend(rows.into_iter().map(|row| row.key));
    }
}

#[tokio::test]
async fn what_is_resolved_and_old_is_moved_whole_and_nothing_else() {
    let folder = Folder::new();
    let file = folder.journal();
    let kept = [
        Row { unresolved: true, ..old("open") },
        Row { due_ms: Some(1), ..old("due") },
        Row { keep_until_ms: Some(1_000_001), ..old("kept") },
        Row { updated_ms: 500_001, ..old("young") },
        Row { kind: "alarm".into(), ..old("alarm") },
        Row { kind: "known".into(), ..old("known") },
        Row { kind: "of a newer version".into(), ..old("newer") },
    ];
    let whole = Row { wait_ms: 7, keep_until_ms: Some(1_000_000), created_ms: 5, account: "b".into(), ..old("C") };
    let gone = [old("A"), old("B"), whole];
    let store = filled(&file, kept.iter().chain(&gone).cloned()).await;
    assert_eq!(store.archive(500_000, 1_000_000, 2).await.unwrap(), 2);
    assert_eq!(store.archive(500_000, 1_000_000, 2).await.unwrap(), 1);
    assert_eq!(moved(&store).await, 0);
    for row in kept.iter().chain(&gone) {
        assert_eq!(store.read(&row.key).await.unwrap().as_ref(), Some(row));
    }
    close(store, &file);
    let [rows, archive] = tables(&file);
    assert_eq!(archive, ["A", "B", "C"]);
    assert_eq!(rows, ["alarm", "due", "kept", "known", "newer", "newest", "open", "young"]);
}

#[tokio::test]
async fn a_fast_clock_archives_nothing_early() {
    let folder = Folder::new();
    let store = filled(&folder.journal(), [Row { updated_ms: 900_000, ..old("A") }]).await;
    let year = 365 * 86_400_000;
    assert_eq!(store.archive(100_001, year, 10).await.unwrap(), 0);
    assert_eq!(store.archive(100_000, year, 10).await.unwrap(), 1);
}

#[tokio::test]
async fn an_archived_row_stays_used_and_a_new_version_restores_it() {
    let folder = Folder::new();
    let file = folder.journal();
    let store = filled(&file, [old("A"), Row { version: 1, ..old("B") }]).await;
    assert_eq!(moved(&store).await, 2);
    let other = open(&file);
    for store in [&store, &other] {
        for version in [0, 1, 3, u64::from(u32::MAX)] {
            assert!(!store.write(row("A", version), vec![row("with", 1)]).await.unwrap(), "{version}");
        }
        assert!(
            store.write(row(if std::ptr::eq(store, &other) { "O" } else { "S" }, 1), vec![row("B", 1)]).await.unwrap()
        );
        assert_eq!(store.read("B").await.unwrap(), Some(old("B")), "nor along with another");
    }
    assert_eq!(store.read("with").await.unwrap(), None);
    // A write brings a row back from the archive, unchanged; and it works a second time.
    for version in [2, 4] {
        let next = Row { unresolved: false, due_ms: Some(9), ..row("A", version) };
        assert!(other.write(next.clone(), vec![row("B", version)]).await.unwrap());
        assert_eq!(store.read("A").await.unwrap(), Some(next));
        assert_eq!(store.due("a", 10, 10, DueOrder::Oldest).await.unwrap().len(), 1);
        for key in ["A", "B"] {
            assert!(!store.write(row(key, version), Vec::new()).await.unwrap(), "once");
            let done = Row { unresolved: false, ..row(key, version + 1) };
            assert!(store.write(done, Vec::new()).await.unwrap());
        }
        assert_eq!(moved(&store).await, 2);
    }
    drop(other);
    close(store, &file);
    assert_eq!(tables(&file)[1], ["A", "B"]);
}

#[tokio::test]
async fn debits_of_an_account_are_listed_in_creation_order() {
    let folder = Folder::new();
    let rows = (0..25_u64).map(|index| {
        let (unresolved, created_ms) = (index % 3 == 0, 1000 + index / 4);
        Row { unresolved, created_ms, ..row(&format!("K{:02}", 99 - index), 1) }
    });
    let others = [Row { account: "b".into(), ..old("other") }, Row { kind: "alarm".into(), ..old("alarm") }];
    let store = filled(&folder.journal(), rows.chain(others)).await;
    let before = listed(&store, u32::MAX).await;
    assert_eq!(before.iter().collect::<HashSet<_>>().len(), 26);
    assert_eq!(store.archive(500_000, 1_000_000, 9).await.unwrap(), 9);
    assert_eq!(listed(&store, 4).await, before);
    assert_eq!(moved(&store).await, 8, "that of the other account too");
    assert_eq!(listed(&store, 4).await, before);
    assert_eq!(listed(&store, 1).await, before);
    assert_eq!(listed(&store, u32::MAX).await, before);
}

#[tokio::test]
async fn pruning_removes_rows_of_both_tables_and_frees_references() {
    let folder = Folder::new();
    let file = folder.journal();
    let keep = Row { keep_until_ms: Some(2_000), ..old("kept") };
    let store = filled(&file, [old("A"), old("B"), old("C"), keep]).await;
    assert_eq!(store.archive(500_000, 1_000_000, 2).await.unwrap(), 2);
    assert_eq!(moved(&store).await, 2);
    let done = Row { unresolved: false, ..row("A", 2) };
    assert!(store.write(done, Vec::new()).await.unwrap());
    assert_eq!(store.prune(500_000, 1_000_000, 2).await.unwrap(), 2, "one of each table");
    assert_eq!(store.read("A").await.unwrap(), None);
    assert_eq!(store.prune(1, 1_999, 9).await.unwrap(), 1, "what is to be kept stays in the archive too");
    assert_eq!(store.prune(500_000, 1_000_000, 9).await.unwrap(), 1);
    for key in ["A", "B", "C", "kept"] {
        assert_eq!(store.read(key).await.unwrap(), None);
        put(&store, key).await;
    }
}

#[tokio::test]
async fn the_space_of_what_was_moved_and_forgotten_is_given_back() {
    let folder = Folder::new();
    let file = folder.journal();
    let store = filled(&file, (0..2000).map(|index| Row { entry: "x".repeat(1000), ..old(&format!("{index}")) })).await;
    close(store, &file);
    let before = std::fs::metadata(&file).unwrap().len();
    let store = open(&file);
    let mut steps = 0;
    while moved(&store).await > 0 {
        steps += 1;
    }
    assert_eq!(steps, 20);
    close(store, &file);
    let full = std::fs::metadata(&file).unwrap().len();
    assert!(full < before, "{full} {before}");
    let store = open(&file);
    assert_eq!(store.prune(500_000, 1_000_000, 4000).await.unwrap(), 2000);
    close(store, &file);
    let left = std::fs::metadata(&file).unwrap().len();
    assert!(left < full / 10, "{full} {left}");
}

/// Two tasks archive rows, while eight writers bring rows back and try to take every reference. Each reference is taken only once.
#[tokio::test(flavor = "multi_thread")]
async fn no_reference_is_taken_twice_whatever_is_moved_meanwhile() {
    let folder = Folder::new();
    let file = folder.journal();
    let stores = [0; 2].map(|_| Arc::new(open(&file)));
    put(&stores[0], "newest").await;
    assert!(stores[0].write(Row { updated_ms: 1_000_000, ..row("newest", 2) }, Vec::new()).await.unwrap());
    let over = Arc::new(AtomicBool::new(false));
    let mut movers = tokio::task::JoinSet::new();
    for store in stores.clone() {
        let over = over.clone();
        movers.spawn(async move {
            let mut count = 0;
            while !over.load(Ordering::Relaxed) {
                count += store.archive(500_000, 1_000_000, 3).await.unwrap();
            }
            count
        });
    }
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8_usize {
        let store = stores[writer % 2].clone();
        writers.spawn(async move {
            let mut taken = Vec::new();
            for index in 0..150 {
                let key = format!("K{:03}", (index * 7 + writer) % 150);
                if store.write(old(&key), Vec::new()).await.unwrap() {
                    taken.push(key.clone());
                }
                let known = store.read(&key).await.unwrap().expect("it is somewhere at any time");
                let next = Row { unresolved: false, ..row(&key, known.version + 1) };
                store.write(next, Vec::new()).await.unwrap();
            }
            taken
        });
    }
    let taken: Vec<String> = writers.join_all().await.into_iter().flatten().collect();
    over.store(true, Ordering::Relaxed);
    let count: u64 = movers.join_all().await.into_iter().sum();
    assert_eq!(taken.len(), 150, "each once");
    assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 150);
    assert!(count > 150, "{count} moves");
    while moved(&stores[0]).await > 0 {}
    let [one, two] = stores;
    drop(one);
    close(Arc::into_inner(two).unwrap(), &file);
    let [rows, archive] = tables(&file);
    assert_eq!((rows.len(), archive.len()), (1, 150));
}
