//! Where a journal may lie without being told: for tests alone, and production is production also behind a relay on this machine.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::error::Code;
use eko_eps::money::Schedule;
use eko_eps::{Client, Config};

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
