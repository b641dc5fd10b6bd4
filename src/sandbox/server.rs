//! HTTP/1.1 server on the loopback address. The server has its own thread, and one task for each connection. When the server ends, the
//! port is free.

use super::exchange::{ExchangeAction, ExchangePlan, decide};
use super::payload::{Hangup, Payload};
use super::reply::Reply;
use super::state::SandboxHandle;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{io, thread};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Maximum size of a request body, in bytes. EPS is assumed to have the same limit.
const LARGEST_BODY: usize = 2 * 1024 * 1024;
/// Maximum time for the head of a request, and maximum idle time of a connection.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// Maximum time for the body of a request.
const BODY_TIME: Duration = Duration::from_secs(60);
/// Time that running responses have to finish after the sandbox starts to close.
const GRACE: Duration = Duration::from_millis(500);
/// Maximum number of connections that the operating system queues before the server accepts them.
const BACKLOG: u32 = 1024;

/// Running server.
pub(super) struct Server {
    pub port: u16,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Starts the server on 127.0.0.1. The caller may be inside an async runtime, because this function does not block on a runtime.
    pub(super) fn start(port: u16, shared: Arc<SandboxHandle>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        match Self::spawn(&runtime, port, shared) {
            Ok((server, give)) => {
                // The server's thread waits to receive the runtime, so the send succeeds. If it fails, the runtime must be shut down and
                // not dropped, as in the error case below.
                if let Err(mpsc::SendError(runtime)) = give.send(runtime) {
                    runtime.shutdown_background();
                }
                Ok(server)
            }
            Err(error) => {
                // Dropping a runtime inside another runtime panics. `shutdown_background` does not.
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    fn spawn(runtime: &Runtime, port: u16, shared: Arc<SandboxHandle>) -> io::Result<(Self, mpsc::Sender<Runtime>)> {
        let listener = {
            let _inside = runtime.enter();
            listen(port)?
        };
        let port = listener.local_addr()?.port();
        let (stop, stopped) = watch::channel(false);
        let (give, take) = mpsc::channel::<Runtime>();
        let thread = thread::Builder::new().name(format!("sandbox-{port}")).spawn(move || {
            if let Ok(runtime) = take.recv() {
                runtime.block_on(serve(listener, shared, stopped));
            }
        })?;
        Ok((Self { port, stop, thread: Some(thread) }, give))
    }

    /// Stops the server and waits until its thread has ended. The port is free afterwards.
    pub(super) fn stop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // If the server thread panicked, the panic hook has already reported the panic. The port is free in any case.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    if cfg!(unix) {
        // `SO_REUSEADDR` allows binding a port again while its last connections are still closing.
        socket.set_reuseaddr(true)?;
    }
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    socket.listen(BACKLOG)
}

async fn serve(listener: TcpListener, shared: Arc<SandboxHandle>, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = until_stopped(&mut stopped) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&shared), stopped.clone()));
                }
                // Most likely the process has no free file descriptors. The pause gives other connections time to close.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let _ = timeout(GRACE * 2, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection(stream: TcpStream, shared: Arc<SandboxHandle>, mut stopped: watch::Receiver<bool>) {
    // `TCP_NODELAY` only makes responses faster, so an error is ignored.
    let _ = stream.set_nodelay(true);
    let stop = stopped.clone();
    let service = service_fn(move |request| answer(Arc::clone(&shared), stop.clone(), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    tokio::select! {
        _ = served.as_mut() => return,
        () = until_stopped(&mut stopped) => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, served).await;
}

async fn answer(
    shared: Arc<SandboxHandle>,
    mut stopped: watch::Receiver<bool>,
    request: Request<Incoming>,
) -> Result<Response<Payload>, Hangup> {
    let (parts, body) = request.into_parts();
    let body = tokio::select! {
        body = receive(body) => body?,
        () = until_stopped(&mut stopped) => return Err(Hangup),
    };
    let decision = match body {
        Some(body) => guarded(|| decide(&shared, &parts, &body)),
        None => ExchangePlan::now(Reply::message(413, "Payload too large")),
    };
    if !decision.late.is_zero() {
        tokio::select! {
            () = sleep(decision.late) => {}
            () = until_stopped(&mut stopped) => return Err(Hangup),
        }
    }
    match decision.action {
        ExchangeAction::Reply(reply) => Ok(response(reply, &shared)),
        ExchangeAction::Close => Err(Hangup),
        ExchangeAction::Hang => {
            until_stopped(&mut stopped).await;
            Err(Hangup)
        }
    }
}

/// Reads the request body. Returns `None` if the body is too large.
async fn receive(body: Incoming) -> Result<Option<Bytes>, Hangup> {
    match timeout(BODY_TIME, Limited::new(body, LARGEST_BODY).collect()).await {
        Ok(Ok(body)) => Ok(Some(body.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Ok(None),
        Ok(Err(_)) | Err(_) => Err(Hangup),
    }
}

/// Returns HTTP 500 if the sandbox panics. Other requests are not affected.
fn guarded(decide: impl FnOnce() -> ExchangePlan) -> ExchangePlan {
    catch_unwind(AssertUnwindSafe(decide))
        .unwrap_or_else(|_| ExchangePlan::now(Reply::message(500, "The sandbox panicked while it handled the request")))
}

fn response(reply: Reply, shared: &SandboxHandle) -> Response<Payload> {
    let length = reply.body.len();
    let payload = if reply.cut { Payload::cut(&reply.body) } else { Payload::whole(reply.body) };
    let mut response = Response::new(payload);
    *response.status_mut() = StatusCode::from_u16(reply.http_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    if reply.cut {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    let date = httpdate::fmt_http_date(shared.world().clock.now());
    if let (false, Ok(date)) = (headers.contains_key(DATE), HeaderValue::try_from(date)) {
        headers.insert(DATE, date);
    }
    response
}

async fn until_stopped(stopped: &mut watch::Receiver<bool>) {
    // An error means that the server was dropped, which counts as stopped.
    let _ = stopped.wait_for(|stop| *stop).await;
}
