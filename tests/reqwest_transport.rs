//! `ReqwestTransport`: what each way to make it permits, and what its errors say.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::money::{DebitKey, DebitOptions, JournalConfig};
use eko_eps::{CallOptions, Client, Code, Config, ReqwestTransport};
use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const FOUND: &str = r#"{"status":463,"response_status_id":463,"message":"unknown"}"#;
const READ: &str = r#"{"customerId":"9444444444"}"#;
const DEBIT: &str = r#"{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"470281","otpRefId":"667007109","clientRefId":"ORDER-1"}"#;

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
}

/// Answers each request on any connection with these bytes.
async fn server(answer: String) -> (SocketAddr, Arc<Counts>) {
    let (listener, counts) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Arc::<Counts>::default());
    let (address, seen) = (listener.local_addr().unwrap(), counts.clone());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (seen, answer) = (seen.clone(), answer.clone());
            seen.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                while let Ok(1..) = stream.read_buf(&mut bytes).await {
                    // A request ends with its head, or with the object that is its body.
                    if bytes.ends_with(b"\r\n\r\n") && bytes.starts_with(b"GET") || bytes.ends_with(b"}") {
                        seen.requests.fetch_add(1, Ordering::SeqCst);
                        bytes.clear();
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                }
            });
        }
    });
    (address, counts)
}

