//! Converts the catalogue into the JSON that the templates render.

use crate::code::{Class, Code};
use crate::model::{Catalog, Effect, Endpoint, Field, Method, Outcome, Param, ParamKind, Product, Type};
use crate::names::{ident, pascal, quote, shout};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Largest number of required parameters that a Rust request takes by position. With more, arguments of one type are easily swapped, so the
/// request has a builder.
const MOST_ARGUMENTS: usize = 3;

pub fn catalog(catalog: &Catalog) -> Value {
    let endpoints = || catalog.products.iter().flat_map(|product| &product.endpoints);
    let common = &catalog.common;
    let params = common.params.iter().map(|(name, found)| {
        let unused = BTreeMap::new();
        json!({ "konst": shout(name), "table": Param { uses: String::new(), ..found.clone() }.table(&unused) })
    });
    let fields = common.fields.iter().map(|(name, found)| {
        let unused = BTreeMap::new();
        json!({ "konst": shout(name), "table": Field { uses: String::new(), ..found.clone() }.table(&unused) })
    });
    let refusals = common.refusals.iter().map(|found| {
        json!({ "code": code(&found.code), "ids": format!("{:?}", found.ids), "types": format!("{:?}", found.types) })
    });
    let named = catalog.products.iter().flat_map(|product| product.endpoints.iter().map(move |found| (product, found)));
    let table: BTreeMap<_, _> =
        named.map(|(product, found)| (&found.op, format!("{}::{}", product.name, shout(&found.method_name)))).collect();
    let uploads = endpoints().flat_map(|found| &found.params).any(|param| param.kind == Some(ParamKind::File));
    json!({
        "params": params.collect::<Vec<_>>(),
        "fields": fields.collect::<Vec<_>>(),
        "types": types(&common.types, catalog),
        "objects": objects(endpoints(), "common", catalog),
        "refusals": refusals.collect::<Vec<_>>(),
        "uploads": uploads,
        "table": table.into_values().collect::<Vec<_>>(),
        "products": catalog.products.iter().map(|found| product(found, catalog)).collect::<Vec<_>>(),
        "codes": Code::ALL.iter().map(error).collect::<Vec<_>>(),
        "classes": CLASSES.iter().map(|class| quote(class.js_name())).collect::<Vec<_>>(),
    })
}

const CLASSES: [Class; 6] =
    [Class::Validation, Class::Auth, Class::Otp, Class::Refused, Class::RateLimit, Class::Transport];

fn error(code: &Code) -> Value {
    let (class, retryable) = (code.class().js_name(), code.retryable());
    json!({ "code": code.as_str(), "class": class, "retryable": retryable, "action": code.action(), "doc": code.doc().trim() })
}

fn code(literal: &str) -> String {
    Code::from_literal(literal).map_or_else(String::new, |code| format!("Code::{code:?}"))
}

fn product(product: &Product, catalog: &Catalog) -> Value {
    let class = pascal(if product.is_root() { &product.name } else { &product.namespace });
    json!({
        "name": product.name,
        "file": product.file,
        "namespace": product.namespace,
        "root": product.is_root(),
        "class": format!("{class}Calls"),
        "doc": product.doc,
        "endpoints": product.endpoints.iter().map(|found| endpoint(found, product, catalog)).collect::<Vec<_>>(),
        "types": types(&product.types, catalog),
        "objects": objects(&product.endpoints, &product.name, catalog),
        "used_types": used_types(product, catalog),
    })
}

fn endpoint(endpoint: &Endpoint, product: &Product, catalog: &Catalog) -> Value {
    let refusals = endpoint.refusals.iter().map(|found| {
        let when = found.when.iter().map(|pattern| pattern.table()).collect::<Vec<_>>();
        json!({ "code": code(&found.code), "literal": found.code, "when": when, "prose": prose(&found.when) })
    });
    let asked = endpoint.params.iter().filter(|param| param.is_asked());
    let method = match endpoint.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
    };
    let effect = match endpoint.effect {
        Effect::Read => "read",
        Effect::ReadOtp => "read+otp",
        Effect::Otp => "otp",
        Effect::Write => "write",
        Effect::BilledCheck => "billed-check",
        Effect::Money => "money",
    };
    json!({
        "op": endpoint.op,
        "method_name": endpoint.method_name,
        "rust": pascal(&endpoint.method_name),
        "typescript": pascal(&endpoint.op),
        "konst": shout(&endpoint.method_name),
        "doc": match &endpoint.unconfirmed {
            Some(facts) => format!("{} Unconfirmed: {facts}", endpoint.doc),
            None => endpoint.doc.clone(),
        },
        "source": endpoint.source,
        "route": format!("{method} {}", endpoint.path),
        "path": endpoint.path,
        "effect": effect,
        "explain": endpoint.effect.explain(),
        "money": endpoint.effect == Effect::Money,
        "variants": [
            format!("Method::{:?}", endpoint.method),
            format!("Base::{:?}", product.base),
            format!("Effect::{:?}", endpoint.effect),
            format!("ContentType::{:?}", endpoint.content_type),
        ],
        "content_type": format!("{:?}", endpoint.content_type).to_lowercase(),
        "by_name": asked.count() > MOST_ARGUMENTS,
        "takes_otp": endpoint.params.iter().any(|param| param.wire == "otp"),
        "params": params(&endpoint.params, catalog),
        "outcomes": endpoint.outcomes.iter().map(|found| outcome(found, catalog)).collect::<Vec<_>>(),
        "refusals": refusals.collect::<Vec<_>>(),
        "hides": endpoint.outcomes.iter().flat_map(|outcome| &outcome.fields).any(Field::is_hidden),
    })
}

