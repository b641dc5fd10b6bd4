//! Tests of debits against a plain server: what is sent, how often, and which outcome is reported.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::Phase;
use eko_eps::money::DebitOptions;
use eko_eps::money::{EventKind, JournalConfig, JournalEntry, MoneyOutcome, RISK, State, StoreError};
use eko_eps::{CallOptions, CancellationToken, Client, Code, Config, Environment};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use support::memory::{Do, Memory, Op};
use support::shop::{Shop, json, key, row_key, told, transfer, within};
use support::{PlainServer, Reply};

const SETTLED: &str = r#"{"status":0,"response_status_id":0,"response_type_id":325,"message":"Transaction successful","data":{"tx_status":"0","tid":"12971397","client_ref_id":"REF-1","amount":"100.0","fee":"10.0","balance":"2.22263731286E9"}}"#;

fn config(server: &PlainServer, journal: &str) -> Config {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("money-{journal}-{}.sqlite", std::process::id()));
    for suffix in ["", "-wal", "-shm", "-mark"] {
        // An earlier process with the same id may have left this file.
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let config = Config::new("becbbce45f79c6f5109f848acd540567", "d2fe1d99-6298-4af2-8cc5-d97dcf46df30");
    config
        .initiator_id("9962981729")
        .user_code("20810200")
        .base_url(server.base_url())
        .journal(JournalConfig::File(path))
}

async fn debit(replies: &[Reply], journal: &str) -> (MoneyOutcome, PlainServer, Client) {
    let server = PlainServer::start(replies.to_vec()).await;
    let client = Client::new(config(&server, journal)).unwrap();
    let answer = client.debit_by_name("dmt.transfer", &transfer("REF-1"), DebitOptions::default()).await.unwrap();
    (answer, server, client)
}

async fn listed(client: &Client) -> Vec<JournalEntry> {
    client.unresolved(None, 100).await.unwrap().items
}

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

#[tokio::test]
async fn a_settled_debit_says_so_and_is_never_sent_again() {
    let (answer, server, client) = debit(&[json(SETTLED)], "settled").await;
    assert_eq!((answer.outcome, answer.tid.as_deref()), (State::Settled, Some("12971397")));
    assert_eq!(answer.fields["balance"], "2222637312.86");
    let (written, total) = (answer.evidence.bytes_written, answer.evidence.bytes_total);
    assert_eq!(written, total, "the count of the wire and the count before it agree");
    assert_eq!(
        server.received()[0].body,
        r#"{"initiator_id":"9962981729","recipient_id":117015428,"amount":100,"customer_id":"9000000003","otp":"4702","otp_ref_id":"667007109","client_ref_id":"REF-1"}"#
    );
    let again = client.debit_by_name("dmt.transfer", &transfer("REF-1"), DebitOptions::default()).await.unwrap_err();
    assert_eq!((again.code(), server.received().len()), (Code::ReferenceUsed, 1));
    let seen = listed(&client).await.pop().unwrap();
    assert!(client.acknowledge(&seen).await.unwrap());
    assert_eq!(listed(&client).await, []);
}

