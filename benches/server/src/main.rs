//! Answers every signed request with the same body, from one thread, so that the clients are what is measured.
//! Prints `{"http", "https", "ca"}` when it listens; ends when its standard input does.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

const BODY: &[u8] = include_bytes!("../../answer.json");
const SIGNED: [&str; 3] = ["developer_key", "secret-key", "secret-key-timestamp"];
const LOOPBACK: (&str, u16) = ("127.0.0.1", 0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], key.signing_key.serialize_der().try_into()?)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let plain = TcpListener::bind(LOOPBACK).await?;
    let secure = TcpListener::bind(LOOPBACK).await?;
    let told = serde_json::json!({
        "http": format!("http://{}", plain.local_addr()?),
        "https": format!("https://{}", secure.local_addr()?),
        "ca": key.cert.pem(),
    });
    println!("{told}");
    let mut rest = Vec::new();
    let mut stdin = tokio::io::stdin();
    tokio::select! {
        failed = accept(plain, None) => failed?,
        failed = accept(secure, Some(acceptor)) => failed?,
        ended = stdin.read_to_end(&mut rest) => { ended?; }
    }
    // The blocking read of standard input has ended as well.
    Ok(())
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection(stream, tls.clone()));
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>) {
    match tls {
        None => serve(stream).await,
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => serve(stream).await,
            Err(error) => eprintln!("TLS: {error}"),
        },
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin) {
    // A client that goes away is no event.
    drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await);
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let signed = SIGNED.iter().all(|name| request.headers().contains_key(*name));
    let (status, body) = if signed { (StatusCode::OK, BODY) } else { (StatusCode::FORBIDDEN, &b"{}"[..]) };
    let mut response = Response::new(Full::new(Bytes::from_static(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    Ok(response)
}
