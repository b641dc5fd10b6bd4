//! Types of the generated endpoint table. The types contain only data, which the modules `request` and `response` interpret.
//!
//! The table itself is generated from `catalog/*.toml`; see `catalog/README.md` for the format.

use crate::error::Code;

/// One EPS endpoint, as the catalogue describes it.
#[derive(Debug)]
pub struct Endpoint {
    /// Name that callers use, with its namespace: `getCustomer`, `dmt.getSender`.
    pub op: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path template below the base URL: `/customer/profile/{customer_id}`.
    pub path: &'static str,
    /// Base URL under which EPS serves the endpoint.
    pub base: Base,
    /// Side effect of the call, which determines whether the call may be sent again.
    pub effect: Effect,
    /// Content type of the request, which determines the format of the body.
    pub content_type: ContentType,
    /// Parameters in the order of EPS's documentation, which is also their order in the request.
    pub params: &'static [Param],
    /// Rules for the answers that are an outcome of the call.
    pub outcomes: &'static [OutcomeRule],
    /// Rules for the answers that are an error at this endpoint only.
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
    /// Returns the name of the HTTP method.
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
    /// Base URL of EPS's v1 and v2 products: `legacyBaseUrl`, or the configured base URL with `v2` in place of `v3`.
    Legacy,
}

/// Side effect of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Reads data. The call may be retried.
    Read,
    /// Reads data, and may send an OTP to a person. The call is not repeated.
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

/// Content type of a request.
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
    /// Returns the value of the `content-type` header. For a multipart body, the HTTP library adds the boundary.
    pub const fn as_str(self) -> &'static str {
        match self {
            ContentType::Json => "application/json",
            ContentType::Form => "application/x-www-form-urlencoded",
            ContentType::Multipart => "multipart/form-data",
        }
    }
}

/// Declaration of one parameter.
#[derive(Debug)]
pub struct Param {
    /// Name that the caller uses, in camelCase.
    pub name: &'static str,
    /// Name that EPS uses in the request.
    pub wire: &'static str,
    /// Location of the parameter in the request.
    pub location: Location,
    /// Name of the path placeholder that the parameter fills, if it differs from `wire`. If several parameters share one placeholder, the
    /// caller gives exactly one of them.
    pub slot: &'static str,
    /// Text before the value in the path placeholder, such as `client_ref_id:`.
    pub prefix: &'static str,
    /// Kinds of values that a caller may give, with their limits.
    pub kind: Schema,
    /// Encoding of the value in the request.
    pub encoding: Encoding,
    /// True if the call is refused without this parameter.
    pub required: bool,
    /// Source of the value if the caller gives none.
    pub source: Source,
    /// True if the value is masked in every `Debug` output, error and log.
    pub sensitive: bool,
    /// Meaning and unit of the value, in one sentence.
    pub doc: &'static str,
    /// Valid value from EPS's documentation.
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

/// Kind of value that a caller may give for a parameter, with its limits.
#[derive(Debug, Clone, Copy)]
pub enum Schema {
    /// Any text of 1 to `max` characters without control characters.
    Text {
        /// Longest accepted length in characters.
        max: usize,
    },
    /// Decimal digits, kept as text.
    Digits {
        /// Minimum number of digits.
        min: usize,
        /// Maximum number of digits.
        max: usize,
    },
    /// Text that EPS issued. It is sent back unchanged.
    Opaque,
    /// `client_ref_id`: 1 to 20 characters of `A-Za-z0-9_-`.
    Reference,
    /// A calendar date, `YYYY-MM-DD`.
    Date,
    /// Rupees as decimal text with at most two decimals.
    Amount {
        /// Smallest accepted amount in paise.
        min: u64,
        /// Largest accepted amount in paise.
        max: u64,
        /// True if EPS accepts only whole rupees.
        whole: bool,
    },
    /// XML of an RD service (biometric device). It is sent unchanged, with its line breaks.
    Xml,
    /// IFSC of a bank branch: four capital letters, `0`, and six capital letters or digits.
    Ifsc,
    /// Permanent account number (PAN): five capital letters, four digits, and a capital letter.
    Pan,
    /// Position as `latitude,longitude` in decimal degrees.
    LatLong,
    /// Indian mobile number: 10 digits, the first from 6 to 9.
    Mobile,
    /// A whole number below 2^53.
    Integer,
    /// True or false.
    Boolean,
    /// One of the listed values.
    OneOf(&'static [&'static str]),
    /// A list whose items match the schema.
    List(&'static Schema),
    /// An object with declared members.
    Object(&'static [Param]),
    /// A file with a name and an accepted media type.
    File {
        /// Accepted media types.
        media: &'static [&'static str],
        /// Largest size in bytes.
        max_bytes: usize,
    },
}

/// Encoding of a parameter value in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// A JSON string.
    String,
    /// A JSON number if the value stays exact (no leading zero, below 2^53), otherwise a string.
    Number,
    /// The JSON value itself: an array, an object or a boolean.
    Native,
    /// A JSON string that contains the JSON of the value.
    JsonText,
    /// A multipart file part.
    Part,
}

