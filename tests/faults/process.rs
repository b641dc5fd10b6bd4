//! A process that calls in our place: Node with the built package, or this program again. It is told what to do in lines of JSON,
//! and answers in lines of JSON.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Set in this program when it is the one that calls.
pub const ROLE: &str = "EKO_FAULTS_CALLER";
/// Longer than any call may take on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    Rust,
    Node,
    /// Rust, with `ReqwestTransport`.
    Reqwest,
}

/// What this run goes through.
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

    /// The program that calls.
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

/// An answer that is to come.
pub struct Answer {
    pub id: u64,
    answer: oneshot::Receiver<Value>,
}

impl Answer {
    /// `None` where the process has ended without it.
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
            // Nobody waits for what does not come; what was said of it is known by then.
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

    /// The one that this run's calls share.
    pub fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Process>> = OnceLock::new();
        SHARED.get_or_init(|| Process::start(&mut through().command())).clone()
    }

    /// A number for what will be asked.
    pub fn number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Gets ready for the answer of this number; 0 is what is said unasked.
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
        // One that has ended shows in the answer that it does not give.
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

    /// What it has written to stderr.
    pub fn complaints(&self) -> String {
        self.complaints.lock().unwrap().clone()
    }

    pub fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.id);
        assert!(Command::new("sh").arg("-c").arg(script).status().unwrap().success());
    }

    /// Freezes it, and returns when it stands still.
    pub async fn freeze(&self) {
        self.signal("STOP");
        let (stat, begun) = (format!("/proc/{}/stat", self.id), Instant::now());
        while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
            assert!(begun.elapsed() < PATIENCE, "the process does not stop");
            tokio::task::yield_now().await;
        }
    }

    /// Waits for its end, once it has been told to end or has nothing more to be told.
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
