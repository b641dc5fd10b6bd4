//! Tests that a job whose commit failed does not report success.
//!
//! The mark is a small file beside the journal that counts the journal's commits.

use super::super::batch::{Need, Task};
use super::super::options::FileOptions;
use super::super::{mark, schema};
use super::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

/// Job of a test, which runs SQL. `done` becomes true if the SQL succeeds.
struct Sql {
    sql: String,
    done: Arc<AtomicBool>,
}

impl Task for Sql {
    fn run(&mut self, transaction: Result<&rusqlite::Transaction<'_>, StoreError>) -> Option<StoreError> {
        let failed = transaction.and_then(|transaction| transaction.execute_batch(&self.sql).map_err(failed)).err();
        self.done.store(failed.is_none(), Ordering::Relaxed);
        failed
    }

    fn done(self: Box<Self>, commit: Result<(), StoreError>) {
        commit.unwrap();
    }
}

fn job(need: Need, sql: &str) -> (WriteJob, Arc<AtomicBool>) {
    let done = Arc::new(AtomicBool::new(false));
    (WriteJob { need, task: Box::new(Sql { sql: sql.into(), done: done.clone() }) }, done)
}

struct Open(JournalFile, OpenedConnection, PathBuf);

impl Open {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("eko-eps-commits-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let shared = JournalFile::new(FileOptions::new(folder.join("journal")));
        shared.ready().unwrap();
        let opened = lock(&shared.first).take().unwrap();
        Self(shared, opened, folder)
    }

    fn batch(need: Need, jobs: &[&str]) -> Vec<WriteJob> {
        jobs.iter().map(|sql| job(need, sql).0).collect()
    }

    /// Runs the jobs as one batch. Returns the result of the commit, and for each job whether its SQL succeeded.
    fn run(&mut self, jobs: &[&str]) -> (Vec<bool>, Result<bool, StoreError>) {
        let (mut batch, done): (Vec<_>, Vec<_>) = jobs.iter().map(|sql| job(Need::Whole, sql)).unzip();
        let commit = run(&mut self.1.connection, &self.0, self.0.ready().unwrap(), &mut batch, |_| ());
        (done.iter().map(|done| done.load(Ordering::Relaxed)).collect(), commit)
    }

    fn rows(&self) -> u32 {
        self.1.connection.query_row("SELECT count(*) FROM rows", [], |row| row.get(0)).unwrap()
    }

    fn commits(&self) -> u64 {
        schema::head(&self.1.connection).unwrap().commits
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.2);
    }
}

const A: &str = "INSERT INTO rows VALUES ('A', 1, 'debit', 'a', '{}', NULL, 0, 1, 1, 1, NULL)";
const B: &str = "INSERT INTO rows VALUES ('B', 1, 'debit', 'a', '{}', NULL, 0, 1, 1, 1, NULL)";
const BAD: &str = "INSERT INTO rows (key, version, kind, account, entry, wait_ms, unresolved, created_ms, updated_ms) \
    VALUES ('C', 1, 'debit', 'a', '{}', 0, 1, 1, 1); INSERT INTO rows (key) VALUES ('D')";
const LARGE: &str = "INSERT INTO rows VALUES ('L', 1, 'debit', 'a', printf('%.9999999c', 'x'), NULL, 0, 1, 1, 1, NULL)";

#[test]
fn a_failed_job_is_rolled_back_and_the_others_commit() {
    let mut open = Open::new("one");
    let (told, commit) = open.run(&[A, BAD, B]);
    assert_eq!(told, [true, false, true]);
    assert!(commit.unwrap());
    assert_eq!((open.rows(), open.commits()), (2, 1));
    let (told, commit) = open.run(&["SELECT 1"]);
    assert_eq!((told, commit.unwrap()), (vec![true], false));
    assert_eq!(open.commits(), 1);
    // If a job fails, the whole batch runs again without the changes of that job, even if the job arrived late.
    let Open(shared, opened, _) = &mut open;
    let late = |batch: &mut Vec<WriteJob>| batch.extend(Open::batch(Need::Whole, &[BAD]));
    let mut jobs = Open::batch(Need::Whole, &["DELETE FROM rows WHERE key = 'A'"]);
    assert!(run(&mut opened.connection, shared, shared.ready().unwrap(), &mut jobs, late).unwrap());
    assert_eq!((jobs.len(), open.rows(), open.commits()), (2, 1, 2));
}

