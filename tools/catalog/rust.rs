//! `src/api/generated/*.rs`: the request and outcome types, one file per product.

use crate::Outputs;
use crate::model::{FieldKind, ParamKind};
use crate::names::{ident, pascal, shout, snake};
use crate::resolve::{Catalog, Endpoint, Field, Kind, Object, Outcome, Param, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const DIR: &str = "src/api/generated";
/// Above this, positional arguments of one type invite a swap: the request takes a struct with names instead.
const MOST_ARGUMENTS: usize = 7;

pub fn generate(catalog: &Catalog, outputs: &mut Outputs) {
    let all = || catalog.products.iter().flat_map(|product| &product.endpoints);
    let mut common = String::from(COMMON);
    if all().flat_map(|endpoint| &endpoint.params).any(|param| matches!(param.kind, Kind::File { .. })) {
        common.push_str(UPLOAD);
    }
    objects(&mut common, "common", all());
    catalog.types.iter().for_each(|kind| outcome_type(&mut common, kind));
    let uses = [("serde", &["Deserialize", "Serialize"][..]), ("std", &["fmt"])];
    outputs.add(DIR, "common.rs", "catalog/common.toml", &with_uses("What several products share.", &uses, &common));
    let shared = ["Hidden", "Other", "Upload"].into_iter();
    let shared = shared.chain(catalog.types.iter().map(|kind| kind.name.as_str()));
    let shared_objects = all_objects(all(), "common");
    let shared: Vec<&str> = shared.chain(shared_objects.keys().map(String::as_str)).collect();
    for product in &catalog.products {
        let mut body = String::new();
        for endpoint in &product.endpoints {
            request(&mut body, endpoint);
            outcome(&mut body, endpoint);
        }
        objects(&mut body, &product.name, &product.endpoints);
        product.types.iter().for_each(|kind| outcome_type(&mut body, kind));
        let table = format!("super::table::{} as table;", product.name);
        let uses = [
            ("super::common", &shared[..]),
            (&table, &[]),
            ("crate::api", &["Request"]),
            ("crate::catalog", &["Endpoint"]),
            uses[0],
            uses[1],
        ];
        outputs.add(DIR, &format!("{}.rs", product.name), &product.file, &with_uses(&product.doc, &uses, &body));
    }
    outputs.add(DIR, "mod.rs", "catalog/", &module(catalog));
}

/// The names in a body: what stands in comments and between quotes is none.
pub fn words(body: &str) -> BTreeSet<String> {
    let lines = body.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    let code = lines.collect::<Vec<_>>().join("\n").replace("\\\\", "").replace("\\\"", "");
    let parts = code.split('"').step_by(2).flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'));
    parts.map(str::to_owned).collect()
}

/// A file's body after its doc and the imports that it needs.
pub fn with_uses(doc: &str, uses: &[(&str, &[&str])], body: &str) -> String {
    let words = words(body);
    let mut out = format!("//! {doc}\n\n");
    for (path, names) in uses {
        let used: Vec<&str> = names.iter().copied().filter(|name| words.contains(*name)).collect();
        let _ = match (names.is_empty(), used.is_empty()) {
            (true, _) => writeln!(out, "use {path}"),
            (false, false) => writeln!(out, "use {path}::{{{}}};", used.join(", ")),
            (false, true) => Ok(()),
        };
    }
    out + "\n" + body
}

fn module(catalog: &Catalog) -> String {
    let mut out = String::from("//! The types of every call, and the table that describes them.\n");
    out.push_str("#![allow(clippy::large_enum_variant, reason = \"a call has one outcome; a box would only be in the way\")]\n\n");
    for product in ["common"].into_iter().chain(catalog.products.iter().map(|product| product.name.as_str())) {
        let _ = writeln!(out, "pub mod {product};");
    }
    out.push_str("mod table;\n\npub use table::{ENDPOINTS, REFUSALS};\n\n");
    out.push_str(
        "/// What a user of the crate names: platform-wide calls by themselves, a rail's calls in its module.\n",
    );
    out.push_str("pub mod calls {\npub use super::common::*;\n");
    for product in &catalog.products {
        // A root product's module holds nothing but what its users need.
        let all = if product.namespace.is_empty() { "::*" } else { "" };
        let _ = writeln!(out, "pub use super::{}{all};", product.name);
    }
    out.push_str("}\n");
    out
}

fn doc(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "/// {line}");
    }
}

