//! Tests of starting and stopping a sandbox, many or slow clients, and secrets that are never shown.

use crate::support::{Ask, CLOCK, MOBILE, http, options, signed, start};
use eko_eps::Secret;
use eko_eps::sandbox::{Caller, CustomerState, Sandbox, SandboxOptions, Script, SenderShape};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn port(sandbox: &Sandbox) -> u16 {
    sandbox.base_url().split([':', '/']).find_map(|part| part.parse().ok()).unwrap()
}

/// Says whether the sandbox on this port has a thread.
#[cfg(target_os = "linux")]
fn has_thread(port: u16) -> bool {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.into_iter().any(|name| name.trim() == format!("sandbox-{port}"))
}

/// Returns the bytes of a customer lookup, with a timestamp that is `ahead` milliseconds ahead of the sandbox's clock.
fn raw(sandbox: &Sandbox, mobile: &str, ahead: u64) -> String {
    let mut request = format!(
        "GET /ekoapi/v3/customer/profile/{mobile}?initiator_id=9962981729&user_code=20810200 HTTP/1.1\r\nhost: x\r\n"
    );
    for (name, value) in signed(sandbox, &(sandbox.now_ms() + ahead).to_string()) {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request + "\r\n"
}

async fn connect(sandbox: &Sandbox) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port(sandbox))).await.unwrap()
}

/// Reads until the text that has arrived contains `end`.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    while !String::from_utf8_lossy(&text).contains(end) {
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut chunk)).await.unwrap().unwrap();
        assert_ne!(read, 0, "closed after {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8(text).unwrap()
}

/// Says whether the sandbox's thread ends within 5 seconds. The kernel still lists a thread for a moment after it was joined.
#[cfg(target_os = "linux")]
fn thread_ends(port: u16) -> bool {
    let end = std::time::Instant::now() + Duration::from_secs(5);
    while has_thread(port) {
        if std::time::Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    true
}

/// Says whether the other side closes the connection within 5 seconds.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test]
async fn twenty_starts_and_closes_leave_nothing_behind() {
    let mut taken = 0;
    for round in 0..20 {
        let sandbox = Sandbox::start(SandboxOptions { port: taken, ..options() }).unwrap();
        assert!(taken == 0 || port(&sandbox) == taken);
        taken = port(&sandbox);
        assert_eq!(Ask::get_customer(&sandbox).send().await.http, 200, "round {round}");
        #[cfg(target_os = "linux")]
        assert!(has_thread(taken));
        sandbox.close();
        #[cfg(target_os = "linux")]
        assert!(thread_ends(taken));
        drop(TcpListener::bind((Ipv4Addr::LOCALHOST, taken)).unwrap());
    }
}

#[tokio::test]
async fn dropping_is_closing() {
    let sandbox = start();
    let port = port(&sandbox);
    drop(sandbox);
    #[cfg(target_os = "linux")]
    assert!(thread_ends(port));
    drop(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
}

#[tokio::test]
async fn closing_ends_idle_half_sent_late_and_hung_connections() {
    let sandbox = start();
    sandbox.script("getCustomer", Script::hang()).unwrap();
    sandbox.script("getCustomer", Script::delay(Duration::from_secs(600))).unwrap();
    let mut streams = Vec::new();
    for ahead in 0..2 {
        let mut waiting = connect(&sandbox).await;
        waiting.write_all(raw(&sandbox, MOBILE, ahead).as_bytes()).await.unwrap();
        streams.push(waiting);
    }
    let arrived = async {
        while sandbox.requests().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), arrived).await.unwrap();
    let mut idle = connect(&sandbox).await;
    idle.write_all(raw(&sandbox, MOBILE, 2).as_bytes()).await.unwrap();
    read_until(&mut idle, "Not Enrolled").await;
    let mut half_head = connect(&sandbox).await;
    half_head.write_all(b"GET /eko").await.unwrap();
    let mut half_body = connect(&sandbox).await;
    half_body.write_all(b"POST /ekoapi/v3/x HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{").await.unwrap();
    streams.extend([idle, half_head, half_body, connect(&sandbox).await]);

    let began = Instant::now();
    tokio::task::spawn_blocking(move || sandbox.close()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    for mut stream in streams {
        assert!(is_closed(&mut stream).await);
    }
}

#[test]
fn it_starts_without_a_runtime_and_ends_without_one() {
    let sandbox = start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(Ask::get_customer(&sandbox).send()).http, 200);
    drop(runtime);
    sandbox.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_and_is_dropped_inside_any_runtime() {
    let sandbox = start();
    assert_eq!(Ask::get_customer(&sandbox).send().await.http, 200);
    let moved = tokio::task::spawn(async move { Ask::get_customer(&sandbox).send().await.http });
    assert_eq!(moved.await.unwrap(), 200);
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let sandbox = start();
    let options = SandboxOptions { port: port(&sandbox), ..options() };
    assert_eq!(Sandbox::start(options).unwrap_err().kind(), ErrorKind::AddrInUse);
    assert_eq!(Ask::get_customer(&sandbox).send().await.http, 200);
}

#[test]
fn keys_nobody_could_sign_or_send_are_errors() {
    for (developer_key, access_key) in [("", "a"), ("a b", "a"), ("a\r\nb", "a"), ("ä", "a"), ("a", ""), ("a", "a\0")]
    {
        let caller = Caller {
            developer_key: Secret::new(developer_key),
            access_key: Secret::new(access_key),
            ..Caller::default()
        };
        let started = Sandbox::start(SandboxOptions { callers: vec![caller], ..options() });
        assert_eq!(started.unwrap_err().kind(), ErrorKind::InvalidInput, "{developer_key:?} {access_key:?}");
    }
}

#[tokio::test]
async fn it_listens_on_loopback_alone() {
    let sandbox = start();
    assert_eq!(sandbox.base_url(), format!("http://127.0.0.1:{}/ekoapi/v3", port(&sandbox)));
    // The same port is still free on other addresses, such as 127.0.0.2.
    #[cfg(target_os = "linux")]
    drop(TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), port(&sandbox))).unwrap());
}

