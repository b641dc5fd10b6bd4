//! Tests of one journal that several accounts share: a client neither asks about the debits of another account nor sends their references.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::money::{DebitOptions, JournalConfig, State};
use eko_eps::{Client, Code, Config};
use std::path::PathBuf;
use std::sync::Arc;
use support::memory::Memory;
use support::shop::{NOT_FOUND, answered, json, key, row_key, transfer};
use support::{PlainServer, Reply};

fn file(name: &str) -> PathBuf {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("accounts-{name}-{}.sqlite", std::process::id()));
    for suffix in ["", "-wal", "-shm", "-mark"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    path
}

fn client(developer: &str, initiator: &str, base_url: &str, journal: &JournalConfig) -> Client {
    let config = Config::new(developer, "access").initiator_id(initiator).base_url(base_url);
    Client::new(config.journal(journal.clone())).unwrap()
}

async fn count(client: &Client) -> usize {
    client.unresolved(None, 1_000).await.unwrap().items.len()
}

#[tokio::test]
async fn debits_of_another_account_are_inaccessible() {
    let server = PlainServer::start([Reply::Json(200, "{}".into()), json(NOT_FOUND)]).await;
    let journal = JournalConfig::File(file("shared"));
    let url = server.base_url();
    let owner = client("developer", "9962981729", &url, &journal);
    let sent = owner.debit_by_name("dmt.transfer", &transfer("REF-1"), DebitOptions::default()).await.unwrap();
    assert_eq!(sent.outcome, State::Indeterminate);
    let listed = owner.unresolved(None, 10).await.unwrap().items.pop().unwrap();
    let elsewhere = url.replace("ekoapi", "ekoicici");
    for (initiator, base_url) in [("9962981730", &url), ("9962981729", &elsewhere), ("9962981730", &elsewhere)] {
        let other = client("developer", initiator, base_url, &journal);
        for refused in [
            other.resolve(&key("REF-1")).await.map(|_| ()),
            other.history(&key("REF-1")).await.map(|_| ()),
            other.declare_not_sent(&listed).await.map(|_| ()),
            other.declare_final(&listed, State::Settled, None).await.map(|_| ()),
        ] {
            let refused = refused.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidConfig);
            assert!(refused.to_string().contains("another initiatorId, environment or baseUrl"), "{refused}");
        }
        assert_eq!(count(&other).await, 0);
        assert!(!other.acknowledge(&listed).await.unwrap());
        assert_eq!(other.resolve_due().await.unwrap().len(), 0);
        let callback = other.callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#).unwrap();
        assert_eq!(other.merge_callback(&callback).await.unwrap(), None);
        let again = other.debit_by_name("dmt.transfer", &transfer("REF-1"), DebitOptions::default()).await.unwrap_err();
        assert_eq!(again.code(), Code::ReferenceUsed);
    }
    assert_eq!(server.received().len(), 1, "only the debit itself has left");
    // A client with new keys for the same account still finds its debit.
    let rotated = client("rotated", "9962981729", &url, &journal);
    assert_eq!(count(&rotated).await, 1);
    assert_eq!(rotated.resolve(&key("REF-1")).await.unwrap().inquiries, 1);
}

#[tokio::test]
async fn alarms_and_known_references_are_an_accounts_own() {
    let other = answered("REF-9", "77", "0");
    let server = PlainServer::start([other, answered("REF-2", "78", "0"), json(NOT_FOUND)]).await;
    let store = Memory::new();
    let journal = JournalConfig::Store(Arc::new(store.clone()));
    let [ours, theirs] =
        ["9962981729", "9962981730"].map(|initiator| client("alarms", initiator, &server.base_url(), &journal));
    for reference in ["REF-1", "REF-2"] {
        ours.debit_by_name("dmt.transfer", &transfer(reference), DebitOptions::default()).await.unwrap();
    }
    let alarm = ours.alarms(None, 10).await.unwrap().items.pop().unwrap();
    assert_eq!(theirs.alarms(None, 10).await.unwrap().items, []);
    assert!(!theirs.acknowledge_alarm(&alarm.id).await.unwrap());
    // A debit that EPS has booked for one account is no known reference for another account.
    theirs.debit_by_name("dmt.transfer", &transfer("REF-3"), DebitOptions::default()).await.unwrap();
    let before = server.received().len();
    theirs.resolve(&key("REF-3")).await.unwrap();
    assert_eq!(server.received().len(), before + 1, "there is nothing to compare with");
    assert!(ours.acknowledge_alarm(&alarm.id).await.unwrap());
    assert_eq!(ours.alarms(None, 10).await.unwrap().items, []);
}

