//! A server that follows a script, exchange by exchange, and counts what it gets.

use crate::script::{Script, Step};
use crate::wire::{Request, Wire};
use std::collections::{HashSet, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub type Tls = Option<Arc<rustls::ServerConfig>>;

#[derive(Default)]
struct Log {
    requests: Mutex<Vec<Request>>,
    /// Number of bytes that came on a connection after it had failed.
    reused: AtomicUsize,
    accepted: AtomicUsize,
    /// Number of connections that have failed and are still open.
    failing: watch::Sender<usize>,
    /// Number of connections that this server has ended.
    ended: watch::Sender<usize>,
    stamps: Mutex<HashSet<String>>,
}

pub struct Server {
    pub address: SocketAddr,
    tls: Tls,
    scripts: Arc<Mutex<VecDeque<Script>>>,
    log: Arc<Log>,
    running: Mutex<Option<tokio::task::JoinHandle<()>>>,
    /// A socket that holds the port and never listens. While no listener has the port, no other program gets it.
    _port: TcpSocket,
}

impl Server {
    /// Starts a server that uses the scripts in order, and the last one again and again.
    pub async fn start(tls: Tls, scripts: impl IntoIterator<Item = Script>) -> Self {
        let port = bound("127.0.0.1:0".parse().unwrap());
        let address = port.local_addr().unwrap();
        let server = Self {
            address,
            tls,
            scripts: Arc::new(Mutex::new(scripts.into_iter().collect())),
            log: Arc::default(),
            running: Mutex::new(None),
            _port: port,
        };
        server.spawn(listener(address));
        server
    }

    fn spawn(&self, listener: TcpListener) {
        let (tls, scripts, log) = (self.tls.clone(), self.scripts.clone(), self.log.clone());
        let task = tokio::spawn(async move {
            // Aborting the task drops this set, and every connection with it.
            let mut connections = JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                let (tls, scripts, log) = (tls.clone(), scripts.clone(), log.clone());
                connections.spawn(async move {
                    let number = log.accepted.fetch_add(1, Ordering::SeqCst);
                    let _ = serve(tcp, number, tls.as_ref(), &scripts, &log).await;
                });
            }
        });
        *self.running.lock().unwrap() = Some(task);
    }

    /// Closes the listener and all connections.
    pub async fn kill(&self) {
        let task = self.running.lock().unwrap().take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
    }

    /// Listens again, at the same address.
    pub fn respawn(&self) {
        self.spawn(listener(self.address));
    }

    pub fn requests(&self) -> Vec<Request> {
        self.log.requests.lock().unwrap().clone()
    }

    pub fn reused(&self) -> usize {
        self.log.reused.load(Ordering::SeqCst)
    }

    /// Says whether this server ends a connection within this time.
    pub async fn has_ended(&self, within: Duration) -> bool {
        let mut ended = self.log.ended.subscribe();
        tokio::time::timeout(within, ended.wait_for(|ended| *ended > 0)).await.is_ok()
    }

    /// Says whether the client closes every connection that failed, within this time.
    pub async fn abandoned(&self, within: Duration) -> bool {
        let mut failing = self.log.failing.subscribe();
        tokio::time::timeout(within, failing.wait_for(|failing| *failing == 0)).await.is_ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = self.running.lock().unwrap().take() {
            task.abort();
        }
    }
}

/// Listens with a small receive buffer, so that a long request cannot leave the client whole before it is read.
fn listener(address: SocketAddr) -> TcpListener {
    bound(address).listen(1024).unwrap()
}

fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_recv_buffer_size(64 * 1024).unwrap();
    socket.bind(address).unwrap();
    socket
}

/// Says whether the next script begins with a request. Then a connection without a request, such as a spare one, uses up no script.
fn waits_for_a_request(scripts: &Mutex<VecDeque<Script>>) -> bool {
    let scripts = scripts.lock().unwrap();
    let script = scripts.front().unwrap();
    !script.raw && matches!(script.steps.first(), Some(Step::Request | Step::Read(_)))
}

fn next(scripts: &Mutex<VecDeque<Script>>) -> Script {
    let mut scripts = scripts.lock().unwrap();
    if scripts.len() > 1 { scripts.pop_front().unwrap() } else { scripts.front().unwrap().clone() }
}

/// Guard that counts a connection with an injected fault. The count goes down when the guard is dropped, however the connection ends.
struct Failing<'a>(&'a watch::Sender<usize>);

