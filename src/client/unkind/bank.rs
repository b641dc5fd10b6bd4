//! Simulated EPS, with all the faults that are documented for the real EPS.

use super::books::{Books, KNOWN};
use super::plan::{Conduct, HIDDEN_MS, MINUTE_MS, Mood, UnkindPlan, WINDOW_MS};
use super::world::UnkindWorld;
use crate::mutex::lock;
use fastrand::Rng;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Answer of EPS as bytes, and the delay before the bytes arrive.
pub(super) struct UnkindAnswer {
    pub(super) bytes: Vec<u8>,
    pub(super) after: Duration,
}

const NONE: &str = "no such transaction";
/// Milliseconds from a debit request to its late booking. By then, the client has ended the debit as not sent.
const LATE_MS: u64 = 40 * MINUTE_MS;

/// Complete HTTP request of a client.
pub(super) struct UnkindRequest {
    pub(super) head: String,
    pub(super) body: String,
}

impl UnkindRequest {
    /// Parses a request. Returns `None` while the request is not complete.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let (head, body) = std::str::from_utf8(bytes).ok()?.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        (body.len() >= length.parse().ok()?).then(|| Self { head: head.to_owned(), body: body.to_owned() })
    }

    pub(super) fn is_debit(&self) -> bool {
        self.head.starts_with("POST ")
    }

    fn stamp(&self) -> u64 {
        let line = self.head.lines().find_map(|line| line.strip_prefix("secret-key-timestamp: "));
        line.and_then(|text| text.parse().ok()).unwrap()
    }

    fn text(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body[name].as_str().map_or_else(|| body[name].to_string(), str::to_owned)
    }

    /// Returns the reference in the path of an inquiry, or `None` if the inquiry names a transaction id.
    fn reference_asked(&self) -> Option<&str> {
        self.head.split(['/', '?', ' ']).find_map(|part| part.strip_prefix("client_ref_id:"))
    }

    /// Returns the reference of a debit, or the transaction id in a refund. EPS's books use it as the key.
    pub(super) fn reference(&self) -> String {
        self.refunds().map_or_else(|| self.text("client_ref_id"), str::to_owned)
    }

    fn refunds(&self) -> Option<&str> {
        self.head.split_once("/refund/")?.1.split(['?', ' ']).next()
    }
}

