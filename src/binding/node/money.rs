//! Debits, the journal, and the two background tasks of an open client: the resolver, which asks EPS about unresolved debits, and the task
//! that sends events to JavaScript.

use super::client::{ClientSlot, of, sending};
use super::config::{Configured, Resolver};
use super::engine;
use super::env_state::{EngineHandle, EnvState};
use super::text::{internal, refusing};
use super::{asking, method};
use crate::client::{Client, Page};
use crate::error::Error;
use crate::money::{DebitKey, DebitOptions, Event, State};
use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use serde::{Deserialize, Serialize};
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

/// Open client. Dropping the handle ends the background tasks of the client.
pub(super) struct ClientHandle {
    pub(super) client: Client,
    shared: Arc<EngineHandle>,
    resolver: Cell<Resolver>,
    open: watch::Sender<()>,
}

impl ClientHandle {
    pub(super) fn new(configured: Configured, shared: Arc<EngineHandle>) -> Self {
        let Configured { client, resolver } = configured;
        let held = Self { client, shared, resolver: Cell::new(resolver), open: watch::Sender::new(()) };
        if resolver == Resolver::Now {
            held.used();
        }
        held
    }

    /// Starts the background resolver, which asks EPS about unresolved debits, at the first use of the journal. Does nothing if the
    /// resolver is switched off or already started.
    fn used(&self) {
        if self.resolver.replace(Resolver::Never) != Resolver::Never {
            engine::spawn(until_gone(self.gone(), sweep(self.client.clone())));
        }
    }

    fn subscribe(&self, id: u32) {
        engine::spawn(forward(self.client.events(), self.gone(), Arc::clone(&self.shared), id));
    }

    /// Returns a future that completes when the client is closed or its environment ends.
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
    // A run of the resolver that is dropped loses no debit: if the run had already claimed a debit, an inquiry about it becomes due again
    // soon.
    tokio::select! {
        () = gone => {}
        () = work => {}
    }
}

/// Asks EPS, once per second, about the debits that are due for an inquiry. A later iteration retries a debit that cannot be resolved now,
/// for example because the network is down.
async fn sweep(client: Client) {
    // Delays the first iteration, so that the application can add its listeners before the first event.
    let mut every = tokio::time::interval_at(Instant::now() + SWEEP, SWEEP);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let _ = engine::contained(client.resolve_due()).await;
    }
}

/// Sends each event of the client to JavaScript. An empty text at the end tells JavaScript that no more events follow.
async fn forward(mut events: Receiver<Event>, gone: impl Future<Output = ()>, shared: Arc<EngineHandle>, id: u32) {
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

/// Adds the functions `debit`, `journal`, `callback` and `subscribe` to the client's JavaScript object.
pub(super) fn functions(
    env: &Env,
    object: &mut Object<'_>,
    env_state: &Rc<EnvState>,
    client: &ClientSlot,
) -> Result<()> {
    let (slot, local) = (Rc::clone(client), Rc::clone(env_state));
    asking(env, object, env_state, "debit", move |call, caller| {
        let (op, params, call_options) = sending(&local, &call, &caller)?;
        let retry_of: String = call.get(4)?;
        let mut options = DebitOptions::default();
        (options.deadline, options.abort) = (call_options.deadline, call_options.abort);
        options.retry_of = Some(retry_of).filter(|old| !old.is_empty());
        let client = used(&slot);
        caller.run(move || async move { Ok(client?.debit_by_name(&op, &params, options).await?.to_json()) });
        Ok(())
    })?;

    let slot = Rc::clone(client);
    asking(env, object, env_state, "journal", move |call, caller| {
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
    method(env, object, "subscribe", move |call| {
        let id = call.get(0)?;
        if let Some(held) = &*slot.borrow() {
            held.subscribe(id);
        }
        Ok(())
    })
}

fn used(slot: &ClientSlot) -> std::result::Result<Client, Error> {
    if let Some(held) = &*slot.borrow() {
        held.used();
    }
    of(slot)
}

/// Journal command that JavaScript sends as JSON.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum MoneyCommand {
    Resolve { op: String, reference: String },
    Unresolved { after: Option<String>, limit: u32 },
    Debits { after: Option<String>, limit: u32 },
    Alarms { after: Option<String>, limit: u32 },
    AcknowledgeAlarm { id: String },
    Acknowledge { op: String, reference: String, reservation_id: String, revision: u32 },
    History { op: String, reference: String },
    DeclareNotSent { op: String, reference: String, reservation_id: String },
    DeclareFinal { op: String, reference: String, reservation_id: String, outcome: State, tid: Option<String> },
    DeclareRestored,
    Prune { older_than_ms: u64 },
    Archive { older_than_ms: u64 },
    Callback { body: String },
    Close,
}

async fn run(client: &Client, command: &str) -> std::result::Result<Value, Error> {
    let ledger = client.ledger();
    // `js/money/money-client.ts` writes the command, so a command that cannot be parsed is a bug in this library.
    match serde_json::from_str(command).map_err(|_| internal())? {
        MoneyCommand::Resolve { op, reference } => value(&client.resolve(&DebitKey { op, reference }).await?),
        MoneyCommand::Unresolved { after, limit } => page(&client.unresolved(after.as_deref(), limit).await?),
        MoneyCommand::Debits { after, limit } => page(&client.debits(after.as_deref(), limit).await?),
        MoneyCommand::Alarms { after, limit } => page(&client.alarms(after.as_deref(), limit).await?),
        MoneyCommand::AcknowledgeAlarm { id } => value(&client.acknowledge_alarm(&id).await?),
        MoneyCommand::Acknowledge { op, reference, reservation_id, revision } => {
            value(&ledger.acknowledge(&DebitKey { op, reference }, &reservation_id, revision).await?)
        }
        MoneyCommand::History { op, reference } => value(&client.history(&DebitKey { op, reference }).await?),
        MoneyCommand::DeclareNotSent { op, reference, reservation_id } => {
            value(&ledger.declare_not_sent(&DebitKey { op, reference }, &reservation_id).await?)
        }
        MoneyCommand::DeclareFinal { op, reference, reservation_id, outcome, tid } => {
            value(&ledger.declare_final(&DebitKey { op, reference }, &reservation_id, outcome, tid).await?)
        }
        MoneyCommand::DeclareRestored => value(&client.declare_restored().await?),
        MoneyCommand::Prune { older_than_ms } => value(&client.prune(Duration::from_millis(older_than_ms)).await?),
        MoneyCommand::Archive { older_than_ms } => value(&client.archive(Duration::from_millis(older_than_ms)).await?),
        MoneyCommand::Callback { body } => value(&client.merge_callback(&client.callback(&body)?).await?),
        MoneyCommand::Close => value(&client.close().await),
    }
}

fn value(what: &impl Serialize) -> std::result::Result<Value, Error> {
    serde_json::to_value(what).map_err(|_| internal())
}

fn page<T: Serialize>(page: &Page<T>) -> std::result::Result<Value, Error> {
    Ok(json!({ "items": value(&page.items)?, "next": page.next }))
}
