//! Rows that one scripted server and one call cannot show.

mod abort;
mod absent;
mod copies;
mod journal;
mod late;
mod memory;
mod names;
mod processes;
mod proxies;
mod soak;
mod storm;

use crate::call::{CLASSES, Caller, Class, Seen, Target};
use crate::certificates::Certificates;
use crate::row::{Line, aftermath, target};
use crate::server::{Server, Tls};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

/// Running cells. Each returns its place in the order, and its lines.
pub type Cells = JoinSet<(usize, Vec<Line>)>;
type Work = Pin<Box<dyn Future<Output = Vec<Line>> + Send>>;

/// Place of these rows: after the scripted ones.
const ORDER: usize = usize::MAX;

/// Runs the rows that measure the whole process or a few milliseconds, before all others.
pub async fn alone(certificates: &Certificates) -> Vec<Line> {
    let mut lines = memory::lines(certificates).await;
    for class in CLASSES.iter().copied() {
        for tls in [None, Some(certificates.good.clone())] {
            lines.extend(abort::lines(class, tls, &certificates.ca).await);
        }
    }
    lines
}

/// Runs the rows that start processes. A new process holds the open files of this one until it runs its own program; what other rows close
/// meanwhile would stay open.
pub async fn apart(certificates: &Arc<Certificates>) -> Vec<Line> {
    let (good, ca) = (Some(certificates.good.clone()), certificates.ca.clone());
    let work: [Work; 6] = [
        Box::pin(names::lines()),
        Box::pin(processes::still(certificates.clone(), true)),
        Box::pin(processes::still(certificates.clone(), false)),
        Box::pin(processes::ended(certificates.clone())),
        Box::pin(journal::filling(None, ca.clone())),
        Box::pin(journal::filling(good, ca)),
    ];
    let mut lines = Vec::new();
    for cell in work.map(tokio::spawn) {
        lines.extend(cell.await.unwrap());
    }
    lines.extend(soak::lines(certificates).await);
    lines
}

pub fn spawn(cells: &mut Cells, certificates: &Arc<Certificates>, room: &Arc<Semaphore>) {
    let mut add = |work: Work| {
        let room = room.clone();
        cells.spawn(async move {
            let _room = room.acquire().await;
            (ORDER, work.await)
        });
    };
    let ca = || certificates.ca.clone();
    for class in CLASSES.iter().copied() {
        add(Box::pin(absent::lines(class)));
        for tls in [None, Some(certificates.good.clone())] {
            add(Box::pin(journal::lines(class, tls.clone(), ca())));
            add(Box::pin(late::lines(class, tls.clone(), ca())));
            add(Box::pin(storm::skew(class, tls, ca())));
        }
        add(Box::pin(proxies::lines(class, certificates.clone())));
    }
    for tls in [None, Some(certificates.good.clone())] {
        add(Box::pin(storm::outage(tls.clone(), ca())));
        add(Box::pin(copies::lines(tls, ca())));
    }
}

/// One call to one server, which becomes a line of the table.
struct Cell {
    number: u8,
    fault: &'static str,
    class: Class,
    transport: &'static str,
    deadline: Duration,
}

impl Cell {
    fn new(number: u8, fault: &'static str, class: Class, transport: &'static str) -> Self {
        Self { number, fault, class, transport, deadline: class.deadline() }
    }

    /// Compares what came of the call with what must come of it.
    async fn line(self, seen: &Seen, expected: &str, server: Option<&Server>, requests: (usize, usize)) -> Line {
        let mut wrong = Vec::new();
        if !expected.split(" | ").any(|outcome| outcome == seen.outcome) {
            wrong.push(format!("{} instead of {expected}", seen.outcome));
        }
        if requests.0 != requests.1 {
            wrong.push(format!("{} complete requests instead of {}", requests.0, requests.1));
        }
        wrong.extend(seen.late(self.deadline));
        match server {
            Some(server) => wrong.extend(aftermath(server, seen).await),
            None => wrong.extend(seen.leaks(&[])),
        }
        Line {
            number: self.number,
            fault: self.fault.to_owned(),
            class: self.class.name(),
            transport: self.transport,
            outcome: expected.to_owned(),
            requests: requests.0,
            wrong,
        }
    }
}

/// Waits until a server's script gets to its `Tell` step. A call that never gets there fails after a minute instead of hanging the run.
async fn reached(told: &Notify) {
    let patience = Duration::from_secs(60);
    tokio::time::timeout(patience, told.notified()).await.expect("a call ended before its server was reached");
}

fn transport(tls: &Tls) -> &'static str {
    if tls.is_some() { "TLS" } else { "plain" }
}

async fn caller(server: &Server, transport: &str, ca: &str) -> Caller {
    Caller::new(&target(server, transport, ca))
}

fn at(base_url: String) -> Target {
    Target { base_url, ..Target::default() }
}
