//! Rules of the catalogue. The message of a fault names the file, the endpoint, the rule and the fix.

use crate::code::Code;
use crate::example;
use crate::model::{
    Catalog, ContentType, Effect, Encoding, Endpoint, Field, FieldKind, Location, Method, Param, ParamKind,
    ParamSource, Pattern, Product, Type,
};
use crate::names::{camel, pascal, snake};
use std::collections::{BTreeMap, BTreeSet};

const MONEY_TAGS: [&str; 5] = ["settled", "declined", "pending", "refundPending", "refunded"];
/// Values of `response_type_id` that EPS uses for success and for failure. A pattern needs another id beside such a value.
const MEANINGLESS: [i64; 4] = [-1, 0, 1388, 1389];
/// Smallest `response_status_id` that can identify a result. Smaller values are for display.
const FIRST_STATUS_ID: i64 = 17;
/// Names of the properties that every outcome has.
const OUTCOME_NAMES: [&str; 4] = ["outcome", "next", "meta", "raw"];
/// Source files of the JavaScript client. A call must not have the name of one of the client's members.
const CLIENT: [&str; 2] =
    [include_str!("../../../js/client/client.ts"), include_str!("../../../js/money/money-client.ts")];

/// Names of the files that are generated from every catalogue. A product must not have such a name.
const FILES: [&str; 9] = ["calls", "client", "common", "errors", "index", "mod", "money-ops", "readme", "table"];
/// Names of the types that are generated from every catalogue. A type of the catalogue must not have such a name.
const TYPES: [&str; 10] =
    ["Answered", "Calls", "Caller", "GeneratedClient", "Hidden", "Op", "Ops", "Other", "OtherOutcome", "Upload"];

/// Returns the names that a call must not have: the names of the client's members, and those that every JavaScript object has.
fn client_names() -> BTreeSet<&'static str> {
    let members = CLIENT.iter().flat_map(|source| source.lines()).filter_map(|line| {
        // The members of a class are indented by two blanks.
        let member =
            line.strip_prefix("  ").filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()))?;
        let words = ["declare ", "readonly ", "protected ", "override ", "abstract ", "static ", "async ", "get "];
        let name = words.iter().fold(member, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
        let end = name.find(|next: char| !next.is_ascii_alphanumeric())?;
        name[end..].starts_with(['(', '<', ':', '?']).then_some(&name[..end])
    });
    members.chain(["toString", "toLocaleString", "valueOf", "hasOwnProperty", "isPrototypeOf", "then"]).collect()
}

pub fn check(catalog: &Catalog, faults: &mut Vec<String>) {
    let mut checker = Checker { catalog, at: String::new(), faults };
    checker.common();
    for product in &catalog.products {
        checker.at = product.file.clone();
        checker.doc(&product.doc);
        checker.types(&product.types, Some(product), &product.file);
        product.endpoints.iter().for_each(|endpoint| checker.endpoint(endpoint, product));
    }
    checker.at = "catalog/".into();
    checker.names();
    checker.unused();
}

struct Checker<'a> {
    catalog: &'a Catalog,
    /// File and endpoint that the current check is about, for the message of a fault.
    at: String,
    faults: &'a mut Vec<String>,
}

/// Returns the first item that occurs a second time.
fn twice<T: Ord + Clone>(items: impl IntoIterator<Item = T>) -> Option<T> {
    let mut seen = BTreeSet::new();
    items.into_iter().find(|item| !seen.insert(item.clone()))
}

