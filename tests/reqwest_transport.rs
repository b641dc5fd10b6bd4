//! Tests of `ReqwestTransport`: what each way to create it permits, and the texts of its errors.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "faults/certificates.rs"]
#[allow(dead_code, reason = "one of its certificates is needed")]
mod certificates;

use certificates::Certificates;
use eko_eps::money::{DebitKey, DebitOptions, JournalConfig};
use eko_eps::{CallOptions, Client, Code, Config, ReqwestTransport};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const FOUND: &str = r#"{"status":463,"response_status_id":463,"message":"unknown"}"#;
const READ: &str = r#"{"customerId":"9444444444"}"#;
const DEBIT: &str = r#"{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"470281","otpRefId":"667007109","clientRefId":"ORDER-1"}"#;

const SETTLED: &str = r#"{"status":0,"response_status_id":0,"response_type_id":325,"message":"ok","data":{"tx_status":"0","tid":"12971397","amount":"100.0"}}"#;

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
    latest: Mutex<String>,
}

/// Starts a server that answers each request on any connection with these bytes.
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
                    // A GET ends with its head; any other request ends with the `}` of its JSON body.
                    if bytes.ends_with(b"\r\n\r\n") && bytes.starts_with(b"GET") || bytes.ends_with(b"}") {
                        seen.requests.fetch_add(1, Ordering::SeqCst);
                        *seen.latest.lock().unwrap() = String::from_utf8(bytes.clone()).unwrap();
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

/// Returns a builder with a TLS configuration of its own, because these tests build reqwest without a crypto provider.
fn with_tls(ca: Option<&str>, protocols: &[&[u8]]) -> reqwest::ClientBuilder {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let own = ca.into_iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()));
    roots.add_parsable_certificates(own.map(Result::unwrap));
    let mut tls = tls.with_root_certificates(roots).with_no_client_auth();
    tls.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    reqwest::ClientBuilder::new().no_proxy().tls_backend_preconfigured(tls).redirect(reqwest::redirect::Policy::none())
}

fn builder() -> reqwest::ClientBuilder {
    with_tls(None, &[])
}

fn builder_that_follows() -> reqwest::ClientBuilder {
    builder().redirect(reqwest::redirect::Policy::limited(5))
}

fn config_of(base_url: String) -> Config {
    Config::new("canary-developer", "canary-access")
        .initiator_id("9962981729")
        .user_code("20810200")
        .base_url(base_url)
        .deadline(Duration::from_secs(5))
}

fn client(address: SocketAddr, transport: ReqwestTransport) -> Client {
    Client::new(config_of(format!("http://{address}/ekoapi/v3")).reqwest(transport)).unwrap()
}

#[tokio::test]
async fn a_finished_client_reads_and_is_refused_for_money() {
    let (address, counts) = server(http(200, "", FOUND)).await;
    let client = client(address, ReqwestTransport::from_client(builder().build().unwrap()).unwrap());
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
        let config = config_of(format!("http://{address}/ekoapi/v3")).journal(JournalConfig::File(journal.clone()));
        Client::new(config.reqwest(transport)).unwrap()
    };
    let open = of(ReqwestTransport::from_builder(builder()).unwrap());
    let debit = open.debit_by_name("dmt.transfer", DEBIT, DebitOptions::default()).await.unwrap();
    assert_eq!(debit.outcome.as_str(), "indeterminate");
    let before = counts.requests.load(Ordering::SeqCst);
    let finished = of(ReqwestTransport::from_client(builder().build().unwrap()).unwrap());
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
            transport = transport.calls_over(builder().build().unwrap()).unwrap();
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
    let client = client(address, ReqwestTransport::from_builder(builder_that_follows()).unwrap());
    let error = client.call("getCustomer", READ, CallOptions::default()).await.unwrap_err();
    assert_eq!((error.code(), counts.requests.load(Ordering::SeqCst)), (Code::Redirect, 0));
}

#[tokio::test]
async fn a_finished_client_that_follows_redirects_is_refused() {
    let following = || builder_that_follows().build().unwrap();
    let fresh = ReqwestTransport::from_builder(builder()).unwrap();
    for refused in [ReqwestTransport::from_client(following()), fresh.calls_over(following())] {
        let error = refused.unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfig);
        assert!(error.to_string().contains("Policy::none()"), "{error}");
    }
}

#[tokio::test]
async fn a_step_that_a_finished_client_could_not_connect_for_is_not_repeated() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = client(closed, ReqwestTransport::from_client(builder().build().unwrap()).unwrap());
    let step =
        r#"{"customerId":"9123456789","name":"Asha","dob":"1990-05-15","residenceAddress":["1"],"clientRefId":"R-1"}"#;
    let error = client.call("onboardCustomer", step, CallOptions::default()).await.unwrap_err();
    assert_eq!((error.maybe_sent(), error.attempts().len()), (true, 1), "{error:?}");
}

/// reqwest cannot set up TLS without a provider. The result is an error that says so, and no panic.
#[test]
fn tls_without_a_provider_is_a_wrong_configuration() {
    let error = ReqwestTransport::from_builder(reqwest::ClientBuilder::new()).unwrap_err();
    assert_eq!(error.code(), Code::InvalidConfig);
    assert!(error.to_string().contains("CryptoProvider"), "{error}");
}

