//! Rows 43 and 44: processes that are frozen, told to end, or killed. Each is a process of its own, started as the run demands (Rust or
//! Node), with calls of every class under way over plain TCP and TLS.

use super::{Cell, reached, transport};
use crate::call::{CLASSES, Caller, Class, Seen};
use crate::certificates::Certificates;
use crate::process::{Process, Through, through};
use crate::row::{Line, target};
use crate::script::Step::{Next, Request, Tell, Wait, Write};
use crate::script::{Script, http};
use crate::server::Server;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A call whose request has reached its server.
struct Under {
    class: Class,
    transport: &'static str,
    server: Server,
    answer: Arc<Notify>,
    caller: Arc<Caller>,
    seen: JoinHandle<Option<Seen>>,
}

/// Starts one call of each class over each transport in this process. Returns when all requests have reached their servers.
async fn under_way(process: &Arc<Process>, certificates: &Certificates, deadline: Option<Duration>) -> Vec<Under> {
    let mut under = Vec::new();
    for class in CLASSES.iter().copied() {
        for tls in [None, Some(certificates.good.clone())] {
            let [arrived, answer] = [(); 2].map(|()| Arc::new(Notify::new()));
            let good = http(200, "", class.good());
            let held = Script::of([Request, Tell(arrived.clone()), Wait(answer.clone()), Write(good.clone()), Next]);
            let transport = transport(&tls);
            let server = Server::start(tls, [held, Script::answer(good)]).await;
            let caller = Arc::new(Caller::of(process, &target(&server, transport, &certificates.ca)));
            let calling = caller.clone();
            let seen = tokio::spawn(async move { calling.try_call(class, "REF-1", deadline, None, 1).await });
            reached(&arrived).await;
            under.push(Under { class, transport, server, answer, caller, seen });
        }
    }
    under
}

fn late(class: Class) -> &'static str {
    match class {
        Class::Read => "error timeout.deadline",
        Class::Step => "error timeout.deadline, maybe sent",
        Class::Debit => "indeterminate (timeout.deadline)",
    }
}

/// Row 43: the process is frozen beyond the deadline of its calls. An answer that came meanwhile counts; a call without an answer ends when
/// the process runs again.
pub async fn still(certificates: Arc<Certificates>, answered: bool) -> Vec<Line> {
    let mut lines = frozen(&certificates, answered).await;
    if through() == Through::Node {
        lines.extend(blocked(&certificates, answered).await);
    }
    lines
}

async fn frozen(certificates: &Certificates, answered: bool) -> Vec<Line> {
    const DEADLINE: Duration = Duration::from_millis(2_000);
    let process = Process::start(&mut through().command());
    let begun = Instant::now();
    let under = under_way(&process, certificates, Some(DEADLINE)).await;
    let reached = Instant::now();
    process.freeze().await;
    under.iter().filter(|_| answered).for_each(|call| call.answer.notify_one());
    // A real sleep: this test is about time itself.
    tokio::time::sleep_until((reached + DEADLINE + Duration::from_millis(200)).into()).await;
    process.signal("CONT");
    let thawed = begun.elapsed();
    let fault = if answered {
        "the process is frozen (SIGSTOP) beyond the deadline, the answer comes meanwhile"
    } else {
        "the process is frozen (SIGSTOP) beyond the deadline, no answer"
    };
    let mut lines = Vec::new();
    for call in under {
        let seen = call.seen.await.unwrap().unwrap();
        let expected = if answered { call.class.sound() } else { late(call.class) };
        let cell = Cell { deadline: thawed, ..Cell::new(43, fault, call.class, call.transport) };
        lines.push(cell.line(&seen, expected, Some(&call.server), (call.server.requests().len(), 1)).await);
    }
    lines
}

