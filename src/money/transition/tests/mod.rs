//! Tests of `decide`: each kind of evidence about a debit, and the decision that must follow.
//!
//! An own answer is the answer to the debit's own request, and not the answer to an inquiry about the debit.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod contradictions;
mod declarations;
mod no_work;
mod refunds;
mod rounds;
mod schedule;
mod settles;
mod silence;
mod spent;
mod table;

use super::*;
use crate::api::generated::ENDPOINTS;
use crate::catalog::Endpoint;
use crate::money::journal::DebitKey;
use crate::response::{HttpAnswer, RequestContext, interpret};

/// Time at which every debit of these tests was reserved, in milliseconds since 1970.
const BORN_MS: u64 = 1_700_000_000_000;
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// EPS's answer about a reference that EPS does not know.
const UNKNOWN: &str = r#"{"status":168,"response_status_id":168,"message":"none for REF-1","data":{}}"#;
/// EPS's answer about a debit that has succeeded.
const DONE: &str = r#"{"status":0,"response_type_id":325,"data":{"tx_status":"0","tid":"77","client_ref_id":"REF-1","amount":"100.0"}}"#;

fn endpoint(op: &str) -> &'static Endpoint {
    ENDPOINTS.iter().copied().find(|endpoint| endpoint.op == op).unwrap()
}

fn reserved(op: &str) -> Entry {
    let refund = op == "refund";
    let key = DebitKey { op: op.into(), reference: if refund { "77" } else { "REF-1" }.into() };
    Entry { amount: (!refund).then(|| "100".into()), ..Entry::reserved("account".into(), key, "1".into(), BORN_MS) }
}

fn transfer() -> Entry {
    reserved("dmt.transfer")
}

fn refund() -> Entry {
    reserved("refund")
}

fn read(call: &str, entry: &Entry, http_status: u16, headers: &[(&str, &str)], body: &str) -> TransactionView {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let http = HttpAnswer { status: http_status, headers, body: body.as_bytes().to_vec() };
    TransactionView::of(endpoint(&entry.key.op), &interpret(endpoint(call), &http, &RequestContext::default())).unwrap()
}

/// Request that an answer belongs to: the debit's own request or an inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Own,
    Inquiry,
}

const WAYS: [Way; 2] = [Way::Own, Way::Inquiry];

fn judged(entry: &Entry, way: Way, http_status: u16, body: &str) -> Decision {
    match way {
        Way::Own => own(entry, &read(&entry.key.op, entry, http_status, &[], body), false),
        Way::Inquiry => asked(entry, &read("getTransaction", entry, http_status, &[], body), None, &boot(0)),
    }
}

fn own(entry: &Entry, view: &TransactionView, clock_was_off: bool) -> Decision {
    at(
        BORN_MS + 1_000,
        entry,
        &Observation::Own { view: Some(view), clock_was_off, phase: Phase::BodyComplete, attempts: 1 },
    )
}

fn unanswered(entry: &Entry, phase: Phase) -> Decision {
    at(BORN_MS + 1_000, entry, &Observation::Own { view: None, clock_was_off: false, phase, attempts: 1 })
}

fn asked(entry: &Entry, view: &TransactionView, round: Option<&Comparison>, time: &StoreTime) -> Decision {
    at(
        BORN_MS + time.ms,
        entry,
        &Observation::Inquiry { view, round, asked: time, time, known: entry.silence.as_ref() },
    )
}

fn at(now_ms: u64, entry: &Entry, evidence: &Observation<'_>) -> Decision {
    decide(entry, evidence, &Rules { now_ms, schedule: &Schedule::default(), alarm_after_ms: DAY })
}

fn boot(ms: u64) -> StoreTime {
    StoreTime { epoch: "boot".into(), ms, settable: false }
}

fn reasons(decision: &Decision) -> Vec<Reason> {
    decision.alarms.iter().map(|alarm| alarm.reason).collect()
}

/// Returns a debit that was ended as not sent, because EPS has answered "not found" for long enough.
fn given_up(op: &str) -> Entry {
    let ended = BORN_MS + 20 * MINUTE;
    Entry {
        outcome: State::NotSent,
        spent: true,
        revision: 1,
        acknowledged: true,
        silence: Some(begun("print".into(), &boot(0))),
        ended_ms: Some(ended),
        updated_ms: ended,
        ..reserved(op)
    }
}
