//! Tests of the journal: a reserved reference stays reserved, whatever happens, and events tell the user about the journal.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::money::{DebitOptions, JournalConfig, JournalEntry, Schedule, SqliteStore, State};
use eko_eps::{Client, Code, Config, Environment};
use serde_json::json as value;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use support::shop::{INITIATOR, Shop, answered, inquired, json, key, row_key, told, transfer};
use support::{PlainServer, Reply};

/// A journal file for one test; dropping this value removes it.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("journal-{}-{}.sqlite", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    fn client(&self, server: &PlainServer) -> Client {
        client(server, JournalConfig::File(self.0.clone()))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-mark"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.0.display()));
        }
    }
}

fn client(server: &PlainServer, journal: JournalConfig) -> Client {
    let config = Config::new("journal", "access").initiator_id(INITIATOR).base_url(server.base_url());
    Client::new(config.journal(journal)).unwrap()
}

async fn debit(client: &Client, reference: &str) -> Result<State, Code> {
    let sent = client.debit_by_name("dmt.transfer", &transfer(reference), DebitOptions::default()).await;
    sent.map(|answer| answer.outcome).map_err(|error| error.code())
}

async fn listed(client: &Client) -> Vec<JournalEntry> {
    client.unresolved(None, 1_000).await.unwrap().items
}

#[tokio::test]
async fn a_reference_is_taken_once_also_after_a_restart() {
    let (file, server) = (File::new(), PlainServer::start([Reply::Close]).await);
    let first = file.client(&server);
    assert_eq!(debit(&first, "A").await, Ok(State::Indeterminate));
    let before = listed(&first).await;
    drop(first);
    let again = file.client(&server);
    assert_eq!(debit(&again, "A").await, Err(Code::ReferenceUsed));
    assert_eq!(listed(&again).await, before);
    assert_eq!(debit(&again, "B").await, Ok(State::Indeterminate));
    assert_eq!((listed(&again).await.len(), server.received().len()), (2, 2));
}

#[tokio::test]
async fn a_reference_is_reusable_only_after_proof_of_no_work() {
    let wrong_otp = json(r#"{"status":302,"message":"Wrong OTP"}"#);
    let shop =
        Shop::open("journal-free", [wrong_otp.clone(), wrong_otp, answered("B", "1", "1"), answered("C", "2", "0")])
            .await;
    for (reference, state, reusable) in
        [("A", State::Declined, true), ("B", State::Declined, false), ("C", State::Settled, false)]
    {
        let answer = shop.debit(reference).await.unwrap();
        assert_eq!((answer.outcome, answer.reusable), (state, reusable), "{reference}");
        let again = shop.debit(reference).await;
        assert_eq!(again.is_ok(), reusable, "{reference}");
    }
    // A reference may be used again after a refusal. Its history still has the earlier attempt.
    let history = shop.client.history(&key("A")).await.unwrap();
    let steps: Vec<_> = history.iter().map(|step| &*step.by).collect();
    assert_eq!(steps[..3], ["reserved", "answer", "reserved"]);
    assert_ne!(history[0].reservation_id, history[2].reservation_id);
}

#[test]
fn away_from_loopback_a_schedule_must_outlive_every_signature() {
    let (mut hasty, mut once) = (Schedule::default(), Schedule::default());
    (hasty.not_found_spread_ms, once.not_found_count) = (60_000, 1);
    let config = || Config::new("developer", "access");
    for schedule in [hasty, once] {
        let error = Client::new(config().environment(Environment::Uat).schedule(schedule)).unwrap_err();
        assert!(error.to_string().contains("schedule ends debits too early"), "{error}");
        Client::new(config().base_url("http://127.0.0.1:9/ekoapi/v3").schedule(schedule)).unwrap();
    }
    Client::new(config().environment(Environment::Uat).schedule(Schedule::default())).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_gets_the_reference() {
    let (file, server) = (File::new(), PlainServer::start([Reply::Close]).await);
    // Each client opens the file for itself, as three processes would.
    let store =
        || JournalConfig::Store(Arc::new(SqliteStore::open(eko_eps::money::FileOptions::new(&file.0)).unwrap()));
    let clients = [(); 3].map(|()| client(&server, store()));
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..150 {
        let client = clients[index % 3].clone();
        calls.spawn(async move { debit(&client, &format!("R{}", index % 50)).await });
    }
    let outcomes = calls.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Ok(State::Indeterminate)).count(), 50, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(Code::ReferenceUsed)).count(), 100, "{outcomes:?}");
    assert_eq!(server.received().len(), 50);
}

