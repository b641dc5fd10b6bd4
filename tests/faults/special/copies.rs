//! Row 39: a proxy sends copies of our request.

use super::{Cell, transport};
use crate::call::{Caller, Class};
use crate::row::{Line, target};
use crate::script::Step::{Clock, Next, Request};
use crate::script::{Script, http};
use crate::server::{Server, Tls};
use tokio::net::TcpListener;

const PENDING: &str =
    r#"{"status":0,"response_type_id":325,"data":{"tx_status":"2","tid":"77","client_ref_id":"REF-1"}}"#;
const INQUIRY: &str = r#"{"status":0,"response_type_id":1472,"message":"x","data":{"tx_status":"0","tid":"78","client_ref_id":"REF-1","amount":"100.0"}}"#;

pub async fn lines(tls: Tls, ca: String) -> Vec<Line> {
    vec![both_taken(tls.clone(), &ca).await, second_refused(tls, &ca).await]
}

/// A proxy sends the request twice. EPS takes the first copy and refuses the second one's timestamp, and this refusal comes back. The
/// client sends nothing again, and its inquiry finds the debit.
async fn second_refused(tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let server = Server::start(None, [Script::of([Request, Clock(0, http(200, "", INQUIRY)), Next])]).await;
    let relay = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut target = target(&server, transport, ca);
    target.base_url = target.base_url.replace(&server.address.to_string(), &relay.local_addr().unwrap().to_string());
    let task = tokio::spawn(copying(relay, server.address, tls, 1));
    let caller = Caller::new(&target);
    let seen = caller.call(Class::Debit, "REF-1", None).await;
    let (state, _) = caller.resolve("REF-1", None).await;
    task.abort();
    let debits = server.requests().iter().filter(|request| request.head.starts_with("POST")).count();
    let fault =
        "a proxy sends our one request twice; EPS takes the first, and its refusal of the second (2485) comes back";
    let cell = Cell::new(39, fault, Class::Debit, transport);
    let mut line = cell.line(&seen, "indeterminate (auth.timestamp)", Some(&server), (debits, 2)).await;
    if state != "settled" {
        line.wrong.push(format!("the inquiry left {state}"));
    }
    line
}

/// A proxy sends the request twice, and EPS takes both. The proxy ends TLS itself, because it must read the request to copy it.
async fn both_taken(tls: Tls, ca: &str) -> Line {
    let transport = transport(&tls);
    let answers = [PENDING, &PENDING.replace("77", "78"), INQUIRY].map(|body| Script::answer(http(200, "", body)));
    let server = Server::start(None, answers).await;
    let relay = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut target = target(&server, transport, ca);
    target.base_url = target.base_url.replace(&server.address.to_string(), &relay.local_addr().unwrap().to_string());
    let task = tokio::spawn(copying(relay, server.address, tls, 0));
    let caller = Caller::new(&target);
    let seen = caller.call(Class::Debit, "REF-1", None).await;
    // The server gets the debit twice. The client reads the answer to the first copy; its inquiry then names the second.
    let requests = server.requests().len();
    let (state, news) = caller.resolve("REF-1", Some("alarm")).await;
    task.abort();
    let cell = Cell::new(
        39,
        "a proxy sends our one request twice; the inquiry then names the other tid: an alarm",
        Class::Debit,
        transport,
    );
    let mut line = cell.line(&seen, "pending", Some(&server), (requests, 2)).await;
    if state != "indeterminate" || !news.contains("alarm") {
        line.wrong.push(format!("no alarm: {news}, {state}"));
    }
    line
}

/// Relays connections: sends each POST twice and gives back answer number `back` (0 or 1); other requests pass once.
async fn copying(relay: TcpListener, upstream: std::net::SocketAddr, tls: Tls, back: usize) {
    while let Ok((client, _)) = relay.accept().await {
        let mut client = crate::wire::Wire::accept(client, tls.as_ref()).await.unwrap();
        let Ok(request) = client.request(0).await else { continue };
        let times = if request.head.starts_with("POST") { 2 } else { 1 };
        let mut answers = Vec::new();
        for _ in 0..times {
            let server = tokio::net::TcpStream::connect(upstream).await.unwrap();
            let mut server = crate::wire::Wire::accept(server, None).await.unwrap();
            server.write(format!("{}{}", request.head, request.body).as_bytes()).await.unwrap();
            answers.push(server.answer().await.unwrap());
        }
        client.write(&answers[back.min(answers.len() - 1)]).await.unwrap();
    }
}
