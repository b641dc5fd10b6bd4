//! Debits against a plain server: what leaves, how often, and what is said of it.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::client::{EventKind, JournalConfig, Reason};
use eko_eps::error::Phase;
use eko_eps::money::{Key, MoneyAnswer, State};
use eko_eps::{Abort, CallOptions, Client, Code, Config};
use std::path::PathBuf;
use std::time::Duration;
use support::{PlainServer, Reply};

const SETTLED: &str = r#"{"status":0,"response_status_id":0,"response_type_id":325,"message":"Transaction successful","data":{"tx_status":"0","tid":"12971397","client_ref_id":"REF-1","amount":"100.0","fee":"10.0","balance":"2.22263731286E9"}}"#;

fn config(server: &PlainServer, journal: &str) -> Config {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("money-{journal}-{}.sqlite", std::process::id()));
    let config = Config::new("becbbce45f79c6f5109f848acd540567", "d2fe1d99-6298-4af2-8cc5-d97dcf46df30");
    config
        .initiator_id("9962981729")
        .user_code("20810200")
        .base_url(server.base_url())
        .journal(JournalConfig::File(path))
}

fn params(reference: &str) -> String {
    format!(
        r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"{reference}"}}"#
    )
}

async fn debit(replies: &[Reply], journal: &str) -> (MoneyAnswer, PlainServer, Client) {
    let server = PlainServer::start(replies.to_vec()).await;
    let client = Client::new(config(&server, journal)).unwrap();
    let answer = client.debit("dmt.transfer", &params("REF-1"), CallOptions::default()).await.unwrap();
    (answer, server, client)
}

fn json(body: &str) -> Reply {
    Reply::Json(200, body.into())
}

fn transfer(reference: &str) -> Key {
    Key { op: "dmt.transfer".into(), reference: reference.into() }
}

#[tokio::test]
async fn a_settled_debit_says_so_and_is_never_sent_again() {
    let (answer, server, client) = debit(&[json(SETTLED)], "settled").await;
    assert_eq!((answer.state, answer.tid.as_deref()), (State::Settled, Some("12971397")));
    assert_eq!(answer.fields["balance"], "2222637312.86");
    let (written, total) = (answer.evidence.bytes_written, answer.evidence.bytes_total);
    assert_eq!(written, total, "the count of the wire and the count before it agree");
    assert_eq!(
        server.received()[0].body,
        r#"{"initiator_id":"9962981729","recipient_id":117015428,"amount":100,"customer_id":"9000000003","otp":"4702","otp_ref_id":"667007109","client_ref_id":"REF-1"}"#
    );
    let again = client.debit("dmt.transfer", &params("REF-1"), CallOptions::default()).await.unwrap_err();
    assert_eq!((again.code(), server.received().len()), (Code::ReferenceUsed, 1));
    assert!(client.acknowledge(&transfer("REF-1")).await.unwrap());
    assert_eq!(client.unresolved().await.unwrap().len(), 0);
}

