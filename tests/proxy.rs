//! Tests of a proxy's credentials: only the proxy gets them, and nothing that is printed shows them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "faults/certificates.rs"]
#[allow(dead_code, reason = "one of its certificates is needed")]
mod certificates;

use certificates::{Certificates, PROXIED};
use eko_eps::{CallOptions, Client, Code, Config};
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const PASSWORD: &str = "canary-password";
/// `merchant:canary-password` in base64.
const BASIC: &str = "Basic bWVyY2hhbnQ6Y2FuYXJ5LXBhc3N3b3Jk";
const ANSWER: &str = r#"{"status":463,"response_status_id":463,"message":"unknown"}"#;

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "it ended early");
    }
    String::from_utf8(bytes).unwrap()
}

fn config(proxy: SocketAddr, certificates: &Certificates) -> Config {
    Config::new("canary-developer", "canary-access")
        .initiator_id("9962981729")
        .user_code("1")
        .base_url(format!("https://{PROXIED}/ekoapi/v3"))
        .ca(certificates.ca.as_str())
        .proxy(format!("http://merchant:{PASSWORD}@{proxy}"))
}

const PARAMS: &str = r#"{"customerId":"9444444444"}"#;

#[tokio::test]
async fn the_proxy_gets_its_credentials_and_eps_gets_none_of_them() {
    let certificates = Certificates::new();
    let (proxy, eps) =
        (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let (proxy_address, eps_address) = (proxy.local_addr().unwrap(), eps.local_addr().unwrap());
    let tls = TlsAcceptor::from(certificates.good.clone());
    let at_proxy = tokio::spawn(async move {
        let (mut client, _) = proxy.accept().await.unwrap();
        let asked = head(&mut client).await;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut upstream = tokio::net::TcpStream::connect(eps_address).await.unwrap();
        // The copying ends when the client closes its connection.
        let _ = copy_bidirectional(&mut client, &mut upstream).await;
        asked
    });
    let at_eps = tokio::spawn(async move {
        let (stream, _) = eps.accept().await.unwrap();
        let mut stream = tls.accept(stream).await.unwrap();
        let asked = head(&mut stream).await;
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{ANSWER}", ANSWER.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        asked
    });
    let client = Client::new(config(proxy_address, &certificates)).unwrap();
    let answer = client.call("getCustomer", PARAMS, CallOptions::default()).await.unwrap();
    assert_eq!(answer.outcome, "notEnrolled");
    drop(client);
    let (asked_proxy, asked_eps) = (at_proxy.await.unwrap().to_ascii_lowercase(), at_eps.await.unwrap());
    let basic = format!("proxy-authorization: {}", BASIC.to_ascii_lowercase());
    assert!(asked_proxy.starts_with("connect eps.invalid:443 ") && asked_proxy.contains(&basic), "{asked_proxy}");
    for ours in ["canary-developer", "secret-key", "9444444444"] {
        assert!(!asked_proxy.contains(ours), "the proxy sees {ours}");
        assert!(asked_eps.contains(ours), "{asked_eps}");
    }
    let asked_eps = asked_eps.to_ascii_lowercase();
    assert!(!asked_eps.contains("proxy-") && !asked_eps.contains(&BASIC.to_ascii_lowercase()), "{asked_eps}");
}

#[tokio::test]
async fn nothing_that_is_printed_holds_the_password() {
    let certificates = Certificates::new();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = config(proxy.local_addr().unwrap(), &certificates);
    let shown = format!("{config:?} {config:#?}");
    let client = Client::new(config).unwrap();
    let refusing = tokio::spawn(async move {
        let (mut client, _) = proxy.accept().await.unwrap();
        head(&mut client).await;
        client.write_all(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    });
    let error = client.call("getCustomer", PARAMS, CallOptions::default()).await.unwrap_err();
    refusing.await.unwrap();
    assert_eq!(error.code(), Code::ProxyAuth);
    let unusable = Client::new(
        Config::new("d", "a").environment(eko_eps::Environment::Uat).proxy(format!("ftp://u:{PASSWORD}@x")),
    );
    let unusable = unusable.unwrap_err();
    assert_eq!(unusable.code(), Code::InvalidConfig);
    let data = serde_json::to_string(&error).unwrap();
    for text in [shown, format!("{client:?} {error:?} {error} {data} {unusable:?} {unusable}")] {
        assert!(!text.contains(PASSWORD), "{text}");
    }
}