#[tokio::test]
async fn dangerous_settings_of_a_builder_are_taken_back() {
    let loose = || {
        let mut headers = reqwest::header::HeaderMap::new();
        for (name, value) in [("content-length", "5"), ("host", "other.example"), ("accept-encoding", "gzip")] {
            headers.insert(name, value.parse().unwrap());
        }
        let builder = builder_that_follows()
            .default_headers(headers)
            .https_only(true)
            .http09_responses()
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true);
        ReqwestTransport::from_builder(builder).unwrap()
    };
    let (address, counts) = server(http(200, "", SETTLED)).await;
    let debit = client(address, loose()).debit_by_name("dmt.transfer", DEBIT, DebitOptions::default()).await.unwrap();
    assert_eq!(debit.outcome.as_str(), "settled");
    let request = counts.latest.lock().unwrap().clone();
    assert!(
        request.contains(&format!("host: {address}\r\n")) && request.contains("accept-encoding: identity"),
        "{request}"
    );
    assert!(request.contains("ORDER-1") && !request.contains("content-length: 5\r\n"), "{request}");
    let broken = [
        SETTLED.to_owned(),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding : chunked\r\ncontent-length: {}\r\n\r\n{SETTLED}", SETTLED.len()),
        format!("HTTP/1.1 200 OK\r\ncontent-length : 5\r\ncontent-length: {}\r\n\r\n{SETTLED}", SETTLED.len()),
        format!("HTTP/1.1 200 OK\r\nx: 1\r\n y\r\ncontent-length: {}\r\n\r\n{SETTLED}", SETTLED.len()),
    ];
    for answer in broken {
        let (address, _) = server(answer.clone()).await;
        let debit =
            client(address, loose()).debit_by_name("dmt.transfer", DEBIT, DebitOptions::default()).await.unwrap();
        let code = debit.error.as_ref().map(eko_eps::Error::code);
        assert_eq!((debit.outcome.as_str(), code), ("indeterminate", Some(Code::Protocol)), "{answer}");
    }
}

#[tokio::test]
async fn tls_that_chooses_http_2_is_refused_without_a_panic() {
    let certificates = Certificates::new();
    let mut config = (*certificates.good).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let (listener, tls) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), TlsAcceptor::from(Arc::new(config)));
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move { tls.accept(stream).await.unwrap().read_to_end(&mut Vec::new()).await });
        }
    });
    let transport = ReqwestTransport::from_builder(with_tls(Some(&certificates.ca), &[b"h2"])).unwrap();
    let client = Client::new(config_of(format!("https://{address}/ekoapi/v3")).reqwest(transport)).unwrap();
    let debit = client.debit_by_name("dmt.transfer", DEBIT, DebitOptions::default()).await.unwrap();
    let code = debit.error.as_ref().map(eko_eps::Error::code);
    assert_eq!((debit.outcome.as_str(), code), ("indeterminate", Some(Code::Protocol)));
}

#[tokio::test]
async fn only_a_connect_timeout_proves_that_nothing_left() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/ekoapi/v3", silent.local_addr().unwrap());
    let soon = Duration::from_millis(200);
    let cases = [(builder().connect_timeout(soon), "notSent"), (builder().timeout(soon), "indeterminate")];
    for (builder, outcome) in cases {
        let transport = ReqwestTransport::from_builder(builder).unwrap();
        let client = Client::new(config_of(url.clone()).reqwest(transport)).unwrap();
        let debit = client.debit_by_name("dmt.transfer", DEBIT, DebitOptions::default()).await.unwrap();
        assert_eq!(debit.outcome.as_str(), outcome);
    }
}

#[tokio::test]
async fn a_body_that_stops_ends_by_the_timeout_of_the_builder() {
    let (address, _) = server("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{".to_owned()).await;
    let transport = ReqwestTransport::from_builder(builder().read_timeout(Duration::from_millis(100))).unwrap();
    let error = client(address, transport).call("getCustomer", READ, CallOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::TimeoutAttempt, "{error:?}");
}

#[tokio::test]
async fn a_cause_names_no_url_and_a_connection_that_fails_sends_nothing() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (base_url, code) in [
        (format!("http://{closed}/ekoapi/v3"), Code::NetworkRefused),
        ("https://eps.invalid/ekoapi/v3".to_owned(), Code::NetworkDns),
    ] {
        let transport = ReqwestTransport::from_builder(builder()).unwrap();
        let client = Client::new(config_of(base_url).reqwest(transport)).unwrap();
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
    let config = config_of("http://127.0.0.1:1/ekoapi/v3".into()).reqwest(transport.clone());
    for config in [config.clone().proxy("http://proxy.example:3128"), config.ca("-----BEGIN CERTIFICATE-----")] {
        let error = Client::new(config).err().unwrap();
        assert_eq!(error.code(), Code::InvalidConfig);
        assert!(error.to_string().contains("reqwest::ClientBuilder"), "{error}");
    }
    assert_eq!(format!("{transport:?}"), "ReqwestTransport { fresh: true, shared: false }");
}
