//! File with the page: the used timestamps of a developer key. Only the user that created the file can open it, the file name contains a
//! digest instead of the key, and symbolic links are not followed.
//!
//! A brief page belongs to a server on this machine. The last process that uses a brief page removes the file.

use super::mapped::{Mapped, PageFileId};
use super::now_ms;
use super::page::{ClockPage, LAYOUT};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Environment variable with the folder of the timestamp files. It is used if no option names a folder.
pub(super) const FOLDER_VARIABLE: &str = "EKO_STAMP_FOLDER";

/// Maximum number of attempts to open or create the file while other processes create or remove it. The number is high, because one of those
/// processes may be suspended for a while.
const ATTEMPTS: u32 = 500;

/// Maximum number of directory entries that one sweep checks. A sweep removes timestamp files that no process uses.
const SWEPT: usize = 4_096;

/// Age in milliseconds of the last used timestamp in a file. If a file that no process uses is older, the file may be removed.
const IDLE_MS: u64 = 3_600_000;

/// Mapped page of used timestamps, and its file.
pub(super) struct Placed {
    pub(super) mapped: Mapped,
    pub(super) path: PathBuf,
    pub(super) identity: PageFileId,
    /// Open and locked file; `None` if the file is not kept open. The lock shows other processes that the file is in use. Only files of
    /// local servers (`brief`) and of keys with leased lanes are kept open, because a program may have thousands of keys.
    file: Option<File>,
    /// True if the file belongs to a server on this machine. The last process that uses the file removes it.
    brief: bool,
}

/// Returns the folders in which the file may be, in order of preference.
fn folders(named: Option<&Path>) -> Vec<PathBuf> {
    let set = || std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    if let Some(folder) = named.map(Path::to_owned).or_else(set) {
        // An absolute path stays valid when the process changes its working directory.
        return vec![std::path::absolute(&folder).unwrap_or(folder)];
    }
    let memory = cfg!(target_os = "linux").then(|| PathBuf::from("/dev/shm"));
    memory.into_iter().chain([std::env::temp_dir()]).collect()
}

/// Finds or creates the file with this name, and maps its page of used timestamps. The last used timestamp of a new page is `used_ms`. If
/// `brief` is true, the last process that uses the file removes it.
///
/// # Errors
/// The reason as text, if no folder can be used.
pub(super) fn place(folder: Option<&Path>, name: &str, brief: bool, used_ms: u64) -> Result<Placed, String> {
    let mut why = String::new();
    for folder in folders(folder) {
        match place_in(&folder, name, brief, used_ms) {
            Ok(placed) => return Ok(placed),
            Err(error) => why = format!("{}: {error}", folder.display()),
        }
    }
    Err(why)
}

fn place_in(folder: &Path, name: &str, brief: bool, used_ms: u64) -> io::Result<Placed> {
    let path = folder.join(file_name(name, brief));
    for _ in 0..ATTEMPTS {
        let file = match open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                sweep_once(folder);
                make(folder, &path, used_ms)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        let identity = check(&file)?;
        // Locks only files of local servers (`brief`), because a mapped file stays locked as long as it is mapped. A sweep (removal of
        // unused files) of another process may remove a file that is not locked. This process then notices the removal within a second.
        if brief && !lease(&file) || !super::mapped::is_at(&identity, &path) {
            // Waits, because another process is removing the file or testing whether the file is in use.
            std::thread::sleep(std::time::Duration::from_micros(200));
            continue;
        }
        let mapped = Mapped::of(&file)?;
        return Ok(Placed { mapped, path, identity, file: brief.then_some(file), brief });
    }
    Err(io::Error::other("other processes locked or removed the timestamp file on every attempt"))
}

