//! Journal store that the application implements in JavaScript. Each call of a store method is sent to JavaScript as a numbered question.
//! JavaScript returns the answer with the same number.

use super::env_state::{Answered, EngineHandle};
use crate::money::{DueOrder, Listing, Pending, Row, Store, StoreError, StoreTime};
use napi::Result;
use napi::bindgen_prelude::FunctionCallContext;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Maximum time for which a debit waits for the answer of one store method.
const PATIENCE: Duration = Duration::from_secs(10);

/// First line of an error message from JavaScript, if the store does not contain a journal. The reason follows on the next line.
const UNUSABLE: &str = "unusable\n";

/// [`Store`] whose methods run in JavaScript, where they have the same names.
pub(super) struct JsStore {
    shared: Arc<EngineHandle>,
    /// Id of the JavaScript listener that receives the method calls to this store.
    id: u32,
    shared_by_machines: bool,
}

/// JSON form of a [`Row`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsRow {
    key: String,
    version: u64,
    kind: String,
    account: String,
    entry: String,
    due_ms: Option<u64>,
    wait_ms: u64,
    unresolved: bool,
    created_ms: u64,
    updated_ms: u64,
    keep_until_ms: Option<u64>,
}

/// Time of the store's clock, as JSON.
#[derive(Deserialize)]
struct JsTime {
    epoch: String,
    ms: u64,
}

/// Implements the JavaScript function `answer(question, succeeded, text)`, which passes an answer to the task that asked the question.
pub(super) fn answer(shared: &EngineHandle, call: &FunctionCallContext<'_>) -> Result<()> {
    let (question, succeeded, text): (u32, bool, String) = (call.get(0)?, call.get(1)?, call.get(2)?);
    shared.answer(question, if succeeded { Ok(text) } else { Err(text) });
    Ok(())
}

impl JsStore {
    pub(super) fn new(shared: Arc<EngineHandle>, id: u32, shared_by_machines: bool) -> Self {
        Self { shared, id, shared_by_machines }
    }

    fn ask<T: DeserializeOwned + Send + 'static>(&self, method: &'static str, args: Value) -> Pending<'_, T> {
        let answer = self.shared.ask(self.id, |question| json!([question, method, args]).to_string());
        Box::pin(async move {
            let answer: Answered = tokio::time::timeout(PATIENCE, answer)
                .await
                .map_err(|_| {
                    StoreError::unavailable(format!(
                        "the store's method {method} did not answer within {} s",
                        PATIENCE.as_secs()
                    ))
                })?
                .map_err(|_| StoreError::unavailable("the JavaScript environment of the store has ended"))?;
            let text = answer.map_err(|reason| match reason.strip_prefix(UNUSABLE) {
                Some(reason) => StoreError::unusable(format!("{method} failed: {reason}")),
                None => StoreError::unavailable(format!("{method} failed: {reason}")),
            })?;
            serde_json::from_str(&text).map_err(|error| {
                StoreError::unavailable(format!(
                    "the store's method {method} returned a value of the wrong form: {error}"
                ))
            })
        })
    }
}

impl Store for JsStore {
    fn is_shared_by_machines(&self) -> bool {
        self.shared_by_machines
    }

    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        let row = self.ask::<Option<JsRow>>("read", json!([key]));
        Box::pin(async { Ok(row.await?.map(Row::from)) })
    }

    fn write(&self, row: Row, also: Vec<Row>) -> Pending<'_, bool> {
        let also: Vec<JsRow> = also.into_iter().map(JsRow::from).collect();
        self.ask("write", json!([JsRow::from(row), also]))
    }

    fn due(&self, account: &str, now_ms: u64, limit: u32, order: DueOrder) -> Pending<'_, Vec<Row>> {
        let order = match order {
            DueOrder::ShortestWait => "shortestWait",
            DueOrder::Oldest => "oldest",
        };
        rows(self.ask("due", json!([now_ms, limit, { "account": account, "order": order }])))
    }

    fn unresolved(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        rows(self.ask("unresolved", wanted(listing)))
    }

    fn prune(&self, older_than_ms: u64, now_ms: u64, limit: u32) -> Pending<'_, u64> {
        self.ask("prune", json!([older_than_ms, now_ms, limit]))
    }

    fn archive(&self, older_than_ms: u64, now_ms: u64, limit: u32) -> Pending<'_, u64> {
        // The JavaScript side answers `null` if the store has no method `archive`.
        let moved = self.ask::<Option<u64>>("archive", json!([older_than_ms, now_ms, limit]));
        Box::pin(async { Ok(moved.await?.unwrap_or_default()) })
    }

    fn debits(&self, listing: Listing) -> Pending<'_, Vec<Row>> {
        let listed = self.ask::<Option<Vec<JsRow>>>("debits", wanted(listing));
        let none = "the journal store cannot list resolved debits, because it has no method debits: implement debits";
        rows(Box::pin(async move { listed.await?.ok_or_else(|| StoreError::unavailable(none)) }))
    }

    fn clock(&self) -> Pending<'_, StoreTime> {
        // The JavaScript side answers `null` if the store has no method `clock`.
        let time = self.ask::<Option<JsTime>>("clock", json!([]));
        Box::pin(async {
            Ok(match time.await? {
                Some(JsTime { epoch, ms }) => StoreTime { epoch, ms, settable: true },
                None => process_time(),
            })
        })
    }
}

/// Returns the time since the first call of this function. No user can set this clock, and its epoch is valid only in this process.
fn process_time() -> StoreTime {
    static BEGUN: OnceLock<(Instant, String)> = OnceLock::new();
    // Names the epoch with a hash under random keys, so that no other process has the same epoch.
    let (begun, epoch) =
        BEGUN.get_or_init(|| (Instant::now(), format!("process-{:016x}", RandomState::new().hash_one(0))));
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    StoreTime { epoch: epoch.clone(), ms, settable: false }
}

/// Returns the arguments of a listing method as JSON.
fn wanted(listing: Listing) -> Value {
    let Listing { kind, account, after, limit } = listing;
    let after = after.map(|(created_ms, key)| json!({ "createdMs": created_ms, "key": key }));
    json!([limit, { "kind": kind, "account": account, "after": after }])
}

fn rows(rows: Pending<'_, Vec<JsRow>>) -> Pending<'_, Vec<Row>> {
    Box::pin(async { Ok(rows.await?.into_iter().map(Row::from).collect()) })
}

impl From<JsRow> for Row {
    fn from(row: JsRow) -> Self {
        let JsRow { key, version, kind, account, entry, due_ms, .. } = row;
        let JsRow { wait_ms, unresolved, created_ms, updated_ms, keep_until_ms, .. } = row;
        Self { key, version, kind, account, entry, due_ms, wait_ms, unresolved, created_ms, updated_ms, keep_until_ms }
    }
}

impl From<Row> for JsRow {
    fn from(row: Row) -> Self {
        let Row { key, version, kind, account, entry, due_ms, .. } = row;
        let Row { wait_ms, unresolved, created_ms, updated_ms, keep_until_ms, .. } = row;
        Self { key, version, kind, account, entry, due_ms, wait_ms, unresolved, created_ms, updated_ms, keep_until_ms }
    }
}
