//! Tests of several processes that use one journal file, and of the traces that a killed process leaves in it.

use super::support::*;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// In a started process: writes rows. Without the variable `JOURNAL`: starts such a process and reads what it has written.
#[test]
fn another_process_writes_what_this_one_reads() {
    if let Some(path) = std::env::var_os("JOURNAL") {
        return write(Path::new(&path), std::env::var("COUNT").unwrap().parse().unwrap());
    }
    let folder = Folder::new();
    let file = folder.journal();
    assert!(start(&file, 3).wait().unwrap().success());
    assert_eq!((head(&file), counted(&file)), ((3, 3, 1), 3));
}

#[tokio::main(flavor = "current_thread")]
async fn write(path: &Path, count: u64) {
    let store = SqliteStore::open(production(path)).unwrap();
    for index in 0..count {
        put(&store, &format!("{} {index}", std::process::id())).await;
        store.verify().await.unwrap();
    }
    close(store, path);
}

fn start(path: &Path, count: u64) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["processes::another_process_writes_what_this_one_reads", "--exact", "--nocapture"])
        .env("JOURNAL", path)
        .env("COUNT", count.to_string());
    command.stdout(Stdio::null()).spawn().unwrap()
}

fn head(path: &Path) -> (u64, u64, u64) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT (SELECT count(*) FROM rows), commits, marked FROM journal";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
}

fn counted(path: &Path) -> u64 {
    let text = std::fs::read_to_string(side(path, "-mark")).unwrap();
    text.split_whitespace().nth(3).unwrap().parse().unwrap()
}

#[test]
fn processes_that_begin_at_once_share_one_new_journal() {
    for _ in 0..3 {
        let folder = Folder::new();
        let file = folder.journal();
        let children: Vec<_> = (0..5).map(|_| start(&file, 20)).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(head(&file), (100, 100, 1));
        assert_eq!(counted(&file), 100);
    }
}

#[test]
fn a_killed_process_leaves_a_complete_journal() {
    let folder = Folder::new();
    let file = folder.journal();
    for round in 0..25 {
        let mut children = [start(&file, 1_000_000), start(&file, 1_000_000)];
        std::thread::sleep(Duration::from_millis(3 + 4 * round));
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(start(&file, 1).wait().unwrap().success(), "round {round}");
        let (rows, commits, marked) = head(&file);
        assert_eq!((rows, marked), (commits, 1));
        assert_eq!(counted(&file), commits);
        if round % 3 == 0 {
            // The next round begins with a new journal.
            for end in ["", "-mark", "-wal", "-shm"] {
                let _ = std::fs::remove_file(side(&file, end));
            }
        }
    }
}

/// Returns the number of locks that this process holds on a file. Each descriptor lists all of them, so the largest number is taken.
fn locks(path: &Path) -> usize {
    let path = path.canonicalize().unwrap();
    let all = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let of_file = all.filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|file| file == path));
    let told = of_file.filter_map(|entry| {
        let info = Path::new("/proc/self/fdinfo").join(entry.file_name());
        std::fs::read_to_string(info).ok()
    });
    told.map(|info| info.lines().filter(|line| line.starts_with("lock:")).count()).max().unwrap_or_default()
}

#[tokio::test]
async fn opening_it_again_under_another_name_takes_no_lock_away() {
    let folder = Folder::new();
    let (file, link) = (folder.journal(), folder.file("link"));
    let first = open(&file);
    put(&first, "A").await;
    first.verify().await.unwrap();
    let wal = side(&file, "-wal");
    let (held, open_once) = (locks(&file), descriptors(&wal));
    assert!(held > 0, "an open connection holds one");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let second = open(&link);
    put(&second, "B").await;
    assert!(descriptors(&wal) > open_once);
    second.verify().await.unwrap();
    assert!(locks(&file) >= held);
    drop(second);
    let begun = Instant::now();
    // Descriptors of the `-wal` file are counted, because SQLite keeps that of the main file open as long as the process holds a lock on
    // it.
    while descriptors(&wal) > open_once {
        assert!(begun.elapsed() < Duration::from_secs(10), "the second stays open");
        tokio::task::yield_now().await;
    }
    put(&first, "C").await;
    first.verify().await.unwrap();
    assert!(locks(&file) >= held);
}
