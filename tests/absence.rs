//! Tests of absence: when "not found" answers of EPS prove that a debit was not sent.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::money::{EventKind, State, Why};
use eko_eps::{Code, Config};
use serde_json::json as value;
use support::shop::{KNOWN, NOT_FOUND, ROUND, Shop, inquired, json, key, listed, lost, quick, row_key, silence, told};
use support::{Received, Reply};

#[tokio::test]
async fn two_comparison_rounds_15_minutes_apart_prove_absence() {
    let shop = lost("silence").await;
    let mut events = shop.client.events();
    let mut asked = 0;
    for minute in 0..15 {
        let open = shop.resolve("REF-1").await;
        assert_eq!((open.outcome, open.why), (State::Indeterminate, None), "minute {minute}");
        // Only the debit itself is asked about. The first inquiry, which begins the silence, also asks a whole round.
        let round = if minute == 0 { &ROUND[..] } else { &[] };
        assert_eq!(shop.asked()[asked..], [&["REF-1"], round].concat(), "minute {minute}");
        asked = shop.asked().len();
        shop.store.minutes(1);
    }
    let ended = shop.resolve("REF-1").await;
    assert_eq!((ended.outcome, ended.reusable, ended.spent, ended.revision), (State::NotSent, false, true, 1));
    assert_eq!(shop.asked()[asked..], [&["REF-1"], &ROUND[..]].concat());
    assert_eq!(told(&mut events), [(EventKind::Resolved, None)]);
    let history = shop.client.history(&key("REF-1")).await.unwrap();
    assert_eq!(history.last().map(|step| (step.to, &*step.by)), Some((State::NotSent, "silence")));
    // Each round makes up a new reference, of the same form as `REF-1`.
    let received = shop.server.received();
    let form =
        |asked: &str| asked.len() == 5 && asked.starts_with(|c: char| c.is_ascii_uppercase()) && asked.contains('-');
    let made: Vec<_> = received
        .iter()
        .filter_map(|request| request.asks_for())
        .filter(|asked| form(asked) && *asked != "REF-1")
        .collect();
    assert!(made.len() == 2 && made[0] != made[1], "{made:?}");
    // The reference is spent: it is never sent again, and the error names the way out.
    let error = shop.debit("REF-1").await.unwrap_err();
    assert_eq!(error.code(), Code::ReferenceUsed);
    assert!(error.message().contains("retryOf") && error.message().contains("notSent"), "{error}");
    assert_eq!(shop.posts(), 1);
}

#[tokio::test]
async fn four_answers_are_needed_however_long_it_takes() {
    let shop = lost("four").await;
    for _ in 0..3 {
        assert_eq!(shop.resolve("REF-1").await.outcome, State::Indeterminate);
        shop.store.minutes(60);
    }
    assert_eq!(shop.resolve("REF-1").await.outcome, State::NotSent);
    // Inquiries less than half a minute apart count as one.
    let shop = lost("burst").await;
    for _ in 0..8 {
        shop.resolve("REF-1").await;
    }
    shop.store.minutes(60);
    assert_eq!(shop.resolve("REF-1").await.outcome, State::Indeterminate);
}

#[tokio::test]
async fn processes_that_live_for_a_minute_conclude_too() {
    let shop = lost("short").await;
    let mut last = State::Indeterminate;
    for _ in 0..=15 {
        assert_eq!(last, State::Indeterminate);
        let process = shop.another(|config| config.known_reference("dmt.transfer", KNOWN.0));
        last = process.resolve(&key("REF-1")).await.unwrap().outcome;
        shop.store.minutes(1);
    }
    assert_eq!(last, State::NotSent);
}

#[tokio::test]
async fn a_clock_that_is_set_or_begins_anew_concludes_nothing() {
    for (name, turn) in [
        // A clock that can be set counts at most five minutes between two inquiries.
        (
            "settable",
            (|clock| (clock.settable, clock.ms) = (true, clock.ms + 3_600_000)) as fn(&mut eko_eps::money::StoreTime),
        ),
        ("back", |clock| clock.ms -= 60_000),
        ("boot", |clock| (clock.epoch, clock.ms) = (format!("{}x", clock.epoch), clock.ms + 3_600_000)),
    ] {
        let shop = lost(&format!("clock-{name}")).await;
        shop.resolve("REF-1").await;
        for round in 0..if name == "settable" { 2 } else { 8 } {
            shop.store.turn(turn);
            let open = shop.resolve("REF-1").await;
            assert_eq!(open.outcome, State::Indeterminate, "{name} {round}");
        }
        // The time that was counted stays counted: one more inquiry completes it.
        if name == "settable" {
            shop.store.turn(turn);
            assert_eq!(shop.resolve("REF-1").await.outcome, State::NotSent);
        }
    }
}

/// Changes what EPS answers in one case.
type Change = Box<dyn Fn(&Shop)>;

