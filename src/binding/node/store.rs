//! A store of the user's own, in JavaScript: questions cross as text, and their answers come back by their number.

use super::door::{Answered, Shared};
use crate::money::{Pending, Row, Store, StoreError};
use napi::Result;
use napi::bindgen_prelude::FunctionCallContext;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A debit waits no longer than this for a database. Long before, its reader has given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Names of the store's methods are those of [`Store`].
pub(super) struct JsStore {
    shared: Arc<Shared>,
    /// Its listener in JavaScript.
    id: u32,
}

/// [`Row`] as JavaScript sees it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsRow {
    key: String,
    version: u64,
    entry: String,
    due_ms: Option<u64>,
    unresolved: bool,
    updated_ms: u64,
}

/// `answer(question, succeeded, text)`
pub(super) fn answer(shared: &Shared, call: &FunctionCallContext<'_>) -> Result<()> {
    let (question, succeeded, text): (u32, bool, String) = (call.get(0)?, call.get(1)?, call.get(2)?);
    shared.answer(question, if succeeded { Ok(text) } else { Err(text) });
    Ok(())
}

impl JsStore {
    pub(super) fn new(shared: Arc<Shared>, id: u32) -> Self {
        Self { shared, id }
    }

    fn ask<T: DeserializeOwned + Send + 'static>(&self, method: &'static str, args: Value) -> Pending<'_, T> {
        let answer = self.shared.ask(self.id, |question| json!([question, method, args]).to_string());
        Box::pin(async move {
            let answer: Answered = tokio::time::timeout(PATIENCE, answer)
                .await
                .map_err(|_| StoreError(format!("{method} did not answer within {} s", PATIENCE.as_secs())))?
                .map_err(|_| StoreError("the store's thread has ended".into()))?;
            let text = answer.map_err(|reason| StoreError(format!("{method} failed: {reason}")))?;
            serde_json::from_str(&text)
                .map_err(|error| StoreError(format!("{method} answered what it must not: {error}")))
        })
    }
}

impl Store for JsStore {
    fn read(&self, key: &str) -> Pending<'_, Option<Row>> {
        let row = self.ask::<Option<JsRow>>("read", json!([key]));
        Box::pin(async { Ok(row.await?.map(Row::from)) })
    }

    fn write(&self, row: Row) -> Pending<'_, bool> {
        self.ask("write", json!([JsRow::from(row)]))
    }

    fn due(&self, now_ms: u64, limit: u32) -> Pending<'_, Vec<Row>> {
        rows(self.ask("due", json!([now_ms, limit])))
    }

    fn unresolved(&self, limit: u32) -> Pending<'_, Vec<Row>> {
        rows(self.ask("unresolved", json!([limit])))
    }

    fn prune(&self, before_ms: u64) -> Pending<'_, u64> {
        self.ask("prune", json!([before_ms]))
    }
}

fn rows(rows: Pending<'_, Vec<JsRow>>) -> Pending<'_, Vec<Row>> {
    Box::pin(async { Ok(rows.await?.into_iter().map(Row::from).collect()) })
}

impl From<JsRow> for Row {
    fn from(row: JsRow) -> Self {
        let JsRow { key, version, entry, due_ms, unresolved, updated_ms } = row;
        Self { key, version, entry, due_ms, unresolved, updated_ms }
    }
}

impl From<Row> for JsRow {
    fn from(row: Row) -> Self {
        let Row { key, version, entry, due_ms, unresolved, updated_ms } = row;
        Self { key, version, entry, due_ms, unresolved, updated_ms }
    }
}
