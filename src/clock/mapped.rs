//! A page that all processes of the machine have mapped: one file per developer key.
#![allow(unsafe_code, reason = "the one place where memory is shared with other processes")]

use super::page::{ClockPage, MAGIC};
use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// A page of memory, so that no other file's bytes are mapped beside it.
const SIZE: usize = 4096;

const _: () = assert!(size_of::<ClockPage>() <= SIZE);

/// Mapped until it is dropped.
pub(super) struct Mapped(MmapRaw);

impl Mapped {
    /// The page in this file.
    ///
    /// # Errors
    /// Where it is no such page, or cannot be mapped.
    pub(super) fn of(mut file: &File) -> io::Result<Self> {
        let mut first = [0; 8];
        let whole = file.metadata()?.len() == SIZE as u64;
        if !whole || file.read_exact(&mut first).is_err() || u64::from_ne_bytes(first) != MAGIC {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no file of timestamps"));
        }
        MmapOptions::new().len(SIZE).map_raw(file).map(Self)
    }

    /// Writes a page into a new file, with all of its bytes: what is mapped later has its place on the disk.
    pub(super) fn write(page: &ClockPage, mut file: &File) -> io::Result<()> {
        let mut bytes: Vec<u8> = page.numbers().into_iter().flat_map(u64::to_ne_bytes).collect();
        bytes.resize(SIZE, 0);
        file.write_all(&bytes)
    }

    pub(super) fn page(&self) -> &ClockPage {
        // The mapping is SIZE bytes long, begins at a page of memory, and lives as long as `self`. A `ClockPage` is atomic 64-bit numbers and
        // nothing else: every content is one, and other processes may write it at any time. The file belongs to this user alone, and no
        // version of this library makes it shorter.
        unsafe { &*self.0.as_ptr().cast::<ClockPage>() }
    }
}

/// Whether the file at this path is still this one.
pub(super) fn is_at(file: &FileIdentity, path: &Path) -> bool {
    identity(path).is_some_and(|now| now == *file)
}

/// Which file it is, on which device.
pub(super) type FileIdentity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere a mapped file cannot be removed.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<FileIdentity> {
    path.exists().then_some((0, 0))
}
