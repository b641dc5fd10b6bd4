//! The mark: a small file beside the journal that stores how many commits the journal must have.
//!
//! The mark is written after the commit that it counts, without a sync to the disk. After a power cut, an earlier mark may remain, which
//! never counts more commits than the journal has. A journal that has lost nothing is therefore never reported as incomplete.

use super::schema::Head;
use sha2::{Digest, Sha256};
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Content of a readable mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) id: String,
    pub(super) commits: u64,
    pub(super) inode: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum MarkState {
    Nothing,
    Damaged,
    Mark(Mark),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum MarkVerdict {
    Current,
    /// The mark must be rewritten with the journal's current number of commits and inode number.
    Raise,
    /// The mark must be created, because the journal is new or because a person has declared which commits were lost.
    Make,
    /// The journal has lost commits. Holds the reason.
    Behind(String),
}

impl Mark {
    /// Formats the mark as one line of fixed length, so that a new mark overwrites the old mark completely.
    fn text(&self) -> String {
        let Self { id, commits, inode } = self;
        let content = format!("eko-eps-mark 1 {id:>32} {commits:020} {inode:020}");
        let digest = Sha256::digest(&content);
        let check: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{content} {check}\n")
    }

    fn of_text(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let mut words = text.split_whitespace().skip(2);
        let (id, commits, inode) = (words.next()?.to_owned(), words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Self { id, commits, inode }).filter(|mark| mark.text() == text)
    }
}

/// # Errors
/// If the file exists but cannot be read.
pub(super) fn read(path: &Path) -> io::Result<MarkState> {
    match std::fs::read(path) {
        Ok(text) => Ok(Mark::of_text(&text).map_or(MarkState::Damaged, MarkState::Mark)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(MarkState::Nothing),
        Err(error) => Err(error),
    }
}

/// Overwrites the existing mark. The caller must hold the journal's write lock, so that no other process overwrites a newer count with an
/// older one.
pub(super) fn rewrite(path: &Path, mark: &Mark) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(mark.text().as_bytes())
}

/// Creates the mark, or overwrites a mark that cannot be read. The caller must hold the journal's write lock.
pub(super) fn make(path: &Path, mark: &Mark) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let text = mark.text();
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)?;
    // A new mark is synced to the disk, because the journal expects a mark from now on.
    file.sync_all()?;
    super::create::sync_folder(path)
}

/// Compares the mark with the journal, and returns what must be done. `head` holds the journal's own count of commits.
pub(super) fn judge(found: &MarkState, head: &Head, inode: u64, production: bool) -> MarkVerdict {
    let behind = |what: String| {
        MarkVerdict::Behind(format!(
            "the journal has lost commits, because an older copy was restored or a file beside it was removed: {what}. Find out which \
             debits were made since then, and call declareRestored()"
        ))
    };
    match found {
        _ if head.declared => MarkVerdict::Make,
        // This journal expects no mark yet. A mark that belongs to another journal or counts more commits shows that the first commits of
        // this journal were lost.
        MarkState::Mark(mark) if !head.marked && (mark.id != head.id || mark.commits > head.commits) => {
            behind(format!("its commit count is {}, but its mark counts {}", head.commits, mark.commits))
        }
        _ if !head.marked => MarkVerdict::Make,
        MarkState::Nothing => behind("its mark was removed".into()),
        MarkState::Damaged => behind("its mark is damaged".into()),
        MarkState::Mark(mark) if mark.id != head.id => behind("its mark belongs to another journal".into()),
        MarkState::Mark(mark) if mark.commits > head.commits => {
            behind(format!("its commit count is {}, but its mark counts {}", head.commits, mark.commits))
        }
        MarkState::Mark(mark) if mark.inode != inode && production => {
            behind("it is a copy of the original file".into())
        }
        MarkState::Mark(mark) if mark.commits < head.commits || mark.inode != inode => MarkVerdict::Raise,
        MarkState::Mark(_) => MarkVerdict::Current,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(commits: u64, inode: u64) -> Mark {
        Mark { id: "0123456789abcdef0123456789abcdef".into(), commits, inode }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_and_any_change_is_seen() {
        let text = mark(7, 9).text();
        assert_eq!(text.len(), mark(u64::MAX, u64::MAX).text().len());
        assert_eq!(Mark::of_text(text.as_bytes()), Some(mark(7, 9)));
        for index in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[index] ^= 1;
            assert_eq!(Mark::of_text(&changed), None, "byte {index}");
        }
        assert_eq!(Mark::of_text(b""), None);
    }

    #[test]
    fn only_a_journal_that_has_all_commits_is_current() {
        let head = |commits, marked| Head { id: mark(0, 0).id, commits, marked, declared: false, restored: None };
        let of = |found: Mark, head: Head| judge(&MarkState::Mark(found), &head, 9, true);
        assert_eq!(of(mark(7, 9), head(7, true)), MarkVerdict::Current);
        assert_eq!(of(mark(6, 9), head(7, true)), MarkVerdict::Raise);
        assert!(
            matches!(of(mark(8, 9), head(7, true)), MarkVerdict::Behind(why) if why.contains("is 7, but its mark counts 8"))
        );
        assert!(matches!(of(mark(7, 8), head(7, true)), MarkVerdict::Behind(why) if why.contains("copy")));
        assert_eq!(judge(&MarkState::Mark(mark(7, 8)), &head(7, true), 9, false), MarkVerdict::Raise);
        assert!(matches!(judge(&MarkState::Nothing, &head(7, true), 9, false), MarkVerdict::Behind(_)));
        assert!(matches!(judge(&MarkState::Damaged, &head(7, true), 9, false), MarkVerdict::Behind(_)));
        assert_eq!(of(mark(7, 9), head(7, false)), MarkVerdict::Make);
        assert!(
            matches!(of(mark(8, 9), head(7, false)), MarkVerdict::Behind(_)),
            "a higher mark must show that the first commits were lost"
        );
        assert_eq!(of(mark(8, 9), Head { declared: true, ..head(7, false) }), MarkVerdict::Make);
        assert!(matches!(of(Mark { id: "another".into(), ..mark(1, 9) }, head(7, true)), MarkVerdict::Behind(_)));
        let new = || Head { declared: false, ..head(0, false) };
        assert_eq!(of(mark(0, 9), new()), MarkVerdict::Make);
        assert_eq!(judge(&MarkState::Nothing, &new(), 9, true), MarkVerdict::Make);
        assert!(matches!(of(Mark { id: "another".into(), ..mark(0, 9) }, new()), MarkVerdict::Behind(_)));
    }
}
