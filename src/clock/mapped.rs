//! Page of used timestamps in a file that all processes of this machine map into memory. Each developer key has a separate file.
#![allow(unsafe_code, reason = "this module maps a file into memory that other processes also write")]

use super::page::{ClockPage, MAGIC};
use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Size of the file in bytes. It is a whole memory page (on most systems), so the mapping contains only bytes of this file.
const SIZE: usize = 4096;

const _: () = assert!(size_of::<ClockPage>() <= SIZE);

/// Memory-mapped file with a page of used timestamps. The file is unmapped when this value is dropped.
pub(super) struct Mapped(MmapRaw);

impl Mapped {
    /// Maps the page of used timestamps in this file.
    ///
    /// # Errors
    /// Fails if the file has another layout or cannot be mapped.
    pub(super) fn of(mut file: &File) -> io::Result<Self> {
        let mut first = [0; 8];
        let whole = file.metadata()?.len() == SIZE as u64;
        if !whole || file.read_exact(&mut first).is_err() || u64::from_ne_bytes(first) != MAGIC {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the timestamp file does not have the expected format; remove the file",
            ));
        }
        MmapOptions::new().len(SIZE).map_raw(file).map(Self)
    }

    /// Writes a page of used timestamps to a new file. All bytes are written, which reserves the disk space before the file is mapped.
    pub(super) fn write(page: &ClockPage, mut file: &File) -> io::Result<()> {
        let mut bytes: Vec<u8> = page.numbers().into_iter().flat_map(u64::to_ne_bytes).collect();
        bytes.resize(SIZE, 0);
        file.write_all(&bytes)
    }

    pub(super) fn page(&self) -> &ClockPage {
        // The mapping is `SIZE` bytes long, begins at a memory page, and exists as long as `self`. A `ClockPage` contains only atomic 64-bit numbers,
        // so every content is valid and other processes may write at any time. Only this user can open the file, and no version of this library
        // shortens the file.
        unsafe { &*self.0.as_ptr().cast::<ClockPage>() }
    }
}

/// Returns true if the file at `path` is still the file with the identity `file`.
pub(super) fn is_at(file: &PageFileId, path: &Path) -> bool {
    identity(path).is_some_and(|now| now == *file)
}

/// Identity of a file: its device number and inode number.
pub(super) type PageFileId = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<PageFileId> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Identifies a file only by its existence, because a mapped file cannot be removed on systems other than Unix.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PageFileId> {
    path.exists().then_some((0, 0))
}
