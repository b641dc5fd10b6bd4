//! Simulated bank. Tests compare its ledger with the results that the client reports. The bank shares no code with the client's parser.
#![allow(clippy::wildcard_enum_match_arm, reason = "only some behaviours of the bank need an arm")]

use super::plan::BankConduct;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Reference of a debit that the simulated bank has booked before the run starts. The client asks about it to check that the bank answers
/// inquiries correctly (control inquiry).
pub(super) const KNOWN: &str = "K0";
/// Milliseconds by which the bank's clock is ahead of the client's clock under `HasAnotherClock`.
const AHEAD_MS: u64 = 10 * MINUTE_MS;
/// Milliseconds from a debit request to its late booking. By then, the client has ended the debit as not sent, but has not asked the bank
/// about the debit again.
const LATE_MS: u64 = 45 * MINUTE_MS;

/// Debits that the bank has received and booked.
pub(super) struct SimLedger {
    /// Number of complete debit requests that the bank did not refuse at once, by reference.
    pub(super) debits: HashMap<String, u32>,
    pub(super) booked: HashMap<String, SimBooking>,
    refused_timestamps: u32,
    next_tid: u64,
    begun_ms: u64,
}

#[derive(Debug, Clone)]
pub(super) struct SimBooking {
    tid: u64,
    amount: String,
    visible_ms: u64,
    /// Status of the booking (`tx_status`) before `later_ms`.
    first: u8,
    /// Status of the booking (`tx_status`) from `later_ms` on.
    later: u8,
    later_ms: u64,
    /// Transaction id of the second booking of a debit that a relay sent twice. Inquiries return this id until `later_ms`.
    twin: Option<u64>,
}

impl SimBooking {
    /// Returns the `tx_status` of the booking at this time.
    pub(super) fn state(&self, now_ms: u64) -> u8 {
        if now_ms < self.later_ms { self.first } else { self.later }
    }
}

const MINUTE_MS: u64 = 60_000;

impl SimLedger {
    pub(super) fn new(now_ms: u64) -> Self {
        let (amount, tid) = ("1".to_owned(), 900_000);
        let known = SimBooking { tid, amount, visible_ms: 0, first: 0, later: 0, later_ms: 0, twin: None };
        let booked = [(KNOWN.to_owned(), known)].into();
        Self { debits: HashMap::new(), booked, refused_timestamps: 0, next_tid: 0, begun_ms: now_ms }
    }