#[test]
fn jobs_that_arrive_during_a_wait_join_the_waiting_batch() {
    let mut open = Open::new("late");
    let Open(shared, opened, _) = &mut open;
    let late = |batch: &mut Vec<WriteJob>| batch.extend(Open::batch(Need::Whole, &[B]));
    let mut jobs = Open::batch(Need::Whole, &[A]);
    let commit = run(&mut opened.connection, shared, shared.ready().unwrap(), &mut jobs, late);
    assert!(commit.unwrap());
    assert_eq!((jobs.len(), open.rows(), open.commits()), (2, 2, 1));
}

#[test]
fn deferred_sync_jobs_are_written_but_not_counted_as_commits() {
    let mut open = Open::new("soon");
    assert!(open.run(&[A]).1.unwrap());
    let Open(shared, opened, _) = &mut open;
    let (soon, done) = job(Need::Soon, B);
    let mut soon = vec![soon];
    assert!(is_soon(&soon));
    run_soon(&mut opened.connection, shared, shared.ready().unwrap(), &mut soon).unwrap();
    assert!(done.load(Ordering::Relaxed));
    let synchronous: i64 = opened.connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
    assert_eq!(synchronous, 2, "the next commit must be synced to the disk");
    assert_eq!((open.rows(), open.commits()), (2, 1));
    let mut mixed = Open::batch(Need::Soon, &["SELECT 1"]);
    mixed.extend(Open::batch(Need::Whole, &["SELECT 1"]));
    assert!(!is_soon(&mixed), "a batch with a synced job must be synced");
    assert!(!is_soon(&Open::batch(Need::Nothing, &["SELECT 1"])));
}

#[test]
fn a_commit_counts_as_a_check_of_place_and_mark() {
    let mut open = Open::new("looked");
    assert!(open.run(&[A]).1.unwrap());
    let Open(shared, opened, _) = &mut open;
    assert!(!shared.has_just_looked(), "the mark was not checked since the commit");
    // On a busy machine the thread may be paused between the two calls, so the test tries several times.
    let looked = (0..100).any(|_| {
        raise(&mut opened.connection, shared, shared.ready().unwrap());
        shared.has_just_looked()
    });
    assert!(looked);
    // A declared restoration discards the result of the last look (the check of the file and its mark). The next look finds the
    // declaration.
    let looks = |open: &mut Open| {
        raise(&mut open.1.connection, &open.0, open.0.ready().unwrap());
        open.0.was_restored()
    };
    assert!((0..100).any(|_| looks(&mut open) == Some(false)));
    let declare = "UPDATE journal SET marked = 2, restored_ms = 1, restored_boot_ms = 1, restored_epoch = 'another'";
    let mut lost = Open::batch(Need::Lost, &[declare]);
    let Open(shared, opened, _) = &mut open;
    assert!(run(&mut opened.connection, shared, shared.ready().unwrap(), &mut lost, |_| ()).unwrap());
    assert_eq!(shared.was_restored(), None);
    assert!((0..100).any(|_| looks(&mut open) == Some(false)), "a declaration must expire after a day");
    assert!(open.run(&["UPDATE journal SET restored_ms = 9000000000000000000"]).1.unwrap());
    assert!((0..100).any(|_| looks(&mut open) == Some(true)));
    let Open(shared, ..) = &open;
    std::thread::sleep(Duration::from_millis(21));
    assert!(!shared.has_just_looked(), "the last look must expire after 20 ms");
}

#[test]
fn a_full_disk_fails_the_whole_batch_and_the_next_one_goes_on() {
    let mut open = Open::new("full");
    open.1.connection.execute_batch("PRAGMA max_page_count = 40").unwrap();
    let (_, commit) = open.run(&[A, LARGE, B]);
    // On a full disk, SQLite undoes either only the failed statement or the whole transaction. In both cases, the result of the commit must
    // agree with the rows in the file.
    match commit {
        Ok(_) => assert_eq!(open.rows(), 2),
        Err(error) => assert_eq!((error.kind, open.rows()), (StoreFailure::Unavailable, 0)),
    }
    open.1.connection.execute_batch("DELETE FROM rows").unwrap();
    assert!(open.run(&[A]).1.unwrap());
}

