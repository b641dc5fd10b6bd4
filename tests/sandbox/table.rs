//! Endpoints with forms, files, objects, amounts and overlapping paths, for tests of the sandbox's checks. The sandbox does not simulate
//! them.

use crate::support::{Answer, Ask, options, signed, stamp};
use eko_eps::__private::catalog::{
    Base, ContentType, Effect, Encoding, Endpoint, Location, Method, Param, Schema, Source,
};
use eko_eps::sandbox::{Sandbox, SandboxOptions, Script};
use serde_json::{Value, json};

const fn param(wire: &'static str, location: Location, kind: Schema, encoding: Encoding, required: bool) -> Param {
    Param {
        name: wire,
        wire,
        location,
        slot: "",
        prefix: "",
        kind,
        encoding,
        required,
        source: Source::Caller,
        sensitive: false,
        doc: "",
        example: "",
    }
}

const fn endpoint(
    op: &'static str,
    method: Method,
    path: &'static str,
    content_type: ContentType,
    params: &'static [Param],
) -> Endpoint {
    let (base, effect) = (Base::Current, Effect::Write);
    Endpoint { op, method, path, base, effect, content_type, params, outcomes: &[], refusals: &[] }
}

const fn optional(wire: &'static str, kind: Schema) -> Param {
    param(wire, Location::Body, kind, Encoding::Native, false)
}

static ADDRESS: [Param; 2] = [
    param("pin", Location::Body, Schema::Digits { min: 6, max: 6 }, Encoding::String, true),
    param("line", Location::Body, Schema::Text { max: 10 }, Encoding::String, false),
];

static EVERYTHING: Endpoint = endpoint(
    "everything",
    Method::Put,
    "/everything",
    ContentType::Json,
    &[
        optional("text", Schema::Text { max: 3 }),
        optional("opaque", Schema::Opaque),
        optional("amount", Schema::Amount { min: 1, max: 99_999_999_999_999, whole: false }),
        optional("integer", Schema::Integer),
        optional("boolean", Schema::Boolean),
        optional("choice", Schema::OneOf(&["1", "two"])),
        optional("list", Schema::List(&Schema::Integer)),
        optional("object", Schema::Object(&ADDRESS)),
        param("json_text", Location::Body, Schema::Object(&ADDRESS), Encoding::JsonText, false),
    ],
);

static FORM: Endpoint = endpoint(
    "form",
    Method::Post,
    "/form",
    ContentType::Form,
    &[
        param("name", Location::Body, Schema::Text { max: 20 }, Encoding::String, true),
        param("list", Location::Body, Schema::List(&Schema::Text { max: 9 }), Encoding::Native, false),
    ],
);

static FILES: Endpoint = endpoint(
    "files",
    Method::Put,
    "/files/{id}",
    ContentType::Multipart,
    &[
        param("id", Location::Path, Schema::Digits { min: 1, max: 3 }, Encoding::String, true),
        param("scan", Location::Body, Schema::File { media: &[], max_bytes: 1 }, Encoding::Part, true),
    ],
);

const ID: Param = param("id", Location::Path, Schema::Text { max: 20 }, Encoding::String, true);
static ONE: Endpoint = endpoint("one", Method::Get, "/things/{id}", ContentType::Json, &[ID]);
static ALL: Endpoint = endpoint("all", Method::Get, "/things/all", ContentType::Json, &[]);
static SAME: Endpoint = endpoint("same", Method::Get, "/things/all", ContentType::Json, &[]);
static REFERENCE: Endpoint = endpoint("reference", Method::Get, "/things/ref:{id}", ContentType::Json, &[ID]);
static WRITE_ONE: Endpoint = endpoint("writeOne", Method::Post, "/things/{id}", ContentType::Json, &[ID]);
static TABLE: [&Endpoint; 8] = [&ONE, &ALL, &SAME, &REFERENCE, &WRITE_ONE, &EVERYTHING, &FORM, &FILES];

fn start() -> Sandbox {
    Sandbox::start(SandboxOptions { endpoints: Some(&TABLE), ..options() }).unwrap()
}

async fn send(sandbox: &Sandbox, method: &'static str, path: &str, media: &str, body: Option<&str>) -> Answer {
    let headers = signed(sandbox, &stamp(sandbox).to_string());
    let url = format!("{}{path}", sandbox.base_url());
    Ask { method, url, body: body.map(str::to_owned), headers }.with("content-type", media).send().await
}

