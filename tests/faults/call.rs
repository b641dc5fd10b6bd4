//! Makes calls, in this Rust process or through another process, and reports what came of them.

pub use crate::class::{CLASSES, Class, OTP};
use crate::metronome;
use crate::process::{Process, Through, through};
use crate::row::GRACE;
use crate::rust::Rust;
use eko_eps::CancellationToken;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub const ACCESS_KEY: &str = "canary-access-key-91c4";

/// The server of a client, and how the client reaches it.
#[derive(Clone, Default)]
pub struct Target {
    pub base_url: String,
    pub ca: Option<String>,
    pub proxy: Option<String>,
    /// File of the journal; without it the client gets a fresh one.
    pub journal: Option<PathBuf>,
}

/// A client with keys and a journal of its own.
pub struct Caller {
    way: Way,
    number: usize,
    target: Target,
}

enum Way {
    Here(Rust),
    There(Arc<Process>),
}

/// Aborts one call.
pub enum Stop {
    Here(CancellationToken),
    There(Arc<Process>, u64),
}

impl Stop {
    pub fn stop(&self) {
        match self {
            Stop::Here(abort) => abort.cancel(),
            Stop::There(process, call) => process.tell("abort", *call, json!({})),
        }
    }
}

pub struct Seen {
    pub outcome: String,
    pub elapsed: Duration,
    settled: Instant,
    /// Time from the abort to the end of the call, measured by the process that called.
    after_abort: Option<Duration>,
    /// When the call began, by the clock of the process that called.
    pub begun_at: f64,
    /// All that the call's answer or error prints.
    text: String,
    developer_key: String,
}

/// How long after their deadline the calls ended.
pub static LATENESS: Mutex<Vec<Duration>> = Mutex::new(Vec::new());
/// How long after their abort the calls ended.
pub static ABORTED: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

impl Caller {
    /// Makes a client in the kind of process that this run tests.
    pub fn new(target: &Target) -> Self {
        let number = number();
        match through() {
            Through::Rust | Through::Reqwest => {
                let here = Way::Here(Rust::new(&developer_key(number), &with_journal(target, number)));
                Self { way: here, number, target: target.clone() }
            }
            Through::Node => Self::there(&Process::shared(), number, target),
        }
    }

    /// Makes a client in this process.
    pub fn of(process: &Arc<Process>, target: &Target) -> Self {
        Self::there(process, number(), target)
    }

    /// Makes a client with the same keys and the same journal, in another process.
    pub fn again(&self, process: &Arc<Process>) -> Self {
        Self::there(process, self.number, &self.target)
    }

    fn there(process: &Arc<Process>, number: usize, target: &Target) -> Self {
        let target = with_journal(target, number);
        let mut options = json!({
            "developerKey": developer_key(number), "accessKey": ACCESS_KEY, "initiatorId": "9962981729", "userCode": "20810200",
            "baseUrl": target.base_url, "journal": target.journal,
        });
        for (name, value) in [("ca", &target.ca), ("proxy", &target.proxy)] {
            if let Some(value) = value {
                options[name] = json!(value);
            }
        }
        process.tell("new", process.number(), json!({ "client": number, "options": options }));
        Self { way: Way::There(process.clone()), number, target }
    }

    pub fn stop(&self) -> Stop {
        match &self.way {
            Way::Here(_) => Stop::Here(CancellationToken::new()),
            Way::There(process) => Stop::There(process.clone(), process.number()),
        }
    }

    pub async fn call(&self, class: Class, reference: &str, deadline: Option<Duration>) -> Seen {
        self.call_with(class, reference, deadline, None, 1).await
    }

    /// # Panics
    /// If the process that makes the calls has ended.
    pub async fn call_with(
        &self,
        class: Class,
        reference: &str,
        deadline: Option<Duration>,
        stop: Option<&Stop>,
        lines: usize,
    ) -> Seen {
        match (self.try_call(class, reference, deadline, stop, lines).await, &self.way) {
            (Some(seen), _) => seen,
            (None, Way::There(process)) => panic!("the process that calls has ended: {}", process.complaints()),
            (None, Way::Here(_)) => unreachable!("calls of this process end"),
        }
    }

