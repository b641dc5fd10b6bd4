//! The receiver of one copy of the JavaScript side: its finished calls, its news, its wake-up, its aborts.
//!
//! An environment may load the JavaScript more than once over this one module: a test runner that resets its modules does, and a hot
//! reload, and two bundles. Each copy counts its calls itself, so nothing of one may ever reach another.

use super::engine::{self, CallReply, Deliver};
use super::guard;
use super::outbox::{Message, Outbox};
use super::text::{CallResult, Item};
use super::waker::Waker;
use crate::error::Error;
use crate::transport::Abort;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::AbortHandle;

/// Weak: by itself it does not keep the event loop alive.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// What the engine's thread may touch.
pub(super) struct EngineHandle {
    outbox: Mutex<Outbox>,
    /// Calls under way, to be dropped when the receiver ends.
    tasks: Mutex<HashMap<u32, AbortHandle>>,
    /// Questions to JavaScript that wait for its answer.
    questions: Mutex<Questions>,
    /// `None` after the receiver has ended: then nobody may call into its environment.
    wake: Mutex<Option<Wake>>,
    /// Tells the flusher, which runs once it has been started.
    flush: Notify,
    flushing: AtomicBool,
    /// Becomes true when the receiver ends: its environment does, or nobody has its copy of the JavaScript side any more.
    ended: watch::Sender<bool>,
}

/// Who waits for JavaScript's answers.
#[derive(Default)]
struct Questions {
    last: u32,
    waiting: HashMap<u32, oneshot::Sender<Answered>>,
}

/// What JavaScript answered: a value's JSON, or why there is none.
pub(super) type Answered = std::result::Result<String, String>;

/// What stays on the environment's own thread. JavaScript's functions hold it, and end it when the last of them is collected.
pub(super) struct EnvState {
    shared: Arc<EngineHandle>,
    waker: Rc<Waker>,
    pending: Cell<usize>,
    /// Whether the flusher is still to be started.
    flusher: Cell<bool>,
    aborts: RefCell<HashMap<u32, Abort>>,
}

/// Who waits for an answer: a refusal, if this is dropped.
pub(super) struct PendingCall {
    reply: CallReply<Delivery>,
    shared: Arc<EngineHandle>,
    id: u32,
}

struct Delivery {
    shared: Arc<EngineHandle>,
    id: u32,
}

impl Deliver for Delivery {
    fn deliver(self, said: CallResult) {
        lock(&self.shared.tasks).remove(&self.id);
        self.shared.deliver(Message { id: self.id, said, ends: true });
    }
}

impl PendingCall {
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Answers with what the job comes to that `make` makes on the engine.
    pub(super) fn run<M, J, T>(self, make: M)
    where
        M: FnOnce() -> J + Send + 'static,
        J: Future<Output = std::result::Result<T, Error>> + Send + 'static,
        T: Into<CallResult>,
    {
        let Self { reply, shared, id } = self;
        engine::run(reply, make, move |task| shared.started(id, task));
    }
}

impl EnvState {
    /// Takes the function that wakes this copy.
    pub(super) fn open(env: &Env, wake: &Function<'_, (), ()>) -> Result<Self> {
        let waker = Rc::new(Waker::new(env, wake)?);
        // Not `wake` itself: a threadsafe function would keep it, and with it the whole copy, for as long as the environment lives.
        let ring = Rc::clone(&waker);
        let ring = env.create_function_from_closure::<(), (), _>("wake", move |_| {
            guard::contained(|| ring.wake(), napi::Error::from_reason)
        })?;
        let shared = Arc::new(EngineHandle {
            outbox: Mutex::default(),
            tasks: Mutex::default(),
            questions: Mutex::default(),
            wake: Mutex::new(Some(ring.build_threadsafe_function::<()>().weak::<true>().build_callback(|_| Ok(()))?)),
            flush: Notify::new(),
            flushing: AtomicBool::new(false),
            ended: watch::Sender::new(false),
        });
        // Hooks run in reverse order: this one before the one that frees the threadsafe function. napi frees no hook that is taken back,
        // so it stays, and holds next to nothing.
        env.add_env_cleanup_hook(Arc::downgrade(&shared), |shared| {
            if let Some(shared) = shared.upgrade() {
                shared.end();
            }
        })?;
        Ok(Self { shared, waker, pending: Cell::new(0), flusher: Cell::new(true), aborts: RefCell::default() })
    }

    /// Who waits for an answer under `id`. The process stays alive until it is delivered.
    pub(super) fn caller(&self, env: &Env, id: u32) -> Result<PendingCall> {
        if self.pending.replace(self.pending.get() + 1) == 0 {
            self.hold(env, true)?;
        }
        let delivery = Delivery { shared: Arc::clone(&self.shared), id };
        let caller = PendingCall { reply: CallReply::new(delivery), shared: Arc::clone(&self.shared), id };
        if self.flusher.take() {
            engine::spawn(Arc::clone(&self.shared).flush());
        }
        Ok(caller)
    }

    /// What the engine's thread may touch of this door.
    pub(super) fn shared(&self) -> Arc<EngineHandle> {
        Arc::clone(&self.shared)
    }

