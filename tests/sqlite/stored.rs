//! Tests that this version reads every row of the journals that former versions have written.

use super::support::*;
use eko_eps::money::{DebitKey, JournalConfig, JournalEntry, State};
use eko_eps::{Client, Config};
use std::path::Path;

/// Base URL of the account that the stored rows belong to.
const BASE_URL: &str = "http://127.0.0.1:48213/ekoapi/v3";
/// Debits in each stored journal: the outcome, and whether it was acknowledged. The first two are in the archive.
const DEBITS: [(&str, State, bool); 8] = [
    ("PAY-1", State::Settled, true),
    ("PAY-2", State::Declined, true),
    ("PAY-3", State::Settled, false),
    ("PAY-4", State::Indeterminate, false),
    ("PAY-5", State::Indeterminate, false),
    ("PAY-6", State::NotSent, true),
    ("PAY-7", State::Settled, false),
    ("PAY-8", State::Pending, false),
];

/// Copies all stored journals with their marks.
fn copies(folder: &Folder) -> Vec<std::path::PathBuf> {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sqlite/stored");
    let all = std::fs::read_dir(stored).unwrap().map(|entry| entry.unwrap().path());
    let journals = all.filter(|path| path.extension().is_some_and(|end| end == "sqlite"));
    let copied = journals.map(|path| {
        let copy = folder.file(path.file_name().unwrap().to_str().unwrap());
        cp(&path, &copy);
        cp(&side(&path, "-mark"), &side(&copy, "-mark"));
        copy
    });
    copied.collect()
}

fn client(path: &Path) -> Client {
    let config = Config::new("developer", "access").initiator_id("9962981729").base_url(BASE_URL);
    Client::new(config.journal(JournalConfig::File(path.to_owned()))).unwrap()
}

#[tokio::test]
async fn each_debit_alarm_and_history_of_a_stored_journal_is_read() {
    let folder = Folder::new();
    let files = copies(&folder);
    assert!(!files.is_empty());
    for file in files {
        let client = client(&file);
        let page = client.debits(None, 100).await.unwrap();
        let said = |entry: &JournalEntry| (entry.reference.clone(), entry.outcome, entry.acknowledged);
        let expected = DEBITS.map(|(reference, outcome, acknowledged)| (reference.to_owned(), outcome, acknowledged));
        assert_eq!(page.items.iter().map(said).collect::<Vec<_>>(), expected);
        assert!(page.items[5].spent && page.items[5].declared);
        assert_eq!(page.items[6].retry_of.as_deref(), Some("PAY-6"));
        assert!(page.items[4].contradiction.is_some());
        for (reference, ..) in DEBITS {
            let key = DebitKey { op: "dmt.transfer".into(), reference: reference.into() };
            assert_eq!(client.history(&key).await.unwrap()[0].by, "reserved");
        }
        let unresolved = client.unresolved(None, 100).await.unwrap();
        assert_eq!(unresolved.items.len(), 5);
        let alarms = client.alarms(None, 100).await.unwrap();
        assert_eq!(alarms.items.iter().map(|alarm| &*alarm.reason).collect::<Vec<_>>(), ["contradiction"]);
        // These journals can also be written.
        assert!(client.acknowledge(&page.items[2]).await.unwrap());
        assert!(client.acknowledge_alarm(&alarms.items[0].id).await.unwrap());
        assert!(client.acknowledge(&page.items[0]).await.unwrap(), "also one that is archived");
        assert_eq!(client.debits(None, 100).await.unwrap().items.len(), DEBITS.len());
    }
}

#[tokio::test]
async fn references_of_a_stored_journal_stay_used_until_pruned() {
    let folder = Folder::new();
    for file in copies(&folder) {
        let store = open(&file);
        store.verify().await.unwrap();
        for kind in ["journal", "known", "debit"] {
            let known = async |key: &str| store.read(key).await.unwrap().expect("it is known");
            let account = known("dmt.transfer:PAY-1").await.account;
            let keys: Vec<String> = match kind {
                "journal" => vec!["journal".into()],
                "known" => vec![format!("known:{account}:dmt.transfer")],
                _ => DEBITS.map(|(reference, ..)| format!("dmt.transfer:{reference}")).into(),
            };
            for key in keys {
                assert_eq!(known(&key).await.kind, kind);
                assert!(!store.write(row(&key, 1), Vec::new()).await.unwrap(), "{key}");
            }
        }
        let newest = store.read("dmt.transfer:PAY-8").await.unwrap().unwrap().updated_ms;
        assert_eq!(store.prune(0, newest, 100).await.unwrap(), 2, "those of the archive");
        assert_eq!(store.read("dmt.transfer:PAY-1").await.unwrap(), None);
    }
}

/// The column `marked` must be read as it was written: 1 if there was a mark, 2 if a person has declared the journal restored.
#[tokio::test]
async fn a_stored_journal_without_its_mark_is_behind_until_declared() {
    let folder = Folder::new();
    for file in copies(&folder) {
        std::fs::remove_file(side(&file, "-mark")).unwrap();
        let store = open(&file);
        assert_eq!(kind(store.verify().await), StoreFailure::Behind);
        close(store, &file);
    }
    let folder = Folder::new();
    for file in copies(&folder) {
        sql(&file, "UPDATE journal SET commits = commits - 1");
        let store = open(&file);
        assert_eq!(kind(store.verify().await), StoreFailure::Behind);
        close(store, &file);
        sql(&file, "UPDATE journal SET marked = 2");
        open(&file).verify().await.unwrap();
    }
}

#[tokio::test]
async fn there_is_a_stored_journal_of_todays_format() {
    let folder = Folder::new();
    close(open(&folder.journal()), &folder.journal());
    let made = |file: &Path| {
        let connection = rusqlite::Connection::open(file).unwrap();
        let sql = "SELECT (SELECT format FROM journal), group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)";
        let said: (u32, String) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        said
    };
    let today = made(&folder.journal());
    let stored = copies(&folder).into_iter().find(|file| file.ends_with(format!("format-{}.sqlite", today.0)));
    assert_eq!(made(&stored.unwrap()), today);
}
