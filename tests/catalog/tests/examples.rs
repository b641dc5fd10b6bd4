//! Examples of the catalogue: each request is accepted, each answer gives the outcome that the example names, and a broken failure never
//! becomes a success.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use eko_eps::__private::catalog::{Effect, Endpoint, Param, Schema};
use eko_eps::__private::{ENDPOINTS, exchange};
use eko_eps::HttpAnswer;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Deserialize)]
struct File {
    #[serde(rename = "example")]
    examples: Vec<Example>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Example {
    op: String,
    outcome: Option<String>,
    code: Option<String>,
    #[serde(default = "ok")]
    http: u16,
    request: Option<String>,
    body: String,
}

fn ok() -> u16 {
    200
}

/// Ids of an answer that decide its outcome.
const IDS: [&str; 3] = ["status", "response_status_id", "response_type_id"];

/// Answers that EPS documents as a success and as a failure with ids that differ only in a display id.
const AMBIGUOUS: [&str; 1] = ["ppiDigikhata.verifyRecipientOtp"];

fn examples() -> Vec<(Example, &'static Endpoint)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/examples");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        toml::from_str::<File>(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())).examples
    };
    let with_endpoint = |example: Example| {
        let endpoint = ENDPOINTS.iter().copied().find(|endpoint| endpoint.op == example.op);
        (example.clone(), endpoint.unwrap_or_else(|| panic!("there is no endpoint {}", example.op)))
    };
    files.iter().flat_map(read).map(with_endpoint).collect()
}

fn example_value(param: &Param) -> Value {
    match param.kind {
        Schema::Integer | Schema::Boolean | Schema::List(_) | Schema::Object(_) => {
            serde_json::from_str(param.example).unwrap()
        }
        _ => Value::from(param.example),
    }
}

/// Returns the parameters of an example: its own request, or the example value of each parameter. Of parameters that exclude each other it
/// takes the first.
fn params(example: &Example, endpoint: &Endpoint) -> Map<String, Value> {
    if let Some(request) = &example.request {
        return serde_json::from_str(request).unwrap_or_else(|error| panic!("{}: request: {error}", example.op));
    }
    let mut slots = BTreeSet::new();
    let given = endpoint.params.iter().filter(|param| param.slot.is_empty() || slots.insert(param.slot));
    given.map(|param| (param.name.to_owned(), example_value(param))).collect()
}

/// Returns the outcome of an answer, or the code of its error with a leading `!`.
fn result(example: &Example, endpoint: &'static Endpoint, body: &str) -> String {
    let http = HttpAnswer { status: example.http, headers: Vec::new(), body: body.as_bytes().to_vec() };
    match exchange(endpoint, &params(example, endpoint), &http) {
        Ok(Ok(answer)) => answer.outcome.to_owned(),
        Ok(Err(error)) => format!("!{}", error.code().as_str()),
        Err(error) => panic!("{}: the request is refused: {error}", example.op),
    }
}

fn wanted(example: &Example) -> String {
    match (&example.outcome, &example.code) {
        (Some(outcome), None) => outcome.clone(),
        (None, Some(code)) => format!("!{code}"),
        _ => panic!("{}: an example has either an outcome or a code", example.op),
    }
}

fn body(example: &Example) -> Map<String, Value> {
    serde_json::from_str(&example.body).unwrap_or_else(|error| panic!("{}: body: {error}", example.op))
}

#[test]
fn every_example_gives_its_outcome() {
    let examples = examples();
    let wrong: Vec<_> = examples
        .iter()
        .filter_map(|(example, endpoint)| {
            let (wanted, given) = (wanted(example), result(example, endpoint, &example.body));
            (given != wanted).then(|| format!("{}: {given} instead of {wanted}: {}", example.op, example.body.trim()))
        })
        .collect();
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
    println!("{} examples", examples.len());
    assert!(examples.len() >= 150, "examples are lost");
}

#[test]
fn every_answer_of_an_endpoint_has_an_example() {
    let examples = examples();
    let mut missing = Vec::new();
    for endpoint in ENDPOINTS {
        let given: BTreeSet<_> =
            examples.iter().filter(|(_, of)| of.op == endpoint.op).map(|(example, _)| wanted(example)).collect();
        let outcomes = endpoint.outcomes.iter().map(|rule| rule.tag.to_owned());
        let refusals = endpoint.refusals.iter().map(|rule| format!("!{}", rule.code.as_str()));
        missing.extend(
            outcomes
                .chain(refusals)
                .filter(|wanted| !given.contains(wanted))
                .map(|wanted| format!("{} {wanted}", endpoint.op)),
        );
    }
    assert!(missing.is_empty(), "answers without an example:\n{}", missing.join("\n"));
}

