//! Cells whose result differs through `ReqwestTransport`, and the rows with redirects in place of their answers.

use crate::call::{Caller, Class};
use crate::process::{Through, through};
use crate::row::{Row, target};
use crate::script::{Script, Step};
use crate::server::{Server, Tls};

/// Path of the redirects: no request may name it.
const ELSEWHERE: &str = "/ekoapi/v3/elsewhere";

/// Returns outcome and number of complete requests of a cell whose result differs through reqwest.
pub fn expected(row: &Row, class: Class) -> Option<(&'static str, usize)> {
    if through() != Through::Reqwest {
        return None;
    }
    match (row.number, row.fault.as_str(), class) {
        // Whether the request was incomplete is not proven: reqwest does not tell how many bytes it has sent.
        (10, "RST after 20 KB of 8 MB, then a sound server", Class::Step) => {
            Some(("error network.reset, maybe sent", 0))
        }
        // reqwest keeps no connection here: the second call opens its own, and gets the sound answer.
        (14, _, Class::Read | Class::Step) => Some((class.sound(), 1)),
        // reqwest does not limit interim responses (1xx).
        (25, fault, _) if fault.starts_with("103 without end") => Some(match class {
            Class::Read => ("error timeout.deadline", 1),
            Class::Step => ("error timeout.deadline, maybe sent", 1),
            Class::Debit => ("indeterminate (timeout.deadline)", 1),
        }),
        _ => None,
    }
}

/// Runs a row with redirects in place of its answers, and returns what is wrong. Over plain TCP they are 307, over TLS 308; both ask for
/// the same method and body.
/// Returns `None` if the row has no answer.
pub async fn redirected(row: Row, class: Class, tls: Tls, ca: String) -> Option<Vec<String>> {
    let (status, transport) = if tls.is_some() { (308, "TLS") } else { (307, "plain") };
    let scripts = (row.scripts)(class);
    let turned: Vec<_> = scripts.iter().map(|script| turned(script, status)).collect();
    if turned.iter().all(Option::is_none) {
        return None;
    }
    let server =
        Server::start(tls, turned.into_iter().zip(scripts).map(|(turned, script)| turned.unwrap_or(script))).await;
    let seen = Caller::new(&target(&server, transport, &ca)).call(class, "REF-1", row.deadline).await;
    let requests = server.requests();
    let most = row.expect[class as usize].1.max(1);
    let mut wrong = Vec::new();
    if requests.iter().any(|request| request.head.lines().next().is_some_and(|line| line.contains(ELSEWHERE))) {
        wrong.push("the redirect was followed".to_owned());
    }
    if requests.len() > most {
        wrong.push(format!("{} complete requests, at most {most} may leave", requests.len()));
    }
    if seen.outcome == class.sound() {
        wrong.push(format!("a redirect became {}", seen.outcome));
    }
    let tell = |wrong| format!("{} {} ({}, {status}): {wrong}", row.number, row.fault, class.name());
    Some(wrong.into_iter().map(tell).collect())
}

/// Returns the script with redirects in place of its final answers, or `None` if it has no final answer.
fn turned(script: &Script, status: u16) -> Option<Script> {
    let mut any = false;
    let mut turn = |bytes: &[u8]| {
        let turned = redirect(bytes, status);
        any |= turned != bytes;
        turned
    };
    let steps: Vec<_> = script
        .steps
        .iter()
        .map(|step| match step {
            Step::Write(bytes) => Step::Write(turn(bytes)),
            Step::Drip(bytes, pause) => Step::Drip(turn(bytes), *pause),
            Step::Times(bytes, count) => Step::Times(turn(bytes), *count),
            Step::Clock(ahead, answer) => Step::Clock(*ahead, turn(answer)),
            Step::Read(_)
            | Step::Request
            | Step::Flood(_)
            | Step::Reset
            | Step::Drain
            | Step::Fin
            | Step::Wait(_)
            | Step::Tell(_)
            | Step::Next => step.clone(),
        })
        .collect();
    any.then_some(Script { raw: script.raw, steps })
}

/// Replaces each final status line.
fn redirect(bytes: &[u8], status: u16) -> Vec<u8> {
    const START: &[u8] = b"HTTP/1.1 ";
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(START.len()).position(|found| found == START) {
        let (before, line) = rest.split_at(at);
        out.extend_from_slice(before);
        let end = line.windows(2).position(|found| found == b"\r\n").map_or(line.len(), |end| end + 2);
        if line.get(START.len()).is_some_and(|first| (b'2'..=b'5').contains(first)) {
            out.extend_from_slice(format!("HTTP/1.1 {status} X\r\nlocation: {ELSEWHERE}\r\n").as_bytes());
        } else {
            out.extend_from_slice(&line[..end]);
        }
        rest = &line[end..];
    }
    out.extend_from_slice(rest);
    out
}
