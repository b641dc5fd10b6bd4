//! The one thread of a process that talks to the network, whatever number of JavaScript environments use it.

use super::text::{internal, refusal};
use crate::error::{Code, Error};
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::thread;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Started by the first call, then alive as long as the process. `None`: it could not be started.
static ENGINE: OnceLock<Option<UnboundedSender<Job>>> = OnceLock::new();

fn start() -> Option<UnboundedSender<Job>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let (sender, mut jobs) = unbounded_channel::<Job>();
    let work = move || {
        runtime.block_on(async move {
            while let Some(job) = jobs.recv().await {
                tokio::spawn(job);
            }
        });
    };
    thread::Builder::new().name("eko-eps".into()).spawn(work).ok()?;
    Some(sender)
}

/// Who gets a result: called exactly once, even if the job panics or is never run.
pub(super) struct Reply<F: FnOnce(String)>(Option<F>);

impl<F: FnOnce(String)> Reply<F> {
    pub(super) fn new(deliver: F) -> Self {
        Self(Some(deliver))
    }

    pub(super) fn send(mut self, answer: Result<String, Error>) {
        if let Some(deliver) = self.0.take() {
            deliver(answer.unwrap_or_else(|error| refusal(&error)));
        }
    }
}

impl<F: FnOnce(String)> Drop for Reply<F> {
    fn drop(&mut self) {
        if let Some(deliver) = self.0.take() {
            deliver(refusal(&internal()));
        }
    }
}

/// Runs `job` on the engine; its reply is delivered on the engine's thread.
pub(super) fn run<F, J>(reply: Reply<F>, job: J)
where
    F: FnOnce(String) + Send + 'static,
    J: Future<Output = Result<String, Error>> + Send + 'static,
{
    let Some(engine) = ENGINE.get_or_init(start) else {
        let message = "eko-eps could not start its thread: this process may not create threads or files any more";
        return reply.send(Err(Error::new(Code::Internal, message)));
    };
    // A job that cannot be handed over is dropped, and its reply with it, which answers.
    let _ = engine.send(Box::pin(async move {
        let answer = job.await;
        reply.send(answer);
    }));
}

/// Runs `work`, for whose end nobody waits.
pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    if let Some(engine) = ENGINE.get_or_init(start) {
        // The engine ends with the process only.
        let _ = engine.send(Box::pin(work));
    }
}
