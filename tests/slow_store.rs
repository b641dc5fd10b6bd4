//! Debits over a store that is slow, fails, or has been told otherwise meanwhile: the promise settles by its deadline, nothing is lost.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::client::{Event, EventKind, JournalConfig, RISK, Reason};
use eko_eps::money::{Entry, Journal, Key, Known, Pending, Row, State, Store, StoreError};
use eko_eps::{Abort, CallOptions, Client, Code, Config};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{PlainServer, Reply};
use tokio::sync::watch;

const ANSWER: &str = r#"{"status":0,"response_status_id":0,"response_type_id":325,"message":"x","data":{"tx_status":"0","tid":"77","client_ref_id":"REF-1","amount":"100.0"}}"#;
const TRANSFER: &str = r#"{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"REF-1"}"#;
const DEADLINE: Duration = Duration::from_millis(300);
/// Of a busy machine.
const LATE: Duration = Duration::from_millis(250);

/// The reservation reads and writes; so does the record.
const RESERVATION: usize = 0;
const RECORD: usize = 2;

#[derive(Clone)]
struct Memory {
    rows: Arc<Mutex<HashMap<String, Row>>>,
    done: Arc<AtomicUsize>,
    /// From this operation on it waits until the gate is open, or fails.
    from: usize,
    fails: bool,
    gate: watch::Sender<bool>,
}

impl Memory {
    fn new(from: usize, fails: bool) -> Self {
        Self { rows: Arc::default(), done: Arc::default(), from, fails, gate: watch::Sender::new(false) }
    }

    async fn step(&self) -> Result<(), StoreError> {
        if self.done.fetch_add(1, Ordering::SeqCst) >= self.from {
            if self.fails {
                return Err(StoreError("gone".into()));
            }
            let _ = self.gate.subscribe().wait_for(|open| *open).await;
        }
        Ok(())
    }

    /// What stands in it, behind its own back.
    fn entry(&self) -> Option<Entry> {
        let rows = self.rows.lock().unwrap();
        rows.values().next().map(|row| serde_json::from_str(&row.entry).unwrap())
    }

    /// As soon as it is so.
    async fn until(&self, good: impl Fn(&Entry) -> bool) -> Entry {
        for _ in 0..500 {
            if let Some(entry) = self.entry().filter(&good) {
                return entry;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?}", self.entry());
    }
}

impl Store for Memory {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        let key = key.to_owned();
        Box::pin(async move {
            self.step().await?;
            Ok(self.rows.lock().unwrap().get(&key).cloned())
        })
    }
    fn write(&self, row: Row) -> Pending<'_, bool> {
        Box::pin(async move {
            self.step().await?;
            let mut rows = self.rows.lock().unwrap();
            let fits = rows.get(&row.key).map_or(0, |known| known.version) + 1 == row.version;
            if fits {
                rows.insert(row.key.clone(), row);
            }
            Ok(fits)
        })
    }
    fn due(&self, _: u64, _: u32) -> Pending<'_, Vec<Row>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn unresolved(&self, _: u32) -> Pending<'_, Vec<Row>> {
        Box::pin(async move { Ok(self.rows.lock().unwrap().values().filter(|row| row.unresolved).cloned().collect()) })
    }
    fn prune(&self, _: u64) -> Pending<'_, u64> {
        Box::pin(async { Ok(0) })
    }
}

async fn client(journal: JournalConfig, answer: &str) -> (PlainServer, Client) {
    let server = PlainServer::start([Reply::Json(200, answer.into())]).await;
    let config = Config::new("slowstore", "access").initiator_id("9962981729").user_code("20810200");
    let client = Client::new(config.base_url(server.base_url()).journal(journal)).unwrap();
    (server, client)
}

async fn over(store: &Memory, answer: &str) -> (PlainServer, Client) {
    client(JournalConfig::Store(Arc::new(store.clone())), answer).await
}

fn by_deadline() -> CallOptions {
    CallOptions { deadline: Some(DEADLINE), ..CallOptions::default() }
}

fn alarms(events: &mut tokio::sync::broadcast::Receiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| events.try_recv().ok()).filter(|event| event.kind == EventKind::Alarm).collect()
}

#[tokio::test]
async fn a_reservation_that_comes_too_late_is_given_back_and_nothing_leaves() {
    for aborted in [false, true] {
        let store = Memory::new(RESERVATION, false);
        let (server, client) = over(&store, ANSWER).await;
        let abort = Abort::new();
        let options = CallOptions { abort: Some(abort.clone()), ..by_deadline() };
        let begun = Instant::now();
        let (answer, ()) = tokio::join!(client.debit("dmt.transfer", TRANSFER, options), async {
            tokio::time::sleep(DEADLINE / 3).await;
            if aborted {
                abort.abort();
            }
        });
        let (answer, took) = (answer.unwrap(), begun.elapsed());
        let (end, code) = if aborted { (DEADLINE / 3, Code::Aborted) } else { (DEADLINE, Code::TimeoutDeadline) };
        assert!(took >= end && took < end + LATE, "{took:?}");
        assert_eq!((answer.state, answer.error.unwrap().code()), (State::NotSent, code));
        store.gate.send_replace(true);
        let entry = store.until(|entry| entry.known.state.is_final()).await;
        assert_eq!((entry.known.state, entry.known.reusable), (State::NotSent, true));
        assert_eq!(server.received().len(), 0);
        let again = client.debit("dmt.transfer", TRANSFER, CallOptions::default()).await.unwrap();
        assert_eq!((again.state, server.received().len()), (State::Settled, 1));
    }
}

