//! Identity of a journal: its id, format and salt, in one row that is written when the journal is created.

use super::account::hex;
use super::entry::FORMAT;
use super::store::{Row, RowKind, Store, StoreError};
use serde::{Deserialize, Serialize};

/// Key of the identity row. The key of a debit starts with an operation, and no operation is named `journal`.
const KEY: &str = "journal";

/// Identity that distinguishes one journal from another.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JournalIdentity {
    format: u32,
    pub(crate) id: String,
    /// Salt of all digests in the journal. Without a salt, the telephone number behind a digest could be found by trial.
    pub(crate) salt: String,
}

impl JournalIdentity {
    /// Reads the identity row. If the row is missing and `create` is true, creates the row. If several processes create the row at the same
    /// time, all of them use the row that was written first.
    ///
    /// # Errors
    /// Errors of the store; `unusable` if the identity has another format, or if the identity row is missing and `create` is false.
    pub(crate) async fn of(store: &dyn Store, create: bool, now_ms: u64) -> Result<Self, StoreError> {
        if let Some(row) = store.read(KEY).await? {
            return parse(&row);
        }
        if !create {
            return Err(StoreError::unusable(
                "there is no journal, and the option `create: false` forbids creating one: check the path",
            ));
        }
        let made = Self::random()?;
        let row = Row::new(RowKind::Journal, KEY.to_owned(), String::new(), &made, now_ms)?;
        if store.write(row, Vec::new()).await? {
            return Ok(made);
        }
        let row = store.read(KEY).await?;
        row.ok_or_else(|| {
            StoreError::unavailable("the journal's identity row was deleted just now: find out what deletes rows")
        })
        .and_then(|row| parse(&row))
    }

    fn random() -> Result<Self, StoreError> {
        let random = || {
            let mut bytes = [0u8; 16];
            getrandom::fill(&mut bytes)
                .map_err(|_| StoreError::unavailable("the operating system returned no random bytes: try again"))?;
            Ok(hex(&bytes))
        };
        Ok(Self { format: FORMAT, id: random()?, salt: random()? })
    }
}

fn parse(row: &Row) -> Result<JournalIdentity, StoreError> {
    let unreadable = || {
        StoreError::unusable(
            "the journal's identity row is damaged, or another version of eko-eps wrote it: use that version, or restore the journal",
        )
    };
    let identity: JournalIdentity = serde_json::from_str(&row.entry).map_err(|_| unreadable())?;
    if identity.format == FORMAT { Ok(identity) } else { Err(unreadable()) }
}
