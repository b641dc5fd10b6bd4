//! Helpers of the tests of the journal's file.

pub use eko_eps::money::{
    DueOrder, FileNotice, FileOptions, Listing, Row, RowKind, SqliteStore, Store, StoreError, StoreFailure,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A folder for one test; dropping this value removes it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("journal-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn journal(&self) -> PathBuf {
        self.file("journal")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn side(path: &Path, side: &str) -> PathBuf {
    PathBuf::from(format!("{}{side}", path.display()))
}

pub fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(FileOptions::new(path)).unwrap()
}

pub fn production(path: &Path) -> FileOptions {
    FileOptions { production: true, ..FileOptions::new(path) }
}

/// Returns why the store refuses the file. Checks that nothing was made or changed.
pub fn refusal(options: FileOptions) -> StoreError {
    let path = options.path.clone();
    let before = std::fs::metadata(&path).map(|it| it.len()).ok();
    let error = SqliteStore::open(options).err().expect("it is refused");
    assert_eq!(std::fs::metadata(&path).map(|it| it.len()).ok(), before);
    error
}

pub fn unusable(options: FileOptions, why: &str) {
    let error = refusal(options);
    assert_eq!(error.kind, StoreFailure::Unusable, "{error}");
    assert!(error.reason.contains(why), "{error}");
}

/// Returns options that record the notices of the store.
pub fn listening(options: FileOptions) -> (FileOptions, Arc<Mutex<Vec<FileNotice>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    (FileOptions { tell: Arc::new(move |notice| heard.lock().unwrap().push(notice)), ..options }, told)
}

/// Drops a store and waits until its threads have closed the file.
pub fn close(store: SqliteStore, path: &Path) {
    drop(store);
    let begun = Instant::now();
    while descriptors(path) > 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "the file stays open");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Returns how many descriptors of a journal's files this process has open.
pub fn descriptors(path: &Path) -> usize {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.to_string_lossy();
    let all = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let files = all.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    files.filter(|file| file.to_string_lossy().starts_with(&*name)).count()
}

/// Runs another program. If this process itself opened and closed a journal's file, it would lose its own locks on it.
pub fn run(program: &str, words: &[&Path]) {
    assert!(std::process::Command::new(program).args(words).status().unwrap().success());
}

pub fn cp(from: &Path, to: &Path) {
    run("cp", &[from, to]);
}

pub fn row(key: &str, version: u64) -> Row {
    Row {
        key: key.into(),
        version,
        kind: RowKind::Debit.as_str().into(),
        account: "a".into(),
        entry: format!(r#"{{"version":{version}}}"#),
        due_ms: None,
        wait_ms: 0,
        unresolved: true,
        created_ms: 1000,
        updated_ms: 1000,
        keep_until_ms: None,
    }
}

pub async fn put(store: &SqliteStore, key: &str) {
    assert!(store.write(row(key, 1), Vec::new()).await.unwrap(), "{key}");
}

/// Changes a closed file as another program would.
pub fn sql(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
}

pub fn kind<T: std::fmt::Debug>(result: Result<T, StoreError>) -> StoreFailure {
    result.unwrap_err().kind
}

pub fn keys(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.key.as_str()).collect()
}
