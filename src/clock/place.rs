//! Where the page of a developer key lies, and how it is made: owner-only, named by a digest, no link followed.

use super::mapped::{FileIdentity, Mapped};
use super::now_ms;
use super::page::{ClockPage, LAYOUT};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Names the folder, where no option does.
pub(super) const FOLDER_VARIABLE: &str = "EKO_STAMP_FOLDER";

/// Attempts to find or make a file that others make and remove meanwhile: on a busy machine one of them may stand still in between.
const ATTEMPTS: u32 = 500;

/// Files of a folder that are looked at for being left.
const SWEPT: usize = 4_096;

/// Of a page that was not used for so long nothing is left to remember.
const IDLE_MS: u64 = 3_600_000;

/// One page, mapped.
pub(super) struct Placed {
    pub(super) mapped: Mapped,
    pub(super) path: PathBuf,
    pub(super) identity: FileIdentity,
    /// Locked as long as it is open, so that the last user is known: of a server on this machine, and of whoever leases lanes. Other
    /// pages stay mapped without a descriptor, so that a program may have thousands of keys.
    file: Option<File>,
    /// Of a server on this machine: the last user removes it.
    brief: bool,
}

/// The folders in which it may lie, the best first.
fn folders(named: Option<&Path>) -> Vec<PathBuf> {
    let set = || std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    if let Some(folder) = named.map(Path::to_owned).or_else(set) {
        // It stays where it is when the process goes to another folder.
        return vec![std::path::absolute(&folder).unwrap_or(folder)];
    }
    let memory = cfg!(target_os = "linux").then(|| PathBuf::from("/dev/shm"));
    memory.into_iter().chain([std::env::temp_dir()]).collect()
}

/// The page of this name, found or made, with nothing free up to `used_ms`. `brief`: of a server on this machine, it goes with its last user.
///
/// # Errors
/// Why no folder can be used, in words.
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
        // The mapping would keep a lock on this very file for good. Without one it may be swept away, which is seen within a second.
        if brief && !lease(&file) || !super::mapped::is_at(&identity, &path) {
            // Somebody is removing it, or asks whether he is its last user.
            std::thread::sleep(std::time::Duration::from_micros(200));
            continue;
        }
        let mapped = Mapped::of(&file)?;
        return Ok(Placed { mapped, path, identity, file: brief.then_some(file), brief });
    }
    Err(io::Error::other("others make and remove it all the time"))
}

/// Made whole under another name, and then given its own: nobody sees half of it.
fn make(folder: &Path, path: &Path, used_ms: u64) -> io::Result<()> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let draft = folder.join(format!(".eko-eps-{:016x}", u64::from_ne_bytes(random)));
    let made = create(&draft).and_then(|file| {
        Mapped::write(&ClockPage::new(used_ms), &file)?;
        match std::fs::hard_link(&draft, path) {
            // Another process was first.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    });
    let removed = std::fs::remove_file(&draft);
    made.and(removed)
}

/// Once per process, where it makes a file: others are not left for ever.
fn sweep_once(folder: &Path) {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| sweep(folder));
}

/// Removes what nobody uses: of servers on this machine, whose processes had no time to do so, and of keys of which nothing was used for
/// an hour.
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
    /// Keeps the lock until it is dropped.
    pub(super) fn hold(&mut self) {
        if self.file.is_none() {
            self.file =
                open(&self.path).ok().filter(|file| check(file).is_ok_and(|identity| identity == self.identity));
            self.file.as_ref().map(lease);
        }
    }

    /// Gives the lock up; whether no other process had it.
    pub(super) fn let_go(&mut self) -> bool {
        let last = self.file.as_ref().is_some_and(is_last);
        // Asking has given up the lock that is shared.
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
        // Nobody else has it; and what others have made in its place is not ours to remove.
        if self.brief && is_last(file) && super::mapped::is_at(&self.identity, &self.path) {
            let _ = std::fs::remove_file(&self.path);
        }
        // A child that was forked a moment ago has the file too, until it runs its own program.
        unlock(file);
    }
}

#[cfg(unix)]
mod system {
    use super::{File, FileIdentity, LAYOUT, io};
    use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat};
    use std::path::Path;

    /// With the user's number: another user's file of the same key is another file.
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

    /// A file, of this user, which no other user may open.
    pub(super) fn check(file: &File) -> io::Result<FileIdentity> {
        let stat = fstat(file)?;
        let regular = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file();
        if !regular || stat.st_uid != rustix::process::getuid().as_raw() || stat.st_mode & 0o077 != 0 {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file there is not this user's alone"));
        }
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "other systems have other types")]
        Ok((stat.st_dev as u64, stat.st_ino as u64))
    }

    /// Whether nobody has it alone. Where there are no locks nobody does.
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
    use super::{File, FileIdentity, LAYOUT, io};
    use std::path::Path;

    /// The temporary folder is the user's own.
    pub(super) fn file_name(name: &str, brief: bool) -> String {
        format!("eko-eps-stamps{LAYOUT}-{}{name}", if brief { "local-" } else { "" })
    }

    pub(super) fn open(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).open(path)
    }

    pub(super) fn create(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).open(path)
    }

    pub(super) fn check(_: &File) -> io::Result<FileIdentity> {
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
