//! A bank in the parent process: it outlives every child, and its ledger is the judge.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

/// What the bank has done for a reference.
#[derive(Clone, Debug)]
pub struct Booking {
    /// Complete requests that arrived for it.
    pub requests: u32,
    pub tid: usize,
    /// `tx_status` when it is asked.
    pub tx_status: u8,
}

#[derive(Default)]
struct Books {
    bookings: HashMap<String, Booking>,
    /// References that are booked and not answered until they are released.
    held: HashSet<String>,
}

pub struct Bank {
    pub base_url: String,
    books: Arc<(Mutex<Books>, Condvar)>,
    /// References as they arrive.
    pub arrivals: Receiver<String>,
}

impl Bank {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/ekoapi/v3", listener.local_addr().unwrap());
        let books = Arc::new((Mutex::new(Books::default()), Condvar::new()));
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

    pub fn booking(&self, reference: &str) -> Option<Booking> {
        self.books.0.lock().unwrap().bookings.get(reference).cloned()
    }

    pub fn bookings(&self) -> HashMap<String, Booking> {
        self.books.0.lock().unwrap().bookings.clone()
    }
}

fn serve(mut stream: TcpStream, books: &(Mutex<Books>, Condvar), arrivals: &Sender<String>) {
    // A request that ends early is none, and one connection may bring several.
    while let Some((head, body)) = request(&mut stream) {
        let answer = if head.starts_with("POST ") { debit(&body, books, arrivals) } else { inquire(&head, books) };
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", answer.len());
        if stream.write_all(format!("{head}{answer}").as_bytes()).is_err() {
            return;
        }
    }
}

fn debit(body: &str, (books, released): &(Mutex<Books>, Condvar), arrivals: &Sender<String>) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let reference = body["client_ref_id"].as_str().unwrap().to_owned();
    let mut books = books.lock().unwrap();
    let tid = books.bookings.len() + 1;
    // Of ten references seven settle, two pend and settle later, one is declined.
    let (first, later) = match reference.as_bytes().last() {
        Some(b'7' | b'8') => (2, 0),
        Some(b'9') => (1, 1),
        _ => (0, 0),
    };
    let booking = Booking { requests: 0, tid, tx_status: later };
    let booking = books.bookings.entry(reference.clone()).or_insert(booking);
    booking.requests += 1;
    let said = answer(325, &reference, booking.tid, first);
    // The test may have ended; then nobody counts.
    let _ = arrivals.send(reference.clone());
    drop(released.wait_while(books, |books| books.held.contains(&reference)).unwrap());
    said
}

fn inquire(head: &str, (books, _): &(Mutex<Books>, Condvar)) -> String {
    let asked = head.split(['/', '?', ' ']).nth(7).unwrap();
    let books = books.lock().unwrap();
    let mut bookings = books.bookings.iter();
    let found = match asked.strip_prefix("client_ref_id:") {
        Some(asked) => bookings.find(|(reference, _)| *reference == asked),
        None => bookings.find(|(_, booking)| booking.tid.to_string() == asked),
    };
    match found {
        Some((reference, booking)) => answer(1472, reference, booking.tid, booking.tx_status),
        None => r#"{"status":1,"response_status_id":-1,"message":"none","data":{}}"#.into(),
    }
}

fn answer(kind: u16, reference: &str, tid: usize, tx_status: u8) -> String {
    format!(
        r#"{{"status":0,"response_status_id":0,"response_type_id":{kind},"message":"x","data":{{"tx_status":"{tx_status}","tid":"{tid}","client_ref_id":"{reference}","amount":"100.0"}}}}"#
    )
}

fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some((head, body)) = std::str::from_utf8(&bytes).ok().and_then(|text| text.split_once("\r\n\r\n")) {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}
