//! A bank with a ledger: the judge of every schedule. It shares no code with the client's parser.

use super::plan::Bank;
use serde_json::{Value, json};
use std::collections::HashMap;

/// What the bank has done.
#[derive(Default)]
pub(super) struct Ledger {
    /// Complete debit requests that were not refused at the door, by reference.
    pub(super) debits: HashMap<String, u32>,
    pub(super) booked: HashMap<String, Booking>,
    refused_timestamps: u32,
    next_tid: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Booking {
    tid: u64,
    amount: String,
    visible_ms: u64,
    /// `tx_status` until then, and from then on.
    first: u8,
    later: u8,
    later_ms: u64,
    /// What inquiries name for a while: the booking of a request that somebody else sent again.
    twin: Option<u64>,
}

impl Booking {
    pub(super) fn state(&self, now_ms: u64) -> u8 {
        if now_ms < self.later_ms { self.first } else { self.later }
    }
}

const MINUTE_MS: u64 = 60_000;

impl Ledger {
    /// Answers a request, if `bytes` hold a whole one.
    pub(super) fn handle(&mut self, bytes: &[u8], bank: Bank, hidden_ms: u64, now_ms: u64) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() < length.parse().ok()? {
            return None;
        }
        let (status, body) = if head.starts_with("GET ") {
            (200, self.inquire(head, now_ms).to_string())
        } else {
            self.debit(&serde_json::from_str(body).ok()?, bank, hidden_ms, now_ms)
        };
        let date = match bank {
            Bank::HasSeenTheTimestamp | Bank::RefusesTheCopy => {
                let now = std::time::UNIX_EPOCH + std::time::Duration::from_millis(now_ms);
                format!("date: {}\r\n", httpdate::fmt_http_date(now))
            }
            Bank::Settles
            | Bank::PendsThenSettles
            | Bank::PendsThenFails
            | Bank::RefundPending
            | Bank::Declines
            | Bank::RefusesOtp
            | Bank::RefusesTimestamp
            | Bank::SettlesBehindHtml
            | Bank::SettlesBehind500
            | Bank::SettlesAndEchoesAnother
            | Bank::SettlesWithUnknownState
            | Bank::SettlesAndRepeats
            | Bank::DeclinesTersely
            | Bank::GetsItTwice => String::new(),
        };
        Some(format!("HTTP/1.1 {status} X\r\n{date}content-length: {}\r\n\r\n{body}", body.len()).into_bytes())
    }

    fn inquire(&self, head: &str, now_ms: u64) -> Value {
        let reference = head.split(['/', '?', ' ']).find_map(|part| part.strip_prefix("client_ref_id:"));
        let asked_by = |tid: u64| head.contains(&format!("/transaction/{tid}?"));
        let by_tid = |booking: &Booking| asked_by(booking.tid) || booking.twin.is_some_and(asked_by);
        let found = match reference {
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

    fn debit(&mut self, body: &Value, bank: Bank, hidden_ms: u64, now_ms: u64) -> (u16, String) {
        let text = |name: &str| body[name].as_str().map(str::to_owned).unwrap_or_else(|| body[name].to_string());
        if bank == Bank::RefusesOtp {
            return (200, json!({"status": 302, "response_status_id": 1, "message": "Wrong OTP"}).to_string());
        }
        let stale = (401, json!({"status": 2485, "response_type_id": 2485, "response_status_id": 1}).to_string());
        let refuses = matches!(bank, Bank::RefusesTimestamp | Bank::HasSeenTheTimestamp | Bank::RefusesTheCopy);
        let first_time = refuses && self.refused_timestamps == 0;
        self.refused_timestamps += u32::from(first_time);
        if first_time && bank != Bank::RefusesTheCopy {
            return stale;
        }
        let reference = text("client_ref_id");
        *self.debits.entry(reference.clone()).or_default() += 1;
        self.next_tid += 1;
        let tid = self.next_tid;
        let (first, later) = match bank {
            Bank::PendsThenSettles | Bank::GetsItTwice => (2, 0),
            Bank::PendsThenFails => (2, 1),
            Bank::RefundPending => (3, 4),
            Bank::Declines | Bank::DeclinesTersely => (1, 1),
            Bank::SettlesWithUnknownState => (9, 0),
            Bank::Settles
            | Bank::RefusesOtp
            | Bank::RefusesTimestamp
            | Bank::HasSeenTheTimestamp
            | Bank::RefusesTheCopy
            | Bank::SettlesBehindHtml
            | Bank::SettlesBehind500
            | Bank::SettlesAndRepeats
            | Bank::SettlesAndEchoesAnother => (0, 0),
        };
        let twin = (bank == Bank::GetsItTwice).then(|| {
            self.next_tid += 1;
            self.next_tid
        });
        let booking = Booking {
            twin,
            tid,
            amount: text("amount"),
            visible_ms: now_ms + if bank == Bank::RefusesTheCopy { 0 } else { hidden_ms },
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
            Bank::SettlesBehindHtml => (200, "<html>maintenance</html>".into()),
            Bank::SettlesBehind500 => (500, said.to_string()),
            Bank::SettlesAndEchoesAnother => {
                said["data"]["client_ref_id"] = "ANOTHER".into();
                (200, said.to_string())
            }
            Bank::SettlesAndRepeats | Bank::DeclinesTersely => {
                let data = json!({"tx_status": first.to_string()});
                (200, json!({"status": 0, "response_type_id": 325, "message": "x", "data": data}).to_string())
            }
            Bank::Settles
            | Bank::PendsThenSettles
            | Bank::PendsThenFails
            | Bank::GetsItTwice
            | Bank::RefundPending
            | Bank::Declines
            | Bank::RefusesOtp
            | Bank::RefusesTimestamp
            | Bank::HasSeenTheTimestamp
            | Bank::RefusesTheCopy
            | Bank::SettlesWithUnknownState => (200, said.to_string()),
        }
    }
}

fn answer(reference: &str, booking: &Booking, state: u8, kind: i64) -> Value {
    json!({"status": 0, "response_status_id": 0, "response_type_id": kind, "message": "x", "data": {
        "tx_status": state.to_string(), "tid": booking.tid.to_string(), "client_ref_id": reference, "amount": format!("{}.0", booking.amount)}})
}
