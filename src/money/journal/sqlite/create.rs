//! Creation of a journal file. The file is built under a temporary name, and renamed when it is complete.

use super::super::store::StoreError;
use super::clock::random_id;
use super::failure::failed;
use super::options::{FileNotice, FileOptions};
use super::place::{SIDES, beside};
use super::schema;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest wait for content in an empty file. On some systems, a process that creates a journal reserves the name with an empty file before
/// it puts the complete file there.
const TAKEN: Duration = Duration::from_secs(1);

/// Makes sure that the journal file exists.
///
/// # Errors
/// If there is no file and `create` is false, the path does not lead to a regular file, the file is empty, or only the side files of a
/// journal are left.
pub(super) fn ensure(file: &Path, options: &FileOptions) -> Result<(), StoreError> {
    let begun = Instant::now();
    loop {
        // The side files are checked before the main file, because a process that creates a journal creates the main file first. In the
        // other order, side files that appear between the two checks would look as if their main file was lost.
        let left = SIDES.into_iter().find(|side| std::fs::metadata(beside(file, side)).is_ok_and(|it| it.len() > 0));
        match std::fs::metadata(file) {
            Ok(metadata) if !metadata.is_file() => {
                return Err(StoreError::unusable(
                    "the journal's path leads to a folder or a device: give the path of a regular file",
                ));
            }
            Ok(metadata) if metadata.len() > 0 => return Ok(()),
            Ok(_) if left.is_none() && begun.elapsed() < TAKEN => std::thread::sleep(Duration::from_millis(5)),
            Ok(_) if left.is_none() => {
                return Err(StoreError::unusable(
                    "the journal file is empty: restore the journal, or remove the file if it never was a journal, so that a new one is created",
                ));
            }
            Ok(_) => {
                return Err(StoreError::unusable(
                    "the journal file has lost its content, but the files beside it exist: restore the journal from a backup",
                ));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => match left {
                Some(side) => {
                    return Err(StoreError::unusable(format!(
                        "the journal file was deleted or moved, but its {side} file still exists: restore the journal file, or remove the {side} \
                         file if no debit is open and no reference of the journal can be sent again"
                    )));
                }
                None if !options.create => {
                    return Err(StoreError::unusable(
                        "there is no journal file, and creating one is forbidden (create is false): check the path",
                    ));
                }
                None if make(file)? => {
                    (options.tell)(FileNotice::Created);
                    return Ok(());
                }
                // Another process has created the file first.
                None => {}
            },
            Err(error) => return Err(cannot(error)),
        }
    }
}

pub(super) fn cannot(error: io::Error) -> StoreError {
    StoreError::unavailable(format!("the journal file cannot be opened: {error}"))
}

/// Creates the journal file. Returns false if another process has created the file first.
fn make(file: &Path) -> Result<bool, StoreError> {
    let random = random_id()
        .ok_or_else(|| StoreError::unavailable("the operating system returned no random bytes: try again"))?;
    let new = beside(file, &format!("-new-{random}"));
    let made = build(&new).and_then(|()| put(&new, file).map_err(cannot));
    if !matches!(made, Ok(true)) {
        let _ = std::fs::remove_file(&new);
    }
    made
}

fn build(new: &PathBuf) -> Result<(), StoreError> {
    private(new).map_err(cannot)?;
    let fill = || {
        let connection =
            Connection::open_with_flags(new, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        // No other process uses the temporary file, so it is synced to the disk only once, when it is complete.
        connection.pragma_update_and_check(None, "journal_mode", "MEMORY", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        // Incremental vacuum gives the pages of pruned rows back to the disk in steps. It must be set before the first table is created.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        Ok(connection)
    };
    let connection = fill().map_err(failed)?;
    schema::make(&connection)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(failed)?;
    connection.close().map_err(|(_, error)| failed(error))?;
    OpenOptions::new().write(true).open(new).and_then(|file| file.sync_all()).map_err(cannot)
}

/// Renames the new file to the journal's name. Returns false if the name is taken, for example by another process.
fn put(new: &Path, file: &Path) -> io::Result<bool> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, new, CWD, file, RenameFlags::NOREPLACE) {
            Ok(()) => return sync_folder(file).map(|()| true),
            Err(Errno::EXIST) => return Ok(false),
            Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    take(new, file)
}

/// Renames the new file on systems that cannot check the name and rename in one step. Reserves the journal's name with an empty file, and
/// then replaces the empty file.
fn take(new: &Path, file: &Path) -> io::Result<bool> {
    match private(file) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error),
    }
    if let Err(error) = std::fs::rename(new, file) {
        let _ = std::fs::remove_file(file);
        return Err(error);
    }
    sync_folder(file)?;
    Ok(true)
}

/// Creates an empty file that only its owner may read. Fails if a file with this name exists.
fn private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Syncs the folder of a file, so that both the name and the content of the file survive a power cut.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}
