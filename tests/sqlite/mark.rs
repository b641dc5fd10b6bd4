//! Tests of the mark: it shows that a journal has lost commits. A journal that was replaced or deleted is found by its place in the file
//! system.

use super::support::*;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Checks that the store refuses debits and answers everything else.
async fn behind(store: &SqliteStore, why: &str) {
    let error = store.write(row("new", 1), Vec::new()).await.unwrap_err();
    assert_eq!(error.kind, StoreFailure::Behind, "{error}");
    assert!(error.reason.contains(why), "{error}");
    assert_eq!(kind(store.verify().await), StoreFailure::Behind);
    assert_eq!(kind(store.prune(1, 1, 1).await), StoreFailure::Behind, "its commits would catch up with the mark");
    assert_eq!(kind(store.archive(1, 1, 1).await), StoreFailure::Behind);
    assert!(store.read("A").await.unwrap().is_some());
    let page = Listing { kind: "debit", account: "a".into(), after: None, limit: 4 };
    assert!(!store.unresolved(page.clone()).await.unwrap().is_empty());
    assert!(!store.debits(page).await.unwrap().is_empty());
    assert_eq!(store.due("a", 1, 1, DueOrder::Oldest).await.unwrap(), []);
    assert!(!store.restored_lately().await.unwrap());
}

async fn whole(store: &SqliteStore) {
    store.verify().await.unwrap();
    put(store, "new").await;
    store.verify().await.unwrap();
}

/// Makes a journal with one commit less than its mark counts: as if the process was killed and the `-wal` file was lost.
async fn killed(folder: &Folder, to: &Path) {
    let file = folder.file("killed");
    let store = open(&file);
    put(&store, "A").await;
    close(store, &file);
    let store = open(&file);
    put(&store, "B").await;
    cp(&file, to);
    cp(&side(&file, "-mark"), &side(to, "-mark"));
    close(store, &file);
}

#[tokio::test]
async fn a_journal_without_its_wal_is_behind_until_declared() {
    let folder = Folder::new();
    let file = folder.journal();
    killed(&folder, &file).await;
    let (store, other) = (open(&file), open(&file));
    behind(&store, "its commit count is 1, but its mark counts 2").await;
    behind(&other, "its commit count is 1").await;
    store.declare_restored().await.unwrap();
    whole(&store).await;
    assert!(store.restored_lately().await.unwrap() && other.restored_lately().await.unwrap());
    other.verify().await.unwrap();
    put(&other, "other").await;
    drop(store);
    close(other, &file);
    let again = open(&file);
    assert!(again.restored_lately().await.unwrap());
    again.verify().await.unwrap();
    close(again, &file);
    // First a day later by the clock of another boot; then by a clock that was set back; then a full day later.
    let lately = async |change: &str| {
        sql(&file, &format!("UPDATE journal SET {change}"));
        let store = open(&file);
        let lately = store.restored_lately().await.unwrap();
        close(store, &file);
        lately
    };
    assert!(lately("restored_epoch = 'another', restored_ms = restored_ms + 999999999").await);
    assert!(lately("restored_ms = restored_ms - 999999999 - 86000000").await);
    assert!(!lately("restored_ms = restored_ms - 500000").await);
}

#[tokio::test]
async fn an_older_copy_is_behind() {
    let folder = Folder::new();
    let file = folder.journal();
    let store = open(&file);
    put(&store, "A").await;
    close(store, &file);
    cp(&file, &folder.file("copy"));
    let store = open(&file);
    put(&store, "B").await;
    close(store, &file);
    // The copy is written into the same file, so that its inode number stays.
    std::fs::write(&file, std::fs::read(folder.file("copy")).unwrap()).unwrap();
    let store = SqliteStore::open(production(&file)).unwrap();
    behind(&store, "counts 2").await;
    store.declare_restored().await.unwrap();
    whole(&store).await;
}

#[tokio::test]
async fn a_copy_that_lacks_nothing_is_behind_in_production() {
    let folder = Folder::new();
    let file = folder.file("original");
    let copy = folder.journal();
    let store = open(&file);
    put(&store, "A").await;
    close(store, &file);
    cp(&file, &copy);
    cp(&side(&file, "-mark"), &side(&copy, "-mark"));
    let store = SqliteStore::open(production(&copy)).unwrap();
    behind(&store, "it is a copy").await;
    close(store, &copy);
    let store = open(&copy);
    whole(&store).await;
    close(store, &copy);
    let store = SqliteStore::open(production(&copy)).unwrap();
    store.verify().await.unwrap();
}

#[tokio::test]
async fn without_its_mark_or_with_a_wrong_one_a_journal_is_behind() {
    let folder = Folder::new();
    let file = folder.journal();
    let mark = side(&file, "-mark");
    put(&open(&folder.file("other")), "A").await;
    let store = open(&file);
    put(&store, "A").await;
    let good = std::fs::read(&mark).unwrap();
    std::fs::remove_file(&mark).unwrap();
    behind(&store, "mark was removed").await;
    std::fs::write(&mark, &good[..good.len() - 2]).unwrap();
    behind(&store, "mark is damaged").await;
    std::fs::write(&mark, "").unwrap();
    behind(&store, "mark is damaged").await;
    cp(&side(&folder.file("other"), "-mark"), &mark);
    behind(&store, "another journal").await;
    std::fs::write(&mark, [&good[..], &good[..]].concat()).unwrap();
    behind(&store, "mark is damaged").await;
    store.declare_restored().await.unwrap();
    whole(&store).await;
    close(store, &file);
    assert_eq!(std::fs::read(&mark).unwrap().len(), good.len());
    std::fs::remove_file(&mark).unwrap();
    behind_but_new(&open(&file)).await;
}

