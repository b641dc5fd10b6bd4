//! Server of the benchmarks. It answers every signed request with the same body, and a transfer as settled. It uses only one thread, so
//! that the benchmarks measure the clients and not the server. It prints `{"http", "https", "far", "ca"}` (its addresses and its
//! certificate) when it listens, and stops when its standard input ends.

mod bank;
mod far;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

const BODY: &[u8] = include_bytes!("../../answer.json");
const SIGNED: [&str; 3] = ["developer_key", "secret-key", "secret-key-timestamp"];
const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 0);
/// Maximum number of connections that wait to be accepted. The kernel drops further connections, and their clients try again only after a
/// second. The clients are not the cause of this second, so it must not be measured.
const WAITING: u32 = 4096;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], key.signing_key.serialize_der().try_into()?)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let plain = listen()?;
    let secure = listen()?;
    let distant = listen()?;
    let told = serde_json::json!({
        "http": format!("http://{}", plain.local_addr()?),
        "https": format!("https://{}", secure.local_addr()?),
        "far": format!("https://{}", distant.local_addr()?),
        "ca": key.cert.pem(),
    });
    println!("{told}");
    let mut rest = Vec::new();
    let mut stdin = tokio::io::stdin();
    tokio::select! {
        failed = accept(plain, |stream| async { serve(stream).await }) => failed?,
        failed = accept(secure, |stream| encrypted(stream, acceptor.clone())) => failed?,
        failed = accept(distant, |stream| encrypted(far::away(stream), acceptor.clone())) => failed?,
        ended = stdin.read_to_end(&mut rest) => { ended?; }
    }
    // Standard input has ended, so no blocking read of it delays the end of the process.
    Ok(())
}

fn listen() -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(LOOPBACK.into())?;
    socket.listen(WAITING)
}

async fn accept<S>(listener: TcpListener, serve: impl Fn(TcpStream) -> S) -> std::io::Result<()>
where
    S: Future<Output = ()> + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream));
    }
}

async fn encrypted(stream: impl AsyncRead + AsyncWrite + Unpin, tls: TlsAcceptor) {
    // A client may open a connection in advance and close it before the TLS handshake. This is not an error.
    if let Ok(stream) = tls.accept(stream).await {
        serve(stream).await;
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin) {
    // A client may close its connection at any time, so an error is ignored.
    drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await);
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let signed = SIGNED.iter().all(|name| request.headers().contains_key(*name));
    let (path, posted) = (request.uri().path().to_owned(), request.method() == Method::POST);
    let (status, body) = match signed {
        false => (StatusCode::FORBIDDEN, Bytes::from_static(b"{}")),
        true if posted => match bank::taken(&path, &request.into_body().collect().await?.to_bytes()) {
            Some(body) => (StatusCode::OK, body.into()),
            None => (StatusCode::BAD_REQUEST, Bytes::from_static(b"{}")),
        },
        true => (StatusCode::OK, bank::inquired(&path).map_or(Bytes::from_static(BODY), Bytes::from)),
    };
    let wait = bank::wait(&path);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    Ok(response)
}
