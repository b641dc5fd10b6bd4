//! Row 36: bodies without end, with the process's memory watched. Nothing else runs meanwhile.

use super::{Cell, caller, transport};
use crate::call::CLASSES;
use crate::certificates::Certificates;
use crate::row::Line;
use crate::script::Script;
use crate::script::Step::{Flood, Request, Times, Write};
use crate::server::Server;

const ALLOWED: usize = 32 * 1024 * 1024;
const MIB: usize = 1024 * 1024;

pub async fn lines(certificates: &Certificates) -> Vec<Line> {
    let mut lines = Vec::new();
    let chunk = [b"100000\r\n".to_vec(), vec![b' '; MIB], b"\r\n".to_vec()].concat();
    let cases = [
        (
            36,
            "1 GB of body, as announced",
            b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n".to_vec(),
            Times(vec![b' '; MIB], 1024),
            "body.too_large",
        ),
        (
            36,
            "1 GB of body that ends with the connection",
            b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            Times(vec![b' '; MIB], 1024),
            "body.too_large",
        ),
        (
            36,
            "chunks without end",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
            Flood(chunk),
            "body.too_large",
        ),
        (38, "a header without end", b"HTTP/1.1 200 OK\r\nx-long: ".to_vec(), Flood(vec![b'y'; MIB]), "protocol"),
    ];
    for (number, fault, head, body, code) in cases {
        for class in CLASSES.iter().copied() {
            for tls in [None, Some(certificates.good.clone())] {
                let transport = transport(&tls);
                let script = Script::of([Request, Write(head.clone()), body.clone()]);
                let server = Server::start(tls, [script]).await;
                let caller = caller(&server, transport, &certificates.ca).await;
                let before = watch_memory();
                let seen = caller.call(class, "REF-1", None).await;
                let grown = peak().saturating_sub(before);
                let (expected, most) = match class {
                    crate::call::Class::Read => (format!("error {code}"), if code == "protocol" { 3 } else { 1 }),
                    crate::call::Class::Step => (format!("error {code}, maybe sent"), 1),
                    crate::call::Class::Debit => (format!("indeterminate ({code})"), 1),
                };
                let requests = (server.requests().len(), most);
                let mut line =
                    Cell::new(number, fault, class, transport).line(&seen, &expected, Some(&server), requests).await;
                if grown > ALLOWED {
                    line.wrong.push(format!("memory grew by {} MiB", grown / MIB));
                }
                lines.push(line);
            }
        }
    }
    lines
}

/// Starts the measurement of the peak anew.
fn watch_memory() -> usize {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    status("VmRSS:")
}

fn peak() -> usize {
    status("VmHWM:")
}

fn status(name: &str) -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
