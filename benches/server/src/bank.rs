//! Answers to transfers and inquiries. A transfer is answered as settled, with its own reference and a new tid.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

static TID: AtomicU64 = AtomicU64::new(2_000_000_000);

/// Returns the delay of the answer. A path that begins with `/wait-100/` is answered after 100 ms.
pub fn wait(path: &str) -> Duration {
    let ms = path.strip_prefix("/wait-").and_then(|rest| rest.split('/').next()).and_then(|ms| ms.parse().ok());
    Duration::from_millis(ms.unwrap_or(0))
}

/// Returns the answer to a transfer, or `None` if the body is not a transfer. If the path begins with `/pending/`, the answer says that the
/// transfer is not finished.
pub fn taken(path: &str, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let (reference, amount) = (body.get("client_ref_id")?.as_str()?, body.get("amount")?);
    let state = if path.starts_with("/pending/") { "2" } else { "0" };
    let tid = (state == "0").then(|| TID.fetch_add(1, Ordering::Relaxed));
    Some(transaction(state, tid, reference, &amount.to_string()))
}

/// Returns the answer to an inquiry about a transfer, or `None` if the path is not an inquiry. The answer always says that the transfer is
/// settled and that its amount is 100 rupees.
pub fn inquired(path: &str) -> Option<String> {
    let (_, reference) = path.split_once("/tools/reference/transaction/client_ref_id:")?;
    Some(transaction("0", Some(TID.fetch_add(1, Ordering::Relaxed)), reference, "100"))
}

fn transaction(state: &str, tid: Option<u64>, reference: &str, amount: &str) -> String {
    let mut data = json!({
        "tx_status": state, "txstatus_desc": "told by its state", "client_ref_id": reference, "amount": amount,
        "fee": "10.0", "gst": "1.53", "tds": "0.34", "commission": "6.78", "balance": "918276.55", "currency": "INR",
        "bank_ref_num": "618212345678", "recipient_id": "117015428", "customer_id": "9000000003", "channel": "2",
        "timestamp": "2026-11-26T10:11:12.000Z", "account": "10000000001", "collectable_amount": "110.0",
    });
    if let Some(tid) = tid {
        data["tid"] = tid.to_string().into();
    }
    json!({ "response_status_id": 0, "response_type_id": 325, "status": 0, "message": "Transaction", "data": data })
        .to_string()
}
