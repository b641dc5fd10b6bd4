//! The one thread of a process that talks to the network, for any number of JavaScript environments.

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

/// Starts a task on the engine. The future is created on the engine's thread and stays there: it is large, and each move would copy it.
type EngineTask = Box<dyn FnOnce() + Send>;

/// Jobs taken from the queue at once.
const BATCH: usize = 64;

/// Number of task polls before sockets and timers are checked again, if there is always another task to poll. 512 polls take some
/// milliseconds. With tokio's default of 61, a burst of hundreds of calls is cut into slices, and each slice starts with cold caches.
const TURNS: u32 = 512;

/// Queue of the engine. The first call starts the engine, which then runs until the process ends. `None`: it could not be started.
static ENGINE: OnceLock<Option<UnboundedSender<EngineTask>>> = OnceLock::new();

fn start() -> Option<UnboundedSender<EngineTask>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().event_interval(TURNS).build().ok()?;
    let (sender, mut jobs) = unbounded_channel::<EngineTask>();
    let work = move || {
        runtime.block_on(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while jobs.recv_many(&mut batch, BATCH).await > 0 {
                // A panic ends this job only; the thread has other jobs to run.
                batch.drain(..).for_each(|job| drop(catch_unwind(AssertUnwindSafe(job))));
            }
        });
    };
    thread::Builder::new().name("eko-eps".into()).spawn(work).ok()?;
    Some(sender)
}

/// Receives the result of a job.
pub(super) trait Deliver: Send + 'static {
    fn deliver(self, said: CallResult);
}

/// Reply to a job. It is delivered exactly once, even if the job panics or is never run.
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

/// Runs the job that `make` creates on the engine, and delivers its reply on the engine's thread. `started` gets the handle that aborts the
/// job.
pub(super) fn run<D, M, J, T>(reply: CallReply<D>, make: M, started: impl FnOnce(AbortHandle) + Send + 'static)
where
    D: Deliver,
    M: FnOnce() -> J + Send + 'static,
    J: Future<Output = Result<T, Error>> + Send + 'static,
    T: Into<CallResult>,
{
    let Some(engine) = ENGINE.get_or_init(start) else {
        let message = "eko-eps could not start its thread: this process may not create threads or files any more";
        return reply.send(Err(Error::new(Code::Internal, message)));
    };
    // If the job cannot be handed over, it is dropped together with its reply. Dropping the reply answers the call.
    let _ = engine.send(Box::new(move || {
        let task = tokio::spawn(async move { reply.send(make().await.map(Into::into)) });
        started(task.abort_handle());
    }));
}

/// Runs `work` on the engine. Its end is not reported.
pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    if let Some(engine) = ENGINE.get_or_init(start) {
        // The send cannot fail: the engine runs until the process ends.
        let _ = engine.send(Box::new(move || drop(tokio::spawn(work))));
    }
}

/// Returns the output of `work`, or `None` if it panics. Used for one round of a loop that must go on.
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

    #[test]
    fn a_panic_on_the_engine_itself_is_the_end_of_one_job() {
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
    fn a_function_that_panics_before_its_job_is_answered_too() {
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
    async fn one_round_of_many_may_panic() {
        assert_eq!(contained(async { 7 }).await, Some(7));
        let panics = async {
            tokio::task::yield_now().await;
            panic!("a fault of ours")
        };
        assert_eq!(contained::<()>(panics).await, None);
    }
}
