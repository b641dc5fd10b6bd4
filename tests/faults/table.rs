//! The committed table of what was seen.

use crate::row::Line;
use std::path::Path;

const HEAD: &str = "# Faults, and what comes of them

What `cargo test --features journal-sqlite --test faults` saw on its latest run: it fails where this file differs from what it sees.
`UPDATE_FAULTS=1` writes the file anew.

A *read* is `dmt.getSender`, a *step* is `onboardCustomer`, a *debit* is `dmt.transfer`. *Requests* counts the complete requests that the
server got for the one call, of all attempts. For a debit it is never more than 1, save where EPS itself refused the first before any work (row 33)
or a proxy made a copy (row 39). `a | b` stands where the kernel's timing decides between two answers that are both right.

In every line these hold too: the call ended by its deadline (250 ms of grace, and what the machine itself was late), no failed connection was used again and each was closed, no
key, signature or OTP was printed.

| row | fault | class | transport | outcome | requests |
|---|---|---|---|---|---|
";

/// # Panics
/// If the file is not what was seen.
pub fn compare(lines: &[Line]) {
    let mut lines: Vec<&Line> = lines.iter().collect();
    let place = |class| ["read", "step", "debit"].iter().position(|known| *known == class);
    lines.sort_by_key(|line| (line.number, line.fault.as_str(), place(line.class), line.transport));
    let rows = lines.iter().map(|line| {
        let outcome = line.outcome.replace(" | ", " \\| ");
        let Line { number, fault, class, transport, requests, .. } = line;
        format!("| {number} | {fault} | {class} | {transport} | {outcome} | {requests} |\n")
    });
    let text = format!("{HEAD}{}", rows.collect::<String>());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    if std::env::var_os("UPDATE_FAULTS").is_some() {
        std::fs::write(path, text).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let differs = text.lines().zip(committed.lines().chain(std::iter::repeat(""))).find(|(seen, known)| seen != known);
    assert!(text == committed, "docs/faults.md is not what was seen; first difference: {differs:?}");
}
