//! The committed table of results, through Rust, Node and reqwest.

use crate::elsewhere;
use crate::process::{Through, through};
use crate::row::Line;
use std::collections::BTreeMap;
use std::path::Path;

const HEAD: &str = "# Faults, and what comes of them

What the fault laboratory saw on its latest runs: `cargo test --features journal-sqlite --test faults` through Rust, the same with
`EKO_FAULTS=node` through the package for Node, once `npm run build` has built it, and the same with `EKO_FAULTS=reqwest` and the feature
`reqwest` through `ReqwestTransport` (*reqwest*). Each fails where this file differs from what it sees; `UPDATE_FAULTS=1` writes what it sees
into it.

A *read* is `dmt.getSender`, a *step* is `onboardCustomer`, a *debit* is `dmt.transfer`. *Requests* counts the complete requests that the
server got for the one call, of all attempts. For a debit it is never more than 1, save where EPS itself refused the first for its timestamp
and proved the clock off (row 33), or a proxy made a copy (row 39). `a | b` stands where the kernel's timing decides between two answers that are both right.

In every line these hold too: the call ended by its deadline (250 ms of grace, and what the machine itself was late; at most 50 ms at the
median of all calls that ended so), no failed connection was used again and each was closed, no key, signature or OTP was printed. In rows 36
to 38, where a body or a header is without end or of 1 GB, the memory of the process that calls grew by less than 32 MB. In row 42 the call
ended within 10 ms of the abort and its connection within 50 ms, beside what the machine was late.

Through reqwest these rows are weaker, because it does not tell how many bytes it has sent: 10 and 42 (a step of 8 MB that was cut or aborted
may have been sent) and 25 (interim responses without end: the call ends by its deadline, but the connection stays open for as long as the
server sends). Row 14 differs, because no connection is kept. Rows 1, 43, 44 and 48, and the full disk of
row 45, have not been run through it. Each row ran once more with 307 or 308 in place of its answers: none was followed, and no request left again.

What a line cannot say:

- Row 1: `getaddrinfo` is replaced in the process that calls (`tests/faults/resolver`). It answers EAI_NONAME and EAI_AGAIN, which is what the C
  library makes of NXDOMAIN and SERVFAIL. The line of a host name that does not exist asks the machine's own resolver.
- Rows 10 and 42: a read and a debit are at most some kilobytes, which the kernel takes whole; only a step can be cut or aborted in the middle
  of its writing on a real socket.
- Row 43: Rust has no event loop of its own to block.
- Row 44: the client for Rust has no `close()`, for a program awaits its own calls.

| row | fault | class | transport | through | outcome | requests |
|---|---|---|---|---|---|---|
";

const REST: &str = "
## Rows 10, 34 and 43 to 48, beyond one call to one server

The laboratory checks that each of these tests exists under its name.

";

/// Key of a line, in the order of the table: row, fault, place of the class, transport, outcome and requests.
type Key = (u8, String, usize, String, String, String);

const CLASSES: [&str; 3] = ["read", "step", "debit"];

/// # Panics
/// If the committed table differs from the results of this run.
pub fn compare(lines: &[Line]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/evidence/faults.md");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let text = format!("{HEAD}{}{REST}{}", rows(lines, &committed), elsewhere::table());
    if std::env::var_os("UPDATE_FAULTS").is_some() {
        std::fs::write(path, text).unwrap();
        return;
    }
    let differs = text.lines().zip(committed.lines().chain(std::iter::repeat(""))).find(|(seen, known)| seen != known);
    assert!(text == committed, "docs/evidence/faults.md is not what was seen; first difference: {differs:?}");
}

/// Returns the rows of this run, and beside them the rows of other runs that the committed table holds.
fn rows(lines: &[Line], committed: &str) -> String {
    let mut rows: BTreeMap<Key, Vec<Through>> = BTreeMap::new();
    for other in [Through::Rust, Through::Node, Through::Reqwest].into_iter().filter(|other| *other != through()) {
        let known = committed.lines().filter_map(parse).filter(|(_, known)| known.contains(other.name()));
        known.for_each(|(key, _)| rows.entry(key).or_default().push(other));
    }
    for Line { number, fault, class, transport, outcome, requests, .. } in lines {
        let outcome = outcome.replace(" | ", " \\| ");
        let class = CLASSES.iter().position(|known| known == class).unwrap();
        let key = (*number, fault.clone(), class, (*transport).to_owned(), outcome, requests.to_string());
        rows.entry(key).or_default().push(through());
    }
    let rows = rows.into_iter().map(|((row, fault, class, transport, outcome, requests), mut seen)| {
        seen.sort_by_key(|through| *through as usize);
        let seen = seen.iter().map(|through| through.name()).collect::<Vec<_>>().join(", ");
        let class = CLASSES[class];
        format!("| {row} | {fault} | {class} | {transport} | {seen} | {outcome} | {requests} |\n")
    });
    rows.collect()
}

fn parse(line: &str) -> Option<(Key, &str)> {
    // An outcome may contain an escaped bar with spaces around it.
    let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
    let [row, fault, class, transport, through, outcome, requests] = cells.as_slice() else { return None };
    let class = CLASSES.iter().position(|known| known == class)?;
    let text = |cell: &str| cell.to_owned();
    Some(((row.parse().ok()?, text(fault), class, text(transport), text(outcome), text(requests)), through))
}
