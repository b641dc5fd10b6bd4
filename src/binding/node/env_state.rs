//! Receiver: the Rust counterpart of one loaded copy of this package's JavaScript code. The receiver holds the copy's pending messages
//! (results of calls, and events), its wake function and its abort tokens.
//!
//! One Node.js environment loads this native module once, but may load the JavaScript code several times, for example after a hot reload.
//! Each loaded copy numbers its calls independently, so a message for one copy must never reach another copy.

use super::engine::{self, CallReply, Deliver};
use super::guard;
use super::outbox::{Message, Outbox};
use super::text::{CallResult, Item};
use super::waker::Waker;
use crate::error::Error;
use crate::mutex::lock;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

/// Thread-safe function that wakes JavaScript. The function does not keep the event loop alive by itself.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// Part of a receiver (the counterpart of one loaded copy of the JavaScript code) that the engine (the network thread) can use.
pub(super) struct EngineHandle {
    outbox: Mutex<Outbox>,
    /// Pending calls by call id. They are aborted when this receiver ends, because JavaScript cannot get their results any more.
    tasks: Mutex<HashMap<u32, AbortHandle>>,
    /// Method calls to a JavaScript journal store that JavaScript has not answered yet.
    questions: Mutex<Questions>,
    /// Wake function. `None` after this receiver has ended, because the environment must not be called after that.
    wake: Mutex<Option<Wake>>,
    /// Signal that wakes the task [`EngineHandle::flush`].
    flush: Notify,
    flushing: AtomicBool,
    /// True after the receiver has ended, because its environment has ended or JavaScript has discarded its copy of the code.
    ended: watch::Sender<bool>,
}

/// Unanswered method calls to a JavaScript journal store, by number.
#[derive(Default)]
struct Questions {
    last: u32,
    waiting: HashMap<u32, oneshot::Sender<Answered>>,
}

/// Answer of a JavaScript journal store to a method call: a value as JSON, or the error message.
pub(super) type Answered = std::result::Result<String, String>;

/// Part of a receiver (the counterpart of one loaded copy of the JavaScript code) that stays on the environment's thread. JavaScript
/// functions own it, and the receiver ends when the last of these functions is garbage-collected.
pub(super) struct EnvState {
    shared: Arc<EngineHandle>,
    waker: Rc<Waker>,
    pending: Cell<usize>,
    /// True until the task [`EngineHandle::flush`] has been started.
    flusher: Cell<bool>,
    aborts: RefCell<HashMap<u32, CancellationToken>>,
}

/// Handle of a pending call. Dropping the handle completes the call with an error.
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

    /// Calls `make` on the engine (the network thread), runs the future that `make` returns, and completes the call with the future's
    /// result.
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
    /// Creates a receiver: the counterpart of one loaded copy of the JavaScript code. `wake` is the JavaScript function that wakes this
    /// copy.
    pub(super) fn open(env: &Env, wake: &Function<'_, (), ()>) -> Result<Self> {
        let waker = Rc::new(Waker::new(env, wake)?);
        // Wraps `wake`, because a thread-safe function made from `wake` directly would keep the copy of the JavaScript code in memory until
        // the environment ends.
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
        // Ends the receiver (this Rust counterpart of the JavaScript code) before napi frees the thread-safe function, because cleanup
        // hooks run in reverse order. The hook is never removed, because napi does not free a removed hook. The hook holds almost no
        // memory.
        env.add_env_cleanup_hook(Arc::downgrade(&shared), |shared| {
            if let Some(shared) = shared.upgrade() {
                shared.end();
            }
        })?;
        Ok(Self { shared, waker, pending: Cell::new(0), flusher: Cell::new(true), aborts: RefCell::default() })
    }

    /// Registers a pending call with this `id` and returns its handle. The process stays alive until the call's result is delivered.
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

    /// Returns the part of the receiver that the engine (the network thread) may use.
    pub(super) fn shared(&self) -> Arc<EngineHandle> {
        Arc::clone(&self.shared)
    }

    /// Takes all pending messages, as a flat list: id, text, raw body, id, text, raw body, and so on.
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

    /// Keeps the event loop and the wake function alive if `alive` is true, and releases them otherwise. They are kept alive while calls
    /// are pending.
    fn hold(&self, env: &Env, alive: bool) -> Result<()> {
        self.waker.hold(alive)?;
        self.shared.hold(env, alive)
    }

    /// Makes the call with this id abortable. JavaScript must call this function before it starts the call.
    pub(super) fn register_abort(&self, id: u32) {
        self.aborts.borrow_mut().insert(id, CancellationToken::new());
    }

    /// Returns the abort token of the call, if the call is abortable.
    pub(super) fn switch(&self, id: u32) -> Option<CancellationToken> {
        self.aborts.borrow().get(&id).cloned()
    }

    /// Aborts the call with this id. Does nothing if the call has already finished.
    pub(super) fn abort(&self, id: u32) {
        if let Some(abort) = self.aborts.borrow().get(&id) {
            abort.cancel();
        }
    }
}

