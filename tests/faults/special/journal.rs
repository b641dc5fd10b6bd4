//! Rows 45 and 46: a journal that cannot be read or written, and inquiries that find nothing.

use super::{Cell, caller, transport};
use crate::call::{Caller, Class, directory};
use crate::process::{Process, through};
use crate::row::{Line, target};
use crate::script::Step::{Request, Reset};
use crate::script::{Script, http};
use crate::server::{Server, Tls};
use std::path::PathBuf;
use std::process::Command;

pub async fn lines(class: Class, tls: Tls, ca: String) -> Vec<Line> {
    let mut lines = vec![
        unreadable(
            class,
            tls.clone(),
            &ca,
            ("the journal cannot be read", "journal.unavailable"),
            "/proc/none/journal".into(),
        )
        .await,
        unreadable(class, tls.clone(), &ca, ("the journal is no file", "journal.unusable"), device(&tls, class)).await,
    ];
    if class == Class::Debit {
        lines.push(not_found(tls, &ca).await);
    }
    lines
}

/// Links to `/dev/full`, a device that is always full.
fn device(tls: &Tls, class: Class) -> PathBuf {
    let link = directory().join(format!("full-{}-{}", class.name(), transport(tls)));
    std::os::unix::fs::symlink("/dev/full", &link).unwrap();
    link
}

/// Calls with a journal that cannot be read. A debit is refused, and the error says nothing about its reference, whose past is not known. A
/// read and a step need no journal.
async fn unreadable(
    class: Class,
    tls: Tls,
    ca: &str,
    (fault, code): (&'static str, &'static str),
    journal: PathBuf,
) -> Line {
    let transport = transport(&tls);
    let server = Server::start(tls, [Script::answer(http(200, "", class.good()))]).await;
    let mut target = target(&server, transport, ca);
    target.journal = Some(journal);
    let seen = Caller::new(&target).call(class, "REF-1", None).await;
    let (expected, requests) = match class {
        Class::Read | Class::Step => (class.sound().to_owned(), 1),
        Class::Debit => (format!("refused {code}"), 0),
    };
    let requests = (server.requests().len(), requests);
    Cell::new(45, fault, class, transport).line(&seen, &expected, Some(&server), requests).await
}

/// Sends debits until the disk is full: no file of the process may grow beyond 600 blocks.
pub async fn filling(tls: Tls, ca: String) -> Vec<Line> {
    let transport = transport(&tls);
    let server = Server::start(tls, [Script::answer(http(200, "", Class::Debit.good()))]).await;
    let program = through().command();
    let mut command = Command::new("sh");
    command.arg("-c").arg("trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$@\"").arg(program.get_program());
    command.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    command.envs(program.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
    let process = Process::start(&mut command);
    let caller = Caller::of(&process, &target(&server, transport, &ca));
    let mut settled = 0;
    let seen = loop {
        let seen = caller.call(Class::Debit, &format!("REF-{settled}"), None).await;
        if seen.outcome != "settled" || settled == 500 {
            break seen;
        }
        settled += 1;
    };
    let requests = (server.requests().len() - settled, 0);
    let cell = Cell::new(45, "the disk fills up under the journal, debit by debit", Class::Debit, transport);
    let mut line = cell.line(&seen, "notSent (journal.unavailable)", Some(&server), requests).await;
    if settled < 5 {
        line.wrong.push(format!("only {settled} debits had room"));
    }
    vec![line]
}

/// Three inquiries right after the debit answer "not found", which proves nothing. The fourth finds it.
async fn not_found(tls: Tls, ca: &str) -> Line {
    const NOTHING: &str = r#"{"status":1,"response_status_id":-1,"message":"No such transaction","data":{}}"#;
    const FOUND: &str = r#"{"status":0,"response_type_id":1472,"message":"x","data":{"tx_status":"0","tid":"78","client_ref_id":"REF-1","amount":"100.0"}}"#;
    let transport = transport(&tls);
    let [nothing, found] = [NOTHING, FOUND].map(|body| Script::answer(http(200, "", body)));
    // The exchanges share a kept connection, which goes on with the next script.
    let server =
        Server::start(tls, [Script::of([Request, Reset]), nothing.clone(), nothing.clone(), nothing, found]).await;
    let caller = caller(&server, transport, ca).await;
    let seen = caller.call(Class::Debit, "REF-1", None).await;
    let mut states = Vec::new();
    for _ in 0..4 {
        states.push(caller.resolve("REF-1", None).await.0);
    }
    let posts = server.requests().iter().filter(|request| request.head.starts_with("POST")).count();
    let fault =
        "the answer is lost, three inquiries say \"not found\", the fourth finds it: open until then, settled after";
    let cell = Cell::new(46, fault, Class::Debit, transport);
    let mut line = cell.line(&seen, "indeterminate (network.reset)", Some(&server), (posts, 1)).await;
    if states != ["indeterminate", "indeterminate", "indeterminate", "settled"] {
        line.wrong.push(format!("the inquiries left {states:?}"));
    }
    line
}