    /// Returns `None` if the process that makes the calls has ended.
    pub async fn try_call(
        &self,
        class: Class,
        reference: &str,
        deadline: Option<Duration>,
        stop: Option<&Stop>,
        lines: usize,
    ) -> Option<Seen> {
        let answer = match (&self.way, stop) {
            (Way::Here(rust), Some(Stop::Here(abort))) => {
                rust.call(class, reference, deadline, Some(abort.clone()), lines).await
            }
            (Way::Here(rust), _) => rust.call(class, reference, deadline, None, lines).await,
            (Way::There(process), stop) => {
                let id = if let Some(Stop::There(_, id)) = stop { *id } else { process.number() };
                let answer = process.expect(id);
                let deadline = deadline.map(|deadline| deadline.as_millis() as u64);
                let mut order = json!({
                    "client": self.number, "class": class.name(), "reference": reference, "lines": lines, "stoppable": stop.is_some(),
                });
                if let Some(deadline) = deadline {
                    order["deadlineMs"] = json!(deadline);
                }
                process.tell("call", id, order);
                answer.get().await?
            }
        };
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        let ms = |name: &str| answer[name].as_f64().map(|ms| Duration::from_secs_f64(ms / 1_000.0));
        Some(Seen {
            outcome: text("outcome"),
            text: text("text"),
            elapsed: ms("elapsedMs").unwrap(),
            after_abort: ms("abortedMs"),
            begun_at: answer["begunAt"].as_f64().unwrap_or_default(),
            settled: Instant::now(),
            developer_key: developer_key(self.number),
        })
    }

    /// Makes several calls at once with one `AbortSignal`, in Node. Returns how many had which outcome, and how many listeners the signal
    /// still has.
    pub async fn many(&self, class: Class, references: &str, count: usize) -> Value {
        let Way::There(process) = &self.way else { panic!("only another process has signals") };
        let order = json!({ "client": self.number, "class": class.name(), "references": references, "count": count });
        process.ask("many", order).await
    }

    /// Resolves a debit. Returns its state, and the events of this client so far, which must contain `awaits`.
    pub async fn resolve(&self, reference: &str, awaits: Option<&str>) -> (String, String) {
        let answer = match &self.way {
            Way::Here(rust) => rust.resolve(reference).await,
            Way::There(process) => {
                process.ask("resolve", json!({ "client": self.number, "reference": reference, "awaits": awaits })).await
            }
        };
        (answer["outcome"].as_str().unwrap().to_owned(), answer["news"].to_string())
    }

    /// Returns the open debits with their states.
    pub async fn unresolved(&self) -> Vec<Value> {
        let answer = match &self.way {
            Way::Here(rust) => rust.unresolved().await,
            Way::There(process) => process.ask("unresolved", json!({ "client": self.number })).await,
        };
        answer["open"].as_array().unwrap().clone()
    }

    /// Returns the id of the process that makes the calls.
    pub fn process(&self) -> u32 {
        match &self.way {
            Way::Here(_) => std::process::id(),
            Way::There(process) => process.id,
        }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        if let Way::There(process) = &self.way {
            process.tell("close", process.number(), json!({ "client": self.number }));
        }
    }
}

fn number() -> usize {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

fn developer_key(number: usize) -> String {
    format!("lab-developer-key-{number}")
}

fn with_journal(target: &Target, number: usize) -> Target {
    // An address other than this machine's may be production, whose journal must be on a disk.
    let local = target.base_url.contains("://127.0.0.1");
    let directory = if local { directory() } else { on_disk() };
    let journal = target.journal.clone().unwrap_or_else(|| directory.join(format!("{number}.sqlite")));
    Target { journal: Some(journal), ..target.clone() }
}

impl Seen {
    /// Says how late the call ended after its deadline, if the machine's own lateness does not explain it.
    pub fn late(&self, deadline: Duration) -> Option<String> {
        if self.outcome.contains("timeout.deadline") {
            LATENESS.lock().unwrap().push(self.elapsed.saturating_sub(deadline));
        }
        let over = self.elapsed.checked_sub(deadline + GRACE)?;
        let excused = metronome::lateness(self.settled - over - GRACE);
        (over > excused).then(|| format!("settled after {:?}, the machine was late by {excused:?}", self.elapsed))
    }

    /// Returns the time from the abort to the end of the call; the process that called measures it if it can.
    pub fn after(&self, aborted: Instant) -> Duration {
        let after = self.after_abort.unwrap_or_else(|| self.settled.saturating_duration_since(aborted));
        ABORTED.lock().unwrap().push(after);
        after
    }

    /// Returns the secrets that occur in the printed text; `signatures` are those that the server got.
    pub fn leaks(&self, signatures: &[String]) -> Vec<String> {
        let secrets = [ACCESS_KEY, OTP, &self.developer_key].map(str::to_owned);
        secrets.into_iter().chain(signatures.iter().cloned()).filter(|secret| self.text.contains(secret)).collect()
    }
}

/// Returns the folder of this run's journals. It is in memory where the system has such a place, because a slow disk would look like a late
/// client.
pub fn directory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { of_this_run(memory) } else { on_disk() }
}

fn on_disk() -> PathBuf {
    of_this_run(PathBuf::from(env!("CARGO_TARGET_TMPDIR")))
}

fn of_this_run(parent: PathBuf) -> PathBuf {
    let directory = parent.join(format!("faults-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Removes the journals of this run.
pub fn clean() {
    for directory in [directory(), on_disk()] {
        let _ = std::fs::remove_dir_all(directory);
    }
}
