//! What the generated endpoint table is made of. Data only: `request` and `response` give it meaning.
//!
//! The table itself is generated from `catalog/*.toml`; see `catalog/README.md` for the format.

use crate::error::Code;

/// One EPS endpoint, as the catalogue describes it.
#[derive(Debug)]
pub struct Endpoint {
    /// The name callers use, with its namespace: `getCustomer`, `dmt.getSender`.
    pub op: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Where the vendor documents it.
    pub source: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path template below the base URL: `/customer/profile/{customer_id}`.
    pub path: &'static str,
    /// Which base URL it is served under.
    pub base: Base,
    /// What the call does to the world; decides how it may be re-sent.
    pub effect: Effect,
    /// The content type it declares, and so the form of its body.
    pub content_type: ContentType,
    /// In the order of the specification page, which is the order on the wire.
    pub params: &'static [Param],
    /// Answers that resolve, each with its tag.
    pub outcomes: &'static [OutcomeRule],
    /// Answers that reject in a way only this endpoint knows.
    pub refusals: &'static [RefusalRule],
}

/// HTTP methods EPS uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

impl Method {
    /// As written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

/// Which base URL an endpoint is served under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The configured base URL, `…/v3`.
    Current,
    /// The v1/v2 products: `v3` swapped for `v2`, or `legacyBaseUrl`.
    Legacy,
}

/// What a call does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Reads; may be retried like a GET.
    Read,
    /// Reads, and may send an OTP to a person: not repeated.
    ReadOtp,
    /// Sends an OTP.
    Otp,
    /// Changes a record.
    Write,
    /// A check that is billed.
    BilledCheck,
    /// Moves money.
    Money,
}

impl Effect {
    /// As spelled in the catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::ReadOtp => "read+otp",
            Effect::Otp => "otp",
            Effect::Write => "write",
            Effect::BilledCheck => "billed-check",
            Effect::Money => "money",
        }
    }
}

/// The content type of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentType {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `multipart/form-data`: one text part named `form-data` with the JSON of all values, then the files.
    Multipart,
}

impl ContentType {
    /// The header value (a multipart boundary is added by the HTTP library).
    pub const fn as_str(self) -> &'static str {
        match self {
            ContentType::Json => "application/json",
            ContentType::Form => "application/x-www-form-urlencoded",
            ContentType::Multipart => "multipart/form-data",
        }
    }
}

/// One declared parameter.
#[derive(Debug)]
pub struct Param {
    /// The caller's name, camelCase.
    pub name: &'static str,
    /// EPS's name.
    pub wire: &'static str,
    /// Where it travels.
    pub place: Location,
    /// The placeholder of the path it fills, where that is not `wire`. Of the params of one slot exactly one is given.
    pub slot: &'static str,
    /// What stands before the value in its slot: `client_ref_id:`.
    pub prefix: &'static str,
    /// What a caller may give.
    pub kind: Schema,
    /// The JSON type it travels as.
    pub carry: Encoding,
    /// Whether the call is refused without it.
    pub required: bool,
    /// Who gives it when the caller does not.
    pub source: Source,
    /// Masked in every `Debug`, error and log.
    pub sensitive: bool,
    /// One sentence: meaning and units.
    pub doc: &'static str,
    /// A valid value, as the specification page shows it.
    pub example: &'static str,
}

/// Where a parameter travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the path template.
    Path,
    /// In the query string.
    Query,
    /// In the body.
    Body,
}

/// What a caller may give for a parameter.
#[derive(Debug, Clone, Copy)]
pub enum Schema {
    /// Any text of 1 to `max` characters without control characters.
    Text {
        /// Longest accepted length in characters.
        max: usize,
    },
    /// Decimal digits, kept as text.
    Digits {
        /// Fewest digits.
        min: usize,
        /// Most digits.
        max: usize,
    },
    /// Text that EPS issued and that goes back untouched.
    Opaque,
    /// `client_ref_id`: 1 to 20 of `A-Za-z0-9_-`.
    Reference,
    /// A calendar date, `YYYY-MM-DD`.
    Date,
    /// Rupees as decimal text with at most two decimals.
    Amount,
    /// A whole number below 2^53.
    Integer,
    /// True or false.
    Boolean,
    /// One of a closed list.
    OneOf(&'static [&'static str]),
    /// A list of `items`.
    List(&'static Schema),
    /// An object with declared members.
    Object(&'static [Param]),
    /// A file: bytes, a name and one of these media types.
    File {
        /// Accepted media types.
        media: &'static [&'static str],
        /// Largest size in bytes.
        max_bytes: usize,
    },
}