impl Drop for EnvState {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl EngineHandle {
    /// Sends an event to the JavaScript listener with this id. The event does not keep the process alive. This function runs on the
    /// engine's thread.
    pub(super) fn tell(&self, id: u32, text: String) {
        self.deliver(Message { id, said: text.into(), ends: false });
    }

    /// Sends a method call of a journal store to the JavaScript listener with this id. JavaScript's answer arrives through
    /// [`EngineHandle::answer`], or never. This function runs on the engine's thread.
    pub(super) fn ask(&self, id: u32, text: impl FnOnce(u32) -> String) -> oneshot::Receiver<Answered> {
        let (reply, answer) = oneshot::channel();
        let question = {
            let mut questions = lock(&self.questions);
            // Removes the questions (method calls to the store) whose answers no task awaits any more.
            questions.waiting.retain(|_, reply| !reply.is_closed());
            questions.last = questions.last.wrapping_add(1);
            let question = questions.last;
            questions.waiting.insert(question, reply);
            question
        };
        self.tell(id, text(question));
        // JavaScript gives no answers after its environment has ended or its copy of the code was discarded, so the pending questions are
        // dropped.
        if *self.ended.borrow() {
            lock(&self.questions).waiting.clear();
        }
        answer
    }

    /// Passes JavaScript's answer to the task that awaits the answer.
    pub(super) fn answer(&self, question: u32, answer: Answered) {
        if let Some(reply) = lock(&self.questions).waiting.remove(&question) {
            // The send fails only if the task has stopped waiting and does not need the answer.
            let _ = reply.send(answer);
        }
    }

    /// Returns a watch channel whose value becomes true when JavaScript can get no more messages.
    pub(super) fn ended(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    /// Records the task of a call, so that the task can be aborted. This function runs on the engine's thread.
    fn started(&self, id: u32, task: AbortHandle) {
        // Holds the lock while `ended` is checked. So either `end` finds this task in the map and aborts it, or this check finds `ended`
        // already set.
        let mut tasks = lock(&self.tasks);
        if *self.ended.borrow() {
            task.abort();
        } else {
            tasks.insert(id, task);
        }
    }

    /// Wakes JavaScript for messages that arrived since the last wake-up. When several responses arrive together, the engine (the network
    /// thread) first completes their calls and polls this task afterwards. So a few wake-ups deliver all their results.
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

    /// Stores the message, and wakes JavaScript unless it was already woken. With enough stored messages, JavaScript is woken at once. With
    /// fewer messages, the task `flush` wakes JavaScript after the network thread has read the responses that arrived together. This
    /// function runs mostly on the network thread.
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

    /// Sets whether the thread-safe function keeps the event loop alive.
    // `refer` and `unref` are deprecated, but the suggested alternative, a clone of the function, would keep the event loop alive forever.
    #[allow(deprecated)]
    fn hold(&self, env: &Env, alive: bool) -> Result<()> {
        match &mut *lock(&self.wake) {
            Some(wake) if alive => wake.refer(env),
            Some(wake) => wake.unref(env),
            None => Ok(()),
        }
    }

    /// Ends the connection to JavaScript: JavaScript is not woken any more, and all pending calls are aborted.
    fn end(&self) {
        drop(lock(&self.wake).take());
        self.ended.send_replace(true);
        self.flush.notify_one();
        let tasks = std::mem::take(&mut *lock(&self.tasks));
        tasks.into_values().for_each(|task| task.abort());
        lock(&self.questions).waiting.clear();
    }
}
