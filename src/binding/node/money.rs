//! Debits, their journal, and what runs while a client is open: its resolver, and the news for its listeners.

use super::client::{Slot, of, sending};
use super::config::{Configured, Resolver};
use super::door::{Door, Shared};
use super::engine;
use super::text::{internal, refusing};
use super::{asking, method};
use crate::client::{Client, Event};
use crate::error::Error;
use crate::money::{Entry, Key};
use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

const SWEEP: Duration = Duration::from_secs(1);

/// An open client. What runs for it ends when this is dropped.
pub(super) struct Held {
    pub(super) client: Client,
    shared: Arc<Shared>,
    resolver: Cell<Resolver>,
    open: watch::Sender<()>,
}

impl Held {
    pub(super) fn new(configured: Configured, shared: Arc<Shared>) -> Self {
        let Configured { client, resolver } = configured;
        let held = Self { client, shared, resolver: Cell::new(resolver), open: watch::Sender::new(()) };
        if resolver == Resolver::Now {
            held.used();
        }
        held
    }

    /// The journal is used: from now on it is swept.
    fn used(&self) {
        if self.resolver.replace(Resolver::Never) != Resolver::Never {
            engine::spawn(until_gone(self.gone(), sweep(self.client.clone())));
        }
    }

    fn listen(&self, id: u32) {
        engine::spawn(forward(self.client.events(), self.gone(), Arc::clone(&self.shared), id));
    }

    /// Ends when the client is closed or its environment ends.
    fn gone(&self) -> impl Future<Output = ()> + Send + 'static {
        let (mut open, mut ended) = (self.open.subscribe(), self.shared.ended());
        async move {
            tokio::select! {
                _ = open.changed() => {}
                _ = ended.wait_for(|ended| *ended) => {}
            }
        }
    }
}

async fn until_gone(gone: impl Future<Output = ()>, work: impl Future<Output = ()>) {
    // Dropping a sweep loses nothing: what it had claimed is due again a little later.
    tokio::select! {
        () = gone => {}
        () = work => {}
    }
}

/// What cannot be done now, for a disk that is full or a network that is down, is tried again at the next sweep.
async fn sweep(client: Client) {
    // Not at once: whoever opens a client gets to add its listeners before the first news.
    let mut every = tokio::time::interval_at(Instant::now() + SWEEP, SWEEP);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let _ = engine::contained(client.resolve_due()).await;
    }
}

/// Tells JavaScript of each event, and at the end, by an empty text, that there will be none.
async fn forward(mut events: Receiver<Event>, gone: impl Future<Output = ()>, shared: Arc<Shared>, id: u32) {
    let text = |event: &Event| serde_json::to_string(event).unwrap_or_default();
    tokio::pin!(gone);
    loop {
        tokio::select! {
            biased;
            event = events.recv() => match event {
                Ok(event) => shared.tell(id, text(&event)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            () = &mut gone => break,
        }
    }
    shared.tell(id, String::new());
}

/// Puts `debit`, `journal`, `callback` and `listen` on a client.
pub(super) fn functions(env: &Env, object: &mut Object<'_>, door: &Rc<Door>, client: &Slot) -> Result<()> {
    let (slot, local) = (Rc::clone(client), Rc::clone(door));
    asking(env, object, door, "debit", move |call, caller| {
        let (op, params, options) = sending(&local, &call, &caller)?;
        let client = used(&slot);
        caller.run(move || async move { Ok(client?.debit(&op, &params, options).await?.to_json()) });
        Ok(())
    })?;

    let slot = Rc::clone(client);
    asking(env, object, door, "journal", move |call, caller| {
        let command: String = call.get(1)?;
        let client = used(&slot);
        caller.run(move || async move { Ok(run(&client?, &command).await?.to_string()) });
        Ok(())
    })?;

    let slot = Rc::clone(client);
    method(env, object, "callback", move |call| {
        let body: String = call.get(0)?;
        Ok(refusing(|| Ok(of(&slot)?.callback(&body)?.to_json())))
    })?;

    let slot = Rc::clone(client);
    method(env, object, "listen", move |call| {
        let id = call.get(0)?;
        if let Some(held) = &*slot.borrow() {
            held.listen(id);
        }
        Ok(())
    })
}

fn used(slot: &Slot) -> std::result::Result<Client, Error> {
    if let Some(held) = &*slot.borrow() {
        held.used();
    }
    of(slot)
}

/// What JavaScript asks of the journal.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Command {
    Resolve { op: String, reference: String },
    Unresolved,
    Acknowledge { op: String, reference: String },
    Prune { older_than_ms: u64 },
    Callback { body: String },
}

async fn run(client: &Client, command: &str) -> std::result::Result<Value, Error> {
    // The text is ours, made by `lib/money.ts`; a text that does not fit is our fault.
    Ok(match serde_json::from_str(command).map_err(|_| internal())? {
        Command::Resolve { op, reference } => entry(&client.resolve(&Key { op, reference }).await?),
        Command::Unresolved => client.unresolved().await?.iter().map(entry).collect(),
        Command::Acknowledge { op, reference } => client.acknowledge(&Key { op, reference }).await?.into(),
        Command::Prune { older_than_ms } => client.prune(Duration::from_millis(older_than_ms)).await?.into(),
        Command::Callback { body } => {
            client.merge_callback(&client.callback(&body)?).await?.as_ref().map_or(Value::Null, entry)
        }
    })
}

fn entry(entry: &Entry) -> Value {
    let (intent, known) = (&entry.intent, &entry.known);
    let mut out = json!({
        "op": intent.key.op,
        "reference": intent.key.reference,
        "outcome": known.state,
        "reusable": known.reusable,
        "phase": known.phase,
        "attempts": known.attempts,
        "inquiries": known.inquiries,
        "notFound": known.not_found,
        "createdAt": intent.created_ms,
        "updatedAt": known.updated_ms,
        "acknowledged": known.acknowledged,
    });
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out[name] = value;
        }
    };
    put("amount", intent.amount.as_deref().map(Value::from));
    put("tid", known.tid.as_deref().map(Value::from));
    put("nextInquiryAt", known.next_inquiry_ms.filter(|_| !known.state.is_final()).map(Value::from));
    out
}
