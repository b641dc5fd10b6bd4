//! Options for opening a journal's file, and the notices about it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Options for opening a journal's file.
#[derive(Clone)]
pub struct FileOptions {
    /// Path of the file. Its `-wal`, `-shm` and `-mark` files lie beside it and belong to it.
    pub path: PathBuf,
    /// True if a file is made where there is none.
    pub create: bool,
    /// True if real money depends on the journal. Its place must then outlive the machine's next start, and a copy is no journal.
    pub production: bool,
    /// True if the risk is accepted by name: a file system that loses its content, or whose locks do not hold, is used nevertheless.
    pub accept_volatile: bool,
    /// Receives notices about events that stop no operation. It is called on the journal's threads.
    pub tell: Arc<dyn Fn(FileNotice) + Send + Sync>,
}

impl FileOptions {
    /// Creates the options of a file that is made if needed, outside production, with no receiver of notices.
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

/// Notice about a journal's file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileNotice {
    /// A new journal was made. It knows of no debit.
    Created,
    /// The journal lies in a container's own layer, which is gone with the container.
    OverlayFs,
    /// The mark beside the journal could not be written. Holds the reason. Until the mark can be written, a loss of commits may not be
    /// seen.
    MarkNotWritten(String),
}
