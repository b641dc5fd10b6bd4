//! Tests of the cause of a failed call: the message of the operating system or of the TLS library.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "faults/certificates.rs"]
#[allow(dead_code, reason = "this test has no proxy")]
mod certificates;

use certificates::Certificates;
use eko_eps::{CallOptions, Client, Code, Config, Error};
use rustls::ServerConfig;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

async fn failure(base_url: String, ca: &str) -> Error {
    let config = Config::new("developer", "access").initiator_id("9962981729").user_code("1").base_url(base_url).ca(ca);
    let options = CallOptions::default().deadline(Duration::from_secs(5));
    let client = Client::new(config).unwrap();
    client.call("getCustomer", r#"{"customerId":"9444444444"}"#, options).await.expect_err("the call fails")
}

async fn with_certificate(server: &Arc<ServerConfig>, ca: &str) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let tls = TlsAcceptor::from(Arc::clone(server));
    let server = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = tls.accept(stream).await;
        }
    });
    let error = failure(format!("https://127.0.0.1:{port}/ekoapi/v3"), ca).await;
    server.abort();
    error
}

#[tokio::test]
async fn the_cause_tells_certificates_apart() {
    let certificates = Certificates::new();
    for (server, said) in [
        (&certificates.expired, "expired"),
        (&certificates.wrong_host, "not valid for name"),
        (&certificates.unknown_ca, "UnknownIssuer"),
    ] {
        let error = with_certificate(server, &certificates.ca).await;
        assert_eq!(error.code(), Code::TlsCertificate);
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        assert!(cause.contains(said), "{cause:?} does not say {said}");
        assert!(format!("{error:?}").contains(said), "{error:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_has_the_systems_error_as_its_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = failure(format!("http://127.0.0.1:{port}/ekoapi/v3"), &Certificates::new().ca).await;
    assert_eq!(error.code(), Code::NetworkRefused);
    assert!(error.source().is_some_and(|cause| cause.to_string().contains("refused")), "{error:?}");
}