#[tokio::test]
async fn every_doubt_stays_open() {
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
        ("otherref", json(&SETTLED.replace("REF-1", "REF-2")), State::Indeterminate, false),
        ("otheramount", json(&SETTLED.replace("100.0", "100.01")), State::Indeterminate, false),
        // One reader takes the first, another the last: neither is to be believed.
        ("othertwice", json(&pending(r#""1","tx_status":"0""#)), State::Indeterminate, false),
        ("othertwice2", json(r#"{"status":302,"status":0,"message":"Wrong OTP"}"#), State::Indeterminate, false),
        ("same", json(&pending(r#""0","tx_status":"0""#)), State::Settled, false),
        ("pending2", json(&pending("\"2\"")), State::Pending, false),
        ("unknown9", json(&pending("9")), State::Pending, false),
        ("emptystate", json(&pending("\"\"")), State::Pending, false),
        ("notype", json(r#"{"status":0,"message":"in progress","data":{"tx_status":"2"}}"#), State::Pending, false),
        ("refundpending", json(&pending("\"3\"")), State::RefundPending, false),
        ("refunded", json(&pending("4")), State::Refunded, false),
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
        ("throttled", Reply::Json(429, String::new()), State::Declined, true),
        (
            "refusalwithtid",
            json(r#"{"status":347,"message":"balance","data":{"tid":"77"}}"#),
            State::Indeterminate,
            false,
        ),
    ];
    for (name, reply, state, reusable) in cases {
        let (answer, server, client) = debit(&[reply], name).await;
        assert_eq!((answer.state, answer.reusable), (state, reusable), "{name}: {answer:?}");
        assert_eq!(server.received().len(), 1, "{name}");
        assert_eq!(answer.contradiction.is_some(), name.starts_with("other"), "{name}");
        let again = client.debit("dmt.transfer", &params("REF-1"), CallOptions::default()).await;
        assert_eq!(again.is_ok(), reusable, "{name}");
    }
}

#[tokio::test]
async fn nothing_sent_is_known_to_be_nothing() {
    let server = PlainServer::start([Reply::Close]).await;
    // Bound and never listening: refused, and nobody else is given the port meanwhile.
    let vacant = tokio::net::TcpSocket::new_v4().unwrap();
    vacant.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed = vacant.local_addr().unwrap();
    let client = Client::new(config(&server, "refused").base_url(format!("http://{closed}/ekoapi/v3"))).unwrap();
    let answer = client.debit("dmt.transfer", &params("REF-1"), CallOptions::default()).await.unwrap();
    assert_eq!((answer.state, answer.reusable, answer.evidence.phase), (State::NotSent, true, Phase::NotDispatched));
    assert_eq!(answer.evidence.attempts.len(), 2, "nothing had left, so once more");
    assert_eq!(answer.evidence.bytes_written, Some(0));

    let abort = Abort::new();
    abort.abort();
    let options = CallOptions { abort: Some(abort), ..CallOptions::default() };
    let client = Client::new(config(&server, "aborted")).unwrap();
    let answer = client.debit("dmt.transfer", &params("REF-1"), options).await.unwrap();
    assert_eq!((answer.state, server.received().len()), (State::NotSent, 0));
}

#[tokio::test]
async fn an_abort_does_not_cancel_money() {
    let server = PlainServer::start([Reply::Silence]).await;
    let client = Client::new(config(&server, "abort")).unwrap();
    let abort = Abort::new();
    let options = CallOptions { abort: Some(abort.clone()), ..CallOptions::default() };
    let params = params("REF-1");
    let (answer, ()) = tokio::join!(client.debit("dmt.transfer", &params, options), async {
        while server.received().is_empty() {
            tokio::task::yield_now().await;
        }
        abort.abort();
    });
    let answer = answer.unwrap();
    assert_eq!((answer.state, answer.evidence.phase), (State::Indeterminate, Phase::FullyWritten));

    let options = CallOptions { deadline: Some(Duration::from_millis(150)), ..CallOptions::default() };
    let answer = client.debit("dmt.transfer", &params.replace("REF-1", "REF-2"), options).await.unwrap();
    assert_eq!((answer.state, answer.error.unwrap().code()), (State::Indeterminate, Code::TimeoutDeadline));
    assert_eq!(client.unresolved().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_rejected_timestamp_is_signed_again_once_and_only_once() {
    let refused = Reply::Json(401, r#"{"status":2485,"response_type_id":2485}"#.into());
    let (answer, server, _client) = debit(&[refused.clone(), json(SETTLED)], "resigned").await;
    assert_eq!((answer.state, server.received().len()), (State::Settled, 2));
    let (answer, server, _client) = debit(&[refused], "refusedtwice").await;
    assert_eq!((answer.state, answer.reusable, server.received().len()), (State::Declined, true, 2));
}

#[tokio::test]
async fn the_resolver_asks_by_reference_then_by_tid() {
    let inquiry = |state: &str, tid: &str| {
        format!(
            r#"{{"status":0,"response_type_id":1472,"message":"x","data":{{"tx_status":"{state}","tid":"{tid}","client_ref_id":"REF-1","amount":"100.0"}}}}"#
        )
    };
    let replies = [
        Reply::Close,
        json(r#"{"status":1,"response_status_id":-1,"message":"none","data":{}}"#),
        json(&inquiry("2", "77")),
        json(&inquiry("0", "78")),
        json(&inquiry(r#"1","tx_status":"0"#, "77")),
        json(&inquiry("0", "77")),
    ];
    let (answer, server, client) = debit(&replies, "resolver").await;
    assert_eq!(answer.state, State::Indeterminate);
    let mut events = client.events();
    let key = transfer("REF-1");
    let not_found = client.resolve(&key).await.unwrap().known;
    assert_eq!((not_found.state, not_found.not_found), (State::Indeterminate, 1));
    assert_eq!(client.resolve(&key).await.unwrap().known.state, State::Pending);
    // Another tid for the same debit is an alarm, never an answer; so are two states at once.
    assert_eq!(client.resolve(&key).await.unwrap().known.state, State::Pending);
    assert_eq!(client.resolve(&key).await.unwrap().known.state, State::Pending);
    assert_eq!(client.resolve(&key).await.unwrap().known.state, State::Settled);
    let lines: Vec<_> = server.received().iter().skip(1).map(|request| request.line.clone()).collect();
    assert!(lines[0].contains("/tools/reference/transaction/client_ref_id:REF-1?initiator_id="), "{lines:?}");
    assert!(lines[2].contains("/tools/reference/transaction/77?"), "{lines:?}");
    let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).map(|event| (event.kind, event.reason)).collect();
    let alarm = |reason| (EventKind::Alarm, Some(reason));
    let alarms = [alarm(Reason::DuplicateObserved), alarm(Reason::Contradiction)];
    assert_eq!(told, [alarms.as_slice(), &[(EventKind::Resolved, None)]].concat());
}

#[tokio::test]
async fn a_refund_is_known_by_its_tid() {
    let done = r#"{"status":0,"response_status_id":0,"response_type_id":74,"message":"Refund done","data":{"refund_tid":"2147591637","amount":"5000.00","balance":"2.22263731286E9","tid":"13192443","refunded_amount":"5050.00"}}"#;
    let server = PlainServer::start([json(done)]).await;
    let client = Client::new(config(&server, "refund")).unwrap();
    let params = r#"{"tid":"13192443","otp":"004217","otpRefId":"x"}"#;
    let answer = client.debit("refund", params, CallOptions::default()).await.unwrap();
    assert_eq!((answer.state, answer.reference.as_str()), (State::Refunded, "13192443"));
    assert_eq!(
        server.received()[0].body,
        r#"{"initiator_id":"9962981729","otp":"004217","otp_ref_id":"x","service_code":80,"state":1}"#
    );
    assert_eq!(client.debit("refund", params, CallOptions::default()).await.unwrap_err().code(), Code::ReferenceUsed);
}

#[tokio::test]
async fn without_a_journal_nothing_leaves() {
    let server = PlainServer::start([json(SETTLED)]).await;
    let base = || config(&server, "none");
    let unwritable = Client::new(base().journal(JournalConfig::File("/proc/none/journal".into()))).unwrap();
    let answer = unwritable.debit("dmt.transfer", &params("A"), CallOptions::default()).await.unwrap();
    assert_eq!((answer.state, answer.error.unwrap().code()), (State::NotSent, Code::JournalUnavailable));

    let mut production = base().base_url("https://relay.example/ekoicici/v3");
    production.journal = None;
    let error =
        Client::new(production).unwrap().debit("dmt.transfer", &params("A"), CallOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::JournalMissing);

    let unnamed = Client::new(base().journal(JournalConfig::Off("yes".into()))).unwrap_err();
    assert_eq!(unnamed.code(), Code::InvalidConfig);
    assert_eq!(server.received().len(), 0);

    let off = Client::new(base().journal(JournalConfig::Off(eko_eps::client::RISK.into()))).unwrap();
    assert_eq!(
        off.debit("dmt.transfer", &params("REF-1"), CallOptions::default()).await.unwrap().state,
        State::Settled
    );
}

#[tokio::test]
async fn a_debit_is_refused_by_every_other_door() {
    let (_, server, client) = debit(&[json(SETTLED)], "doors").await;
    assert_eq!(
        client.call("dmt.transfer", &params("B"), CallOptions::default()).await.unwrap_err().code(),
        Code::UnknownCall
    );
    assert_eq!(client.prepare("dmt.transfer", &params("B")).unwrap_err().code(), Code::UnknownCall);
    assert_eq!(client.debit("getCustomer", "{}", CallOptions::default()).await.unwrap_err().code(), Code::UnknownCall);
    assert_eq!(server.received().len(), 1);
}