impl<'a> Failing<'a> {
    fn begin(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

async fn serve(
    tcp: TcpStream,
    number: usize,
    tls: Option<&Arc<rustls::ServerConfig>>,
    scripts: &Mutex<VecDeque<Script>>,
    log: &Log,
) -> io::Result<()> {
    let _ = tcp.set_nodelay(true);
    let (mut script, mut wire);
    if waits_for_a_request(scripts) {
        wire = Wire::accept(tcp, tls).await?;
        if wire.more().await? == 0 {
            return Ok(());
        }
        script = next(scripts);
    } else {
        script = next(scripts);
        wire = Wire::accept(tcp, tls.filter(|_| !script.raw)).await?;
    }
    let mut _failing = None;
    loop {
        let mut sound = false;
        if !script.steps.iter().any(|step| matches!(step, Step::Next)) {
            _failing = Some(Failing::begin(&log.failing));
        }
        for step in &script.steps {
            match step {
                Step::Reset => {
                    wire.reset();
                    return Ok(());
                }
                Step::Next => sound = true,
                Step::Read(_)
                | Step::Request
                | Step::Write(_)
                | Step::Drip(..)
                | Step::Flood(_)
                | Step::Times(..)
                | Step::Drain
                | Step::Fin
                | Step::Wait(_)
                | Step::Tell(_)
                | Step::Clock(..) => follow(step, &mut wire, number, log).await?,
            }
        }
        if wire.buffered() == 0 && wire.more().await? == 0 {
            return Ok(());
        }
        if !sound {
            // On a raw script the bytes are a TLS handshake, not a request.
            let unwelcome = if script.raw { 0 } else { wire.buffered() };
            log.reused.fetch_add(unwelcome, Ordering::SeqCst);
            while wire.more().await? > 0 {}
            return Ok(());
        }
        script = next(scripts);
    }
}

async fn follow(step: &Step, wire: &mut Wire, number: usize, log: &Log) -> io::Result<()> {
    match step {
        Step::Read(count) => wire.at_least(*count).await,
        Step::Request => {
            let request = wire.request(number).await?;
            log.requests.lock().unwrap().push(request);
            Ok(())
        }
        Step::Write(bytes) => wire.write(bytes).await,
        Step::Drip(bytes, pause) => {
            for byte in bytes {
                wire.write(std::slice::from_ref(byte)).await?;
                tokio::time::sleep(*pause).await;
            }
            Ok(())
        }
        Step::Flood(bytes) => loop {
            wire.write(bytes).await?;
        },
        Step::Times(bytes, count) => {
            for _ in 0..*count {
                wire.write(bytes).await?;
            }
            wire.fin().await
        }
        Step::Drain => wire.drain().await,
        Step::Fin => {
            wire.fin().await?;
            log.ended.send_modify(|ended| *ended += 1);
            Ok(())
        }
        Step::Wait(said) => {
            said.notified().await;
            Ok(())
        }
        Step::Tell(told) => {
            told.notify_one();
            Ok(())
        }
        Step::Clock(ahead, answer) => {
            let stamp = {
                let requests = log.requests.lock().unwrap();
                let latest = requests.iter().rev().find(|request| request.connection == number);
                latest.and_then(|request| request.header("secret-key-timestamp").map(str::to_owned))
            };
            wire.write(&judge_clock(*ahead, &stamp.unwrap_or_default(), log, answer)).await
        }
        Step::Reset | Step::Next => Ok(()),
    }
}

/// Judges a timestamp by EPS's rule: at most two minutes off, and never used twice.
fn judge_clock(ahead_ms: i64, stamp: &str, log: &Log, answer: &[u8]) -> Vec<u8> {
    let now = SystemTime::now();
    let shift = Duration::from_millis(ahead_ms.unsigned_abs());
    let now = if ahead_ms < 0 { now - shift } else { now + shift };
    let now_ms = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as i64;
    let off = stamp.parse::<i64>().map_or(i64::MAX, |stamp| (stamp - now_ms).abs());
    if off <= 120_000 && log.stamps.lock().unwrap().insert(stamp.to_owned()) {
        return answer.to_vec();
    }
    let date = format!("date: {}\r\n", httpdate::fmt_http_date(now));
    crate::script::http(
        401,
        &date,
        r#"{"status":2485,"response_type_id":2485,"response_status_id":1,"message":"stale"}"#,
    )
}
