//! Creation of a new journal file. The file is built under a temporary name, and gets its own name when it is complete.

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

/// Time to wait for the content of an empty file, because another process may be creating its new journal under this name.
const TAKEN: Duration = Duration::from_secs(1);

/// Makes sure that a journal's file exists.
///
/// # Errors
/// If there is no file and `create` is false. Also if the path does not lead to a file, the file is empty, or only the files beside a
/// journal are left.
pub(super) fn ensure(file: &Path, options: &FileOptions) -> Result<(), StoreError> {
    let begun = Instant::now();
    loop {
        // The side files are checked first, because a process that creates a journal creates the main file before the side files.
        let left = SIDES.into_iter().find(|side| std::fs::metadata(beside(file, side)).is_ok_and(|it| it.len() > 0));
        match std::fs::metadata(file) {
            Ok(metadata) if !metadata.is_file() => {
                return Err(StoreError::unusable("the journal's path is not of a file"));
            }
            Ok(metadata) if metadata.len() > 0 => return Ok(()),
            Ok(_) if left.is_none() && begun.elapsed() < TAKEN => std::thread::sleep(Duration::from_millis(5)),
            Ok(_) if left.is_none() => {
                return Err(StoreError::unusable(
                    "the journal's file is empty, and so no journal: if it never was one, remove it, and a new one is made",
                ));
            }
            Ok(_) => return Err(StoreError::unusable("the journal file was cut to nothing: restore it")),
            Err(error) if error.kind() == ErrorKind::NotFound => match left {
                Some(side) => {
                    return Err(StoreError::unusable(format!(
                        "the journal file was deleted or moved, its {side} file is still there: restore it, or, if no debit of it can be \
                         open, remove that one too"
                    )));
                }
                None if !options.create => {
                    return Err(StoreError::unusable("there is no journal, and none is to be made (create is false)"));
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

/// Creates the file. Returns false if another process has created it first.
fn make(file: &Path) -> Result<bool, StoreError> {
    let random = random_id().ok_or_else(|| StoreError::unavailable("the system gave no random number"))?;
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
        // No other process knows of the file yet, so it is synced only once, when it is complete.
        connection.pragma_update_and_check(None, "journal_mode", "MEMORY", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        // With incremental vacuum, the pages of pruned rows can be given back to the disk in steps. The setting must be made before the
        // first table.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        Ok(connection)
    };
    let connection = fill().map_err(failed)?;
    schema::make(&connection)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(failed)?;
    connection.close().map_err(|(_, error)| failed(error))?;
    OpenOptions::new().write(true).open(new).and_then(|file| file.sync_all()).map_err(cannot)
}

/// Renames the new file to the journal's name. Returns false if that name is taken, for example because another process was first.
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

/// Renames the new file on systems that cannot check the name and rename in one step. Creates an empty file under the journal's name, and
/// then replaces it with the new file. The file is empty for a moment.
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

/// Syncs the folder of a file, so that the name of the file survives a power cut, and not only its content.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}
