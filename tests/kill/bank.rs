//! A bank in the parent process. It outlives every child, and the tests compare everything with its ledger.

use super::moods::{Mood, Moods};
use super::wire::{Request, answer, request};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, SystemTime};

/// Age in milliseconds from which a timestamp is refused, in place of EPS's two minutes.
const SIGNATURE_LIFE_MS: u64 = 600;
const NONE: &str = r#"{"status":1,"response_status_id":-1,"message":"none","data":{}}"#;
const WRONG_OTP: &str = r#"{"status":302,"response_status_id":1,"response_type_id":302,"message":"Wrong OTP"}"#;
const REFUSED_STAMP: &str = r#"{"status":2485,"response_type_id":2485,"response_status_id":1,"message":"stale"}"#;

/// Booking of the bank for a reference.
#[derive(Clone, Debug)]
pub struct Booking {
    /// How often the debit was booked.
    pub times: u32,
    pub tid: usize,
    /// `tx_status` in the answer to an inquiry.
    pub tx_status: u8,
    /// How often the money was paid back.
    pub refunds: u32,
}

#[derive(Default)]
struct Books {
    moods: Option<Moods>,
    bookings: HashMap<String, Booking>,
    /// Number of complete requests that were not refused before any work, by `op:reference`, for a refund `refund:tid`.
    taken: HashMap<String, u32>,
    /// Keys of the debits that the bank accepted without doing anything for them.
    forgotten: Vec<String>,
    refused: HashSet<String>,
    stamps: HashSet<String>,
    /// How often the bank was in each mood (what it does with one request).
    counts: BTreeMap<&'static str, usize>,
    /// References whose debits are booked, but not answered until `release`.
    held: HashSet<String>,
}

type Shared = Arc<(Mutex<Books>, Condvar)>;

pub struct Bank {
    pub base_url: String,
    books: Shared,
    /// The references in the order in which they arrive.
    pub arrivals: Receiver<String>,
}

impl Bank {
    /// Opens a bank without moods: it books and answers every debit.
    pub fn open() -> Self {
        Self::with(None)
    }

    pub fn moody(moods: Moods) -> Self {
        Self::with(Some(moods))
    }

    fn with(moods: Option<Moods>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/ekoapi/v3", listener.local_addr().unwrap());
        let books: Shared = Arc::new((Mutex::new(Books { moods, ..Books::default() }), Condvar::new()));
        let (sender, arrivals) = channel();
        let shared = books.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (books, sender) = (shared.clone(), sender.clone());
                std::thread::spawn(move || serve(stream, &books, &sender));
            }
        });
        Self { base_url, books, arrivals }
    }

    pub fn hold(&self, reference: &str) {
        self.books.0.lock().unwrap().held.insert(reference.to_owned());
    }

    pub fn release(&self, reference: &str) {
        self.books.0.lock().unwrap().held.remove(reference);
        self.books.1.notify_all();
    }

    /// Ends the moods: from now on the bank books and answers every debit.
    pub fn cheer_up(&self) {
        self.books.0.lock().unwrap().moods = None;
    }

    /// Books every second forgotten debit of these, late. Returns how many.
    pub fn remember(&self, keys: &[String]) -> usize {
        let mut books = self.books.0.lock().unwrap();
        // A debit that was accepted twice and forgotten twice is booked once.
        let forgotten: BTreeSet<String> = books.forgotten.iter().filter(|key| keys.contains(key)).cloned().collect();
        let remembered: Vec<String> = forgotten.into_iter().step_by(2).collect();
        remembered.iter().for_each(|key| books.book(key, 0));
        remembered.len()
    }

    pub fn booking(&self, reference: &str) -> Option<Booking> {
        self.books.0.lock().unwrap().bookings.get(reference).cloned()
    }

    pub fn bookings(&self) -> HashMap<String, Booking> {
        self.books.0.lock().unwrap().bookings.clone()
    }

    /// Returns the number of complete requests that the bank did not refuse, by `op:reference`, for a refund `refund:tid`.
    pub fn taken(&self) -> HashMap<String, u32> {
        self.books.0.lock().unwrap().taken.clone()
    }

    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        self.books.0.lock().unwrap().counts.clone()
    }
}

impl Books {
    /// Books the debit with the key `dmt.transfer:REFERENCE` or `refund:TID`.
    fn book(&mut self, key: &str, tx_status: u8) {
        if let Some(tid) = key.strip_prefix("refund:") {
            let booking = self.bookings.values_mut().find(|booking| booking.tid.to_string() == tid).unwrap();
            booking.refunds += 1;
            booking.tx_status = 4;
            return;
        }
        let (_, reference) = key.split_once(':').unwrap();
        let tid = 1_000_001 + self.bookings.len();
        let booking = Booking { times: 0, tid, tx_status, refunds: 0 };
        self.bookings.entry(reference.to_owned()).or_insert(booking).times += 1;
    }