#[tokio::test]
async fn an_ambiguous_answer_leaves_the_debit_open() {
    let pending = |tx_status: &str| SETTLED.replace(r#""tx_status":"0""#, &format!(r#""tx_status":{tx_status}"#));
    let cases: Vec<(&str, Reply, State, bool)> = vec![
        ("close", Reply::Close, State::Indeterminate, false),
        ("html", Reply::Json(200, "<html>".into()), State::Indeterminate, false),
        ("empty", Reply::Json(200, String::new()), State::Indeterminate, false),
        (
            "truncated",
            Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{\"status\":0}".to_vec()),
            State::Indeterminate,
            false,
        ),
        ("500", Reply::Json(500, SETTLED.into()), State::Indeterminate, false),
        ("503", Reply::Json(503, String::new()), State::Indeterminate, false),
        (
            "redirect",
            Reply::Raw(b"HTTP/1.1 307 X\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n".to_vec()),
            State::Indeterminate,
            false,
        ),
        ("bare403", Reply::Json(403, "Forbidden".into()), State::Indeterminate, false),
        ("otherref", json(SETTLED.replace("REF-1", "REF-2")), State::Indeterminate, false),
        ("otheramount", json(SETTLED.replace("100.0", "100.01")), State::Indeterminate, false),
        // One JSON reader takes the first of two equal names, another the last. Neither value is believed.
        ("othertwice", json(pending(r#""1","tx_status":"0""#)), State::Indeterminate, false),
        ("othertwice2", json(r#"{"status":302,"status":0,"message":"Wrong OTP"}"#), State::Indeterminate, false),
        ("same", json(pending(r#""0","tx_status":"0""#)), State::Settled, false),
        ("pending2", json(pending("\"2\"")), State::Pending, false),
        ("unknown9", json(pending("9")), State::Pending, false),
        ("emptystate", json(pending("\"\"")), State::Pending, false),
        ("notype", json(r#"{"status":0,"message":"in progress","data":{"tx_status":"2"}}"#), State::Pending, false),
        ("refundpending", json(pending("\"3\"")), State::RefundPending, false),
        ("refunded", json(pending("4")), State::Refunded, false),
        (
            "declined",
            json(
                r#"{"status":55,"response_status_id":1,"response_type_id":55,"message":"OTP used","data":{"tx_status":"1","reason":"OTP used"}}"#,
            ),
            State::Declined,
            false,
        ),
        (
            "typealone",
            json(r#"{"status":1,"response_status_id":1,"response_type_id":-1,"message":"Duplicate client_ref_id"}"#),
            State::Indeterminate,
            false,
        ),
        ("unknownrefusal", json(r#"{"status":5999,"message":"?"}"#), State::Indeterminate, false),
        ("noeffect", json(r#"{"status":302,"response_status_id":1,"message":"Wrong OTP"}"#), State::Declined, true),
        (
            "params",
            json(r#"{"status":97,"response_type_id":-1,"invalid_params":{"amount":"x"}}"#),
            State::Declined,
            true,
        ),
        ("auth", Reply::Json(401, r#"{"status":2484,"response_type_id":2484}"#.into()), State::Declined, true),
        // Only an answer in EPS's own form proves that EPS did nothing. The bare 429 of a gateway proves nothing.
        ("throttled", Reply::Json(429, String::new()), State::Indeterminate, false),
        ("throttledbyeps", Reply::Json(429, r#"{"status":1,"message":"slow down"}"#.into()), State::Declined, true),
        ("mark", json(format!("\u{feff}{SETTLED}")), State::Settled, false),
        ("othertid", json(SETTLED.replace(r#""12971397""#, r#"["12971397"]"#)), State::Indeterminate, false),
        ("otherunread", json(SETTLED.replace("100.0", "1,00.0")), State::Indeterminate, false),
        (
            "otherobject",
            json(SETTLED.replace(r#","data":"#, r#","data":{"tx_status":"1"},"data":"#)),
            State::Indeterminate,
            false,
        ),
        (
            "refusalwithtid",
            json(r#"{"status":347,"message":"balance","data":{"tid":"77"}}"#),
            State::Indeterminate,
            false,
        ),
    ];
    for (name, reply, state, reusable) in cases {
        let (answer, server, client) = debit(&[reply], name).await;
        assert_eq!((answer.outcome, answer.reusable), (state, reusable), "{name}: {answer:?}");
        assert_eq!(server.received().len(), 1, "{name}");
        assert_eq!(answer.contradiction.is_some(), name.starts_with("other"), "{name}");
        let alarms = client.alarms(None, 10).await.unwrap().items;
        assert_eq!(alarms.len(), usize::from(name.starts_with("other")), "{name}: {alarms:?}");
        let at_once = answer.next_inquiry_ms.is_some_and(|at| at <= now_ms());
        assert_eq!(
            at_once,
            matches!(name, "500" | "503" | "bare403" | "throttled"),
            "{name}: {:?}",
            answer.next_inquiry_ms
        );
        let again = client.debit_by_name("dmt.transfer", &transfer("REF-1"), DebitOptions::default()).await;
        assert_eq!(again.is_ok(), reusable, "{name}");
    }
}

#[tokio::test]
async fn a_debit_without_bytes_sent_ends_as_not_sent() {
    let server = PlainServer::start([Reply::Close]).await;
    // This socket is bound and never listens: connections are refused, and no other program gets the port meanwhile.
    let vacant = tokio::net::TcpSocket::new_v4().unwrap();
    vacant.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed = vacant.local_addr().unwrap();
    let client = Client::new(config(&server, "refused").base_url(format!("http://{closed}/ekoapi/v3"))).unwrap();
    let answer = client.debit_by_name("dmt.transfer", &transfer("REF-1"), DebitOptions::default()).await.unwrap();
    assert_eq!((answer.outcome, answer.reusable, answer.evidence.phase), (State::NotSent, true, Phase::NotDispatched));
    assert_eq!(answer.evidence.attempts.len(), 2, "nothing had left, so once more");
    assert_eq!(answer.evidence.bytes_written, Some(0));

    // The abort comes before the journal is read. Then only a reference that the client itself has made is known to be unused.
    let abort = CancellationToken::new();
    abort.cancel();
    let mut options = DebitOptions::default();
    options.abort = Some(abort);
    let client = Client::new(config(&server, "aborted")).unwrap();
    let error = client.debit_by_name("dmt.transfer", &transfer("REF-1"), options.clone()).await.unwrap_err();
    assert_eq!((error.code(), error.client_ref_id()), (Code::Aborted, Some("REF-1")));
    let answer = client.debit_by_name("dmt.transfer", &without_reference(), options).await.unwrap();
    assert_eq!((answer.outcome, answer.reusable, server.received().len()), (State::NotSent, true, 0));
}

/// Returns params without a reference, so that the client makes one.
fn without_reference() -> String {
    transfer("REF-1").replace(r#","clientRefId":"REF-1""#, "")
}

#[tokio::test]
async fn an_abort_does_not_cancel_money() {
    let shop = Shop::open("abort", [Reply::Silence]).await;
    let abort = CancellationToken::new();
    let mut options = DebitOptions::default();
    options.abort = Some(abort.clone());
    let params = transfer("REF-1");
    let (answer, ()) = tokio::join!(shop.client.debit_by_name("dmt.transfer", &params, options), async {
        shop.server.heard(1).await;
        abort.cancel();
    });
    let answer = answer.unwrap();
    assert_eq!((answer.outcome, answer.evidence.phase), (State::Indeterminate, Phase::FullyWritten));
    let answer = shop.client.debit_by_name("dmt.transfer", &transfer("REF-2"), within(500)).await.unwrap();
    assert_eq!((answer.outcome, answer.error.unwrap().code()), (State::Indeterminate, Code::TimeoutDeadline));
    assert_eq!(listed(&shop.client).await.len(), 2);
}

#[tokio::test]
async fn away_from_this_machine_a_deadline_leaves_a_debit_its_time() {
    let config = Config::new("money-deadline", "access").initiator_id("9962981729").environment(Environment::Uat);
    let config = config.journal(JournalConfig::Store(Arc::new(Memory::new())));
    let error =
        Client::new(config.clone()).unwrap().debit_by_name("dmt.transfer", &transfer("REF-1"), within(4_999)).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), Code::InvalidParams);
    assert!(error.invalid_params()["deadlineMs"].contains("at least 5000"), "{error}");
    // A deadline of five seconds is accepted: this debit fails only later, for its journal and before anything is sent.
    let store = Memory::new();
    store.rule(|op| {
        if matches!(op, Op::Write(row) if row.kind == "debit") {
            Do::Fail(StoreError::unavailable("gone"))
        } else {
            Do::Pass
        }
    });
    let elsewhere =
        Config::new("money-deadline", "access").initiator_id("9962981729").base_url("https://eps.invalid/ekoapi/v3");
    let client = Client::new(elsewhere.journal(JournalConfig::Store(Arc::new(store)))).unwrap();
    let answer = client.debit_by_name("dmt.transfer", &transfer("REF-1"), within(5_000)).await.unwrap();
    assert_eq!(answer.outcome, State::NotSent);
    // The same limit holds for the deadline in the client's configuration.
    let client = Client::new(config.deadline(std::time::Duration::from_millis(4_999))).unwrap();
    let error = client.debit_by_name("dmt.transfer", &transfer("REF-1"), DebitOptions::default()).await.unwrap_err();
    assert!(error.invalid_params().contains_key("deadlineMs"), "{error}");
}

#[tokio::test]
async fn a_debit_takes_its_clients_initiator() {
    let shop = Shop::open("initiator", [json(SETTLED)]).await;
    let with = |initiator: &str| transfer("REF-1").replace('{', &format!(r#"{{"initiatorId":"{initiator}","#));
    let error =
        shop.client.debit_by_name("dmt.transfer", &with("9962981730"), DebitOptions::default()).await.unwrap_err();
    assert_eq!((error.code(), shop.posts()), (Code::InvalidParams, 0));
    assert!(error.invalid_params()["initiatorId"].contains("create a client with this initiatorId"), "{error}");
    let own = shop.client.debit_by_name("dmt.transfer", &with("9962981729"), DebitOptions::default()).await.unwrap();
    assert_eq!(own.outcome, State::Settled);
}

#[tokio::test]
async fn a_debit_beyond_max_debits_waits_and_fails_with_the_limit() {
    let gate = tokio::sync::watch::Sender::new(false);
    let held = Reply::Until(gate.clone(), 200, SETTLED.into());
    let answers = [held, json(SETTLED.replace("REF-1", "REF-2"))];
    let shop = Shop::with("limit", answers, |config| config.max_debits(1)).await;
    let (client, params) = (shop.client.clone(), transfer("REF-1"));
    let first =
        tokio::spawn(async move { client.debit_by_name("dmt.transfer", &params, DebitOptions::default()).await });
    shop.server.heard(1).await;
    let mut events = shop.client.events();
    let waited = shop.client.debit_by_name("dmt.transfer", &transfer("REF-2"), within(300)).await.unwrap();
    assert_eq!((waited.outcome, waited.reusable, shop.posts()), (State::NotSent, true, 1));
    let error = waited.error.unwrap();
    assert_eq!(error.code(), Code::DebitLimit);
    assert!(error.message().contains("maxDebits is 1"), "{error}");
    assert_eq!(told(&mut events)[0], (EventKind::Notice, Some("waiting")));
    assert_eq!(shop.store.entry(&row_key("REF-2"))["outcome"], "notSent");
    let again = shop.debit("REF-2");
    gate.send_replace(true);
    assert_eq!(again.await.unwrap().outcome, State::Settled);
    assert_eq!(first.await.unwrap().unwrap().outcome, State::Settled);
}

#[tokio::test]
async fn a_refund_is_known_by_its_tid() {
    let done = r#"{"status":0,"response_status_id":0,"response_type_id":74,"message":"Refund done","data":{"refund_tid":"2147591637","amount":"5000.00","balance":"2.22263731286E9","tid":"13192443","refunded_amount":"5050.00"}}"#;
    let server = PlainServer::start([json(done)]).await;
    let client = Client::new(config(&server, "refund")).unwrap();
    let params = r#"{"tid":"13192443","otp":"004217","otpRefId":"x"}"#;
    let answer = client.debit_by_name("refund", params, DebitOptions::default()).await.unwrap();
    assert_eq!((answer.outcome, answer.key.reference.as_str()), (State::Refunded, "13192443"));
    assert_eq!(
        server.received()[0].body,
        r#"{"initiator_id":"9962981729","otp":"004217","otp_ref_id":"x","service_code":80,"state":1}"#
    );
    assert_eq!(
        client.debit_by_name("refund", params, DebitOptions::default()).await.unwrap_err().code(),
        Code::ReferenceUsed
    );
    // Another spelling of the tid would be another reference for the same refund.
    for tid in ["013192443", " 13192443", "13192443.0", "+13192443", "1.3192443e7"] {
        let params = params.replace("13192443", tid);
        let error = client.debit_by_name("refund", &params, DebitOptions::default()).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidParams, "{tid}");
    }
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn without_a_journal_nothing_leaves() {
    let server = PlainServer::start([json(SETTLED)]).await;
    let base = || config(&server, "none");
    let debit = async |client: &Client, params: &str| {
        client.debit_by_name("dmt.transfer", params, DebitOptions::default()).await
    };
    let unreadable = Client::new(base().journal(JournalConfig::File("/proc/none/journal".into()))).unwrap();
    // The journal cannot say whether this reference was used before. So the error does not say that it was never sent.
    let error = debit(&unreadable, &transfer("REF-1")).await.unwrap_err();
    assert_eq!((error.code(), error.client_ref_id()), (Code::JournalUnavailable, Some("REF-1")));
    assert!(error.message().contains("Send the debit again with the same reference or call resolve()"), "{error}");
    let told = serde_json::to_value(&error).unwrap();
    assert_eq!((&told["sentByThisCall"], &told["retryable"]), (&false.into(), &true.into()));
    // A reference that the client makes is new, so it was provably never sent.
    let answer = debit(&unreadable, &without_reference()).await.unwrap();
    assert_eq!((answer.outcome, answer.reusable), (State::NotSent, true));
    assert_eq!(answer.error.unwrap().code(), Code::JournalUnavailable);

    let mut production = base().base_url("https://relay.example/ekoicici/v3");
    production.journal = None;
    let error = debit(&Client::new(production).unwrap(), &transfer("REF-1")).await.unwrap_err();
    assert_eq!(error.code(), Code::JournalMissing);

    let unnamed = Client::new(base().journal(JournalConfig::Off("yes".into()))).unwrap_err();
    assert_eq!(unnamed.code(), Code::InvalidConfig);
    assert_eq!(server.received().len(), 0);

    let off = Client::new(base().journal(JournalConfig::Off(RISK.into()))).unwrap();
    assert_eq!(debit(&off, &transfer("REF-1")).await.unwrap().outcome, State::Settled);
    assert_eq!(off.resolve(&key("REF-1")).await.unwrap_err().code(), Code::JournalMissing);
}

#[tokio::test]
async fn only_debit_accepts_a_debit_operation() {
    let (_, server, client) = debit(&[json(SETTLED)], "other-ways").await;
    assert_eq!(
        client.call("dmt.transfer", &transfer("B"), CallOptions::default()).await.unwrap_err().code(),
        Code::UnknownCall
    );
    assert_eq!(client.prepare("dmt.transfer", &transfer("B")).unwrap_err().code(), Code::UnknownCall);
    assert_eq!(
        client.debit_by_name("getCustomer", "{}", DebitOptions::default()).await.unwrap_err().code(),
        Code::UnknownCall
    );
    assert_eq!(server.received().len(), 1);
}