/// The JSON type a value travels as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// A JSON string.
    String,
    /// A JSON number where that loses nothing (no leading zero, below 2^53), else a string.
    Number,
    /// The value as it is: arrays, objects, booleans.
    Native,
    /// The value's JSON inside a JSON string.
    JsonText,
    /// A multipart file part.
    Part,
}

/// Who gives a value when the caller does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Only the caller.
    Caller,
    /// The client's `initiatorId`.
    InitiatorId,
    /// The client's `userCode`.
    UserCode,
    /// Generated, unique across processes.
    Generated,
    /// A fixed value.
    Default(&'static str),
}

/// Answers that resolve under one tag.
#[derive(Debug)]
pub struct OutcomeRule {
    /// The value of `outcome`: `found`, `otpRequired`.
    pub tag: &'static str,
    /// One sentence: what it means and what to do.
    pub doc: &'static str,
    /// Any of these matches.
    pub when: &'static [Pattern],
    /// The op to call next, if the vendor names one.
    pub next: Option<&'static str>,
    /// What the caller gets.
    pub fields: &'static [Field],
}

/// Answers that reject, known to one endpoint.
#[derive(Debug)]
pub struct RefusalRule {
    /// What it means.
    pub code: Code,
    /// Any of these matches.
    pub when: &'static [Pattern],
}

/// Answers that reject in the same way at every endpoint.
#[derive(Debug)]
pub struct CommonRefusal {
    /// What it means.
    pub code: Code,
    /// Values of `status`, and of `response_status_id` from 17 up.
    pub ids: &'static [i64],
    /// Values of `response_type_id`.
    pub types: &'static [i64],
}

/// Ids that must all be equal. The message text never decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pattern {
    /// `response_type_id`
    pub response_type_id: Option<i64>,
    /// `data.tx_status`, or `tx_status` at the top; two that differ are none.
    pub tx_status: Option<i64>,
    /// Only of an answer that names no `tx_status`: where it names one, that decides.
    pub stateless: bool,
    /// `status`
    pub status: Option<i64>,
    /// `response_status_id`; values below 17 are for display and never match
    pub response_status_id: Option<i64>,
}

/// A value of an outcome.
#[derive(Debug)]
pub struct Field {
    /// The caller's name, camelCase.
    pub name: &'static str,
    /// Where it may stand on the wire, dotted, relative to the enclosing object (the body at the top); the first present wins.
    pub from: &'static [&'static str],
    /// How it is read.
    pub kind: FieldKind,
    /// Without it the answer is not this outcome but `other`.
    pub required: bool,
    /// The value where the wire has none and the answer matches the pattern.
    pub default: Option<(Pattern, i64)>,
    /// Masked in every `Debug`.
    pub sensitive: bool,
    /// One sentence: meaning and units.
    pub doc: &'static str,
}

/// How a wire value is read. `""` and `"null"` are absent for all of them.
#[derive(Debug, Clone, Copy)]
pub enum FieldKind {
    /// Text; a number becomes its exact text.
    Text,
    /// Canonical decimal text: `5287.0`, `"5287.0"` and `5287` are all `"5287"`.
    Amount,
    /// A small whole number: a state, a flag with more than two values, a count.
    Code,
    /// `0`/`1`, `"0"`/`"1"`, `true`/`false`, `"true"`, `"Y"`.
    Flag,
    /// An object with declared members.
    Object(&'static ObjectType),
    /// A list of objects.
    List(&'static ObjectType),
    /// A list of texts.
    TextList,
    /// A shape EPS does not declare: objects and lists as they came, keys in camelCase, numbers as exact text.
    Any,
}

/// A named object of an outcome; one Rust struct and one TypeScript interface each.
#[derive(Debug)]
pub struct ObjectType {
    /// `CustomerProfile`
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Its members.
    pub fields: &'static [Field],
}
