//! Page of used timestamps in a file that all processes of the machine map into memory. There is one file for each developer key.
#![allow(unsafe_code, reason = "the one place where memory is shared with other processes")]

use super::page::{ClockPage, MAGIC};
use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Size of the file in bytes. It is one memory page, so that the mapping contains only bytes of this file.
const SIZE: usize = 4096;

const _: () = assert!(size_of::<ClockPage>() <= SIZE);

/// Mapped file with a page. The mapping ends when this value is dropped.
pub(super) struct Mapped(MmapRaw);

impl Mapped {
    /// Maps the page in this file.
    ///
    /// # Errors
    /// Fails if the file does not contain a page of this layout, or if it cannot be mapped.
    pub(super) fn of(mut file: &File) -> io::Result<Self> {
        let mut first = [0; 8];
        let whole = file.metadata()?.len() == SIZE as u64;
        if !whole || file.read_exact(&mut first).is_err() || u64::from_ne_bytes(first) != MAGIC {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no file of timestamps"));
        }
        MmapOptions::new().len(SIZE).map_raw(file).map(Self)
    }

    /// Writes all bytes of a page to a new file. This reserves the disk space before the file is mapped.
    pub(super) fn write(page: &ClockPage, mut file: &File) -> io::Result<()> {
        let mut bytes: Vec<u8> = page.numbers().into_iter().flat_map(u64::to_ne_bytes).collect();
        bytes.resize(SIZE, 0);
        file.write_all(&bytes)
    }

    pub(super) fn page(&self) -> &ClockPage {
        // The mapping is SIZE bytes long, begins at a memory page, and exists as long as `self`. A `ClockPage` consists of atomic 64-bit
        // numbers only. So every content is valid, and other processes may write it at any time. Only this user can open the file, and no
        // version of this library shortens it.
        unsafe { &*self.0.as_ptr().cast::<ClockPage>() }
    }
}

/// Returns true if the path still leads to the file with this id.
pub(super) fn is_at(file: &PageFileId, path: &Path) -> bool {
    identity(path).is_some_and(|now| now == *file)
}

/// Device and inode number of a file.
pub(super) type PageFileId = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<PageFileId> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Identifies a file by its existence only, because on these systems a mapped file cannot be removed.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PageFileId> {
    path.exists().then_some((0, 0))
}
