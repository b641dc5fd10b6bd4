//! Spells the kind of a parameter or a field in Rust, in TypeScript, in the documentation and in the endpoint table.

use crate::model::{Field, FieldKind, Param, ParamKind, Pattern};
use crate::names::{quote, shout};
use std::collections::BTreeMap;

/// Largest amount in paise: 12 digits before the decimal point.
const LARGEST_PAISE: u64 = 99_999_999_999_999;

impl Param {
    fn kind(&self) -> ParamKind {
        self.kind.unwrap_or(ParamKind::Opaque)
    }

    pub fn rust(&self) -> String {
        match self.kind() {
            ParamKind::Integer => "i64".into(),
            ParamKind::Boolean => "bool".into(),
            ParamKind::List => format!("Vec<{}>", self.item().rust()),
            ParamKind::Object => self.type_name.clone(),
            ParamKind::File => "Upload".into(),
            ParamKind::Text
            | ParamKind::Digits
            | ParamKind::Opaque
            | ParamKind::Reference
            | ParamKind::Date
            | ParamKind::Amount
            | ParamKind::OneOf
            | ParamKind::Xml
            | ParamKind::Ifsc
            | ParamKind::Pan
            | ParamKind::LatLong
            | ParamKind::Mobile => "String".into(),
        }
    }