fn request(out: &mut String, endpoint: &Endpoint) {
    let name = pascal(&endpoint.method_name);
    let _ = writeln!(out, "/// `{} {}`\n///", endpoint.method.as_str(), endpoint.path);
    let _ = writeln!(
        out,
        "/// {}\n///\n/// {}\n///\n/// Source: <{}>",
        endpoint.doc,
        endpoint.effect.explain().1,
        endpoint.source
    );
    let hides = endpoint.params.iter().any(|param| param.sensitive);
    let derived = if hides { "Clone, Serialize" } else { "Debug, Clone, Serialize" };
    let asked: Vec<&Param> = endpoint.params.iter().filter(|param| param.is_asked()).collect();
    let by_name = has_required_struct(endpoint);
    let default = if asked.is_empty() { ", Default" } else { "" };
    let _ = writeln!(out, "#[derive({derived}{default})]\n#[serde(rename_all = \"camelCase\")]\npub struct {name} {{");
    members(out, &endpoint.params, "", Param::is_asked);
    let _ = writeln!(out, "}}\n\nimpl {name} {{");
    let (args, fields): (Vec<String>, Vec<String>) = asked
        .iter()
        .map(|param| {
            let (name, (taken, given)) = (ident(&param.name), argument(&param.kind, &ident(&param.name)));
            (format!("{name}: {taken}"), if given == name { name } else { format!("{name}: {given}") })
        })
        .unzip();
    let nones =
        endpoint.params.iter().filter(|param| !param.is_asked()).map(|param| format!("{}: None", ident(&param.name)));
    doc(out, "A request with everything that it cannot go without.");
    if by_name {
        let fields = asked.iter().map(|param| format!("{0}: required.{0}", ident(&param.name)));
        let fields: Vec<String> = fields.chain(nones).collect();
        let _ = writeln!(out, "pub fn new(required: {name}Required) -> Self {{ Self {{ {} }} }}", fields.join(", "));
    } else {
        if !asked.is_empty() {
            out.push_str("///\n");
        }
        asked.iter().for_each(|param| doc(out, &format!("- `{}`: {}", ident(&param.name), param.doc)));
        let fields: Vec<String> = fields.into_iter().chain(nones).collect();
        let _ = writeln!(out, "pub fn new({}) -> Self {{ Self {{ {} }} }}", args.join(", "), fields.join(", "));
    }
    for param in endpoint.params.iter().filter(|param| !param.is_asked()) {
        let (name, (taken, given)) = (ident(&param.name), argument(&param.kind, &ident(&param.name)));
        out.push('\n');
        doc(out, &param.doc);
        let _ = writeln!(
            out,
            "#[must_use]\npub fn {name}(mut self, {name}: {taken}) -> Self {{ self.{name} = Some({given}); self }}"
        );
    }
    out.push_str("}\n\n");
    if endpoint.is_money() {
        // A debit is not a `Request`: `send` must not take it.
        let _ = writeln!(
            out,
            "impl {name} {{\n/// What the catalogue says about it.\npub const ENDPOINT: &'static Endpoint = &table::{};\n}}\n",
            shout(&name)
        );
    } else {
        let _ = writeln!(
            out,
            "impl Request for {name} {{\ntype Outcome = {name}Outcome;\nconst ENDPOINT: &'static Endpoint = &table::{};\n}}\n",
            shout(&name)
        );
    }
    if hides {
        debug_struct(
            out,
            &name,
            endpoint.params.iter().map(|param| (ident(&param.name), param.sensitive, !param.is_asked())),
        );
    }
    if by_name {
        let required = asked.into_iter().cloned().collect();
        let doc = format!("What [`{name}`] cannot go without.");
        object(out, &Object { name: format!("{name}Required"), module: String::new(), doc, members: required });
    }
}

fn has_required_struct(endpoint: &Endpoint) -> bool {
    endpoint.params.iter().filter(|param| param.is_asked()).count() > MOST_ARGUMENTS
}

/// The members of a struct made of parameters; `always` says which are no `Option`.
fn members(out: &mut String, params: &[Param], visibility: &str, always: fn(&Param) -> bool) {
    for param in params {
        if !visibility.is_empty() {
            doc(out, &param.doc);
        }
        let (name, kind) = (ident(&param.name), param_type(&param.kind));
        rename(out, &name, &param.name);
        if always(param) {
            let _ = writeln!(out, "{visibility}{name}: {kind},");
        } else {
            let _ = writeln!(
                out,
                "#[serde(skip_serializing_if = \"Option::is_none\")]\n{visibility}{name}: Option<{kind}>,"
            );
        }
    }
}

/// serde's own camelCase does not always lead back to the caller's name.
fn rename(out: &mut String, ident: &str, name: &str) {
    let words = pascal(ident.trim_start_matches("r#"));
    if words[..1].to_lowercase() + &words[1..] != name {
        let _ = writeln!(out, "#[serde(rename = \"{name}\")]");
    }
}

