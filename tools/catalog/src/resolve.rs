//! Resolves references to the entries of `common.toml` and fills in defaults. `check` reports the values that are still missing.

use crate::model::{Catalog, Encoding, Field, Location, Method, Param, ParamKind};
use crate::names::camel;
use std::collections::BTreeMap;

/// Entries of `common.toml`, before the defaults are filled in.
struct Bases {
    params: BTreeMap<String, Param>,
    fields: BTreeMap<String, Field>,
}

/// Resolves the catalogue. Faults are collected in `faults`, so that the user sees all of them at once.
pub fn resolve(catalog: &mut Catalog, faults: &mut Vec<String>) {
    let common = &mut catalog.common;
    for (name, param) in &mut common.params {
        param.inherit(&Param { wire: name.clone(), ..Param::default() });
    }
    for (name, field) in &mut common.fields {
        field.inherit(&Field { wire: name.clone(), ..Field::default() });
    }
    let bases = Bases { params: common.params.clone(), fields: common.fields.clone() };
    let mut resolver = Resolver { bases, faults };
    let file = "catalog/common.toml";
    common.params.values_mut().for_each(|param| resolver.param(param, Location::Body, "common", file));
    common.fields.values_mut().for_each(|field| resolver.field(field, "data.", file));
    common.types.values_mut().flat_map(|found| &mut found.fields).for_each(|field| resolver.field(field, "", file));
    for product in &mut catalog.products {
        let fields = product.types.values_mut().flat_map(|found| &mut found.fields);
        fields.for_each(|field| resolver.field(field, "", &product.file));
        for endpoint in &mut product.endpoints {
            endpoint.op = match product.namespace.as_str() {
                "" => endpoint.method_name.clone(),
                namespace => format!("{namespace}.{}", endpoint.method_name),
            };
            let at = format!("{}: {}", product.file, endpoint.op);
            let location = if endpoint.method == Method::Get { Location::Query } else { Location::Body };
            for param in &mut endpoint.params {
                let wire = if param.wire.is_empty() { &param.uses } else { &param.wire };
                let in_path = endpoint.path.contains(&format!("{{{wire}}}"));
                resolver.param(param, if in_path { Location::Path } else { location }, &product.name, &at);
            }
            let fields = endpoint.outcomes.iter_mut().flat_map(|outcome| &mut outcome.fields);
            fields.for_each(|field| resolver.field(field, "data.", &at));
        }
    }
}

struct Resolver<'a> {
    bases: Bases,
    faults: &'a mut Vec<String>,
}

impl Resolver<'_> {
    fn unknown(&mut self, kind: &str, name: &str, at: &str) {
        let fix = format!("add [{kind}.{name}] to common.toml or correct the name");
        self.faults.push(format!("{at}: use = \"{name}\": common.toml has no {kind} of that name; {fix}"));
    }

    fn param(&mut self, param: &mut Param, location: Location, module: &str, at: &str) {
        let mut module = module;
        if !param.uses.is_empty() {
            match self.bases.params.get(&param.uses) {
                Some(base) => param.inherit(base),
                None => self.unknown("param", &param.uses, at),
            }
            // A parameter of `common.toml` has one object type for all products. The type is in the common module.
            module = "common";
        }
        let encoding = match param.kind {
            Some(ParamKind::Integer) => Encoding::Number,
            Some(ParamKind::Boolean | ParamKind::List | ParamKind::Object) => Encoding::Native,
            Some(ParamKind::File) => Encoding::Part,
            Some(_) | None => Encoding::String,
        };
        let plain = Param {
            name: camel(&param.wire),
            location: Some(location),
            encoding: Some(encoding),
            required: Some(param.kind != Some(ParamKind::Reference)),
            ..Param::default()
        };
        param.inherit(&plain);
        param.module = module.into();
        for member in &mut param.members {
            self.param(member, Location::Body, module, at);
            // Members of a sensitive object are sensitive too.
            member.sensitive = member.sensitive.or(param.sensitive);
        }
    }

    fn field(&mut self, field: &mut Field, prefix: &str, at: &str) {
        if !field.uses.is_empty() {
            match self.bases.fields.get(&field.uses) {
                Some(base) => field.inherit(base),
                None => self.unknown("field", &field.uses, at),
            }
        }
        let (name, from) = (camel(&field.wire), vec![format!("{prefix}{}", field.wire)]);
        field.inherit(&Field { name, from, ..Field::default() });
    }
}
