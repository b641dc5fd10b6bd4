//! Row 42: the caller aborts.

use super::{Cell, caller, transport};
use crate::call::{CLASSES, Class};
use crate::metronome;
use crate::row::{GRACE, Line};
use crate::script::Step::{Request, Tell};
use crate::script::{Script, http};
use crate::server::{Server, Tls};
use eko_eps::Abort;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

pub async fn lines(class: Class, tls: Tls, ca: String) -> Vec<Line> {
    assert!(CLASSES.contains(&class));
    vec![before(class, tls.clone(), &ca).await, waiting(class, tls.clone(), &ca).await, backoff(class, tls, &ca).await]
}

async fn before(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let server = Server::start(tls, [Script::answer(http(200, "", class.good()))]).await;
    let abort = Abort::new();
    abort.abort();
    let seen = caller(&server, transport, ca).await.abortable(class, &abort).await;
    let expected = if class == Class::Debit { "notSent (aborted)" } else { "error aborted" };
    let requests = (server.requests().len(), 0);
    Cell::new(42, "abort before the call", class, transport).line(&seen, expected, Some(&server), requests).await
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
    aborted(Cell::new(42, "abort while waiting for the answer", class, transport), &server, ca, &arrived, expected)
        .await
}

/// A read waits before it asks again; a step and a debit do not ask again, and answer before the abort.
async fn backoff(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let arrived = Arc::new(Notify::new());
    let throttled = http(429, "retry-after: 20\r\n", "");
    let steps = [Request, crate::script::Step::Write(throttled), Tell(arrived.clone()), crate::script::Step::Next];
    let server = Server::start(tls, [Script::of(steps)]).await;
    let expected = match class {
        Class::Read => "error aborted",
        Class::Step => "error aborted, maybe sent",
        Class::Debit => "declined before work (rate_limited)",
    };
    // Whether the client has read the answer when the abort comes, only the kernel knows; before it, an abort is an abort too.
    let expected =
        if class == Class::Debit { "declined before work (rate_limited) | indeterminate (aborted)" } else { expected };
    aborted(Cell::new(42, "abort while waiting to ask again", class, transport), &server, ca, &arrived, expected).await
}

async fn aborted(cell: Cell, server: &Server, ca: &str, arrived: &Notify, expected: &str) -> Line {
    let caller = caller(server, cell.transport, ca).await;
    let abort = Abort::new();
    let (seen, thrown) = tokio::join!(caller.abortable(cell.class, &abort), async {
        arrived.notified().await;
        let thrown = Instant::now();
        abort.abort();
        thrown
    });
    let (late, excused) = (thrown.elapsed(), metronome::lateness(thrown));
    let closed = server.abandoned(Duration::from_millis(50) + GRACE + excused).await;
    let requests = (server.requests().len(), 1);
    let mut line = cell.line(&seen, expected, Some(server), requests).await;
    if late > GRACE + excused {
        line.wrong.push(format!("ended {late:?} after the abort"));
    }
    if !closed {
        line.wrong.push("the socket was not closed within 50 ms of the abort".into());
    }
    line
}