    pub fn typescript(&self) -> String {
        match self.kind() {
            ParamKind::Integer => "number".into(),
            ParamKind::Boolean => "boolean".into(),
            ParamKind::List if self.of == Some(ParamKind::OneOf) => {
                format!("readonly ({})[]", self.item().typescript())
            }
            ParamKind::List => format!("readonly {}[]", self.item().typescript()),
            ParamKind::Object => self.type_name.clone(),
            ParamKind::File => "Upload".into(),
            ParamKind::OneOf => self.one_of.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" | "),
            ParamKind::Text
            | ParamKind::Digits
            | ParamKind::Opaque
            | ParamKind::Reference
            | ParamKind::Date
            | ParamKind::Amount
            | ParamKind::Xml
            | ParamKind::Ifsc
            | ParamKind::Pan
            | ParamKind::LatLong
            | ParamKind::Mobile => "string".into(),
        }
    }

    /// Returns the smallest and the largest amount in paise. Without bounds, every amount from one paisa up is accepted.
    pub fn paise(&self) -> (u64, u64) {
        self.rupees.map_or((1, LARGEST_PAISE), |[min, max]| (min * 100, max * 100))
    }

    pub fn prose(&self) -> String {
        match self.kind() {
            ParamKind::Text => format!("text, at most {} characters", self.max.unwrap_or_default()),
            ParamKind::Digits => match self.digits.unwrap_or_default() {
                [min, max] if min == max => format!("{min} digits, as text"),
                [min, max] => format!("{min} to {max} digits, as text"),
            },
            ParamKind::Opaque => "text that EPS issued, unchanged".into(),
            ParamKind::Reference => "1 to 20 characters of `A-Za-z0-9_-`".into(),
            ParamKind::Date => "date, `YYYY-MM-DD`".into(),
            ParamKind::Amount => {
                let whole = if self.whole == Some(true) { "whole rupees" } else { "rupees" };
                let bounds = self.rupees.map(|[min, max]| format!(", {min} to {max}")).unwrap_or_default();
                format!("{whole}, as decimal text{bounds}")
            }
            ParamKind::Xml => "XML of the device, unchanged".into(),
            ParamKind::Ifsc => "IFSC, 11 characters".into(),
            ParamKind::Pan => "PAN, 10 characters".into(),
            ParamKind::LatLong => "`latitude,longitude` in decimal degrees".into(),
            ParamKind::Mobile => "mobile number, 10 digits, as text".into(),
            ParamKind::Integer => "whole number".into(),
            ParamKind::Boolean => "true or false".into(),
            ParamKind::OneOf => format!("one of `{}`", self.one_of.join("`, `")),
            ParamKind::List => format!("list of: {}", self.item().prose()),
            ParamKind::Object => "object".into(),
            ParamKind::File => {
                format!("file, {}, at most {} bytes", self.media.join(" or "), self.max_bytes.unwrap_or_default())
            }
        }
    }

    /// Returns the kind as a Rust expression, such as `Schema::Digits { min: 10, max: 10 }`.
    fn table_kind(&self, bases: &BTreeMap<String, Param>) -> String {
        match self.kind() {
            ParamKind::Text => format!("Schema::Text {{ max: {} }}", self.max.unwrap_or_default()),
            ParamKind::Digits => {
                let [min, max] = self.digits.unwrap_or_default();
                format!("Schema::Digits {{ min: {min}, max: {max} }}")
            }
            ParamKind::OneOf => format!("Schema::OneOf(&{:?})", self.one_of),
            ParamKind::List => format!("Schema::List(&{})", self.item().table_kind(bases)),
            ParamKind::Object => {
                let members = self.members.iter().map(|member| member.table(bases));
                format!("Schema::Object(&[{}])", members.collect::<Vec<_>>().join(", "))
            }
            ParamKind::File => {
                let max = self.max_bytes.unwrap_or_default();
                format!("Schema::File {{ media: &{:?}, max_bytes: {max} }}", self.media)
            }
            ParamKind::Amount => {
                let (min, max) = self.paise();
                format!("Schema::Amount {{ min: {min}, max: {max}, whole: {} }}", self.whole == Some(true))
            }
            plain @ (ParamKind::Opaque
            | ParamKind::Reference
            | ParamKind::Date
            | ParamKind::Integer
            | ParamKind::Boolean
            | ParamKind::Xml
            | ParamKind::Ifsc
            | ParamKind::Pan
            | ParamKind::LatLong
            | ParamKind::Mobile) => format!("Schema::{plain:?}"),
        }
    }

    /// Returns the parameter as a Rust expression. The expression contains only the values that differ from the parameter in `common.toml`,
    /// such as `Param { location: Location::Path, ..param::CUSTOMER_ID }`.
    pub fn table(&self, bases: &BTreeMap<String, Param>) -> String {
        let plain = Self { required: Some(true), ..Self::default() };
        let base = bases.get(&self.uses);
        let name = base.map_or_else(|| "PARAM".into(), |_| format!("param::{}", shout(&self.uses)));
        let (own, base) = (self.expressions(bases), base.unwrap_or(&plain).expressions(bases));
        differing("Param", own, base, &name)
    }

    fn expressions(&self, bases: &BTreeMap<String, Param>) -> Vec<(&'static str, String)> {
        let source = match (self.from, &self.default) {
            (Some(from), _) => format!("Source::{from:?}"),
            (None, Some(text)) => format!("Source::Default({text:?})"),
            (None, None) => "Source::Caller".into(),
        };
        vec![
            ("name", format!("{:?}", self.name)),
            ("wire", format!("{:?}", self.wire)),
            (
                "location",
                format!("Location::{}", self.location.map_or("Body".into(), |location| format!("{location:?}"))),
            ),
            ("slot", format!("{:?}", self.slot)),
            ("prefix", format!("{:?}", self.prefix)),
            ("kind", self.table_kind(bases)),
            (
                "encoding",
                format!("Encoding::{}", self.encoding.map_or("String".into(), |encoding| format!("{encoding:?}"))),
            ),
            ("required", self.is_required().to_string()),
            ("source", source),
            ("sensitive", (self.sensitive == Some(true)).to_string()),
            ("doc", format!("{:?}", self.doc)),
            ("example", format!("{:?}", self.example)),
        ]
    }
}

impl Field {
    fn kind(&self) -> FieldKind {
        self.kind.unwrap_or(FieldKind::Any)
    }

