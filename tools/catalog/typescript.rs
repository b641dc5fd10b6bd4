//! `lib/generated/*.ts`: the types of every call and the methods of the client, one file per product.

use crate::Outputs;
use crate::model::{FieldKind, ParamKind};
use crate::names::pascal;
use crate::resolve::{Catalog, Endpoint, Field, Kind, Object, Outcome, Param, Product, Type};
use crate::rust::{all_objects, words};
use eko_eps::error::{Class, Code};
use std::fmt::Write;

const DIR: &str = "lib/generated";

pub fn generate(catalog: &Catalog, outputs: &mut Outputs) {
    let all = || catalog.products.iter().flat_map(|product| &product.endpoints);
    let shared_objects = all_objects(all(), "common");
    let mut common = String::from(COMMON);
    if all().flat_map(|endpoint| &endpoint.params).any(|param| matches!(param.kind, Kind::File { .. })) {
        common.push_str(UPLOAD);
    }
    shared_objects.values().for_each(|found| object(&mut common, found));
    catalog.types.iter().for_each(|found| result_type(&mut common, found));
    outputs.add(DIR, "common.ts", "catalog/common.toml", &common);
    let fixed = ["Answered", "OtherOutcome", "Upload"].into_iter().chain(shared_objects.keys().map(String::as_str));
    let shared: Vec<&str> = fixed.chain(catalog.types.iter().map(|found| found.name.as_str())).collect();
    let mut base = ("Calls".to_owned(), "calls".to_owned());
    for product in &catalog.products {
        let mut body = String::new();
        for endpoint in &product.endpoints {
            params(&mut body, endpoint);
            outcomes(&mut body, endpoint);
        }
        all_objects(&product.endpoints, &product.name).values().for_each(|found| object(&mut body, found));
        product.types.iter().for_each(|found| result_type(&mut body, found));
        methods(&mut body, product, &base.0);
        let used = words(&body);
        let pick = |names: &[&str]| {
            let mut names: Vec<&str> = names.iter().copied().filter(|name| used.contains(*name)).collect();
            names.sort_unstable();
            names.join(", ")
        };
        let options = pick(&["CallOptions", "MoneyOptions"]);
        let calls = if product.namespace.is_empty() {
            let import = format!("import {{ {} }} from './{}.js'", base.0, base.1);
            base = (class(product), product.name.clone());
            import
        } else {
            "import type { Caller } from './calls.js'".into()
        };
        let shared = format!("import type {{ {} }} from './common.js'", pick(&shared));
        let body = format!("import type {{ {options} }} from '../types.js'\n{calls}\n{shared}\n\n{body}");
        outputs.add(DIR, &format!("{}.ts", product.name), &product.file, &body);
    }
    calls(catalog, outputs);
    client(catalog, outputs, &base);
    errors(outputs);
    let mut index =
        String::from("export { GeneratedClient } from './client.js'\nexport { ERRORS } from './errors.js'\n");
    let files =
        ["calls", "common", "errors"].into_iter().chain(catalog.products.iter().map(|product| product.name.as_str()));
    files.for_each(|file| _ = writeln!(index, "export type * from './{file}.js'"));
    outputs.add(DIR, "index.ts", "catalog/", &index);
}

/// The class that holds a product's methods.
fn class(product: &Product) -> String {
    format!("{}Calls", pascal(if product.namespace.is_empty() { &product.name } else { &product.namespace }))
}

