//! Check of the file system that a journal lies on, by means of Linux's table of mounts.

use super::super::store::StoreError;
use super::options::FileOptions;
use super::place::{SIDES, beside};
use std::path::Path;

/// Types of file systems that lose their content when the machine or the container restarts.
const FORGETS: [&str; 4] = ["tmpfs", "ramfs", "devtmpfs", "rootfs"];
/// Prefixes of the types of remote file systems, on which locks and shared memory do not work between machines, and a sync is not always
/// durable.
const REMOTE: [&str; 5] = ["nfs", "smb", "cifs", "fuse", "9p"];

/// Checks the file system of the journal file. Returns true if it is the writable layer of a container (overlayfs).
///
/// # Errors
/// In production, if the journal would not be safe on the file system.
pub(super) fn check(file: &Path, options: &FileOptions) -> Result<bool, StoreError> {
    // The check passes without the table of mounts, which only Linux has and some systems hide.
    let Ok(table) = std::fs::read("/proc/self/mountinfo") else { return Ok(false) };
    let names = [Some(file.to_owned())].into_iter().chain(SIDES.map(|side| Some(beside(file, side)))).flatten();
    if options.production && names.into_iter().any(|name| is_mount_point(&table, &bytes(&name))) {
        return Err(StoreError::unusable(
            "the journal file is mounted without the files that SQLite keeps beside it: mount the journal's folder instead",
        ));
    }
    let Some(kind) = kind_of(&table, &bytes(file)) else { return Ok(false) };
    match trouble(&kind) {
        Some(trouble) if options.production && !options.accept_volatile => Err(StoreError::unusable(format!(
            "the journal's path is on a file system of type {kind}, {trouble}: choose a path on a local disk, or accept the risk by its name"
        ))),
        Some(_) | None => Ok(kind == "overlay"),
    }
}

fn trouble(kind: &str) -> Option<&'static str> {
    if FORGETS.contains(&kind) {
        return Some("which loses its content at a restart");
    }
    let remote = REMOTE.iter().any(|beginning| kind.starts_with(beginning));
    remote.then_some("whose locks and syncs are less reliable than those of a local disk")
}

/// Returns a path as bytes, the form in which the table of mounts contains paths.
#[cfg(unix)]
fn bytes(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

#[cfg(not(unix))]
fn bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

/// Returns the type of the file system that contains `path`. The path must be absolute, without symbolic links.
fn kind_of(table: &[u8], path: &[u8]) -> Option<String> {
    // The file system with the longest mount point above the path counts. If several are mounted at this point, the last one hides the
    // others.
    let under = entries(table).filter(|(point, _)| lies_under(path, point));
    under.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind)
}

fn is_mount_point(table: &[u8], path: &[u8]) -> bool {
    entries(table).any(|(point, _)| point == path)
}

fn lies_under(path: &[u8], point: &[u8]) -> bool {
    point == b"/" || path.strip_prefix(point).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Parses the table of mounts into mount points and file system types. A line contains: id, parent, device, root, mount point, options, any
/// number of optional fields, `-`, type, source, options.
fn entries(table: &[u8]) -> impl Iterator<Item = (Vec<u8>, String)> {
    table.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut words = line.split(|byte| *byte == b' ');
        let point = plain(words.nth(4)?);
        words.find(|word| word == b"-")?;
        Some((point, String::from_utf8_lossy(words.next()?).into_owned()))
    })
}

/// Decodes the kernel's escapes: a backslash and three octal digits stand for a space, a tab, a line feed or a backslash.
fn plain(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            out.push(byte);
            rest = &after[3..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[u8] = b"22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        23 22 0:5 / /dev rw - devtmpfs none rw\n\
        24 23 0:20 / /dev/shm rw shared:3 master:4 - tmpfs shm rw,size=65536k\n\
        30 22 0:40 / /data rw - nfs4 host:/export rw\n\
        31 30 0:41 / /data rw - xfs /dev/vdb rw\n\
        32 22 0:42 / /with\\040blank\\134x rw - fuse.sshfs a@b:/ rw\n\
        33 22 254:0 /srv/j.sqlite /srv/journal.sqlite rw - ext4 /dev/vda rw\n\
        34 22 0:50 / /layer rw - overlay overlay rw\n\
        not a line\n";

    #[test]
    fn the_innermost_mount_determines_the_file_system() {
        let kind = |path: &str| kind_of(TABLE, path.as_bytes()).unwrap();
        assert_eq!(kind("/var/lib/journal"), "ext4");
        assert_eq!(kind("/dev/shm/journal"), "tmpfs");
        assert_eq!(kind("/dev/shmem/journal"), "devtmpfs");
        assert_eq!(kind("/data/deep/journal"), "xfs", "the later mount must hide the earlier mount");
        assert_eq!(kind("/database/journal"), "ext4");
        assert_eq!(kind("/with blank\\x/journal"), "fuse.sshfs");
        assert_eq!(kind("/layer/journal"), "overlay");
        assert_eq!(kind_of(b"", b"/journal"), None);
        assert!(is_mount_point(TABLE, b"/srv/journal.sqlite") && !is_mount_point(TABLE, b"/srv/journal"));
    }

    #[test]
    fn volatile_and_remote_file_systems_are_reported() {
        for kind in [
            "tmpfs",
            "ramfs",
            "devtmpfs",
            "nfs",
            "nfs4",
            "smb3",
            "smbfs",
            "cifs",
            "fuse",
            "fuse.sshfs",
            "fuseblk",
            "9p",
        ] {
            assert!(trouble(kind).is_some(), "{kind}");
        }
        for kind in ["ext4", "xfs", "btrfs", "zfs", "overlay", "virtiofs", "apfs"] {
            assert!(trouble(kind).is_none(), "{kind}");
        }
    }
}