/// Source of a value if the caller gives none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// No source. Only the caller can give the value.
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

/// Rule that maps answers of EPS to one outcome of the call.
#[derive(Debug)]
pub struct OutcomeRule {
    /// Value of `outcome`, such as `found` or `otpRequired`.
    pub tag: &'static str,
    /// Patterns for the answer. The rule applies if at least one pattern matches.
    pub when: &'static [Pattern],
    /// Name (`op`) of the endpoint to call next, if the vendor names one.
    pub next: Option<&'static str>,
    /// Values that the caller gets.
    pub fields: &'static [Field],
}

/// Rule that maps answers of EPS to an error at one endpoint.
#[derive(Debug)]
pub struct RefusalRule {
    /// Error code that the caller gets.
    pub code: Code,
    /// Patterns for the answer. The rule applies if at least one pattern matches.
    pub when: &'static [Pattern],
}

/// Rule that maps answers of EPS to an error, in the same way at every endpoint.
#[derive(Debug)]
pub struct CommonRefusal {
    /// Error code that the caller gets.
    pub code: Code,
    /// Numbers that match the `status` of an answer. Numbers from 17 on also match its `response_status_id`, whose smaller values are only
    /// for display.
    pub ids: &'static [i64],
    /// Numbers that match the `response_type_id` of an answer.
    pub types: &'static [i64],
}

/// Pattern for an answer. The pattern matches if every id that it sets has the same value in the answer. The message text is never
/// compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pattern {
    /// Expected `response_type_id`.
    pub response_type_id: Option<i32>,
    /// Expected `tx_status`. An answer has it in `data`, at the top level, or in both places. If the two values differ, the pattern does
    /// not match.
    pub tx_status: Option<i32>,
    /// True if the pattern matches only an answer without `tx_status`.
    pub stateless: bool,
    /// Expected `status`.
    pub status: Option<i32>,
    /// Expected `response_status_id`. A value below 17 is only for display, so it counts only together with another id of the pattern.
    pub response_status_id: Option<i32>,
    /// Expected HTTP status. It counts only together with another id of the pattern.
    pub http: Option<u16>,
}

/// Declaration of one value of an outcome.
#[derive(Debug)]
pub struct Field {
    /// Name that the caller uses, in camelCase.
    pub name: &'static str,
    /// Dotted paths of the value in EPS's answer, relative to the enclosing object (the body at the top level). The first path with a
    /// readable value is used.
    pub from: &'static [&'static str],
    /// Type to which EPS's value is converted.
    pub kind: FieldKind,
    /// True if the outcome needs this value. An answer without it has the outcome `other`.
    pub required: bool,
    /// Pattern and default value. If an answer contains no value for this field and matches the pattern, the caller gets the default value.
    pub default: Option<&'static (Pattern, i64)>,
    /// True if the value is masked in every `Debug` output.
    pub sensitive: bool,
}

/// Type to which a value of EPS is converted. `""` and `"null"` count as absent for every type.
#[derive(Debug, Clone, Copy)]
pub enum FieldKind {
    /// Text. A number is converted to its exact text.
    Text,
    /// Canonical decimal text: `5287.0`, `"5287.0"` and `5287` are all `"5287"`.
    Amount,
    /// A small whole number: a state, a flag with more than two values, a count.
    Code,
    /// Boolean, written as `0`/`1`, `"0"`/`"1"`, `true`/`false`, `"true"` or `"Y"`.
    Flag,
    /// An object with declared members.
    Object(&'static ObjectType),
    /// A list of objects.
    List(&'static ObjectType),
    /// A list of strings.
    TextList,
    /// A value whose shape EPS does not declare. Objects and lists stay as they arrived, with keys in camelCase and numbers as exact text.
    Any,
}

/// Named object of an outcome. The code generator creates a Rust struct and a TypeScript interface for the object.
#[derive(Debug)]
pub struct ObjectType {
    /// Name of the type, such as `CustomerProfile`.
    pub name: &'static str,
    /// Members of the object.
    pub fields: &'static [Field],
}
