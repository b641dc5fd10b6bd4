//! The sandbox's page names what there is.

use crate::support::start;
use eko_eps::sandbox::CustomerState;

#[test]
fn the_page_names_every_scenario_and_state() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sandbox.md")).unwrap();
    let sandbox = start();
    let row = |op: &str| {
        let begin = format!("| `{op}` | `");
        page.lines().find(|line| line.starts_with(&begin)).unwrap_or_else(|| panic!("no row for {op}")).to_owned()
    };
    let shared = page.lines().find(|line| line.starts_with("| every endpoint | `")).unwrap();
    for op in ["getCustomer", "onboardCustomer", "verifyCustomerOtp", "dmt.getSender", "legacy.getCustomer"] {
        let named = row(op) + shared;
        let scenarios = sandbox.scenarios(op);
        for scenario in &scenarios {
            assert!(named.contains(&format!("`{}`", scenario.name)), "{op} {}", scenario.name);
        }
        assert_eq!(named.matches('`').count() / 2 - 1, scenarios.len(), "{op}: a name too many");
    }
    for line in page.lines().filter(|line| line.starts_with("| `") && line.contains("sends an OTP")) {
        let name = line.split('`').nth(1).unwrap();
        assert!(CustomerState::from_name(name).is_some(), "{name}");
    }
    for name in ["unknown", "limitExhausted", "nameChangePending"] {
        assert!(page.contains(&format!("\n| `{name}`")), "{name}");
    }
}
