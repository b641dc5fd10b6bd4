//! How a journal's file is to be opened, and what is told meanwhile.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// How a journal's file is to be opened.
#[derive(Clone)]
pub struct FileOptions {
    /// Where it is. Its `-wal`, `-shm` and `-mark` files lie beside it and belong to it.
    pub path: PathBuf,
    /// Whether one is made where nothing is.
    pub create: bool,
    /// Whether real money depends on it: then its place must be one that outlives the machine's next start, and a copy is no journal.
    pub production: bool,
    /// The risk by name: a file system that forgets, or whose locks do not hold, is used all the same.
    pub accept_volatile: bool,
    /// Hears what must be known and stops nothing. Called on the journal's threads.
    pub tell: Arc<dyn Fn(FileNotice) + Send + Sync>,
}

impl FileOptions {
    /// A file that is made if need be, outside production, with nobody listening.
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

/// What is told of a journal's file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileNotice {
    /// A new journal was made: it knows of no debit.
    Created,
    /// It lies in a container's own layer, which is gone with the container.
    OverlayFs,
    /// The mark beside the journal could not be written, for this reason. Until it can, a loss of commits may not be seen.
    MarkNotWritten(String),
}
