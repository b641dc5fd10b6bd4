//! Row 9: proxies. No proxy is used for servers on this machine, so these calls name a host that only the proxy knows.

use super::Cell;
use crate::call::{Caller, Class, Target};
use crate::certificates::{Certificates, PROXIED};
use crate::row::Line;
use crate::script::{Script, http};
use crate::server::Server;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

pub async fn lines(class: Class, certificates: Arc<Certificates>) -> Vec<Line> {
    let cases = [
        ("proxy answers 407", Some(407), "proxy.auth", 1),
        ("proxy answers CONNECT with 502", Some(502), "proxy", if class == Class::Debit { 2 } else { 3 }),
        ("proxy opens a tunnel", None, "", 1),
    ];
    let mut lines = Vec::new();
    for (fault, refuses, code, tunnels) in cases {
        let script = Script::answer(http(200, "", class.good()));
        let server = Server::start(Some(certificates.good.clone()), [script]).await;
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target {
            base_url: format!("https://{PROXIED}/ekoapi/v3"),
            ca: Some(certificates.ca.clone()),
            proxy: Some(format!("http://{}", proxy.local_addr().unwrap())),
            ..Target::default()
        };
        let asked = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(serve(proxy, refuses, server.address, asked.clone()));
        let seen = Caller::new(&target).call(class, "REF-1", None).await;
        let expected = match (class, refuses) {
            (Class::Read, None) => "found".to_owned(),
            (Class::Step, None) => "otpRequired".to_owned(),
            (Class::Debit, None) => "settled".to_owned(),
            (Class::Debit, Some(_)) => format!("notSent ({code})"),
            (Class::Read | Class::Step, Some(_)) => format!("error {code}"),
        };
        let requests = (server.requests().len(), usize::from(refuses.is_none()));
        let mut line = Cell::new(9, fault, class, "TLS").line(&seen, &expected, Some(&server), requests).await;
        let asked = asked.load(Ordering::SeqCst);
        // A debit does not use a connection that has been idle for a second, and opens another.
        let old = class == Class::Debit && seen.elapsed > Duration::from_secs(1);
        if asked != tunnels && !(old && asked == tunnels + 1) {
            line.wrong.push(format!("{asked} tunnels asked for instead of {tunnels}"));
        }
        task.abort();
        lines.push(line);
    }
    lines
}

async fn serve(proxy: TcpListener, refuses: Option<u16>, upstream: std::net::SocketAddr, asked: Arc<AtomicUsize>) {
    while let Ok((client, _)) = proxy.accept().await {
        let mut wire = crate::wire::Wire::accept(client, None).await.unwrap();
        let Ok(request) = wire.request(0).await else { continue };
        assert!(request.head.starts_with(&format!("CONNECT {PROXIED}:443 ")), "{}", request.head);
        asked.fetch_add(1, Ordering::SeqCst);
        match refuses {
            Some(status) => {
                let _ = wire.write(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n").as_bytes()).await;
            }
            None => {
                wire.write(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let mut server = TcpStream::connect(upstream).await.unwrap();
                let mut client = wire.into_tcp();
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
            }
        }
    }
}