#[tokio::test]
async fn a_round_that_proves_nothing_begins_no_silence_and_says_why() {
    let aged = format!("HTTP/1.1 200 X\r\nage: 7\r\ncontent-length: {}\r\n\r\n{NOT_FOUND}", NOT_FOUND.len());
    let other = r#"{"status":69,"message":"Invalid client_ref_id","invalid_params":{"client_ref_id":"x"}}"#;
    let cases: Vec<(&str, Change, Why, &[&str])> = vec![
        ("known-gone", Box::new(|shop| shop.eps.says(KNOWN.0, [json(NOT_FOUND)])), Why::NoControl, &[]),
        (
            "known-gone-after",
            Box::new(|shop| shop.eps.says(KNOWN.0, [inquired(KNOWN.0, KNOWN.1, "0"), json(NOT_FOUND)])),
            Why::NoControl,
            &[],
        ),
        ("known-other", Box::new(|shop| shop.eps.says(KNOWN.0, [inquired("KNOWN-2", "9", "0")])), Why::NoControl, &[]),
        ("known-mute", Box::new(|shop| shop.eps.says(KNOWN.0, [Reply::Json(401, "{}".into())])), Why::NoControl, &[]),
        ("unlike", Box::new(move |shop| shop.eps.otherwise([json(other)])), Why::Unlike, &[]),
        ("made-up", Box::new(|shop| shop.eps.otherwise([inquired("X", "9", "0")])), Why::NoControl, &["madeUpFound"]),
        ("html", Box::new(|shop| shop.eps.says("REF-1", [Reply::Json(200, "<html>".into())])), Why::NoAnswer, &[]),
        ("refused", Box::new(|shop| shop.eps.says("REF-1", [Reply::Json(403, NOT_FOUND.into())])), Why::NoAnswer, &[]),
        ("out", Box::new(|shop| shop.eps.says("REF-1", [Reply::Json(500, NOT_FOUND.into())])), Why::NoAnswer, &[]),
        (
            "aged",
            Box::new(move |shop| shop.eps.says("REF-1", [Reply::Raw(aged.clone().into_bytes())])),
            Why::NoAnswer,
            &[],
        ),
    ];
    for (name, change, why, alarms) in cases {
        let shop = lost(&format!("void-{name}")).await;
        // EPS gives the same answer about the debit too, unless the case says otherwise.
        shop.eps.says("REF-1", [json(NOT_FOUND)]);
        change(&shop);
        for round in 0..6 {
            let _ = shop.client.resolve(&key("REF-1")).await;
            let open = listed(&shop).await.pop().unwrap();
            assert_eq!((open.outcome, open.why), (State::Indeterminate, Some(why)), "{name} {round}");
            shop.store.minutes(20);
        }
        assert_eq!(shop.alarms().await, alarms, "{name}");
        assert!(shop.store.entry(&row_key("REF-1")).get("silence").is_none(), "{name}");
    }
    // A client without a known reference has nothing to compare with.
    let shop = Shop::with("resolver-void-none", [Reply::Close], |config| config).await;
    shop.debit("REF-1").await.unwrap();
    for _ in 0..6 {
        let open = shop.resolve("REF-1").await;
        assert_eq!((open.outcome, open.why), (State::Indeterminate, Some(Why::NoControl)));
        shop.store.minutes(20);
    }
    assert_eq!(shop.asked(), ["REF-1"; 6]);
}

/// References here have one digit: one in ten that are made up would equal the known one.
#[tokio::test]
async fn a_made_up_reference_never_equals_the_known_one() {
    let known = |config: Config| config.known_reference("dmt.transfer", "2");
    let shop = Shop::with("resolver-short", [Reply::Close], known).await;
    shop.eps.says("2", [inquired("2", "70", "0")]);
    shop.debit("1").await.unwrap();
    for _ in 0..60 {
        shop.resolve("1").await;
        // Without the recorded silence the next inquiry begins it again, with a round.
        shop.store.edit(&row_key("1"), |_, entry| entry["silence"] = value!(null));
    }
    let received = shop.server.received();
    let count =
        |good: fn(&str) -> bool| received.iter().filter_map(Received::asks_for).filter(|asked| good(asked)).count();
    let made_up = count(|asked| asked != "1" && asked != "2");
    assert!(made_up > 30, "{made_up}");
    assert_eq!(count(|asked| asked == "2"), 2 * made_up);
}

#[tokio::test]
async fn silence_ends_only_by_a_round_that_proves_it_then() {
    let shop = lost("end").await;
    for _ in 0..3 {
        shop.resolve("REF-1").await;
        shop.store.minutes(5);
    }
    // EPS fails at this moment: it does not find the known reference either.
    shop.eps.says(KNOWN.0, [json(NOT_FOUND)]);
    let open = shop.resolve("REF-1").await;
    assert_eq!((open.outcome, open.why), (State::Indeterminate, Some(Why::NoControl)));
    shop.eps.says(KNOWN.0, [inquired(KNOWN.0, KNOWN.1, "0")]);
    assert_eq!(shop.resolve("REF-1").await.outcome, State::NotSent);
}

