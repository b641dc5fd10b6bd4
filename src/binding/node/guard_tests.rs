use super::*;
use std::collections::BTreeSet;

fn panics<R: GuardedValue>() -> Result<R, String> {
    contained(|| panic!("a fault of ours"), |text| text)
}

fn is_refusal(text: &str) -> bool {
    text.starts_with('!') && text.contains(r#""code":"internal""#) && !text.contains("a fault of ours")
}

#[test]
fn a_panic_becomes_an_error_for_every_return_type() {
    assert!(is_refusal(&panics::<String>().unwrap()));
    assert!(matches!(panics::<Short>(), Ok(Short::Refused(text)) if is_refusal(&text)));
    assert!(matches!(panics::<ObjectOrError>(), Ok(Either::B(text)) if is_refusal(&text)));
    let thrown = panics::<Object<'static>>().err().unwrap();
    assert!(thrown.contains("failed internally") && !thrown.contains("a fault of ours"), "{thrown}");
    panics::<()>().unwrap();
    assert!(panics::<Vec<Item>>().unwrap().is_empty());
}

#[test]
fn results_without_a_panic_pass_unchanged() {
    let thrown = |_| unreachable!();
    assert_eq!(contained::<_, String>(|| Ok("text".to_owned()), thrown), Ok("text".to_owned()));
    assert_eq!(contained::<String, _>(|| Err("wrong".to_owned()), thrown), Err("wrong".to_owned()));
}

const SOURCES: [&str; 12] = [
    include_str!("../node.rs"),
    include_str!("client.rs"),
    include_str!("config.rs"),
    include_str!("env_state.rs"),
    include_str!("engine.rs"),
    include_str!("money.rs"),
    include_str!("outbox.rs"),
    include_str!("sandbox.rs"),
    include_str!("signer.rs"),
    include_str!("store.rs"),
    include_str!("text.rs"),
    include_str!("waker.rs"),
];

/// Returns the names of the JavaScript functions that are registered with the Rust function `by`.
fn registered(by: &str) -> BTreeSet<&'static str> {
    let call = format!(" {by}(");
    let calls = SOURCES.iter().flat_map(|source| source.split(call.as_str()).skip(1));
    // The definition of the function `by` adds no name, because no string literal stands before its body.
    calls.filter_map(|rest| rest.split(['|', '{']).next()?.split('"').nth(1)).collect()
}

#[test]
fn every_exported_function_contains_panics() {
    let methods = "abort answer callback close control createClient createReceiver createSandbox createSigner drain headers \
                   interpret prepare registerAbort requestHash sign subscribe";
    // Names of the functions that deliver their result later. Their first argument is the id of the call.
    let asking = "call close debit journal start";
    assert_eq!(registered("method"), methods.split_whitespace().collect());
    assert_eq!(registered("asking"), asking.split_whitespace().collect());
    let all = SOURCES.concat();
    // One call is in the function `method`. The other call is in `env_state.rs` and creates the wake function.
    assert_eq!(
        all.matches(".create_function").count(),
        2,
        "every function must be registered with `method`, except the wake function"
    );
    assert_eq!(
        all.matches("guard::contained(").count(),
        2,
        "every registered function must run inside `guard::contained`"
    );
    assert_eq!(
        all.matches("#[napi").count(),
        1,
        "the napi macro must not register functions, because it does not contain their panics"
    );
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/binding/node")).unwrap().count();
    assert_eq!(files, SOURCES.len() - 1 + 2, "SOURCES must list every source file of the Node.js binding");
}
