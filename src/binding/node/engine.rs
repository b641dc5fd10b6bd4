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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    fn answer(job: impl Future<Output = Result<String, Error>> + Send + 'static) -> Receiver<String> {
        let (told, answers) = channel();
        run(Reply::new(move |text| drop(told.send(text))), job);
        answers
    }

    #[test]
    fn a_panic_of_one_call_is_its_own_refusal_and_the_next_call_is_served() {
        let patience = Duration::from_secs(30);
        let panics = answer(async { panic!("a fault of ours") });
        assert!(panics.recv_timeout(patience).unwrap().starts_with(r#"!{"#));
        let late = answer(async {
            tokio::task::yield_now().await;
            panic!("a fault of ours, later")
        });
        let refusal = late.recv_timeout(patience).unwrap();
        assert!(refusal.contains(r#""code":"internal""#) && !refusal.contains("a fault of ours"), "{refusal}");
        let served = answer(async { Ok("served".to_owned()) });
        assert_eq!(served.recv_timeout(patience).unwrap(), "served");
        assert!(late.recv_timeout(patience).is_err(), "one call has one answer");
    }
}
