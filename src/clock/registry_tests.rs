use super::*;
use crate::clock::{ClockOptions, KeyClock, now_ms};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Value that can be dropped at once while its number is 0, and otherwise after 60 seconds without users.
#[derive(Default)]
struct Note(AtomicUsize);

impl Lasting for Note {
    fn is_over(&self, unused: Duration) -> bool {
        self.0.load(Ordering::SeqCst) == 0 || unused >= Duration::from_secs(60)
    }
}

fn notes() -> &'static Registry<Note> {
    Box::leak(Box::new(Registry::default()))
}

#[test]
fn entries_are_shared_and_freed_by_the_last_user() {
    let notes = notes();
    let (first, second) = (notes.of(&["a", "b"]), notes.of(&["a", "b"]));
    first.0.store(7, Ordering::SeqCst);
    assert_eq!(second.0.load(Ordering::SeqCst), 7);
    assert_eq!(notes.of(&["ab", ""]).0.load(Ordering::SeqCst), 0, "different parts are a different key");
    second.0.store(0, Ordering::SeqCst);
    drop(first);
    assert_eq!(notes.size().0, 1);
    drop(second);
    assert_eq!(notes.size().0, 0);
}

#[test]
fn an_unfinished_entry_outlives_its_users() {
    let notes = notes();
    notes.of(&["a"]).0.store(7, Ordering::SeqCst);
    assert_eq!(notes.with(&["a"], Note::default, |note| note.0.load(Ordering::SeqCst)), 7);
    let used = notes.of(&["used"]);
    used.0.store(7, Ordering::SeqCst);
    notes.age(Duration::from_secs(50));
    drop(notes.of(&["b"]));
    assert_eq!(notes.size().0, 2, "the last search for unused entries was less than a minute ago");
    notes.age(Duration::from_secs(10));
    drop(notes.of(&["b"]));
    assert_eq!(notes.size().0, 1, "only the entry with a user is kept");
    assert_eq!(used.0.load(Ordering::SeqCst), 7);
}

#[test]
fn an_entry_in_use_is_not_replaced() {
    let notes = notes();
    notes.with(&["a"], Note::default, |note| {
        drop(notes.of(&["a"]));
        notes.age(Duration::from_secs(60));
        drop(notes.of(&["b"]));
        note.0.store(7, Ordering::SeqCst);
    });
    assert_eq!(notes.of(&["a"]).0.load(Ordering::SeqCst), 7);
}

#[test]
fn ten_thousand_keys_leave_nothing() {
    let notes = notes();
    for key in 0..10_000 {
        drop(notes.of(&[&key.to_string()]));
    }
    assert_eq!(notes.size(), (0, notes.size().1.min(16)));
    let all: Vec<_> = (0..10_000).map(|key| notes.of(&[&key.to_string()])).collect();
    assert_eq!(notes.size().0, 10_000);
    drop(all);
    assert!(notes.size().0 == 0 && notes.size().1 <= 256, "{:?}", notes.size());
}

#[test]
fn concurrent_clock_users_get_unique_timestamps() {
    static SEEN: LazyLock<Mutex<std::collections::HashSet<u64>>> = LazyLock::new(Mutex::default);
    let work = || {
        for _ in 0..2_000 {
            let taken = KeyClock::of("shared on every thread", ClockOptions { alone: true, ..ClockOptions::default() })
                .take(now_ms())
                .map(|stamp| stamp.millis());
            assert!(lock(&SEEN).insert(taken.unwrap()));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(work);
        }
    });
    assert_eq!(lock(&SEEN).len(), 8_000);
}