impl UnkindWorld {
    /// Answers a debit or a refund as EPS does. EPS makes a late booking even if the client no longer waits.
    pub(super) fn debit(self: &Arc<Self>, request: &UnkindRequest) -> (u16, Value) {
        if let Some(tid) = request.refunds() {
            return self.refund(tid, request.stamp());
        }
        let (now_ms, reference, amount) = (self.eps_ms(), request.reference(), request.text("amount"));
        let mut books = lock(&self.books);
        if let Some(refusal) = refuses_timestamp(&mut books, request.stamp(), now_ms) {
            return refusal;
        }
        let conduct = self.plan.conducts[debit_of(&reference)];
        if conduct == Conduct::WrongOtp {
            return (200, json!({"status": 302, "response_status_id": 1, "message": "Wrong OTP"}));
        }
        books.taken.entry(reference.clone()).or_default().insert(request.stamp());
        let page = (200, Value::String("<html>maintenance</html>".into()));
        match conduct {
            Conduct::Swallows => return page,
            Conduct::BooksLate => {
                books.sets_out(&reference);
                drop(books);
                let world = Arc::clone(self);
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(LATE_MS)).await;
                    let (mut books, now_ms) = (lock(&world.books), world.eps_ms());
                    books.has_come(&reference);
                    books.book(&reference, &amount, conduct, now_ms, 0);
                });
                return page;
            }
            Conduct::Settles
            | Conduct::PendsThenSettles
            | Conduct::PendsThenFails
            | Conduct::RefundPending
            | Conduct::RefundsItself
            | Conduct::Fails
            | Conduct::WrongOtp => {}
        }
        let booking = books.book(&reference, &amount, conduct, now_ms, self.plan.hidden_ms);
        let mut said = told(&reference, &booking.tid, &booking.amount, booking.state(now_ms), 325);
        let mut rng = lock(&self.rng);
        match if self.is_kind() { 9 } else { rng.u8(0..14) } {
            0 => page,
            1 => (500, said),
            2 => {
                said["data"]["client_ref_id"] = "ANOTHER".into();
                (200, said)
            }
            3 => {
                said["data"]["tx_status"] = "17".into();
                (200, said)
            }
            4 => {
                said["data"]["inner"] = json!({"tx_status": "4"});
                (200, said)
            }
            5 => {
                said["data"]["amount"] = "999.0".into();
                (200, said)
            }
            6 => (200, json!({"status": 1, "response_status_id": 1, "message": "try later"})),
            7 => {
                said["data"]["client_ref_id"].take();
                (200, said)
            }
            _ => (200, said),
        }
    }

    /// Answers a refund as EPS does. EPS may or may not pay the money back, and the answer may or may not show the payment.
    fn refund(&self, tid: &str, stamp: u64) -> (u16, Value) {
        let now_ms = self.eps_ms();
        let mut books = lock(&self.books);
        if let Some(refusal) = refuses_timestamp(&mut books, stamp, now_ms) {
            return refusal;
        }
        let mut rng = lock(&self.rng);
        let page = (200, Value::String("<html>maintenance</html>".into()));
        let conduct = if self.is_kind() { 9 } else { rng.u8(0..6) };
        if conduct == 0 {
            return (200, json!({"status": 302, "response_status_id": 1, "message": "Wrong OTP"}));
        }
        books.taken.entry(tid.to_owned()).or_default().insert(stamp);
        if conduct == 1 {
            return page;
        }
        let Some(booking) = books.of_tid(tid) else { return failure(-1) };
        booking.paid_back_ms.push(now_ms);
        let said = json!({"status": 0, "response_status_id": 0, "response_type_id": 74, "message": "x", "data": {
            "tid": tid, "refund_tid": format!("9{tid}")}});
        match conduct {
            2 => page,
            3 => (502, said),
            _ => (200, said),
        }
    }

    /// Returns the reference of the debit that an inquiry asks about. Returns `None` for a control inquiry and for an unknown transaction
    /// id.
    pub(super) fn asked_for(&self, request: &UnkindRequest) -> Option<String> {
        let books = lock(&self.books);
        let by_tid = |tid: u64| request.head.contains(&format!("/transaction/{tid}?"));
        let of_tid = books.booked.iter().find(|(_, booking)| by_tid(booking.tid));
        let reference = request.reference_asked().or(of_tid.map(|(reference, _)| reference.as_str()))?;
        (reference != KNOWN).then(|| reference.to_owned())
    }

    /// Answers an inquiry as EPS does. Returns `None` if EPS does not answer at all.
    pub(super) fn inquiry(&self, request: &UnkindRequest, rng: &mut Rng) -> Option<(u16, Value)> {
        let now_ms = self.eps_ms();
        let since = now_ms - self.epoch_ms;
        let mut books = lock(&self.books);
        let moods: Vec<_> = if self.is_kind() { Vec::new() } else { self.plan.moods(since).collect() };
        let (mut before, mut another, mut forgets, mut no_reference) = (false, false, false, false);
        for mood in moods {
            // Decides at random whether a fault hits this inquiry. Faults that look like "no such transaction" ignore the decision and hit
            // every inquiry.
            let comes = rng.bool();
            match mood {
                Mood::Refuses(status) if comes => return Some((status, Value::String("<html>no</html>".into()))),
                Mood::RefusesTimestamps if comes => return Some(stale()),
                Mood::Babbles if comes => {
                    return Some((200, Value::String(["", "{\"sta", "null"][rng.usize(0..3)].into())));
                }
                Mood::Fails(id) => return Some(failure(id)),
                Mood::KnowsNoReference => no_reference = true,
                Mood::AnswersAboutAnother => another = comes,
                Mood::AnswersOfBefore => before = comes,
                Mood::Forgets => forgets = true,
                Mood::Hangs if comes => return None,
                Mood::IsLate | Mood::Refuses(_) | Mood::RefusesTimestamps | Mood::Babbles | Mood::Hangs => {}
            }
        }
        if let Some(refusal) = refuses_timestamp(&mut books, request.stamp(), now_ms) {
            return Some(refusal);
        }
        let by_reference = request.reference_asked();
        let found = match by_reference {
            Some(_) if no_reference => None,
            Some(reference) => books.booked.get_key_value(reference),
            None => books
                .booked
                .iter()
                .find(|(_, booking)| request.head.contains(&format!("/transaction/{}?", booking.tid))),
        };
        let found = found.filter(|(_, booking)| booking.visible_ms <= now_ms);
        let found = found.filter(|(reference, _)| !(forgets && self.is_named(reference)));
        let Some((reference, booking)) = found else { return Some(failure(-1)) };
        if another && reference != KNOWN {
            let known = &books.booked[KNOWN];
            return Some((200, told(KNOWN, &known.tid, &known.amount, 0, 1472)));
        }
        // After a refund, EPS may show the old state for at most `HIDDEN_MS`. The client waits longer before it ends a refund as not found.
        let shown = booking.shown(now_ms, if before { HIDDEN_MS } else { self.plan.hidden_ms });
        let state = if before && booking.paid_back_ms.is_empty() { booking.before() } else { shown };
        Some((200, told(reference, &booking.tid, &booking.amount, state, 1472)))
    }

    /// Returns the bytes of an answer. The headers `Date` and `Age`, from which the client learns EPS's time, may be missing or wrong.
    pub(super) fn answer(&self, (status, body): (u16, Value), rng: &mut Rng) -> Vec<u8> {
        let UnkindPlan { dateless, aged, misdated, .. } = self.plan;
        let mut comes = |percent: u8| !self.is_kind() && rng.u8(0..100) < percent;
        let off_ms = if comes(misdated) { 60 * MINUTE_MS } else { 0 };
        let date = UNIX_EPOCH + Duration::from_millis(self.eps_ms() + off_ms);
        let date = if comes(dateless) { String::new() } else { format!("date: {}\r\n", httpdate::fmt_http_date(date)) };
        let age = if comes(aged) { "age: 7\r\n" } else { "" };
        let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        format!("HTTP/1.1 {status} X\r\n{date}{age}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }
}

/// Returns the plan's index of the debit with this reference. A reference that replaces another reference has the same index.
pub(super) fn debit_of(reference: &str) -> usize {
    reference.trim_start_matches(['R', 'N']).parse().unwrap()
}

fn refuses_timestamp(books: &mut Books, stamp: u64, now_ms: u64) -> Option<(u16, Value)> {
    (stamp.abs_diff(now_ms) > WINDOW_MS || !books.stamps.insert(stamp)).then(stale)
}

fn stale() -> (u16, Value) {
    (401, json!({"status": 2485, "response_type_id": 2485, "response_status_id": 1, "message": "stale"}))
}

fn failure(id: i64) -> (u16, Value) {
    let said = match id {
        -1 => json!({"status": 1, "response_status_id": -1, "message": NONE, "data": {}}),
        69 => {
            json!({"status": 69, "response_status_id": 1, "message": "failed", "invalid_params": {"client_ref_id": "invalid"}})
        }
        id => json!({"status": id, "response_status_id": 1, "response_type_id": id, "message": "failed"}),
    };
    (200, said)
}

fn told(reference: &str, tid: &u64, amount: &str, state: u8, kind: i64) -> Value {
    json!({"status": 0, "response_status_id": 0, "response_type_id": kind, "message": "x", "data": {
        "tx_status": state.to_string(), "tid": tid.to_string(), "client_ref_id": reference, "amount": format!("{amount}.0")}})
}