#[tokio::test]
async fn rows_that_are_not_ours_do_not_starve_ours() {
    let nothing = [Reply::Close, Reply::Close, Reply::Close, Reply::Close, json(NOT_FOUND)];
    let server = PlainServer::start(nothing).await;
    let store = Memory::new();
    let journal = JournalConfig::Store(Arc::new(store.clone()));
    let [ours, theirs] =
        ["9962981729", "9962981730"].map(|initiator| client("starve", initiator, &server.base_url(), &journal));
    for (client, reference) in [(&theirs, "T"), (&ours, "O-0"), (&ours, "O-1"), (&ours, "O-2")] {
        client.debit_by_name("dmt.transfer", &transfer(reference), DebitOptions::default()).await.unwrap();
    }
    let like = store.row(&row_key("T")).unwrap();
    for number in 0..600 {
        let mut row = like.clone();
        (row.key, row.due_ms) = (row_key(&format!("T{number}")), Some(1));
        // Every second row has the form of an unknown later version. It still belongs to the other account.
        row.entry = if number % 2 == 0 { "{}".into() } else { row.entry.replace(r#""T""#, &format!(r#""T{number}""#)) };
        store.put(row);
    }
    for number in 0..3 {
        store.edit(&row_key(&format!("O-{number}")), |row, _| row.due_ms = Some(2));
    }
    let before = server.received().len();
    let _ = ours.resolve_due().await.unwrap();
    let received = server.received();
    let asked = received[before..].iter().filter_map(|request| request.asks_for());
    let mut asked: Vec<_> = asked.collect();
    asked.sort_unstable();
    assert_eq!(asked, ["O-0", "O-1", "O-2"]);
    assert_eq!(count(&ours).await, 3);
}

#[tokio::test]
async fn production_is_one_account_by_whatever_relay_it_is_reached() {
    let (one, two) = (PlainServer::start([Reply::Close]).await, PlainServer::start([Reply::Close]).await);
    let journal = JournalConfig::File(file("relay"));
    let [one_url, two_url] = [&one, &two].map(|server| server.base_url().replace("ekoapi", "ekoicici"));
    let first = client("relay", "9962981729", &one_url, &journal);
    first.debit_by_name("dmt.transfer", &transfer("REF-1"), DebitOptions::default()).await.unwrap();
    assert_eq!(count(&client("relay", "9962981729", &two_url, &journal)).await, 1);
    // A second test server is another account, so its client sees none of these debits.
    assert_eq!(count(&client("relay", "9962981729", &two.base_url(), &journal)).await, 0);
}

#[tokio::test]
async fn an_end_is_acknowledged_by_its_own_account_alone() {
    let server = PlainServer::start([answered("REF-1", "77", "0")]).await;
    let (journal, url) = (JournalConfig::File(file("ended")), server.base_url());
    let owner = client("developer", "9962981729", &url, &journal);
    let sent = owner.debit_by_name("dmt.transfer", &transfer("REF-1"), DebitOptions::default()).await.unwrap();
    assert_eq!(sent.outcome, State::Settled);
    let listed = owner.unresolved(None, 10).await.unwrap().items.pop().unwrap();
    let other = client("developer", "9962981730", &url, &journal);
    assert!(!other.acknowledge(&listed).await.unwrap());
    assert_eq!(count(&owner).await, 1, "it is still to be seen");
    assert!(owner.acknowledge(&listed).await.unwrap());
    assert_eq!(count(&owner).await, 0);
}
