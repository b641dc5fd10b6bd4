//! Tests that access private items of the sandbox.

use super::{Caller, CustomerState, Sandbox, SandboxOptions, Script};
use crate::sign::{Signer, Timestamp};
use std::io::{Read, Write};
use std::net::TcpStream;

/// Sends a `getCustomer` request and returns the response with its head. The timestamp is `ahead` milliseconds after the sandbox's clock.
fn look_up(sandbox: &Sandbox, ahead: u64) -> String {
    let caller = Caller::default();
    let signer = Signer::new(caller.access_key.expose()).unwrap();
    let timestamp = Timestamp::from_millis(sandbox.now_ms() + ahead).unwrap();
    let headers = signer.headers(caller.developer_key.expose(), timestamp);
    let headers: String = headers.pairs().iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let query = "initiator_id=9962981729&user_code=20810200";
    let head =
        format!("GET /ekoapi/v3/customer/profile/9444444444?{query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    let mut stream = TcpStream::connect(("127.0.0.1", sandbox.server.port)).unwrap();
    stream.write_all(format!("{head}{headers}\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_panic_in_the_sandbox_answers_500_and_serves_the_next_call() {
    let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
    sandbox.set_customer("9444444444", CustomerState::Verified).unwrap();
    sandbox.script("getCustomer", Script::panic()).unwrap();
    assert!(look_up(&sandbox, 0).starts_with("HTTP/1.1 500 "));
    assert!(look_up(&sandbox, 1).contains("\"status\":2129"), "the sandbox must still respond after a panic");
}

#[test]
fn sandbox_operations_are_catalogued_with_unique_scenarios() {
    let table = crate::api::generated::ENDPOINTS;
    for operation in super::operation::PRODUCTS.into_iter().flatten() {
        assert!(table.iter().any(|endpoint| endpoint.op == operation.op), "{}", operation.op);
        let names: Vec<_> = super::operation::scenarios(operation.op).iter().map(|scenario| scenario.name).collect();
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{}: {names:?}", operation.op);
    }
}
