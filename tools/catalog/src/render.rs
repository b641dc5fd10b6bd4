//! Renders the templates into the generated files.

use crate::Outputs;
use crate::model::Catalog;
use crate::{names, view};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, UndefinedBehavior, context};

macro_rules! templates {
    ($($name:literal)+) => { &[$(($name, include_str!(concat!("../templates/", $name, ".j2")))),+] };
}
const TEMPLATES: &[(&str, &str)] = templates!(
    "rust/macros" "rust/common" "rust/product" "rust/mod"
    "table/macros" "table/common" "table/product" "table/mod"
    "typescript/macros" "typescript/common" "typescript/product"
    "typescript/calls" "typescript/money-ops" "typescript/client" "typescript/errors" "typescript/index"
    "docs/product" "docs/errors" "docs/index"
);

/// Kind of generated files: folder of its templates, output folder and file extension.
struct OutputKind(&'static str, &'static str, &'static str);
const RUST: OutputKind = OutputKind("rust", "src/api/generated", "rs");
const TABLE: OutputKind = OutputKind("table", "src/api/generated/table", "rs");
const TYPESCRIPT: OutputKind = OutputKind("typescript", "js/generated", "ts");
const DOCS: OutputKind = OutputKind("docs", "docs/reference", "md");
pub const FOLDERS: [&str; 4] = [RUST.1, TABLE.1, TYPESCRIPT.1, DOCS.1];

pub fn render(catalog: &Catalog, outputs: &mut Outputs) -> Result<(), Error> {
    let environment = environment()?;
    let whole = view::catalog(catalog);
    let mut write = |kind: &OutputKind, template: &str, file: &str, source: &str, more: Value| {
        let OutputKind(templates, folder, ending) = kind;
        let template = environment.get_template(&format!("{templates}/{template}"))?;
        let text = template.render(context! { ..more, ..Serde(&whole) })?;
        outputs.add(format!("{folder}/{file}.{ending}"), source, &text);
        Ok::<(), Error>(())
    };
    for product in whole["products"].as_array().into_iter().flatten() {
        let (name, file) = (product["name"].as_str().unwrap_or_default(), product["file"].as_str().unwrap_or_default());
        for kind in [RUST, TABLE, TYPESCRIPT, DOCS] {
            write(&kind, "product", name, file, context! { product => Serde(product) })?;
        }
    }
    for (kind, template, file, source) in [
        (RUST, "common", "common", "catalog/common.toml"),
        (RUST, "mod", "mod", "catalog/"),
        (TABLE, "common", "common", "catalog/common.toml"),
        (TABLE, "mod", "mod", "catalog/"),
        (TYPESCRIPT, "common", "common", "catalog/common.toml"),
        (TYPESCRIPT, "calls", "calls", "catalog/"),
        (TYPESCRIPT, "money-ops", "money-ops", "catalog/"),
        (TYPESCRIPT, "client", "client", "catalog/"),
        (TYPESCRIPT, "errors", "errors", "src/error/code.rs"),
        (TYPESCRIPT, "index", "index", "catalog/"),
        (DOCS, "errors", "errors", "src/error/code.rs"),
        (DOCS, "index", "README", "catalog/"),
    ] {
        write(&kind, template, file, source, context! {})?;
    }
    Ok(())
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("snake", |name: &str| names::snake(name));
    environment.add_filter("quote", |text: &str| names::quote(text));
    environment.add_filter("text", |text: &str| format!("{text:?}"));
    environment.add_filter("used", |known: Vec<String>, code: &str| names::used(known, code));
    environment.add_filter("cell", |text: &str| text.replace('|', "\\|"));
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}