    /// Returns true if the field is never absent. Lists are never absent, and neither are objects at the top of an outcome, so that a
    /// caller can access their members without a check.
    pub fn is_always(&self, top: bool) -> bool {
        let list = matches!(self.kind(), FieldKind::List | FieldKind::Texts);
        list || self.required == Some(true) || top && self.kind() == FieldKind::Object
    }

    /// Returns the type of the field in Rust, in TypeScript and in the documentation, without `Option`.
    pub fn spelled(&self) -> [String; 3] {
        let name = &self.type_name;
        match self.kind() {
            FieldKind::Text => ["String", "string", "text"].map(String::from),
            FieldKind::Amount => ["String", "string", "amount, as decimal text"].map(String::from),
            FieldKind::Code => ["i64", "number", "number"].map(String::from),
            FieldKind::Flag => ["bool", "boolean", "true or false"].map(String::from),
            FieldKind::Texts => ["Vec<String>", "readonly string[]", "list of text"].map(String::from),
            FieldKind::Any => ["serde_json::Value", "unknown", "JSON value, names in camelCase"].map(String::from),
            FieldKind::Object => [name.clone(), name.clone(), name.clone()],
            FieldKind::List => [format!("Vec<{name}>"), format!("readonly {name}[]"), format!("list of {name}")],
        }
    }

    /// Returns the field as a Rust expression. The expression contains only the values that differ from the field in `common.toml`, such as
    /// `Field { required: true, ..field::OTP_REF_ID }`.
    pub fn table(&self, bases: &BTreeMap<String, Field>) -> String {
        let plain = Self { kind: Some(FieldKind::Text), ..Self::default() };
        let base = bases.get(&self.uses);
        let name = base.map_or_else(|| "FIELD".into(), |_| format!("field::{}", shout(&self.uses)));
        differing("Field", self.expressions(), base.unwrap_or(&plain).expressions(), &name)
    }

    fn expressions(&self) -> Vec<(&'static str, String)> {
        let kind = match self.kind() {
            FieldKind::Texts => "FieldKind::TextList".into(),
            kind @ (FieldKind::Object | FieldKind::List) => format!("FieldKind::{kind:?}(&{})", shout(&self.type_name)),
            plain @ (FieldKind::Text | FieldKind::Amount | FieldKind::Code | FieldKind::Flag | FieldKind::Any) => {
                format!("FieldKind::{plain:?}")
            }
        };
        let default = self.default.zip(self.default_when);
        let default = default.map(|(value, when)| format!("Some(&({}, {value}))", when.table()));
        vec![
            ("name", format!("{:?}", self.name)),
            ("from", format!("&{:?}", self.from)),
            ("kind", kind),
            ("required", (self.required == Some(true)).to_string()),
            ("default", default.unwrap_or_else(|| "None".into())),
            ("sensitive", (self.sensitive == Some(true)).to_string()),
        ]
    }
}

impl Pattern {
    /// Returns the pattern as a Rust expression, such as `Pattern { response_type_id: Some(2129), ..ANY }`.
    pub fn table(&self) -> String {
        let ids: String = self.ids().into_iter().map(|(name, id)| format!("{name}: Some({id}), ")).collect();
        let stateless = if self.stateless { "stateless: true, " } else { "" };
        format!("Pattern {{ {ids}{stateless}..ANY }}")
    }

    pub fn prose(&self) -> String {
        let ids = self.ids().into_iter().map(|(name, id)| format!("`{name}` {id}"));
        let ids = ids.collect::<Vec<_>>().join(" and ");
        if self.stateless { format!("{ids} without `tx_status`") } else { ids }
    }
}

type Expressions = Vec<(&'static str, String)>;

fn differing(kind: &str, own: Expressions, base: Expressions, name: &str) -> String {
    let differing = own.into_iter().zip(base).filter(|(own, base)| own != base);
    let given: String = differing.map(|((member, value), _)| format!("{member}: {value}, ")).collect();
    if given.is_empty() { name.to_owned() } else { format!("{kind} {{ {given}..{name} }}") }
}
