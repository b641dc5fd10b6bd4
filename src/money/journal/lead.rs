//! Stored lead of a developer key: the timestamp up to which its requests may be signed ahead of the clock. A machine that has lost its
//! file of used timestamps signs only above the stored lead.

use super::Journal;
use super::store::{Row, RowKind, StoreError};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Lead {
    last: u64,
}

impl Journal {
    fn lead_key(&self, developer_key: &str) -> String {
        format!("lead:{}", self.digest(&["lead", developer_key]))
    }

    /// Returns the version of the lead's row, and the stored timestamp. The timestamp is 0 if the row cannot be parsed. Both are 0 if there
    /// is no row.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn lead(&self, developer_key: &str) -> Result<(u64, u64), StoreError> {
        let row = self.store.read(&self.lead_key(developer_key)).await?;
        let last = |row: &Row| serde_json::from_str(&row.entry).map_or(0, |Lead { last }| last);
        Ok(row.map_or((0, 0), |row| (row.version, last(&row))))
    }

    /// Stores the timestamp `last` as row version `version + 1`. Returns false if another process has written the row first.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn write_lead(
        &self,
        developer_key: &str,
        version: u64,
        last: u64,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let row = Row::new(RowKind::Lease, self.lead_key(developer_key), String::new(), &Lead { last }, now_ms)?;
        self.store.write(Row { version: version + 1, ..row }, Vec::new()).await
    }
}
