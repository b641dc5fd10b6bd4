//! The TOML of `catalog/`, as it is written. `catalog/README.md` explains every key.

use serde::Deserialize;
use std::collections::BTreeMap;

/// `common.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommonFile {
    #[serde(default, rename = "param")]
    pub params: BTreeMap<String, Param>,
    #[serde(default, rename = "field")]
    pub fields: BTreeMap<String, Field>,
    #[serde(default, rename = "type")]
    pub types: BTreeMap<String, Type>,
    #[serde(default, rename = "refusal")]
    pub refusals: Vec<CommonRefusal>,
}

/// Any other file: one product.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductFile {
    pub product: String,
    pub namespace: String,
    pub doc: String,
    #[serde(default)]
    pub base: Base,
    #[serde(default)]
    pub planned: Vec<String>,
    #[serde(default, rename = "endpoint")]
    pub endpoints: Vec<Endpoint>,
    #[serde(default, rename = "type")]
    pub types: BTreeMap<String, Type>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub op: String,
    pub doc: String,
    pub source: String,
    pub method: Method,
    pub path: String,
    pub effect: Effect,
    #[serde(default)]
    pub content_type: ContentType,
    #[serde(default)]
    pub params: Vec<Param>,
    #[serde(default, rename = "outcome")]
    pub outcomes: Vec<Outcome>,
    #[serde(default, rename = "refusal")]
    pub refusals: Vec<Refusal>,
}

/// A parameter, a common parameter, or the use of one: then only what differs is given.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct Param {
    #[serde(rename = "use")]
    pub uses: Option<String>,
    pub name: Option<String>,
    #[serde(rename = "as")]
    pub alias: Option<String>,
    #[serde(rename = "in")]
    pub place: Option<Place>,
    pub kind: Option<ParamKind>,
    pub max: Option<usize>,
    pub digits: Option<[usize; 2]>,
    pub one_of: Option<Vec<String>>,
    pub of: Option<ParamKind>,
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    pub members: Option<Vec<Param>>,
    pub media: Option<Vec<String>>,
    pub max_bytes: Option<usize>,
    pub carry: Option<Carry>,
    pub required: Option<bool>,
    pub from: Option<ParamSource>,
    pub default: Option<String>,
    pub sensitive: Option<bool>,
    pub doc: Option<String>,
    pub example: Option<String>,
}

/// A value of an outcome, a common one, or the use of one.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct Field {
    #[serde(rename = "use")]
    pub uses: Option<String>,
    pub name: Option<String>,
    #[serde(rename = "as")]
    pub alias: Option<String>,
    pub from: Option<Vec<String>>,
    pub kind: Option<FieldKind>,
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    pub required: Option<bool>,
    pub default: Option<i64>,
    pub default_when: Option<Pattern>,
    pub sensitive: Option<bool>,
    pub doc: Option<String>,
}

macro_rules! overlay {
    ($owner:ident: $($field:ident),+) => {
        impl $owner {
            /// What is given here, else what `base` gives.
            pub fn over(&self, base: &Self) -> Self {
                Self { $($field: self.$field.clone().or_else(|| base.$field.clone()),)+ }
            }
        }
    };
}
overlay!(Param: uses, name, alias, place, kind, max, digits, one_of, of, type_name, members, media, max_bytes, carry, required,
    from, default, sensitive, doc, example);
overlay!(Field: uses, name, alias, from, kind, type_name, required, default, default_when, sensitive, doc);

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Type {
    pub doc: String,
    pub fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub tag: String,
    pub doc: String,
    pub when: Vec<Pattern>,
    pub next: Option<String>,
    #[serde(default)]
    pub fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    pub code: String,
    pub when: Vec<Pattern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommonRefusal {
    pub code: String,
    #[serde(default)]
    pub ids: Vec<i64>,
    #[serde(default)]
    pub types: Vec<i64>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    pub response_type_id: Option<i64>,
    pub tx_status: Option<i64>,
    pub status: Option<i64>,
    pub response_status_id: Option<i64>,
}

impl Pattern {
    /// The ids that are given, by their wire names.
    pub fn ids(&self) -> impl Iterator<Item = (&'static str, i64)> {
        [
            ("response_type_id", self.response_type_id),
            ("tx_status", self.tx_status),
            ("status", self.status),
            ("response_status_id", self.response_status_id),
        ]
        .into_iter()
        .filter_map(|(name, id)| id.map(|id| (name, id)))
    }
}

/// A closed list of words. `Debug` prints the variant, which is also its name in `eko_eps::catalog`.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$word:meta])* $variant:ident),+ }) => {
        #[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
        $(#[$meta])*
        pub enum $name { $($(#[$word])* $variant),+ }
    };
}
words! { #[derive(Default)] #[serde(rename_all = "lowercase")] Base { #[default] Current, Legacy } }
words! { #[serde(rename_all = "UPPERCASE")] Method { Get, Post, Put } }

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

words! { #[serde(rename_all = "kebab-case")] Effect { Read, #[serde(rename = "read+otp")] ReadOtp, Otp, Write, BilledCheck, Money } }

impl Effect {
    /// As the catalogue spells it, and what it means for retries.
    pub fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Read => ("read", "Only reads: repeated on its own within the deadline where the network fails."),
            Self::ReadOtp => {
                ("read+otp", "Reads, and may send an OTP to a person: never repeated once it may have left.")
            }
            Self::Otp => ("otp", "Sends an OTP to a person: never repeated once it may have left."),
            Self::Write => ("write", "Changes a record: never repeated once it may have left."),
            Self::BilledCheck => ("billed-check", "A check that is billed: never repeated once it may have left."),
            Self::Money => ("money", "Moves money: never repeated; an unclear answer is resolved by inquiry."),
        }
    }
}

words! { #[derive(Default)] #[serde(rename_all = "lowercase")] ContentType { #[default] Json, Form, Multipart } }
words! { #[serde(rename_all = "lowercase")] Place { Path, Query, Body } }
words! { #[serde(rename_all = "kebab-case")] Carry { String, Number, Native, JsonText, Part } }
words! { #[serde(rename_all = "camelCase")] ParamSource { InitiatorId, UserCode, Generated } }
words! { #[serde(rename_all = "lowercase")] ParamKind {
    Text, Digits, Opaque, Reference, Date, Amount, Integer, Boolean, OneOf, List, Object, File
} }
words! { #[serde(rename_all = "lowercase")] FieldKind { Text, Amount, Code, Flag, Object, List, Texts, Any } }
