//! Tests of the resolver: what the answer to an inquiry may change.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::Code;
use eko_eps::money::{Callback, DebitKey, DebitOptions, EventKind, JournalEntry, Row, State, StoreError, Why};
use serde_json::json as value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::Reply;
use support::memory::{Do, Op};
use support::shop::{
    KNOWN, NOT_FOUND, ROUND, Shop, answered, inquired, json, key, listed, lost, retry_of, row_key, silence, told,
    transfer,
};
use tokio::sync::watch;

fn held(gate: &watch::Sender<bool>, reply: Reply) -> Reply {
    match reply {
        Reply::Json(status, body) => Reply::Until(gate.clone(), status, body),
        other @ (Reply::Late(..) | Reply::Until(..) | Reply::Raw(_) | Reply::Close | Reply::Silence) => other,
    }
}

/// Begins to resolve a debit. Returns when EPS has got the inquiry.
async fn begin(shop: &Shop, reference: &str) -> tokio::task::JoinHandle<JournalEntry> {
    let (heard, client, key) = (shop.server.received().len(), shop.client.clone(), key(reference));
    let resolving = tokio::spawn(async move { client.resolve(&key).await.unwrap() });
    shop.server.heard(heard + 1).await;
    resolving
}

#[tokio::test]
async fn inquiries_use_the_reference_until_a_tid_is_known() {
    let shop = lost("tid").await;
    shop.eps.says("REF-1", [inquired("REF-1", "77", "2")]);
    shop.eps.says(
        "77",
        [
            inquired("REF-1", "78", "0"),
            json(r#"{"status":0,"data":{"tx_status":"1","tx_status":"0","tid":"77"}}"#),
            inquired("REF-1", "77", "0"),
        ],
    );
    let mut events = shop.client.events();
    let pending = shop.resolve("REF-1").await;
    assert_eq!(
        (pending.outcome, pending.tid.as_deref(), pending.why),
        (State::Pending, Some("77"), Some(Why::InFlight))
    );
    // Another tid, or two states in one answer, raises an alarm and decides nothing.
    for _ in 0..2 {
        let doubted = shop.resolve("REF-1").await;
        assert_eq!((doubted.outcome, doubted.tid.as_deref()), (State::Indeterminate, Some("77")));
        assert!(doubted.contradiction.is_some() && doubted.why == Some(Why::Contradiction));
    }
    assert_eq!(shop.resolve("REF-1").await.outcome, State::Settled);
    assert_eq!(shop.asked(), ["REF-1", "77", "77", "77"]);
    let alarm = |reason| (EventKind::Alarm, Some(reason));
    let heard = [alarm("duplicateObserved"), alarm("contradiction"), (EventKind::Resolved, None)];
    assert_eq!(told(&mut events), heard);
    // A debit with a final outcome is asked about only if a caller resolves it.
    assert_eq!(shop.resolve("REF-1").await.outcome, State::Settled);
    assert_eq!(shop.asked().len(), 5);
    let unknown = shop.client.resolve(&key("NONE")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

#[tokio::test]
async fn an_inquiry_carries_the_user_code_only_where_that_is_wanted() {
    for wanted in [false, true] {
        let name = format!("resolver-code-{wanted}");
        let shop =
            Shop::with(&name, [Reply::Close], |config| config.user_code("20810200").inquiry_user_code(wanted)).await;
        shop.debit("REF-1").await.unwrap();
        shop.resolve("REF-1").await;
        let line = shop.server.received().pop().unwrap().line;
        assert!(line.contains("initiator_id=9962981729"), "{line}");
        assert_eq!(line.contains("user_code=20810200"), wanted, "{line}");
    }
}

/// Returns EPS's answer about the transaction of the refund, in this state.
fn transaction(tx_status: &str) -> Reply {
    json(format!(
        r#"{{"status":0,"response_type_id":1472,"message":"x","data":{{"tx_status":"{tx_status}","tid":"77"}}}}"#
    ))
}

const REFUND: &str = r#"{"tid":"77","otp":"004217","otpRefId":"x"}"#;

#[tokio::test]
async fn a_refund_whose_state_stays_untouched_ends_as_not_sent() {
    // The refund's own answer is lost, or it refuses and says that the money still waits (`tx_status` 3).
    let waits = r#"{"status":1,"message":"x","data":{"tx_status":"3","tid":"77"}}"#;
    for (name, own) in [("lost", Reply::Close), ("waits", json(waits))] {
        let shop = Shop::open(&format!("resolver-refund-{name}"), [own]).await;
        let refund = async |options| shop.client.debit_by_name("refund", REFUND, options).await;
        assert!(!refund(DebitOptions::default()).await.unwrap().outcome.is_final(), "{name}");
        let key = DebitKey { op: "refund".into(), reference: "77".into() };
        shop.eps.says("77", [transaction("3")]);
        for round in 0..3 {
            let open = shop.client.resolve(&key).await.unwrap();
            assert!(!open.outcome.is_final() && open.why == Some(Why::InFlight), "{name} {round}: {open:?}");
            shop.store.minutes(5);
        }
        let ended = shop.client.resolve(&key).await.unwrap();
        assert_eq!((ended.outcome, ended.reusable, ended.spent), (State::NotSent, false, true), "{name}");
        // A refund needs no round: an inquiry by its tid always finds the transaction.
        assert!(shop.asked().iter().all(|asked| asked == "77"), "{:?}", shop.asked());
        // A refund has no other reference. It is repeated by naming itself as `retryOf`, and only while the money still waits.
        assert_eq!(refund(DebitOptions::default()).await.unwrap_err().code(), Code::ReferenceUsed);
        // A repeated refund that is refused before work stays spent, because the first one may still be done late.
        shop.eps
            .debits([json(r#"{"status":302,"response_status_id":1,"response_type_id":302,"message":"Wrong OTP"}"#)]);
        let refused = refund(retry_of("77")).await.unwrap();
        assert_eq!((refused.outcome, refused.reusable), (State::Declined, false), "{name}");
        assert_eq!(refund(DebitOptions::default()).await.unwrap_err().code(), Code::ReferenceUsed);
        shop.eps.debits([json(r#"{"status":0,"response_type_id":74,"message":"x","data":{"tid":"77"}}"#)]);
        let again = refund(retry_of("77")).await.unwrap();
        assert_eq!((again.outcome, shop.posts()), (State::Refunded, 3), "{name}");
        assert_ne!(again.reservation_id, ended.reservation_id);
    }
}

#[tokio::test]
async fn a_started_refund_is_not_undone_and_a_returned_one_is_done() {
    // `response_type_id` 74 belongs to refunds alone: it shows that the refund was begun, whatever else the answer says.
    let odd = json(r#"{"status":0,"response_type_id":74,"message":"x","data":{"tx_status":"3","tid":"77"}}"#);
    for (name, own, between, last, state) in [
        ("begun", Reply::Close, Some("2"), "3", State::Pending),
        ("back", Reply::Close, None, "4", State::Refunded),
        ("settled", Reply::Close, None, "0", State::Indeterminate),
        ("odd", odd, None, "3", State::Pending),
    ] {
        let shop = Shop::open(&format!("resolver-refunded-{name}"), [own]).await;
        shop.client.debit_by_name("refund", REFUND, DebitOptions::default()).await.unwrap();
        let key = DebitKey { op: "refund".into(), reference: "77".into() };
        shop.eps.says("77", between.into_iter().chain([last]).map(transaction).collect::<Vec<_>>());
        let mut known = State::Indeterminate;
        for _ in 0..8 {
            known = shop.client.resolve(&key).await.unwrap().outcome;
            shop.store.minutes(20);
        }
        assert_eq!(known, state, "{name}");
    }
}

#[tokio::test]
async fn an_inquiry_result_is_not_written_onto_a_later_attempt() {
    for (name, found, alarms) in
        [("settled", inquired("REF-1", "77", "0"), &["stateChanged"][..]), ("none", json(NOT_FOUND), &[])]
    {
        let shop = lost(&format!("next-{name}")).await;
        let gate = watch::Sender::new(false);
        shop.eps.says("REF-1", [held(&gate, found)]);
        let resolving = begin(&shop, "REF-1").await;
        shop.store.edit(&row_key("REF-1"), |_, entry| entry["reservation"] = value!("another"));
        gate.send_replace(true);
        let known = resolving.await.unwrap();
        assert_eq!((known.outcome, known.tid, known.inquiries), (State::Indeterminate, None, 0), "{name}");
        assert_eq!(shop.store.entry(&row_key("REF-1"))["outcome"], "indeterminate", "{name}");
        assert_eq!(shop.alarms().await, alarms, "{name}: but it is not lost from sight");
    }
}

#[tokio::test]
async fn what_eps_said_before_the_end_is_no_alarm_after_it() {
    for (name, before, after, alarms) in [
        ("pending", "2", "0", 0),
        ("refund", "3", "4", 0),
        // A debit cannot be done first and declined afterwards.
        ("declined", "1", "0", 1),
    ] {
        let shop = lost(&format!("before-{name}")).await;
        let gate = watch::Sender::new(false);
        shop.eps.says("REF-1", [held(&gate, inquired("REF-1", "77", before)), inquired("REF-1", "77", after)]);
        let mut events = shop.client.events();
        let older = begin(&shop, "REF-1").await;
        let newer = shop.resolve("REF-1").await;
        assert!(newer.outcome.is_final());
        gate.send_replace(true);
        assert_eq!(older.await.unwrap().outcome, newer.outcome, "{name}");
        let alarm = (EventKind::Alarm, Some("stateChanged"));
        assert_eq!(told(&mut events), [[(EventKind::Resolved, None)].as_slice(), &vec![alarm; alarms]].concat());
        assert_eq!(shop.alarms().await.len(), alarms);
    }
}

#[tokio::test]
async fn a_sign_of_life_reopens_a_spent_debit() {
    let echo = r#"{"status":0,"response_type_id":1472,"message":"x","data":{"tid":"77"}}"#;
    for (name, answer, state, revision) in [
        ("none", json(NOT_FOUND), State::NotSent, 1),
        ("pending", inquired("REF-1", "77", "2"), State::Pending, 1),
        ("settled", inquired("REF-1", "77", "0"), State::Settled, 2),
        ("tid", json(echo), State::Indeterminate, 1),
        ("contradicted", inquired("REF-2", "77", "0"), State::Indeterminate, 1),
    ] {
        let shop = lost(&format!("spent-{name}")).await;
        let ended = silence(&shop, "REF-1").await;
        assert!(shop.client.acknowledge(&ended).await.unwrap());
        assert_eq!(listed(&shop).await, []);
        assert!(ended.next_inquiry_at.is_some(), "it is asked about again");
        shop.eps.says("REF-1", [answer]);
        // The reason of the inquiry does not matter: here it is an unsigned callback; it may be a person or the schedule too.
        let said = Callback::parse(r#"{"client_ref_id":"REF-1","tx_status":0}"#).unwrap();
        let known = shop.client.merge_callback(&said).await.unwrap().unwrap();
        assert_eq!((known.outcome, known.revision), (state, revision), "{name}");
        let alive = state != State::NotSent;
        assert_eq!((known.spent, known.reusable, known.acknowledged), (!alive, false, !alive), "{name}");
        assert_eq!(listed(&shop).await.len(), usize::from(alive), "{name}: listed anew");
        let alarms = shop.alarms().await;
        assert_eq!(alarms.iter().any(|reason| reason == "stateChanged"), alive, "{name}: {alarms:?}");
        assert!(!shop.client.acknowledge(&ended).await.unwrap() || !alive, "{name}: what was seen is not this");
        assert_eq!(shop.debit("REF-1").await.unwrap_err().code(), Code::ReferenceUsed, "{name}");
    }
}

#[tokio::test]
async fn a_spent_reference_gets_one_successor_after_a_new_round() {
    let shop = lost("retry").await;
    let debit = async |reference: &str, old: &str| {
        shop.client.debit_by_name("dmt.transfer", &transfer(reference), retry_of(old)).await
    };
    // Only a spent debit can be replaced.
    let open = debit("REF-2", "REF-1").await.unwrap_err();
    assert!(open.invalid_params()["retryOf"].contains("must name a spent debit"), "{open}");
    assert_eq!(debit("REF-2", "NONE").await.unwrap_err().code(), Code::InvalidParams);
    silence(&shop, "REF-1").await;
    assert_eq!(debit("REF-1", "REF-1").await.unwrap_err().code(), Code::InvalidParams);
    // A new round must show again that EPS does not have the spent debit.
    shop.eps.says(KNOWN.0, [json(NOT_FOUND)]);
    assert_eq!(debit("REF-2", "REF-1").await.unwrap_err().code(), Code::ReferenceUsed);
    assert_eq!(shop.posts(), 1);
    shop.eps.says(KNOWN.0, [inquired(KNOWN.0, KNOWN.1, "0")]);
    shop.eps.debits([answered("REF-2", "78", "0")]);
    let before = shop.asked().len();
    let second = debit("REF-2", "REF-1").await.unwrap();
    assert_eq!((second.outcome, shop.posts()), (State::Settled, 2));
    assert_eq!(shop.asked()[before..], ROUND);
    assert_eq!(shop.store.entry(&row_key("REF-2"))["retryOf"], "REF-1");
    // A spent reference gets only one successor.
    let third = debit("REF-3", "REF-1").await.unwrap_err();
    assert!(third.code() == Code::ReferenceUsed && third.message().contains("replaced by REF-2"), "{third}");
    assert_eq!(shop.posts(), 2);
    // EPS has booked the spent debit and its successor. An alarm asks a person to look.
    shop.eps.says("REF-1", [inquired("REF-1", "77", "0")]);
    let late = shop.resolve("REF-1").await;
    assert_eq!((late.outcome, late.revision), (State::Settled, 2));
    assert_eq!(shop.alarms().await.iter().filter(|reason| *reason == "bookedTwice").count(), 1);
}

#[tokio::test]
async fn a_successor_that_ended_without_money_leaves_room_for_another() {
    let shop = lost("successor").await;
    silence(&shop, "REF-1").await;
    shop.eps.debits([json(r#"{"status":302,"message":"Wrong OTP"}"#), answered("REF-3", "79", "0")]);
    let debit = async |reference: &str| {
        shop.client.debit_by_name("dmt.transfer", &transfer(reference), retry_of("REF-1")).await.unwrap().outcome
    };
    assert_eq!((debit("REF-2").await, debit("REF-3").await), (State::Declined, State::Settled));
    // If the round before the retry finds the spent debit after all, nothing is sent.
    let shop = lost("retry-found").await;
    silence(&shop, "REF-1").await;
    shop.eps.says("REF-1", [inquired("REF-1", "77", "0")]);
    let found = shop.client.debit_by_name("dmt.transfer", &transfer("REF-2"), retry_of("REF-1")).await.unwrap_err();
    assert_eq!((found.code(), shop.posts()), (Code::ReferenceUsed, 1));
    assert_eq!(shop.store.entry(&row_key("REF-1"))["outcome"], "settled");
}

#[tokio::test]
async fn due_debits_are_asked_about_within_the_limit_and_lease() {
    let shop = Shop::with("resolver-due", [Reply::Close], |config| {
        config.max_inquiries(6).known_reference("dmt.transfer", KNOWN.0)
    });
    let shop = shop.await;
    let gate = watch::Sender::new(false);
    for index in 0..20 {
        let reference = format!("REF-{index:02}");
        shop.debit(&reference).await.unwrap();
        shop.eps.says(&reference, [held(&gate, inquired(&reference, &format!("{}", 900 + index), "2"))]);
        shop.store.edit(&row_key(&reference), |row, _| row.due_ms = Some(1_000 + index));
    }
    let client = shop.client.clone();
    let resolving = tokio::spawn(async move { client.resolve_due().await.unwrap() });
    shop.server.heard(26).await;
    // The debit that is due longest is among the first, whatever its wait. Only the debits that are asked about now are leased (held by
    // this process).
    let first = shop.asked();
    assert!(first.len() == 6 && first.contains(&"REF-00".to_owned()), "{first:?}");
    let due = shop.store.rows().iter().filter(|row| row.due_ms.is_some_and(|due| due < 10_000)).count();
    assert_eq!(due, 14);
    assert_eq!(shop.store.rows().iter().filter(|row| row.wait_ms == 45_000).count(), 6, "leased for 45 seconds");
    gate.send_replace(true);
    assert_eq!(resolving.await.unwrap().len(), 20);
    let mut asked = shop.asked();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 20, "each once");
}

/// A fifth goes to the debits that are due longest, whatever their wait. Otherwise debits with short waits could keep them waiting for
/// ever.
#[tokio::test]
async fn a_fifth_of_a_sweep_goes_to_what_has_waited_longest() {
    let shop = Shop::open("resolver-oldest", [Reply::Close]).await;
    let gate = watch::Sender::new(false);
    for index in 0..20 {
        let reference = format!("REF-{index:02}");
        shop.debit(&reference).await.unwrap();
        shop.eps.says(&reference, [held(&gate, inquired(&reference, &format!("{}", 900 + index), "2"))]);
        let wait_ms = if index < 10 { 3_600_000 } else { 1_000 };
        shop.store.edit(&row_key(&reference), |row, _| (row.due_ms, row.wait_ms) = (Some(1_000 + index), wait_ms));
    }
    let client = shop.client.clone();
    let resolving = tokio::spawn(async move { client.resolve_due().await.unwrap() });
    // The first eight inquiries have come.
    shop.server.heard(28).await;
    let mut first = shop.asked();
    first.sort();
    assert_eq!(first, ["REF-00", "REF-01", "REF-10", "REF-11", "REF-12", "REF-13", "REF-14", "REF-15"]);
    gate.send_replace(true);
    assert_eq!(resolving.await.unwrap().len(), 20);
}

/// Claims that come at the same time go into the file in one commit. If each waited for the one before it, a long list would take many
/// times as long.
#[tokio::test]
async fn what_is_due_is_claimed_and_written_down_at_once() {
    let shop = Shop::open("resolver-at-once", [Reply::Close]).await;
    for index in 0..8 {
        let reference = format!("REF-{index:02}");
        shop.debit(&reference).await.unwrap();
        shop.eps.says(&reference, [inquired(&reference, &format!("{}", 900 + index), "2")]);
        shop.store.edit(&row_key(&reference), |row, _| row.due_ms = Some(1_000 + index));
    }
    // Six claims by shortest wait, two of those due longest, then eight results. The writes of each group wait until the last one of the
    // group has begun.
    let mut gates = [6, 2, 8].into_iter().flat_map(|count| {
        let gate = watch::Sender::new(false);
        (1..=count).map(move |one| (gate.clone(), one == count))
    });
    shop.store.rule(move |op| match op {
        Op::Write(row) if row.kind == "debit" => match gates.next() {
            Some((gate, last)) => {
                gate.send_replace(last);
                Do::Wait(gate)
            }
            None => Do::Pass,
        },
        Op::Write(_) | Op::Read(_) | Op::List | Op::Verify => Do::Pass,
    });
    let resolved = tokio::time::timeout(Duration::from_secs(20), shop.client.resolve_due()).await;
    assert_eq!(resolved.unwrap().unwrap().len(), 8);
}

/// Debits beyond these 512 are left to another process, or to the next sweep.
#[tokio::test]
async fn five_hundred_and_twelve_are_asked_about_in_one_sweep() {
    let shop = Shop::with("resolver-sweep", [Reply::Close], |config| config.max_inquiries(8)).await;
    shop.debit("REF-1").await.unwrap();
    shop.store.edit(&row_key("REF-1"), |row, _| row.due_ms = Some(1_000));
    let row = shop.store.row(&row_key("REF-1")).unwrap();
    for index in 2..=530 {
        let reference = format!("REF-{index}");
        let entry = row.entry.replace("\"REF-1\"", &format!("\"{reference}\""));
        shop.store.put(Row { key: row_key(&reference), entry, ..row.clone() });
    }
    shop.eps.otherwise([json(r#"{"status":0,"message":"x","data":{"tx_status":"2"}}"#)]);
    assert_eq!(shop.client.resolve_due().await.unwrap().len(), 512);
}

/// A debit has a long chain of earlier attempts, of which one is booked.
#[tokio::test]
async fn sixty_four_relatives_are_looked_at_for_a_double_booking() {
    for (booked, alarms) in [(64, &["bookedTwice"][..]), (65, &[])] {
        let shop = lost(&format!("relatives-{booked}")).await;
        let row = shop.store.row(&row_key("REF-1")).unwrap();
        for index in 1..=booked {
            let (reference, older) = (format!("OLD-{index}"), format!("OLD-{}", index + 1));
            let mut entry: serde_json::Value = serde_json::from_str(&row.entry).unwrap();
            (entry["reference"], entry["reservation"]) = (reference.as_str().into(), reference.as_str().into());
            entry["retryOf"] = older.into();
            if index == booked {
                (entry["outcome"], entry["tid"]) = ("settled".into(), "76".into());
            }
            shop.store.put(Row { key: row_key(&reference), entry: entry.to_string(), ..row.clone() });
        }
        shop.store.edit(&row_key("REF-1"), |_, entry| entry["retryOf"] = "OLD-1".into());
        shop.eps.says("REF-1", [inquired("REF-1", "77", "0")]);
        assert_eq!(shop.resolve("REF-1").await.outcome, State::Settled);
        assert_eq!(shop.alarms().await, alarms, "{booked}");
    }
}

#[tokio::test]
async fn two_processes_that_sweep_at_once_ask_once() {
    let shop = lost("sweeps").await;
    shop.eps.says("REF-1", [inquired("REF-1", "77", "2")]);
    shop.store.edit(&row_key("REF-1"), |row, _| row.due_ms = Some(1));
    let other = shop.another(|config| config);
    let (one, two) = tokio::join!(shop.client.resolve_due(), other.resolve_due());
    assert_eq!(one.unwrap().len() + two.unwrap().len(), 1);
    assert_eq!(shop.asked(), ["REF-1"]);
}

#[tokio::test]
async fn a_row_due_beyond_its_wait_is_due_at_once() {
    let shop = lost("ahead").await;
    shop.eps.says("REF-1", [inquired("REF-1", "77", "2")]);
    assert_eq!(shop.client.resolve_due().await.unwrap().len(), 0, "its first inquiry comes later");
    shop.store.edit(&row_key("REF-1"), |row, _| {
        row.due_ms = row.due_ms.map(|due| due + 86_400_000);
    });
    assert_eq!(shop.client.resolve_due().await.unwrap().len(), 1, "of a clock that was wrong");
}

#[tokio::test]
async fn a_sweep_that_fails_is_told_with_the_reason() {
    let shop = lost("sweep").await;
    shop.store.rule(|op| match op {
        Op::List => Do::Fail(StoreError::unavailable("the disk is gone")),
        Op::Read(_) | Op::Write(_) | Op::Verify => Do::Pass,
    });
    let mut events = shop.client.events();
    assert_eq!(shop.client.resolve_due().await.unwrap_err().code(), Code::JournalUnavailable);
    let event = events.try_recv().unwrap();
    assert_eq!(event.reason, Some("resolver"));
    assert!(event.detail.unwrap().contains("the disk is gone"));
}

#[tokio::test]
async fn what_is_open_for_too_long_raises_one_alarm() {
    let shop =
        Shop::with("resolver-overdue", [Reply::Close], |config| config.alarm_after(Duration::from_millis(1))).await;
    shop.debit("REF-1").await.unwrap();
    for _ in 0..3 {
        shop.resolve("REF-1").await;
    }
    assert_eq!(shop.alarms().await, ["openTooLong"]);
    let shop = lost("young").await;
    shop.resolve("REF-1").await;
    assert_eq!(shop.alarms().await, [""; 0]);
}

#[tokio::test]
async fn a_booked_debit_is_what_others_are_compared_with() {
    let shop = Shop::with("resolver-known", [answered("REF-0", "70", "0"), Reply::Close], |config| config).await;
    shop.debit("REF-0").await.unwrap();
    shop.debit("REF-1").await.unwrap();
    shop.eps.says("REF-0", [inquired("REF-0", "70", "0")]);
    let open = shop.resolve("REF-1").await;
    assert_eq!(open.why, None, "silence has begun");
    assert_eq!(shop.asked(), ["REF-1", "REF-0", "?", "REF-1", "REF-0"]);
    // A new process knows the known reference too. One that the user names is accepted once EPS has found it.
    let other = lost("named").await;
    other.resolve("REF-1").await;
    let known = other.another(|config| config);
    other.store.minutes(1);
    let before = other.asked().len();
    known.resolve(&key("REF-1")).await.unwrap();
    assert_eq!(other.asked().len(), before + 1);
    silence(&other, "REF-1").await;
}

#[tokio::test]
async fn a_declaration_ends_an_inconclusive_debit() {
    let shop = Shop::with("resolver-declare", [Reply::Close], |config| config).await;
    shop.debit("REF-1").await.unwrap();
    let open = listed(&shop).await.pop().unwrap();
    let ended = shop.client.declare_not_sent(&open).await.unwrap();
    assert_eq!((ended.outcome, ended.spent, ended.declared, ended.reusable), (State::NotSent, true, true, false));
    let history = shop.client.history(&key("REF-1")).await.unwrap();
    assert_eq!(history.last().map(|step| &*step.by), Some("declaration"));
    assert_eq!(shop.client.declare_not_sent(&open).await.unwrap_err().code(), Code::InvalidParams, "it has ended");
    // EPS has the debit after all, so it is opened again.
    shop.eps.says("REF-1", [inquired("REF-1", "77", "2")]);
    let again = shop.resolve("REF-1").await;
    assert_eq!((again.outcome, again.declared, again.spent), (State::Pending, false, false));
    // EPS has named the debit, so it was sent.
    let refused = shop.client.declare_not_sent(&again).await.unwrap_err();
    assert!(refused.invalid_params()["debit"].contains("declareFinal"), "{refused}");
    let not_so = shop.client.declare_final(&again, State::NotSent, None).await.unwrap_err();
    assert!(not_so.invalid_params().contains_key("outcome"), "{not_so}");
    let done = shop.client.declare_final(&again, State::Settled, Some("77".into())).await.unwrap();
    assert_eq!((done.outcome, done.declared, done.revision), (State::Settled, true, 2));
    // The reference is used and the debit is paid, so the message must not tell the user to send it again.
    let used = shop.debit("REF-1").await.unwrap_err();
    assert_eq!(used.code(), Code::ReferenceUsed);
    assert!(used.message().contains("settled. Do not send it again, under any reference."), "{used}");
    // A declaration is for the attempt that was listed, and refused if a later attempt has begun.
    let other = lost("declare-other").await;
    let seen = listed(&other).await.pop().unwrap();
    other.store.edit(&row_key("REF-1"), |_, entry| entry["reservation"] = value!("another"));
    let refused = other.client.declare_not_sent(&seen).await.unwrap_err();
    assert!(refused.invalid_params()["debit"].contains("earlier attempt"), "{refused}");
}

#[tokio::test]
async fn after_a_restore_an_own_reference_needs_proof_of_absence() {
    let shop = Shop::open("resolver-restored", [answered("REF-1", "77", "0"), Reply::Close]).await;
    shop.store.restore_lately(true);
    // EPS has this debit, and the restored journal has lost it.
    shop.eps.says("REF-0", [inquired("REF-0", "70", "0")]);
    let error = shop.debit("REF-0").await.unwrap_err();
    assert_eq!((error.code(), shop.posts()), (Code::JournalBehind, 0));
    assert!(error.message().contains("never send it under another reference"), "{error}");
    assert_eq!(shop.debit("REF-1").await.unwrap().outcome, State::Settled);
    assert_eq!(shop.asked()[4..], ROUND);
    // A reference that the client makes is new, and needs no proof.
    let generated = transfer("REF-1").replace(r#","clientRefId":"REF-1""#, "");
    let before = shop.asked().len();
    shop.client.debit_by_name("dmt.transfer", &generated, DebitOptions::default()).await.unwrap();
    assert_eq!((shop.asked().len(), shop.posts()), (before, 2));
    // Without a known reference nothing can be proven.
    let alone = Shop::with("resolver-restored-alone", [answered("REF-1", "77", "0")], |config| config).await;
    alone.store.restore_lately(true);
    assert_eq!(alone.debit("REF-1").await.unwrap_err().code(), Code::JournalBehind);
}

/// An older copy knows the spent debit, but not the successor that was sent after the copy was made.
#[tokio::test]
async fn after_a_restore_a_successor_needs_proof_of_absence() {
    let shop = lost("restored-successor").await;
    shop.eps.otherwise([json(NOT_FOUND)]);
    silence(&shop, "REF-1").await;
    shop.store.restore_lately(true);
    let replaces =
        async |reference| shop.client.debit_by_name("dmt.transfer", &transfer(reference), retry_of("REF-1")).await;
    shop.eps.says("REF-2", [inquired("REF-2", "78", "0")]);
    let error = replaces("REF-2").await.unwrap_err();
    assert_eq!((error.code(), shop.posts()), (Code::JournalBehind, 1));
    // This successor was refused before work in the restored copy, and EPS has since booked a later attempt of it.
    shop.eps.debits([json(r#"{"status":302,"response_status_id":1,"response_type_id":302,"message":"Wrong OTP"}"#)]);
    let refused = replaces("REF-3").await.unwrap();
    assert_eq!((refused.outcome, refused.reusable, shop.posts()), (State::Declined, true, 2));
    shop.eps.says("REF-3", [inquired("REF-3", "79", "0")]);
    assert_eq!(replaces("REF-4").await.unwrap_err().code(), Code::ReferenceUsed);
    assert_eq!((shop.posts(), shop.store.entry(&row_key("REF-3"))["outcome"].as_str()), (2, Some("settled")));
}

/// A reserved debit is first due two seconds after its deadline. If its process has died, nothing of it can still be on its way then.
#[tokio::test]
async fn an_unrecorded_debit_is_due_2_s_after_its_deadline() {
    let shop = Shop::open("resolver-grace", [Reply::Close]).await;
    let (reserved, mut waits) = (Arc::new(Mutex::new(Vec::new())), Vec::new());
    let seen = reserved.clone();
    shop.store.rule(move |op| {
        if let Op::Write(row) = op
            && (row.kind.as_str(), row.version) == ("debit", 1)
        {
            seen.lock().unwrap().push((row.due_ms.unwrap() - row.created_ms, row.wait_ms));
        }
        Do::Pass
    });
    for (reference, deadline_ms) in [("REF-1", None), ("REF-2", Some(5_000)), ("REF-3", Some(90_000))] {
        let mut options = DebitOptions::default();
        options.deadline = deadline_ms.map(Duration::from_millis);
        shop.client.debit_by_name("dmt.transfer", &transfer(reference), options).await.unwrap();
        let wait_ms = deadline_ms.unwrap_or(60_000) + 2_000;
        waits.push((wait_ms, wait_ms));
    }
    assert_eq!(*reserved.lock().unwrap(), waits);
}