/// Creates the file under a temporary name, writes its whole content, and links the file to its final name, so that no process sees an
/// incomplete file.
fn make(folder: &Path, path: &Path, used_ms: u64) -> io::Result<()> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let draft = folder.join(format!(".eko-eps-{:016x}", u64::from_ne_bytes(random)));
    let made = create(&draft).and_then(|file| {
        Mapped::write(&ClockPage::new(used_ms), &file)?;
        match std::fs::hard_link(&draft, path) {
            // Another process has created the file first.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    });
    let removed = std::fs::remove_file(&draft);
    made.and(removed)
}

/// Runs [`sweep`] once per process, so that files of ended processes do not stay forever.
fn sweep_once(folder: &Path) {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| sweep(folder));
}

/// Removes files that no process uses: files of servers on this machine, and files of keys for which no timestamp was used for an hour.
pub(super) fn sweep(folder: &Path) {
    let (own, local) = (file_name("", false), file_name("", true));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten().take(SWEPT) {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(&own) {
            continue;
        }
        let Ok(file) = open(&entry.path()) else { continue };
        if check(&file).is_ok() && is_last(&file) && (name.starts_with(&local) || is_idle(&file)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn is_idle(file: &File) -> bool {
    Mapped::of(file).is_ok_and(|mapped| mapped.page().last().abs_diff(now_ms()) > IDLE_MS)
}

impl Placed {
    /// Locks the file until [`let_go`](Placed::let_go) is called or this value is dropped.
    pub(super) fn hold(&mut self) {
        if self.file.is_none() {
            self.file =
                open(&self.path).ok().filter(|file| check(file).is_ok_and(|identity| identity == self.identity));
            self.file.as_ref().map(lease);
        }
    }

    /// Releases the lock, unless the file belongs to a local server (`brief`). Returns true if no other process has locked the file.
    pub(super) fn let_go(&mut self) -> bool {
        let last = self.file.as_ref().is_some_and(is_last);
        // The call of `is_last` did not keep the shared lock, so the file of a local server is locked again.
        match self.file.take() {
            Some(file) if self.brief => {
                lease(&file);
                self.file = Some(file);
            }
            Some(file) => unlock(&file),
            None => {}
        }
        last
    }
}

#[cfg(all(test, unix))]
impl Placed {
    pub(super) fn copied(&self) -> Option<File> {
        self.file.as_ref()?.try_clone().ok()
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        let Some(file) = &self.file else { return };
        // Removes the file if no other process uses it and no other file has replaced it at this path.
        if self.brief && is_last(file) && super::mapped::is_at(&self.identity, &self.path) {
            let _ = std::fs::remove_file(&self.path);
        }
        // Unlocks explicitly, because a child process that was just forked still has the file open, which would keep the lock.
        unlock(file);
    }
}

#[cfg(unix)]
mod system {
    use super::{File, LAYOUT, PageFileId, io};
    use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat};
    use std::path::Path;

    /// Returns the file name. The name contains the user id, so that two users with the same key have different files.
    pub(super) fn file_name(name: &str, brief: bool) -> String {
        let user = rustix::process::getuid().as_raw();
        format!("eko-eps-stamps{LAYOUT}-{user}-{}{name}", if brief { "local-" } else { "" })
    }

    pub(super) fn open(path: &Path) -> io::Result<File> {
        Ok(rustix::fs::open(path, OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())?
            .into())
    }

    pub(super) fn create(path: &Path) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Checks that the file is a regular file of this user and that no other user may open it.
    pub(super) fn check(file: &File) -> io::Result<PageFileId> {
        let stat = fstat(file)?;
        let regular = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file();
        if !regular || stat.st_uid != rustix::process::getuid().as_raw() || stat.st_mode & 0o077 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the timestamp file must be a regular file of this user that no other user can open (mode 600)",
            ));
        }
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the field types depend on the system")]
        Ok((stat.st_dev as u64, stat.st_ino as u64))
    }

    /// Takes a shared lock. Returns false if another process has an exclusive lock. Returns true if the file system does not support locks.
    pub(super) fn lease(file: &File) -> bool {
        flock(file, FlockOperation::NonBlockingLockShared) != Err(rustix::io::Errno::WOULDBLOCK)
    }

    pub(super) fn is_last(file: &File) -> bool {
        flock(file, FlockOperation::NonBlockingLockExclusive).is_ok()
    }

    pub(super) fn unlock(file: &File) {
        let _ = flock(file, FlockOperation::Unlock);
    }
}

#[cfg(not(unix))]
mod system {
    use super::{File, LAYOUT, PageFileId, io};
    use std::path::Path;

    /// Returns the file name. The name needs no user id, because the temporary folder belongs to the user.
    pub(super) fn file_name(name: &str, brief: bool) -> String {
        format!("eko-eps-stamps{LAYOUT}-{}{name}", if brief { "local-" } else { "" })
    }

    pub(super) fn open(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).open(path)
    }

    pub(super) fn create(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).open(path)
    }

    pub(super) fn check(_: &File) -> io::Result<PageFileId> {
        Ok((0, 0))
    }

    pub(super) fn lease(_: &File) -> bool {
        true
    }

    pub(super) fn is_last(_: &File) -> bool {
        false
    }

    pub(super) fn unlock(_: &File) {}
}

use system::{check, create, file_name, is_last, lease, open, unlock};
