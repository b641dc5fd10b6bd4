//! The resolver: what an inquiry may change, and when silence means "not done".
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::client::{Event, EventKind, JournalConfig, Reason};
use eko_eps::money::{Account, Callback, Entry, Intent, Journal, Key, Known, Schedule, SqliteStore, State};
use eko_eps::{CallOptions, Client, Config};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use support::{PlainServer, Reply};

const NOT_FOUND: &str = r#"{"status":1,"response_status_id":-1,"message":"none","data":{}}"#;

fn json(body: &str) -> Reply {
    Reply::Json(200, body.to_owned())
}

fn key(op: &str, reference: &str) -> Key {
    Key { op: op.into(), reference: reference.into() }
}

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Twice in as little time as a test has.
const QUICK: fn() -> Schedule = || Schedule { not_found_count: 2, not_found_spread_ms: 20, ..Schedule::default() };

async fn a_while() {
    tokio::time::sleep(Duration::from_millis(25)).await;
}

/// What EPS answers to an inquiry; `tx_status` is left out where it is empty.
fn inquired(tx_status: &str) -> Reply {
    let state = if tx_status.is_empty() { String::new() } else { format!(r#""tx_status":"{tx_status}","#) };
    json(&format!(r#"{{"status":0,"response_type_id":1472,"message":"x","data":{{{state}"tid":"77"}}}}"#))
}

fn late(reply: Reply) -> Reply {
    match reply {
        Reply::Json(status, body) => Reply::Late(300, status, body),
        other @ (Reply::Late(..) | Reply::Raw(_) | Reply::Close | Reply::Silence) => other,
    }
}

fn debit(reference: &str) -> String {
    format!(
        r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"{reference}"}}"#
    )
}

/// A client, its server, and the journal that others use too.
struct Shop {
    server: PlainServer,
    client: Client,
    journal: Journal,
}

impl Shop {
    async fn open(name: &str, schedule: Schedule, replies: &[Reply]) -> Self {
        let server = PlainServer::start(replies.iter().cloned()).await;
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let path = path.join(format!("resolver-{name}-{}.sqlite", std::process::id()));
        for suffix in ["", "-wal", "-shm"] {
            // A file that an earlier process of this number left behind.
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
        let store = Arc::new(SqliteStore::open(&path).unwrap());
        let config = Config::new(format!("resolver-{name}"), "access").initiator_id("9962981729");
        let config = config.base_url(server.base_url()).schedule(schedule);
        let client = Client::new(config.journal(JournalConfig::Store(store.clone()))).unwrap();
        let account = Account::of(&server.base_url(), Some("9962981729"));
        Self { server, client, journal: Journal::shared(store, account) }
    }

    async fn transfer(&self, reference: &str) -> State {
        self.client.debit("dmt.transfer", &debit(reference), CallOptions::default()).await.unwrap().state
    }

    /// Begins to resolve; EPS has heard of it when this returns.
    async fn begin(&self, key: &Key) -> tokio::task::JoinHandle<Known> {
        let (heard, client, key) = (self.server.received().len(), self.client.clone(), key.clone());
        let resolving = tokio::spawn(async move { client.resolve(&key).await.unwrap().known });
        while self.server.received().len() == heard {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        resolving
    }

    async fn resolve(&self, key: &Key) -> Known {
        self.client.resolve(key).await.unwrap().known
    }
}

#[tokio::test]
async fn what_another_machine_has_counted_makes_nothing_not_sent_here() {
    let shop = Shop::open("counted", Schedule::default(), &[Reply::Close, json(NOT_FOUND)]).await;
    assert_eq!(shop.transfer("REF-1").await, State::Indeterminate);
    let key = key("dmt.transfer", "REF-1");
    let long_ago = now_ms() - 16 * 60_000;
    let others = |entry: &Entry| Known {
        not_found: 9,
        first_not_found_ms: Some(long_ago),
        last_not_found_ms: Some(long_ago + 60_000),
        ..entry.known.clone()
    };
    shop.journal.change(&key, others).await.unwrap();
    for _ in 0..3 {
        let known = shop.resolve(&key).await;
        assert_eq!((known.state, known.reusable, known.not_found), (State::Indeterminate, false, 10));
    }
    assert_eq!(shop.server.received().len(), 4);
}

#[tokio::test]
async fn a_refund_that_is_still_not_done_may_be_tried_again() {
    // Its own answer is lost, or says that the money still waits; inquiries then say so, perhaps after "in flight".
    let answered = r#"{"status":0,"response_status_id":0,"response_type_id":74,"message":"x","data":{"tx_status":"3","tid":"77"}}"#;
    for (name, own, between) in [
        ("lost", Reply::Close, vec![]),
        ("waits", json(answered), vec![]),
        ("in-flight", Reply::Close, vec![inquired("3"), inquired("2")]),
    ] {
        let replies = [&[own], between.as_slice(), &[inquired("3"), inquired("3"), inquired("4")]].concat();
        let shop = Shop::open(&format!("refund-{name}"), QUICK(), &replies).await;
        let params = r#"{"tid":"77","otp":"004217","otpRefId":"x"}"#;
        let first = shop.client.debit("refund", params, CallOptions::default()).await.unwrap().state;
        assert_eq!(first, if name == "waits" { State::Pending } else { State::Indeterminate });
        let key = key("refund", "77");
        for _ in &between {
            assert!(!shop.resolve(&key).await.state.is_final());
            a_while().await;
        }
        let open = shop.resolve(&key).await;
        assert!(!open.state.is_final() && open.not_found == 1, "{name}: {open:?}");
        a_while().await;
        let known = shop.resolve(&key).await;
        assert_eq!((known.state, known.reusable), (State::NotSent, true), "{name}");
        let again = shop.client.debit("refund", params, CallOptions::default()).await.unwrap().state;
        assert_ne!(again, State::NotSent, "{name}: it is sent again");
    }
}

#[tokio::test]
async fn an_answer_that_names_no_state_changes_none() {
    let nothing = json(r#"{"status":0,"response_type_id":1472,"message":"x","data":{}}"#);
    let replies =
        [Reply::Close, nothing, json(NOT_FOUND), json(NOT_FOUND), Reply::Close, inquired(""), json(NOT_FOUND)];
    let shop = Shop::open("unnamed", QUICK(), &replies).await;
    assert_eq!(shop.transfer("REF-1").await, State::Indeterminate);
    let key = |reference| key("dmt.transfer", reference);
    for state in [State::Indeterminate, State::Indeterminate, State::NotSent] {
        let known = shop.resolve(&key("REF-1")).await;
        assert_eq!((known.state, known.tid), (state, None));
        a_while().await;
    }
    // With a tid it is known to EPS, and can no longer be "not sent".
    assert_eq!(shop.transfer("REF-2").await, State::Indeterminate);
    for _ in 0..4 {
        let known = shop.resolve(&key("REF-2")).await;
        assert_eq!((known.state, known.tid.as_deref()), (State::Indeterminate, Some("77")));
        a_while().await;
    }
}

fn given_up(entry: &Entry) -> Known {
    Known { state: State::NotSent, reusable: true, next_inquiry_ms: None, ..entry.known.clone() }
}

#[tokio::test]
async fn what_is_found_of_one_debit_is_not_written_onto_the_next_of_its_reference() {
    for (name, found) in [("settled", inquired("0")), ("none", json(NOT_FOUND))] {
        let shop = Shop::open(&format!("anew-{name}"), QUICK(), &[Reply::Close, late(found)]).await;
        assert_eq!(shop.transfer("REF-1").await, State::Indeterminate);
        let key = key("dmt.transfer", "REF-1");
        let first = shop.journal.get(&key).await.unwrap().unwrap();
        let resolving = shop.begin(&key).await;
        shop.journal.change(&key, given_up).await.unwrap();
        shop.journal.reserve(Intent { created_ms: first.intent.created_ms + 1, ..first.intent }).await.unwrap();
        let known = resolving.await.unwrap();
        assert_eq!((known.state, known.tid, known.inquiries), (State::Indeterminate, None, 0), "{name}");
        assert_eq!(shop.journal.get(&key).await.unwrap().unwrap().known.state, State::Indeterminate);
    }
}

fn told(events: &mut tokio::sync::broadcast::Receiver<Event>) -> Vec<(EventKind, Option<Reason>)> {
    std::iter::from_fn(|| events.try_recv().ok()).map(|event| (event.kind, event.reason)).collect()
}

#[tokio::test]
async fn what_eps_said_before_the_end_is_no_alarm_after_it() {
    for (name, before, after, alarms) in [
        ("pending", "2", "0", 0),
        ("refund", "3", "4", 0),
        // Nothing can be done and then declined.
        ("declined", "1", "0", 1),
    ] {
        let replies = [Reply::Close, late(inquired(before)), inquired(after)];
        let shop = Shop::open(&format!("before-{name}"), QUICK(), &replies).await;
        assert_eq!(shop.transfer("REF-1").await, State::Indeterminate);
        let key = key("dmt.transfer", "REF-1");
        let mut events = shop.client.events();
        let older = shop.begin(&key).await;
        let newer = shop.resolve(&key).await;
        assert!(newer.state.is_final());
        assert_eq!(older.await.unwrap().state, newer.state, "{name}");
        let alarm = (EventKind::Alarm, Some(Reason::StateChanged));
        assert_eq!(told(&mut events), [[(EventKind::Resolved, None)].as_slice(), &vec![alarm; alarms]].concat());
    }
}

#[tokio::test]
async fn a_debit_that_was_held_for_not_sent_and_shows_life_keeps_its_reference() {
    let said = Callback::parse(r#"{"client_ref_id":"REF-1","tx_status":0}"#).unwrap();
    let by_eps = (EventKind::Alarm, Some(Reason::StateChanged));
    for (name, answer, alive) in [
        ("none", json(NOT_FOUND), false),
        ("unnamed", json(r#"{"status":0,"response_type_id":1472,"message":"x","data":{}}"#), false),
        ("pending", inquired("2"), true),
        ("settled", inquired("0"), true),
        ("tid", inquired(""), true),
    ] {
        let shop = Shop::open(&format!("life-{name}"), QUICK(), &[Reply::Close, answer, Reply::Close]).await;
        assert_eq!(shop.transfer("REF-1").await, State::Indeterminate);
        let key = key("dmt.transfer", "REF-1");
        shop.journal.change(&key, given_up).await.unwrap();
        let mut events = shop.client.events();
        // Two at once, unsigned as they are: the second asks for nothing.
        for _ in 0..2 {
            let known = shop.client.merge_callback(&said).await.unwrap().unwrap().known;
            assert_eq!((known.state, known.reusable), (State::NotSent, !alive), "{name}");
        }
        assert_eq!(shop.server.received().len(), 2, "{name}: EPS was asked, once");
        assert_eq!(told(&mut events), vec![by_eps; if alive { 3 } else { 2 }], "{name}");
        let again = shop.client.debit("dmt.transfer", &debit("REF-1"), CallOptions::default()).await;
        assert_eq!(again.is_err(), alive, "{name}");
    }
}

#[tokio::test]
async fn what_is_due_is_asked_about_eight_at_once_and_within_its_lease() {
    let shop = Shop::open("due", QUICK(), &[late(json(NOT_FOUND))]).await;
    let created_ms = now_ms() - 3_600_000;
    for index in 0..20 {
        let key = key("dmt.transfer", &format!("REF-{index}"));
        let intent = Intent { key, amount: None, parties: String::new(), created_ms, first_inquiry_ms: created_ms };
        shop.journal.reserve(intent).await.unwrap();
    }
    let begun = std::time::Instant::now();
    let client = shop.client.clone();
    let resolving = tokio::spawn(async move { client.resolve_due().await.unwrap() });
    while shop.server.received().len() < 8 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // What is not being asked about yet is left for others.
    let left = shop.journal.claim_due(now_ms(), now_ms() + 1, 100).await.unwrap().len();
    assert!(left > 0, "nothing is left");
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(resolving.await.unwrap().len(), 20);
    assert!(begun.elapsed() < Duration::from_secs(5), "one after another they take six seconds");
}

#[tokio::test]
async fn silence_is_dated_by_the_clock_of_eps() {
    let ahead_ms = 3_600_000;
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(now_ms() + ahead_ms));
    let head = format!("HTTP/1.1 200 X\r\ndate: {date}\r\ncontent-length: {}\r\n\r\n", NOT_FOUND.len());
    let replies = [Reply::Close, Reply::Raw(format!("{head}{NOT_FOUND}").into_bytes())];
    let shop = Shop::open("dated", Schedule::default(), &replies).await;
    assert_eq!(shop.transfer("REF-1").await, State::Indeterminate);
    let known = shop.resolve(&key("dmt.transfer", "REF-1")).await;
    let off = known.first_not_found_ms.unwrap().abs_diff(now_ms() + ahead_ms);
    assert!(off < 30_000, "{off} ms off");
    assert!(known.next_inquiry_ms.unwrap() < now_ms() + 60_000, "its turn comes by the clock that looks");
}
