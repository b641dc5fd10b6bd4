//! Tests of the counts, limits and durations in the modules that use a store.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::journal::{DebitKey, Versioned};
use super::state::State;
use super::stub::{Stub, client, ledger};
use super::transition::Observation;
use super::*;
use crate::error::Code;
use crate::mutex::lock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

fn key(reference: &str) -> DebitKey {
    DebitKey { op: "dmt.transfer".into(), reference: reference.into() }
}

async fn reserved(ledger: &Arc<Ledger>, reference: &str) -> Versioned {
    let journal = ledger.opened().await.unwrap();
    let entry = Entry::reserved(journal.account.clone(), key(reference), "one".into(), ledger.core.now_ms());
    assert!(journal.write(1, &entry, Vec::new()).await.unwrap());
    Versioned { version: 1, entry }
}

/// If another process has written the row first, a write is tried again, but only a limited number of times.
#[tokio::test]
async fn a_write_is_tried_sixty_four_times() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("numbers-races", &stub);
    let known = reserved(&ledger, "REF-1").await;
    let mut ended = known.clone();
    ended.entry.outcome = State::Settled;
    let journal = ledger.opened().await.unwrap();
    assert!(journal.write(2, &ended.entry, Vec::new()).await.unwrap());
    let alarm = journal.alarm_row(&known.entry, &Reason::BookedTwice.because("x"), 1).unwrap();
    let id = alarm.key.clone();
    assert!(journal.store.write(alarm, Vec::new()).await.unwrap());
    stub.loses.store(true, Ordering::Relaxed);
    let tried = || stub.lost.swap(0, Ordering::Relaxed);
    assert!(journal.reserve(&Entry { reservation: "two".into(), ..known.entry.clone() }, |_| true).await.is_err());
    assert_eq!(tried(), 64, "a reservation");
    assert!(journal.claim(&known.entry, [1, 1], 1, 1).await.is_err());
    assert_eq!(tried(), 64, "a claim");
    assert!(journal.acknowledge_alarm(&id, 1).await.is_err());
    assert_eq!(tried(), 64, "an alarm's acknowledgement");
    assert!(ledger.record(&journal, known, &Observation::Released).await.is_err());
    assert_eq!(tried(), 64, "a record");
    assert_eq!(ledger.acknowledge(&key("REF-1"), "one", 0).await.unwrap_err().code(), Code::JournalUnavailable);
    assert_eq!(tried(), 64, "an acknowledgement");
}

#[tokio::test]
async fn skips_up_to_16384_unreadable_rows() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("numbers-unreadable", &stub);
    reserved(&ledger, "REF-1").await;
    stub.unreadable.store(true, Ordering::Relaxed);
    let journal = ledger.opened().await.unwrap();
    assert!(journal.claim_due(1, 1, 1).await.unwrap().entries.is_empty());
    assert_eq!(stub.limits(), [4, 16, 64, 256, 1_024, 4_096, 16_384]);
}

#[tokio::test]
async fn prune_and_archive_take_100_rows_at_a_time() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("numbers-step", &stub);
    let day = Duration::from_secs(86_400);
    assert_eq!(ledger.prune(day).await.unwrap(), 100);
    assert_eq!(stub.limits(), [100, 100]);
    assert_eq!(ledger.archive(day).await.unwrap(), 100);
    assert_eq!(stub.limits(), [100, 100]);
}

#[tokio::test(start_paused = true)]
async fn pruning_pauses_100_ms_between_steps() {
    let stub = Arc::new(Stub::default());
    let ledger = ledger("numbers-pause", &stub);
    ledger.opened().await.unwrap();
    stub.prune_ms.store(1_000, Ordering::Relaxed);
    let begun = tokio::time::Instant::now();
    ledger.prune(Duration::from_secs(86_400)).await.unwrap();
    let took = begun.elapsed().as_millis();
    assert!((2_100..2_105).contains(&took), "{took}");
}

