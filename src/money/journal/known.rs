//! Known references: references of debits that EPS has booked, stored by account and operation. If EPS answers that it does not know a
//! debit, the answer is compared with the answer about a known reference (a control inquiry).

use super::Journal;
use super::entry::Entry;
use super::store::{Row, RowKind, StoreError};
use serde::{Deserialize, Serialize};

/// Minimum age difference at which a new reference turns the newest reference into the older one. If there is no older one yet, the
/// difference may be smaller.
const APART_MS: u64 = 5 * 60_000;
/// Minimum time between two replacements of the newest reference, in milliseconds.
const GRAIN_MS: u64 = 60_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownReference {
    pub(crate) reference: String,
    /// Transaction id (tid) that EPS gave to the debit. `None` if a person, and not EPS, has named the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tid: Option<String>,
    pub(crate) at_ms: u64,
}

/// Known references of one account and operation: the newest one, and an older one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownReferences {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<KnownReference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    older: Option<KnownReference>,
}

impl KnownReferences {
    /// Returns the known references that an inquiry about `ours` is compared with, the newest first. `ours` itself is left out.
    pub(crate) fn beside(&self, ours: &str) -> impl Iterator<Item = &KnownReference> {
        [&self.newest, &self.older].into_iter().flatten().filter(move |known| known.reference != ours)
    }

    /// Adds a reference that EPS has just named. Returns `None` if the reference is already the newest one, or if the newest one was
    /// replaced less than a minute ago.
    fn with(&self, named: KnownReference) -> Option<Self> {
        let Some(newest) = &self.newest else { return Some(Self { newest: Some(named), older: None }) };
        if newest.reference == named.reference || named.at_ms < newest.at_ms.saturating_add(GRAIN_MS) {
            return None;
        }
        let far = named.at_ms.saturating_sub(newest.at_ms) >= APART_MS;
        let older = if far || self.older.is_none() { Some(newest.clone()) } else { self.older.clone() };
        Some(Self { newest: Some(named), older })
    }
}

impl Journal {
    fn known_key(&self, op: &str) -> String {
        format!("known:{}:{op}", self.account)
    }

    /// # Errors
    /// Errors of the store.
    pub(crate) async fn known(&self, op: &str) -> Result<KnownReferences, StoreError> {
        Ok(self.read_known(op).await?.map(|(_, known)| known).unwrap_or_default())
    }

    async fn read_known(&self, op: &str) -> Result<Option<(u64, KnownReferences)>, StoreError> {
        let row = self.store.read(&self.known_key(op)).await?;
        Ok(row.map(|row| (row.version, serde_json::from_str(&row.entry).unwrap_or_default())))
    }

    /// Stores the reference of a debit that EPS has booked. If another process writes the row first, nothing is stored. That does no harm,
    /// because the other process has stored another reference.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn remember(&self, entry: &Entry, now_ms: u64) -> Result<(), StoreError> {
        let named = KnownReference { reference: entry.key.reference.clone(), tid: entry.tid.clone(), at_ms: now_ms };
        self.remember_reference(&entry.key.op, named, now_ms).await
    }

    /// Stores a reference that a person has named and that EPS has found.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn remember_named(&self, op: &str, reference: &str, now_ms: u64) -> Result<(), StoreError> {
        let named = KnownReference { reference: reference.to_owned(), tid: None, at_ms: now_ms };
        self.remember_reference(op, named, now_ms).await
    }

    /// # Errors
    /// Errors of the store.
    async fn remember_reference(&self, op: &str, named: KnownReference, now_ms: u64) -> Result<(), StoreError> {
        let (version, known) = self.read_known(op).await?.unwrap_or_default();
        let Some(known) = known.with(named) else { return Ok(()) };
        self.store.write(self.known_row(op, version + 1, &known, now_ms)?, Vec::new()).await.map(|_| ())
    }

    /// Builds the row of the first known reference, so that it is written together with its debit. If the row already exists, this write
    /// changes nothing.
    pub(crate) fn first_known_row(&self, entry: &Entry, now_ms: u64) -> Result<Row, StoreError> {
        let reference = entry.key.reference.clone();
        let newest = Some(KnownReference { reference, tid: entry.tid.clone(), at_ms: now_ms });
        self.known_row(&entry.key.op, 1, &KnownReferences { newest, older: None }, now_ms)
    }

    fn known_row(&self, op: &str, version: u64, known: &KnownReferences, now_ms: u64) -> Result<Row, StoreError> {
        let row = Row::new(RowKind::Known, self.known_key(op), self.account.clone(), known, now_ms)?;
        Ok(Row { version, ..row })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(reference: &str, minutes: u64) -> KnownReference {
        KnownReference { reference: reference.into(), tid: None, at_ms: minutes * 60_000 }
    }

    #[test]
    fn the_newest_and_one_older_known_reference_are_kept() {
        let known = KnownReferences::default().with(at("A", 10)).unwrap_or_default();
        assert_eq!(known.with(at("B", 10)), None, "once a minute at most");
        let known = known.with(at("B", 12)).unwrap_or_default();
        assert_eq!(
            (known.beside("X").next().map(|k| &*k.reference), known.beside("B").next().map(|k| &*k.reference)),
            (Some("B"), Some("A"))
        );
        let known = known.with(at("C", 18)).unwrap_or_default();
        assert_eq!(
            (known.beside("X").next().map(|k| &*k.reference), known.beside("C").next().map(|k| &*k.reference)),
            (Some("C"), Some("B"))
        );
        let near = known.with(at("D", 20)).unwrap_or_default();
        assert_eq!(near.beside("D").next().map(|k| &*k.reference), Some("B"), "the older one stays five minutes apart");
    }
}
