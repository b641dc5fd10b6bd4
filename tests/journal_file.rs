//! The journal's file and its locks: whatever else opens it, no lock is lost.
#![cfg(all(feature = "journal-sqlite", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::money::{SqliteStore, Store};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

/// A folder of its own for each test, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The locks that this process holds on a file.
fn locks(path: &Path) -> usize {
    let (pid, inode) = (std::process::id().to_string(), std::fs::metadata(path).unwrap().ino().to_string());
    let ours = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.get(4) == Some(&pid.as_str()) && words.get(5).is_some_and(|file| file.ends_with(&format!(":{inode}")))
    };
    std::fs::read_to_string("/proc/locks").unwrap().lines().filter(ours).count()
}

#[tokio::test]
async fn opening_it_again_under_another_name_takes_no_lock_away() {
    let folder = Folder::new("locks");
    let (file, link) = (folder.file("journal"), folder.file("link"));
    let first = SqliteStore::open(&file).unwrap();
    assert!(first.read("A").await.unwrap().is_none());
    let held = locks(&file);
    assert!(held > 0, "an open connection holds one");
    symlink(&file, &link).unwrap();
    let second = SqliteStore::open(&link).unwrap();
    assert!(second.read("A").await.unwrap().is_none());
    assert!(locks(&file) >= held);
    drop(second);
    assert!(first.read("A").await.unwrap().is_none());
    assert!(locks(&file) >= held);
}

#[tokio::test]
async fn what_something_else_in_the_process_has_open_is_refused_until_it_is_closed() {
    let folder = Folder::new("taken");
    let file = folder.file("journal");
    std::fs::write(&file, "").unwrap();
    // As another copy of the library would, or a program that reads the file by itself.
    let foreign = std::fs::File::open(&file).unwrap();
    let refusal = SqliteStore::open(&file).err().unwrap().to_string();
    assert!(refusal.contains("npm ls eko-eps"), "{refusal}");
    drop(foreign);
    assert!(SqliteStore::open(&file).unwrap().read("A").await.unwrap().is_none());
}
