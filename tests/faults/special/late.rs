//! Rows 15, 17 and 24: servers that come back, relays that stop without a word, answers that no request asked for.

use super::{Cell, caller, reached, transport};
use crate::call::{Caller, Class};
use crate::row::Line;
use crate::script::Step::{Fin, Next, Request, Tell, Wait, Write};
use crate::script::{Script, http};
use crate::server::{Server, Tls};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

pub async fn lines(class: Class, tls: Tls, ca: String) -> Vec<Line> {
    vec![
        restarted(class, tls.clone(), &ca).await,
        gone(class, tls.clone(), &ca).await,
        vanished(class, tls.clone(), &ca).await,
        unasked(class, tls, &ca).await,
    ]
}

/// Returns a server that has answered one call and was then ended, and the caller, which still holds the ended idle connection.
async fn ended(class: Class, tls: Tls, ca: &str) -> (Server, Caller) {
    let (transport, end) = (transport(&tls), Arc::new(Notify::new()));
    let answer = http(200, "", class.good());
    let last = Script::of([Request, Write(answer.clone()), Wait(end.clone()), Fin]);
    let server = Server::start(tls, [last, Script::answer(answer)]).await;
    let caller = caller(&server, transport, ca).await;
    caller.call(class, "REF-0", None).await;
    end.notify_one();
    assert!(class == Class::Debit || server.has_ended(Duration::from_secs(3)).await);
    server.kill().await;
    (server, caller)
}

async fn restarted(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let (server, caller) = ended(class, tls, ca).await;
    server.respawn();
    let seen = caller.call(class, "REF-1", None).await;
    let requests = (server.requests().len(), 2);
    let cell = Cell::new(15, "server restarts between two calls (requests of both)", class, transport);
    cell.line(&seen, class.sound(), Some(&server), requests).await
}

async fn gone(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let (server, caller) = ended(class, tls, ca).await;
    let seen = caller.call(class, "REF-1", None).await;
    let expected = if class == Class::Debit { "notSent (network.refused)" } else { "error network.refused" };
    let requests = (server.requests().len() - 1, 0);
    Cell::new(15, "server ends between two calls", class, transport)
        .line(&seen, expected, Some(&server), requests)
        .await
}

/// The server answers, but the relay between passes nothing on.
async fn vanished(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let [arrived, stop, go] = [(); 3].map(|()| Arc::new(Notify::new()));
    let answer = http(200, "", class.good());
    let script = Script::of([Request, Tell(arrived.clone()), Wait(go.clone()), Write(answer), Next]);
    let server = Server::start(tls, [script]).await;
    let relay = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut target = crate::row::target(&server, transport, ca);
    target.base_url = target.base_url.replace(&server.address.to_string(), &relay.local_addr().unwrap().to_string());
    let (upstream, stop_now) = (server.address, stop.clone());
    let task = tokio::spawn(async move {
        let (freeze, frozen) = watch::channel(false);
        let mut relayed = JoinSet::new();
        loop {
            let mut frozen = frozen.clone();
            tokio::select! {
                // A debit may drop the connection that was opened for it in advance, and open another.
                Ok((mut client, _)) = relay.accept() => relayed.spawn(async move {
                    let mut server = TcpStream::connect(upstream).await.unwrap();
                    tokio::select! {
                        _ = frozen.wait_for(|frozen| *frozen) => {}
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                    }
                    (client, server)
                }),
                () = stop.notified() => break,
            };
        }
        freeze.send_replace(true);
        // The server answers only after the relay has stopped. All connections stay open until the test aborts this task.
        let _open = relayed.join_all().await;
        go.notify_one();
        std::future::pending::<()>().await;
    });
    let cell = Cell {
        deadline: Duration::from_secs(1),
        ..Cell::new(17, "peer vanishes after the request (deadline 1000 ms)", class, transport)
    };
    let caller = Caller::new(&target);
    let (seen, ()) = tokio::join!(caller.call(class, "REF-1", Some(cell.deadline)), async {
        reached(&arrived).await;
        stop_now.notify_one();
    });
    let expected = match class {
        Class::Read => "error timeout.deadline",
        Class::Step => "error timeout.deadline, maybe sent",
        Class::Debit => "indeterminate (timeout.deadline)",
    };
    let line = cell.line(&seen, expected, Some(&server), (server.requests().len(), 1)).await;
    task.abort();
    line
}

async fn unasked(class: Class, tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let (write, written) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (fresh, stale) = (http(200, "", class.good()), http(200, "", class.stale()));
    let idle = Script::of([Request, Write(fresh.clone()), Wait(write.clone()), Write(stale), Tell(written.clone())]);
    let server = Server::start(tls, [idle, Script::answer(fresh)]).await;
    let caller = caller(&server, transport, ca).await;
    caller.call(class, "REF-0", None).await;
    if class != Class::Debit {
        write.notify_one();
        reached(&written).await;
    }
    let seen = caller.call(class, "REF-1", None).await;
    write.notify_one();
    let requests = (server.requests().len() - 1, 1);
    let cell =
        Cell::new(24, "an answer that nobody asked for, on an idle connection, then another call", class, transport);
    cell.line(&seen, class.sound(), Some(&server), requests).await
}
