//! Format of the TOML files in `catalog/`. `resolve` fills in the values that the files omit.

use serde::Deserialize;
use std::collections::BTreeMap;

pub struct Catalog {
    pub common: Common,
    pub products: Vec<Product>,
}

/// Content of `common.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    #[serde(default, rename = "param")]
    pub params: BTreeMap<String, Param>,
    #[serde(default, rename = "field")]
    pub fields: BTreeMap<String, Field>,
    #[serde(default, rename = "type")]
    pub types: BTreeMap<String, Type>,
    #[serde(default, rename = "refusal")]
    pub refusals: Vec<CommonRefusal>,
}

/// Content of the TOML file of one product.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    #[serde(skip)]
    pub file: String,
    #[serde(rename = "product")]
    pub name: String,
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
    /// Name of the call within its namespace, such as `getSender`.
    #[serde(rename = "op")]
    pub method_name: String,
    /// Full name of the call, such as `dmt.getSender`.
    #[serde(skip)]
    pub op: String,
    pub doc: String,
    /// Facts about the endpoint that nobody has confirmed, in whole sentences.
    pub unconfirmed: Option<String>,
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

/// Parameter of an endpoint, or a common parameter. A parameter with `use` has only the values that differ from the
/// common parameter.
#[derive(Deserialize, Clone, Default, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Param {
    #[serde(rename = "use")]
    pub uses: String,
    #[serde(rename = "name")]
    pub wire: String,
    #[serde(rename = "as")]
    pub name: String,
    #[serde(rename = "in")]
    pub location: Option<Location>,
    /// Placeholder of the path that the parameter fills, if the name differs. Parameters with the same slot exclude
    /// each other.
    pub slot: String,
    /// Text before the value in the placeholder of the path.
    pub prefix: String,
    pub kind: Option<ParamKind>,
    pub max: Option<usize>,
    /// Smallest and largest amount in rupees.
    pub rupees: Option<[u64; 2]>,
    /// True if EPS accepts only whole rupees.
    pub whole: Option<bool>,
    pub digits: Option<[usize; 2]>,
    pub one_of: Vec<String>,
    pub of: Option<ParamKind>,
    #[serde(rename = "type")]
    pub type_name: String,
    pub members: Vec<Param>,
    pub media: Vec<String>,
    pub max_bytes: Option<usize>,
    pub encoding: Option<Encoding>,
    pub required: Option<bool>,
    pub from: Option<ParamSource>,
    pub default: Option<String>,
    pub sensitive: Option<bool>,
    pub doc: String,
    pub example: String,
    /// Generated module that contains the object types of the parameter.
    #[serde(skip)]
    pub module: String,
}

/// Field of an outcome or of an object type, or a field that `common.toml` shares. A field with `use` refers to a shared
/// field and has only what differs from it.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Field {
    #[serde(rename = "use")]
    pub uses: String,
    #[serde(rename = "name")]
    pub wire: String,
    #[serde(rename = "as")]
    pub name: String,
    pub from: Vec<String>,
    pub kind: Option<FieldKind>,
    #[serde(rename = "type")]
    pub type_name: String,
    pub required: Option<bool>,
    pub default: Option<i64>,
    pub default_when: Option<Pattern>,
    pub sensitive: Option<bool>,
    pub doc: String,
}

macro_rules! inherit {
    ($owner:ident: $($field:ident),+) => {
        impl $owner {
            /// Copies from `base` each value that is not set in `self`.
            pub fn inherit(&mut self, base: &Self) {
                let plain = Self::default();
                $(if self.$field == plain.$field { self.$field = base.$field.clone(); })+
            }
        }
    };
}
inherit!(Param: wire, name, location, kind, max, rupees, whole, digits, one_of, of, type_name, members, media, max_bytes, encoding, required, from,
    default, sensitive, doc, example);
inherit!(Field: wire, name, from, kind, type_name, required, default, default_when, sensitive, doc);

#[derive(Deserialize)]
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

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    pub response_type_id: Option<i64>,
    pub tx_status: Option<i64>,
    /// Matches only a response without `tx_status`.
    #[serde(default)]
    pub stateless: bool,
    pub status: Option<i64>,
    pub response_status_id: Option<i64>,
    /// HTTP status of the response. A pattern must contain another id too.
    pub http: Option<u16>,
}

