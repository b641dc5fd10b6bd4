//! Tests of files that are no journal: each is refused with its reason, and no new journal is made in its place.

use super::support::*;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

async fn used(path: &Path) {
    let store = open(path);
    put(&store, "A").await;
    close(store, path);
}

#[tokio::test]
async fn a_file_is_made_where_nothing_is_which_is_told() {
    let folder = Folder::new();
    let (options, told) = listening(FileOptions::new(folder.journal()));
    let store = SqliteStore::lazy(options.clone()).unwrap();
    assert!(told.lock().unwrap().is_empty() && !folder.journal().exists(), "not before it is needed");
    put(&store, "A").await;
    let names = |told: &[FileNotice]| {
        told.iter().filter(|notice| **notice != FileNotice::OverlayFs).cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(&told.lock().unwrap()), [FileNotice::Created]);
    for side in ["", "-mark"].map(|end| side(&folder.journal(), end)) {
        assert_eq!(std::fs::metadata(side).unwrap().permissions().mode() & 0o777, 0o600);
    }
    close(store, &folder.journal());
    let store = SqliteStore::open(options).unwrap();
    assert!(store.read("A").await.unwrap().is_some());
    assert_eq!(names(&told.lock().unwrap()).len(), 1);
    close(store, &folder.journal());
    let mut left: Vec<_> = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["journal", "journal-mark"], "closed by the writer, and nothing of its making is left");
}

#[test]
fn a_new_file_can_be_opened_by_many_at_once() {
    for _ in 0..10 {
        let folder = Folder::new();
        let (options, told) = listening(FileOptions::new(folder.journal()));
        std::thread::scope(|scope| {
            let opening: Vec<_> =
                (0..8).map(|_| scope.spawn(|| SqliteStore::open(options.clone()).map(drop))).collect();
            opening.into_iter().for_each(|opened| opened.join().unwrap().unwrap());
        });
        let created = told.lock().unwrap().iter().filter(|notice| **notice == FileNotice::Created).count();
        assert_eq!(created, 1);
    }
}

#[tokio::test]
async fn no_journal_is_created_if_create_is_false() {
    let folder = Folder::new();
    let not = FileOptions { create: false, ..FileOptions::new(folder.journal()) };
    unusable(not.clone(), "create is false");
    used(&folder.journal()).await;
    assert!(SqliteStore::open(not).unwrap().read("A").await.unwrap().is_some());
    assert_eq!(kind(SqliteStore::open(FileOptions::new("/proc/none/journal")).map(drop)), StoreFailure::Unavailable);
}

#[tokio::test]
async fn what_is_no_journal_is_named() {
    let folder = Folder::new();
    let at = |name: &str| FileOptions::new(folder.file(name));
    std::fs::write(folder.file("text"), "no database at all, but a text of some length").unwrap();
    unusable(at("text"), "not a SQLite database");
    sql(&folder.file("users"), "CREATE TABLE users (id)");
    unusable(at("users"), "a SQLite database of another program");
    sql(&folder.file("former"), "CREATE TABLE intents (key TEXT PRIMARY KEY)");
    unusable(at("former"), "former format (its table is named intents)");
    std::fs::write(folder.file("empty"), "").unwrap();
    let begun = std::time::Instant::now();
    unusable(at("empty"), "is empty");
    let waited = begun.elapsed().as_millis();
    assert!((1_000..2_900).contains(&waited), "another process may be making it: {waited} ms");
    std::fs::create_dir(folder.file("folder")).unwrap();
    assert!(refusal(at("folder")).reason.contains("path of a regular file"));
    symlink("/dev/full", folder.file("device")).unwrap();
    assert!(refusal(at("device")).reason.contains("path of a regular file"));
    symlink(folder.file("nowhere"), folder.file("dangling")).unwrap();
    refusal(at("dangling"));
    assert!(!folder.file("nowhere").exists());
    // Opening the database of another program does not change it.
    let users = rusqlite::Connection::open(folder.file("users")).unwrap();
    let mode: String = users.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete");
}

#[tokio::test]
async fn a_truncated_deleted_or_replaced_journal_is_refused() {
    let folder = Folder::new();
    let journal = folder.journal();
    used(&journal).await;
    std::fs::write(&journal, "").unwrap();
    unusable(FileOptions::new(&journal), "has lost its content");
    std::fs::remove_file(&journal).unwrap();
    unusable(FileOptions::new(&journal), "deleted or moved, but its -mark file still exists");
    sql(&journal, "CREATE TABLE users (id)");
    unusable(FileOptions::new(&journal), "of another program");
    std::fs::remove_file(&journal).unwrap();
    std::fs::remove_file(side(&journal, "-mark")).unwrap();
    std::fs::write(side(&journal, "-wal"), "left").unwrap();
    unusable(FileOptions::new(&journal), "its -wal file still exists");
}

