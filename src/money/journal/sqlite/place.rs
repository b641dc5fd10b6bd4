//! Paths of a journal's files, and the check that the paths still lead to the files that were opened.

use super::super::store::StoreError;
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Suffixes of the files beside the journal: two files of SQLite, and the mark, which counts commits.
pub(super) const SIDES: [&str; 3] = ["-wal", "-shm", "-mark"];

/// Device and inode number of a file. File locks belong to these two numbers, and not to a name.
pub(super) type FileIdentity = (u64, u64);

/// Paths of the files of an open journal.
pub(super) struct JournalPaths {
    /// Files to check, with their identities at opening. The main file is checked under the caller's path, because other processes use that
    /// path.
    watched: Vec<(PathBuf, FileIdentity)>,
    /// Path of the mark, the file beside the journal that counts commits.
    pub(super) mark: PathBuf,
    /// Inode number of the main file; 0 on systems without inode numbers.
    pub(super) inode: u64,
}

impl JournalPaths {
    /// Collects the paths of the files of an open journal. SQLite must have read the file before, so that its side files exist. While a
    /// connection is open, SQLite does not replace or remove these files; only another program would.
    pub(super) fn of(given: &Path, real: &Path, main: Option<FileIdentity>) -> Self {
        let [wal, shm, mark] = SIDES.map(|side| beside(real, side));
        let mut watched: Vec<_> = main.map(|identity| (given.to_owned(), identity)).into_iter().collect();
        for side in [wal, shm] {
            if let Some(identity) = std::fs::metadata(&side).ok().and_then(|metadata| identity(&metadata)) {
                watched.push((side, identity));
            }
        }
        Self { watched, mark, inode: main.map_or(0, |(_, inode)| inode) }
    }

    /// # Errors
    /// If a path no longer leads to the opened file. Data that is written to the opened file would then be lost when this process ends.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for (path, opened) in &self.watched {
            match std::fs::metadata(path) {
                Ok(metadata) if identity(&metadata) == Some(*opened) => {}
                Ok(_) => return Err(gone(path)),
                Err(error) if error.kind() == ErrorKind::NotFound => return Err(gone(path)),
                Err(error) => {
                    return Err(StoreError::unavailable(format!("the journal file cannot be checked: {error}")));
                }
            }
        }
        Ok(())
    }
}

fn gone(path: &Path) -> StoreError {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let side = SIDES.iter().find(|side| name.ends_with(**side)).map(|side| format!(" ({side})")).unwrap_or_default();
    StoreError::unusable(format!(
        "the journal file{side} was replaced or deleted while this process used it: end all processes that use the journal, and restore the file"
    ))
}

/// Refuses a file that has a second name (a hard link). SQLite would keep a separate `-wal` file for each name, and processes with
/// different names would not see each other's commits.
///
/// # Errors
/// If the file has more than one name.
#[cfg(unix)]
pub(super) fn refuse_links(metadata: &Metadata) -> Result<(), StoreError> {
    if std::os::unix::fs::MetadataExt::nlink(metadata) > 1 {
        return Err(StoreError::unusable(
            "the journal file has a second name (a hard link): remove all of its names but one",
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn refuse_links(_: &Metadata) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt;
    // A file without a link was deleted, although some network file systems still show it.
    (metadata.is_file() && metadata.nlink() > 0).then(|| (metadata.dev(), metadata.ino()))
}

/// Returns `None`, because no check is needed outside Unix. An open file can be neither replaced nor deleted there.
#[cfg(not(unix))]
pub(super) fn identity(_: &Metadata) -> Option<FileIdentity> {
    None
}

/// Appends a suffix to the file name of a path.
pub(super) fn beside(path: &Path, side: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(side);
    name.into()
}

/// Resolves the symbolic links of a path, as SQLite does, so that a journal has the same mark under all its paths. The file need not exist.
pub(super) fn real(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => {
            let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Ok(folder.canonicalize()?.join(name))
        }
        resolved => resolved,
    }
}