impl Checker<'_> {
    fn rule(&mut self, holds: bool, fault: impl Into<String>) {
        if !holds {
            self.faults.push(format!("{}: {}", self.at, fault.into()));
        }
    }

    fn unique<'b>(&mut self, what: &str, names: impl IntoIterator<Item = &'b str>) {
        let double = twice(names);
        self.rule(double.is_none(), format!("two {what} are called `{}`; rename one", double.unwrap_or_default()));
    }

    fn doc(&mut self, doc: &str) {
        let sentence = doc.ends_with('.') && !doc.contains('\n');
        self.rule(
            sentence,
            "`doc` must be one line of whole sentences; write it for a reader who has not seen EPS's page",
        );
    }

    fn common(&mut self) {
        let common = &self.catalog.common;
        let file = "catalog/common.toml";
        for (name, param) in &common.params {
            self.at = format!("{file}: param `{name}`");
            self.param(param);
        }
        for (name, field) in &common.fields {
            self.at = format!("{file}: field `{name}`");
            self.field(field, None);
        }
        self.types(&common.types, None, file);
        self.at = file.into();
        for refusal in &common.refusals {
            self.code(&refusal.code);
            self.rule(
                !refusal.ids.is_empty() || !refusal.types.is_empty(),
                "the refusal matches nothing; add `ids` or `types`",
            );
            let low = refusal.ids.iter().all(|id| *id >= FIRST_STATUS_ID);
            self.rule(
                low,
                format!("refusal `{}`: ids below {FIRST_STATUS_ID} are only for display; remove them", refusal.code),
            );
        }
        for (what, ids) in [
            ("ids", common.refusals.iter().flat_map(|refusal| &refusal.ids).collect::<Vec<_>>()),
            ("types", common.refusals.iter().flat_map(|refusal| &refusal.types).collect()),
        ] {
            let double = twice(ids);
            self.rule(double.is_none(), format!("{what} {double:?} appear in two refusals; remove one of them"));
        }
    }

    fn code(&mut self, code: &str) {
        let known = Code::from_literal(code).is_some();
        self.rule(
            known,
            format!("refusal code `{code}` is not in src/error/code.rs; use a code from docs/reference/errors.md"),
        );
    }

    fn types(&mut self, types: &BTreeMap<String, Type>, product: Option<&Product>, file: &str) {
        for (name, found) in types {
            self.at = format!("{file}: type {name}");
            self.rule(pascal(name) == *name, "the name of a type must be PascalCase; rename the type");
            self.doc(&found.doc);
            self.rule(
                !found.fields.is_empty(),
                "the type has no fields; list its fields, or use kind = \"any\" instead",
            );
            self.unique("fields", found.fields.iter().map(|field| field.name.as_str()));
            found.fields.iter().for_each(|field| self.field(field, product));
            self.rule(
                !self.holds_itself(name, product, &mut Vec::new()),
                "the type contains itself; give the inner field kind = \"any\"",
            );
        }
    }

    fn type_of<'b>(&'b self, name: &str, product: Option<&'b Product>) -> Option<&'b Type> {
        product.and_then(|product| product.types.get(name)).or_else(|| self.catalog.common.types.get(name))
    }

    fn holds_itself(&self, name: &str, product: Option<&Product>, above: &mut Vec<String>) -> bool {
        if above.iter().any(|outer| outer == name) {
            return true;
        }
        above.push(name.into());
        let fields = self.type_of(name, product).into_iter().flat_map(|found| &found.fields);
        let objects = fields.filter(|field| field.kind == Some(FieldKind::Object));
        let found = objects.map(|field| field.type_name.clone()).any(|name| self.holds_itself(&name, product, above));
        above.pop();
        found
    }

    fn endpoint(&mut self, endpoint: &Endpoint, product: &Product) {
        let at = format!("{}: {}", product.file, endpoint.op);
        self.at = at.clone();
        self.rule(camel(&endpoint.method_name) == endpoint.method_name, "`op` must be camelCase; rename it");
        self.doc(&endpoint.doc);
        if let Some(facts) = &endpoint.unconfirmed {
            self.doc(facts);
        }
        self.rule(endpoint.source.starts_with("https://"), "`source` must be the https address of the vendor's page");
        self.rule(endpoint.path.starts_with('/'), "`path` must start with /");
        let placeholders = endpoint.path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default());
        let in_path = endpoint.params.iter().filter(|param| param.location == Some(Location::Path));
        let (placeholders, in_path): (BTreeSet<_>, BTreeSet<_>) =
            (placeholders.collect(), in_path.map(Param::placeholder).collect());
        let odd = placeholders.symmetric_difference(&in_path).next();
        self.rule(
            odd.is_none(),
            format!("path and path params disagree on {odd:?}; give each {{placeholder}} one path param"),
        );
        self.unique("params", endpoint.params.iter().map(|param| param.name.as_str()));
        self.unique("wire params", endpoint.params.iter().map(|param| param.wire.as_str()));
        let body = endpoint.params.iter().any(|param| param.location == Some(Location::Body));
        self.rule(endpoint.method != Method::Get || !body, "a GET has no body; move the param to the query");
        let files = endpoint.params.iter().any(|param| param.kind == Some(ParamKind::File));
        let multipart = endpoint.content_type == ContentType::Multipart;
        self.rule(
            files == multipart,
            "files and content_type = \"multipart\" go together; add the missing one or remove the other",
        );
        for param in &endpoint.params {
            self.at = format!("{at}: param `{}`", param.wire);
            self.param(param);
        }
        self.at = at.clone();
        let known = endpoint.refusals.iter().map(|refusal| refusal.code.as_str()).collect::<Vec<_>>();
        known.into_iter().for_each(|code| self.code(code));
        self.outcomes(endpoint, product, &at);
    }

    fn outcomes(&mut self, endpoint: &Endpoint, product: &Product, at: &str) {
        let money = endpoint.effect == Effect::Money;
        let tags = || endpoint.outcomes.iter().map(|outcome| outcome.tag.as_str());
        self.rule(!endpoint.outcomes.is_empty(), "the endpoint has no outcome; add an [[endpoint.outcome]]");
        self.rule(
            !money || tags().any(|tag| tag != "declined"),
            "the endpoint moves money but has no outcome except `declined`; add `settled`, `refunded` or `pending`",
        );
        self.unique("outcomes", tags());
        let outcomes = endpoint.outcomes.iter().flat_map(|outcome| &outcome.when);
        let patterns: Vec<_> = outcomes.chain(endpoint.refusals.iter().flat_map(|refusal| &refusal.when)).collect();
        patterns.iter().for_each(|pattern| self.pattern(pattern));
        let hides = patterns.iter().find(|pattern| money && pattern.tx_status.is_none() && !pattern.stateless);
        self.rule(
            hides.is_none(),
            format!(
                "the pattern {:?} could hide the state of a debit; add `tx_status` or `stateless = true` to it",
                hides.map(|pattern| pattern.ids()).unwrap_or_default()
            ),
        );
        let both = patterns.iter().any(|pattern| pattern.tx_status.is_some() && pattern.stateless);
        self.rule(!both, "a pattern cannot have both `tx_status` and `stateless`; remove one of them");
        let double = twice(patterns.iter().map(|pattern| pattern.ids())).map(|ids| format!("{ids:?}"));
        self.rule(double.is_none(), format!("two rules match {}; remove one of them", double.unwrap_or_default()));
        let empty = endpoint.refusals.iter().any(|refusal| refusal.when.is_empty());
        self.rule(!empty, "a refusal matches nothing; add a pattern to its `when`");
        for outcome in &endpoint.outcomes {
            self.at = format!("{at}: outcome `{}`", outcome.tag);
            self.doc(&outcome.doc);
            self.rule(!outcome.when.is_empty(), "the outcome matches nothing; add a pattern to its `when`");
            self.rule(camel(&outcome.tag) == outcome.tag, "the tag must be camelCase; rename it");
            self.rule(outcome.tag != "other", "the outcome `other` is generated for every endpoint; remove it here");
            let money_tag = MONEY_TAGS.contains(&outcome.tag.as_str());
            self.rule(
                !money || money_tag,
                format!("the outcomes of a money endpoint must be among {}; rename it", MONEY_TAGS.join(", ")),
            );
            if let Some(next) = &outcome.next {
                let ops =
                    self.catalog.products.iter().flat_map(|product| &product.endpoints).map(|endpoint| &endpoint.op);
                let known = ops.chain(&product.planned).any(|op| op == next);
                self.rule(
                    known,
                    format!(
                        "next = \"{next}\" is not the name of a call; correct it, or add it to `planned` in this file"
                    ),
                );
            }
            self.unique("fields", outcome.fields.iter().map(|field| field.name.as_str()));
            for field in &outcome.fields {
                self.at = format!("{at}: outcome `{}`: field `{}`", outcome.tag, field.wire);
                let taken = OUTCOME_NAMES.contains(&field.name.as_str());
                self.rule(
                    !taken,
                    format!(
                        "every outcome already has a property `{}`; give this field another name with `as`",
                        field.name
                    ),
                );
                self.field(field, Some(product));
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        let ids = pattern.ids();
        self.rule(!ids.is_empty(), "an empty pattern matches every response; add an id to it");
        let alone = matches!(ids[..], [("response_type_id", id)] if MEANINGLESS.contains(&id));
        self.rule(!alone, format!("{ids:?} alone does not tell success from failure; add `status` or `tx_status`"));
        self.rule(
            !matches!(ids[..], [("http", _)]),
            "an HTTP status alone may be a relay's; add an id of EPS's envelope",
        );
        let display = matches!(ids[..], [("response_status_id", id)] if id < FIRST_STATUS_ID);
        self.rule(
            !display,
            format!("response_status_id below {FIRST_STATUS_ID} alone identifies no result; add another id"),
        );
    }

    fn param(&mut self, param: &Param) {
        self.doc(&param.doc);
        self.rule(!param.wire.is_empty(), "`name` is missing; set it to EPS's name");
        self.rule(camel(&snake(&param.name)) == param.name, "the caller's name must be camelCase; set `as`");
        self.rule(
            param.from.is_none() || param.default.is_none(),
            "`from` and `default` exclude each other; remove one of them",
        );
        let no_text = [ParamKind::Integer, ParamKind::Boolean, ParamKind::List, ParamKind::Object, ParamKind::File];
        self.rule(
            param.default.is_none() || param.kind.is_none_or(|kind| !no_text.contains(&kind)),
            "only a text can have a `default`; remove it",
        );
        let generated = param.from == Some(ParamSource::Generated);
        self.rule(
            !generated || param.kind == Some(ParamKind::Reference),
            "only a reference can be generated; remove `from`",
        );
        let Some(kind) = param.kind else {
            return self.rule(false, "`kind` is missing; catalog/README.md lists the kinds");
        };
        let missing = example::missing(param, kind);
        self.rule(missing.is_none(), format!("this kind needs `{}`; add it", missing.unwrap_or_default()));
        let encodings: &[Encoding] = match kind {
            ParamKind::File => &[Encoding::Part],
            ParamKind::Boolean => &[Encoding::Native],
            ParamKind::List | ParamKind::Object => &[Encoding::Native, Encoding::JsonText],
            ParamKind::Date
            | ParamKind::Reference
            | ParamKind::Xml
            | ParamKind::Ifsc
            | ParamKind::Pan
            | ParamKind::LatLong => &[Encoding::String],
            ParamKind::Text
            | ParamKind::Digits
            | ParamKind::Opaque
            | ParamKind::Amount
            | ParamKind::Integer
            | ParamKind::Mobile
            | ParamKind::OneOf => &[Encoding::String, Encoding::Number],
        };
        self.rule(
            kind == ParamKind::Amount || param.rupees.is_none() && param.whole.is_none(),
            "only a param of kind = \"amount\" has `rupees` and `whole`; remove them",
        );
        self.rule(
            param.rupees.is_none_or(|[min, max]| min <= max),
            "`rupees` must be [least, most]; correct the order",
        );
        self.rule(
            kind != ParamKind::Xml || param.sensitive == Some(true),
            "a capture contains biometric data; add `sensitive = true`",
        );
        let fits = param.encoding.is_some_and(|encoding| encodings.contains(&encoding));
        self.rule(fits, format!("the `encoding` of a param of kind {kind:?} must be one of {encodings:?}; correct it"));
        if missing.is_none() && kind != ParamKind::File {
            let rule = param.prose();
            self.rule(example::fits(param, &param.example), format!("`example` must be: {rule}; correct it"));
            let default = param.default.as_ref().is_none_or(|default| example::fits(param, default));
            self.rule(default, format!("`default` must be: {rule}; correct it"));
        }
        for member in &param.members {
            let at = self.at.clone();
            self.at = format!("{at}: member `{}`", member.wire);
            self.rule(member.from.is_none(), "the client fills no members of objects; remove `from`");
            self.rule(
                member.sensitive != Some(true) || param.sensitive == Some(true),
                "a sensitive member needs a sensitive object, whose texts are then masked; add `sensitive = true` to it",
            );
            self.param(member);
            self.at = at;
        }
    }

    fn field(&mut self, field: &Field, product: Option<&Product>) {
        self.doc(&field.doc);
        self.rule(!field.wire.is_empty(), "`name` is missing; set it to EPS's name");
        self.rule(camel(&snake(&field.name)) == field.name, "the caller's name must be camelCase; set `as`");
        self.rule(field.kind.is_some(), "`kind` is missing; catalog/README.md lists the kinds");
        self.rule(field.from.iter().all(|path| !path.is_empty()), "`from` contains an empty path; remove the path");
        let default = field.default.is_some();
        self.rule(
            default == field.default_when.is_some(),
            "`default` and `default_when` go together; add the missing one",
        );
        self.rule(
            !default || field.kind == Some(FieldKind::Code),
            "only a field of kind = \"code\" can have a `default`; remove it",
        );
        if matches!(field.kind, Some(FieldKind::Object | FieldKind::List)) {
            let known = self.type_of(&field.type_name, product).is_some();
            self.rule(
                known,
                format!("there is no type `{}`; add [type.{0}] to this file or to common.toml", field.type_name),
            );
        } else {
            self.rule(field.type_name.is_empty(), "only the kinds `object` and `list` have a `type`; remove it");
        }
    }

    fn names(&mut self) {
        let products = &self.catalog.products;
        let endpoints = || products.iter().flat_map(|product| &product.endpoints);
        self.unique("calls", endpoints().map(|endpoint| endpoint.op.as_str()));
        self.unique("products", products.iter().map(|product| product.name.as_str()).chain(FILES));
        let namespaces = products.iter().map(|product| product.namespace.as_str()).filter(|name| !name.is_empty());
        let roots = products.iter().filter(|product| product.is_root()).flat_map(|product| &product.endpoints);
        let roots = roots.map(|endpoint| endpoint.method_name.as_str());
        self.unique("namespaces or calls of the client", namespaces.chain(roots).chain(client_names()));
        for product in products {
            let good = snake(&camel(&product.name)) == product.name && camel(&product.namespace) == product.namespace;
            self.rule(good, format!("{}: `product` must be snake_case and `namespace` camelCase", product.file));
        }
        let mut objects: BTreeMap<&str, &Param> = BTreeMap::new();
        for object in endpoints().flat_map(|endpoint| &endpoint.params).flat_map(Param::objects) {
            let first = *objects.entry(&object.type_name).or_insert(object);
            let same = first.members == object.members && first.module == object.module;
            self.rule(same, format!("two objects are called `{}` and differ; rename one", object.type_name));
        }
        let types = products.iter().flat_map(|product| product.types.keys()).chain(self.catalog.common.types.keys());
        let generated = endpoints().flat_map(|endpoint| {
            let tags = endpoint.outcomes.iter().map(|outcome| pascal(&outcome.tag));
            let types = tags.chain(["Params".into(), "Outcome".into()]).map(|end| pascal(&endpoint.op) + &end);
            let plain = pascal(&endpoint.method_name);
            let more = ["Outcome", "Builder"].map(|end| format!("{plain}{end}"));
            types.chain(more).chain([plain]).collect::<BTreeSet<_>>()
        });
        // Two products may generate the same type name, because each product has its own module. A generated name is a fault only if a
        // declared type has it too.
        let generated: BTreeSet<String> = generated.collect();
        let names = types.map(String::as_str).chain(objects.into_keys()).chain(TYPES);
        self.unique("types", names.chain(generated.iter().map(String::as_str)));
    }

    fn unused(&mut self) {
        let catalog = self.catalog;
        let endpoints = || catalog.products.iter().flat_map(|product| &product.endpoints);
        let types =
            || catalog.products.iter().flat_map(|product| product.types.values()).chain(catalog.common.types.values());
        let outcomes = || endpoints().flat_map(|endpoint| &endpoint.outcomes);
        let fields = || outcomes().flat_map(|outcome| &outcome.fields).chain(types().flat_map(|found| &found.fields));
        let params = endpoints().flat_map(|endpoint| &endpoint.params).chain(catalog.common.params.values());
        let params: BTreeSet<_> =
            params.flat_map(|param| std::iter::once(param).chain(&param.members)).map(|param| &param.uses).collect();
        let used: BTreeSet<_> = fields().map(|field| &field.uses).collect();
        let used_types: BTreeSet<_> = fields().map(|field| &field.type_name).collect();
        let next: BTreeSet<_> = outcomes().filter_map(|outcome| outcome.next.as_ref()).collect();
        let ops: BTreeSet<_> = endpoints().map(|endpoint| &endpoint.op).collect();
        let names = catalog.common.params.keys().filter(|name| !params.contains(name)).map(|name| ("param", name));
        let names =
            names.chain(catalog.common.fields.keys().filter(|name| !used.contains(name)).map(|name| ("field", name)));
        let all_types =
            catalog.products.iter().flat_map(|product| product.types.keys()).chain(catalog.common.types.keys());
        let names = names.chain(all_types.filter(|name| !used_types.contains(name)).map(|name| ("type", name)));
        let planned = catalog.products.iter().flat_map(|product| &product.planned);
        let idle = planned.filter(|name| !next.contains(name) || ops.contains(name)).map(|name| ("planned call", name));
        for (what, name) in names.chain(idle).collect::<Vec<_>>() {
            self.rule(false, format!("nothing needs the {what} `{name}`; remove it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::client_names;

    #[test]
    fn the_members_of_the_client_are_reserved() {
        let names = client_names();
        for name in
            ["prune", "archive", "resolve", "on", "constructor", "close", "call", "command", "callbacks", "alarms"]
        {
            assert!(names.contains(name), "{name} is missing: {names:?}");
        }
        assert!(!names.contains("if") && !names.contains("transfer"), "{names:?}");
    }
}
