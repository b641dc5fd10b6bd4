//! A row of the fault table: what the server does, and what must come of it for each class of call.

use crate::call::{CLASSES, Caller, Class, Target};
use crate::certificates::Certificates;
use crate::over_reqwest;
use crate::script::Script;
use crate::server::{Server, Tls};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Time that a promise may be late on a busy machine.
pub const GRACE: Duration = Duration::from_millis(250);

type Scripts = Arc<dyn Fn(Class) -> Vec<Script> + Send + Sync>;

#[derive(Clone)]
pub struct Row {
    pub number: u8,
    pub fault: String,
    pub scripts: Scripts,
    /// Outcome and number of complete requests of a read, a step and a debit. ` | ` separates outcomes that are both right: the kernel's
    /// timing decides which of them comes.
    pub expect: [(&'static str, usize); 3],
    pub deadline: Option<Duration>,
    /// Whether a sound call comes first, so that the call under test finds an idle connection.
    second: bool,
    /// Whether the server ends that idle connection before the second call.
    idle: bool,
    /// Lines in the params of a step; 1 makes a short request.
    lines: usize,
    with_ca: bool,
    classes: &'static [Class],
    tls: Vec<Tls>,
}

/// How a row spends its time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Takes as long as the client's own time limits.
    Patient,
    /// Ends at a deadline of about a second.
    Timed,
    Brisk,
    /// Keeps a processor busy until the process ends, so nothing may be measured beside it.
    Last,
}

/// One line of the fault table, and what was wrong in this run.
pub struct Line {
    pub number: u8,
    pub fault: String,
    pub class: &'static str,
    pub transport: &'static str,
    pub outcome: String,
    pub requests: usize,
    pub wrong: Vec<String>,
}

pub fn row(
    number: u8,
    fault: impl Into<String>,
    scripts: impl Fn(Class) -> Vec<Script> + Send + Sync + 'static,
    expect: [(&'static str, usize); 3],
) -> Row {
    Row {
        number,
        fault: fault.into(),
        scripts: Arc::new(scripts),
        expect,
        deadline: None,
        second: false,
        idle: false,
        lines: 1,
        with_ca: true,
        classes: CLASSES,
        tls: Vec::new(),
    }
}

impl Row {
    /// Sets a shorter deadline than that of the class, and adds it to the name of the fault.
    pub fn deadline(mut self, ms: u64) -> Self {
        self.deadline = Some(Duration::from_millis(ms));
        self.fault.push_str(&format!(" (deadline {ms} ms)"));
        self
    }

    pub fn second(self) -> Self {
        Self { second: true, ..self }
    }

    pub fn after_idle(self) -> Self {
        Self { second: true, idle: true, ..self }
    }

    pub fn long(self) -> Self {
        Self { lines: 40_000, ..self }
    }

    pub fn without_ca(self) -> Self {
        Self { with_ca: false, ..self }
    }

    pub fn only(self, classes: &'static [Class]) -> Self {
        Self { classes, ..self }
    }

    /// Runs the row only over TLS, with this certificate.
    pub fn tls(self, config: &Arc<rustls::ServerConfig>) -> Self {
        Self { tls: vec![Some(config.clone())], ..self }
    }

    /// Runs the row only over plain TCP.
    pub fn plain(self) -> Self {
        Self { tls: vec![None], ..self }
    }

    pub fn pace(&self) -> Pace {
        match (self.number, self.deadline) {
            (25, Some(_)) => Pace::Last,
            (_, Some(_)) => Pace::Timed,
            (6 | 16 | 20, None) => Pace::Patient,
            (_, None) => Pace::Brisk,
        }
    }

    /// Returns the cells of this row: each class over each transport.
    pub fn cells(&self, certificates: &Certificates) -> Vec<(Class, Tls)> {
        let both = vec![None, Some(certificates.good.clone())];
        let nets = if self.tls.is_empty() { &both } else { &self.tls };
        self.classes.iter().flat_map(|class| nets.iter().map(|tls| (*class, tls.clone()))).collect()
    }

    pub async fn run(self, class: Class, tls: Tls, ca: String, room: &Semaphore) -> Line {
        let room_taken = room.acquire().await;
        let transport = if tls.is_some() { "TLS" } else { "plain" };
        let server = Server::start(tls, (self.scripts)(class)).await;
        let mut target = target(&server, transport, &ca);
        target.ca = target.ca.filter(|_| self.with_ca);
        let caller = Caller::new(&target);
        let mut wrong = Vec::new();
        if self.second {
            let first = caller.call(class, "REF-0", None).await;
            if first.outcome.starts_with("error") || self.idle && !server.has_ended(Duration::from_secs(3)).await {
                wrong.push(format!("the first call: {}", first.outcome));
            }
        }
        let before = server.requests().len();
        let _room = room_taken.ok().filter(|_| self.pace() != Pace::Patient);
        let seen = caller.call_with(class, "REF-1", self.deadline, None, self.lines).await;
        // While debits pause, the client itself asks EPS whether it accepts its timestamps. Those requests are not counted here.
        let made: Vec<_> = server.requests().split_off(before);
        let line = |index: usize| made.get(index).and_then(|request| request.head.lines().next());
        let requests = (0..made.len()).filter(|index| line(*index) == line(0)).count();
        let (expected, count) = over_reqwest::expected(&self, class).unwrap_or(self.expect[class as usize]);
        if !expected.split(" | ").any(|outcome| outcome == seen.outcome) {
            wrong.push(format!("{} instead of {expected}", seen.outcome));
        }
        if requests != count {
            wrong.push(format!("{requests} complete requests instead of {count}"));
        }
        if class == Class::Debit && requests > 1 && self.number != 33 {
            wrong.push("a debit left twice".into());
        }
        wrong.extend(seen.late(self.deadline.unwrap_or(class.deadline())));
        if self.pace() != Pace::Last {
            wrong.extend(aftermath(&server, &seen).await);
        }
        Line {
            number: self.number,
            fault: self.fault,
            class: class.name(),
            transport,
            outcome: expected.into(),
            requests,
            wrong,
        }
    }
}

impl Line {
    pub fn complaints(&self) -> Vec<String> {
        let tell = |wrong| format!("{} {} ({}, {}): {wrong}", self.number, self.fault, self.class, self.transport);
        self.wrong.iter().map(tell).collect()
    }
}

pub fn target(server: &Server, transport: &str, ca: &str) -> Target {
    let scheme = if transport == "TLS" { "https" } else { "http" };
    let ca = (transport == "TLS").then(|| ca.to_owned());
    Target { base_url: format!("{scheme}://{}/ekoapi/v3", server.address), ca, ..Target::default() }
}

/// Checks what must hold after every call, whatever its outcome. Returns one text for each broken condition.
pub async fn aftermath(server: &Server, seen: &crate::call::Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    if !server.abandoned(Duration::from_secs(3)).await {
        wrong.push("a connection that failed stays open".into());
    }
    if server.reused() > 0 {
        wrong.push(format!("{} bytes on a connection that had failed", server.reused()));
    }
    let signatures: Vec<_> =
        server.requests().iter().filter_map(|request| request.header("secret-key").map(str::to_owned)).collect();
    wrong.extend(seen.leaks(&signatures).into_iter().map(|secret| format!("{secret} was printed")));
    wrong
}
