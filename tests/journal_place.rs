//! Tests of the default place of a journal: only test servers have one. Production has none, not even behind a relay on this machine.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::Code;
use eko_eps::money::{DebitOptions, FileOptions, JournalConfig, Schedule, SqliteStore, VOLATILE_RISK};
use eko_eps::{Client, Config, Environment};
use sha2::{Digest, Sha256};
use std::path::Path;

fn relayed(path: &str) -> Config {
    Config::new("developer-place", "access")
        .initiator_id("9962981729")
        .base_url(format!("http://127.0.0.1:9/{path}/v3"))
}

#[tokio::test]
async fn production_behind_a_local_relay_has_no_default_journal() {
    let client = Client::new(relayed("ekoicici")).unwrap();
    assert_eq!(client.unresolved(None, 1).await.unwrap_err().code(), Code::JournalMissing);
    // The keys are new for each run, so a journal that an earlier run has left is not found.
    let key = format!("developer-place-{}", std::process::id());
    let base_url = "http://127.0.0.1:9/ekoapi/v3";
    let digest = Sha256::digest(format!("{base_url}\0{key}"));
    let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let place = std::env::temp_dir().join(format!("eko-eps-test-journal-{name}.sqlite"));
    let client = Client::new(Config::new(key, "access").initiator_id("9962981729").base_url(base_url)).unwrap();
    assert!(client.unresolved(None, 1).await.unwrap().items.is_empty());
    assert!(place.exists());
    drop(client);
    remove(&place);
}

/// Removes a journal and the files beside it.
fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-mark"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}

#[test]
fn production_behind_a_relay_rejects_a_hasty_schedule() {
    let mut hasty = Schedule::default();
    hasty.not_found_count = 1;
    assert_eq!(Client::new(relayed("ekoicici").schedule(hasty)).unwrap_err().code(), Code::InvalidConfig);
    assert!(Client::new(relayed("ekoapi").schedule(hasty)).is_ok());
}

#[tokio::test]
async fn production_refuses_to_prune_or_archive_the_last_day() {
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("prune-{}", std::process::id()));
    let journal = JournalConfig::File(path.clone());
    let client = |name| Client::new(relayed(name).journal(journal.clone())).unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let refused = client("ekoicici").prune(hour).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidParams);
    assert!(refused.invalid_params().contains_key("olderThanMs"));
    let younger = 24 * hour - std::time::Duration::from_millis(1);
    assert_eq!(client("ekoicici").prune(younger).await.unwrap_err().code(), Code::InvalidParams);
    assert_eq!(client("ekoicici").archive(younger).await.unwrap_err().code(), Code::InvalidParams);
    assert_eq!(client("ekoicici").prune(24 * hour).await.unwrap(), 0);
    assert_eq!(client("ekoapi").prune(hour).await.unwrap(), 0);
    // UAT may share its journal with production, so the same limit holds for it.
    let uat = Config::new("developer-place", "access").environment(Environment::Uat).journal(journal.clone());
    assert_eq!(Client::new(uat).unwrap().prune(hour).await.unwrap_err().code(), Code::InvalidParams);
    remove(&path);
}

/// A folder for one test; dropping this value removes it.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(root: &str, name: &str) -> Self {
        let path = Path::new(root).join(format!("eko-eps-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const DEBIT: &str = r#"{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"REF-1"}"#;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn production_refuses_a_volatile_journal_unless_accepted() {
    let folder = Folder::new("/dev/shm", "place");
    let path = folder.0.join("journal");
    let with = |accept_volatile: Option<&str>| {
        let accept_volatile = accept_volatile.map(str::to_owned);
        let journal = JournalConfig::FileWith { path: path.clone(), create: true, accept_volatile };
        Client::new(relayed("ekoicici").journal(journal))
    };
    assert_eq!(with(Some("yes")).unwrap_err().code(), Code::InvalidConfig);
    let refused = with(None).unwrap().debit_by_name("dmt.transfer", DEBIT, DebitOptions::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::JournalUnusable);
    assert!(refused.message().contains("tmpfs"), "{refused}");
    assert!(with(Some(VOLATILE_RISK)).unwrap().unresolved(None, 1).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_new_journal_is_reported_and_needs_create_to_be_true() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "made");
    let path = folder.0.join("journal");
    let with = |create| {
        let journal = JournalConfig::FileWith { path: path.clone(), create, accept_volatile: None };
        Client::new(relayed("ekoapi").journal(journal)).unwrap()
    };
    let refused = with(false).debit_by_name("dmt.transfer", DEBIT, DebitOptions::default()).await.unwrap_err();
    assert_eq!((refused.code(), path.exists()), (Code::JournalUnusable, false));
    let client = with(true);
    let mut events = client.events();
    client.unresolved(None, 1).await.unwrap();
    let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).filter_map(|event| event.reason).collect();
    assert!(told.contains(&"journalCreated"), "{told:?}");
    assert!(with(false).unresolved(None, 1).await.is_ok());
}

#[tokio::test]
async fn a_journal_without_identity_is_refused_if_create_is_false() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "identity");
    let path = folder.0.join("journal");
    drop(SqliteStore::open(FileOptions::new(&path)).unwrap());
    let journal = JournalConfig::FileWith { path, create: false, accept_volatile: None };
    let client = Client::new(relayed("ekoapi").journal(journal)).unwrap();
    assert_eq!(client.unresolved(None, 1).await.unwrap_err().code(), Code::JournalUnusable);
}