#[tokio::test]
async fn rows_of_a_newer_format_are_reported_and_left_unchanged() {
    let shop = Shop::open("journal-newer", [Reply::Close]).await;
    for reference in ["A", "B", "C"] {
        shop.debit(reference).await.unwrap();
        shop.eps.says(reference, [inquired(reference, "77", "2")]);
    }
    let like = shop.store.row(&row_key("A")).unwrap();
    for number in 0..200 {
        let mut row = like.clone();
        (row.key, row.due_ms) = (row_key(&format!("N{number}")), Some(1));
        row.entry = if number % 2 == 0 {
            r#"{"state":"new"}"#.into()
        } else {
            row.entry.replace(r#""format":1"#, r#""format":2"#)
        };
        shop.store.put(row);
    }
    for reference in ["A", "B", "C"] {
        shop.store.edit(&row_key(reference), |row, _| row.due_ms = Some(2));
    }
    let mut events = shop.client.events();
    assert_eq!(shop.client.resolve_due().await.unwrap().len(), 3);
    assert!(told(&mut events).iter().any(|(_, reason)| *reason == Some("newerRow")));
    assert_eq!(listed(&shop.client).await.len(), 3);
    assert!(told(&mut events).iter().any(|(_, reason)| *reason == Some("newerRow")));
    // A row that this version cannot read: its reference was used, but not known for what.
    let error = shop.debit("N0").await.unwrap_err();
    assert_eq!((error.code(), shop.posts()), (Code::ReferenceUsed, 3));
    assert_eq!(shop.store.row(&row_key("N0")).unwrap().version, like.version, "as it was");
}

#[tokio::test]
async fn a_journal_of_another_format_is_refused() {
    let shop = Shop::open("journal-format", [answered("A", "1", "0")]).await;
    shop.debit("A").await.unwrap();
    shop.store.edit("journal", |_, entry| entry["format"] = value!(2));
    let other = shop.another(|config| config);
    assert_eq!(debit(&other, "B").await, Err(Code::JournalUnusable));
    assert_eq!(other.unresolved(None, 1).await.unwrap_err().code(), Code::JournalUnusable);
    assert_eq!(shop.posts(), 1);
}

#[tokio::test]
async fn what_was_acknowledged_can_be_forgotten_and_nothing_else() {
    let answers = [answered("acknowledged", "1", "0"), answered("done", "2", "0"), Reply::Close];
    let shop = Shop::open("journal-prune", answers).await;
    for reference in ["acknowledged", "done", "open"] {
        shop.debit(reference).await.unwrap();
    }
    // Debits of one millisecond are listed in the order of their references.
    let all = listed(&shop.client).await;
    assert_eq!(all.iter().map(|entry| &*entry.reference).collect::<Vec<_>>(), ["acknowledged", "done", "open"]);
    assert!(shop.client.acknowledge(&all[0]).await.unwrap());
    assert!(!shop.client.acknowledge(&all[2]).await.unwrap(), "it is open");
    let hour = Duration::from_secs(3_600);
    assert_eq!(shop.client.prune(hour).await.unwrap(), 0, "it is young");
    shop.store.edit(&row_key("acknowledged"), |row, _| row.updated_ms -= 3_601_000);
    assert_eq!(shop.client.prune(hour).await.unwrap(), 1);
    let left: Vec<_> = listed(&shop.client).await.into_iter().map(|entry| entry.reference).collect();
    assert_eq!(left, ["done", "open"]);
    // Pruning keeps debits that silence or a person has ended, and the known references of the rounds.
    let spent = shop.client.declare_not_sent(&all[2]).await.unwrap();
    assert!(shop.client.acknowledge(&spent).await.unwrap());
    shop.store.edit(&row_key("open"), |row, _| (row.updated_ms, row.due_ms) = (row.updated_ms - 3_601_000, None));
    assert_eq!(shop.client.prune(hour).await.unwrap(), 0);
    let kept = shop.store.row(&row_key("open")).unwrap();
    let days = (kept.keep_until_ms.unwrap() - spent.updated_at) / 86_400_000;
    assert_eq!(days, 90);
    assert!(shop.store.rows().iter().any(|row| row.kind == "known"));
}

#[tokio::test]
async fn what_was_seen_is_acknowledged_and_not_what_came_after_it() {
    let wrong_otp = json(r#"{"status":302,"message":"Wrong OTP"}"#);
    let shop = Shop::open("journal-seen", [wrong_otp.clone(), wrong_otp, Reply::Close]).await;
    shop.debit("A").await.unwrap();
    let first = listed(&shop.client).await.pop().unwrap();
    shop.debit("A").await.unwrap();
    let second = listed(&shop.client).await.pop().unwrap();
    assert_eq!((first.revision, second.revision), (1, 1));
    assert!(!shop.client.acknowledge(&first).await.unwrap(), "another attempt by now");
    assert!(shop.client.acknowledge(&second).await.unwrap());
    assert_eq!(listed(&shop.client).await, []);
    // A debit that was opened again and ended anew has a second end, which was not acknowledged.
    shop.debit("B").await.unwrap();
    let open = listed(&shop.client).await.pop().unwrap();
    let ended = shop.client.declare_not_sent(&open).await.unwrap();
    shop.eps.says("B", [inquired("B", "77", "0")]);
    assert_eq!(shop.resolve("B").await.revision, 2);
    assert!(!shop.client.acknowledge(&ended).await.unwrap());
    assert_eq!(listed(&shop.client).await.len(), 1);
}

#[tokio::test]
async fn what_is_unresolved_is_paged() {
    let shop = Shop::open("journal-paged", [Reply::Close]).await;
    for number in 0..7 {
        shop.debit(&format!("R{number}")).await.unwrap();
    }
    let (mut after, mut all, mut pages) = (None::<String>, Vec::new(), 0);
    loop {
        let page = shop.client.unresolved(after.as_deref(), 3).await.unwrap();
        assert!(page.items.len() <= 3);
        all.extend(page.items.into_iter().map(|entry| entry.reference));
        pages += 1;
        // A debit that is made between two pages comes on the last page.
        if pages == 1 {
            shop.debit("R7").await.unwrap();
        }
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    assert_eq!(all, ["R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7"]);
    assert!(shop.client.unresolved(Some("none of ours"), 3).await.is_err());
}

#[tokio::test]
async fn an_alarm_is_raised_once_and_acknowledged_by_itself() {
    let shop = Shop::open("journal-alarms", [answered("OTHER", "1", "0")]).await;
    shop.debit("A").await.unwrap();
    shop.eps.says("A", [inquired("OTHER", "1", "0")]);
    shop.eps.says("1", [inquired("OTHER", "1", "0")]);
    for _ in 0..3 {
        shop.resolve("A").await;
    }
    let alarms = shop.client.alarms(None, 10).await.unwrap().items;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!((&*alarms[0].reason, alarms[0].reference.as_deref()), ("contradiction", Some("A")));
    assert!(shop.client.acknowledge_alarm(&alarms[0].id).await.unwrap());
    assert_eq!(shop.client.alarms(None, 10).await.unwrap().items, []);
    assert_eq!(listed(&shop.client).await.len(), 1, "the debit is open all the same");
    assert!(!shop.client.acknowledge_alarm("alarm:none").await.unwrap());
    assert!(!shop.client.acknowledge_alarm(&row_key("A")).await.unwrap(), "a debit is no alarm");
}

#[tokio::test]
async fn no_secret_and_no_personal_data_is_in_it() {
    let personal = r#"{"status":0,"response_type_id":325,"message":"Sent to Virender","data":{"tx_status":"0","tid":"77","client_ref_id":"REF-2","recipient_name":"Virender","account":"234243534"}}"#;
    let shop = Shop::open("journal-personal", [json(personal)]).await;
    shop.debit("REF-1").await.unwrap();
    shop.eps.says("REF-1", [json(personal.replace("REF-2", "REF-3"))]);
    shop.resolve("REF-1").await;
    assert_eq!(shop.alarms().await.len(), 1);
    let rows = shop.store.rows();
    for word in
        [INITIATOR, "9000000003", "117015428", "4702", "667007109", "Virender", "234243534", "access", "shop-journal"]
    {
        for row in &rows {
            assert!(!format!("{row:?}").contains(word), "{word} is in {row:?}");
        }
    }
    // Each journal makes its own digests: the same account has another digest in another journal.
    let other = Shop::open("journal-personal", [json(personal)]).await;
    other.debit("REF-1").await.unwrap();
    assert_ne!(other.store.row(&row_key("REF-1")).unwrap().account, shop.store.row(&row_key("REF-1")).unwrap().account);
    assert_ne!(other.store.entry(&row_key("REF-1"))["parties"], shop.store.entry(&row_key("REF-1"))["parties"]);
}

#[tokio::test]
async fn history_tells_why_a_debit_is_what_it_is() {
    let shop = Shop::open("journal-history", [Reply::Close]).await;
    shop.debit("REF-1").await.unwrap();
    shop.eps.says("REF-1", [inquired("REF-1", "77", "2")]);
    shop.eps.says("77", [inquired("REF-1", "77", "0")]);
    shop.resolve("REF-1").await;
    shop.resolve("REF-1").await;
    let history = shop.client.history(&key("REF-1")).await.unwrap();
    let steps: Vec<_> = history.iter().map(|step| (step.to, &*step.by, step.detail.as_deref())).collect();
    let expected = [
        (State::Indeterminate, "reserved", None),
        (State::Pending, "inquiry", Some("tid 77")),
        (State::Settled, "inquiry", None),
    ];
    assert_eq!(steps, expected);
    assert_eq!(shop.client.history(&key("NONE")).await.unwrap_err().code(), Code::NotFound);
}

/// Counts the open files of this process whose names begin like this journal's.
#[cfg(target_os = "linux")]
fn open_files(file: &File) -> usize {
    let name = file.0.to_string_lossy();
    let open =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
    open.filter(|path| path.to_string_lossy().starts_with(&*name)).count()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_file_is_shared_by_clients_and_closed_with_the_last() {
    let (file, server) = (File::new(), PlainServer::start([Reply::Close]).await);
    let (first, second) = (file.client(&server), file.client(&server));
    assert!(listed(&first).await.is_empty());
    let open = open_files(&file);
    assert!(open > 0);
    assert!(listed(&second).await.is_empty());
    assert_eq!(open_files(&file), open, "one connection for both");
    drop(first);
    assert!(listed(&second).await.is_empty());
    drop(second);
    let begun = std::time::Instant::now();
    while open_files(&file) > 0 {
        assert!(begun.elapsed().as_secs() < 10, "the journal stays open without a client");
        tokio::task::yield_now().await;
    }
    assert!(listed(&file.client(&server)).await.is_empty());
}
