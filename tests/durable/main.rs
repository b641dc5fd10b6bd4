//! Tests that the journal's file is synced before the first byte of a debit is sent. The order of the system calls shows it.
//!
//! Killing the process cannot show it: what it has written stays in the memory of the system. Only a power cut would lose it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::money::{DebitOptions, JournalConfig, State};
use eko_eps::{Client, Config};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Variable that is set in the child process: the base URL that its debit is sent to.
const TO: &str = "EKO_DURABLE_TO";
const JOURNAL: &str = "EKO_DURABLE_JOURNAL";
const NAME: &str = "the_journal_is_synced_before_the_first_byte_of_a_debit_leaves";
const PARAMS: &str = r#"{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"4702","otpRefId":"667007109","clientRefId":"REF-1"}"#;
const DONE: &str = r#"{"status":0,"response_status_id":0,"response_type_id":325,"message":"ok","data":{"tx_status":"0","tid":"12971397","amount":"100.0"}}"#;

fn main() {
    if let Ok(to) = std::env::var(TO) {
        return debit(&to);
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    // Only on Linux can `LD_PRELOAD` record the order of a process's system calls.
    let runs =
        cfg!(target_os = "linux") && (wanted.is_empty() || wanted.iter().any(|part| NAME.contains(part.as_str())));
    if std::env::args().any(|word| word == "--list") {
        return println!("{NAME}: test");
    }
    println!("\nrunning {} tests", usize::from(runs));
    if runs {
        ordered();
        println!("test {NAME} ... ok");
    }
    println!("\ntest result: ok. {} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n", usize::from(runs));
}

fn ordered() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("durable-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let (library, trace) = (folder.join("trace.so"), folder.join("trace"));
    compile(&library);
    std::fs::write(&trace, "").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}/ekoapi/v3", listener.local_addr().unwrap());
    let bank = std::thread::spawn(move || answer(&listener));
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.env(TO, to).env(JOURNAL, folder.join("journal")).env("LD_PRELOAD", &library).env("EKO_TRACE", &trace);
    assert!(child.status().unwrap().success());
    bank.join().unwrap();
    let trace = std::fs::read_to_string(&trace).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let before: Vec<&str> = trace.lines().take_while(|word| *word != "send").collect();
    assert_eq!(trace.lines().filter(|word| *word == "send").count(), 1, "one request: {trace}");
    assert!(before.contains(&"write"), "the intent is written first: {trace}");
    assert_eq!(before.last(), Some(&"sync"), "and synced before anything leaves: {trace}");
}

fn compile(library: &Path) {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/durable/trace/lib.rs");
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition=2024", "--crate-type=cdylib", "-Cpanic=abort", "-o"]).arg(library).arg(source);
    assert!(rustc.status().unwrap().success(), "the tracer does not compile");
}

fn answer(listener: &TcpListener) {
    let (mut stream, _) = listener.accept().unwrap();
    let (mut request, mut part) = (Vec::new(), [0; 4096]);
    while !request.ends_with(b"}") {
        let count = stream.read(&mut part).unwrap();
        assert!(count > 0);
        request.extend_from_slice(&part[..count]);
    }
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{DONE}", DONE.len()).unwrap();
}

fn debit(to: &str) {
    let config = Config::new("developer", "access").initiator_id("9962981729").base_url(to);
    let journal = JournalConfig::File(PathBuf::from(std::env::var_os(JOURNAL).unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let client = Client::new(config.journal(journal)).unwrap();
        client.debit_by_name("dmt.transfer", PARAMS, DebitOptions::default()).await.unwrap()
    });
    assert_eq!(answer.outcome, State::Settled);
}