/// Every field that an outcome declares is read from at least one example.
#[test]
fn every_field_is_in_an_example() {
    let examples = examples();
    let mut missing = Vec::new();
    for endpoint in ENDPOINTS {
        for rule in endpoint.outcomes {
            let mut seen = BTreeSet::new();
            for (example, endpoint) in examples
                .iter()
                .filter(|(example, of)| of.op == endpoint.op && example.outcome.as_deref() == Some(rule.tag))
            {
                let http =
                    HttpAnswer { status: example.http, headers: Vec::new(), body: example.body.as_bytes().to_vec() };
                let answer = exchange(endpoint, &params(example, endpoint), &http).unwrap().unwrap();
                seen.extend(
                    answer
                        .fields()
                        .into_iter()
                        .filter(|(_, value)| *value != Value::from(Vec::<Value>::new()))
                        .map(|(name, _)| name),
                );
            }
            missing.extend(
                rule.fields
                    .iter()
                    .filter(|field| !seen.contains(field.name))
                    .map(|field| format!("{} {} {}", endpoint.op, rule.tag, field.name)),
            );
        }
    }
    assert!(missing.is_empty(), "{} fields without a value in an example:\n{}", missing.len(), missing.join("\n"));
}

/// Returns changed copies of a failure, none of which may become a success: another message, other display ids, other data, a missing id.
fn broken(body: &Map<String, Value>) -> Vec<Map<String, Value>> {
    let with = |name: &str, value: Value| {
        let mut changed = body.clone();
        changed.insert(name.to_owned(), value);
        changed
    };
    let without = |name: &str| {
        let mut changed = body.clone();
        changed.remove(name).map(|_| changed)
    };
    let mut all = vec![with("message", "Success".into()), with("message", Value::Null)];
    if body.get("response_status_id").and_then(Value::as_i64).is_some_and(|id| id < 17) {
        all.extend((-1..=16).map(|id| with("response_status_id", id.into())));
    }
    all.extend(IDS.iter().filter_map(|id| without(id)));
    if let Some(Value::Object(data)) = body.get("data") {
        for name in data.keys().filter(|name| *name != "tx_status") {
            let mut changed = data.clone();
            changed.remove(name);
            all.push(with("data", changed.clone().into()));
            for value in [Value::from("x"), Value::from(0), Value::from(true), Value::Null] {
                changed.insert(name.clone(), value);
                all.push(with("data", changed.clone().into()));
            }
        }
    }
    all
}

#[test]
fn a_broken_failure_is_never_a_success() {
    let examples = examples();
    let succeeds = |example: &Example| {
        example.http == 200 && body(example).get("status").is_some_and(|status| status == 0 || status == "0")
    };
    let (mut tried, mut wrong) = (0, Vec::new());
    for (example, endpoint) in
        examples.iter().filter(|(example, _)| !succeeds(example) && !AMBIGUOUS.contains(&example.op.as_str()))
    {
        let mut successes: BTreeSet<_> = examples
            .iter()
            .filter(|(other, of)| of.op == endpoint.op && succeeds(other))
            .map(|(other, _)| wanted(other))
            .collect();
        let failed = example.code.is_some() && body(example).get("status").is_some_and(|status| *status != 0);
        if failed {
            // A promise that resolves, even as `other`, would be taken for a success.
            successes.insert("other".to_owned());
        }
        let own = wanted(example);
        for changed in broken(&body(example)) {
            tried += 1;
            let text = Value::from(changed).to_string();
            let given = result(example, endpoint, &text);
            if given != own && successes.contains(&given) {
                wrong.push(format!("{}: {own} became {given}: {text}", example.op));
            }
        }
    }
    println!("{tried} broken failures");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried >= 1_000, "failures are lost");
}

/// A transfer's answer without `tx_status` is never settled. A refund's answer is settled by its `response_type_id` alone.
#[test]
fn a_debit_is_settled_only_by_its_state() {
    for (example, endpoint) in examples().iter().filter(|(_, endpoint)| endpoint.effect == Effect::Money) {
        let mut changed = body(example);
        changed.remove("tx_status");
        if let Some(Value::Object(data)) = changed.get_mut("data") {
            data.remove("tx_status");
        }
        let given = result(example, endpoint, &Value::from(changed).to_string());
        let done_by_type = endpoint.op == "refund" && given == "refunded";
        assert!(!matches!(given.as_str(), "settled" | "refunded") || done_by_type, "{}: {given}", example.op);
    }
}

/// A gateway may answer any request with 404 and a body that looks like a success.
#[test]
fn a_success_with_http_404_is_no_success() {
    let mut tried = 0;
    for (example, endpoint) in examples().iter().filter(|(example, _)| example.outcome.is_some() && example.http == 200)
    {
        let body = body(example);
        if body.get("status").is_none_or(|status| *status != 0) {
            continue;
        }
        tried += 1;
        let given = result(&Example { http: 404, ..example.clone() }, endpoint, &example.body);
        assert!(given.starts_with('!'), "{}: {given}", example.op);
    }
    assert!(tried >= 150, "{tried}");
}