#[test]
fn a_commit_that_fails_is_told_to_each_job() {
    let mut open = Open::new("commit");
    open.1
        .connection
        .execute_batch(
            "PRAGMA foreign_keys = 1; CREATE TEMP TABLE p (id PRIMARY KEY);
             CREATE TEMP TABLE c (id REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
        )
        .unwrap();
    let (told, commit) = open.run(&[A, "INSERT INTO c VALUES (1)", B]);
    assert_eq!(told, [true; 3]);
    assert_eq!(commit.unwrap_err().kind, StoreFailure::Unavailable);
    assert_eq!((open.rows(), open.commits()), (0, 0));
    assert!(open.run(&[A]).1.unwrap());
}

#[test]
fn a_mark_is_raised_by_the_next_that_writes_and_never_lowered() {
    let mut open = Open::new("mark");
    let place = |open: &Open| open.0.ready().unwrap().mark.clone();
    let counted = |open: &Open| match mark::read(&place(open)).unwrap() {
        mark::MarkState::Mark(mark) => mark.commits,
        mark::MarkState::Nothing | mark::MarkState::Damaged => panic!("the journal must have a readable mark"),
    };
    assert!(open.run(&[A]).1.unwrap());
    assert_eq!(counted(&open), 0, "a commit alone must not raise the mark");
    assert!(open.run(&[B]).1.unwrap());
    assert_eq!(counted(&open), 1);
    // While another process holds the write lock, `raise` does not wait, because the other process raises the mark.
    let other = rusqlite::Connection::open(open.2.join("journal")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = std::time::Instant::now();
    let Open(shared, opened, _) = &mut open;
    assert!(raise(&mut opened.connection, shared, shared.ready().unwrap()));
    assert!(begun.elapsed() < Duration::from_secs(1));
    other.execute_batch("ROLLBACK").unwrap();
    assert!(!raise(&mut opened.connection, shared, shared.ready().unwrap()));
    drop(other);
    assert_eq!(counted(&open), 2);
}

#[test]
fn a_store_that_is_dropped_at_once_ends_its_thread() {
    let open = Open::new("end");
    let (jobs, asked) = channel::<WriteJob>();
    let (reading, readers) = channel();
    drop((jobs, reading));
    work(&open.0, &asked, &readers);
}

#[test]
fn five_hundred_and_twelve_jobs_are_one_commit() {
    for (jobs, commits) in [(512, 1), (513, 2)] {
        let folder = std::env::temp_dir().join(format!("eko-eps-batch-{jobs}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let shared = JournalFile::new(FileOptions::new(folder.join("journal")));
        shared.ready().unwrap();
        let (sender, asked) = channel::<WriteJob>();
        let (reading, readers) = channel();
        for index in 0..jobs {
            let sql = format!("INSERT INTO rows VALUES ('{index}', 1, 'debit', 'a', '{{}}', NULL, 0, 1, 1, 1, NULL)");
            sender.send(job(Need::Whole, &sql).0).unwrap();
        }
        drop((sender, reading));
        work(&shared, &asked, &readers);
        let journal = Connection::open(folder.join("journal")).unwrap();
        assert_eq!(schema::head(&journal).unwrap().commits, commits, "{jobs}");
        drop(journal);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

/// A mark that does not match is read again after 2, 4 and 8 milliseconds, because another process may be rewriting the mark.
#[test]
fn a_mark_that_does_not_match_is_read_four_times() {
    let open = Open::new("tries");
    let place = open.0.ready().unwrap();
    std::fs::write(&place.mark, "half").unwrap();
    let quickest = (0..10).map(|_| {
        let begun = std::time::Instant::now();
        assert_eq!(open.0.compare(&open.1.connection, place).unwrap_err().kind, StoreFailure::Behind);
        begun.elapsed()
    });
    let quickest = quickest.min().unwrap();
    assert!(quickest >= Duration::from_millis(14), "{quickest:?}");
}
