//! Helpers that run the tool, and read folders as maps.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Texts by their paths below a folder.
pub type Tree = BTreeMap<String, String>;

/// Runs the tool. Returns whether it succeeded, and its message.
pub fn run(command: &str, catalog: &Path, out: &Path) -> (bool, String) {
    let args = [command, "--catalog", catalog.to_str().expect("text"), "--out", out.to_str().expect("text")];
    let said = eko_eps_catalog::command(args.map(str::to_owned));
    (said.is_ok(), said.unwrap_or_else(|fault| fault))
}

/// Makes a new empty folder.
pub fn folder(name: &str) -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("catalog-{name}-{number}"));
    // An earlier run may have left this folder.
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a folder below target");
    path
}

pub fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    let mut open = vec![root.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read_to_string(&path).expect("text"));
            }
        }
    }
    found
}
