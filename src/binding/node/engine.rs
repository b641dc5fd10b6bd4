//! Engine: the thread that does all network I/O of the process. All JavaScript environments of the process (main thread and workers) share
//! the engine.

use super::text::{CallResult, internal, refusal};
use crate::error::{Code, Error};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::OnceLock;
use std::task::Poll;
use std::thread;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

/// Job in the queue of the engine (the network thread). The job creates its future on that thread, because moving the large future to the
/// thread would copy it.
type EngineTask = Box<dyn FnOnce() + Send>;

/// Maximum number of jobs that are taken from the queue at once.
const BATCH: usize = 64;

/// Number of task polls between two checks of sockets and timers. 512 polls take a few milliseconds. Tokio's default of 61 would split a
/// burst of hundreds of calls into slices that each start with cold CPU caches.
const TURNS: u32 = 512;

/// Sender of the job queue of the engine (the network thread). The first use starts the engine, which then runs until the process ends.
/// `None` if the engine could not be started.
static ENGINE: OnceLock<Option<UnboundedSender<EngineTask>>> = OnceLock::new();

fn start() -> Option<UnboundedSender<EngineTask>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().event_interval(TURNS).build().ok()?;
    let (sender, mut jobs) = unbounded_channel::<EngineTask>();
    let work = move || {
        runtime.block_on(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while jobs.recv_many(&mut batch, BATCH).await > 0 {
                // Catches a panic of a job, so that the thread can run the next jobs.
                batch.drain(..).for_each(|job| drop(catch_unwind(AssertUnwindSafe(job))));
            }
        });
    };
    thread::Builder::new().name("eko-eps".into()).spawn(work).ok()?;
    Some(sender)
}

/// Code that receives the result of one job.
pub(super) trait Deliver: Send + 'static {
    fn deliver(self, said: CallResult);
}

/// Sender of the result of one job. It delivers exactly one result, which is an error if the job panics or never runs.
pub(super) struct CallReply<D: Deliver>(Option<D>);

impl<D: Deliver> CallReply<D> {
    pub(super) fn new(to: D) -> Self {
        Self(Some(to))
    }

    pub(super) fn send(mut self, answer: Result<CallResult, Error>) {
        if let Some(to) = self.0.take() {
            to.deliver(answer.unwrap_or_else(|error| refusal(&error).into()));
        }
    }
}

impl<D: Deliver> Drop for CallReply<D> {
    fn drop(&mut self) {
        if let Some(to) = self.0.take() {
            to.deliver(refusal(&internal()).into());
        }
    }
}

/// Calls `make` on the engine (the network thread), runs the future that `make` returns, and delivers the future's result on that thread.
/// `started` receives the handle that can abort the future.
pub(super) fn run<D, M, J, T>(reply: CallReply<D>, make: M, started: impl FnOnce(AbortHandle) + Send + 'static)
where
    D: Deliver,
    M: FnOnce() -> J + Send + 'static,
    J: Future<Output = Result<T, Error>> + Send + 'static,
    T: Into<CallResult>,
{
    let Some(engine) = ENGINE.get_or_init(start) else {
        let message =
            "eko-eps could not start its background thread: raise the process's limits of threads and open files";
        return reply.send(Err(Error::new(Code::Internal, message)));
    };
    // A job that cannot be queued is dropped together with `reply`, which then delivers an error to the caller.
    let _ = engine.send(Box::new(move || {
        let task = tokio::spawn(async move { reply.send(make().await.map(Into::into)) });
        started(task.abort_handle());
    }));
}

/// Starts `work` on the engine (the network thread) and does not wait for its end.
pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    if let Some(engine) = ENGINE.get_or_init(start) {
        // The send cannot fail, because the engine (the network thread) runs until the process ends.
        let _ = engine.send(Box::new(move || drop(tokio::spawn(work))));
    }
}

/// Returns the output of `work`, or `None` if `work` panics. A background loop runs each iteration through this function, so that a panic
/// does not end the loop.
pub(super) async fn contained<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    struct Recorder(Sender<String>);

    impl Deliver for Recorder {
        fn deliver(self, said: CallResult) {
            drop(self.0.send(said.text));
        }
    }

    fn answer<J>(job: J) -> Receiver<String>
    where
        J: Future<Output = Result<String, Error>> + Send + 'static,
    {
        let (told, answers) = channel();
        run(CallReply::new(Recorder(told)), || job, drop);
        answers
    }

    #[test]
    fn a_panic_fails_only_its_own_call() {
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
        assert!(late.recv_timeout(patience).is_err(), "a call must have only one result");
    }

    #[test]
    fn a_panic_on_the_engine_ends_only_one_job() {
        let patience = Duration::from_secs(30);
        let (told, answers) = channel();
        let job = || async { Ok("answered".to_owned()) };
        run(CallReply::new(Recorder(told)), job, |_| panic!("a fault of ours"));
        assert_eq!(answers.recv_timeout(patience).unwrap(), "answered");
        let (told, answers) = channel();
        let make = || -> std::future::Ready<Result<String, Error>> { panic!("a fault of ours") };
        run(CallReply::new(Recorder(told)), make, drop);
        assert!(answers.recv_timeout(patience).unwrap().contains(r#""code":"internal""#));
        let served = answer(async { Ok("served".to_owned()) });
        assert_eq!(served.recv_timeout(patience).unwrap(), "served");
    }

    #[test]
    fn a_panic_before_the_job_starts_is_answered_with_an_error() {
        let (told, answers) = channel();
        let reply = CallReply::new(Recorder(told));
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _reply = reply;
            panic!("a fault of ours")
        }));
        assert!(panicked.is_err());
        assert!(answers.try_recv().unwrap().contains(r#""code":"internal""#));
    }

    #[tokio::test]
    async fn a_panicking_task_is_contained() {
        assert_eq!(contained(async { 7 }).await, Some(7));
        let panics = async {
            tokio::task::yield_now().await;
            panic!("a fault of ours")
        };
        assert_eq!(contained::<()>(panics).await, None);
    }
}
