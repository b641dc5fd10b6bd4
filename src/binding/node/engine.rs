//! The one thread of a process that talks to the network, whatever number of JavaScript environments use it.

use super::text::{Said, internal, refusal};
use crate::error::{Code, Error};
use std::future::Future;
use std::sync::OnceLock;
use std::thread;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

/// Starts a task on the engine. It is made there, where it will stay: a future is large, and each move would copy it.
type Job = Box<dyn FnOnce() + Send>;

/// Jobs taken at once.
const BATCH: usize = 64;

/// Turns of tasks before sockets and timers are looked at again, where there is always one more: some milliseconds. With tokio's own 61
/// a burst of hundreds of calls is cut into slices, and each slice finds the caches cold.
const TURNS: u32 = 512;

/// Started by the first call, then alive as long as the process. `None`: it could not be started.
static ENGINE: OnceLock<Option<UnboundedSender<Job>>> = OnceLock::new();

fn start() -> Option<UnboundedSender<Job>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().event_interval(TURNS).build().ok()?;
    let (sender, mut jobs) = unbounded_channel::<Job>();
    let work = move || {
        runtime.block_on(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while jobs.recv_many(&mut batch, BATCH).await > 0 {
                batch.drain(..).for_each(|job| job());
            }
        });
    };
    thread::Builder::new().name("eko-eps".into()).spawn(work).ok()?;
    Some(sender)
}

/// Who gets a result: called exactly once, even if the job panics or is never run.
pub(super) struct Reply<F: FnOnce(Said)>(Option<F>);

impl<F: FnOnce(Said)> Reply<F> {
    pub(super) fn new(deliver: F) -> Self {
        Self(Some(deliver))
    }

    pub(super) fn send(mut self, answer: Result<Said, Error>) {
        if let Some(deliver) = self.0.take() {
            deliver(answer.unwrap_or_else(|error| refusal(&error).into()));
        }
    }
}

impl<F: FnOnce(Said)> Drop for Reply<F> {
    fn drop(&mut self) {
        if let Some(deliver) = self.0.take() {
            deliver(refusal(&internal()).into());
        }
    }
}

/// Runs the job that `make` makes on the engine; its reply is delivered on the engine's thread. `started` gets what ends it early.
pub(super) fn run<F, M, J, T>(reply: Reply<F>, make: M, started: impl FnOnce(AbortHandle) + Send + 'static)
where
    F: FnOnce(Said) + Send + 'static,
    M: FnOnce() -> J + Send + 'static,
    J: Future<Output = Result<T, Error>> + Send + 'static,
    T: Into<Said>,
{
    let Some(engine) = ENGINE.get_or_init(start) else {
        let message = "eko-eps could not start its thread: this process may not create threads or files any more";
        return reply.send(Err(Error::new(Code::Internal, message)));
    };
    // A job that cannot be handed over is dropped, and its reply with it, which answers.
    let _ = engine.send(Box::new(move || {
        let task = tokio::spawn(async move { reply.send(make().await.map(Into::into)) });
        started(task.abort_handle());
    }));
}

/// Runs `work`, for whose end nobody waits.
pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    if let Some(engine) = ENGINE.get_or_init(start) {
        // The engine ends with the process only.
        let _ = engine.send(Box::new(move || drop(tokio::spawn(work))));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    fn answer<J>(job: J) -> Receiver<String>
    where
        J: Future<Output = Result<String, Error>> + Send + 'static,
    {
        let (told, answers) = channel();
        run(Reply::new(move |said: Said| drop(told.send(said.text))), || job, drop);
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