#[tokio::test]
async fn a_callback_searches_1024_debits_for_its_tid_once_a_second() {
    let stub = Arc::new(Stub::default());
    let client = client("numbers-tids", &stub);
    let said = Callback::parse(r#"{"tid":"77","tx_status":0}"#).unwrap();
    assert_eq!(client.merge_callback(&said).await.unwrap(), None);
    assert_eq!(stub.limits(), [1_024]);
    tokio::time::pause();
    for (ms, again) in [(999, 0), (1, 1)] {
        tokio::time::advance(Duration::from_millis(ms)).await;
        assert_eq!(client.merge_callback(&said).await.unwrap(), None);
        assert_eq!(stub.limits().len(), again, "{ms}");
    }
}

#[tokio::test]
async fn a_slow_listener_loses_the_oldest_beyond_1024_events() {
    use tokio::sync::broadcast::error::TryRecvError;
    for (sent, first) in [(1_024, Ok(())), (1_025, Err(TryRecvError::Lagged(1)))] {
        let events = Events::new();
        let mut listener = events.listen();
        (0..sent).for_each(|_| events.notice("x", String::new()));
        assert_eq!(listener.try_recv().map(drop), first, "{sent}");
    }
}

#[test]
fn client_defaults() {
    let config = crate::client::Config::new("developer", "access");
    assert_eq!((config.max_debits, config.max_inquiries), (256, 64));
    assert_eq!(config.alarm_after, Duration::from_secs(86_400));
}

#[test]
fn client_limits() {
    use crate::client::{Client, Config};
    type Set = Box<dyn Fn(Config, u64) -> Config>;
    let ms = Duration::from_millis;
    let schedule = |of: fn(&mut Schedule, u64)| {
        move |config: Config, number| {
            let mut schedule = Schedule::default();
            of(&mut schedule, number);
            config.schedule(schedule)
        }
    };
    let usize = |number: u64| usize::try_from(number).unwrap();
    let cases: [(&str, Set, u64, u64); 8] = [
        ("maxDebits", Box::new(move |config, most| config.max_debits(usize(most))), 1, 10_000),
        ("maxInquiries", Box::new(move |config, most| config.max_inquiries(usize(most))), 1, 1_000),
        ("alarmAfterMs", Box::new(move |config, after| config.alarm_after(ms(after))), 1, 2_678_400_000),
        ("deadlineMs", Box::new(move |config, deadline| config.deadline(ms(deadline))), 1, 3_600_000),
        ("schedule.minutelyUntilMs", Box::new(schedule(|of, ms| of.minutely_until_ms = ms)), 0, 2_678_400_000),
        ("schedule.slowMs", Box::new(schedule(|of, ms| of.slow_ms = ms)), 1, 2_678_400_000),
        (
            "schedule.notFoundCount",
            Box::new(schedule(|of, count| of.not_found_count = u32::try_from(count).unwrap())),
            1,
            2_678_400_000,
        ),
        ("schedule.notFoundSpreadMs", Box::new(schedule(|of, ms| of.not_found_spread_ms = ms)), 0, 2_678_400_000),
    ];
    for (option, set, least, most) in cases {
        let made = |number| {
            let config = Config::new("developer", "access").base_url("http://127.0.0.1:1/ekoapi/v3");
            Client::new(set(config, number)).map(drop).map_err(|error| error.message().to_owned())
        };
        let refused = Err(format!("{option} must be a whole number from {least} to {most}"));
        assert_eq!([made(least), made(most)], [Ok(()), Ok(())], "{option}");
        assert_eq!(made(most + 1), refused);
        assert!(least == 0 || made(least - 1) == refused, "{option}");
    }
}

#[test]
fn longest_keys() {
    use crate::client::{Client, Config};
    let made = |developer: usize, access: usize| {
        let config = Config::new("d".repeat(developer), "a".repeat(access)).base_url("http://127.0.0.1:1/ekoapi/v3");
        Client::new(config).map(drop).map_err(|error| error.message().to_owned())
    };
    assert_eq!(made(6_144, 6_144), Ok(()));
    assert!(made(6_145, 1).unwrap_err().starts_with("developerKey must have at most 6144 characters"));
    assert!(made(1, 6_145).unwrap_err().starts_with("accessKey must have at most 6144 characters"));
}

fn turned(key: &str, now: &Arc<AtomicU64>) -> Arc<Ledger> {
    let config = crate::client::Config::new(key, "access").base_url("http://127.0.0.1:1/ekoapi/v3");
    let config = config.at(now).journal(JournalConfig::Store(Arc::new(Arc::new(Stub::default()))));
    Arc::clone(crate::client::Client::new(config).unwrap().ledger())
}

#[test]
fn sweep_failures_are_reported_once_a_minute() {
    let now = Arc::new(AtomicU64::new(1_700_000_000_000));
    let ledger = turned("numbers-sweep", &now);
    let mut events = ledger.events.listen();
    let error = crate::error::Error::new(Code::JournalUnavailable, "gone");
    for (later, told) in [(0, true), (59_999, false), (1, true)] {
        now.fetch_add(later, Ordering::Relaxed);
        ledger.tell_sweep(Some(&error));
        assert_eq!(events.try_recv().is_ok(), told, "{later}");
    }
}

/// A reference that EPS has booked is stored for comparisons at most once a minute.
#[tokio::test]
async fn a_known_reference_is_stored_once_a_minute() {
    let now = Arc::new(AtomicU64::new(1_700_000_000_000));
    let ledger = &turned("numbers-known", &now);
    let journal = ledger.opened().await.unwrap();
    let begun = now.load(Ordering::Relaxed);
    for (number, (later, last)) in [(0, 0), (59_999, 0), (60_000, 60_000)].into_iter().enumerate() {
        now.store(begun + later, Ordering::Relaxed);
        let mut known = reserved(ledger, &format!("REF-{number}")).await;
        (known.entry.tid, known.entry.outcome) = (Some(format!("77{number}")), State::Settled);
        let time = journal.store.clock().await.unwrap();
        ledger.record(&journal, known, &Observation::NotAsked { time: &time }).await.unwrap();
        let stored = lock(&ledger.remembered).values().copied().collect::<Vec<_>>();
        assert_eq!(stored, [begun + last], "after {later} ms");
    }
}
