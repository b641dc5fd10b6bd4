//! Threads that only read, each over a connection of its own: a listing of any length keeps no debit waiting.

use super::super::store::StoreError;
use super::file::JournalFile;
use super::open::{OpenedConnection, open_reader};
use super::place::JournalPaths;
use rusqlite::Connection;
use std::sync::mpsc::{Receiver, Sender};

/// Reads, or is told why it cannot.
pub(super) type Look = Box<dyn FnOnce(Result<(&Connection, &JournalPaths), StoreError>) + Send>;

/// Until the store is dropped. `open` is dropped after the connection, which is what the writer waits for.
pub(super) fn work(shared: &JournalFile, looks: &Receiver<Look>, open: Sender<()>) {
    let mut opened: Option<OpenedConnection> = None;
    while let Ok(look) = looks.recv() {
        let ready = shared.ready().and_then(|place| {
            if opened.is_none() {
                opened = Some(shared.heed(open_reader(&shared.options))?);
                // It may have been replaced in this moment.
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
