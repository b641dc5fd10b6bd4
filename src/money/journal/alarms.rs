//! Alarms: journal rows about problems that a person must look at. An alarm is written in the same transaction as the change that raised
//! it.

use super::super::transition::Anomaly;
use super::entry::Entry;
use super::store::{Row, RowKind, StoreError};
use super::{Journal, ListingPage, MAX_RACES, too_many_writers};
use serde::{Deserialize, Serialize};

/// Problem that a person must look at. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Alarm {
    /// Id of the alarm, which `acknowledge_alarm` takes.
    pub id: String,
    /// Machine-readable reason code, which is stable across versions.
    pub reason: String,
    /// Human-readable description of the problem.
    pub detail: String,
    /// Operation of the debit. `None` if the alarm is not about a debit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// `clientRefId` of the debit. For a refund: the transaction id (tid) of the refunded transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Id of the debit's reservation (its row in the journal), if the alarm is about a debit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<String>,
    /// Time at which the alarm was first raised.
    pub at: u64,
    /// True if a person has acknowledged the alarm.
    pub acknowledged: bool,
}

impl Journal {
    /// Builds the journal row of an alarm about a debit. The id is a digest of the reservation, the reason and the description, so raising
    /// the same alarm again changes nothing.
    pub(crate) fn alarm_row(&self, entry: &Entry, anomaly: &Anomaly, now_ms: u64) -> Result<Row, StoreError> {
        let reason = anomaly.reason.as_str();
        let what = self.digest(&["alarm", &entry.key.text(), &entry.reservation, reason, &anomaly.detail]);
        let alarm = Alarm {
            id: format!("alarm:{what}"),
            reason: reason.to_owned(),
            detail: anomaly.detail.clone(),
            op: Some(entry.key.op.clone()),
            reference: Some(entry.key.reference.clone()),
            reservation_id: Some(entry.reservation.clone()),
            at: now_ms,
            acknowledged: false,
        };
        self.row_of_alarm(1, &alarm, now_ms)
    }

    /// Returns a page of this account's unacknowledged alarms, oldest first.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn alarms(&self, after: Option<&str>, limit: u32) -> Result<ListingPage<Alarm>, StoreError> {
        let page = self.list(RowKind::Alarm, after, limit).await?;
        let own = page.items.iter().filter(|row| row.account == self.account);
        let items = own.filter_map(|row| serde_json::from_str(&row.entry).ok()).collect();
        Ok(ListingPage { items, next: page.next, unreadable: 0 })
    }

    /// Acknowledges an alarm. Returns `false` if this account has no readable alarm with this id.
    ///
    /// # Errors
    /// Errors of the store.
    pub(crate) async fn acknowledge_alarm(&self, id: &str, now_ms: u64) -> Result<bool, StoreError> {
        for _ in 0..MAX_RACES {
            let row = self.store.read(id).await?;
            let Some(row) = row.filter(|row| row.kind == RowKind::Alarm.as_str() && row.account == self.account) else {
                return Ok(false);
            };
            let Ok(mut alarm) = serde_json::from_str::<Alarm>(&row.entry) else { return Ok(false) };
            alarm.acknowledged = true;
            if self.store.write(self.row_of_alarm(row.version + 1, &alarm, now_ms)?, Vec::new()).await? {
                return Ok(true);
            }
        }
        Err(too_many_writers())
    }

    fn row_of_alarm(&self, version: u64, alarm: &Alarm, now_ms: u64) -> Result<Row, StoreError> {
        let row = Row::new(RowKind::Alarm, alarm.id.clone(), self.account.clone(), alarm, alarm.at)?;
        Ok(Row { version, unresolved: !alarm.acknowledged, updated_ms: now_ms, ..row })
    }
}
