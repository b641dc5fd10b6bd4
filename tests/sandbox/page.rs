//! Tests that the sandbox's page in the documents names every scenario.

use crate::support::start;
use eko_eps::sandbox::{CustomerState, Fault};

#[test]
fn the_page_names_every_scenario_and_state() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/sandbox.md")).unwrap();
    let sandbox = start();
    let row = |op: &str| {
        let begin = format!("| `{op}` | `");
        page.lines().find(|line| line.starts_with(&begin)).unwrap_or_else(|| panic!("no row for {op}")).to_owned()
    };
    let mut simulated = 0;
    let shared = page.lines().find(|line| line.starts_with("| every endpoint | `")).unwrap();
    for endpoint in eko_eps::__private::ENDPOINTS {
        let op = endpoint.op;
        let scenarios = sandbox.scenarios(op);
        // The sandbox does not simulate this endpoint: it has only the scenarios of every endpoint.
        if scenarios.len() == shared.matches('`').count() / 2 {
            continue;
        }
        simulated += 1;
        let named = row(op) + shared;
        for scenario in &scenarios {
            assert!(named.contains(&format!("`{}`", scenario.name)), "{op} {}", scenario.name);
        }
        assert_eq!(named.matches('`').count() / 2 - 1, scenarios.len(), "{op}: a name too many");
    }
    assert_eq!(simulated, 15);
    for line in page.lines().filter(|line| line.starts_with("| `") && line.contains("sends an OTP")) {
        let name = line.split('`').nth(1).unwrap();
        assert!(CustomerState::from_name(name).is_some(), "{name}");
    }
    for name in ["unknown", "limitExhausted", "nameChangePending"] {
        assert!(page.contains(&format!("\n| `{name}`")), "{name}");
    }
}

#[test]
fn the_page_names_every_fault_and_command() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/sandbox.md")).unwrap();
    let faults = page.split("| fault |").nth(1).unwrap().lines().skip(2).take_while(|line| line.starts_with("| `"));
    let faults: Vec<_> = faults.map(|line| Fault::from_name(line.split('`').nth(1).unwrap()).unwrap()).collect();
    assert_eq!(faults.len(), 8);
    let sandbox = start();
    sandbox.set_customer("9444444444", CustomerState::Verified).unwrap();
    let mut ran = 0;
    for line in page.lines().filter(|line| line.starts_with("| `") && line.contains("{\"do\":")) {
        let command = line.split('`').find(|part| part.starts_with('{')).unwrap();
        sandbox.control(command).unwrap_or_else(|refused| panic!("{command}: {refused}"));
        ran += 1;
    }
    assert_eq!(ran, 18);
}

#[test]
fn the_page_names_what_was_booked_before() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/sandbox.md")).unwrap();
    let keys = start().credentials();
    assert!(page.contains(&format!("`{}`", keys.known_references["dmt.transfer"])));
    let money = |op: &str| {
        let endpoint = eko_eps::__private::ENDPOINTS.iter().find(|endpoint| endpoint.op == op).unwrap();
        endpoint.effect == eko_eps::__private::catalog::Effect::Money
    };
    let ops: Vec<_> = keys.known_references.keys().map(String::as_str).collect();
    assert!(ops.iter().all(|op| money(op)) && !ops.contains(&"refund"), "{ops:?}");
    let schedule = keys.config().schedule.unwrap();
    assert_eq!((schedule.not_found_count, schedule.not_found_spread_ms), (2, 2_000), "as the page says");
}
