//! Tests that ten thousand calls leave nothing behind: no open socket, no open file, no memory.
#![cfg(all(feature = "journal-sqlite", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::money::{DebitOptions, JournalConfig, State};
use eko_eps::{CallOptions, CancellationToken, Client, Config};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const CALLS: u32 = 10_000;
/// Number of calls after which the connection pool, the allocator and SQLite's cache have their final size.
const WARM: u32 = 2_000;
/// One of so many calls is a debit, which opens a connection of its own.
const DEBIT_EVERY: u32 = 10;
const AT_ONCE: usize = 16;
const MOST_GROWTH_KIB: u64 = 8 * 1024;

const ANSWER: &str = r#"{"status":0,"response_type_id":309,"message":"x","data":{"tx_status":"0","tid":"1","customer_id":"9444444444","name":"A"}}"#;

/// Starts a server that gives every request the same answer and stores nothing.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/ekoapi/v3", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    base_url
}

async fn serve(mut stream: TcpStream) -> Option<()> {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{ANSWER}", ANSWER.len());
    let mut bytes = Vec::new();
    loop {
        let whole = std::str::from_utf8(&bytes).ok().and_then(|text| text.split_once("\r\n\r\n")).is_some_and(
            |(head, body)| {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
                length.parse().is_ok_and(|length: usize| body.len() >= length)
            },
        );
        if whole {
            bytes.clear();
            stream.write_all(answer.as_bytes()).await.ok()?;
        } else if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

async fn run(client: &Client, calls: std::ops::Range<u32>, abort: &CancellationToken) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for number in calls {
        let (client, slot) = (client.clone(), slots.clone().acquire_owned().await.unwrap());
        // All calls share one abort signal, as in an application that shuts down.
        let abort = Some(abort.clone());
        running.spawn(async move {
            if number % DEBIT_EVERY == 0 {
                let params = format!(
                    r#"{{"recipientId":"1","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"6","clientRefId":"S{number}"}}"#
                );
                let mut options = DebitOptions::default();
                options.abort = abort;
                let answer = client.debit_by_name("dmt.transfer", &params, options).await.unwrap();
                assert_eq!(answer.outcome, State::Settled);
            } else {
                let mut options = CallOptions::default();
                options.abort = abort;
                client.call("getTransaction", r#"{"tid":"1"}"#, options).await.unwrap();
            }
            drop(slot);
        });
        while let Some(ended) = running.try_join_next() {
            ended.unwrap();
        }
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

/// Waits until at most this many descriptors are open, because a socket closes a moment after its call. Returns `false` if they stay open.
async fn settles_at(most: usize) -> bool {
    let wait = async {
        while descriptors() > most {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), wait).await.is_ok()
}

#[tokio::test]
async fn ten_thousand_calls_leave_nothing_behind() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("soak-{}.sqlite", std::process::id()));
    let remove = || {
        for suffix in ["", "-wal", "-shm", "-mark"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
    };
    remove();
    let before = descriptors();
    let config = Config::new("developer", "access").initiator_id("9962981729").base_url(server().await);
    let client = Client::new(config.journal(JournalConfig::File(path.clone()))).unwrap();
    let abort = CancellationToken::new();
    run(&client, 0..WARM, &abort).await;
    // The pool may keep as many connections as there were calls at once; each has two ends in this process.
    let most = before + 2 * AT_ONCE + 16;
    assert!(settles_at(most).await, "{} descriptors when warm", descriptors());
    let warm_kib = resident_kib();
    run(&client, WARM..CALLS, &abort).await;
    assert!(settles_at(most).await, "{} descriptors after all", descriptors());
    let grown = resident_kib().saturating_sub(warm_kib);
    println!("{CALLS} calls: {} descriptors, {warm_kib} KiB when warm, {grown} KiB more after all", descriptors());
    assert!(grown < MOST_GROWTH_KIB, "{grown} KiB more than when warm");
    assert_eq!(client.unresolved(None, CALLS).await.unwrap().items.len(), (CALLS / DEBIT_EVERY) as usize);
    drop(client);
    // The listener stays open, and the journal, which is opened once for each process.
    assert!(settles_at(before + 8).await, "{} descriptors after the client, {before} before it", descriptors());
    remove();
}