fn literal(text: &str) -> String {
    if text.contains('\'') && !text.contains(['"', '\\', '\n']) {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

fn key(op: &str) -> String {
    if op.contains('.') { literal(op) } else { op.to_owned() }
}

fn doc(out: &mut String, indent: &str, text: &str) {
    let _ = writeln!(out, "{indent}/** {} */", text.replace("*/", "* /"));
}

fn param_type(kind: &Kind) -> String {
    match kind {
        Kind::Plain(ParamKind::Integer) => "number".into(),
        Kind::Plain(ParamKind::Boolean) => "boolean".into(),
        Kind::Plain(_) | Kind::Text(_) | Kind::Digits(_) => "string".into(),
        Kind::OneOf(words) => words.iter().map(|word| literal(word)).collect::<Vec<_>>().join(" | "),
        Kind::List(items) => format!("readonly ({})[]", param_type(items)).replace("(string)", "string"),
        Kind::Object(object) => object.name.clone(),
        Kind::File { .. } => "Upload".into(),
    }
}

fn members(out: &mut String, params: &[Param], always: fn(&Param) -> bool) {
    for param in params {
        let example = if param.example.is_empty() { String::new() } else { format!(" Example: `{}`.", param.example) };
        doc(out, "  ", &format!("{}{example}", param.doc));
        let optional = if always(param) { "" } else { "?" };
        let _ = writeln!(out, "  {}{optional}: {}", param.name, param_type(&param.kind));
    }
    out.push_str("}\n\n");
}

fn params(out: &mut String, endpoint: &Endpoint) {
    doc(out, "", &format!("Parameters of `{}`.", endpoint.op));
    let _ = writeln!(out, "export interface {}Params {{", pascal(&endpoint.op));
    members(out, &endpoint.params, Param::is_asked);
}

fn object(out: &mut String, object: &Object) {
    doc(out, "", &object.doc);
    let _ = writeln!(out, "export interface {} {{", object.name);
    members(out, &object.members, |param| param.required);
}

fn fields(out: &mut String, fields: &[Field], in_outcome: bool) {
    for field in fields {
        doc(out, "  ", &field.doc);
        let kind = match field.kind {
            FieldKind::Text | FieldKind::Amount => "string".into(),
            FieldKind::Code => "number".into(),
            FieldKind::Flag => "boolean".into(),
            FieldKind::Object => field.type_name.clone(),
            FieldKind::List => format!("readonly {}[]", field.type_name),
            FieldKind::Texts => "readonly string[]".into(),
            FieldKind::Any => "unknown".into(),
        };
        let there = field.required
            || matches!(field.kind, FieldKind::List | FieldKind::Texts)
            || in_outcome && field.kind == FieldKind::Object;
        let _ = writeln!(out, "  readonly {}{}: {kind}", field.name, if there { "" } else { "?" });
    }
    out.push_str("}\n\n");
}

fn result_type(out: &mut String, found: &Type) {
    doc(out, "", &found.doc);
    let _ = writeln!(out, "export interface {} {{", found.name);
    fields(out, &found.fields, false);
}

fn outcomes(out: &mut String, endpoint: &Endpoint) {
    let name = pascal(&endpoint.op);
    for outcome in &endpoint.outcomes {
        doc(out, "", &outcome.doc);
        let _ = writeln!(out, "export interface {name}{} extends Answered {{", pascal(&outcome.tag));
        let _ = writeln!(out, "  readonly outcome: {}", literal(&outcome.tag));
        if let Some(next) = &outcome.next {
            doc(out, "  ", "The call that EPS names as the next step.");
            let _ = writeln!(out, "  readonly next: {}", literal(next));
        }
        fields(out, &outcome.fields, true);
    }
    doc(out, "", &format!("What `{}` resolves to; `outcome` tells which.", endpoint.op));
    let _ = writeln!(out, "export type {name}Outcome =");
    endpoint.outcomes.iter().for_each(|outcome| _ = writeln!(out, "  | {name}{}", pascal(&outcome.tag)));
    out.push_str(if endpoint.is_money() { "\n" } else { "  | OtherOutcome\n\n" });
}

/// The methods of a product; those of the root products are inherited by the client, one from the other.
fn methods(out: &mut String, product: &Product, base: &str) {
    let (name, root) = (class(product), product.namespace.is_empty());
    doc(out, "", &product.doc);
    let call = if root {
        let _ = writeln!(out, "export abstract class {name} extends {base} {{");
        "this.call"
    } else {
        let _ = write!(out, "export class {name} {{\n  readonly #call: Caller\n\n");
        let _ = writeln!(out, "  /** @internal */\n  constructor(call: Caller) {{\n    this.#call = call\n  }}\n");
        "this.#call"
    };
    let bodies = product.endpoints.iter().map(|endpoint| {
        let (op, types) = (&endpoint.op, pascal(&endpoint.op));
        // Without a parameter that must be given, the call can be written with empty brackets.
        let empty = if endpoint.params.iter().any(Param::is_asked) { "" } else { " = {}" };
        // A debit takes options of its own, a reference for the intent among them.
        let options = if endpoint.is_money() { "MoneyOptions" } else { "CallOptions" };
        format!(
            "{}  {}(params: {types}Params{empty}, options?: {options}): Promise<{types}Outcome> {{\n    return {call}({}, params, options)\n  }}\n",
            method_doc(endpoint),
            endpoint.method_name,
            literal(op),
        )
    });
    let _ = writeln!(out, "{}}}", bodies.collect::<Vec<_>>().join("\n"));
}

fn method_doc(endpoint: &Endpoint) -> String {
    let (effect, meaning) = endpoint.effect.explain();
    let mut lines = vec![
        endpoint.doc.clone(),
        String::new(),
        format!("`{} {}`, effect `{effect}`. {meaning}", endpoint.method.as_str(), endpoint.path),
        String::new(),
        "Resolves to:".into(),
    ];
    let line = |outcome: &Outcome| {
        let next = outcome.next.as_ref().map(|next| format!(" Next: `{next}`.")).unwrap_or_default();
        format!("- `{}`: {}{next}", outcome.tag, outcome.doc)
    };
    lines.extend(endpoint.outcomes.iter().map(line));
    if !endpoint.is_money() {
        lines.push("- `other`: an answer the catalogue does not describe.".into());
    }
    lines.push(String::new());
    let asked = endpoint.params.iter().filter(|param| param.is_asked());
    lines.extend(asked.clone().map(|param| format!("@param params.{} - {}", param.name, param.doc)));
    let more = |param: &Param| format!("@param params.{} - Optional. {}", param.name, param.doc);
    lines.extend(endpoint.params.iter().filter(|param| !param.is_asked()).map(more));
    lines.push("@param options - An `AbortSignal`, a deadline.".into());
    lines.push("@throws {EkoValidationError} A parameter is missing, malformed or unknown; most are found before anything is sent.".into());
    lines.push("@throws {EkoAuthError} EPS did not accept who is calling.".into());
    if endpoint.params.iter().any(|param| param.wire == "otp") {
        lines.push("@throws {EkoOtpError} The OTP is wrong, expired or used.".into());
    }
    lines.push("@throws {EkoRefusedError} EPS understood and said no.".into());
    lines.push("@throws {EkoRateLimitError} Too many requests.".into());
    lines.push(
        "@throws {EkoTransportError} No usable answer arrived; `maybeSent` says whether EPS may have got the request."
            .into(),
    );
    let given: Vec<String> = asked.map(|param| format!("{}: {}", param.name, example(param))).collect();
    let given = if given.is_empty() { String::new() } else { format!("{{ {} }}", given.join(", ")) };
    lines.push(format!("@example\nconst result = await eko.{}({given})", endpoint.op));
    lines.push(format!("@see {}", endpoint.source));
    let body: String =
        lines.join("\n").lines().map(|line| format!("   * {line}").trim_end().to_owned() + "\n").collect();
    format!("  /**\n{}   */\n", body.replace("*/", "* /").replace("*\u{20}/\n", "*/\n"))
}

/// A parameter's example as an expression.
fn example(param: &Param) -> String {
    match &param.kind {
        Kind::Plain(ParamKind::Integer | ParamKind::Boolean) | Kind::List(_) | Kind::Object(_) => param.example.clone(),
        Kind::Plain(_) | Kind::Text(_) | Kind::Digits(_) | Kind::OneOf(_) => literal(&param.example),
        Kind::File { .. } => param.name.clone(),
    }
}

fn calls(catalog: &Catalog, outputs: &mut Outputs) {
    let (mut imports, mut ops) = (String::new(), String::new());
    for product in &catalog.products {
        let names = product.endpoints.iter().map(|endpoint| pascal(&endpoint.op));
        let names: Vec<String> = names.flat_map(|name| [format!("{name}Outcome"), format!("{name}Params")]).collect();
        let _ = writeln!(imports, "import type {{ {} }} from './{}.js'", names.join(", "), product.name);
        for endpoint in &product.endpoints {
            let name = pascal(&endpoint.op);
            doc(&mut ops, "  ", &endpoint.doc);
            let _ = writeln!(ops, "  {}: {{ params: {name}Params; outcome: {name}Outcome }}", key(&endpoint.op));
        }
    }
    outputs.add(
        DIR,
        "calls.ts",
        "catalog/",
        &CALLS.replace("IMPORTS", imports.trim_end()).replace("OPS", ops.trim_end()),
    );
}

fn client(catalog: &Catalog, outputs: &mut Outputs, base: &(String, String)) {
    let mut head = format!("import {{ {} }} from './{}.js'\n", base.0, base.1);
    let mut getters = Vec::new();
    for product in catalog.products.iter().filter(|product| !product.namespace.is_empty()) {
        let (class, Product { namespace, doc, name, .. }) = (class(product), product);
        let _ = writeln!(head, "import {{ {class} }} from './{name}.js'");
        getters.push(format!(
            "  #{namespace}?: {class}\n\n  /** {doc} */\n  get {namespace}(): {class} {{\n    \
             this.#{namespace} ??= new {class}((op, params, options) => this.call(op, params, options))\n    \
             return this.#{namespace}\n  }}\n"
        ));
    }
    let doc = "/** The methods of the client: platform-wide calls on itself, a rail's calls on its namespace. */";
    let class = format!("export abstract class GeneratedClient extends {} {{\n{}}}", base.0, getters.join("\n"));
    outputs.add(DIR, "client.ts", "catalog/", &format!("{head}\n{doc}\n{class}"));
}

fn errors(outputs: &mut Outputs) {
    let classes = [Class::Validation, Class::Auth, Class::Otp, Class::Refused, Class::RateLimit, Class::Transport];
    let classes: Vec<String> = classes.iter().map(|class| literal(class.js_name())).collect();
    let mut out =
        format!("/** The class an error is thrown as. */\nexport type ErrorClass = {}\n\n", classes.join(" | "));
    out.push_str("/** What an error code means for a program. */\nexport interface ErrorInfo {\n");
    out.push_str("  /** The class it is thrown as. */\n  readonly class: ErrorClass\n");
    out.push_str("  /** Whether the same call can succeed later without a change; it does not say that sending again is safe. */\n");
    out.push_str("  readonly retryable: boolean\n  /** What to do next. */\n  readonly action: string\n}\n\n");
    out.push_str(
        "/** A stable name for what went wrong. New ones may be added; none is renamed. */\nexport type ErrorCode =\n",
    );
    Code::ALL.iter().for_each(|code| _ = writeln!(out, "  | {}", literal(code.as_str())));
    out.push_str("\n/** Every error code: its class, whether a later try can help, and what to do. */\n");
    out.push_str("export const ERRORS: Readonly<Record<ErrorCode, ErrorInfo>> = {\n");
    for code in Code::ALL {
        doc(&mut out, "  ", code.doc().trim());
        let (class, action) = (literal(code.class().js_name()), literal(code.action()));
        let retryable = code.retryable();
        let _ =
            writeln!(out, "  {}: {{ class: {class}, retryable: {retryable}, action: {action} }},", key(code.as_str()));
    }
    out.push_str("}\n");
    outputs.add(DIR, "errors.ts", "src/error/code.rs", &out);
}

const COMMON: &str = "import type { Meta } from '../types.js'

/** What every outcome carries. */
export interface Answered {
  /** EPS's ids and message, and how the call went. */
  readonly meta: Meta
  /** The body as it came. */
  readonly raw: string
}

/** An answer the catalogue does not describe: a new kind, or one of another product. */
export interface OtherOutcome extends Answered {
  readonly outcome: 'other'
  /** `data` of the answer, keys in camelCase, numbers as exact text. */
  readonly data?: unknown
}

";

const UPLOAD: &str = "/** A file to upload. */
export interface Upload {
  /** Its name, as EPS shall see it. */
  name: string
  /** Its media type, `application/pdf`. */
  mediaType: string
  /** Its bytes, in base64. */
  data: string
}

";

const CALLS: &str = "import type { CallOptions } from '../types.js'
IMPORTS

/** Every call by its name: what it takes and what it resolves to. */
export interface Ops {
OPS
}

/** The name of a call. */
export type Op = keyof Ops

/** Sends a call by its name. */
export type Caller = <O extends Op>(op: O, params: Ops[O]['params'], options?: CallOptions) => Promise<Ops[O]['outcome']>

/** What the methods stand on. */
export abstract class Calls {
  protected abstract call<O extends Op>(op: O, params: Ops[O]['params'], options?: CallOptions): Promise<Ops[O]['outcome']>
}
";