fn param_type(kind: &Kind) -> String {
    match kind {
        Kind::Plain(ParamKind::Integer) => "u64".into(),
        Kind::Plain(ParamKind::Boolean) => "bool".into(),
        Kind::Plain(_) | Kind::Text(_) | Kind::Digits(_) | Kind::OneOf(_) => "String".into(),
        Kind::List(items) => format!("Vec<{}>", param_type(items)),
        Kind::Object(object) => object.name.clone(),
        Kind::File { .. } => "Upload".into(),
    }
}

/// The type of an argument, and the expression that makes the member of it.
fn argument(kind: &Kind, name: &str) -> (String, String) {
    match param_type(kind).as_str() {
        "String" => ("impl Into<String>".into(), format!("{name}.into()")),
        "Vec<String>" => (
            "impl IntoIterator<Item = impl Into<String>>".into(),
            format!("{name}.into_iter().map(Into::into).collect()"),
        ),
        own => (own.into(), name.into()),
    }
}

/// Objects among parameters, by name.
pub fn all_objects<'a>(
    endpoints: impl IntoIterator<Item = &'a Endpoint>,
    module: &str,
) -> BTreeMap<String, &'a Object> {
    let mut found = BTreeMap::new();
    let mut open: Vec<&Kind> =
        endpoints.into_iter().flat_map(|endpoint| &endpoint.params).map(|param| &param.kind).collect();
    while let Some(kind) = open.pop() {
        match kind {
            Kind::List(items) => open.push(items),
            Kind::Object(object) => {
                open.extend(object.members.iter().map(|member| &member.kind));
                if object.module == module {
                    found.insert(object.name.clone(), object);
                }
            }
            Kind::Plain(_) | Kind::Text(_) | Kind::Digits(_) | Kind::OneOf(_) | Kind::File { .. } => {}
        }
    }
    found
}

fn objects<'a>(out: &mut String, module: &str, endpoints: impl IntoIterator<Item = &'a Endpoint>) {
    all_objects(endpoints, module).values().for_each(|found| object(out, found));
}

fn object(out: &mut String, object: &Object) {
    let hides = object.members.iter().any(|member| member.sensitive);
    let derived =
        if hides { "Clone, Default, PartialEq, Serialize" } else { "Debug, Clone, Default, PartialEq, Serialize" };
    doc(out, &object.doc);
    let _ = writeln!(out, "#[derive({derived})]\n#[serde(rename_all = \"camelCase\")]\npub struct {} {{", object.name);
    members(out, &object.members, "pub ", |param| param.required);
    out.push_str("}\n\n");
    if hides {
        debug_struct(
            out,
            &object.name,
            object.members.iter().map(|param| (ident(&param.name), param.sensitive, !param.required)),
        );
    }
}

/// `Debug` that shows which members are there, and not what is in the sensitive ones.
fn debug_struct(out: &mut String, name: &str, members: impl Iterator<Item = (String, bool, bool)>) {
    let fields = members.map(|(member, hidden, optional)| {
        let value = match (hidden, optional) {
            (false, _) => format!("&self.{member}"),
            (true, true) => format!("&self.{member}.as_ref().map(|_| Hidden)"),
            (true, false) => "&Hidden".into(),
        };
        format!("\n.field(\"{}\", {value})", member.trim_start_matches("r#"))
    });
    let _ = writeln!(
        out,
        "impl fmt::Debug for {name} {{\nfn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\nf.debug_struct(\"{name}\"){}\n.finish()\n}}\n}}\n",
        fields.collect::<String>()
    );
}

/// The type of a value of an outcome, and whether it is an `Option`.
fn field_type(field: &Field, in_outcome: bool) -> (String, bool) {
    let plain = |name: &str| if field.required { (name.to_owned(), false) } else { (format!("Option<{name}>"), true) };
    match field.kind {
        FieldKind::Text | FieldKind::Amount => plain("String"),
        FieldKind::Code => plain("i64"),
        FieldKind::Flag => plain("bool"),
        FieldKind::Object if in_outcome => (field.type_name.clone(), false),
        FieldKind::Object => plain(&field.type_name),
        FieldKind::List => (format!("Vec<{}>", field.type_name), false),
        FieldKind::Texts => ("Vec<String>".into(), false),
        FieldKind::Any => ("Option<serde_json::Value>".into(), true),
    }
}

fn outcome_type(out: &mut String, kind: &Type) {
    let hides = kind.fields.iter().any(Field::is_hidden);
    let derived =
        if hides { "Clone, Default, PartialEq, Deserialize" } else { "Debug, Clone, Default, PartialEq, Deserialize" };
    doc(out, &kind.doc);
    let _ = writeln!(
        out,
        "#[derive({derived})]\n#[serde(rename_all = \"camelCase\", default)]\n#[non_exhaustive]\npub struct {} {{",
        kind.name
    );
    for field in &kind.fields {
        doc(out, &field.doc);
        rename(out, &ident(&field.name), &field.name);
        let _ = writeln!(out, "pub {}: {},", ident(&field.name), field_type(field, false).0);
    }
    out.push_str("}\n\n");
    if hides {
        let members =
            kind.fields.iter().map(|field| (ident(&field.name), field.is_hidden(), field_type(field, false).1));
        debug_struct(out, &kind.name, members);
    }
}

