//! Where a journal may lie without being told: for tests alone, and production is production also behind a relay on this machine.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::error::Code;
use eko_eps::money::Schedule;
use eko_eps::{Client, Config, Environment};

fn relayed(path: &str) -> Config {
    Config::new("developer", "access").initiator_id("9962981729").base_url(format!("http://127.0.0.1:9/{path}/v3"))
}

#[tokio::test]
async fn production_behind_a_relay_on_this_machine_has_no_journal_by_default() {
    let client = Client::new(relayed("ekoicici")).unwrap();
    assert_eq!(client.unresolved().await.unwrap_err().code(), Code::JournalMissing);
    let client = Client::new(relayed("ekoapi")).unwrap();
    assert!(client.unresolved().await.unwrap().is_empty());
}

#[test]
fn and_no_hasty_schedule() {
    let hasty = Schedule { not_found_count: 1, ..Schedule::default() };
    assert_eq!(Client::new(relayed("ekoicici").schedule(hasty)).unwrap_err().code(), Code::InvalidConfig);
    assert!(Client::new(relayed("ekoapi").schedule(hasty)).is_ok());
}

#[tokio::test]
async fn and_forgets_nothing_of_today() {
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("prune-{}", std::process::id()));
    let journal = eko_eps::client::JournalConfig::File(path.clone());
    let client = |name| Client::new(relayed(name).journal(journal.clone())).unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let refused = client("ekoicici").prune(hour).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidParams);
    assert!(refused.invalid_params().contains_key("olderThanMs"));
    assert_eq!(client("ekoicici").prune(24 * hour).await.unwrap(), 0);
    assert_eq!(client("ekoapi").prune(hour).await.unwrap(), 0);
    // UAT may share the journal with production.
    let uat = Config::new("developer", "access").environment(Environment::Uat).journal(journal.clone());
    assert_eq!(Client::new(uat).unwrap().prune(hour).await.unwrap_err().code(), Code::InvalidParams);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}
