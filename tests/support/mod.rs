//! A plain HTTP server that knows nothing of EPS: it records the bytes of its requests and gives fixed answers.

#![allow(dead_code, clippy::unwrap_used, reason = "each test binary uses its own part; a test may panic")]

pub mod memory;
pub mod shop;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// An answer with this status and body, with Content-Length.
    Json(u16, String),
    /// The same answer, this many milliseconds later.
    Late(u64, u16, String),
    /// The same answer, once this is true.
    Until(tokio::sync::watch::Sender<bool>, u16, String),
    /// These bytes as they are; then the connection is closed.
    Raw(Vec<u8>),
    /// Reads the request and closes.
    Close,
    /// Reads the request and never answers.
    Silence,
}

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns what an inquiry asks for: our reference, or EPS's tid. Returns `None` for other requests.
    pub fn asks_for(&self) -> Option<&str> {
        let (_, asked) = self.line.strip_prefix("GET ")?.split_once("/tools/reference/transaction/")?;
        let asked = asked.split(['?', ' ']).next()?;
        Some(asked.strip_prefix("client_ref_id:").unwrap_or(asked))
    }
}

pub struct PlainServer {
    pub origin: String,
    received: Arc<Mutex<Vec<Received>>>,
}

/// Chooses the answer to a request.
type Answers = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

impl PlainServer {
    /// Starts a server that gives these answers in order; the last one is repeated.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies = Mutex::new(replies.into_iter().collect());
        Self::answering(move |_| next(&mut replies.lock().unwrap()).unwrap_or(Reply::Close)).await
    }

    /// Starts a server that chooses each answer by the request.
    pub async fn answering(answers: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let answers: Answers = Arc::new(answers);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let log = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, log.clone(), answers.clone()));
            }
        });
        Self { origin, received }
    }

    /// Waits until so many requests have come.
    pub async fn heard(&self, count: usize) {
        let begun = std::time::Instant::now();
        while self.received.lock().unwrap().len() < count {
            assert!(begun.elapsed().as_secs() < 20, "{} of {count} requests have come", self.received().len());
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    pub fn base_url(&self) -> String {
        format!("{}/ekoapi/v3", self.origin)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

/// Takes the next of these replies; the last one is repeated.
pub fn next(replies: &mut VecDeque<Reply>) -> Option<Reply> {
    if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() }
}

async fn serve(mut stream: TcpStream, log: Arc<Mutex<Vec<Received>>>, answers: Answers) {
    while let Some(request) = read_request(&mut stream).await {
        let reply = answers(&request);
        log.lock().unwrap().push(request);
        if let Reply::Late(after_ms, ..) = &reply {
            tokio::time::sleep(std::time::Duration::from_millis(*after_ms)).await;
        }
        if let Reply::Until(gate, ..) = &reply {
            let _ = gate.subscribe().wait_for(|open| *open).await;
        }
        match reply {
            Reply::Json(status, body) | Reply::Late(_, status, body) | Reply::Until(_, status, body) => {
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
                    return;
                }
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Close => return,
            Reply::Silence => std::future::pending().await,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { line, headers, body: String::from_utf8(bytes[head_end..].to_vec()).unwrap() })
}
