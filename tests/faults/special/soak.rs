//! Row 48: 10,000 calls through Node that share one AbortSignal, of every class, over plain TCP and TLS.

use super::transport;
use crate::call::{CLASSES, Caller, Class};
use crate::certificates::Certificates;
use crate::process::{Process, Through, through};
use crate::row::{Line, target};
use crate::script::{Script, http};
use crate::server::Server;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Number of calls of each class over each transport; together 10,000.
const CALLS: [(Class, usize); 3] = [(Class::Read, 3_000), (Class::Step, 1_500), (Class::Debit, 500)];
/// Largest growth in bytes during the second half of the calls: of the process, and of its JavaScript heap. The allocator and the compiler
/// of the process need long to settle.
const GROWTH: [(&str, u64); 2] = [("rss", 16 << 20), ("heapUsed", 1 << 20)];

pub async fn lines(certificates: &Certificates) -> Vec<Line> {
    if through() == Through::Rust {
        // The file `tests/soak.rs` tests this for Rust.
        return Vec::new();
    }
    let process = Process::start(&mut through().command());
    let idle = process.ask("memory", json!({})).await;
    let open = descriptors(&process);
    let mut cells = Vec::new();
    for class in CLASSES.iter().copied() {
        for tls in [None, Some(certificates.good.clone())] {
            let transport = transport(&tls);
            let server = Server::start(tls, [Script::answer(http(200, "", class.good()))]).await;
            let caller = Caller::of(&process, &target(&server, transport, &certificates.ca));
            cells.push((class, transport, server, caller));
        }
    }
    let mut lines = Vec::new();
    // After the first half everything has the size that it keeps.
    for half in 0..2 {
        let before = process.ask("memory", json!({})).await;
        for (class, transport, server, caller) in &cells {
            let count = CALLS[*class as usize].1 / 2;
            let seen = caller.many(*class, &format!("{half}-"), count).await;
            let requests = server.requests().len();
            let mut wrong = Vec::new();
            let expected = json!({ class.sound(): count });
            if seen["outcomes"] != expected || seen["listeners"] != 0 || requests != count * (half + 1) {
                wrong.push(format!("{requests} requests, {seen}"));
            }
            if half == 1 {
                lines.push(Line {
                    number: 48,
                    fault:
                        "10,000 calls with one AbortSignal: no listener, descriptor or memory is left (requests of all)"
                            .into(),
                    class: class.name(),
                    transport,
                    outcome: class.sound().into(),
                    requests,
                    wrong,
                });
            } else if !wrong.is_empty() {
                panic!("{wrong:?}");
            }
        }
        let after = process.ask("memory", json!({})).await;
        for (what, most) in GROWTH.iter().filter(|_| half == 1) {
            if after[what].as_u64() > before[what].as_u64().map(|bytes| bytes + most) {
                lines[0].wrong.push(format!("{what} grew: {idle} at rest, {before} half way, {after} in the end"));
            }
        }
    }
    drop(cells);
    let begun = Instant::now();
    while descriptors(&process) > open && begun.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    if descriptors(&process) > open {
        lines[0].wrong.push(format!("{} descriptors are open, {open} were before", descriptors(&process)));
    }
    let status = process.end().await;
    if !status.success() {
        lines[0].wrong.push(format!("the process ended with {status}"));
    }
    lines
}

/// Returns the number of sockets and files that the process has open.
fn descriptors(process: &Arc<Process>) -> usize {
    let links = std::fs::read_dir(format!("/proc/{}/fd", process.id)).unwrap();
    let links = links.filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
    links.filter(|link| link.starts_with("/") || link.to_string_lossy().starts_with("socket:")).count()
}
