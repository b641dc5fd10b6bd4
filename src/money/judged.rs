//! Access to `transition::decide` for the fuzz targets, which are in another crate.

use super::journal::{Entry, StoreTime};
use super::transition::{Observation, Rules, TransactionView, decide};
use super::{JournalEntry, Schedule};
use crate::api::endpoint;
use crate::error::Phase;
use crate::response::{HttpAnswer, RequestContext, interpret};
use serde_json::json;

/// Decides what one answer proves about a debit whose request was just sent: first as the answer to that request, then as the answer to an
/// inquiry. Returns `None` if `op` is unknown or if the body is not an answer of EPS.
pub fn judged(op: &str, answer: &HttpAnswer, reference: &str, amount: Option<&str>) -> Option<[JournalEntry; 2]> {
    let debit = endpoint(op)?;
    let entry: Entry = serde_json::from_value(json!({
        "format": super::journal::FORMAT, "account": "", "op": op, "reference": reference, "reservation": "fuzz", "amount": amount,
        "parties": "", "createdMs": 0, "outcome": "indeterminate", "reusable": false, "revision": 0, "phase": Phase::NotDispatched,
        "attempts": 0, "inquiries": 0, "updatedMs": 0, "acknowledged": false,
    }))
    .ok()?;
    let rules = Rules { now_ms: 1_000, schedule: &Schedule::default(), alarm_after_ms: u64::MAX };
    let read =
        |asked: &str| TransactionView::of(debit, &interpret(endpoint(asked)?, answer, &RequestContext::default()));
    let (own, inquired) = (read(op)?, read("getTransaction")?);
    let own = Observation::Own { view: Some(&own), clock_was_off: false, phase: Phase::BodyComplete, attempts: 1 };
    let time = StoreTime { epoch: String::new(), ms: 0, settable: false };
    let inquired = Observation::Inquiry { view: &inquired, round: None, asked: &time, time: &time, known: None };
    Some([own, inquired].map(|evidence| decide(&entry, &evidence, &rules).entry.public()))
}
