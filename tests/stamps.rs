//! A debit whose timestamp is refused (2485): too far off, or seen before, perhaps in a copy of the very same request.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::client::JournalConfig;
use eko_eps::money::{Key, MoneyAnswer, State};
use eko_eps::{CallOptions, Client, Config};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use support::{PlainServer, Reply};

const SETTLED: &str = r#"{"status":0,"response_status_id":0,"response_type_id":325,"message":"x","data":{"tx_status":"0","tid":"77","client_ref_id":"REF-1","amount":"100.0"}}"#;
const INQUIRY: &str = r#"{"status":0,"response_type_id":1472,"message":"x","data":{"tx_status":"0","tid":"77","client_ref_id":"REF-1","amount":"100.0","account":"123456789"}}"#;
const NOTHING: &str = r#"{"status":1,"response_status_id":-1,"message":"none","data":{}}"#;
const SEEN: &str = r#"{"status":2485,"response_type_id":2485,"response_status_id":1}"#;
const TRANSFER: &str = r#"{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"REF-1"}"#;
const REFUND: &str = r#"{"tid":"13192443","otp":"004217","otpRefId":"x"}"#;

/// A refusal by a server whose clock is so far ahead of ours.
fn refused(status: u16, body: &str, ahead: i64, more: &str) -> Reply {
    let now = SystemTime::now();
    let shift = Duration::from_secs(ahead.unsigned_abs());
    let date = httpdate::fmt_http_date(if ahead < 0 { now - shift } else { now + shift });
    let length = body.len();
    Reply::Raw(format!("HTTP/1.1 {status} X\r\ndate: {date}\r\n{more}content-length: {length}\r\n\r\n{body}").into())
}

fn seen() -> Reply {
    refused(401, SEEN, 0, "")
}

fn json(body: impl Into<String>) -> Reply {
    Reply::Json(200, body.into())
}

struct Run {
    answer: MoneyAnswer,
    server: PlainServer,
    client: Client,
}

impl Run {
    async fn of(name: &str, op: &str, replies: &[Reply]) -> Self {
        let server = PlainServer::start(replies.to_vec()).await;
        let path =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("stamps-{name}-{}.sqlite", std::process::id()));
        let config = Config::new(format!("stamps{name}"), "access").initiator_id("9962981729").user_code("20810200");
        let config = config.base_url(server.base_url()).journal(JournalConfig::File(path));
        let client = Client::new(config).unwrap();
        let params = if op == "refund" { REFUND } else { TRANSFER };
        let answer = client.debit(op, params, CallOptions::default()).await.unwrap();
        Self { answer, server, client }
    }

    /// Debits and inquiries, as they came.
    fn sent(&self) -> String {
        let first = |line: &str| if line.starts_with("GET ") { 'i' } else { 'd' };
        self.server.received().iter().map(|request| first(&request.line)).collect()
    }
}

