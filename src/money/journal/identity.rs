//! Identity of a journal: its id, format and salt. They are stored in one row, which is written when the journal is created.

use super::account::hex;
use super::entry::FORMAT;
use super::store::{Row, RowKind, Store, StoreError};
use serde::{Deserialize, Serialize};

/// Key of the identity row. No operation has this name, so no debit has this key.
const KEY: &str = "journal";

/// Identity that distinguishes one journal from another.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JournalIdentity {
    format: u32,
    pub(crate) id: String,
    /// Salt of all digests. Without it, a digest of a telephone number could be compared with the digests of all telephone numbers.
    pub(crate) salt: String,
}

impl JournalIdentity {
    /// Reads the identity. If there is none and `create` is true, creates one. If several processes do so at the same time, only one of
    /// them creates it, and the others use the same identity.
    ///
    /// # Errors
    /// Errors of the store; `unusable` if the identity has another format, or if there is no identity and `create` is false.
    pub(crate) async fn of(store: &dyn Store, create: bool, now_ms: u64) -> Result<Self, StoreError> {
        if let Some(row) = store.read(KEY).await? {
            return parse(&row);
        }
        if !create {
            return Err(StoreError::unusable("there is no journal, and `create: false` refuses to make one"));
        }
        let made = Self::random()?;
        let row = Row::new(RowKind::Journal, KEY.to_owned(), String::new(), &made, now_ms)?;
        if store.write(row, Vec::new()).await? {
            return Ok(made);
        }
        let row = store.read(KEY).await?;
        row.ok_or_else(|| StoreError::unavailable("the journal's own row is gone")).and_then(|row| parse(&row))
    }

    fn random() -> Result<Self, StoreError> {
        let random = || {
            let mut bytes = [0u8; 16];
            getrandom::fill(&mut bytes)
                .map_err(|_| StoreError::unavailable("the system's random source does not answer"))?;
            Ok(hex(&bytes))
        };
        Ok(Self { format: FORMAT, id: random()?, salt: random()? })
    }
}

fn parse(row: &Row) -> Result<JournalIdentity, StoreError> {
    let unreadable = || StoreError::unusable("the journal's own row is of another version of eko-eps, or damaged");
    let identity: JournalIdentity = serde_json::from_str(&row.entry).map_err(|_| unreadable())?;
    if identity.format == FORMAT { Ok(identity) } else { Err(unreadable()) }
}
