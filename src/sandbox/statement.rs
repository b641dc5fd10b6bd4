//! JSON of a transaction, as in EPS's responses to a debit, an inquiry and a refund, and in EPS's callbacks.

use super::ledger::{LedgerState, Transaction};
use super::money::{balance_text, tax};
use super::reply::{Reply, envelope, rupees_decimal, rupees_text};
use serde_json::{Value, json};

/// Offset of IST from UTC, in milliseconds.
const IST_MS: u64 = 19_800_000;

/// Returns the `tx_status` of a state, and its description.
pub(super) fn tx_status(state: LedgerState) -> (i64, &'static str) {
    match state {
        LedgerState::Settled => (0, "Success"),
        LedgerState::NotBooked | LedgerState::Declined => (1, "Failed"),
        LedgerState::Pending => (2, "Initiated"),
        LedgerState::RefundPending => (3, "Refund Pending"),
        LedgerState::Refunded => (4, "Refunded"),
    }
}

/// Returns the response to a transfer. Its `response_type_id` is 325, or 55 if the transfer was refused. A pending transfer has no
/// `response_type_id`.
pub(super) fn transferred(line: &Transaction, balance: u64) -> Reply {
    let (status, words) = tx_status(line.state);
    if line.state == LedgerState::Declined {
        let data = json!({
            "tx_status": status.to_string(),
            "txstatus_desc": words,
            "tid": line.tid.to_string(),
            "amount": rupees_text(line.amount),
            "balance": balance_text(balance),
            "client_ref_id": line.reference,
            "reason": line.reason,
        });
        return Reply::data(55, 1, 55, "Transaction declined", data);
    }
    let data = json!({
        "tx_status": status.to_string(),
        "txstatus_desc": words,
        "tid": line.tid.to_string(),
        "bank_ref_num": bank_ref_num(line),
        "amount": rupees_text(line.amount),
        "fee": rupees_text(line.fee),
        "collectable_amount": rupees_text(line.cost()),
        "service_tax": rupees_text(tax(line.fee)),
        "tds": rupees_text(line.fee / 40),
        "commission": rupees_text(line.fee / 2),
        "sender_name": line.sender_name,
        "recipient_name": line.recipient.name,
        "recipient_id": line.recipient.id,
        "bank": line.recipient.bank(),
        "account": line.recipient.account,
        "channel_desc": "IMPS",
        "balance": balance_text(balance),
        "client_ref_id": line.reference,
        "currency": "INR",
        "timestamp": utc(line.booked_ms),
    });
    let (type_id, message) = match line.state {
        LedgerState::Pending => (None, "Transaction in progress"),
        LedgerState::RefundPending => (Some(325), "Transaction failed, refund pending"),
        LedgerState::Settled | LedgerState::Refunded | LedgerState::Declined | LedgerState::NotBooked => {
            (Some(325), "Transaction successful")
        }
    };
    let mut body = envelope(0, 0, type_id, message);
    body.insert("data".to_owned(), data);
    Reply::json(200, &Value::Object(body))
}

/// Returns the response to an inquiry that found the transaction.
pub(super) fn found(line: &Transaction) -> Reply {
    let (status, words) = tx_status(line.state);
    let data = json!({
        "tx_status": status.to_string(),
        "txstatus_desc": words,
        "tid": line.tid.to_string(),
        "client_ref_id": line.reference,
        "amount": rupees_text(line.amount),
        "fee": rupees_text(line.fee),
        "gst": rupees_text(tax(line.fee)),
        "bank_ref_num": bank_ref_num(line),
        "account": line.recipient.account,
        "ifsc": line.recipient.ifsc,
        "sender_name": line.sender_name,
        "recipient_name": line.recipient.name,
        "beneficiary_account_type": 1,
        "payment_mode": 5,
        "timestamp": ist(line.booked_ms),
    });
    Reply::data(0, 0, 1472, "Success! Enquiry success.", data)
}

/// Returns the response to a refund.
pub(super) fn refunded(line: &Transaction, refund_tid: u64, balance: u64, now_ms: u64) -> Reply {
    let data = json!({
        "tid": line.tid.to_string(),
        "refund_tid": refund_tid.to_string(),
        "amount": format!("{}.{:02}", line.amount / 100, line.amount % 100),
        "fee": rupees_text(line.fee),
        "refunded_amount": format!("{}.{:02}", line.cost() / 100, line.cost() % 100),
        "tds": rupees_text(line.fee / 40),
        "commission_reverse": rupees_text(line.fee / 2),
        "balance": balance_text(balance),
        "currency": "INR",
        "timestamp": utc(now_ms),
    });
    Reply::data(0, 0, 74, "Refund done", data)
}

/// Returns the callback that EPS would post after the bank's answer. The state, the amounts and the tid are numbers, not text.
pub(super) fn callback(line: &Transaction, at_ms: u64) -> Value {
    let (status, words) = tx_status(line.state);
    json!({
        "tx_status": status,
        "txstatus_desc": words,
        "amount": rupees_decimal(line.amount),
        "fee": rupees_decimal(line.fee),
        "gst": rupees_decimal(tax(line.fee)),
        "payment_mode": "5",
        "sender_name": line.sender_name,
        "tid": line.tid,
        "beneficiary_account_type": null,
        "client_ref_id": line.reference,
        "old_tx_status": 2,
        "old_tx_status_desc": "Initiated",
        "bank_ref_num": bank_ref_num(line),
        "ifsc": line.recipient.ifsc,
        "recipient_name": line.recipient.name,
        "account": line.recipient.account,
        "timestamp": ist(at_ms),
    })
}

/// Returns the bank's reference number. The text is empty unless the transaction is settled.
fn bank_ref_num(line: &Transaction) -> String {
    match line.state {
        LedgerState::Settled => format!("87{:08}", line.tid % 100_000_000),
        LedgerState::NotBooked
        | LedgerState::Declined
        | LedgerState::Pending
        | LedgerState::RefundPending
        | LedgerState::Refunded => String::new(),
    }
}

/// Formats a time in UTC, such as `2018-10-30T12:00:14.058Z`.
fn utc(ms: u64) -> String {
    written(ms, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// Formats a time in IST without a time zone, such as `2019-11-01 17:50:44`.
fn ist(ms: u64) -> String {
    written(ms.saturating_add(IST_MS), "%Y-%m-%d %H:%M:%S")
}

fn written(ms: u64, form: &str) -> String {
    let moment = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    moment.strftime(form).to_string()
}
