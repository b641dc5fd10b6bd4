//! Paths of a journal's files, and the check that they are still the files that were opened.

use super::super::store::StoreError;
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Suffixes of the files beside the journal: two of SQLite, and the mark.
pub(super) const SIDES: [&str; 3] = ["-wal", "-shm", "-mark"];

/// Device and inode number of a file. Locks belong to these, whatever name the file has.
pub(super) type FileIdentity = (u64, u64);

/// The files of an open journal.
pub(super) struct JournalPaths {
    /// Files to check. The main file is checked under the name that was given, because other processes open what that name leads to.
    watched: Vec<(PathBuf, FileIdentity)>,
    /// Path of the mark beside the file.
    pub(super) mark: PathBuf,
    /// Inode number of the file; 0 where files have none.
    pub(super) inode: u64,
}

impl JournalPaths {
    /// Collects the paths of a file that SQLite has open and has read, so that its side files exist. While any connection is open, only a
    /// program that is no user of the journal replaces or removes one of them.
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
    /// If one of the files is not the one that was opened. What is written into the opened one is gone as soon as this process ends, and no
    /// other process sees it.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for (path, opened) in &self.watched {
            match std::fs::metadata(path) {
                Ok(metadata) if identity(&metadata) == Some(*opened) => {}
                Ok(_) => return Err(gone(path)),
                Err(error) if error.kind() == ErrorKind::NotFound => return Err(gone(path)),
                Err(error) => {
                    return Err(StoreError::unavailable(format!("the journal file cannot be looked at: {error}")));
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
        "the journal file{side} was replaced or deleted under this process: end all processes that use it, and restore it"
    ))
}

/// Refuses a file with a hard link. Under another name of the same file, SQLite would keep another `-wal` beside it. Neither process would
/// then see the other's commits.
///
/// # Errors
/// If the file has more than one name.
#[cfg(unix)]
pub(super) fn refuse_links(metadata: &Metadata) -> Result<(), StoreError> {
    if std::os::unix::fs::MetadataExt::nlink(metadata) > 1 {
        return Err(StoreError::unusable("the journal file has a second name (a hard link): remove one of the two"));
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
    // A file without a link cannot be found by name, but some network file systems keep showing it.
    (metadata.is_file() && metadata.nlink() > 0).then(|| (metadata.dev(), metadata.ino()))
}

/// Returns `None`. On other systems locks belong to a descriptor and not to the process, and an open file can be neither replaced nor
/// deleted.
#[cfg(not(unix))]
pub(super) fn identity(_: &Metadata) -> Option<FileIdentity> {
    None
}

/// Returns the path with a suffix after its name.
pub(super) fn beside(path: &Path, side: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(side);
    name.into()
}

/// Resolves the links of a path, as SQLite does too. The file need not exist. So all names of a journal have one mark.
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