fn params(params: &[Param], catalog: &Catalog) -> Vec<Value> {
    params.iter().map(|found| param(found, catalog)).collect()
}

fn param(param: &Param, catalog: &Catalog) -> Value {
    let (field, rust) = (ident(&param.name), param.rust());
    let (taken, given) = match rust.as_str() {
        "String" => ("impl Into<String>".into(), format!("{field}.into()")),
        "Vec<String>" => (
            "impl IntoIterator<Item = impl Into<String>>".into(),
            format!("{field}.into_iter().map(Into::into).collect()"),
        ),
        own => (own.to_owned(), field.clone()),
    };
    let literal = match rust.as_str() {
        "String" => quote(&param.example),
        "Upload" => param.name.clone(),
        _ => param.example.clone(),
    };
    json!({
        "name": param.name,
        "field": field,
        "rename": renamed(&param.name),
        "wire": param.wire,
        "location": param.location.map(|location| format!("{location:?}").to_lowercase()),
        "asked": param.is_asked(),
        "required": param.is_required(),
        "from": param.from.map(|from| format!("{from:?}")),
        "default": param.default,
        "sensitive": param.sensitive == Some(true),
        "doc": param.doc,
        "example": param.example,
        "literal": literal,
        "rust": rust,
        "taken": taken,
        "given": given,
        "typescript": param.typescript(),
        "prose": param.prose(),
        "table": param.table(&catalog.common.params),
        "list": param.kind == Some(ParamKind::List),
        "members": params(&param.members, catalog),
    })
}

/// Returns true if serde's `camelCase` does not give the caller's name, so that the field needs a `rename`.
fn renamed(name: &str) -> bool {
    crate::names::camel(ident(name).trim_start_matches("r#")) != name
}

fn outcome(outcome: &Outcome, catalog: &Catalog) -> Value {
    json!({
        "tag": outcome.tag,
        "rust": pascal(&outcome.tag),
        "doc": outcome.doc,
        "when": outcome.when.iter().map(|pattern| pattern.table()).collect::<Vec<_>>(),
        "prose": prose(&outcome.when),
        "next": outcome.next,
        "fields": fields(&outcome.fields, true, catalog),
    })
}

fn prose(patterns: &[crate::model::Pattern]) -> String {
    patterns.iter().map(|pattern| pattern.prose()).collect::<Vec<_>>().join(", or ")
}

fn fields(fields: &[Field], top: bool, catalog: &Catalog) -> Vec<Value> {
    let field = |field: &Field| {
        let [rust, typescript, prose] = field.spelled();
        let always = field.is_always(top);
        json!({
            "name": field.name,
            "field": ident(&field.name),
            "rename": renamed(&field.name),
            "from": field.from,
            "always": always,
            // An object or a list that is missing in EPS's response is empty in Rust.
            "default": always && (field.required != Some(true) || rust == field.type_name),
            "sensitive": field.is_hidden(),
            "doc": field.doc,
            "rust": if always { rust } else { format!("Option<{rust}>") },
            "typescript": typescript,
            "prose": prose,
            "table": field.table(&catalog.common.fields),
        })
    };
    fields.iter().map(field).collect()
}

fn types(types: &BTreeMap<String, Type>, catalog: &Catalog) -> Vec<Value> {
    types.iter().map(|(name, found)| object_type(name, found, catalog)).collect()
}

fn object_type(name: &str, found: &Type, catalog: &Catalog) -> Value {
    let fields = fields(&found.fields, false, catalog);
    json!({ "name": name, "konst": shout(name), "doc": found.doc, "fields": fields })
}

/// Returns the object types in the outcomes of a product, including common types.
fn used_types(product: &Product, catalog: &Catalog) -> Vec<Value> {
    let fields = product.endpoints.iter().flat_map(|endpoint| &endpoint.outcomes).flat_map(|outcome| &outcome.fields);
    let mut open: Vec<&str> = fields.map(|field| field.type_name.as_str()).collect();
    let mut found = BTreeMap::new();
    while let Some(name) = open.pop() {
        let known = product.types.get(name).or_else(|| catalog.common.types.get(name));
        if let Some(known) = known.filter(|_| !found.contains_key(name)) {
            open.extend(known.fields.iter().map(|field| field.type_name.as_str()));
            found.insert(name, object_type(name, known, catalog));
        }
    }
    found.into_values().collect()
}

/// Returns the object types of the parameters that are generated in `module`, sorted by name.
fn objects<'a>(endpoints: impl IntoIterator<Item = &'a Endpoint>, module: &str, catalog: &Catalog) -> Vec<Value> {
    let declared = endpoints.into_iter().flat_map(|endpoint| &endpoint.params);
    let objects = declared.flat_map(Param::objects).filter(|param| param.module == module);
    let objects: BTreeMap<&str, &Param> = objects.map(|object| (object.type_name.as_str(), object)).collect();
    let object = |object: &Param| json!({ "name": object.type_name, "doc": object.doc, "members": params(&object.members, catalog) });
    objects.into_values().map(object).collect()
}
