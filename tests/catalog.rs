//! The catalogue tool, from outside: what it accepts, what it refuses and how it says so, and what it generates.
//!
//! `catalog/scratch` holds the strangest endpoints of EPS. What is generated from it stands in `catalog/generated` and is
//! compiled into this test, which also proves that it is what the tool writes now.
#![cfg(feature = "codegen")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "catalog/broken.rs"]
mod broken;
#[path = "catalog/generated/mod.rs"]
#[allow(dead_code, reason = "the scratch endpoints are compiled, not all of them used")]
mod generated;
#[path = "catalog/tool.rs"]
mod tool;
#[path = "catalog/types.rs"]
mod types;

// Generated code names these from the root of its crate.
use eko_eps::{api, catalog, error};

use catalog::{Effect, Endpoint, Param, Schema};
use eko_eps::money::{DebitOptions, JournalConfig, RISK, State};
use eko_eps::{CancellationToken, Client, Config};
use std::path::Path;
use tool::{Tree, run, tree};

const SCRATCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/catalog/scratch");
const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/catalog");

#[test]
fn the_shipped_catalogue_passes_check_and_drift() {
    for command in ["check", "drift"] {
        let (good, said) = run(command, Path::new(OWN), Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(good, "{said}");
    }
}

/// The tool judges examples by rules of its own; the engine must judge them alike.
#[tokio::test]
async fn the_engine_accepts_every_example_of_the_shipped_catalogue() {
    let config = Config::new("developer", "access").initiator_id("9962981729").base_url("http://127.0.0.1:9/ekoapi/v3");
    let client = Client::new(config.journal(JournalConfig::Off(RISK.into()))).unwrap();
    for endpoint in eko_eps::api::generated::ENDPOINTS {
        for params in example_params(endpoint) {
            let refused = if endpoint.effect == Effect::Money {
                // `prepare` is not for money. A debit that is aborted before it begins has been through the same checks.
                let abort = CancellationToken::new();
                abort.cancel();
                let mut options = DebitOptions::default();
                options.abort = Some(abort);
                let answer = client.debit(endpoint.op, &params, options).await;
                answer.map(|answer| assert_eq!(answer.outcome, State::NotSent, "{}", endpoint.op)).err()
            } else {
                client.prepare(endpoint.op, &params).err()
            };
            assert!(refused.is_none(), "{}: {}", endpoint.op, refused.unwrap());
        }
    }
}

/// All examples of a call at once; of params that share a slot of the path each in turn, for exactly one may be given.
fn example_params(endpoint: &Endpoint) -> Vec<String> {
    let (sharing, plain): (Vec<_>, Vec<_>) = endpoint.params.iter().partition(|param| !param.slot.is_empty());
    let object = |params: &[&Param]| {
        let pairs = params.iter().map(|param| (param.name.to_owned(), example(param)));
        serde_json::Value::from(pairs.collect::<serde_json::Map<_, _>>()).to_string()
    };
    if sharing.is_empty() {
        return vec![object(&plain)];
    }
    sharing.iter().map(|one| object(&[&plain[..], &[one]].concat())).collect()
}

fn example(param: &Param) -> serde_json::Value {
    match param.kind {
        Schema::Integer | Schema::Boolean | Schema::List(_) | Schema::Object(_) => {
            serde_json::from_str(param.example).unwrap()
        }
        Schema::Text { .. }
        | Schema::Digits { .. }
        | Schema::Opaque
        | Schema::Reference
        | Schema::Date
        | Schema::Amount
        | Schema::OneOf(_)
        | Schema::File { .. } => serde_json::Value::from(param.example),
    }
}

#[test]
fn unusual_endpoints_pass_the_catalogue_check() {
    let (good, said) = run("check", Path::new(SCRATCH), Path::new("."));
    assert!(good, "{said}");
    assert!(said.contains("13 endpoints in 6 products"), "{said}");
}

#[test]
fn what_this_test_compiles_is_what_the_tool_writes() {
    let out = tool::folder("compiled");
    let (good, said) = run("gen", Path::new(SCRATCH), &out);
    assert!(good, "{said}");
    let written = tree(&out.join("src/api/generated"));
    let compiled = tree(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/catalog/generated")));
    assert!(written.len() > 10);
    assert!(
        written == compiled,
        "the generator has changed: copy {}/src/api/generated over tests/catalog/generated",
        out.display()
    );
}

#[test]
fn every_product_gets_its_types_its_methods_and_its_page() {
    let out = tool::folder("complete");
    assert!(run("gen", Path::new(SCRATCH), &out).0);
    let files = tree(&out);
    for product in ["aeps", "bbps", "dmt", "kyc", "ppi_digikhata", "transactions"] {
        for path in [
            format!("src/api/generated/{product}.rs"),
            format!("src/api/generated/table/{product}.rs"),
            format!("lib/generated/{product}.ts"),
            format!("docs/reference/{product}.md"),
        ] {
            let text = files.get(&path).unwrap_or_else(|| panic!("{path} is missing"));
            assert!(
                text.contains("Generated by tools/catalog from catalog/"),
                "{path} does not say where it comes from"
            );
        }
    }
    let calls = &files["lib/generated/calls.ts"];
    assert!(calls.contains("'ppiDigikhata.validateRecipientOtp': { params: PpiDigikhataValidateRecipientOtpParams;"));
    assert!(calls.contains("\n  getTransaction: {"));
    let bbps = &files["lib/generated/bbps.ts"];
    assert!(bbps.contains("readonly next: 'bbps.fetchBill'"));
    assert!(bbps.contains("payBill(params: BbpsPayBillParams, options?: MoneyOptions): Promise<BbpsPayBillOutcome>"));
    assert!(!files.values().any(|text| text.contains(env!("CARGO_MANIFEST_DIR"))), "a path of this machine got out");
}

#[test]
fn the_same_catalogue_gives_the_same_bytes() {
    let [first, second] = ["first", "second"].map(|name| {
        let out = tool::folder(name);
        assert!(run("gen", Path::new(SCRATCH), &out).0);
        tree(&out)
    });
    assert!(first == second);
}

#[test]
fn drift_names_what_was_edited_lost_or_left_over() {
    let out = tool::folder("drift");
    let scratch = Path::new(SCRATCH);
    assert!(run("gen", scratch, &out).0);
    assert!(run("drift", scratch, &out).0);
    std::fs::write(out.join("lib/generated/dmt.ts"), "export {}\n").unwrap();
    std::fs::write(out.join("docs/reference/gone.md"), "# Gone\n").unwrap();
    std::fs::remove_file(out.join("src/api/generated/table/kyc.rs")).unwrap();
    let (good, said) = run("drift", scratch, &out);
    assert!(!good);
    for fault in [
        "lib/generated/dmt.ts differs",
        "docs/reference/gone.md is not generated",
        "src/api/generated/table/kyc.rs is missing",
    ] {
        assert!(said.contains(fault), "{said}");
    }
    assert_eq!(said.lines().count(), 4, "three files and the fix: {said}");
    assert!(run("gen", scratch, &out).0);
    assert!(run("drift", scratch, &out).0, "gen repairs all of it");
}

#[test]
fn a_wrong_command_line_is_answered_with_the_right_one() {
    let (good, said) = run("generate", Path::new(SCRATCH), Path::new("."));
    assert!(!good);
    assert!(said.contains("usage: catalog check|gen|drift"), "{said}");
}

#[test]
fn every_broken_rule_is_told_with_its_place_and_its_fix() {
    let whole = tree(Path::new(SCRATCH));
    for (file, find, replace, fault) in broken::TABLE {
        let mut files: Tree = whole.clone();
        let text = files.get_mut(*file).unwrap_or_else(|| panic!("no {file}"));
        assert!(text.contains(find), "{file} has no {find:?} to break");
        *text = text.replacen(find, replace, 1);
        let dir = tool::folder("broken");
        files.iter().for_each(|(name, text)| std::fs::write(dir.join(name), text).unwrap());
        let (good, said) = run("check", &dir, Path::new("."));
        assert!(!good, "{file} with {replace:?} instead of {find:?} passed");
        assert!(said.contains(&format!("catalog/{file}")) || said.contains("catalog/:"), "no place in: {said}");
        assert!(said.contains(fault), "expected {fault:?} in: {said}");
    }
}