#[tokio::test]
async fn what_is_missing_in_it_is_named() {
    let folder = Folder::new();
    for (number, (harm, why)) in [
        ("DROP TABLE rows", "its table rows is missing"),
        ("DROP TABLE journal", "its table journal is missing"),
        ("DROP TABLE journal; DROP TABLE rows", "is missing"),
        ("DROP TABLE archive", "its table archive is missing"),
        ("DROP INDEX rows_due", "its index rows_due is missing"),
        ("DROP TABLE rows; CREATE TABLE rows (key TEXT, version INTEGER)", "its table rows was changed"),
        ("ALTER TABLE rows ADD COLUMN more TEXT", "its table rows was changed"),
        ("DELETE FROM journal", "its table journal has no row"),
        ("UPDATE journal SET format = 3", "made by a newer version of eko-eps (its format is 3"),
        (
            "DROP TABLE rows; ALTER TABLE journal RENAME COLUMN marked TO noted; UPDATE journal SET format = 7",
            "its format is 7",
        ),
        ("UPDATE journal SET format = 1", "the format 1"),
        ("CREATE TRIGGER t AFTER INSERT ON rows BEGIN DELETE FROM rows; END", "a trigger"),
        ("PRAGMA application_id = 0", "of another program"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = folder.file(&number.to_string());
        used(&file).await;
        sql(&file, harm);
        unusable(FileOptions::new(&file), why);
        // A store that is opened lazily refuses the file too, for every operation.
        let store = SqliteStore::lazy(FileOptions::new(&file)).unwrap();
        assert_eq!(kind(store.read("A").await), StoreFailure::Unusable, "{harm}");
        assert_eq!(kind(store.verify().await), StoreFailure::Unusable, "{harm}");
        assert_eq!(kind(store.declare_restored().await), StoreFailure::Unusable, "{harm}");
    }
}

#[tokio::test]
async fn damaged_pages_are_seen_on_opening() {
    let folder = Folder::new();
    let file = folder.journal();
    let store = open(&file);
    let many = (0..300).map(|index| Row { entry: "x".repeat(300), ..row(&format!("{index}"), 1) }).collect();
    assert!(store.write(row("A", 1), many).await.unwrap());
    close(store, &file);
    let whole = std::fs::read(&file).unwrap();
    let mut harmed = whole.clone();
    let middle = whole.len() / 2 / 4096 * 4096;
    harmed[middle..middle + 4096].fill(0x5a);
    std::fs::write(&file, &harmed).unwrap();
    unusable(FileOptions::new(&file), "damaged");
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    unusable(FileOptions::new(&file), "damaged");
    std::fs::write(&file, &whole).unwrap();
    assert!(open(&file).read("A").await.unwrap().is_some());
}

#[tokio::test]
async fn the_first_sign_of_damage_ends_it_for_this_process() {
    let folder = Folder::new();
    let file = folder.journal();
    let store = open(&file);
    put(&store, "A").await;
    sql(&file, "ALTER TABLE rows RENAME TO away");
    assert_eq!(kind(store.write(row("B", 1), Vec::new()).await), StoreFailure::Unusable);
    sql(&file, "ALTER TABLE away RENAME TO rows");
    assert_eq!(kind(store.write(row("B", 1), Vec::new()).await), StoreFailure::Unusable);
    assert_eq!(kind(store.read("A").await), StoreFailure::Unusable);
    assert_eq!(kind(store.verify().await), StoreFailure::Unusable);
    assert_eq!(kind(store.restored_lately().await), StoreFailure::Unusable);
    assert_eq!(kind(store.due("a", 1, 1, DueOrder::Oldest).await), StoreFailure::Unusable);
    // Damage that a listing finds also stops all debits.
    let store = open(&folder.file("second"));
    put(&store, "A").await;
    sql(&folder.file("second"), "UPDATE rows SET created_ms = 'x'");
    let page = Listing { kind: "debit", account: "a".into(), after: None, limit: 4 };
    let error = store.unresolved(page).await.unwrap_err();
    assert_eq!((error.kind, error.reason.contains("damaged")), (StoreFailure::Unusable, true), "{error}");
    assert_eq!(kind(store.verify().await), StoreFailure::Unusable);
    assert_eq!(kind(store.write(row("B", 1), Vec::new()).await), StoreFailure::Unusable);
}

#[tokio::test]
async fn a_volatile_path_is_refused_in_production_unless_accepted() {
    let folder = Path::new("/dev/shm").join(format!("eko-eps-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("journal");
    unusable(production(&file), "type tmpfs, which loses its content");
    let store = SqliteStore::open(FileOptions { accept_volatile: true, ..production(&file) }).unwrap();
    put(&store, "A").await;
    close(store, &file);
    put(&open(&file), "B").await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_locked_file_is_unavailable_and_is_opened_when_it_is_free() {
    let folder = Folder::new();
    let file = folder.journal();
    used(&file).await;
    let foreign = std::fs::File::open(&file).unwrap();
    let store = SqliteStore::lazy(FileOptions::new(&file)).unwrap();
    let error = store.read("A").await.unwrap_err();
    assert_eq!(error.kind, StoreFailure::Unavailable);
    assert!(error.reason.contains("npm ls eko-eps"), "{error}");
    drop(foreign);
    assert!(store.read("A").await.unwrap().is_some());
}
