//! Rows 28, 33 and 34: many callers at once.

use super::transport;
use crate::call::{Caller, Class};
use crate::row::{Line, target};
use crate::script::Step::{Clock, Next, Request};
use crate::script::{Script, http};
use crate::server::{Server, Tls};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Makes this many calls at once with one client, and returns their outcomes.
async fn at_once(caller: Caller, class: Class, calls: usize) -> Vec<String> {
    let (caller, mut running) = (Arc::new(caller), JoinSet::new());
    for number in 0..calls {
        let caller = caller.clone();
        running.spawn(async move { caller.call(class, &format!("REF-{number}"), None).await.outcome });
    }
    running.join_all().await
}

/// 200 reads at once against a server that fails. The retries may add at most a fifth to the load.
pub async fn outage(tls: Tls, ca: String) -> Vec<Line> {
    const CALLERS: usize = 200;
    // The retry budget has 500 tokens, and a retry costs 14.
    const RETRIES: usize = 35;
    let transport = transport(&tls);
    let server = Server::start(tls, [Script::answer(http(500, "", ""))]).await;
    let outcomes = at_once(Caller::new(&target(&server, transport, &ca)), Class::Read, CALLERS).await;
    let requests = server.requests().len();
    let mut wrong = Vec::new();
    if requests != CALLERS + RETRIES {
        wrong.push(format!("{requests} requests"));
    }
    wrong.extend(outcomes.into_iter().filter(|outcome| outcome != "error http.server_error"));
    vec![Line {
        number: 28,
        fault: "500 for 200 callers at once (requests of all)".into(),
        class: Class::Read.name(),
        transport,
        outcome: "error http.server_error".into(),
        requests,
        wrong,
    }]
}

/// Makes 50 calls at once. If the clocks agree, no timestamp is refused, so none was used twice. If the server's clock is wrong, each call
/// is signed again at most once.
pub async fn skew(class: Class, tls: Tls, ca: String) -> Vec<Line> {
    const CALLS: usize = 50;
    let transport = transport(&tls);
    let mut lines = Vec::new();
    let good = class.sound();
    for (number, fault, ahead, most) in [
        (34, "50 calls at once: every timestamp is another (requests of each)", 0, 1),
        (33, "50 calls at once, server's clock 1 hour ahead (requests of the one with most)", 3_600_000, 2),
    ] {
        let script = Script::of([Request, Clock(ahead, http(200, "", class.good())), Next]);
        let server = Server::start(tls.clone(), [script]).await;
        let outcomes = at_once(Caller::new(&target(&server, transport, &ca)), class, CALLS).await;
        let mut wrong: Vec<_> = outcomes.into_iter().filter(|outcome| outcome != good).collect();
        let (requests, seen) = (server.requests().len(), of_one(&server.requests(), CALLS));
        if seen != most || !(CALLS..=most * CALLS).contains(&requests) {
            wrong.push(format!("{requests} requests, {seen} of one call"));
        }
        lines.push(Line {
            number,
            fault: fault.into(),
            class: class.name(),
            transport,
            outcome: good.into(),
            requests: seen,
            wrong,
        });
    }
    lines
}

/// Returns the number of requests of the call that sent most. Steps and debits are told apart by their reference; reads are alike, so their
/// average is taken.
fn of_one(requests: &[crate::wire::Request], calls: usize) -> usize {
    let mut by_call: HashMap<&str, usize> = HashMap::new();
    for request in requests {
        let reference = request.body.split("client_ref_id").nth(1).and_then(|rest| rest.split("REF-").nth(1));
        if let Some(number) = reference.and_then(|rest| rest.split(|byte: char| !byte.is_ascii_digit()).next()) {
            *by_call.entry(number).or_default() += 1;
        }
    }
    by_call.into_values().max().unwrap_or_else(|| requests.len().div_ceil(calls))
}
