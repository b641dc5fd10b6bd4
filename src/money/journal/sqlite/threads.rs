//! The three threads of a store, and the channels for jobs and their results.

use super::super::store::{Pending, StoreError};
use super::batch::{Need, Task, WriteJob};
use super::failure::failed;
use super::file::JournalFile;
use super::place::JournalPaths;
use super::reader::{self, Look};
use super::writer;
use rusqlite::{Connection, Transaction};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use tokio::sync::oneshot;

/// Channels to the threads of a store. When this value is dropped, the threads end.
pub(super) struct Threads {
    shared: Arc<JournalFile>,
    jobs: Sender<WriteJob>,
    /// Channel for reads that may take long.
    listings: Sender<Look>,
    /// Channel for reads that a debit waits for.
    looks: Sender<Look>,
}

impl Threads {
    pub(super) fn start(shared: JournalFile) -> Result<Self, StoreError> {
        let shared = Arc::new(shared);
        let (reading, readers) = channel();
        let (jobs, asked) = channel();
        let writing = shared.clone();
        thread("eko-eps-journal", move || writer::work(&writing, &asked, &readers))?;
        let reader = |name| {
            let (looks, asked) = channel();
            let (shared, reading) = (shared.clone(), reading.clone());
            thread(name, move || reader::work(&shared, &asked, reading)).map(|()| looks)
        };
        let (listings, looks) = (reader("eko-eps-list")?, reader("eko-eps-look")?);
        Ok(Self { shared, jobs, listings, looks })
    }

    pub(super) fn shared(&self) -> &JournalFile {
        &self.shared
    }

    /// Runs a job on the writer thread.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        need: Need,
        job: impl Fn(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Pending<'_, T> {
        let (reply, answer) = oneshot::channel();
        let task = Box::new(Submitted { shared: self.shared.clone(), job, result: Err(ended()), reply });
        let _ = self.jobs.send(WriteJob { need, task });
        wait(answer)
    }

    /// Runs a read on the reader thread for reads that a debit waits for.
    pub(super) fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&JournalFile, &Connection, &JournalPaths) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        self.ask(&self.looks, look)
    }

    /// Runs a read on the reader thread for reads that may take long.
    pub(super) fn list<T: Send + 'static>(
        &self,
        list: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Pending<'_, T> {
        self.ask(&self.listings, |_, connection, _| list(connection).map_err(failed))
    }

    fn ask<T: Send + 'static>(
        &self,
        reader: &Sender<Look>,
        look: impl FnOnce(&JournalFile, &Connection, &JournalPaths) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        let (reply, answer) = oneshot::channel();
        let shared = self.shared.clone();
        let _ = reader.send(Box::new(move |ready| {
            let result = ready.and_then(|(connection, place)| shared.heed(look(&shared, connection, place)));
            let _ = reply.send(result);
        }));
        wait(answer)
    }
}

/// Job of the writer thread, with its result and the channel for the result.
struct Submitted<T, J> {
    shared: Arc<JournalFile>,
    job: J,
    result: Result<T, StoreError>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, J: Fn(&Transaction<'_>) -> rusqlite::Result<T> + Send> Task for Submitted<T, J> {
    fn run(&mut self, transaction: Result<&Transaction<'_>, StoreError>) -> Option<StoreError> {
        self.result = transaction.and_then(|transaction| self.shared.heed((self.job)(transaction).map_err(failed)));
        self.result.as_ref().err().cloned()
    }

    fn done(self: Box<Self>, commit: Result<(), StoreError>) {
        // If the caller no longer waits, the result is dropped. The row stays written.
        drop(self.reply.send(commit.and(self.result)));
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let started = std::thread::Builder::new().name(name.into()).spawn(work);
    started.map(drop).map_err(|error| {
        StoreError::unavailable(format!("the operating system did not start a thread for the journal: {error}"))
    })
}

/// Waits for the result of a job. A thread that has ended drops the job and its channel, and the caller gets an error.
fn wait<'a, T: Send + 'static>(answer: oneshot::Receiver<Result<T, StoreError>>) -> Pending<'a, T> {
    Box::pin(async move { answer.await.unwrap_or_else(|_| Err(ended())) })
}

fn ended() -> StoreError {
    StoreError::unavailable("the journal is closed, because its thread has ended: create a new client")
}
