//! Reader threads. Each has its own connection, so that a long listing does not delay a debit.

use super::super::store::StoreError;
use super::file::JournalFile;
use super::open::{OpenedConnection, open_reader};
use super::place::JournalPaths;
use rusqlite::Connection;
use std::sync::mpsc::{Receiver, Sender};

/// Job of a reader thread. It receives the connection and the paths, or the error that explains why there is no connection.
pub(super) type Look = Box<dyn FnOnce(Result<(&Connection, &JournalPaths), StoreError>) + Send>;

/// Runs reads until the store is dropped. Drops `open` after the connection was closed, because the writer waits until all readers have
/// done so.
pub(super) fn work(shared: &JournalFile, looks: &Receiver<Look>, open: Sender<()>) {
    let mut opened: Option<OpenedConnection> = None;
    while let Ok(look) = looks.recv() {
        let ready = shared.ready().and_then(|place| {
            if opened.is_none() {
                opened = Some(shared.heed(open_reader(&shared.options))?);
                // The file may have been replaced while the connection was opened.
                shared.heed(place.check())?;
            }
            let gone = || StoreError::unavailable("the journal's connection is gone");
            opened.as_ref().map(|opened| (&opened.connection, place)).ok_or_else(gone)
        });
        look(ready);
    }
    drop(opened);
    drop(open);
}
