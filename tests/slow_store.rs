//! Tests of debits whose store is slow, fails, or is changed by others meanwhile: the call ends by its deadline, and no debit is lost.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::money::{DebitOptions, JournalConfig, MoneyOutcome, RISK, State, StoreError};
use eko_eps::{CancellationToken, Client, Code, Error};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::Reply;
use support::memory::{Do, Op};
use support::shop::{Shop, answered, inquired, key, quick, retry_of, row_key, stamp_refused, told, transfer, within};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const DEADLINE: Duration = Duration::from_millis(300);
/// Time that a busy machine may be late.
const LATE: Duration = Duration::from_millis(250);

fn settled() -> Reply {
    answered("REF-1", "77", "0")
}

/// Returns params without a reference, so that the client makes one.
fn without_reference() -> String {
    transfer("REF-1").replace(r#","clientRefId":"REF-1""#, "")
}

/// Says whether the operation writes this version of a debit's row.
fn writes(op: &Op<'_>, version: u64) -> bool {
    matches!(op, Op::Write(row) if row.kind == "debit" && row.version == version)
}

/// Opens a shop whose journal is already open, so that only its rows can be slow.
async fn shop(name: &str, debits: impl IntoIterator<Item = Reply>) -> Shop {
    let shop = Shop::open(name, debits).await;
    shop.client.unresolved(None, 1).await.unwrap();
    shop
}

fn says_send_again(error: &Error) {
    let told = serde_json::to_value(error).unwrap();
    assert_eq!((&told["sentByThisCall"], &told["clientRefId"]), (&json!(false), &json!("REF-1")), "{error}");
    assert!(
        error.message().contains("with the same reference or call resolve(), but never use a new reference"),
        "{error}"
    );
}

#[tokio::test]
async fn a_late_reservation_is_released_and_nothing_is_sent() {
    for aborted in [false, true] {
        let shop = shop(&format!("late-{aborted}"), [settled()]).await;
        let gate = watch::Sender::new(false);
        let held = gate.clone();
        shop.store.rule(move |op| if writes(&op, 1) { Do::Wait(held.clone()) } else { Do::Pass });
        let abort = CancellationToken::new();
        let mut options = within(300);
        options.abort = Some(abort.clone());
        let (begun, params) = (Instant::now(), transfer("REF-1"));
        let (answer, ()) = tokio::join!(shop.client.debit_by_name("dmt.transfer", &params, options), async {
            tokio::time::sleep(DEADLINE / 3).await;
            if aborted {
                abort.cancel();
            }
        });
        let (error, took) = (answer.unwrap_err(), begun.elapsed());
        let (end, code) = if aborted { (DEADLINE / 3, Code::Aborted) } else { (DEADLINE, Code::JournalUnavailable) };
        assert!(took >= end && took < end + LATE, "{took:?}");
        assert_eq!(error.code(), code);
        says_send_again(&error);
        gate.send_replace(true);
        let entry = shop.store.until(&row_key("REF-1"), |entry| entry["outcome"] == "notSent").await;
        assert_eq!((&entry["reusable"], &entry["spent"]), (&json!(true), &json!(false)));
        assert_eq!(shop.server.received().len(), 0);
        let again = shop.debit("REF-1").await.unwrap();
        assert_eq!((again.outcome, shop.posts()), (State::Settled, 1));
    }
}

#[tokio::test]
async fn an_unconfirmed_reservation_is_released_and_nothing_is_sent() {
    // The answer to the reservation is lost. In the second case the read after it fails too.
    for look in [Do::Pass, Do::Fail(StoreError::unavailable("gone"))] {
        let reads = matches!(look, Do::Pass);
        let shop = shop(&format!("unknown-{reads}"), [settled()]).await;
        let mut look = Some(look);
        shop.store.rule(move |op| match op {
            op if writes(&op, 1) => Do::Lose,
            Op::Read(_) => look.take().unwrap_or(Do::Pass),
            Op::Write(_) | Op::List | Op::Verify => Do::Pass,
        });
        let error = shop.debit("REF-1").await.unwrap_err();
        assert_eq!(error.code(), Code::JournalUnavailable, "{error}");
        says_send_again(&error);
        let entry = shop.store.until(&row_key("REF-1"), |entry| entry["outcome"] == "notSent").await;
        assert_eq!((&entry["reusable"], shop.server.received().len()), (&json!(true), 0));
        shop.store.no_rule();
        assert_eq!(shop.debit("REF-1").await.unwrap().outcome, State::Settled);
    }
}

/// A commit with an unknown result may still happen as long as the database keeps the lost connection. So the client reads the row again
/// and again.
#[tokio::test(start_paused = true)]
async fn an_unknown_commit_is_checked_for_over_a_minute() {
    let shop = shop("looks", [settled()]).await;
    let (looks, seen) = (Arc::new(Mutex::new(Vec::new())), tokio::time::Instant::now());
    let noted = Arc::clone(&looks);
    shop.store.rule(move |op| match op {
        op if writes(&op, 1) => Do::Fail(StoreError::unavailable("gone")),
        Op::Read(key) if key == row_key("REF-1") => {
            noted.lock().unwrap().push(seen.elapsed().as_millis());
            Do::Pass
        }
        Op::Read(_) | Op::Write(_) | Op::List | Op::Verify => Do::Pass,
    });
    assert_eq!(shop.debit("REF-1").await.unwrap().outcome, State::NotSent);
    tokio::time::sleep(Duration::from_secs(200)).await;
    let looks = looks.lock().unwrap();
    let apart: Vec<_> = looks.windows(2).map(|pair| (pair[1] - pair[0]) / 10 * 10).collect();
    assert_eq!(apart, [50, 1_000, 10_000, 60_000]);
}

/// While the insert of one client fails, another client takes the reference. Its debit is under way, and the first client must not release
/// it.
#[tokio::test]
async fn a_reservation_of_another_is_never_given_back() {
    let (look, answer) = (watch::Sender::new(false), watch::Sender::new(false));
    let Reply::Json(status, body) = settled() else { unreachable!() };
    let shop = shop("another", [Reply::Until(answer.clone(), status, body)]).await;
    let (mut writing, mut reads, held) = (true, 0, look.clone());
    shop.store.rule(move |op| match op {
        op if writes(&op, 1) && std::mem::take(&mut writing) => Do::Fail(StoreError::unavailable("gone")),
        Op::Read(key) if key == row_key("REF-1") => {
            reads += 1;
            // The first read after the failed insert finds nothing. The second waits until the debit of the other client is under way.
            if reads == 2 { Do::Wait(held.clone()) } else { Do::Pass }
        }
        Op::Read(_) | Op::Write(_) | Op::List | Op::Verify => Do::Pass,
    });
    let first = shop.debit("REF-1").await.unwrap();
    assert_eq!((first.outcome, shop.posts()), (State::NotSent, 0));
    let other = shop.another(|config| config);
    let params = transfer("REF-1");
    let debit =
        tokio::spawn(async move { other.debit_by_name("dmt.transfer", &params, DebitOptions::default()).await });
    shop.server.heard(1).await;
    look.send_replace(true);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let entry = shop.store.entry(&row_key("REF-1"));
    assert_eq!((&entry["outcome"], &entry["reusable"]), (&json!("indeterminate"), &json!(false)));
    answer.send_replace(true);
    assert_eq!(debit.await.unwrap().unwrap().outcome, State::Settled);
}

#[tokio::test]
async fn what_the_journal_takes_is_part_of_the_deadline() {
    let shop = shop("deadline", [Reply::Silence]).await;
    let gate = watch::Sender::new(false);
    let held = gate.clone();
    shop.store.rule(move |op| if writes(&op, 1) { Do::Wait(held.clone()) } else { Do::Pass });
    let (begun, params) = (Instant::now(), transfer("REF-1"));
    let (answer, ()) = tokio::join!(shop.client.debit_by_name("dmt.transfer", &params, within(3_000)), async {
        tokio::time::sleep(Duration::from_millis(1_800)).await;
        gate.send_replace(true);
    });
    assert_eq!((answer.unwrap().outcome, shop.posts()), (State::Indeterminate, 1));
    // A deadline that began with the request would end at 4.8 s.
    assert!(begun.elapsed() < Duration::from_millis(4_200), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_was_read_and_cannot_be_written_was_not_sent() {
    let shop = shop("unwritable", [settled()]).await;
    shop.store.rule(|op| match op {
        Op::Write(_) => Do::Fail(StoreError::unavailable("the disk is full")),
        Op::Read(_) | Op::List | Op::Verify => Do::Pass,
    });
    let answer = shop.debit("REF-1").await.unwrap();
    assert_eq!((answer.outcome, answer.reusable, shop.posts()), (State::NotSent, true, 0));
    assert_eq!(answer.error.unwrap().code(), Code::JournalUnavailable);
    // A reference that is in the journal is refused even if nothing can be written.
    shop.store.no_rule();
    assert_eq!(shop.debit("REF-1").await.unwrap().outcome, State::Settled);
    shop.store.rule(|op| match op {
        Op::Write(_) => Do::Fail(StoreError::unavailable("the disk is full")),
        Op::Read(_) | Op::List | Op::Verify => Do::Pass,
    });
    assert_eq!(shop.debit("REF-1").await.unwrap_err().code(), Code::ReferenceUsed);
}

#[tokio::test]
async fn a_damaged_or_outdated_journal_stops_debits_with_an_event() {
    let failures = [
        (StoreError::unusable("its table rows is missing"), Code::JournalUnusable),
        (StoreError::behind("it has 1 and its mark counts 2"), Code::JournalBehind),
    ];
    for (failure, code) in failures {
        let shop = shop(code.as_str(), [settled()]).await;
        let failing = failure.clone();
        shop.store.rule(move |_| Do::Fail(failing.clone()));
        let mut events = shop.client.events();
        for params in [transfer("REF-1"), without_reference()] {
            let refused = shop.client.debit_by_name("dmt.transfer", &params, DebitOptions::default()).await;
            assert_eq!(refused.unwrap_err().code(), code);
            assert!(told(&mut events).iter().any(|(_, reason)| *reason == Some("journal")), "{code:?}");
        }
        assert_eq!(shop.posts(), 0);
    }
}

#[tokio::test]
async fn a_reference_that_we_make_is_provably_new_and_so_not_sent() {
    let shop = shop("generated", [settled()]).await;
    shop.store.rule(|_| Do::Fail(StoreError::unavailable("gone")));
    let answer =
        shop.client.debit_by_name("dmt.transfer", &without_reference(), DebitOptions::default()).await.unwrap();
    assert_eq!((answer.outcome, answer.reusable, shop.posts()), (State::NotSent, true, 0));
    assert!(!answer.key.reference.is_empty() && answer.reservation_id.is_empty());
    assert_eq!(answer.error.unwrap().code(), Code::JournalUnavailable);
}

#[tokio::test]
async fn too_little_time_for_an_answer_prevents_sending() {
    let shop = shop("tight", [settled()]).await;
    let gate = watch::Sender::new(false);
    let held = gate.clone();
    shop.store.rule(move |op| if writes(&op, 1) { Do::Wait(held.clone()) } else { Do::Pass });
    let params = transfer("REF-1");
    let (answer, ()) = tokio::join!(shop.client.debit_by_name("dmt.transfer", &params, within(3_000)), async {
        // A fifth of the deadline, 600 ms, must be left for EPS's answer; here less is left.
        tokio::time::sleep(Duration::from_millis(2_550)).await;
        gate.send_replace(true);
    });
    let answer = answer.unwrap();
    assert_eq!((answer.outcome, answer.reusable, shop.posts()), (State::NotSent, true, 0));
    assert_eq!(answer.error.unwrap().code(), Code::TimeoutDeadline);
    assert_eq!(shop.store.entry(&row_key("REF-1"))["outcome"], "notSent");
}

/// EPS's last answer took ten seconds. Of such a time at most five seconds are kept free for the next answer.
#[tokio::test]
async fn what_eps_lately_took_counts_up_to_five_seconds() {
    let gate = watch::Sender::new(false);
    let Reply::Json(status, body) = answered("REF-0", "76", "0") else { unreachable!() };
    let shop = shop("recent", [Reply::Until(gate.clone(), status, body)]).await;
    let send = |reference: &str| {
        let (client, params) = (shop.client.clone(), transfer(reference));
        tokio::spawn(async move { client.debit_by_name("dmt.transfer", &params, within(20_000)).await.unwrap() })
    };
    let pass = async |ms| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_millis(ms)).await;
        tokio::time::resume();
    };
    let slow = send("REF-0");
    shop.server.heard(1).await;
    pass(10_000).await;
    gate.send_replace(true);
    assert_eq!(slow.await.unwrap().outcome, State::Settled);
    for (reference, waited, state) in [("REF-1", 14_000, State::Settled), ("REF-2", 15_100, State::NotSent)] {
        shop.eps.debits([answered(reference, "77", "0")]);
        let (gate, held) = (watch::Sender::new(false), Arc::new(AtomicBool::new(false)));
        let (open, holds) = (gate.clone(), Arc::clone(&held));
        shop.store.rule(move |op| {
            if !writes(&op, 1) {
                return Do::Pass;
            }
            holds.store(true, Ordering::Relaxed);
            Do::Wait(open.clone())
        });
        let debit = send(reference);
        while !held.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        pass(waited).await;
        gate.send_replace(true);
        assert_eq!(debit.await.unwrap().outcome, state, "{waited}");
    }
}

#[tokio::test]
async fn a_record_that_takes_long_goes_on_without_the_caller() {
    let shop = shop("record", [settled()]).await;
    let gate = watch::Sender::new(false);
    let held = gate.clone();
    shop.store.rule(move |op| if writes(&op, 2) { Do::Wait(held.clone()) } else { Do::Pass });
    let begun = Instant::now();
    let answer = shop.client.debit_by_name("dmt.transfer", &transfer("REF-1"), within(300)).await.unwrap();
    assert!(begun.elapsed() < DEADLINE + LATE, "{:?}", begun.elapsed());
    assert_eq!((answer.outcome, answer.tid.as_deref()), (State::Settled, Some("77")));
    assert_eq!(shop.store.entry(&row_key("REF-1"))["outcome"], "indeterminate", "open until it is recorded");
    assert_eq!(shop.debit("REF-1").await.unwrap_err().code(), Code::ReferenceUsed);
    gate.send_replace(true);
    let entry = shop.store.until(&row_key("REF-1"), |entry| entry["outcome"] == "settled").await;
    assert_eq!(entry["tid"], "77");
}

#[tokio::test]
async fn a_contradiction_alarms_without_or_with_a_failing_journal() {
    for journal in [true, false] {
        let more = |config: eko_eps::Config| {
            if journal { config } else { config.journal(JournalConfig::Off(RISK.into())) }
        };
        let shop = Shop::with(&format!("alarm-{journal}"), [answered("REF-2", "77", "0")], more).await;
        shop.store.rule(|op| if writes(&op, 2) { Do::Fail(StoreError::unavailable("gone")) } else { Do::Pass });
        let mut events = shop.client.events();
        let answer = shop.debit("REF-1").await.unwrap();
        assert_eq!(answer.outcome, State::Indeterminate);
        let heard: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
        let alarms: Vec<_> = heard.iter().filter(|event| event.reason == Some("contradiction")).collect();
        assert_eq!(alarms.len(), 1, "{heard:?}");
        assert_eq!(alarms[0].reference.as_deref(), Some("REF-1"));
    }
}

/// Changes the row as another process does that declares the debit not sent.
fn declare_not_sent(shop: &Shop) {
    shop.store.edit(&row_key("REF-1"), |row, entry| {
        for (name, value) in [("outcome", json!("notSent")), ("spent", json!(true)), ("declared", json!(true))] {
            entry[name] = value;
        }
        for (name, value) in [("revision", json!(1)), ("acknowledged", json!(true)), ("endedMs", json!(1))] {
            entry[name] = value;
        }
        entry["nextInquiryMs"] = Value::Null;
        (row.due_ms, row.unresolved) = (None, false);
    });
}

#[tokio::test]
async fn a_sign_of_life_reopens_a_debit_declared_not_sent() {
    let refused = r#"{"status":302,"message":"Wrong OTP"}"#;
    let with_tid = r#"{"status":302,"message":"Wrong OTP","data":{"tid":"77"}}"#;
    let cases = [
        (answered("REF-1", "77", "0"), Some("settled")),
        (answered("REF-1", "77", "1"), Some("declined")),
        (answered("REF-1", "77", "2"), Some("pending")),
        (answered("REF-1", "77", "3"), Some("refundPending")),
        (answered("REF-1", "77", "4"), Some("refunded")),
        (Reply::Json(200, with_tid.into()), Some("indeterminate")),
        (Reply::Json(200, refused.into()), None),
        (Reply::Json(200, "<html>".into()), None),
    ];
    for (number, (answer, opened)) in cases.into_iter().enumerate() {
        let shop = shop(&format!("life-{number}"), [answer]).await;
        let (gate, arrived) = (watch::Sender::new(false), Arc::new(AtomicBool::new(false)));
        let (held, waits) = (gate.clone(), arrived.clone());
        shop.store.rule(move |op| {
            if writes(&op, 2) && !waits.swap(true, Ordering::SeqCst) { Do::Wait(held.clone()) } else { Do::Pass }
        });
        let mut events = shop.client.events();
        let meanwhile = async {
            // The answer has arrived and waits to be recorded. Meanwhile another process gives the debit up.
            while !arrived.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            declare_not_sent(&shop);
            gate.send_replace(true);
        };
        let (said, ()) = tokio::join!(shop.debit("REF-1"), meanwhile);
        let (said, entry) = (said.unwrap(), shop.store.entry(&row_key("REF-1")));
        assert_eq!(entry["outcome"], opened.unwrap_or("notSent"), "{number}");
        assert_eq!(said.outcome.as_str(), opened.unwrap_or("notSent"), "{number}");
        assert!(!said.reusable && entry["spent"] == opened.is_none(), "{number}: {said:?}");
        let changed = told(&mut events).iter().filter(|(_, reason)| *reason == Some("stateChanged")).count();
        assert_eq!(changed, usize::from(opened.is_some()), "{number}");
        let listed = shop.client.unresolved(None, 10).await.unwrap().items;
        assert_eq!(listed.len(), usize::from(opened.is_some()), "{number}: it is listed anew");
        // A new final outcome has a new revision, so that the user records it as another end.
        let ended = said.outcome.is_final() && opened.is_some();
        assert_eq!(said.revision, if ended { 2 } else { 1 }, "{number}");
        assert_eq!(shop.debit("REF-1").await.unwrap_err().code(), Code::ReferenceUsed, "{number}");
        assert_eq!(shop.posts(), 1);
    }
}

/// Opens a shop that sends one debit at a time: while the first has no answer, the next one is reserved and waits.
async fn two_at_a_time(name: &str) -> (Shop, watch::Sender<bool>) {
    let gate = watch::Sender::new(false);
    let Reply::Json(status, body) = answered("FIRST", "76", "0") else { unreachable!() };
    let debits = [Reply::Until(gate.clone(), status, body), settled()];
    let shop = Shop::with(name, debits, |config| config.max_debits(1).schedule(quick())).await;
    (shop, gate)
}

/// Sends two debits: the first is with EPS, and the second is reserved and waits behind it.
async fn both(shop: &Shop, client: &Client) -> (JoinHandle<MoneyOutcome>, JoinHandle<MoneyOutcome>) {
    let send = |reference| {
        let (client, params) = (client.clone(), transfer(reference));
        tokio::spawn(
            async move { client.debit_by_name("dmt.transfer", &params, DebitOptions::default()).await.unwrap() },
        )
    };
    let first = send("FIRST");
    shop.server.heard(1).await;
    let second = send("REF-1");
    shop.store.until(&row_key("REF-1"), |entry| entry["outcome"] == "indeterminate").await;
    (first, second)
}

#[tokio::test]
async fn a_debit_that_waited_long_is_checked_again_before_sending() {
    for given_up in [true, false] {
        let (shop, gate) = two_at_a_time(&format!("still-{given_up}")).await;
        // With this schedule no reservation counts as recent, so each first request needs a look at its row.
        let mut schedule = quick();
        schedule.not_found_spread_ms = 0;
        let client = shop.another(|config| config.max_debits(1).schedule(schedule));
        let (first, second) = both(&shop, &client).await;
        if given_up {
            declare_not_sent(&shop);
        }
        gate.send_replace(true);
        assert_eq!(first.await.unwrap().outcome, State::Settled);
        let second = second.await.unwrap();
        if given_up {
            assert_eq!((second.outcome, second.reusable, shop.posts()), (State::NotSent, false, 1));
        } else {
            assert_eq!((second.outcome, shop.posts()), (State::Settled, 2));
            // The three versions: reserved, checked before sending, recorded.
            assert_eq!(shop.store.row(&row_key("REF-1")).unwrap().version, 3);
        }
    }
}

#[tokio::test]
async fn an_inquiry_that_finds_a_waiting_debit_prevents_sending_it() {
    let (shop, gate) = two_at_a_time("found").await;
    let mut schedule = quick();
    schedule.not_found_spread_ms = 0;
    let client = shop.another(|config| config.max_debits(1).schedule(schedule));
    let (first, second) = both(&shop, &client).await;
    shop.eps.says("REF-1", [inquired("REF-1", "77", "2")]);
    assert_eq!(client.resolve(&key("REF-1")).await.unwrap().outcome, State::Pending);
    gate.send_replace(true);
    first.await.unwrap();
    let second = second.await.unwrap();
    assert_eq!((second.outcome, second.tid.as_deref(), shop.posts()), (State::Pending, Some("77"), 1));
}

#[tokio::test]
async fn a_journal_failure_after_the_reservation_prevents_sending() {
    for own in [true, false] {
        let shop = shop(&format!("between-{own}"), [settled()]).await;
        shop.store.rule(|op| match op {
            Op::Verify => Do::Fail(StoreError::unavailable("gone")),
            Op::Read(_) | Op::Write(_) | Op::List => Do::Pass,
        });
        let params = if own { transfer("REF-1") } else { without_reference() };
        let answer = shop.client.debit_by_name("dmt.transfer", &params, DebitOptions::default()).await;
        let reference = match answer {
            Err(error) => {
                assert!(own && error.code() == Code::JournalUnavailable, "{error}");
                says_send_again(&error);
                "REF-1".to_owned()
            }
            Ok(answer) => {
                assert_eq!((answer.outcome, answer.reusable, own), (State::NotSent, true, false));
                answer.key.reference
            }
        };
        let entry = shop.store.until(&row_key(&reference), |entry| entry["outcome"] == "notSent").await;
        assert_eq!((&entry["reusable"], shop.posts()), (&json!(true), 0), "given back");
    }
    let shop = shop("between-behind", [settled()]).await;
    shop.store.rule(|op| match op {
        Op::Verify => Do::Fail(StoreError::behind("it has 1 and its mark counts 2")),
        Op::Read(_) | Op::Write(_) | Op::List => Do::Pass,
    });
    let mut events = shop.client.events();
    assert_eq!(shop.debit("REF-1").await.unwrap_err().code(), Code::JournalBehind);
    assert_eq!((told(&mut events).len(), shop.posts()), (1, 0), "it is told");
}

#[tokio::test]
async fn a_journal_failure_before_the_retry_keeps_the_first_answer() {
    let shop = shop("second", [stamp_refused(3_600), settled()]).await;
    let mut looks = 0;
    shop.store.rule(move |op| match op {
        Op::Verify if looks == 1 => Do::Fail(StoreError::unavailable("gone")),
        Op::Verify => {
            looks += 1;
            Do::Pass
        }
        Op::Read(_) | Op::Write(_) | Op::List => Do::Pass,
    });
    let answer = shop.debit("REF-1").await.unwrap();
    assert_eq!((answer.outcome, answer.reusable, shop.posts()), (State::Declined, true, 1));
    assert_eq!(answer.error.unwrap().code(), Code::AuthTimestamp);
}

/// A debit that stood still too long is not sent, because others may have given it up. Its deadline alone does not notice: its clock stops
/// while the machine sleeps.
#[tokio::test]
async fn a_debit_paused_between_check_and_signature_is_not_sent() {
    for (seconds, leaves) in [(61, false), (58, true)] {
        let shop = shop(&format!("still-{seconds}"), [settled()]).await;
        let gate = watch::Sender::new(false);
        let (held, looked) = (gate.clone(), Arc::new(AtomicBool::new(false)));
        let looks = Arc::clone(&looked);
        shop.store.rule(move |op| match op {
            Op::Verify => {
                looks.store(true, Ordering::Relaxed);
                Do::Wait(held.clone())
            }
            Op::Read(_) | Op::Write(_) | Op::List => Do::Pass,
        });
        let (client, params) = (shop.client.clone(), transfer("REF-1"));
        let debit =
            tokio::spawn(async move { client.debit_by_name("dmt.transfer", &params, within(600_000)).await.unwrap() });
        while !looked.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
        gate.send_replace(true);
        let answer = debit.await.unwrap();
        if leaves {
            assert_eq!((answer.outcome, shop.posts()), (State::Settled, 1));
            continue;
        }
        assert_eq!((answer.outcome, answer.reusable, shop.posts()), (State::NotSent, true, 0));
        shop.store.no_rule();
        assert_eq!((shop.debit("REF-1").await.unwrap().outcome, shop.posts()), (State::Settled, 1));
    }
}

/// The first attempt of a refund has sent nothing. This proves nothing about the second attempt, which is under way.
#[tokio::test]
async fn a_released_refund_attempt_does_not_end_the_next_one() {
    let (shop, gate) = two_at_a_time("earlier-refund").await;
    let params = r#"{"tid":"77","otp":"004217","otpRefId":"x"}"#;
    let untouched = r#"{"status":0,"response_type_id":1472,"message":"x","data":{"tx_status":"3","tid":"77"}}"#;
    shop.eps.says("77", [Reply::Json(200, untouched.into())]);
    let client = shop.client.clone();
    let first =
        tokio::spawn(async move { client.debit_by_name("dmt.transfer", &transfer("FIRST"), within(60_000)).await });
    shop.server.heard(1).await;
    // The first debit holds the only connection, so the refund is reserved and waits. It is then declared not sent.
    let client = shop.client.clone();
    let waits = tokio::spawn(async move { client.debit_by_name("refund", params, within(2_000)).await.unwrap() });
    shop.store.until("refund:77", |entry| entry["outcome"] == "indeterminate").await;
    let listed = shop.client.unresolved(None, 10).await.unwrap().items;
    let listed = listed.into_iter().find(|entry| entry.op == "refund").unwrap();
    shop.client.declare_not_sent(&listed).await.unwrap();
    // Another process makes the second attempt, and gets no answer.
    shop.eps.debits([Reply::Silence]);
    let another = shop.another(|config| config);
    let second = tokio::spawn(async move { another.debit_by_name("refund", params, retry_of("77")).await });
    shop.server.heard(3).await;
    let waited = waits.await.unwrap();
    assert_eq!((waited.outcome, waited.reusable), (State::Indeterminate, false));
    assert_eq!(shop.store.entry("refund:77")["outcome"], "indeterminate", "it is under way");
    let third = shop.client.debit_by_name("refund", params, retry_of("77")).await.unwrap_err();
    assert_eq!(third.code(), Code::InvalidParams, "{third}");
    assert!(shop.alarms().await.is_empty());
    gate.send_replace(true);
    first.await.unwrap().unwrap();
    second.abort();
}

/// The debit stood still until its row was pruned. Others may have seen how it ended, so it is not reported as not sent.
#[tokio::test]
async fn a_row_pruned_meanwhile_is_not_reported_as_not_sent() {
    let (shop, gate) = two_at_a_time("forgotten").await;
    let client = shop.client.clone();
    let first =
        tokio::spawn(async move { client.debit_by_name("dmt.transfer", &transfer("FIRST"), within(60_000)).await });
    shop.server.heard(1).await;
    let client = shop.client.clone();
    let waits =
        tokio::spawn(
            async move { client.debit_by_name("dmt.transfer", &transfer("REF-1"), within(500)).await.unwrap() },
        );
    shop.store.until(&row_key("REF-1"), |entry| entry["outcome"] == "indeterminate").await;
    declare_not_sent(&shop);
    assert_eq!(shop.client.prune(Duration::ZERO).await.unwrap(), 1);
    let waited = waits.await.unwrap();
    assert_eq!((waited.outcome, waited.reusable, shop.posts()), (State::Indeterminate, false, 1));
    gate.send_replace(true);
    first.await.unwrap().unwrap();
}