#[tokio::test]
async fn a_record_that_takes_long_goes_on_without_the_caller() {
    let store = Memory::new(RECORD, false);
    let (_server, client) = over(&store, ANSWER).await;
    let begun = Instant::now();
    let answer = client.debit("dmt.transfer", TRANSFER, by_deadline()).await.unwrap();
    assert!(begun.elapsed() < DEADLINE + LATE, "{:?}", begun.elapsed());
    assert_eq!((answer.state, answer.tid.as_deref()), (State::Settled, Some("77")));
    assert_eq!(store.entry().unwrap().known.state, State::Indeterminate, "open until it is recorded");
    let again = client.debit("dmt.transfer", TRANSFER, CallOptions::default());
    store.gate.send_replace(true);
    assert_eq!(again.await.unwrap_err().code(), Code::ReferenceUsed);
    let entry = store.until(|entry| entry.known.state.is_final()).await;
    assert_eq!((entry.known.state, entry.known.tid.as_deref()), (State::Settled, Some("77")));
}

#[tokio::test]
async fn a_contradiction_raises_its_alarm_with_no_journal_and_with_one_that_fails() {
    let other = ANSWER.replace("REF-1", "REF-2");
    let failing = JournalConfig::Store(Arc::new(Memory::new(RECORD, true)));
    for journal in [JournalConfig::Off(RISK.into()), failing] {
        let (_server, client) = client(journal, &other).await;
        let mut events = client.events();
        let answer = client.debit("dmt.transfer", TRANSFER, CallOptions::default()).await.unwrap();
        assert_eq!(answer.state, State::Indeterminate);
        let told = alarms(&mut events);
        assert_eq!((told.len(), told[0].reason), (1, Some(Reason::Contradiction)), "{told:?}");
        assert_eq!(told[0].key.reference, "REF-1");
    }
}

#[tokio::test]
async fn a_sign_of_life_of_what_was_held_for_never_sent_takes_its_reference_back() {
    let with = |state: &str| ANSWER.replace(r#""tx_status":"0""#, &format!(r#""tx_status":"{state}""#));
    let refused = r#"{"status":302,"message":"Wrong OTP"}"#.to_owned();
    let with_tid = r#"{"status":302,"message":"Wrong OTP","data":{"tid":"77"}}"#.to_owned();
    let cases = [
        (with("0"), true),
        (with("1"), true),
        (with("2"), true),
        (with("3"), true),
        (with("4"), true),
        (with_tid, true),
        (refused, false),
        ("<html>".to_owned(), false),
    ];
    for (answer, lives) in cases {
        let store = Memory::new(RECORD, false);
        let (server, client) = over(&store, &answer).await;
        let mut events = client.events();
        let key = Key { op: "dmt.transfer".into(), reference: "REF-1".into() };
        let meanwhile = async {
            while store.done.load(Ordering::SeqCst) <= RECORD {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // The answer is here and waits to be recorded; somebody has given the debit up.
            let free = Memory { from: usize::MAX, ..store.clone() };
            let never_sent = |entry: &Entry| Known {
                state: State::NotSent,
                reusable: true,
                acknowledged: true,
                next_inquiry_ms: None,
                ..entry.known.clone()
            };
            Journal::new(free, eko_eps::money::Account::default()).change(&key, never_sent).await.unwrap();
            store.gate.send_replace(true);
        };
        let (said, ()) = tokio::join!(client.debit("dmt.transfer", TRANSFER, CallOptions::default()), meanwhile);
        let (said, told) = (said.unwrap(), alarms(&mut events));
        let known = store.entry().unwrap().known;
        assert_eq!((known.state, known.reusable, known.acknowledged), (State::NotSent, !lives, !lives), "{answer}");
        let reasons: Vec<_> = told.iter().map(|event| event.reason).collect();
        assert_eq!(reasons, if lives { vec![Some(Reason::StateChanged)] } else { vec![] }, "{answer}");
        assert!(!lives || said.state == State::Indeterminate && !said.reusable, "{answer}: {said:?}");
        let again = client.debit("dmt.transfer", TRANSFER, CallOptions::default()).await;
        assert_eq!((again.is_ok(), server.received().len()), (!lives, if lives { 1 } else { 2 }), "{answer}");
    }
}
