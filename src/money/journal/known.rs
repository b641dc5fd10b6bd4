//! Known references: references that EPS has booked, by account and operation. If EPS does not find a debit, a control inquiry about a
//! known reference shows whether EPS finds booked debits at all.

use super::Journal;
use super::entry::Entry;
use super::store::{Row, RowKind, StoreError};
use serde::{Deserialize, Serialize};

/// Minimum time in milliseconds between the newest reference and a new one, so that the newest becomes the older one. A shorter time is
/// enough while there is no older reference.
const APART_MS: u64 = 5 * 60_000;
/// Minimum time between two replacements of the newest known reference, in milliseconds.
const GRAIN_MS: u64 = 60_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownReference {
    pub(crate) reference: String,
    /// Transaction id (tid) that EPS gave to the debit. `None` if the reference comes from the caller's options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tid: Option<String>,
    pub(crate) at_ms: u64,
}

/// Newest known reference of one account and operation, and one older known reference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownReferences {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<KnownReference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    older: Option<KnownReference>,
}

impl KnownReferences {
    /// Returns the known references, newest first, without the reference `ours` that an inquiry is about.
    pub(crate) fn beside(&self, ours: &str) -> impl Iterator<Item = &KnownReference> {
        [&self.newest, &self.older].into_iter().flatten().filter(move |known| known.reference != ours)
    }

    /// Returns the references with one more that EPS has just named. Returns `None` if nothing changes: the reference is the newest
    /// already, or the newest is less than a minute old.
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

    /// Stores the reference of a debit that EPS has booked. Stores nothing if another process writes the row first, because the row then
    /// holds a booked reference from that process.
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

    /// Builds version 1 of the row of known references, to be written together with a debit. The write changes nothing if the row already
    /// exists.
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
        assert_eq!(known.with(at("B", 10)), None, "the newest reference must not be replaced within a minute");
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
        assert_eq!(
            near.beside("D").next().map(|k| &*k.reference),
            Some("B"),
            "the older reference must stay at least five minutes older"
        );
    }
}