impl Param {
    /// Returns the name of the placeholder that the parameter fills if it is in the path.
    pub fn placeholder(&self) -> &str {
        if self.slot.is_empty() { &self.wire } else { &self.slot }
    }
}

impl Pattern {
    /// Returns the ids of the pattern with their wire names.
    pub fn ids(&self) -> Vec<(&'static str, i64)> {
        let all = [
            ("response_type_id", self.response_type_id),
            ("tx_status", self.tx_status),
            ("status", self.status),
            ("response_status_id", self.response_status_id),
            ("http", self.http.map(i64::from)),
        ];
        all.into_iter().filter_map(|(name, id)| Some((name, id?))).collect()
    }
}

impl Product {
    /// Returns true if the product has no namespace, so that its calls are methods of the client.
    pub fn is_root(&self) -> bool {
        self.namespace.is_empty()
    }
}

impl Param {
    pub fn is_required(&self) -> bool {
        self.required == Some(true)
    }

    /// Returns true if the caller must give the parameter.
    pub fn is_asked(&self) -> bool {
        self.is_required() && self.from.is_none() && self.default.is_none()
    }

    /// Returns the description of one item of the list.
    pub fn item(&self) -> Self {
        Self { kind: self.of, of: None, ..self.clone() }
    }

    /// Returns the parameter and its members that are objects, outermost first.
    pub fn objects(&self) -> Vec<&Self> {
        let within = self.members.iter().flat_map(Self::objects);
        (!self.members.is_empty()).then_some(self).into_iter().chain(within).collect()
    }
}

impl Field {
    /// Returns true if `Debug` masks the value. A value of the kind `any` is masked because it may contain anything.
    pub fn is_hidden(&self) -> bool {
        self.sensitive == Some(true) || self.kind == Some(FieldKind::Any)
    }
}

/// Defines the enum of the words that a TOML key accepts. `Debug` prints the variant's name, which is the same in
/// `eko_eps::catalog`.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$word:meta])* $variant:ident),+ }) => {
        #[derive(Deserialize, Clone, Copy, PartialEq, Debug)]
        $(#[$meta])*
        pub enum $name { $($(#[$word])* $variant),+ }
    };
}
words! { #[derive(Default)] #[serde(rename_all = "lowercase")] Base { #[default] Current, Legacy } }
words! { #[serde(rename_all = "UPPERCASE")] Method { Get, Post, Put } }
words! { #[derive(Default)] #[serde(rename_all = "lowercase")] ContentType { #[default] Json, Form, Multipart } }
words! { #[serde(rename_all = "lowercase")] Location { Path, Query, Body } }
words! { #[serde(rename_all = "kebab-case")] Encoding { String, Number, Native, JsonText, Part } }
words! { #[serde(rename_all = "camelCase")] ParamSource { InitiatorId, UserCode, Generated } }
words! { #[serde(rename_all = "lowercase")] ParamKind {
    Text, Digits, Opaque, Reference, Date, Amount, Integer, Boolean, OneOf, List, Object, File, Xml, Ifsc, Pan, LatLong, Mobile
} }
words! { #[serde(rename_all = "lowercase")] FieldKind { Text, Amount, Code, Flag, Object, List, Texts, Any } }
words! { #[serde(rename_all = "kebab-case")] Effect {
    Read, #[serde(rename = "read+otp")] ReadOtp, Otp, Write, BilledCheck, Money
} }

impl Effect {
    /// Returns the rule for retries, for the generated documentation.
    pub fn explain(self) -> &'static str {
        match self {
            Self::Read => "Only reads. The client repeats the call within the deadline if the network fails.",
            Self::ReadOtp => {
                "Reads, and may send an OTP to a person. The client never repeats a call that EPS may have processed."
            }
            Self::Otp => "Sends an OTP to a person. The client never repeats a call that EPS may have processed.",
            Self::Write => "Changes a record. The client never repeats a call that EPS may have processed.",
            Self::BilledCheck => {
                "Makes a check that is billed. The client never repeats a call that EPS may have processed."
            }
            Self::Money => {
                "Moves money. The client never repeats a call that EPS may have processed. An inquiry shows the result."
            }
        }
    }
}
