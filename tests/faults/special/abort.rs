//! Row 42: the caller aborts.

use super::{Cell, caller, reached, transport};
use crate::call::Class;
use crate::metronome;
use crate::process::{Through, through};
use crate::row::Line;
use crate::script::Step::{Drain, Next, Read, Request, Tell, Wait, Write};
use crate::script::{Script, http};
use crate::server::{Server, Tls};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Longest time from the abort to the end of the call (`ENDS`), and to the end of its connection (`CLOSES`).
const ENDS: Duration = Duration::from_millis(10);
const CLOSES: Duration = Duration::from_millis(50);

pub async fn lines(class: Class, tls: Tls, ca: &str) -> Vec<Line> {
    let mut lines = vec![before(class, tls.clone(), ca).await, waiting(class, tls.clone(), ca).await];
    if class == Class::Step {
        lines.push(writing(class, tls.clone(), ca).await);
    }
    lines.push(backoff(class, tls, ca).await);
    lines
}

async fn before(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let server = Server::start(tls, [Script::answer(http(200, "", class.good()))]).await;
    let caller = caller(&server, transport, ca).await;
    let stop = caller.stop();
    stop.stop();
    let seen = caller.call_with(class, "REF-1", None, Some(&stop), 1).await;
    // The abort comes before the journal is read, so the error says nothing about earlier debits with this reference.
    let expected = if class == Class::Debit { "refused aborted" } else { "error aborted" };
    let requests = (server.requests().len(), 0);
    Cell::new(42, "abort before the call", class, transport).line(&seen, expected, Some(&server), requests).await
}

/// Aborts while the client writes: the server has read a part of 8 MB and reads no more.
async fn writing(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let [begun, held] = [(); 2].map(|()| Arc::new(Notify::new()));
    let script = Script::of([Read(20_000), Tell(begun.clone()), Wait(held.clone()), Drain]);
    let server = Server::start(tls, [script]).await;
    let cell = Cell::new(42, "abort while 8 MB are written", class, transport);
    // reqwest does not tell how many bytes it has sent.
    let expected = if through() == Through::Reqwest { "error aborted, maybe sent" } else { "error aborted" };
    aborted(cell, &server, ca, (&begun, Some(&held)), (expected, 0)).await
}

async fn waiting(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let arrived = Arc::new(Notify::new());
    let server = Server::start(tls, [Script::of([Request, Tell(arrived.clone())])]).await;
    let expected = match class {
        Class::Read => "error aborted",
        Class::Step => "error aborted, maybe sent",
        Class::Debit => "indeterminate (aborted)",
    };
    let cell = Cell::new(42, "abort while waiting for the answer", class, transport);
    aborted(cell, &server, ca, (&arrived, None), (expected, 1)).await
}

/// Aborts a read while it waits to ask again. A step and a debit do not ask again: they have ended before the abort.
async fn backoff(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let arrived = Arc::new(Notify::new());
    let throttled = http(429, "retry-after: 20\r\n", "");
    let server = Server::start(tls, [Script::of([Request, Write(throttled), Tell(arrived.clone()), Next])]).await;
    let expected = match class {
        Class::Read => "error aborted",
        Class::Step => "error aborted, maybe sent",
        // Only the kernel decides whether the client reads the answer before the abort. Without the answer the abort ends the debit.
        Class::Debit => "indeterminate (rate_limited), asked about at once | indeterminate (aborted)",
    };
    let cell = Cell::new(42, "abort while waiting to ask again", class, transport);
    aborted(cell, &server, ca, (&arrived, None), (expected, 1)).await
}

/// Aborts a call when `arrived` is signalled. `held` then lets the server read on, so that it sees the end of the connection.
async fn aborted(
    cell: Cell,
    server: &Server,
    ca: &str,
    (arrived, held): (&Notify, Option<&Notify>),
    (expected, requests): (&str, usize),
) -> Line {
    let caller = caller(server, cell.transport, ca).await;
    let stop = caller.stop();
    // The request has 8 MB because the kernel buffers up to 4 MB (`tcp_wmem`), even if the server reads nothing.
    let lines = if held.is_some() { 40_000 } else { 1 };
    let (seen, thrown) = tokio::join!(caller.call_with(cell.class, "REF-1", None, Some(&stop), lines), async {
        reached(arrived).await;
        let thrown = (Instant::now(), metronome::waited(caller.process()));
        stop.stop();
        thrown
    });
    if let Some(held) = held {
        held.notify_one();
    }
    let (thrown, waited) = thrown;
    let waited = metronome::waited(caller.process()).saturating_sub(waited);
    let (late, excused) = (seen.after(thrown), waited.max(metronome::lateness(thrown)));
    let closed = server.abandoned((CLOSES + excused).saturating_sub(thrown.elapsed())).await;
    let mut line = cell.line(&seen, expected, Some(server), (server.requests().len(), requests)).await;
    if late > ENDS + excused {
        line.wrong.push(format!("ended {late:?} after the abort, the machine was late by {excused:?}"));
    }
    if !closed {
        line.wrong.push("the socket was not closed within 50 ms of the abort".into());
    }
    line
}
