//! An inquiry's "not found" carries nothing that tells it from another call's answer, so it comes over a connection of its own.
#![cfg(feature = "journal-sqlite")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::client::JournalConfig;
use eko_eps::money::{Key, State};
use eko_eps::{CallOptions, Client, Config};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const DEBIT: &str = r#"{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"REF-1"}"#;
const NOT_FOUND: &str = r#"{"status":1,"response_status_id":-1,"message":"none","data":{}}"#;
const SENDER: &str =
    r#"{"status":0,"response_status_id":-1,"response_type_id":309,"message":"ok","data":{"customer_id":"9123456789"}}"#;

/// Which request came over which connection.
type Seen = Arc<Mutex<Vec<(usize, &'static str)>>>;

/// Answers reads and inquiries and keeps their connection; a debit gets none.
fn serve(mut stream: TcpStream, number: usize, seen: &Seen) {
    let mut request = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut request) {
        let text = String::from_utf8_lossy(&request[..count]).into_owned();
        if text.starts_with("POST") {
            return;
        }
        let (what, body) = if text.contains("/tools/") { ("inquiry", NOT_FOUND) } else { ("read", SENDER) };
        seen.lock().unwrap().push((number, what));
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    }
}

#[tokio::test]
async fn an_inquiry_uses_no_connection_that_was_kept() {
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
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("apart-{}", std::process::id()));
    let config = Config::new("developer-apart", "access").initiator_id("9962981729").base_url(base_url);
    let client = Client::new(config.journal(JournalConfig::File(path.clone()))).unwrap();
    let sent = client.debit("dmt.transfer", DEBIT, CallOptions::default()).await.unwrap();
    assert_eq!(sent.state, State::Indeterminate);
    let read =
        || client.call("dmt.getSender", r#"{"customerId":"9123456789","userCode":"20810200"}"#, CallOptions::default());
    read().await.unwrap();
    client.resolve(&Key { op: "dmt.transfer".into(), reference: "REF-1".into() }).await.unwrap();
    read().await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    // The debit's was the first. Reads share theirs; the inquiry's is new.
    assert_eq!(*seen.lock().unwrap(), [(1, "read"), (2, "inquiry"), (1, "read")]);
}