async fn behind_but_new(store: &SqliteStore) {
    assert_eq!(kind(store.write(row("newer", 1), Vec::new()).await), StoreFailure::Behind);
    assert_eq!(kind(store.verify().await), StoreFailure::Behind);
}

#[tokio::test]
async fn a_mark_that_cannot_be_written_stops_nothing_and_is_told_once() {
    let folder = Folder::new();
    let file = folder.journal();
    // The name of the mark is a symbolic link to a place that does not exist, so the mark can neither be made nor written.
    symlink(folder.file("none/mark"), side(&file, "-mark")).unwrap();
    let (options, told) = listening(FileOptions::new(&file));
    let store = SqliteStore::open(options).unwrap();
    for key in ["A", "B", "C"] {
        put(&store, key).await;
    }
    store.verify().await.unwrap();
    let failures =
        || told.lock().unwrap().iter().filter(|notice| matches!(notice, FileNotice::MarkNotWritten(_))).count();
    assert_eq!(failures(), 1);
    std::fs::remove_file(side(&file, "-mark")).unwrap();
    // No further write is needed: the store tries again by itself.
    let begun = std::time::Instant::now();
    while !side(&file, "-mark").exists() {
        assert!(begun.elapsed().as_secs() < 3, "the mark is not made");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    close(store, &file);
    std::fs::remove_file(side(&file, "-mark")).unwrap();
    behind_but_new(&open(&file)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_is_never_lowered_by_two_that_write() {
    let folder = Folder::new();
    let file = folder.journal();
    let counted = || {
        let text = std::fs::read_to_string(side(&file, "-mark")).unwrap();
        text.split_whitespace().nth(3).unwrap().parse::<u64>().unwrap()
    };
    let stores = [open(&file), open(&file)];
    let mut last = counted();
    for round in 0..50 {
        let [one, two] = [0, 1].map(|who| stores[who].write(row(&format!("{who} {round}"), 1), Vec::new()));
        let (one, two) = tokio::join!(one, two);
        assert!(one.unwrap() && two.unwrap());
        let now = counted();
        assert!(now >= last, "{now} after {last}");
        last = now;
    }
    let [one, two] = stores;
    drop(one);
    close(two, &file);
    assert_eq!(counted(), 100);
}

#[tokio::test]
async fn nothing_is_written_into_a_file_that_is_no_longer_there() {
    for (number, harm) in ["deleted", "moved", "replaced", "-wal", "-shm"].into_iter().enumerate() {
        let folder = Folder::new();
        let file = folder.journal();
        let store = if number % 2 == 0 { SqliteStore::open(production(&file)).unwrap() } else { open(&file) };
        put(&store, "A").await;
        match harm {
            "deleted" => {
                ["", "-wal", "-shm"].into_iter().for_each(|end| std::fs::remove_file(side(&file, end)).unwrap())
            }
            "moved" => std::fs::rename(&file, folder.file("away")).unwrap(),
            "replaced" => {
                cp(&file, &folder.file("copy"));
                std::fs::rename(folder.file("copy"), &file).unwrap();
            }
            end => std::fs::remove_file(side(&file, end)).unwrap(),
        }
        let error = store.verify().await.unwrap_err();
        assert_eq!(error.kind, StoreFailure::Unusable, "{harm}");
        assert!(error.reason.contains("replaced or deleted while this process used it"), "{error}");
        assert_eq!(kind(store.write(row("B", 1), Vec::new()).await), StoreFailure::Unusable, "{harm}");
        assert_eq!(kind(store.read("A").await), StoreFailure::Unusable, "{harm}");
        if harm == "moved" {
            std::fs::rename(folder.file("away"), &file).unwrap();
            assert_eq!(kind(store.read("A").await), StoreFailure::Unusable, "for good");
        }
        // The next process must not make an empty journal in place of the deleted one.
        if harm == "deleted" {
            unusable(FileOptions::new(&file), "deleted or moved");
        }
    }
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_seen() {
    let folder = Folder::new();
    let link = folder.file("link");
    close(open(&folder.file("other")), &folder.file("other"));
    close(open(&folder.journal()), &folder.journal());
    symlink(folder.journal(), &link).unwrap();
    let store = open(&link);
    put(&store, "A").await;
    assert!(!side(&link, "-mark").exists(), "the mark lies beside the file and not beside the link");
    std::fs::remove_file(&link).unwrap();
    symlink(folder.file("other"), &link).unwrap();
    assert_eq!(kind(store.write(row("B", 1), Vec::new()).await), StoreFailure::Unusable);
}

#[tokio::test]
async fn a_mark_missing_after_a_kill_is_written_on_the_next_open() {
    let folder = Folder::new();
    let file = folder.journal();
    close(open(&file), &file);
    for made_before in [false, true] {
        sql(&file, "UPDATE journal SET marked = 0");
        if !made_before {
            std::fs::remove_file(side(&file, "-mark")).unwrap();
        }
        let (options, told) = listening(production(&file));
        let store = SqliteStore::open(options).unwrap();
        assert!(!told.lock().unwrap().contains(&FileNotice::Created));
        assert!(side(&file, "-mark").exists());
        put(&store, if made_before { "A" } else { "B" }).await;
        store.verify().await.unwrap();
        close(store, &file);
    }
    std::fs::remove_file(side(&file, "-mark")).unwrap();
    behind_but_new(&open(&file)).await;
}