#[tokio::test]
async fn two_hundred_connections_at_once_are_all_answered() {
    let sandbox = start();
    let mut streams = Vec::new();
    for _ in 0..200 {
        streams.push(connect(&sandbox).await);
    }
    for (ahead, stream) in (0..).zip(&mut streams) {
        let mobile = format!("90000{ahead:05}");
        sandbox.set_customer(&mobile, CustomerState::FullKyc).unwrap();
        stream.write_all(raw(&sandbox, &mobile, ahead).as_bytes()).await.unwrap();
    }
    let mut references = std::collections::HashSet::new();
    for stream in &mut streams {
        let answer = read_until(stream, r#""status":2129}"#).await;
        let reference = answer.split(r#""otp_ref_id":""#).nth(1).unwrap().split('"').next().unwrap();
        assert!(references.insert(reference.to_owned()));
    }
    assert_eq!(sandbox.requests().len(), 200);
}

#[tokio::test]
async fn a_slow_client_blocks_nobody() {
    let sandbox = start();
    let request = raw(&sandbox, MOBILE, 0);
    let (head, rest) = request.split_at(40);
    let mut slow = connect(&sandbox).await;
    slow.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(Ask::get_customer(&sandbox).send().await.http, 200);
    slow.write_all(rest.as_bytes()).await.unwrap();
    assert!(read_until(&mut slow, "Not Enrolled").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_connection_carries_many_requests() {
    let sandbox = start();
    let mut stream = connect(&sandbox).await;
    // Two requests that come at once are answered in order.
    let both = raw(&sandbox, "9000000001", 0) + &raw(&sandbox, "9000000002", 1);
    sandbox.set_customer("9000000002", CustomerState::Verified).unwrap();
    stream.write_all(both.as_bytes()).await.unwrap();
    let text = read_until(&mut stream, "Validate the OTP").await;
    assert!(text.find("Not Enrolled").unwrap() < text.find("Validate the OTP").unwrap());
}

#[tokio::test]
async fn bytes_that_are_no_http_end_their_connection_alone() {
    let sandbox = start();
    for bytes in ["\0\0\0\0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\r\nx\r\n\r\n"] {
        let mut stream = connect(&sandbox).await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        assert!(is_closed(&mut stream).await, "{bytes:?}");
    }
    assert_eq!(sandbox.requests().len(), 0);
    assert_eq!(Ask::get_customer(&sandbox).send().await.http, 200);
}

#[tokio::test]
async fn requests_are_remembered_without_values_and_not_for_ever() {
    let sandbox = start();
    let mut ask = Ask::get_customer(&sandbox).with("secret-key", "x");
    ask.url.push_str("&note123456789=private");
    let http = http();
    ask.try_send_by(&http).await.unwrap();
    let lost = Ask { url: sandbox.base_url() + "/customers/verification/otp:004217", ..Ask::get_customer(&sandbox) };
    lost.try_send_by(&http).await.unwrap();
    let seen = sandbox.requests();
    assert_eq!(seen[0].path, "/ekoapi/v3/customer/profile/{customer_id}");
    assert_eq!(seen[0].params, ["customer_id", "initiator_id", "user_code", "note*"]);
    assert_eq!(
        (seen[0].op.as_deref(), seen[0].http_status, seen[0].status),
        (Some("getCustomer"), Some(401), Some(2484))
    );
    assert_eq!((seen[1].path.as_str(), seen[1].op.as_deref()), ("/ekoapi/v3/customers/verification/otp:*", None));
    assert_eq!((seen[1].http_status, seen[1].at_ms), (Some(404), CLOCK));
    for _ in 0..1_000 {
        lost.try_send_by(&http).await.unwrap();
    }
    assert_eq!(sandbox.requests().len(), 1_000);
    assert_eq!(sandbox.requests()[0].op, None);
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let canary = Caller {
        developer_key: Secret::new("canary-developer"),
        access_key: Secret::new("canary-access"),
        ..Caller::default()
    };
    let options = SandboxOptions { callers: vec![canary.clone()], ..options() };
    let sandbox = Sandbox::start(options.clone()).unwrap();
    sandbox.set_customer(MOBILE, CustomerState::Verified).unwrap();
    let ask = Ask::get_customer(&sandbox);
    let answer = ask.send().await;
    Ask::verify(&sandbox, &"000000".into(), &answer.otp_ref_id()).send().await;
    let otp = sandbox.last_otp(MOBILE).unwrap();
    let script = Script::body(200, [("x-canary", "canary-header")], "canary-body");
    let error = sandbox.script("getCustomer", Script::answer("nothing")).unwrap_err();
    let shown = format!(
        "{sandbox:?}{:?}{options:?}{canary:?}{script:?}{:?}{:?}{error:?}{:?}{:?}",
        sandbox.credentials(),
        sandbox.requests(),
        sandbox.scenarios("getCustomer"),
        SenderShape::Page,
        CustomerState::Verified,
    );
    assert_eq!(sandbox.requests().len(), 2);
    for secret in ["canary", otp.as_str(), MOBILE, answer.otp_ref_id().as_str(), ask.headers[1].1.as_str()] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("[hidden]"));
}
