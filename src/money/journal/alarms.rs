//! Alarms: rows with an acknowledgement of their own, written with what has raised them.

use super::super::transition::Anomaly;
use super::entry::Entry;
use super::store::{Row, RowKind, StoreError};
use super::{Journal, MAX_RACES, Page, too_many_writers};
use serde::{Deserialize, Serialize};

/// What somebody must look at. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Alarm {
    /// What `acknowledge_alarm` takes.
    pub id: String,
    /// Why, in a stable word.
    pub reason: String,
    /// What does not fit, in words.
    pub detail: String,
    /// The call, where it is about a debit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// `clientRefId`, or the tid of a refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Of which attempt under the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<String>,
    /// When it was raised first.
    pub at: u64,
    /// Whether somebody has looked.
    pub acknowledged: bool,
}

impl Journal {
    /// The row of an alarm about a debit. One for each reservation, reason and wording: the same again changes nothing.
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

    /// A page of alarms that nobody has acknowledged, the oldest first.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn alarms(&self, after: Option<&str>, limit: u32) -> Result<Page<Alarm>, StoreError> {
        let page = self.list(RowKind::Alarm, after, limit).await?;
        let own = page.items.iter().filter(|row| row.account == self.account);
        let items = own.filter_map(|row| serde_json::from_str(&row.entry).ok()).collect();
        Ok(Page { items, next: page.next, unreadable: 0 })
    }

    /// `false` where there is none of this id.
    ///
    /// # Errors
    /// The store's.
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
