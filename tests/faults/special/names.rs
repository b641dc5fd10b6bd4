//! Row 1: a resolver that answers NXDOMAIN or SERVFAIL. `getaddrinfo` takes no resolver's address, so the process that makes the calls gets
//! a replaced `getaddrinfo`. That one returns what the C library makes of these answers: EAI_NONAME and EAI_AGAIN.

use super::{Cell, at};
use crate::call::{CLASSES, Caller, directory};
use crate::process::{Process, through};
use crate::row::Line;
use std::process::Command;

pub async fn lines() -> Vec<Line> {
    let library = directory().join("resolver.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/resolver/lib.rs");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut build = Command::new(rustc);
    build.args(["--edition=2024", "--crate-type=cdylib", "-Cpanic=abort", "-o"]).arg(&library).arg(source);
    assert!(build.status().unwrap().success(), "the resolver does not compile");
    let asked = directory().join("asked");
    let process = Process::start(through().command().env("LD_PRELOAD", &library).env("EKO_FAULTS_ASKED", &asked));
    let mut lines = Vec::new();
    for (fault, host, tries) in [
        ("the resolver answers NXDOMAIN", "nxdomain.eps.invalid", [3, 3, 2]),
        ("the resolver answers SERVFAIL", "servfail.eps.invalid", [3, 3, 2]),
    ] {
        for class in CLASSES.iter().copied() {
            std::fs::write(&asked, "").unwrap();
            let caller = Caller::of(&process, &at(format!("https://{host}/ekoapi/v3")));
            let seen = caller.call(class, "REF-1", None).await;
            let expected =
                if class == crate::call::Class::Debit { "notSent (network.dns)" } else { "error network.dns" };
            let mut line = Cell::new(1, fault, class, "none").line(&seen, expected, None, (0, 0)).await;
            let (asked, tries) = (std::fs::read_to_string(&asked).unwrap(), tries[class as usize]);
            if asked != format!("{host}\n").repeat(tries) {
                line.wrong.push(format!("asked for {asked:?}, not {tries} times for {host}"));
            }
            lines.push(line);
        }
    }
    lines
}