const JSON: &str = "application/json";
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn what_the_sandbox_does_not_play_is_501_until_it_is_scripted() {
    let sandbox = start();
    let answer = send(&sandbox, "GET", "/things/all", JSON, None).await;
    assert_eq!(
        (answer.http, answer.message()),
        (501, "The sandbox does not simulate all: set its response with a script")
    );
    sandbox.script("all", Script::body(200, [("x", "y")], r#"{"status":0}"#)).unwrap();
    assert_eq!(send(&sandbox, "GET", "/things/all", JSON, None).await.text, r#"{"status":0}"#);
    sandbox.script("all", Script::answer("agentNotAllowed")).unwrap();
    assert_eq!(send(&sandbox, "GET", "/things/all", JSON, None).await.ids(), (346, 1, 346));
    assert!(sandbox.script("getCustomer", Script::hang()).is_err(), "not in this table");
}

#[tokio::test]
async fn the_most_literal_path_wins() {
    let sandbox = start();
    for (method, path, op) in [
        ("GET", "/things/all", "all"),
        ("GET", "/things/alls", "one"),
        ("GET", "/things/ref:7", "reference"),
        ("GET", "/things/a%2Fb", "one"),
        ("POST", "/things/all", "writeOne"),
    ] {
        let body = (method == "POST").then_some("{}");
        assert_eq!(send(&sandbox, method, path, JSON, body).await.http, 501, "{path}");
        assert_eq!(sandbox.requests().pop().unwrap().op.as_deref(), Some(op), "{path}");
    }
    let wrong = send(&sandbox, "PUT", "/things/all", JSON, None).await;
    assert_eq!((wrong.http, wrong.headers["allow"].to_str().unwrap()), (405, "GET, POST"));
}

#[tokio::test]
async fn every_kind_of_value_is_checked() {
    let sandbox = start();
    let pin = json!({ "pin": "560001" });
    let right = [
        ("text", json!("äöü")),
        ("text", json!(123)),
        ("opaque", json!("+/=")),
        ("amount", json!("50")),
        ("amount", json!("50.25")),
        ("amount", json!(50.5)),
        ("integer", json!(9_007_199_254_740_991_u64)),
        ("integer", json!("12")),
        ("boolean", json!(false)),
        ("boolean", json!("true")),
        ("choice", json!("two")),
        ("choice", json!(1)),
        ("list", json!([1, "2"])),
        ("list", json!("[1,2]")),
        ("object", pin.clone()),
        ("object", json!({ "pin": 560_001, "line": "x" })),
        ("json_text", json!(pin.to_string())),
    ];
    let wrong = [
        ("text", json!("four")),
        ("text", json!(["x"])),
        ("text", json!({ "x": 1 })),
        ("opaque", json!("x".repeat(1025))),
        ("amount", json!("50.255")),
        ("amount", json!("-50")),
        ("amount", json!("5e3")),
        ("amount", json!("50.")),
        ("amount", json!(".5")),
        ("amount", json!("1".repeat(16))),
        ("integer", json!(9_007_199_254_740_992_u64)),
        ("integer", json!(1.5)),
        ("integer", json!(-1)),
        ("boolean", json!(1)),
        ("boolean", json!("yes")),
        ("choice", json!("three")),
        ("list", json!([1.5])),
        ("list", json!({ "0": 1 })),
        ("list", json!("1,2")),
        ("object", json!({ "line": "x" })),
        ("object", json!({ "pin": "56001" })),
        ("object", json!({ "pin": "560001", "city": "x" })),
        ("object", json!("560001")),
        ("json_text", pin.clone()),
        ("json_text", json!("{")),
    ];
    let put = async |name: &str, value: &Value| {
        let body = Value::Object([(name.to_owned(), value.clone())].into_iter().collect());
        send(&sandbox, "PUT", "/everything", JSON, Some(&body.to_string())).await
    };
    for (name, value) in &right {
        assert_eq!(put(name, value).await.http, 501, "{name}: {value}");
    }
    for (name, value) in &wrong {
        let answer = put(name, value).await;
        assert_eq!((answer.http, answer.ids()), (200, (97, 1, -1)), "{name}: {value}");
        assert!(answer.json["invalid_params"][name].is_string());
    }
}

#[tokio::test]
async fn forms_are_read() {
    let sandbox = start();
    let post = async |media: &str, body: &str| send(&sandbox, "POST", "/form", media, Some(body)).await;
    assert_eq!(post(FORM_TYPE, "name=Leela+Menon&list=%5B%22a%22%5D").await.http, 501);
    assert_eq!(sandbox.requests().pop().unwrap().params, ["name", "list"]);
    assert_eq!(post(FORM_TYPE, "name=").await.ids(), (97, 1, -1));
    assert_eq!(post(FORM_TYPE, "name=x&list=a").await.ids(), (97, 1, -1));
    assert_eq!(post(FORM_TYPE, "name=x&name=y").await.message(), "No key for Response");
    assert_eq!(post(JSON, r#"{"name":"x"}"#).await.http, 415);
}

#[tokio::test]
async fn the_parts_of_a_multipart_body_are_not_looked_into() {
    let sandbox = start();
    let put = async |path: &str, media: &str| send(&sandbox, "PUT", path, media, Some("--x--")).await;
    assert_eq!(put("/files/7", "multipart/form-data; boundary=x").await.http, 501);
    assert_eq!(put("/files/7777", "multipart/form-data; boundary=x").await.ids(), (97, 1, -1));
    assert_eq!(put("/files/7", JSON).await.http, 415);
}
