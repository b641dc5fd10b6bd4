//! The catalogue with every name looked up and every default filled in: what the generators read.

use crate::model::{self, Base, Carry, ContentType, Effect, FieldKind, Method, ParamKind, ParamSource, Pattern, Place};
use crate::names;
use std::collections::{BTreeMap, BTreeSet};

pub struct Catalog {
    /// Common parameters and fields by their names, as they are before an endpoint changes anything.
    pub params: Vec<(String, Param)>,
    pub fields: Vec<(String, Field)>,
    pub types: Vec<Type>,
    pub refusals: Vec<model::CommonRefusal>,
    pub products: Vec<Product>,
    /// Names of common entries that nothing uses.
    pub unused: BTreeSet<String>,
}

pub struct Product {
    pub file: String,
    pub name: String,
    pub namespace: String,
    pub doc: String,
    pub planned: Vec<String>,
    pub endpoints: Vec<Endpoint>,
    pub types: Vec<Type>,
}

pub struct Endpoint {
    /// `dmt.getSender`, and `getSender`.
    pub op: String,
    pub method_name: String,
    pub doc: String,
    pub source: String,
    pub method: Method,
    pub path: String,
    pub base: Base,
    pub effect: Effect,
    pub content_type: ContentType,
    pub params: Vec<Param>,
    pub outcomes: Vec<Outcome>,
    pub refusals: Vec<model::Refusal>,
}

#[derive(Clone)]
pub struct Param {
    pub uses: Option<String>,
    pub name: String,
    pub wire: String,
    pub place: Place,
    pub kind: Kind,
    pub carry: Carry,
    pub required: bool,
    pub source: Source,
    pub sensitive: bool,
    pub doc: String,
    pub example: String,
}

impl Param {
    /// Whether a call cannot be written without it.
    pub fn is_asked(&self) -> bool {
        self.required && self.source == Source::Caller
    }
}

#[derive(Clone, PartialEq)]
pub enum Source {
    Caller,
    From(ParamSource),
    Default(String),
}

#[derive(Clone)]
pub enum Kind {
    Plain(ParamKind),
    Text(usize),
    Digits([usize; 2]),
    OneOf(Vec<String>),
    List(Box<Kind>),
    Object(Object),
    File { media: Vec<String>, max_bytes: usize },
}

impl Endpoint {
    pub fn is_money(&self) -> bool {
        self.effect == Effect::Money
    }
}

impl Field {
    /// Whether `Debug` masks it. A shape that nobody declares may hold anything.
    pub fn is_hidden(&self) -> bool {
        self.sensitive || self.kind == FieldKind::Any
    }
}

/// A parameter with members; `module` holds its Rust struct and its TypeScript interface.
#[derive(Clone)]
pub struct Object {
    pub name: String,
    pub module: String,
    pub doc: String,
    pub members: Vec<Param>,
}

pub struct Outcome {
    pub tag: String,
    pub doc: String,
    pub when: Vec<Pattern>,
    pub next: Option<String>,
    pub fields: Vec<Field>,
}

#[derive(Clone)]
pub struct Field {
    pub uses: Option<String>,
    pub name: String,
    pub from: Vec<String>,
    pub kind: FieldKind,
    /// Name of the object, for `object` and `list`, and the module it lives in.
    pub type_name: String,
    pub required: bool,
    pub default: Option<(Pattern, i64)>,
    pub sensitive: bool,
    pub doc: String,
}

pub struct Type {
    pub name: String,
    pub doc: String,
    pub fields: Vec<Field>,
}

/// The files of a catalogue directory: `common.toml`, then the products by name.
pub struct Files {
    pub common: model::CommonFile,
    pub products: Vec<(String, model::ProductFile)>,
}

struct Resolver<'a> {
    common: &'a model::CommonFile,
    used: BTreeSet<String>,
    faults: &'a mut Vec<String>,
}

/// Faults are collected, not thrown: a person wants to see all of them.
pub fn resolve(files: Files, faults: &mut Vec<String>) -> Catalog {
    let Files { common, products } = files;
    let mut resolver = Resolver { common: &common, used: BTreeSet::new(), faults };
    let home = ("common", "catalog/common.toml");
    let base = |name: &str| Some(name.to_owned());
    let params = common.params.iter().map(|(name, param)| {
        let given = model::Param { name: param.name.clone().or_else(|| base(name)), ..param.clone() };
        (name.clone(), resolver.param(&given, Place::Body, home.0, &format!("{}: param `{name}`", home.1)))
    });
    let params: Vec<_> = params.collect();
    let fields = common.fields.iter().map(|(name, field)| {
        let given = model::Field { name: field.name.clone().or_else(|| base(name)), ..field.clone() };
        (name.clone(), resolver.field(&given, "data.", &format!("{}: field `{name}`", home.1)))
    });
    let fields: Vec<_> = fields.collect();
    let types = resolver.types(&common.types, home.1);
    let products = products.into_iter().map(|(file, product)| resolver.product(file, product)).collect();
    let unused = common.params.keys().map(|name| format!("param `{name}`"));
    let unused = unused.chain(common.fields.keys().map(|name| format!("field `{name}`")));
    let unused = unused.filter(|name| !resolver.used.contains(name)).collect();
    Catalog { params, fields, types, refusals: common.refusals, products, unused }
}

