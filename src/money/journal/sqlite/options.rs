//! Options for opening a journal's file, and notices about the file.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Options for opening a journal's file.
#[derive(Clone)]
pub struct FileOptions {
    /// Path of the journal file. The files with the suffixes `-wal`, `-shm` and `-mark` beside it belong to it.
    pub path: PathBuf,
    /// True if the file may be created when it does not exist.
    pub create: bool,
    /// True if the journal records debits of real money. The file system must then survive a restart of the machine, and a copied journal
    /// file is refused.
    pub production: bool,
    /// True if the user has accepted the risk by its name. The journal may then lie on a file system that loses its content or whose locks
    /// do not work.
    pub accept_volatile: bool,
    /// Callback for notices about events that do not stop an operation. The journal's threads call it.
    pub tell: Arc<dyn Fn(FileNotice) + Send + Sync>,
}

impl FileOptions {
    /// Creates the options for a journal file outside production. The file is created if needed, and notices are discarded.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), create: true, production: false, accept_volatile: false, tell: Arc::new(|_| ()) }
    }
}

impl fmt::Debug for FileOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, create, production, accept_volatile, tell: _ } = self;
        f.debug_struct("FileOptions")
            .field("path", path)
            .field("create", create)
            .field("production", production)
            .field("accept_volatile", accept_volatile)
            .finish_non_exhaustive()
    }
}

/// Notice about a journal file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileNotice {
    /// A new journal was created. It contains no earlier debits.
    Created,
    /// The journal lies in the writable layer of a container, which is lost with the container.
    OverlayFs,
    /// The mark, a file beside the journal that counts commits, could not be written. Holds the reason. A loss of commits may go unnoticed.
    MarkNotWritten(String),
}
