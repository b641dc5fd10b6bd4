//! Tests of callbacks: any spelling is read, and a callback is only a reason to ask EPS. The answer of EPS decides.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::Code;
use eko_eps::money::{Callback, EventKind, State};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};
use support::Reply;
use support::memory::{Do, Op};
use support::shop::{Shop, answered, inquired, json, key, row_key, told};
use tokio::sync::watch;

/// A callback as EPS posts it, with numbers, nulls and its own spelling of names.
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

fn callback(text: &str) -> Callback {
    Callback::parse(text).unwrap()
}

/// Opens a shop with a debit whose answer is lost. EPS then answers inquiries about it with `replies`.
async fn open(name: &str, replies: impl IntoIterator<Item = Reply>) -> Shop {
    let shop = Shop::open(&format!("callbacks-{name}"), [Reply::Close]).await;
    assert_eq!(shop.debit("REF-1").await.unwrap().outcome, State::Indeterminate);
    shop.eps.says("REF-1", replies);
    shop
}

/// Lets a callback cause an inquiry again: removes the time of the last such inquiry from the row.
fn later(shop: &Shop) {
    shop.store.edit(&row_key("REF-1"), |_, entry| {
        entry.as_object_mut().unwrap().remove("askedMs");
    });
}

#[tokio::test]
async fn a_callback_triggers_an_inquiry_and_only_its_answer_counts() {
    // The callback says "failed". EPS is asked, and says "done".
    let shop = open("inquired", [inquired("REF-1", "77", "0")]).await;
    let failed = callback(r#"{"client_ref_id":"REF-1","tx_status":1}"#);
    let merged = shop.client.merge_callback(&failed).await.unwrap().unwrap();
    assert_eq!((merged.outcome, shop.asked()), (State::Settled, vec!["REF-1".to_owned()]));
    assert_eq!(shop.alarms().await, [""; 0], "anybody may have posted it");
}

#[tokio::test]
async fn a_callback_alone_never_changes_a_state() {
    for (number, tx_status) in ["0", "1", "2", "3", "4", "5", "6", "99", "\"\"", "null"].into_iter().enumerate() {
        // EPS answers the inquiry with an error.
        let shop = open(&format!("alone-{number}"), [Reply::Json(500, String::new())]).await;
        let said = callback(&format!(r#"{{"client_ref_id":"REF-1","tid":"666","tx_status":{tx_status}}}"#));
        shop.client.merge_callback(&said).await.unwrap_err();
        let entry = shop.client.unresolved(None, 10).await.unwrap().items.pop().unwrap();
        assert_eq!((entry.outcome, entry.tid, entry.reusable), (State::Indeterminate, None, false));
        assert!(!shop.asked().is_empty(), "{tx_status}: it asked");
        assert_eq!(shop.posts(), 1, "{tx_status}: and sent no debit");
    }
}

#[tokio::test]
async fn a_flood_of_callbacks_is_limited_to_one_inquiry_a_second() {
    let shop = open("flood", [inquired("REF-1", "77", "2")]).await;
    shop.eps.says("77", [inquired("REF-1", "77", "2")]);
    let begun = Instant::now();
    for number in 0..100 {
        let said =
            callback(&format!(r#"{{"client_ref_id":"REF-1","tid":"{number}","tx_status":0,"amount":"{number}"}}"#));
        assert_eq!(shop.client.merge_callback(&said).await.unwrap().unwrap().outcome, State::Pending);
    }
    // EPS is asked at most once a second, however long the loop takes on a busy machine.
    assert!(shop.asked().len() as u64 <= begun.elapsed().as_secs() + 1, "{:?}", shop.asked());
    assert_eq!(shop.alarms().await, [""; 0]);
}

#[tokio::test]
async fn callbacks_that_come_at_once_make_one_inquiry() {
    let gate = watch::Sender::new(false);
    let Reply::Json(status, body) = inquired("REF-1", "77", "2") else { unreachable!() };
    let shop = open("at-once", [Reply::Until(gate.clone(), status, body)]).await;
    // Two processes get the callbacks.
    let clients = [shop.client.clone(), shop.another(|config| config)];
    let mut merging = tokio::task::JoinSet::new();
    for index in 0..100 {
        let client = clients[index % 2].clone();
        let said = callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#);
        merging.spawn(async move { client.merge_callback(&said).await.unwrap().unwrap().outcome });
    }
    let mut outcomes = Vec::new();
    while outcomes.len() < 99 {
        outcomes.push(merging.join_next().await.unwrap().unwrap());
    }
    assert!(outcomes.iter().all(|outcome| *outcome == State::Indeterminate), "nobody else waits for EPS");
    gate.send_replace(true);
    assert_eq!(merging.join_next().await.unwrap().unwrap(), State::Pending);
    assert_eq!(shop.asked(), ["REF-1"]);
}

#[tokio::test]
async fn a_callback_that_differs_from_a_final_state_is_verified() {
    let shop = open("final", [inquired("REF-1", "77", "0")]).await;
    let settled = callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#);
    shop.client.merge_callback(&settled).await.unwrap();
    shop.eps.says("77", [inquired("REF-1", "77", "0")]);
    let mut events = shop.client.events();
    for (said, asks) in [
        (r#"{"client_ref_id":"REF-1","tid":"77","tx_status":0,"amount":100}"#, false),
        (r#"{"client_ref_id":"REF-1","tx_status":2}"#, true),
        (r#"{"client_ref_id":"REF-1","tx_status":1}"#, true),
        (r#"{"client_ref_id":"REF-1","tx_status":4}"#, true),
        (r#"{"client_ref_id":"REF-1","tx_status":0,"tid":"78"}"#, true),
        (r#"{"client_ref_id":"REF-1","tx_status":0,"amount":"100.01"}"#, true),
        (r#"{"client_ref_id":"REF-1","tx_status":0,"amount":"much"}"#, true),
    ] {
        later(&shop);
        let before = shop.asked().len();
        let merged = shop.client.merge_callback(&callback(said)).await.unwrap().unwrap();
        assert_eq!((merged.outcome, merged.tid.as_deref(), merged.revision), (State::Settled, Some("77"), 1), "{said}");
        assert_eq!(shop.asked().len() - before, usize::from(asks), "{said}");
    }
    assert_eq!(told(&mut events), [], "EPS has said nothing new");
    assert_eq!(shop.alarms().await, [""; 0]);
    // EPS's own answer to the inquiry may raise an alarm, and still does not change the outcome.
    shop.eps.says("77", [inquired("REF-1", "77", "1")]);
    later(&shop);
    let merged = shop.client.merge_callback(&callback(r#"{"client_ref_id":"REF-1","tx_status":1}"#)).await.unwrap();
    assert_eq!(merged.unwrap().outcome, State::Settled);
    assert_eq!(told(&mut events), [(EventKind::Alarm, Some("stateChanged"))]);
    assert_eq!(shop.alarms().await, ["stateChanged"]);
    assert_eq!(
        shop.client.merge_callback(&callback(r#"{"client_ref_id":"OTHER","tx_status":0}"#)).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_callback_with_only_a_tid_finds_the_unresolved_debit() {
    let shop = open("tid", [inquired("REF-1", "77", "2")]).await;
    let by_tid = callback(r#"{"tid":77,"tx_status":0}"#);
    assert_eq!(shop.client.merge_callback(&by_tid).await.unwrap(), None, "its tid is not known yet");
    shop.resolve("REF-1").await;
    shop.eps.says("77", [inquired("REF-1", "77", "0")]);
    // A client searches the unresolved debits for a `tid` at most once a second. Another process searches by itself.
    let other = shop.another(|config| config);
    let found = other.merge_callback(&by_tid).await.unwrap().unwrap();
    assert_eq!((found.reference.as_str(), found.outcome), ("REF-1", State::Settled));
}

#[tokio::test]
async fn a_refund_callback_is_matched_by_tid() {
    let shop = Shop::open("callbacks-refund", [Reply::Close]).await;
    let params = r#"{"tid":"77","otp":"004217","otpRefId":"x"}"#;
    shop.client.debit_by_name("refund", params, Default::default()).await.unwrap();
    shop.eps.says("77", [json(r#"{"status":0,"message":"x","data":{"tx_status":"4","tid":"77"}}"#)]);
    let found = shop.client.merge_callback(&callback(r#"{"tid":77,"tx_status":4}"#)).await.unwrap().unwrap();
    assert_eq!((found.op.as_str(), found.outcome), ("refund", State::Refunded));
}

#[tokio::test]
async fn unmatched_callbacks_search_the_journal_once_a_second() {
    let shop = Shop::open("callbacks-nobody", [answered("REF-1", "77", "2")]).await;
    shop.debit("REF-1").await.unwrap();
    let lists = Arc::new(AtomicUsize::new(0));
    let counted = lists.clone();
    shop.store.rule(move |op| {
        counted.fetch_add(usize::from(matches!(op, Op::List)), Ordering::SeqCst);
        Do::Pass
    });
    let begun = Instant::now();
    for tid in 1_000..1_100 {
        let said = callback(&format!(r#"{{"client_ref_id":"NONE-{tid}","tid":"{tid}","tx_status":0}}"#));
        assert_eq!(shop.client.merge_callback(&said).await.unwrap(), None);
    }
    assert!(lists.load(Ordering::SeqCst) as u64 <= begun.elapsed().as_secs() + 1, "{lists:?}");
    assert_eq!((shop.asked(), shop.client.history(&key("REF-1")).await.unwrap().len()), (Vec::new(), 2));
}

/// A row holds the time at which EPS was last asked because of a callback. A wrong clock may have written it.
#[tokio::test]
async fn a_far_future_inquiry_time_does_not_block_callbacks() {
    let now_ms = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as i64;
    for (name, ahead_ms, asks) in
        [("just", 500, false), ("near", 55_000, false), ("far", 65_000, true), ("old", -1_500, true)]
    {
        let shop = open(name, [inquired("REF-1", "77", "2")]).await;
        shop.store.edit(&row_key("REF-1"), |_, entry| entry["askedMs"] = (now_ms() + ahead_ms).into());
        shop.client.merge_callback(&callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#)).await.unwrap();
        assert_eq!(!shop.asked().is_empty(), asks, "{name}");
    }
}

#[tokio::test]
async fn an_inquiry_is_claimed_of_the_attempt_that_was_meant() {
    let shop = open("meant", [inquired("REF-1", "77", "2")]).await;
    let (store, mut reads) = (shop.store.clone(), 0);
    shop.store.rule(move |op| {
        if matches!(op, Op::Read(key) if key == row_key("REF-1")) {
            reads += 1;
            // Between the second read of the row and its claim, another reservation takes the reference.
            if reads == 2 {
                store.edit(&row_key("REF-1"), |_, entry| entry["reservation"] = "another".into());
            }
        }
        Do::Pass
    });
    let said = callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#);
    let merged = shop.client.merge_callback(&said).await.unwrap().unwrap();
    assert_eq!((merged.outcome, shop.asked()), (State::Indeterminate, Vec::new()));
    assert_eq!(shop.store.entry(&row_key("REF-1"))["reservation"], "another");
}

#[tokio::test]
async fn while_a_callback_is_asked_about_the_resolver_leaves_it_alone() {
    let gate = watch::Sender::new(false);
    let Reply::Json(status, body) = inquired("REF-1", "77", "2") else { unreachable!() };
    let shop = open("resolver", [Reply::Until(gate.clone(), status, body)]).await;
    shop.store.edit(&row_key("REF-1"), |row, entry| {
        row.due_ms = Some(1);
        entry["nextInquiryMs"] = 1.into();
    });
    let client = shop.client.clone();
    let said = callback(r#"{"client_ref_id":"REF-1","tx_status":0}"#);
    let merging = tokio::spawn(async move { client.merge_callback(&said).await.unwrap().unwrap().outcome });
    shop.server.heard(2).await;
    let other = shop.another(|config| config);
    let swept = tokio::time::timeout(Duration::from_secs(5), other.resolve_due()).await;
    assert_eq!(swept.expect("it asks nothing").unwrap().len(), 0);
    gate.send_replace(true);
    assert_eq!((merging.await.unwrap(), shop.asked()), (State::Pending, vec!["REF-1".to_owned()]));
}

#[tokio::test]
async fn a_callback_on_a_done_refund_is_verified_only_if_it_differs() {
    let shop = Shop::open("callbacks-refunded", [Reply::Close]).await;
    let params = r#"{"tid":"77","otp":"004217","otpRefId":"x"}"#;
    shop.client.debit_by_name("refund", params, Default::default()).await.unwrap();
    shop.eps.says("77", [json(r#"{"status":0,"message":"x","data":{"tx_status":"4","tid":"77"}}"#)]);
    for (tx_status, asks) in [(4, true), (4, false), (3, true), (0, true)] {
        if shop.store.entry("refund:77")["askedMs"].is_u64() {
            shop.store.edit("refund:77", |_, entry| drop(entry.as_object_mut().unwrap().remove("askedMs")));
        }
        let before = shop.asked().len();
        let said = callback(&format!(r#"{{"tid":77,"tx_status":{tx_status}}}"#));
        let found = shop.client.merge_callback(&said).await.unwrap().unwrap();
        assert_eq!((found.outcome, shop.asked().len() - before), (State::Refunded, usize::from(asks)), "{tx_status}");
    }
    assert_eq!(shop.alarms().await, [""; 0]);
}
