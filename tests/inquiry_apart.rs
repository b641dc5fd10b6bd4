//! Tests that the answers of a debit and of an inquiry come over connections of their own: nothing in them tells them from another call's
//! answer.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use eko_eps::money::{DebitOptions, JournalConfig, State};
use eko_eps::{CallOptions, Client, Config};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use support::memory::Memory;
use support::shop::{NOT_FOUND, key, transfer};

const PENDING: &str = r#"{"status":0,"response_type_id":325,"message":"x","data":{"tx_status":"2"}}"#;
const SENDER: &str =
    r#"{"status":0,"response_status_id":-1,"response_type_id":309,"message":"ok","data":{"customer_id":"9123456789"}}"#;

/// Connection and kind of each request, in order.
type Seen = Arc<Mutex<Vec<(usize, &'static str)>>>;

/// Answers every request and keeps every connection open.
fn serve(mut stream: TcpStream, number: usize, seen: &Seen) {
    let mut request = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut request) {
        let text = String::from_utf8_lossy(&request[..count]).into_owned();
        let (what, body) = match () {
            () if text.starts_with("POST") => ("debit", PENDING),
            () if text.contains("/tools/") => ("inquiry", NOT_FOUND),
            () => ("read", SENDER),
        };
        seen.lock().unwrap().push((number, what));
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    }
}

#[tokio::test]
async fn debits_and_inquiries_share_no_connection_with_anything() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}/ekoapi/v3", listener.local_addr().unwrap());
    let seen = Seen::default();
    let log = seen.clone();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            let log = log.clone();
            std::thread::spawn(move || serve(stream, number, &log));
        }
    });
    let config = Config::new("developer-apart", "access").initiator_id("9962981729").base_url(base_url);
    let client = Client::new(config.journal(JournalConfig::Store(Arc::new(Memory::new())))).unwrap();
    let read =
        || client.call("dmt.getSender", r#"{"customerId":"9123456789","userCode":"20810200"}"#, CallOptions::default());
    read().await.unwrap();
    for reference in ["REF-1", "REF-2", "REF-3"] {
        let sent = client.debit_by_name("dmt.transfer", &transfer(reference), DebitOptions::default()).await.unwrap();
        assert_eq!(sent.outcome, State::Pending);
        client.resolve(&key(reference)).await.unwrap();
        read().await.unwrap();
    }
    let seen = seen.lock().unwrap().clone();
    let of = |wanted: &str| -> Vec<usize> {
        seen.iter().filter(|(_, what)| *what == wanted).map(|(connection, _)| *connection).collect()
    };
    assert_eq!((of("debit").len(), of("inquiry").len(), of("read").len()), (3, 3, 4), "{seen:?}");
    for (connection, what) in &seen {
        let on_it = seen.iter().filter(|(other, _)| other == connection).count();
        assert_eq!(on_it, if *what == "read" { 4 } else { 1 }, "{seen:?}");
    }
}
