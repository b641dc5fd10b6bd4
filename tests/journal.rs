//! The journal over SQLite: what is reserved stays reserved, whoever asks and whatever happened in between.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::money::{
    Absence, Account, Entry, Intent, Journal, Key, Known, Reservation, Row, Schedule, SqliteStore, State, Store,
};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A file of its own for each test, removed with it.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("journal-{}-{}.sqlite", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    fn journal(&self) -> Journal {
        Journal::new(
            SqliteStore::open(&self.0).unwrap(),
            Account::of("https://a.example/ekoapi/v3", Some("9962981729")),
        )
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.0.display()));
        }
    }
}

fn key(reference: &str) -> Key {
    Key { op: "dmt.transfer".into(), reference: reference.into() }
}

fn intent(reference: &str, now_ms: u64) -> Intent {
    Intent {
        key: key(reference),
        amount: Some("100".into()),
        parties: "00ff".into(),
        created_ms: now_ms,
        first_inquiry_ms: now_ms + 62_000,
    }
}

fn finish(state: State, reusable: bool) -> impl Fn(&Entry) -> Known {
    move |entry| Known { state, reusable, next_inquiry_ms: None, ..entry.known.clone() }
}

async fn taken(journal: &Journal, reference: &str) -> bool {
    matches!(journal.reserve(intent(reference, 1_000)).await.unwrap(), Reservation::Taken(_))
}