#[tokio::test]
async fn a_stamp_that_was_seen_is_asked_about_before_anything_leaves_again() {
    let declined = json(r#"{"status":55,"response_type_id":55,"message":"OTP used","data":{"tx_status":"1"}}"#);
    let html = Reply::Json(400, "<html>".into());
    let other = INQUIRY.replace("REF-1", "REF-2");
    let pending = INQUIRY.replace(r#""tx_status":"0""#, r#""tx_status":"2""#);
    let failed = INQUIRY.replace(r#""tx_status":"0""#, r#""tx_status":"1""#);
    let cases: Vec<(&str, Vec<Reply>, State, &str)> = vec![
        // The first copy was booked, the second refused: what EPS has counts.
        ("booked", vec![seen(), json(INQUIRY)], State::Settled, "di"),
        ("flight", vec![seen(), json(pending)], State::Pending, "di"),
        ("failed", vec![seen(), json(failed)], State::Declined, "di"),
        ("other", vec![seen(), json(other)], State::Indeterminate, "di"),
        // Another process signed in the same millisecond.
        ("collision", vec![seen(), json(NOTHING), json(SETTLED)], State::Settled, "did"),
        // EPS did not say.
        ("mute", vec![seen(), html], State::Indeterminate, "dii"),
        ("nothingwithtid", vec![seen(), json(NOTHING.replace("{}", r#"{"tid":"1"}"#))], State::Indeterminate, "di"),
        // "Not found" may have meant "not booked yet".
        ("twice", vec![seen(), json(NOTHING), seen()], State::Indeterminate, "did"),
        ("otpused", vec![seen(), json(NOTHING), declined], State::Indeterminate, "did"),
    ];
    for (name, replies, state, sent) in cases {
        let run = Run::of(name, "dmt.transfer", &replies).await;
        assert_eq!((run.answer.state, run.sent().as_str()), (state, sent), "{name}: {:?}", run.answer);
        assert!(!run.answer.reusable, "{name}");
        let key = Key { op: "dmt.transfer".into(), reference: "REF-1".into() };
        let again = run.client.debit("dmt.transfer", TRANSFER, CallOptions::default()).await;
        assert!(again.is_err(), "{name}: {key:?} was free");
    }
}

#[tokio::test]
async fn what_the_inquiry_found_is_told_as_the_debits_own_answer_would_be() {
    let Run { answer, .. } = Run::of("fields", "dmt.transfer", &[seen(), json(INQUIRY)]).await;
    assert_eq!((answer.tid.as_deref(), &answer.fields["amount"]), (Some("77"), &"100".into()));
    assert!(!answer.fields.contains_key("account") && answer.error.is_none());
    assert_eq!(answer.evidence.attempts.len(), 1, "an inquiry is no attempt of the debit");
    let open = Run::of("fieldsopen", "dmt.transfer", &[seen(), json(NOTHING), seen()]).await.answer;
    assert_eq!((open.evidence.attempts.len(), open.meta.unwrap().attempts), (2, 2));
}

#[tokio::test]
async fn a_stamp_that_was_off_is_signed_again_and_a_refusal_that_proves_nothing_is_not() {
    let with = |more: &str| SEEN.replace(r#""status":2485"#, &format!(r#""status":2485{more}"#));
    let cases: Vec<(&str, Vec<Reply>, State, &str)> = vec![
        ("behind", vec![refused(401, SEEN, 3600, ""), json(SETTLED)], State::Settled, "dd"),
        ("ahead", vec![refused(401, SEEN, -180, ""), json(SETTLED)], State::Settled, "dd"),
        ("age", vec![refused(401, SEEN, 0, "age: 3\r\n"), json(SETTLED)], State::Settled, "dd"),
        ("offtwice", vec![refused(401, SEEN, 3600, ""), seen()], State::Declined, "dd"),
        ("tid", vec![refused(401, &with(r#","data":{"tid":"1"}"#), 3600, "")], State::Indeterminate, "d"),
        ("ref", vec![refused(401, &with(r#","data":{"client_ref_id":"REF-2"}"#), 0, "")], State::Indeterminate, "d"),
        ("names", vec![refused(401, &with(r#","status":0"#), 0, "")], State::Indeterminate, "d"),
        ("500", vec![refused(500, SEEN, 3600, "")], State::Indeterminate, "d"),
    ];
    for (name, replies, state, sent) in cases {
        let run = Run::of(name, "dmt.transfer", &replies).await;
        assert_eq!((run.answer.state, run.sent().as_str()), (state, sent), "{name}: {:?}", run.answer);
    }
    // Corrected by the hour that it has learned, the second stamp was in time: it has been seen.
    let learned =
        Run::of("learned", "dmt.transfer", &[refused(401, SEEN, 3600, ""), refused(401, SEEN, 3600, "")]).await;
    assert_eq!((learned.answer.state, learned.answer.reusable), (State::Indeterminate, false));
}

#[tokio::test]
async fn a_refund_is_sent_again_only_while_its_money_waits() {
    let inquiry = |state: &str| {
        let body =
            INQUIRY.replace("77", "13192443").replace(r#""tx_status":"0""#, &format!(r#""tx_status":"{state}""#));
        json(body)
    };
    let done = json(r#"{"status":0,"response_type_id":74,"message":"x","data":{"tid":"13192443"}}"#);
    for (name, replies, state, sent) in [
        ("waits", vec![seen(), inquiry("3"), done], State::Refunded, "did"),
        ("back", vec![seen(), inquiry("4")], State::Refunded, "di"),
        ("settled", vec![seen(), inquiry("0")], State::Indeterminate, "di"),
        ("unknown", vec![seen(), json(NOTHING)], State::Indeterminate, "di"),
    ] {
        let run = Run::of(name, "refund", &replies).await;
        assert_eq!((run.answer.state, run.sent().as_str()), (state, sent), "{name}: {:?}", run.answer);
    }
}
