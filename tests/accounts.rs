//! One journal that several accounts share: nobody asks EPS about another's debit, and nobody sends its reference again.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::client::JournalConfig;
use eko_eps::money::{Account, Intent, Journal, Key, SqliteStore, State};
use eko_eps::{CallOptions, Client, Code, Config};
use std::path::PathBuf;
use support::{PlainServer, Reply};

fn file(name: &str) -> PathBuf {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("accounts-{name}-{}.sqlite", std::process::id()));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    path
}

fn key(reference: &str) -> Key {
    Key { op: "dmt.transfer".into(), reference: reference.into() }
}

const PARAMS: &str = r#"{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"REF-1"}"#;

#[tokio::test]
async fn a_debit_of_another_account_is_neither_asked_about_nor_sent_again() {
    let server =
        PlainServer::start([Reply::Close, Reply::Json(200, r#"{"status":1,"response_status_id":-1}"#.into())]).await;
    let path = file("shared");
    let client = |developer: &str, initiator: &str, base_url: String| {
        let config = Config::new(developer, "access").initiator_id(initiator).base_url(base_url);
        Client::new(config.journal(JournalConfig::File(path.clone()))).unwrap()
    };
    let owner = client("developer", "9962981729", server.base_url());
    let sent = owner.debit("dmt.transfer", PARAMS, CallOptions::default()).await.unwrap();
    assert_eq!(sent.state, State::Indeterminate);
    let elsewhere = server.base_url().replace("ekoapi", "ekoicici");
    for (initiator, base_url, words) in [
        ("9962981730", server.base_url(), "another initiatorId"),
        ("9962981729", elsewhere.clone(), "another environment or baseUrl:"),
        ("9962981730", elsewhere, "another environment or baseUrl and another initiatorId"),
    ] {
        let other = client("developer", initiator, base_url);
        let refused = other.resolve(&key("REF-1")).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidConfig);
        assert!(refused.to_string().contains(words), "{refused}");
        assert!(other.unresolved().await.unwrap().is_empty());
        let callback = other.callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#).unwrap();
        assert_eq!(other.merge_callback(&callback).await.unwrap(), None);
        let again = other.debit("dmt.transfer", PARAMS, CallOptions::default()).await.unwrap_err();
        assert_eq!(again.code(), Code::ReferenceUsed);
    }
    assert_eq!(server.received().len(), 1, "only the debit itself has left");
    // New keys of the same account find it.
    let rotated = client("rotated", "9962981729", server.base_url());
    assert_eq!(rotated.unresolved().await.unwrap().len(), 1);
    assert_eq!(rotated.resolve(&key("REF-1")).await.unwrap().known.not_found, 1);
}

#[tokio::test]
async fn rows_that_are_not_ours_do_not_starve_ours() {
    let account = |initiator| Account::of("https://a.example/ekoapi/v3", Some(initiator));
    let theirs = Journal::new(SqliteStore::open(&file("starve")).unwrap(), account("9962981730"));
    let ours = theirs.clone().of(account("9962981729"));
    let intent = |reference: &str, now_ms: u64| Intent {
        key: key(reference),
        amount: None,
        parties: String::new(),
        created_ms: now_ms,
        first_inquiry_ms: now_ms,
    };
    for number in 0..300 {
        theirs.reserve(intent(&format!("T{number}"), 1_000)).await.unwrap();
    }
    for number in 0..3 {
        ours.reserve(intent(&format!("O{number}"), 2_000)).await.unwrap();
    }
    let claimed = ours.claim_due(3_000, 9_000, 2).await.unwrap();
    assert_eq!(claimed.iter().map(|entry| &*entry.intent.key.reference).collect::<Vec<_>>(), ["O0", "O1"]);
    assert_eq!(ours.claim_due(3_000, 9_000, 8).await.unwrap().len(), 1);
    assert_eq!(theirs.claim_due(3_000, 9_000, 300).await.unwrap().len(), 300);
    assert_eq!(ours.unresolved(10).await.unwrap().len(), 3);
}

#[test]
fn production_is_one_account_by_whatever_relay_it_is_reached() {
    let of = |base_url| Account::of(base_url, Some("9962981729"));
    let direct = of("https://api.eko.in/ekoicici/v3");
    assert_eq!(direct.difference(&of("http://127.0.0.1:9/ekoicici/v3")), None);
    assert!(direct.difference(&of("https://staging.eko.in/ekoapi/v3")).is_some());
}