/// Blocks the event loop of Node. The client's own thread goes on meanwhile; only the result of a call waits for the loop.
async fn blocked(certificates: &Certificates, answered: bool) -> Vec<Line> {
    let process = Process::start(&mut through().command());
    let under = under_way(&process, certificates, Some(Duration::from_millis(2_500))).await;
    let (began, over) = (process.expect(process.number()), process.expect(process.number()));
    process.tell("spin", over.id, json!({ "began": began.id, "ms": 5_000 }));
    began.get().await.unwrap();
    under.iter().filter(|_| answered).for_each(|call| call.answer.notify_one());
    let returned = over.get().await.unwrap()["returnedAt"].as_f64().unwrap();
    let fault = if answered {
        "the event loop is blocked for 5 s, the answer comes meanwhile (deadline 2500 ms, counted from the loop's return)"
    } else {
        "the event loop is blocked for 5 s, no answer (deadline 2500 ms, counted from the loop's return)"
    };
    let mut lines = Vec::new();
    for call in under {
        let seen = call.seen.await.unwrap().unwrap();
        let expected = if answered { call.class.sound() } else { late(call.class) };
        let deadline = Duration::from_secs_f64((returned - seen.begun_at) / 1_000.0);
        let cell = Cell { deadline, ..Cell::new(43, fault, call.class, call.transport) };
        lines.push(cell.line(&seen, expected, Some(&call.server), (call.server.requests().len(), 1)).await);
    }
    lines
}

/// Row 44: the process is killed or told to end.
pub async fn ended(certificates: Arc<Certificates>) -> Vec<Line> {
    let mut lines =
        killed(&certificates, "KILL", "kill -9 with the call under way, then again in another process").await;
    match through() {
        Through::Node => lines.extend(drained(&certificates).await),
        // The crate listens to no signals, so SIGTERM ends a program that does not listen either.
        Through::Rust | Through::Reqwest => {
            let fault = "SIGTERM with the call under way, then again in another process";
            lines.extend(killed(&certificates, "TERM", fault).await);
        }
    }
    lines
}

async fn drained(certificates: &Certificates) -> Vec<Line> {
    let process = Process::start(&mut through().command());
    let closing = process.expect(0);
    let under = under_way(&process, certificates, None).await;
    process.signal("TERM");
    closing.get().await.unwrap();
    let mut lines = Vec::new();
    for call in under {
        call.answer.notify_one();
        let seen = call.seen.await.unwrap().unwrap();
        let cell =
            Cell::new(44, "SIGTERM with the call under way, the program calls close()", call.class, call.transport);
        let requests = (call.server.requests().len(), 1);
        lines.push(cell.line(&seen, call.class.sound(), Some(&call.server), requests).await);
    }
    let status = process.end().await;
    if !status.success() || !process.complaints().is_empty() {
        lines[0].wrong.push(format!("the process ended with {status}: {}", process.complaints()));
    }
    lines
}

/// Kills the process and starts another. The new process lists the old debits and refuses their references; reads and steps are called
/// again.
async fn killed(certificates: &Certificates, signal: &str, fault: &'static str) -> Vec<Line> {
    let process = Process::start(&mut through().command());
    let under = under_way(&process, certificates, None).await;
    process.signal(signal);
    process.end().await;
    let next = Process::start(&mut through().command());
    let mut lines = Vec::new();
    for call in under {
        let mut wrong = Vec::new();
        if call.seen.await.unwrap().is_some() {
            wrong.push("the process answered before it was killed".into());
        }
        call.answer.notify_one();
        let again = call.caller.again(&next);
        let (expected, requests) = match call.class {
            Class::Read | Class::Step => (call.class.sound(), 2),
            Class::Debit => ("refused reference_used", 1),
        };
        if call.class == Class::Debit {
            let open = again.unresolved().await;
            if open != [json!("REF-1 indeterminate")] {
                wrong.push(format!("the journal lists {open:?}"));
            }
        }
        let seen = again.call(call.class, "REF-1", None).await;
        let requests = (call.server.requests().len(), requests);
        let cell = Cell::new(44, fault, call.class, call.transport);
        let mut line = cell.line(&seen, expected, Some(&call.server), requests).await;
        line.wrong.extend(wrong);
        lines.push(line);
    }
    lines
}
