//! Types of the generated endpoint table. They hold data only: the modules `request` and `response` interpret it.
//!
//! The table itself is generated from `catalog/*.toml`; see `catalog/README.md` for the format.

use crate::error::Code;

/// One EPS endpoint, as the catalogue describes it.
#[derive(Debug)]
pub struct Endpoint {
    /// Name that callers use, with its namespace: `getCustomer`, `dmt.getSender`.
    pub op: &'static str,
    /// Description in one sentence.
    pub doc: &'static str,
    /// Vendor's documentation of the endpoint.
    pub source: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path template below the base URL: `/customer/profile/{customer_id}`.
    pub path: &'static str,
    /// Base URL under which EPS serves it.
    pub base: Base,
    /// Side effect of the call. It decides how the call may be sent again.
    pub effect: Effect,
    /// Content type that the endpoint declares. It determines the form of the body.
    pub content_type: ContentType,
    /// Parameters in the order of the specification page, which is also their order on the wire.
    pub params: &'static [Param],
    /// Answers that resolve the call, each with its tag.
    pub outcomes: &'static [OutcomeRule],
    /// Answers that reject the call in a way that only this endpoint has.
    pub refusals: &'static [RefusalRule],
}

/// HTTP methods that EPS uses.
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
    /// Returns the name of the method as written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

/// Base URL under which EPS serves an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The configured base URL, `…/v3`.
    Current,
    /// Base URL of the v1/v2 products: the configured one with `v2` in place of `v3`, or `legacyBaseUrl`.
    Legacy,
}

/// Side effect of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Reads. The call may be retried like a GET.
    Read,
    /// Reads, and may send an OTP to a person. The call is not repeated.
    ReadOtp,
    /// Sends an OTP.
    Otp,
    /// Changes a record.
    Write,
    /// Runs a check that is billed.
    BilledCheck,
    /// Moves money.
    Money,
}

impl Effect {
    /// Returns the name as spelled in the catalogue.
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
    /// Returns the header value. The HTTP library adds the boundary of a multipart body.
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
    /// Name that the caller uses, in camelCase.
    pub name: &'static str,
    /// Name that EPS uses.
    pub wire: &'static str,
    /// Location of the parameter in the request.
    pub place: Location,
    /// Path placeholder that the parameter fills, if that is not `wire`. If several parameters share one slot, the caller gives exactly
    /// one of them.
    pub slot: &'static str,
    /// Text before the value in its slot: `client_ref_id:`.
    pub prefix: &'static str,
    /// Values that a caller may give.
    pub kind: Schema,
    /// JSON type of the value on the wire.
    pub carry: Encoding,
    /// True if the call is refused without this parameter.
    pub required: bool,
    /// Source of the value if the caller gives none.
    pub source: Source,
    /// True if the value is masked in every `Debug` output, error and log.
    pub sensitive: bool,
    /// Meaning and units, in one sentence.
    pub doc: &'static str,
    /// A valid value, as the specification page shows it.
    pub example: &'static str,
}

/// Location of a parameter in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// A placeholder of the path template.
    Path,
    /// The query string.
    Query,
    /// The body.
    Body,
}

/// Values that a caller may give for a parameter.
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
    /// Text that EPS issued. It is sent back unchanged.
    Opaque,
    /// `client_ref_id`: 1 to 20 characters of `A-Za-z0-9_-`.
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

/// JSON type of a value on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// A JSON string.
    String,
    /// A JSON number if the value stays exact (no leading zero, below 2^53), otherwise a string.
    Number,
    /// The value as it is: arrays, objects, booleans.
    Native,
    /// A JSON string that contains the JSON of the value.
    JsonText,
    /// A multipart file part.
    Part,
}

/// Source of a value if the caller gives none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// No other source: only the caller gives the value.
    Caller,
    /// The client's `initiatorId`.
    InitiatorId,
    /// The client's `userCode`.
    UserCode,
    /// A generated value that is unique across processes.
    Generated,
    /// A fixed value.
    Default(&'static str),
}

/// Answers that resolve the call under one tag.
#[derive(Debug)]
pub struct OutcomeRule {
    /// The value of `outcome`: `found`, `otpRequired`.
    pub tag: &'static str,
    /// Meaning of the outcome and what to do next, in one sentence.
    pub doc: &'static str,
    /// Patterns of the answer. One match is enough.
    pub when: &'static [Pattern],
    /// The op to call next, if the vendor names one.
    pub next: Option<&'static str>,
    /// Values that the caller gets.
    pub fields: &'static [Field],
}

/// Answers that reject the call and that only one endpoint has.
#[derive(Debug)]
pub struct RefusalRule {
    /// Error code that the caller gets.
    pub code: Code,
    /// Patterns of the answer. One match is enough.
    pub when: &'static [Pattern],
}

/// Answers that reject the call in the same way at every endpoint.
#[derive(Debug)]
pub struct CommonRefusal {
    /// Error code that the caller gets.
    pub code: Code,
    /// Values of `status`, and values of `response_status_id` that are 17 or more.
    pub ids: &'static [i64],
    /// Values of `response_type_id`.
    pub types: &'static [i64],
}

/// Ids that must all be equal to those of the answer. The message text is never compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pattern {
    /// `response_type_id`
    pub response_type_id: Option<i64>,
    /// `data.tx_status`, or `tx_status` at the top level. If both are present and differ, the answer has no state.
    pub tx_status: Option<i64>,
    /// True if the pattern matches only an answer without `tx_status`. If the answer has one, that value decides.
    pub stateless: bool,
    /// `status`
    pub status: Option<i64>,
    /// `response_status_id`. Values below 17 are for display. They match only together with another id of the pattern.
    pub response_status_id: Option<i64>,
}

/// A value of an outcome.
#[derive(Debug)]
pub struct Field {
    /// Name that the caller uses, in camelCase.
    pub name: &'static str,
    /// Dotted paths of the value on the wire, relative to the enclosing object (the body at the top level). The first path that is
    /// present wins.
    pub from: &'static [&'static str],
    /// Type that the wire value is read as.
    pub kind: FieldKind,
    /// True if an answer without this value is not this outcome but `other`.
    pub required: bool,
    /// Value to use if the wire has none and the answer matches the pattern.
    pub default: Option<(Pattern, i64)>,
    /// True if the value is masked in every `Debug` output.
    pub sensitive: bool,
    /// Meaning and units, in one sentence.
    pub doc: &'static str,
}

/// Type that a wire value is read as. `""` and `"null"` count as absent for every type.
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
    /// A value whose shape EPS does not declare. Objects and lists stay as they arrived, with keys in camelCase and numbers as exact text.
    Any,
}

/// Named object of an outcome. Each one becomes a Rust struct and a TypeScript interface.
#[derive(Debug)]
pub struct ObjectType {
    /// Name of the type: `CustomerProfile`.
    pub name: &'static str,
    /// Description in one sentence.
    pub doc: &'static str,
    /// Members of the object.
    pub fields: &'static [Field],
}
