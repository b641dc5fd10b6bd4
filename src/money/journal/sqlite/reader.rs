//! Reader threads. Each thread has a separate connection, so that a long listing does not delay a debit.

use super::super::store::StoreError;
use super::file::JournalFile;
use super::open::{OpenedConnection, open_reader};
use super::place::JournalPaths;
use rusqlite::Connection;
use std::sync::mpsc::{Receiver, Sender};

/// Job of a reader thread. The job receives the connection and the paths, or the error that prevented the connection.
pub(super) type Look = Box<dyn FnOnce(Result<(&Connection, &JournalPaths), StoreError>) + Send>;

/// Runs reads until the store is dropped. The writer thread waits until all readers have closed their connections, so `open` (which tells
/// the writer) is dropped after the connection.
pub(super) fn work(shared: &JournalFile, looks: &Receiver<Look>, open: Sender<()>) {
    let mut opened: Option<OpenedConnection> = None;
    while let Ok(look) = looks.recv() {
        let ready = shared.ready().and_then(|place| {
            if opened.is_none() {
                opened = Some(shared.heed(open_reader(&shared.options))?);
                // The file may have been replaced while the connection was opened.
                shared.heed(place.check())?;
            }
            let gone = || {
                StoreError::unavailable(
                    "the connection to the journal file was closed: close the client and create a new one",
                )
            };
            opened.as_ref().map(|opened| (&opened.connection, place)).ok_or_else(gone)
        });
        look(ready);
    }
    drop(opened);
    drop(open);
}
