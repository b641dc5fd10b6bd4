//! The statics of the generated Rust: descriptors for `request` and `response` to read.

use crate::Outputs;
use crate::model::{Carry, FieldKind, ParamKind, Pattern, Place};
use crate::names::shout;
use crate::resolve::{Catalog, Endpoint, Field, Kind, Outcome, Param, Source, Type};
use crate::rust::with_uses;
use eko_eps::error::Code;
use std::fmt::Write;

const DIR: &str = "src/api/generated/table";

/// What a generated file may import from `crate::catalog`.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "Base", "Carry", "CommonRefusal", "ContentType", "Effect", "Endpoint", "Field", "FieldKind", "Kind", "Method",
    "ObjectType", "OutcomeRule", "Param", "Pattern", "Place", "RefusalRule", "Source",
];

/// A struct's members as expressions.
type Members = Vec<(&'static str, String)>;

pub fn generate(catalog: &Catalog, outputs: &mut Outputs) {
    let statics: Vec<String> = catalog.types.iter().map(|found| shout(&found.name)).collect();
    let shared = ["ANY", "FIELD", "PARAM", "field", "param"].into_iter().chain(statics.iter().map(String::as_str));
    let shared: Vec<&str> = shared.collect();
    let body = common(catalog);
    let text = with_uses("What several products share.", &[("crate::catalog", NAMES)], &body);
    outputs.add(DIR, "common.rs", "catalog/common.toml", &text);
    for product in &catalog.products {
        let mut body = String::new();
        product.endpoints.iter().for_each(|found| endpoint(&mut body, found, catalog));
        product.types.iter().for_each(|found| object_type(&mut body, found, catalog));
        let refuses = product.endpoints.iter().any(|endpoint| !endpoint.refusals.is_empty());
        let code: &[&str] = if refuses { &["Code"] } else { &["-"] };
        let uses = [("super::common", &shared[..]), ("crate::catalog", NAMES), ("crate::error", code)];
        outputs.add(DIR, &format!("{}.rs", product.name), &product.file, &with_uses(&product.doc, &uses, &body));
    }
    outputs.add(DIR, "mod.rs", "catalog/", &index(catalog));
}

fn common(catalog: &Catalog) -> String {
    let mut out = String::from(BASES);
    catalog.types.iter().for_each(|found| object_type(&mut out, found, catalog));
    let plain = param_members(&plain_param(), catalog);
    out.push_str("/// Parameters that several endpoints declare.\npub(super) mod param {\nuse super::*;\n\n");
    for (name, param) in &catalog.params {
        let value = differing("Param", param_members(param, catalog), "PARAM", &plain);
        let _ = writeln!(out, "pub const {}: Param = {value};\n", shout(name));
    }
    let plain = field_members(&plain_field());
    out.push_str("}\n\n/// Values that several outcomes have.\npub(super) mod field {\nuse super::*;\n\n");
    for (name, field) in &catalog.fields {
        let value = differing("Field", field_members(field), "FIELD", &plain);
        let _ = writeln!(out, "pub const {}: Field = {value};\n", shout(name));
    }
    out + "}\n"
}

/// Every endpoint, and what rejects at every endpoint.
fn index(catalog: &Catalog) -> String {
    let (mut modules, mut endpoints) = (String::from("mod common;\n"), String::new());
    for product in &catalog.products {
        let _ = writeln!(modules, "pub(super) mod {};", product.name);
        for endpoint in &product.endpoints {
            let _ = writeln!(endpoints, "&{}::{},", product.name, shout(&endpoint.method_name));
        }
    }
    let mut out = format!(
        "//! The endpoint table.\n\n{modules}\nuse crate::catalog::{{CommonRefusal, Endpoint}};\nuse crate::error::Code;\n\n\
         /// Every endpoint, in the order of the catalogue.\npub static ENDPOINTS: &[&Endpoint] = &[\n{endpoints}];\n\n\
         /// Answers that reject in the same way at every endpoint.\npub static REFUSALS: &[CommonRefusal] = &[\n"
    );
    for refusal in &catalog.refusals {
        let (ids, types) = (&refusal.ids, &refusal.types);
        let _ = writeln!(out, "CommonRefusal {{ code: {}, ids: &{ids:?}, types: &{types:?} }},", code(&refusal.code));
    }
    out + "];\n"
}

fn code(literal: &str) -> String {
    Code::from_literal(literal).map_or_else(String::new, |code| format!("Code::{code:?}"))
}

/// `Param { place: Place::Path, ..params::CUSTOMER_ID }`: only what is not as in the base.
fn differing(kind: &str, members: Members, base: &str, plain: &Members) -> String {
    let given = members.iter().zip(plain).filter(|(own, base)| own.1 != base.1);
    let given: String = given.map(|((name, value), _)| format!("{name}: {value}, ")).collect();
    if given.is_empty() { base.to_owned() } else { format!("{kind} {{ {given}..{base} }}") }
}

fn param(param: &Param, catalog: &Catalog) -> String {
    let members = param_members(param, catalog);
    match catalog.params.iter().find(|(name, _)| Some(name) == param.uses.as_ref()) {
        Some((name, base)) => {
            differing("Param", members, &format!("param::{}", shout(name)), &param_members(base, catalog))
        }
        None => differing("Param", members, "PARAM", &param_members(&plain_param(), catalog)),
    }
}

fn field(field: &Field, catalog: &Catalog) -> String {
    let members = field_members(field);
    match catalog.fields.iter().find(|(name, _)| Some(name) == field.uses.as_ref()) {
        Some((name, base)) => differing("Field", members, &format!("field::{}", shout(name)), &field_members(base)),
        None => differing("Field", members, "FIELD", &field_members(&plain_field())),
    }
}

fn list<T>(items: &[T], expression: impl Fn(&T) -> String) -> String {
    format!("&[{}]", items.iter().map(expression).collect::<Vec<_>>().join(", "))
}

fn endpoint(out: &mut String, endpoint: &Endpoint, catalog: &Catalog) {
    let outcome = |outcome: &Outcome| {
        let fields = list(&outcome.fields, |found| field(found, catalog));
        let Outcome { tag, doc, when, next, .. } = outcome;
        format!(
            "OutcomeRule {{ tag: {tag:?}, doc: {doc:?}, when: {}, next: {next:?}, fields: {fields} }}",
            list(when, pattern)
        )
    };
    let _ = writeln!(
        out,
        "/// `{} {}`\npub static {}: Endpoint = Endpoint {{ op: {:?}, doc: {:?}, source: {:?}, method: Method::{:?}, path: {:?}, \
         base: Base::{:?}, effect: Effect::{:?}, content_type: ContentType::{:?}, params: {}, outcomes: {}, refusals: {} }};\n",
        endpoint.method.as_str(),
        endpoint.path,
        shout(&endpoint.method_name),
        endpoint.op,
        endpoint.doc,
        endpoint.source,
        endpoint.method,
        endpoint.path,
        endpoint.base,
        endpoint.effect,
        endpoint.content_type,
        list(&endpoint.params, |found| param(found, catalog)),
        list(&endpoint.outcomes, outcome),
        list(&endpoint.refusals, |refusal| {
            format!("RefusalRule {{ code: {}, when: {} }}", code(&refusal.code), list(&refusal.when, pattern))
        }),
    );
}

fn pattern(pattern: &Pattern) -> String {
    let ids: String = pattern.ids().map(|(name, id)| format!("{name}: Some({id}), ")).collect();
    format!("Pattern {{ {ids}..ANY }}")
}

fn object_type(out: &mut String, found: &Type, catalog: &Catalog) {
    let (name, fields) = (&found.name, list(&found.fields, |member| field(member, catalog)));
    let _ = writeln!(out, "/// How a `{name}` is read.");
    let _ = writeln!(out, "pub(super) static {}: ObjectType =", shout(name));
    let _ = writeln!(out, "ObjectType {{ name: {name:?}, doc: {:?}, fields: {fields} }};\n", found.doc);
}

fn param_members(param: &Param, catalog: &Catalog) -> Members {
    let source = match &param.source {
        Source::Caller => "Source::Caller".into(),
        Source::From(from) => format!("Source::{from:?}"),
        Source::Default(text) => format!("Source::Default({text:?})"),
    };
    vec![
        ("name", format!("{:?}", param.name)),
        ("wire", format!("{:?}", param.wire)),
        ("place", format!("Place::{:?}", param.place)),
        ("kind", kind(&param.kind, catalog)),
        ("carry", format!("Carry::{:?}", param.carry)),
        ("required", param.required.to_string()),
        ("source", source),
        ("sensitive", param.sensitive.to_string()),
        ("doc", format!("{:?}", param.doc)),
        ("example", format!("{:?}", param.example)),
    ]
}

fn kind(given: &Kind, catalog: &Catalog) -> String {
    match given {
        Kind::Plain(plain) => format!("Kind::{plain:?}"),
        Kind::Text(max) => format!("Kind::Text {{ max: {max} }}"),
        Kind::Digits([min, max]) => format!("Kind::Digits {{ min: {min}, max: {max} }}"),
        Kind::OneOf(words) => format!("Kind::OneOf(&{words:?})"),
        Kind::List(items) => format!("Kind::List(&{})", kind(items, catalog)),
        Kind::Object(object) => format!("Kind::Object({})", list(&object.members, |member| param(member, catalog))),
        Kind::File { media, max_bytes } => format!("Kind::File {{ media: &{media:?}, max_bytes: {max_bytes} }}"),
    }
}

fn field_members(field: &Field) -> Members {
    let kind = match field.kind {
        FieldKind::Text | FieldKind::Amount | FieldKind::Code | FieldKind::Flag | FieldKind::Any => {
            format!("FieldKind::{:?}", field.kind)
        }
        FieldKind::Texts => "FieldKind::TextList".into(),
        FieldKind::Object | FieldKind::List => format!("FieldKind::{:?}(&{})", field.kind, shout(&field.type_name)),
    };
    let default = field.default.as_ref().map(|(when, value)| format!("Some(({}, {value}))", pattern(when)));
    vec![
        ("name", format!("{:?}", field.name)),
        ("from", format!("&{:?}", field.from)),
        ("kind", kind),
        ("required", field.required.to_string()),
        ("default", default.unwrap_or_else(|| "None".into())),
        ("sensitive", field.sensitive.to_string()),
        ("doc", format!("{:?}", field.doc)),
    ]
}

/// What `PARAM` in the generated `common.rs` says.
fn plain_param() -> Param {
    Param {
        uses: None,
        name: String::new(),
        wire: String::new(),
        place: Place::Body,
        kind: Kind::Plain(ParamKind::Opaque),
        carry: Carry::String,
        required: true,
        source: Source::Caller,
        sensitive: false,
        doc: String::new(),
        example: String::new(),
    }
}

/// What `FIELD` in the generated `common.rs` says.
fn plain_field() -> Field {
    Field {
        uses: None,
        name: String::new(),
        from: Vec::new(),
        kind: FieldKind::Text,
        type_name: String::new(),
        required: false,
        default: None,
        sensitive: false,
        doc: String::new(),
    }
}

const BASES: &str = r#"/// No id given: what every pattern starts from.
pub(super) const ANY: Pattern = Pattern { response_type_id: None, tx_status: None, status: None, response_status_id: None };

/// What most parameters are.
pub(super) const PARAM: Param = Param {
    name: "",
    wire: "",
    place: Place::Body,
    kind: Kind::Opaque,
    carry: Carry::String,
    required: true,
    source: Source::Caller,
    sensitive: false,
    doc: "",
    example: "",
};

/// What most values are.
pub(super) const FIELD: Field =
    Field { name: "", from: &[], kind: FieldKind::Text, required: false, default: None, sensitive: false, doc: "" };

"#;
