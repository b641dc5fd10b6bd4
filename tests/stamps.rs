//! Tests of debits whose timestamp EPS refuses (2485): it is too far off, or EPS has seen it before, perhaps in a copy of this same
//! request.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::Code;
use eko_eps::money::{DebitOptions, MoneyOutcome, State};
use std::time::{Duration, Instant, SystemTime};
use support::Reply;
use support::shop::{KNOWN, NOT_FOUND, SEEN, Shop, answered, inquired, json, row_key, stamp_refused, transfer};

const REFUND: &str = r#"{"tid":"13192443","otp":"004217","otpRefId":"x"}"#;

/// Refuses a timestamp as `stamp_refused` does, with this status, body and more header lines.
fn refused(status: u16, body: &str, ahead: u64, more: &str) -> Reply {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(ahead));
    let length = body.len();
    Reply::Raw(format!("HTTP/1.1 {status} X\r\ndate: {date}\r\n{more}content-length: {length}\r\n\r\n{body}").into())
}

fn settled() -> Reply {
    answered("REF-1", "77", "0")
}

async fn debit(shop: &Shop, op: &str) -> MoneyOutcome {
    let params = if op == "refund" { REFUND.to_owned() } else { transfer("REF-1") };
    shop.client.debit_by_name(op, &params, DebitOptions::default()).await.unwrap()
}

#[tokio::test]
async fn a_stamp_that_was_seen_sends_nothing_again_and_stays_open() {
    for op in ["dmt.transfer", "refund"] {
        let shop = Shop::open(&format!("stamps-seen-{op}"), [stamp_refused(0), settled()]).await;
        let answer = debit(&shop, op).await;
        // EPS may have taken the first copy of the request. So the client neither asks now nor concludes anything.
        assert_eq!((answer.outcome, answer.reusable), (State::Indeterminate, false), "{op}");
        assert_eq!((shop.posts(), shop.asked().len()), (1, 0), "{op}");
        assert_eq!(answer.error.unwrap().code(), Code::AuthTimestamp, "{op}");
    }
    // An inquiry decides: EPS has the debit.
    let shop = Shop::open("stamps-booked", [stamp_refused(0), answered("REF-2", "78", "0")]).await;
    debit(&shop, "dmt.transfer").await;
    assert_eq!(shop.debit("REF-1").await.unwrap_err().code(), Code::ReferenceUsed);
    shop.eps.says("REF-1", [inquired("REF-1", "77", "0")]);
    let found = shop.resolve("REF-1").await;
    assert_eq!((found.outcome, found.tid.as_deref()), (State::Settled, Some("77")));
    // The `Date` of the refusal showed that the clock is right, so other debits are sent.
    assert_eq!(shop.debit("REF-2").await.unwrap().outcome, State::Settled);
}

