//! Callbacks: read whatever their spelling, believed only after an inquiry.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::client::{Event, EventKind, JournalConfig, Reason};
use eko_eps::money::{Callback, Entry, Pending, Row, SqliteStore, State, Store};
use eko_eps::{CallOptions, Client, Code, Config};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{PlainServer, Reply};

/// As EPS posts it: numbers, nulls, its own spelling.
const POSTED: &str = r#"{"tx_status":0,"txstatus_desc":"Success","amount":"100.0","fee":10.0,"gst":1.53,"tds":0,"payment_mode":5,
    "sender_name":"Flash","tid":1234567890123456789,"beneficiary_account_type":null,"client_ref_id":"REF-1","old_tx_status":2,
    "old_tx_status_desc":"Initiated","bank_ref_num":"87ad62a4d8","ifsc":"SBIN0000001","recipient_name":"Virender","account":"234243534",
    "customer_vpa":"","partners_commision":"2.5","service_code":"27","timestamp":"2026-07-28 10:15:00","something_new":{"deep_key":7}}"#;

#[test]
fn every_spelling_is_read_without_loss() {
    let read = Callback::parse(POSTED).unwrap();
    assert_eq!((read.tx_status, read.old_tx_status, read.payment_mode), (Some(0), Some(2), Some(5)));
    assert_eq!(read.tid.as_deref(), Some("1234567890123456789"), "a 19-digit number stays exact");
    assert_eq!((read.amount.as_deref(), read.fee.as_deref()), (Some("100"), Some("10")));
    assert_eq!((read.gst.as_deref(), read.tds.as_deref()), (Some("1.53"), Some("0")));
    assert_eq!(read.commission.as_deref(), Some("2.5"));
    assert_eq!(read.bank_ref_num.as_deref(), Some("87ad62a4d8"));
    assert_eq!(read.timestamp.as_deref(), Some("2026-07-28 10:15:00"));
    assert_eq!(read.fields["somethingNew"]["deepKey"], "7", "what nobody declared survives");
    assert!(!read.fields.contains_key("beneficiaryAccountType") && !read.fields.contains_key("customerVpa"));
    let shown = format!("{read:?}");
    assert!(!shown.contains("Flash") && !shown.contains("234243534"), "{shown}");
    assert!(read.to_json().contains(r#""partnersCommision":"2.5""#));
}

#[test]
fn other_shapes_are_read_and_nonsense_is_refused() {
    let texts = r#"{"tx_status":"1","tid":"77","client_ref_id":"REF-1","amount":"2.5E3"}"#;
    let read = Callback::parse(texts).unwrap();
    assert_eq!((read.tx_status, read.amount.as_deref()), (Some(1), Some("2500")));
    let nested =
        r#"{"action":"eko-response","detail":{"client_ref_id":"REF-9","response":{"data":{"tx_status":"0","tid":5}}}}"#;
    let read = Callback::parse(nested).unwrap();
    assert_eq!(
        (read.client_ref_id.as_deref(), read.tid.as_deref(), read.tx_status),
        (Some("REF-9"), Some("5"), Some(0))
    );
    for (body, code) in [
        ("", Code::BodyEmpty),
        ("<html>", Code::BodyNotJson),
        ("[1]", Code::BodyWrongShape),
        ("{}", Code::BodyWrongShape),
        (r#"{"client_ref_id":"null","tid":""}"#, Code::BodyWrongShape),
        (&"[".repeat(100_000), Code::BodyNotJson),
        (&" ".repeat(3_000_000), Code::BodyTooLarge),
    ] {
        assert_eq!(Callback::parse(body).unwrap_err().code(), code);
    }
}

const INQUIRED: &str = r#"{"status":0,"response_type_id":1472,"message":"x","data":{"tx_status":"STATE","tid":"77","client_ref_id":"REF-1","amount":"100.0"}}"#;

fn inquired(state: u8) -> Reply {
    Reply::Json(200, INQUIRED.replace("STATE", &state.to_string()))
}

fn callback(text: &str) -> Callback {
    Callback::parse(text).unwrap()
}

/// A debit of which nobody knows what became; then these answers.
async fn open(journal: &str, replies: &[Reply]) -> (PlainServer, Client) {
    let server = PlainServer::start([&[Reply::Close], replies].concat()).await;
    let path = format!("callbacks-{journal}-{}.sqlite", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(path);
    for suffix in ["", "-wal", "-shm"] {
        // A file that an earlier process of this number left behind.
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let config = Config::new("developer", "access").initiator_id("9962981729").base_url(server.base_url());
    let client = Client::new(config.journal(JournalConfig::File(path))).unwrap();
    let params = r#"{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"REF-1"}"#;
    let answer = client.debit("dmt.transfer", params, CallOptions::default()).await.unwrap();
    assert_eq!(answer.state, State::Indeterminate);
    (server, client)
}

async fn entry(client: &Client) -> Entry {
    client.unresolved().await.unwrap().pop().unwrap()
}

fn alarms(events: &mut tokio::sync::broadcast::Receiver<Event>) -> Vec<(Option<Reason>, String)> {
    std::iter::from_fn(|| events.try_recv().ok())
        .filter(|event| event.kind == EventKind::Alarm)
        .map(|event| (event.reason, event.detail.unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn an_open_debit_is_inquired_at_once_and_only_the_inquiry_counts() {
    // The callback says failed; EPS, asked, says done.
    let (server, client) = open("inquired", &[inquired(0)]).await;
    let failed = callback(r#"{"client_ref_id":"REF-1","tx_status":1}"#);
    let merged = client.merge_callback(&failed).await.unwrap().unwrap();
    assert_eq!((merged.known.state, server.received().len()), (State::Settled, 2));
    assert!(server.received()[1].line.contains("client_ref_id:REF-1"));
}

#[tokio::test]
async fn a_callback_alone_never_changes_a_state() {
    for tx_status in ["0", "1", "2", "3", "4", "5", "6", "99", "\"\"", "null"] {
        let name = format!("alone-{}", tx_status.trim_matches('"'));
        // The inquiry finds EPS out of order.
        let (server, client) = open(&name, &[Reply::Json(500, String::new())]).await;
        let said = callback(&format!(r#"{{"client_ref_id":"REF-1","tid":"666","tx_status":{tx_status}}}"#));
        client.merge_callback(&said).await.unwrap_err();
        let entry = entry(&client).await;
        assert_eq!((entry.known.state, entry.known.tid, entry.known.reusable), (State::Indeterminate, None, false));
        assert!(server.received().len() > 1, "{tx_status}: it asked");
        let posts = server.received().iter().filter(|request| request.line.starts_with("POST")).count();
        assert_eq!(posts, 1, "{tx_status}: and sent no debit");
    }
}

#[tokio::test]
async fn a_flood_of_callbacks_is_not_a_flood_of_inquiries() {
    let (server, client) = open("flood", &[inquired(2)]).await;
    let said = callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#);
    for _ in 0..100 {
        assert_eq!(client.merge_callback(&said).await.unwrap().unwrap().known.state, State::Pending);
    }
    // One a second at most, however long the loop takes on a busy machine.
    assert!(server.received().len() < 12, "{}", server.received().len());
}

#[tokio::test]
async fn callbacks_that_come_at_once_make_one_inquiry() {
    let Reply::Json(status, body) = inquired(2) else { unreachable!() };
    let (server, client) = open("at-once", &[Reply::Late(300, status, body)]).await;
    let mut merging = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        let said = callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#);
        merging.spawn(async move { client.merge_callback(&said).await.unwrap().unwrap().known.state });
    }
    let states = merging.join_all().await;
    assert_eq!(states.iter().filter(|state| **state == State::Pending).count(), 1, "one has waited for EPS");
    assert_eq!(server.received().len(), 2);
}

#[tokio::test]
async fn a_contradiction_of_a_final_state_is_an_alarm_and_nothing_else() {
    let (server, client) = open("contradicts", &[inquired(0)]).await;
    let by_tid = callback(r#"{"tid":77,"tx_status":0}"#);
    assert_eq!(client.merge_callback(&by_tid).await.unwrap(), None, "its tid is not known yet");
    client.merge_callback(&callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#)).await.unwrap();
    // What is unresolved is looked through once a second.
    tokio::time::sleep(Duration::from_millis(1_001)).await;
    assert_eq!(client.merge_callback(&by_tid).await.unwrap().unwrap().known.state, State::Settled);
    let mut events = client.events();
    for (said, alarm) in [
        (r#"{"client_ref_id":"REF-1","tid":"77","tx_status":0,"amount":100}"#, None),
        // Posted before it was done, and late.
        (r#"{"client_ref_id":"REF-1","tx_status":2}"#, None),
        (r#"{"client_ref_id":"REF-1","tx_status":1}"#, Some((Reason::StateChanged, "declined"))),
        (r#"{"client_ref_id":"REF-1","tx_status":4}"#, Some((Reason::StateChanged, "refunded"))),
        (r#"{"client_ref_id":"REF-1","tx_status":0,"tid":"78"}"#, Some((Reason::DuplicateObserved, "another tid"))),
        (
            r#"{"client_ref_id":"REF-1","tx_status":0,"amount":"100.01"}"#,
            Some((Reason::Contradiction, "another amount")),
        ),
    ] {
        let merged = client.merge_callback(&callback(said)).await.unwrap().unwrap();
        assert_eq!((merged.known.state, merged.known.tid.as_deref()), (State::Settled, Some("77")), "{said}");
        let heard = alarms(&mut events);
        assert_eq!(heard.len(), usize::from(alarm.is_some()), "{said}: {heard:?}");
        let fits = |(reason, words)| heard[0].0 == Some(reason) && heard[0].1.contains(words);
        assert!(alarm.is_none_or(fits), "{said}: {heard:?}");
    }
    assert_eq!(entry(&client).await.known.state, State::Settled);
    assert_eq!(server.received().len(), 2, "what is final is not inquired");
    assert_eq!(client.merge_callback(&callback(r#"{"client_ref_id":"OTHER","tx_status":0}"#)).await.unwrap(), None);
}

/// Remembers how many rows each look through all that is unresolved may bring.
struct Looked(SqliteStore, Arc<Mutex<Vec<u32>>>);

impl Store for Looked {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        self.0.read(key)
    }
    fn write(&self, row: Row) -> Pending<'_, bool> {
        self.0.write(row)
    }
    fn due(&self, now_ms: u64, limit: u32) -> Pending<'_, Vec<Row>> {
        self.0.due(now_ms, limit)
    }
    fn unresolved(&self, limit: u32) -> Pending<'_, Vec<Row>> {
        self.1.lock().unwrap().push(limit);
        self.0.unresolved(limit)
    }
    fn prune(&self, before_ms: u64) -> Pending<'_, u64> {
        self.0.prune(before_ms)
    }
}

#[tokio::test]
async fn callbacks_of_nobody_read_little_and_seldom() {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("callbacks-nobody-{}.sqlite", std::process::id()));
    let limits = Arc::new(Mutex::new(Vec::new()));
    let store = Arc::new(Looked(SqliteStore::open(&path).unwrap(), limits.clone()));
    let config = Config::new("developer", "access").base_url("http://127.0.0.1:1/ekoapi/v3");
    let client = Client::new(config.journal(JournalConfig::Store(store))).unwrap();
    let begun = std::time::Instant::now();
    for tid in 0..100 {
        let said = callback(&format!(r#"{{"client_ref_id":"NONE-{tid}","tid":"{tid}","tx_status":0}}"#));
        assert_eq!(client.merge_callback(&said).await.unwrap(), None);
    }
    let limits = limits.lock().unwrap().clone();
    assert!(limits.len() as u64 <= begun.elapsed().as_secs() + 1, "{limits:?}");
    assert!(limits.iter().all(|limit| *limit <= 1_024), "{limits:?}");
}
