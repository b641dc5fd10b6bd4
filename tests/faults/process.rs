//! A process that makes the calls for this one: Node with the built package, or this program again. Orders and answers are lines of JSON.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Variable that tells this program to be the process that makes the calls.
pub const ROLE: &str = "EKO_FAULTS_CALLER";
/// Longest wait for an answer: longer than any call takes on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    Rust,
    Node,
    /// Rust, with `ReqwestTransport`.
    Reqwest,
}

/// Returns what this run tests.
pub fn through() -> Through {
    static THROUGH: OnceLock<Through> = OnceLock::new();
    *THROUGH.get_or_init(|| match std::env::var("EKO_FAULTS").as_deref() {
        Ok("node") => Through::Node,
        Ok("reqwest") if cfg!(feature = "reqwest") => Through::Reqwest,
        Ok(other) => {
            panic!("EKO_FAULTS is {other:?}: it may be node, reqwest (with the feature of that name), or not set")
        }
        Err(_) => Through::Rust,
    })
}

impl Through {
    pub fn name(self) -> &'static str {
        match self {
            Through::Rust => "Rust",
            Through::Node => "Node",
            Through::Reqwest => "reqwest",
        }
    }

    /// Returns the command that starts the process that makes the calls.
    pub fn command(self) -> Command {
        let mut command = match self {
            Through::Rust | Through::Reqwest => Command::new(std::env::current_exe().unwrap()),
            Through::Node => Command::new("node"),
        };
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env(ROLE, "1");
        if self == Through::Node {
            command.args(["--expose-gc", "--disable-warning=EKO_NOTICE", "__test__/faults/caller.mjs"]);
        }
        command
    }
}

type Waiting = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Value>>>>>;

pub struct Process {
    child: Mutex<Child>,
    stdin: Mutex<Option<ChildStdin>>,
    waiting: Waiting,
    last: AtomicU64,
    complaints: Arc<Mutex<String>>,
    pub id: u32,
}

/// An answer that is still to come.
pub struct Answer {
    pub id: u64,
    answer: oneshot::Receiver<Value>,
}

impl Answer {
    /// Waits for the answer. Returns `None` if the process ends without it.
    pub async fn get(self) -> Option<Value> {
        tokio::time::timeout(PATIENCE, self.answer).await.expect("the process answers or ends").ok()
    }
}

impl Process {
    pub fn start(command: &mut Command) -> Arc<Self> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let (mut stderr, complaints) = (child.stderr.take().unwrap(), Arc::<Mutex<String>>::default());
        let heard = complaints.clone();
        let hearing = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = stderr.read(&mut bytes) {
                heard.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        let (stdout, known) = (BufReader::new(child.stdout.take().unwrap()), waiting.clone());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let answer: Value =
                    serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a line of ours: {line}"));
                let id = answer["id"].as_u64().unwrap();
                let waits = known.lock().unwrap().as_mut().and_then(|waiting| waiting.remove(&id));
                if let Some(waits) = waits {
                    let _ = waits.send(answer);
                }
            }
            // The process has ended. All of its stderr is read first; then every caller that still waits gets `None`.
            let _ = hearing.join();
            *known.lock().unwrap() = None;
        });
        Arc::new(Self {
            stdin: Mutex::new(child.stdin.take()),
            id: child.id(),
            child: Mutex::new(child),
            waiting,
            last: AtomicU64::new(0),
            complaints,
        })
    }

    /// Returns the process that the calls of this run share.
    pub fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Process>> = OnceLock::new();
        SHARED.get_or_init(|| Process::start(&mut through().command())).clone()
    }

    /// Returns the number of the next order.
    pub fn number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Registers for the answer with this number. Number 0 is a message that no order asked for.
    pub fn expect(&self, id: u64) -> Answer {
        let (sender, answer) = oneshot::channel();
        if let Some(waiting) = self.waiting.lock().unwrap().as_mut() {
            waiting.insert(id, sender);
        }
        Answer { id, answer }
    }

    pub fn tell(&self, what: &str, id: u64, mut order: Value) {
        order["do"] = json!(what);
        order["id"] = json!(id);
        let mut stdin = self.stdin.lock().unwrap();
        // If the process has ended, the missing answer shows it.
        if let Some(stdin) = stdin.as_mut() {
            let _ = writeln!(stdin, "{order}");
        }
    }

    /// # Panics
    /// If the process ends without an answer.
    pub async fn ask(&self, what: &str, order: Value) -> Value {
        let answer = self.expect(self.number());
        self.tell(what, answer.id, order);
        match answer.get().await {
            Some(answer) => answer,
            None => panic!("the process has ended: {}", self.complaints()),
        }
    }

    /// Returns what the process has written to stderr.
    pub fn complaints(&self) -> String {
        self.complaints.lock().unwrap().clone()
    }

    pub fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.id);
        assert!(Command::new("sh").arg("-c").arg(script).status().unwrap().success());
    }

    /// Freezes the process, and returns when it no longer runs.
    pub async fn freeze(&self) {
        self.signal("STOP");
        let (stat, begun) = (format!("/proc/{}/stat", self.id), Instant::now());
        while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
            assert!(begun.elapsed() < PATIENCE, "the process does not stop");
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the process ends, after it was told to end or has no more orders.
    pub async fn end(&self) -> ExitStatus {
        self.stdin.lock().unwrap().take();
        let begun = Instant::now();
        loop {
            let status = self.child.lock().unwrap().try_wait().unwrap();
            if let Some(status) = status {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the process does not end");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}