#[tokio::test]
async fn a_stamp_that_was_off_is_signed_again_once() {
    let with = |more: &str| SEEN.replace(r#""status":2485"#, &format!(r#""status":2485{more}"#));
    let cases: Vec<(&str, Vec<Reply>, State, usize)> = vec![
        ("behind", vec![stamp_refused(3_600), settled()], State::Settled, 2),
        ("ahead", vec![stamp_refused(-180), settled()], State::Settled, 2),
        // The corrected timestamp was in time. So EPS refused the second request because it had seen it before, and nothing more is sent.
        ("learned", vec![stamp_refused(3_600), stamp_refused(3_600), settled()], State::Indeterminate, 2),
        // EPS's first `Date` corrected the clock, and its second contradicts the first: neither proves anything.
        ("offtwice", vec![stamp_refused(3_600), stamp_refused(0), settled()], State::Indeterminate, 2),
        // A refusal proves nothing if it also shows a transaction or a contradiction, or does not come from EPS.
        ("tid", vec![refused(401, &with(r#","data":{"tid":"1"}"#), 3_600, ""), settled()], State::Indeterminate, 1),
        (
            "reference",
            vec![refused(401, &with(r#","data":{"client_ref_id":"REF-2"}"#), 3_600, ""), settled()],
            State::Indeterminate,
            1,
        ),
        ("twice", vec![refused(401, &with(r#","status":0"#), 3_600, ""), settled()], State::Indeterminate, 1),
        ("500", vec![refused(500, SEEN, 3_600, ""), settled()], State::Indeterminate, 1),
    ];
    for (name, replies, state, sent) in cases {
        let shop = Shop::open(&format!("stamps-{name}"), replies).await;
        let answer = debit(&shop, "dmt.transfer").await;
        assert_eq!((answer.outcome, shop.posts(), shop.asked().len()), (state, sent, 0), "{name}: {answer:?}");
        assert_eq!(answer.reusable, state == State::Declined, "{name}");
        assert_eq!((answer.evidence.attempts.len(), answer.meta.unwrap().attempts as usize), (sent, sent), "{name}");
    }
}

#[tokio::test]
async fn before_it_is_signed_again_its_row_is_looked_at() {
    let shop = Shop::open("stamps-fenced", [stamp_refused(3_600), settled()]).await;
    debit(&shop, "dmt.transfer").await;
    let row = shop.store.row(&row_key("REF-1")).unwrap();
    assert_eq!(row.version, 3, "reserved, fenced before the second request, recorded");
    assert_eq!(shop.store.entry(&row_key("REF-1"))["attempts"], 2);
}

#[tokio::test]
async fn while_nothing_says_why_stamps_are_refused_no_debit_is_sent() {
    let mute: [(&str, Reply); 3] = [
        ("none", Reply::Json(401, SEEN.into())),
        // A cache has kept this answer, so its `Date` is from an earlier time.
        ("aged", refused(401, SEEN, 3_600, "age: 3\r\n")),
        (
            "odd",
            Reply::Raw(format!("HTTP/1.1 401 X\r\ndate: soon\r\ncontent-length: {}\r\n\r\n{SEEN}", SEEN.len()).into()),
        ),
    ];
    for (name, reply) in mute {
        let shop = Shop::open(&format!("stamps-mute-{name}"), [reply.clone(), answered("REF-2", "78", "0")]).await;
        shop.eps.says(KNOWN.0, [reply.clone()]);
        shop.eps.otherwise([reply]);
        let first = debit(&shop, "dmt.transfer").await;
        assert_eq!((first.outcome, first.reusable, shop.posts()), (State::Indeterminate, false, 1), "{name}");
        let held = shop.debit("REF-2").await.unwrap();
        assert_eq!((held.outcome, held.reusable, shop.posts()), (State::NotSent, true, 1), "{name}");
        assert_eq!(held.error.unwrap().code(), Code::AuthTimestamp, "{name}");
        // While debits pause, the client asks EPS at most once a second. Any other answer than 2485 ends the pause.
        let begun = Instant::now();
        shop.server.heard(3).await;
        let asked = shop.asked().len() as u64;
        assert!(asked <= begun.elapsed().as_secs() + 2, "{name}: {asked}");
        shop.eps.otherwise([json(NOT_FOUND)]);
        let begun = Instant::now();
        let again = loop {
            let again = shop.debit("REF-2").await.unwrap();
            if again.outcome != State::NotSent {
                break again;
            }
            assert!(begun.elapsed().as_secs() < 20, "{name}: nothing is sent any more");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!((again.outcome, shop.posts()), (State::Settled, 2), "{name}");
        assert!(
            shop.asked().iter().all(|asked| asked == "?"),
            "{name}: made-up ones, as it knows none: {:?}",
            shop.asked()
        );
    }
}

#[tokio::test]
async fn a_client_that_knows_a_reference_asks_about_that() {
    let booked = answered("REF-0", "70", "0");
    let shop = Shop::open("stamps-knows", [booked, Reply::Json(401, SEEN.into())]).await;
    shop.debit("REF-0").await.unwrap();
    debit(&shop, "dmt.transfer").await;
    let held = shop.debit("REF-2").await.unwrap();
    assert_eq!((held.outcome, shop.posts()), (State::NotSent, 2));
    shop.server.heard(3).await;
    assert_eq!(shop.asked(), ["REF-0"]);
    // An inquiry of the user that gets an answer ends the pause too.
    shop.resolve("REF-1").await;
    shop.debit("REF-2").await.unwrap();
    assert_eq!(shop.posts(), 3);
}