/// The requests of a round prove something only if all of them fall within ten seconds.
#[tokio::test]
async fn a_round_that_takes_more_than_ten_seconds_proves_nothing() {
    for (seconds, state) in [(7, State::NotSent), (11, State::Indeterminate)] {
        let shop = lost(&format!("long-{seconds}")).await;
        for _ in 0..3 {
            shop.resolve("REF-1").await;
            shop.store.minutes(5);
        }
        let gate = tokio::sync::watch::Sender::new(false);
        // The second answer is for the round's own question about `REF-1`.
        shop.eps.says("REF-1", [json(NOT_FOUND), Reply::Until(gate.clone(), 200, NOT_FOUND.into())]);
        let (heard, client) = (shop.server.received().len(), shop.client.clone());
        let resolving = tokio::spawn(async move { client.resolve(&key("REF-1")).await.unwrap() });
        // The four requests: `REF-1`, the known reference, the made-up one, and `REF-1` again.
        shop.server.heard(heard + 4).await;
        tokio::time::pause();
        tokio::time::advance(std::time::Duration::from_secs(seconds)).await;
        tokio::time::resume();
        gate.send_replace(true);
        assert_eq!(resolving.await.unwrap().outcome, state, "{seconds}");
    }
}

#[tokio::test]
async fn an_answer_unlike_the_first_round_restarts_silence() {
    let shop = lost("anew").await;
    let say = |message: &str| shop.eps.otherwise([json(NOT_FOUND.replace("none", message))]);
    for _ in 0..3 {
        shop.resolve("REF-1").await;
        shop.store.minutes(5);
    }
    say("gone");
    let open = shop.resolve("REF-1").await;
    assert_eq!(open.outcome, State::Indeterminate);
    for state in [State::Indeterminate, State::Indeterminate, State::NotSent] {
        shop.store.minutes(5);
        assert_eq!(shop.resolve("REF-1").await.outcome, state);
    }
}

#[tokio::test]
async fn a_sign_of_life_ends_the_inference_for_good() {
    let echo = r#"{"status":0,"response_type_id":1472,"message":"x","data":{"client_ref_id":"REF-1"}}"#;
    for (name, sign, why) in [
        ("unnamed", json(echo), Why::InFlight),
        ("tid", json(echo.replace(r#"{"client_ref_id":"REF-1"}"#, r#"{"tid":"77"}"#)), Why::InFlight),
        ("contradicted", inquired("REF-2", "78", "0"), Why::Contradiction),
    ] {
        let shop = lost(&format!("life-{name}")).await;
        shop.eps.says("REF-1", [sign, json(NOT_FOUND)]);
        shop.eps.says("77", [json(NOT_FOUND)]);
        for round in 0..8 {
            let open = shop.resolve("REF-1").await;
            assert_eq!((open.outcome, open.why), (State::Indeterminate, Some(why)), "{name} {round}");
            shop.store.minutes(20);
        }
    }
    // A success that names no transaction is no sign of life: it may be about any debit.
    let shop = lost("life-empty").await;
    shop.eps.says("REF-1", [json(r#"{"status":0,"response_type_id":1472,"message":"x","data":{}}"#), json(NOT_FOUND)]);
    assert_eq!(shop.resolve("REF-1").await.outcome, State::Indeterminate);
    silence(&shop, "REF-1").await;
}

#[tokio::test]
async fn debits_that_are_silent_at_once_share_the_rest_of_a_round() {
    let shop = lost("shared").await;
    for reference in ["REF-2", "REF-3", "OTHER"] {
        shop.debit(reference).await.unwrap();
    }
    for reference in ["REF-1", "REF-2", "REF-3", "OTHER"] {
        shop.store.edit(&row_key(reference), |row, _| row.due_ms = Some(1));
    }
    let known = shop.client.resolve_due().await.unwrap();
    assert_eq!(known.len(), 4);
    let asked = shop.asked();
    let count = |what: &str| asked.iter().filter(|asked| *asked == what).count();
    // There are two forms of reference here, so two references are made up.
    assert_eq!((count("?"), count(KNOWN.0)), (2, 4), "{asked:?}");
    assert_eq!((count("REF-1"), count("REF-2"), count("REF-3"), count("OTHER")), (2, 2, 2, 2), "{asked:?}");
    assert!(known.iter().all(|entry| entry.why.is_none()), "each silence has begun");
}

#[tokio::test]
async fn with_a_schedule_of_its_own_silence_is_as_long_as_that() {
    let shop = Shop::with("resolver-quick", [Reply::Close], |config| {
        config.schedule(quick()).known_reference("dmt.transfer", KNOWN.0)
    });
    let shop = shop.await;
    shop.debit("REF-1").await.unwrap();
    assert_eq!(shop.resolve("REF-1").await.outcome, State::Indeterminate);
    shop.store.minutes(1);
    assert_eq!(shop.resolve("REF-1").await.outcome, State::NotSent);
}