    /// Returns the response to the request in `bytes`, or `None` if the request is not complete.
    pub(super) fn handle(&mut self, bytes: &[u8], bank: BankConduct, hidden_ms: u64, now_ms: u64) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() < length.parse().ok()? {
            return None;
        }
        let (status, body) = if head.starts_with("GET ") {
            self.inquiry(head, bank, now_ms)
        } else {
            self.debit(&serde_json::from_str(body).ok()?, bank, hidden_ms, now_ms)
        };
        let clock_ms = match bank {
            BankConduct::HasSeenTheTimestamp | BankConduct::RefusesTheCopy => Some(now_ms),
            BankConduct::HasAnotherClock => Some(now_ms + AHEAD_MS),
            _ => None,
        };
        let date = clock_ms.map_or_else(String::new, |clock_ms| {
            let now = std::time::UNIX_EPOCH + std::time::Duration::from_millis(clock_ms);
            format!("date: {}\r\n", httpdate::fmt_http_date(now))
        });
        Some(format!("HTTP/1.1 {status} X\r\n{date}content-length: {}\r\n\r\n{body}", body.len()).into_bytes())
    }

    fn inquiry(&self, head: &str, bank: BankConduct, now_ms: u64) -> (u16, String) {
        let long = now_ms < self.begun_ms + 30 * MINUTE_MS;
        if bank == BankConduct::RefusesInquiries || bank == BankConduct::RefusesInquiriesForLong && long {
            return (403, json!({"status": 1, "message": "not now"}).to_string());
        }
        let said = self.inquire(head, now_ms);
        let swallowed =
            bank == BankConduct::Swallows && reference(head).is_some_and(|own| self.debits.contains_key(own));
        let said = if swallowed { json!({"status": 1, "response_status_id": 1, "message": "in hand"}) } else { said };
        (200, said.to_string())
    }

    fn inquire(&self, head: &str, now_ms: u64) -> Value {
        let asked_by = |tid: u64| head.contains(&format!("/transaction/{tid}?"));
        let by_tid = |booking: &SimBooking| asked_by(booking.tid) || booking.twin.is_some_and(asked_by);
        let found = match reference(head) {
            Some(reference) => self.booked.get_key_value(reference),
            None => self.booked.iter().find(|(_, booking)| by_tid(booking)),
        };
        match found.filter(|(_, booking)| booking.visible_ms <= now_ms) {
            Some((reference, booking)) => {
                let mut said = answer(reference, booking, booking.state(now_ms), 1472);
                if let Some(twin) = booking.twin.filter(|twin| now_ms < booking.later_ms || asked_by(*twin)) {
                    said["data"]["tid"] = twin.to_string().into();
                }
                said
            }
            None => json!({"status": 1, "response_status_id": -1, "message": "none", "data": {}}),
        }
    }

    fn debit(&mut self, body: &Value, bank: BankConduct, hidden_ms: u64, now_ms: u64) -> (u16, String) {
        let text = |name: &str| body[name].as_str().map(str::to_owned).unwrap_or_else(|| body[name].to_string());
        if bank == BankConduct::RefusesOtp {
            return (200, json!({"status": 302, "response_status_id": 1, "message": "Wrong OTP"}).to_string());
        }
        let page = (200, "<html>maintenance</html>".to_owned());
        let stale = (401, json!({"status": 2485, "response_type_id": 2485, "response_status_id": 1}).to_string());
        let refuses = matches!(
            bank,
            BankConduct::RefusesTimestamp
                | BankConduct::HasAnotherClock
                | BankConduct::HasSeenTheTimestamp
                | BankConduct::RefusesTheCopy
        );
        let first_time = refuses && self.refused_timestamps == 0;
        self.refused_timestamps += u32::from(first_time);
        if first_time && bank != BankConduct::RefusesTheCopy {
            return stale;
        }
        let reference = text("client_ref_id");
        *self.debits.entry(reference.clone()).or_default() += 1;
        self.next_tid += 1;
        let tid = self.next_tid;
        let (first, later) = match bank {
            BankConduct::PendsThenSettles | BankConduct::GetsItTwice => (2, 0),
            BankConduct::PendsThenFails => (2, 1),
            BankConduct::RefundPending => (3, 4),
            BankConduct::Declines | BankConduct::DeclinesTersely => (1, 1),
            BankConduct::SettlesWithUnknownState => (9, 0),
            _ => (0, 0),
        };
        let twin = (bank == BankConduct::GetsItTwice).then(|| {
            self.next_tid += 1;
            self.next_tid
        });
        if bank == BankConduct::Swallows {
            return page;
        }
        let late_ms = if bank == BankConduct::BooksLate { LATE_MS } else { 0 };
        let booking = SimBooking {
            twin,
            tid,
            amount: text("amount"),
            visible_ms: now_ms + if bank == BankConduct::RefusesTheCopy { 0 } else { hidden_ms } + late_ms,
            first,
            later,
            later_ms: now_ms + 10 * MINUTE_MS,
        };
        let mut said = answer(&reference, &booking, first, 325);
        self.booked.insert(reference, booking);
        if first_time {
            return stale;
        }
        match bank {
            BankConduct::SettlesBehindHtml
            | BankConduct::RefusesInquiries
            | BankConduct::RefusesInquiriesForLong
            | BankConduct::BooksLate => page,
            BankConduct::SettlesBehind500 => (500, said.to_string()),
            BankConduct::SettlesAndEchoesAnother => {
                said["data"]["client_ref_id"] = "ANOTHER".into();
                (200, said.to_string())
            }
            BankConduct::SettlesAndRepeats | BankConduct::DeclinesTersely => {
                let data = json!({"tx_status": first.to_string()});
                (200, json!({"status": 0, "response_type_id": 325, "message": "x", "data": data}).to_string())
            }
            _ => (200, said.to_string()),
        }
    }
}

/// Returns the reference in the path of an inquiry, or `None` if the inquiry names a transaction id.
fn reference(head: &str) -> Option<&str> {
    head.split(['/', '?', ' ']).find_map(|part| part.strip_prefix("client_ref_id:"))
}

fn answer(reference: &str, booking: &SimBooking, state: u8, kind: i64) -> Value {
    json!({"status": 0, "response_status_id": 0, "response_type_id": kind, "message": "x", "data": {
        "tx_status": state.to_string(), "tid": booking.tid.to_string(), "client_ref_id": reference, "amount": format!("{}.0", booking.amount)}})
}