    /// What is there since the last time: id, text, raw, id, text, raw, ...
    pub(super) fn drain(&self, env: &Env) -> Result<Vec<Item>> {
        let Outbox { messages, .. } = std::mem::take(&mut *lock(&self.shared.outbox));
        let ended = messages.iter().filter(|message| message.ends).count();
        let left = self.pending.get().saturating_sub(ended);
        self.pending.set(left);
        if left == 0 && ended > 0 {
            self.hold(env, false)?;
        }
        let mut aborts = self.aborts.borrow_mut();
        let mut flat = Vec::with_capacity(messages.len() * 3);
        for Message { id, said, ends } in messages {
            if ends && !aborts.is_empty() {
                aborts.remove(&id);
            }
            flat.extend([Item::Id(id), Item::Text(said.text), said.raw.map_or(Item::Nothing, Item::Text)]);
        }
        Ok(flat)
    }

    /// Whether pending calls keep the event loop, and who waits for them, alive.
    fn hold(&self, env: &Env, alive: bool) -> Result<()> {
        self.waker.hold(alive)?;
        self.shared.hold(env, alive)
    }

    /// Makes the call of that id, which follows, abortable.
    pub(super) fn register_abort(&self, id: u32) {
        self.aborts.borrow_mut().insert(id, Abort::new());
    }

    /// The switch of an armed call.
    pub(super) fn switch(&self, id: u32) -> Option<Abort> {
        self.aborts.borrow().get(&id).cloned()
    }

    /// Ends an armed call; unknown ids have finished already.
    pub(super) fn abort(&self, id: u32) {
        if let Some(abort) = self.aborts.borrow().get(&id) {
            abort.abort();
        }
    }
}

impl Drop for EnvState {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl EngineHandle {
    /// On the engine's thread: news for the listener of that id. It does not keep the process alive.
    pub(super) fn tell(&self, id: u32, text: String) {
        self.deliver(Message { id, said: text.into(), ends: false });
    }

    /// On the engine's thread: asks the listener of that id. It answers by [`EngineHandle::answer`], or never.
    pub(super) fn ask(&self, id: u32, text: impl FnOnce(u32) -> String) -> oneshot::Receiver<Answered> {
        let (reply, answer) = oneshot::channel();
        let question = {
            let mut questions = lock(&self.questions);
            // Those whose askers have given up.
            questions.waiting.retain(|_, reply| !reply.is_closed());
            questions.last = questions.last.wrapping_add(1);
            let question = questions.last;
            questions.waiting.insert(question, reply);
            question
        };
        self.tell(id, text(question));
        // A receiver that ended meanwhile answers nothing.
        if *self.ended.borrow() {
            lock(&self.questions).waiting.clear();
        }
        answer
    }

    /// JavaScript's answer to a question.
    pub(super) fn answer(&self, question: u32, answer: Answered) {
        if let Some(reply) = lock(&self.questions).waiting.remove(&question) {
            // Who no longer waits has no use for it.
            let _ = reply.send(answer);
        }
    }

    /// Becomes true when the receiver ends.
    pub(super) fn ended(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    /// On the engine's thread: a call was begun.
    fn started(&self, id: u32, task: AbortHandle) {
        // Under the lock, so that the end of the receiver either sees it or was seen here.
        let mut tasks = lock(&self.tasks);
        if *self.ended.borrow() {
            task.abort();
        } else {
            tasks.insert(id, task);
        }
    }

    /// Wakes JavaScript for what was said since the last time. Its turn on the engine comes after that of the calls whose answers
    /// arrived together, so that few wake-ups serve them all.
    async fn flush(self: Arc<Self>) {
        self.flushing.store(true, Ordering::Release);
        while !*self.ended.borrow() {
            self.flush.notified().await;
            let waits = lock(&self.outbox).wakes(true);
            if waits {
                self.wake();
            }
        }
    }

    fn wake(&self) {
        if let Some(wake) = &*lock(&self.wake) {
            wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Mostly on the engine's thread: keeps the message, and wakes JavaScript unless that is under way: at once where there is enough for it
    /// to do while the engine goes on, else when the answers that arrived together have been read.
    fn deliver(&self, message: Message) {
        let under_way = lock(&self.tasks).len();
        let flushing = self.flushing.load(Ordering::Acquire);
        let (first, wakes) = {
            let mut outbox = lock(&self.outbox);
            outbox.messages.push(message);
            let time = !flushing || outbox.is_enough(under_way);
            (outbox.messages.len() == 1, outbox.wakes(time))
        };
        if wakes {
            self.wake();
        } else if first {
            self.flush.notify_one();
        }
    }

    /// Whether pending calls keep the event loop alive.
    // napi offers nothing else that is safe: the alternative it names, clones, keeps the loop alive for ever.
    #[allow(deprecated)]
    fn hold(&self, env: &Env, alive: bool) -> Result<()> {
        match &mut *lock(&self.wake) {
            Some(wake) if alive => wake.refer(env),
            Some(wake) => wake.unref(env),
            None => Ok(()),
        }
    }

    /// The receiver ends: it is never woken again, and nobody waits for its calls.
    fn end(&self) {
        drop(lock(&self.wake).take());
        self.ended.send_replace(true);
        self.flush.notify_one();
        let tasks = std::mem::take(&mut *lock(&self.tasks));
        tasks.into_values().for_each(|task| task.abort());
        lock(&self.questions).waiting.clear();
    }
}

/// A panic elsewhere leaves these usable: every change to them is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
