//! Rows 36 to 38: bodies without end. The memory of the process that makes the calls is measured, so nothing else runs meanwhile.

use super::{Cell, caller, transport};
use crate::call::CLASSES;
use crate::certificates::Certificates;
use crate::row::Line;
use crate::script::Step::{Flood, Request, Times, Write};
use crate::script::{Script, http};
use crate::server::Server;

const ALLOWED: usize = 32 * 1024 * 1024;
const MIB: usize = 1024 * 1024;

pub async fn lines(certificates: &Certificates) -> Vec<Line> {
    // The first call of each kind loads what all later ones use, so it comes before the measurement.
    for class in CLASSES.iter().copied() {
        for tls in [None, Some(certificates.good.clone())] {
            let transport = transport(&tls);
            let server = Server::start(tls, [Script::answer(http(200, "", class.good()))]).await;
            caller(&server, transport, &certificates.ca).await.call(class, "REF-1", None).await;
        }
    }
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
        (
            37,
            "a gzip body of 1 GB, as announced",
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1073741824\r\n\r\n\x1f\x8b\x08".to_vec(),
            Times(vec![0; MIB], 1024),
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
                let before = watch_memory(caller.process());
                let seen = caller.call(class, "REF-1", None).await;
                let grown = peak(caller.process()).saturating_sub(before);
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

/// Resets the peak of the process's memory, and returns its memory now.
fn watch_memory(process: u32) -> usize {
    std::fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
    status(process, "VmRSS:")
}

fn peak(process: u32) -> usize {
    status(process, "VmHWM:")
}

fn status(process: u32, name: &str) -> usize {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