fn outcome(out: &mut String, endpoint: &Endpoint) {
    let name = pascal(&endpoint.method_name);
    let hides = endpoint.outcomes.iter().flat_map(|outcome| &outcome.fields).any(Field::is_hidden);
    let derived = if hides { "Clone, PartialEq, Deserialize" } else { "Debug, Clone, PartialEq, Deserialize" };
    doc(out, &format!("What [`{name}`] resolves to."));
    let _ = writeln!(
        out,
        "#[derive({derived})]\n#[serde(tag = \"outcome\", rename_all = \"camelCase\", rename_all_fields = \"camelCase\")]"
    );
    let _ = writeln!(out, "#[non_exhaustive]\npub enum {name}Outcome {{");
    for outcome in &endpoint.outcomes {
        doc(out, &outcome.doc);
        let _ = writeln!(out, "#[non_exhaustive]\n{} {{", pascal(&outcome.tag));
        for field in &outcome.fields {
            doc(out, &field.doc);
            rename(out, &ident(&field.name), &field.name);
            let (kind, optional) = field_type(field, true);
            if !optional && !field.required || field.kind == FieldKind::Object {
                out.push_str("#[serde(default)]\n");
            }
            let _ = writeln!(out, "{}: {kind},", ident(&field.name));
        }
        out.push_str("},\n");
    }
    out.push_str("/// An answer the catalogue does not describe.\nOther(Other),\n}\n\n");
    if endpoint.outcomes.iter().any(|outcome| outcome.next.is_some()) {
        next(out, &name, &endpoint.outcomes);
    }
    if hides {
        debug_enum(out, &name, &endpoint.outcomes);
    }
}

fn next(out: &mut String, name: &str, outcomes: &[Outcome]) {
    let _ = writeln!(out, "impl {name}Outcome {{\n/// The call that EPS names as the next step.");
    out.push_str("pub fn next(&self) -> Option<&'static str> {\nmatch self {\n");
    for outcome in outcomes.iter() {
        if let Some(next) = &outcome.next {
            let _ = writeln!(out, "Self::{} {{ .. }} => Some(\"{next}\"),", pascal(&outcome.tag));
        }
    }
    let rest = outcomes.iter().filter(|outcome| outcome.next.is_none());
    let rest: String = rest.map(|outcome| format!("Self::{} {{ .. }} | ", pascal(&outcome.tag))).collect();
    let _ = writeln!(out, "{rest}Self::Other(_) => None,\n}}\n}}\n}}\n");
}

fn debug_enum(out: &mut String, name: &str, outcomes: &[Outcome]) {
    let _ = writeln!(
        out,
        "impl fmt::Debug for {name}Outcome {{\nfn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\nmatch self {{"
    );
    for outcome in outcomes {
        let (mut pattern, mut shown) = (String::new(), String::new());
        for field in &outcome.fields {
            let member = ident(&field.name);
            let (bound, value) = match (field.is_hidden(), field_type(field, true).1) {
                (false, _) => (member.clone(), member.clone()),
                (true, true) => (member.clone(), format!("&{member}.as_ref().map(|_| Hidden)")),
                (true, false) => (format!("{member}: _"), "&Hidden".into()),
            };
            let _ = write!(pattern, "{bound}, ");
            let _ = write!(shown, ".field(\"{}\", {value})", snake(&field.name));
        }
        let tag = pascal(&outcome.tag);
        let _ = writeln!(out, "Self::{tag} {{ {pattern} }} => f.debug_struct(\"{tag}\"){shown}.finish(),");
    }
    out.push_str("Self::Other(other) => f.debug_tuple(\"Other\").field(other).finish(),\n}\n}\n}\n\n");
}

const COMMON: &str = r#"/// An answer the catalogue does not describe: a new kind, or one of another product.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Other {
    /// `data` of the answer, keys in camelCase, numbers as exact text.
    pub data: Option<serde_json::Value>,
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Other").field("data", &self.data.as_ref().map(|_| Hidden)).finish()
    }
}

/// Stands for a value that is not printed.
pub(super) struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

"#;

const UPLOAD: &str = r#"/// A file to upload.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// Its name, as EPS shall see it.
    pub name: String,
    /// Its media type, `application/pdf`.
    pub media_type: String,
    /// Its bytes, in base64.
    pub data: String,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("media_type", &self.media_type).finish_non_exhaustive()
    }
}

"#;