fn http(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// With a TLS configuration, because these tests build reqwest without a provider.
fn builder() -> reqwest::ClientBuilder {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = tls.with_root_certificates(roots).with_no_client_auth();
    reqwest::ClientBuilder::new().no_proxy().tls_backend_preconfigured(tls)
}

fn config(base_url: String) -> Config {
    Config::new("canary-developer", "canary-access")
        .initiator_id("9962981729")
        .user_code("20810200")
        .base_url(base_url)
        .deadline(Duration::from_secs(5))
}

fn client(address: SocketAddr, transport: ReqwestTransport) -> Client {
    Client::new(config(format!("http://{address}/ekoapi/v3")).reqwest(transport)).unwrap()
}

#[tokio::test]
async fn a_finished_client_reads_and_is_refused_for_money() {
    let (address, counts) = server(http(200, "", FOUND)).await;
    let client = client(address, ReqwestTransport::from_client(builder().build().unwrap()));
    let answer = client.call("getCustomer", READ, CallOptions::default()).await.unwrap();
    assert_eq!(answer.outcome, "notEnrolled");
    let before = counts.requests.load(Ordering::SeqCst);
    let error = client.debit_by_name("dmt.transfer", DEBIT, DebitOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidConfig);
    assert!(error.to_string().contains("ReqwestTransport::from_builder"), "{error}");
    assert_eq!(counts.requests.load(Ordering::SeqCst), before, "a refused debit must send nothing");
    let key = DebitKey { op: "dmt.transfer".into(), reference: "ORDER-1".into() };
    assert_eq!(client.history(&key).await.unwrap_err().code(), Code::NotFound, "a refused debit must leave no row");
}

#[tokio::test]
async fn a_finished_client_asks_about_no_debit() {
    let (address, counts) = server(http(500, "", "")).await;
    let journal =
        std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("reqwest-{}.sqlite", std::process::id()));
    let of = |transport| {
        let config = config(format!("http://{address}/ekoapi/v3")).journal(JournalConfig::File(journal.clone()));
        Client::new(config.reqwest(transport)).unwrap()
    };
    let open = of(ReqwestTransport::from_builder(builder()).unwrap());
    let debit = open.debit_by_name("dmt.transfer", DEBIT, DebitOptions::default()).await.unwrap();
    assert_eq!(debit.outcome.as_str(), "indeterminate");
    let before = counts.requests.load(Ordering::SeqCst);
    let finished = of(ReqwestTransport::from_client(builder().build().unwrap()));
    assert_eq!(finished.resolve(&debit.key).await.unwrap_err().code(), Code::InvalidConfig);
    assert_eq!(finished.resolve_due().await.unwrap_err().code(), Code::InvalidConfig);
    let callback = finished.callback(r#"{"tx_status":0,"tid":"1","client_ref_id":"ORDER-1"}"#).unwrap();
    assert_eq!(finished.merge_callback(&callback).await.unwrap_err().code(), Code::InvalidConfig);
    assert_eq!(counts.requests.load(Ordering::SeqCst), before, "a refused inquiry must send nothing");
    std::fs::remove_file(journal).unwrap();
}

#[tokio::test]
async fn a_builder_opens_a_connection_for_each_request_and_a_client_beside_it_reuses_one() {
    for (shared, connections) in [(false, 3), (true, 1)] {
        let (address, counts) = server(http(200, "", FOUND)).await;
        let mut transport = ReqwestTransport::from_builder(builder()).unwrap();
        if shared {
            transport = transport.calls_over(builder().build().unwrap());
        }
        let client = client(address, transport);
        for _ in 0..3 {
            client.call("getCustomer", READ, CallOptions::default()).await.unwrap();
        }
        assert_eq!(counts.connections.load(Ordering::SeqCst), connections, "shared: {shared}");
    }
}

#[tokio::test]
async fn a_builder_that_follows_redirects_follows_none_here() {
    let (target, counts) = server(http(200, "", FOUND)).await;
    let (address, _) = server(http(307, &format!("location: http://{target}/ekoapi/v3/customer\r\n"), "")).await;
    let following = builder().redirect(reqwest::redirect::Policy::limited(5));
    let client = client(address, ReqwestTransport::from_builder(following).unwrap());
    let error = client.call("getCustomer", READ, CallOptions::default()).await.unwrap_err();
    assert_eq!((error.code(), counts.requests.load(Ordering::SeqCst)), (Code::Redirect, 0));
}

#[tokio::test]
async fn an_answer_that_a_finished_client_got_from_elsewhere_is_refused() {
    let (target, _) = server(http(200, "", FOUND)).await;
    let (address, _) = server(http(302, &format!("location: http://{target}/ekoapi/v3/customer\r\n"), "")).await;
    let client = client(address, ReqwestTransport::from_client(builder().build().unwrap()));
    let error = client.call("getCustomer", READ, CallOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::Redirect);
}

#[tokio::test]
async fn a_cause_names_no_url_and_a_connection_that_fails_sends_nothing() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (base_url, code) in [
        (format!("http://{closed}/ekoapi/v3"), Code::NetworkRefused),
        ("https://eps.invalid/ekoapi/v3".to_owned(), Code::NetworkDns),
    ] {
        let transport = ReqwestTransport::from_builder(builder()).unwrap();
        let client = Client::new(config(base_url).reqwest(transport)).unwrap();
        let error = client.call("getCustomer", READ, CallOptions::default()).await.unwrap_err();
        assert_eq!((error.code(), error.maybe_sent()), (code, false), "{error:?}");
        let mut texts = format!("{error} {error:?}");
        let mut next = error.source();
        assert!(next.is_some(), "{code:?} must have a cause");
        while let Some(source) = next {
            texts.push_str(&source.to_string());
            next = source.source();
        }
        assert!(!texts.contains("9444444444") && !texts.contains("/ekoapi"), "{texts}");
    }
}

#[tokio::test]
async fn ca_and_proxy_are_refused_beside_reqwest() {
    let transport = ReqwestTransport::from_builder(builder()).unwrap();
    let config = config("http://127.0.0.1:1/ekoapi/v3".into()).reqwest(transport.clone());
    for config in [config.clone().proxy("http://proxy.example:3128"), config.ca("-----BEGIN CERTIFICATE-----")] {
        let error = Client::new(config).err().unwrap();
        assert_eq!(error.code(), Code::InvalidConfig);
        assert!(error.to_string().contains("reqwest::ClientBuilder"), "{error}");
    }
    assert_eq!(format!("{transport:?}"), "ReqwestTransport { fresh: true, shared: false }");
}