#[tokio::test]
async fn a_reference_is_taken_once_also_after_a_restart() {
    let file = File::new();
    assert!(taken(&file.journal(), "A").await);
    let again = file.journal();
    let Reservation::Refused(entry) = again.reserve(intent("A", 2_000)).await.unwrap() else { panic!() };
    assert_eq!((entry.known.state, entry.intent.created_ms), (State::Indeterminate, 1_000));
    assert!(taken(&again, "B").await);
    assert_eq!(again.unresolved(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_reference_is_free_again_only_after_proof_that_nothing_was_done() {
    let file = File::new();
    let journal = file.journal();
    for (reference, state, reusable) in [
        ("A", State::NotSent, true),
        ("B", State::Declined, true),
        ("C", State::Declined, false),
        ("D", State::Settled, false),
    ] {
        assert!(taken(&journal, reference).await);
        journal.change(&key(reference), finish(state, reusable)).await.unwrap();
        assert_eq!(taken(&journal, reference).await, reusable, "{reference}");
    }
}

#[test]
fn away_from_loopback_a_schedule_must_outlive_every_signature() {
    use eko_eps::{Client, Config, Environment};
    let hasty = Schedule { not_found_spread_ms: 60_000, ..Schedule::default() };
    let once = Schedule { not_found_count: 1, ..Schedule::default() };
    let config = || Config::new("developer", "access");
    for schedule in [hasty, once] {
        let error = Client::new(config().environment(Environment::Uat).schedule(schedule)).unwrap_err();
        assert!(error.to_string().contains("schedule is too hasty"), "{error}");
        Client::new(config().base_url("http://127.0.0.1:9/ekoapi/v3").schedule(schedule)).unwrap();
    }
    Client::new(config().environment(Environment::Uat).schedule(Schedule::default())).unwrap();
}

#[tokio::test]
async fn a_final_state_never_changes() {
    let file = File::new();
    let journal = file.journal();
    assert!(taken(&journal, "A").await);
    journal.change(&key("A"), finish(State::Settled, false)).await.unwrap();
    let stands = journal.change(&key("A"), finish(State::Declined, true)).await.unwrap().unwrap();
    assert_eq!(stands.known.state, State::Settled);
    assert!(!taken(&journal, "A").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_gets_the_reference() {
    let file = File::new();
    let journals = [file.journal(), file.journal(), file.journal()];
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..300 {
        let journal = journals[index % journals.len()].clone();
        calls.spawn(async move { taken(&journal, &format!("R{}", index % 100)).await });
    }
    let won = calls.join_all().await.into_iter().filter(|taken| *taken).count();
    assert_eq!(won, 100);
}

#[test]
fn a_new_file_can_be_opened_by_many_at_once() {
    for _ in 0..20 {
        let file = File::new();
        let open = || SqliteStore::open(&file.0).map(drop);
        std::thread::scope(|scope| {
            let opening: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            opening.into_iter().for_each(|opened| opened.join().unwrap().unwrap());
        });
    }
}

#[tokio::test]
async fn due_entries_go_to_one_claimant() {
    let file = File::new();
    let (one, two) = (file.journal(), file.journal());
    for reference in ["A", "B", "C"] {
        assert!(taken(&one, reference).await);
    }
    assert_eq!(one.claim_due(62_000, 100_000, 10).await.unwrap().len(), 0);
    let (first, second) = tokio::join!(one.claim_due(63_000, 100_000, 10), two.claim_due(63_000, 100_000, 10));
    assert_eq!(first.unwrap().len() + second.unwrap().len(), 3);
    assert_eq!(two.claim_due(99_999, 200_000, 10).await.unwrap().len(), 0);
    assert_eq!(two.claim_due(100_000, 200_000, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn rows_of_a_newer_version_starve_nobody() {
    let file = File::new();
    let store = SqliteStore::open(&file.0).unwrap();
    for index in 0..200 {
        let newer = Row {
            key: format!("newer:{index}"),
            version: 1,
            entry: r#"{"state":"new"}"#.into(),
            due_ms: Some(1),
            unresolved: true,
            updated_ms: 1,
        };
        assert!(store.write(newer).await.unwrap());
    }
    let journal = Journal::new(store, Account::default());
    for reference in ["A", "B", "C"] {
        assert!(taken(&journal, reference).await);
    }
    let claimed = async |limit| journal.claim_due(63_000, 100_000, limit).await.unwrap().len();
    assert_eq!((claimed(2).await, claimed(2).await, claimed(2).await), (2, 1, 0));
}

#[tokio::test]
async fn what_was_acknowledged_can_be_forgotten_and_nothing_else() {
    let file = File::new();
    let journal = file.journal();
    for reference in ["open", "done", "seen"] {
        assert!(taken(&journal, reference).await);
    }
    assert!(!journal.acknowledge(&key("open")).await.unwrap());
    for reference in ["done", "seen"] {
        journal.change(&key(reference), finish(State::Settled, false)).await.unwrap();
    }
    assert!(journal.acknowledge(&key("seen")).await.unwrap());
    assert_eq!(journal.prune(1_000).await.unwrap(), 0);
    assert_eq!(journal.prune(1_001).await.unwrap(), 1);
    let left: Vec<_> =
        journal.unresolved(10).await.unwrap().into_iter().map(|entry| entry.intent.key.reference).collect();
    assert_eq!(left, ["done", "open"].map(String::from).to_vec());
}

#[tokio::test]
async fn what_was_seen_is_acknowledged_and_not_what_came_after_it() {
    let file = File::new();
    let journal = file.journal();
    assert!(taken(&journal, "A").await);
    let seen = journal.change(&key("A"), finish(State::NotSent, true)).await.unwrap().unwrap();
    journal.reserve(intent("A", 2_000)).await.unwrap();
    journal.change_entry(&seen, finish(State::Declined, false)).await.unwrap();
    assert_eq!(journal.get(&key("A")).await.unwrap().unwrap().known.state, State::Indeterminate);
    let now = journal.change(&key("A"), finish(State::NotSent, true)).await.unwrap().unwrap();
    assert!(!journal.acknowledge_entry(&seen).await.unwrap());
    assert!(!journal.get(&key("A")).await.unwrap().unwrap().known.acknowledged);
    assert!(journal.acknowledge_entry(&now).await.unwrap());
    assert!(journal.acknowledge(&key("A")).await.unwrap());
}

#[tokio::test]
async fn not_found_is_not_done_only_often_and_long_enough() {
    let file = File::new();
    let journal = file.journal();
    assert!(taken(&journal, "A").await);
    let schedule = Schedule::default();
    let minute = 60_000;
    for (at, state) in [
        (2 * minute, State::Indeterminate),
        (3 * minute, State::Indeterminate),
        (4 * minute, State::Indeterminate),
        (16 * minute, State::Indeterminate),
        (17 * minute, State::NotSent),
    ] {
        let absence = Absence { eps_ms: at, watched: Duration::from_millis(at - 2 * minute), still_waits: false };
        let entry = journal.change(&key("A"), |entry| schedule.not_found(entry, at, absence)).await.unwrap().unwrap();
        assert_eq!(entry.known.state, state, "at {at}");
    }
    // What EPS has once acknowledged with a tid is never "not sent", however often it says "not found".
    assert!(taken(&journal, "B").await);
    let seen = |entry: &Entry| Known { state: State::Pending, tid: Some("77".into()), ..entry.known.clone() };
    journal.change(&key("B"), seen).await.unwrap();
    for at in 1..100 {
        let at = at * minute;
        let absence = Absence { eps_ms: at, watched: Duration::from_millis(at), still_waits: false };
        let entry = journal.change(&key("B"), |entry| schedule.not_found(entry, at, absence)).await.unwrap().unwrap();
        assert_eq!(entry.known.state, State::Pending);
    }
}

#[test]
fn a_debit_of_a_clock_that_is_ahead_is_inquired_all_the_same() {
    let (schedule, now, day) = (Schedule::default(), 1_000_000, 86_400_000);
    for (created, inquiries, after) in [
        (now, 0, 2_000),
        (now, 4, 60_000),
        (now - 10_000, 0, 1_000),
        (now + day, 0, 60_000),
        (now + day, 4, 60_000),
        (now + day, 5, 60_000),
    ] {
        assert_eq!(schedule.next_ms(created, inquiries, now), now + after);
    }
}

#[tokio::test]
async fn clocks_that_disagree_or_step_make_nothing_not_done() {
    let schedule = Schedule::default();
    let (second, minute) = (1_000, 60_000);
    let seen =
        |at: u64, watched: u64| Absence { eps_ms: at, watched: Duration::from_millis(watched), still_waits: false };
    let file = File::new();
    let journal = file.journal();
    let now = 1_000 * minute;
    for (reference, absences, counted) in [
        // A machine that is 16 minutes behind has asked three times, long ago as it seems here.
        (
            "behind",
            vec![seen(now - 16 * minute, 0), seen(now - 15 * minute, 0), seen(now - 14 * minute, 0), seen(now, 0)],
            4,
        ),
        // The clock steps by 16 minutes after three of them.
        (
            "steps",
            vec![
                seen(now, 0),
                seen(now + second, second),
                seen(now + 2 * second, 2 * second),
                seen(now + 16 * minute, 3 * second),
            ],
            2,
        ),
        // Four within seconds, of which this process has seen a long silence before.
        (
            "burst",
            vec![
                seen(now, 16 * minute),
                seen(now + second, 16 * minute),
                seen(now + 2 * second, 16 * minute),
                seen(now + 3 * second, 16 * minute),
            ],
            1,
        ),
        // A machine that is a day ahead: what it counted is worth nothing.
        (
            "ahead",
            vec![
                seen(now + 1_440 * minute, 0),
                seen(now + 1_456 * minute, 16 * minute),
                seen(now + 1_457 * minute, 17 * minute),
                seen(now, 18 * minute),
            ],
            1,
        ),
    ] {
        assert!(taken(&journal, reference).await);
        for absence in absences {
            let change = |entry: &Entry| schedule.not_found(entry, absence.eps_ms, absence);
            let entry = journal.change(&key(reference), change).await.unwrap().unwrap();
            assert_eq!((entry.known.state, entry.known.reusable), (State::Indeterminate, false), "{reference}");
        }
        assert_eq!(journal.get(&key(reference)).await.unwrap().unwrap().known.not_found, counted, "{reference}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn an_unwritable_journal_says_so() {
    assert!(SqliteStore::open(&PathBuf::from("/proc/none/journal.sqlite")).is_err());
    // A device that is always full: every write fails, whoever runs the test.
    let link = File::new();
    std::os::unix::fs::symlink("/dev/full", &link.0).unwrap();
    assert!(SqliteStore::open(&link.0).is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let file = File::new();
    let _journal = file.journal();
    assert_eq!(std::fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
}

/// Files of this process by the name of this one.
#[cfg(target_os = "linux")]
fn open_files(file: &File) -> usize {
    let name = file.0.to_string_lossy();
    let open =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
    open.filter(|path| path.to_string_lossy().starts_with(&*name)).count()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_file_is_shared_by_clients_and_closed_with_the_last() {
    let file = File::new();
    let client = || {
        let config = eko_eps::Config::new("developer", "access").base_url("http://127.0.0.1:1/ekoapi/v3");
        eko_eps::Client::new(config.journal(eko_eps::client::JournalConfig::File(file.0.clone()))).unwrap()
    };
    let (first, second) = (client(), client());
    assert!(first.unresolved().await.unwrap().is_empty());
    let open = open_files(&file);
    assert!(open > 0);
    assert!(second.unresolved().await.unwrap().is_empty());
    assert_eq!(open_files(&file), open, "one connection for both");
    drop(first);
    assert!(second.unresolved().await.unwrap().is_empty());
    drop(second);
    let begun = std::time::Instant::now();
    while open_files(&file) > 0 {
        assert!(begun.elapsed().as_secs() < 10, "the journal stays open without a client");
        tokio::task::yield_now().await;
    }
    assert!(client().unresolved().await.unwrap().is_empty());
}