impl Resolver<'_> {
    fn product(&mut self, file: String, product: model::ProductFile) -> Product {
        let model::ProductFile { product: name, namespace, doc, base, planned, endpoints, types } = product;
        let types = self.types(&types, &file);
        let endpoints = endpoints.into_iter().map(|endpoint| {
            let op = if namespace.is_empty() { endpoint.op.clone() } else { format!("{namespace}.{}", endpoint.op) };
            let at = format!("{file}: {op}");
            let params = endpoint.params.iter().map(|param| {
                let place = match endpoint.method {
                    Method::Get => Place::Query,
                    Method::Post | Method::Put => Place::Body,
                };
                let given = self.inherit_param(param, &at);
                let in_path = given.name.as_ref().is_some_and(|wire| endpoint.path.contains(&format!("{{{wire}}}")));
                let place = if in_path { Place::Path } else { place };
                self.param(&given, place, &name, &format!("{at}: param `{}`", given.name.as_deref().unwrap_or("?")))
            });
            let params = params.collect();
            let outcomes = endpoint.outcomes.into_iter().map(|outcome| {
                let at = format!("{at}: outcome `{}`", outcome.tag);
                let fields = outcome.fields.iter().map(|field| self.inherited_field(field, "data.", &at)).collect();
                Outcome { tag: outcome.tag, doc: outcome.doc, when: outcome.when, next: outcome.next, fields }
            });
            Endpoint {
                outcomes: outcomes.collect(),
                params,
                op,
                base,
                method_name: endpoint.op,
                doc: endpoint.doc,
                source: endpoint.source,
                method: endpoint.method,
                path: endpoint.path,
                effect: endpoint.effect,
                content_type: endpoint.content_type,
                refusals: endpoint.refusals,
            }
        });
        Product { endpoints: endpoints.collect(), file, name, namespace, doc, planned, types }
    }

    fn types(&mut self, types: &BTreeMap<String, model::Type>, file: &str) -> Vec<Type> {
        let resolved = types.iter().map(|(name, given)| {
            let at = format!("{file}: type {name}");
            let fields = given.fields.iter().map(|field| self.inherited_field(field, "", &at)).collect();
            Type { name: name.clone(), doc: given.doc.clone(), fields }
        });
        resolved.collect()
    }

    fn inherit_param(&mut self, given: &model::Param, at: &str) -> model::Param {
        let Some(base) = &given.uses else { return given.clone() };
        self.used.insert(format!("param `{base}`"));
        let Some(common) = self.common.params.get(base) else {
            self.faults.push(format!(
                "{at}: use = \"{base}\": common.toml has no param of that name; add [param.{base}] or correct the name"
            ));
            return given.clone();
        };
        let mut merged = given.over(common);
        merged.name.get_or_insert_with(|| base.clone());
        merged
    }

    fn inherited_field(&mut self, given: &model::Field, prefix: &str, at: &str) -> Field {
        let mut merged = given.clone();
        if let Some(base) = &given.uses {
            self.used.insert(format!("field `{base}`"));
            match self.common.fields.get(base) {
                Some(common) => merged = given.over(common),
                None => self.faults.push(format!(
                    "{at}: use = \"{base}\": common.toml has no field of that name; add [field.{base}] or correct the name"
                )),
            }
            merged.name.get_or_insert_with(|| base.clone());
        }
        let at = format!("{at}: field `{}`", merged.name.as_deref().unwrap_or("?"));
        self.field(&merged, prefix, &at)
    }

    /// A value that must be given; its absence is a fault.
    fn need<T: Clone + Default>(&mut self, value: &Option<T>, key: &str, at: &str) -> T {
        value.clone().unwrap_or_else(|| {
            self.faults.push(format!("{at}: `{key}` is missing; add it"));
            T::default()
        })
    }

    fn param(&mut self, given: &model::Param, place: Place, module: &str, at: &str) -> Param {
        let wire = self.need(&given.name, "name", at);
        // An object of a common parameter has one struct, in the common module, whoever uses it.
        let module = if given.uses.is_some() { "common" } else { module };
        let kind = self.kind(given, given.kind, module, at);
        let carry = given.carry.unwrap_or(match &kind {
            Kind::Plain(ParamKind::Integer) => Carry::Number,
            Kind::Plain(ParamKind::Boolean) | Kind::List(_) | Kind::Object(_) => Carry::Native,
            Kind::File { .. } => Carry::Part,
            Kind::Plain(_) | Kind::Text(_) | Kind::Digits(_) | Kind::OneOf(_) => Carry::String,
        });
        let source = match (&given.from, &given.default) {
            (None, None) => Source::Caller,
            (Some(from), None) => Source::From(*from),
            (None, Some(value)) => Source::Default(value.clone()),
            (Some(_), Some(_)) => {
                self.faults.push(format!("{at}: `from` and `default` exclude each other; keep one"));
                Source::Caller
            }
        };
        Param {
            uses: given.uses.clone(),
            name: given.alias.clone().unwrap_or_else(|| names::camel(&wire)),
            wire,
            place: given.place.unwrap_or(place),
            carry,
            required: given.required.unwrap_or(given.kind != Some(ParamKind::Reference)),
            source,
            sensitive: given.sensitive.unwrap_or(false),
            doc: self.need(&given.doc, "doc", at),
            example: if matches!(kind, Kind::File { .. }) {
                String::new()
            } else {
                self.need(&given.example, "example", at)
            },
            kind,
        }
    }

    fn kind(&mut self, given: &model::Param, kind: Option<ParamKind>, module: &str, at: &str) -> Kind {
        let Some(kind) = kind else {
            self.faults.push(format!("{at}: `kind` is missing; catalog/README.md lists the kinds"));
            return Kind::Plain(ParamKind::Opaque);
        };
        match kind {
            ParamKind::Text => Kind::Text(self.need(&given.max, "max", at)),
            ParamKind::Digits => Kind::Digits(self.need(&given.digits, "digits", at)),
            ParamKind::OneOf => Kind::OneOf(self.need(&given.one_of, "one_of", at)),
            ParamKind::List if given.of == Some(ParamKind::List) => {
                self.faults.push(format!("{at}: a list of lists is not supported; give `of` another kind"));
                Kind::Plain(ParamKind::Opaque)
            }
            ParamKind::List => Kind::List(Box::new(self.kind(given, given.of, module, at))),
            ParamKind::Object => {
                let name = self.need(&given.type_name, "type", at);
                let members = self.need(&given.members, "members", at);
                let members = members.iter().map(|member| {
                    let merged = self.inherit_param(member, at);
                    let at = format!("{at}: member `{}`", merged.name.as_deref().unwrap_or("?"));
                    self.param(&merged, Place::Body, module, &at)
                });
                let members = members.collect();
                Kind::Object(Object {
                    name,
                    module: module.into(),
                    doc: given.doc.clone().unwrap_or_default(),
                    members,
                })
            }
            ParamKind::File => Kind::File {
                media: self.need(&given.media, "media", at),
                max_bytes: self.need(&given.max_bytes, "max_bytes", at),
            },
            ParamKind::Opaque
            | ParamKind::Reference
            | ParamKind::Date
            | ParamKind::Amount
            | ParamKind::Integer
            | ParamKind::Boolean => Kind::Plain(kind),
        }
    }

    fn field(&mut self, given: &model::Field, prefix: &str, at: &str) -> Field {
        let wire = self.need(&given.name, "name", at);
        let kind = given.kind.unwrap_or_else(|| {
            self.faults.push(format!("{at}: `kind` is missing; catalog/README.md lists the kinds"));
            FieldKind::Any
        });
        let default = match (given.default, given.default_when) {
            (None, None) => None,
            (Some(value), Some(when)) => Some((when, value)),
            (Some(_), None) | (None, Some(_)) => {
                self.faults.push(format!("{at}: `default` and `default_when` go together; add the other"));
                None
            }
        };
        let has_type = matches!(kind, FieldKind::Object | FieldKind::List);
        if !has_type && given.type_name.is_some() {
            self.faults.push(format!("{at}: only `object` and `list` have a `type`; drop it"));
        }
        Field {
            uses: given.uses.clone(),
            name: given.alias.clone().unwrap_or_else(|| names::camel(&wire)),
            from: given.from.clone().unwrap_or_else(|| vec![format!("{prefix}{wire}")]),
            kind,
            type_name: if has_type { self.need(&given.type_name, "type", at) } else { String::new() },
            required: given.required.unwrap_or(false),
            default,
            sensitive: given.sensitive.unwrap_or(false),
            doc: self.need(&given.doc, "doc", at),
        }
    }
}