    fn mood(&mut self, key: &str, stamp: Option<&str>) -> Mood {
        let Some(moods) = &self.moods else { return Mood::Answers };
        let now_ms = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as u64;
        let stamp_ms: u64 = stamp.unwrap_or_default().parse().unwrap();
        let mood = if now_ms > stamp_ms + SIGNATURE_LIFE_MS {
            Mood::RefusesOldStamp
        } else if !self.stamps.insert(stamp.unwrap_or_default().to_owned()) {
            Mood::RefusesSeenStamp
        } else {
            let mood = moods.of(key);
            let again = mood == Mood::RefusesOnce && !self.refused.insert(key.to_owned());
            if again { Mood::Answers } else { mood }
        };
        *self.counts.entry(mood.name()).or_default() += 1;
        mood
    }

    /// Returns `tx_status` in the debit's own answer, and later in the answers to inquiries.
    fn states(&self, reference: &str) -> (u8, u8) {
        if let Some(moods) = &self.moods {
            return moods.states(reference);
        }
        // By the last digit of the reference: 7 and 8 are pending and settle later, 9 is declined, all others settle.
        match reference.as_bytes().last() {
            Some(b'7' | b'8') => (2, 0),
            Some(b'9') => (1, 1),
            _ => (0, 0),
        }
    }
}

fn serve(mut stream: TcpStream, books: &Shared, arrivals: &Sender<String>) -> Option<()> {
    // An incomplete request is not counted, and one connection may bring several requests.
    while let Some(request) = request(&mut stream) {
        let answer = if request.head.starts_with("POST ") {
            money(&mut stream, &request, books, arrivals)?
        } else {
            inquire(&request, books)?
        };
        stream.write_all(answer.as_bytes()).ok()?;
    }
    None
}

/// Returns the answer to a debit, or `None` if it gets no answer.
fn money(stream: &mut TcpStream, request: &Request, books: &Shared, arrivals: &Sender<String>) -> Option<String> {
    let (key, reference) = request.intent();
    let refund = key.starts_with("refund:");
    let mut open = books.0.lock().unwrap();
    let mood = open.mood(&key, request.header("secret-key-timestamp"));
    match mood {
        Mood::RefusesOnce => return Some(answer(200, "", WRONG_OTP)),
        Mood::RefusesOldStamp | Mood::RefusesSeenStamp => {
            let date = format!("date: {}\r\n", httpdate::fmt_http_date(SystemTime::now()));
            return Some(answer(401, &date, REFUSED_STAMP));
        }
        Mood::Answers
        | Mood::AnswersLate(_)
        | Mood::LosesAnswer
        | Mood::Silent
        | Mood::BooksLate(_)
        | Mood::Forgets => *open.taken.entry(key.clone()).or_default() += 1,
    }
    let (first, later) = open.states(&reference);
    if let Mood::Forgets = mood {
        open.forgotten.push(key);
        return None;
    }
    if let Mood::BooksLate(ms) | Mood::AnswersLate(ms) = mood {
        drop(open);
        std::thread::sleep(Duration::from_millis(ms));
        open = books.0.lock().unwrap();
    }
    open.book(&key, later);
    let tid = if refund { reference.clone() } else { open.bookings[&reference].tid.to_string() };
    // The test may have ended; then the arrival is not counted.
    let _ = arrivals.send(reference.clone());
    drop(books.1.wait_while(open, |books| books.held.contains(&reference)).unwrap());
    if mood == Mood::Silent {
        // Waits until the client closes the connection.
        let _ = stream.read(&mut [0]);
    }
    if matches!(mood, Mood::LosesAnswer | Mood::BooksLate(_) | Mood::Silent) {
        return None;
    }
    let said = if refund { refunded(&tid) } else { transaction(325, &reference, &tid, first) };
    Some(answer(200, "", &said))
}

fn inquire(request: &Request, books: &Shared) -> Option<String> {
    let asked = request.head.split(['/', '?', ' ']).nth(7).unwrap();
    let mut books = books.0.lock().unwrap();
    if books.moods.as_mut().is_some_and(Moods::is_busy) {
        *books.counts.entry("an inquiry was not answered").or_default() += 1;
        return None;
    }
    let mut bookings = books.bookings.iter();
    let found = match asked.strip_prefix("client_ref_id:") {
        Some(asked) => bookings.find(|(reference, _)| *reference == asked),
        None => bookings.find(|(_, booking)| booking.tid.to_string() == asked),
    };
    let body =
        found.map(|(reference, booking)| transaction(1472, reference, &booking.tid.to_string(), booking.tx_status));
    Some(answer(200, "", body.as_deref().unwrap_or(NONE)))
}

fn transaction(kind: u16, reference: &str, tid: &str, tx_status: u8) -> String {
    format!(
        r#"{{"status":0,"response_status_id":0,"response_type_id":{kind},"message":"x","data":{{"tx_status":"{tx_status}","tid":"{tid}","client_ref_id":"{reference}","amount":"100.0"}}}}"#
    )
}

fn refunded(tid: &str) -> String {
    format!(
        r#"{{"status":0,"response_status_id":0,"response_type_id":74,"message":"x","data":{{"tid":"{tid}","refund_tid":"9{tid}"}}}}"#
    )
}
