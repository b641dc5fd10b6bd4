//! What goes in and what comes out of interpreting.

use super::meta::Meta;
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// An HTTP answer, however it was received.
#[derive(Clone, Default)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Names and values, as they came.
    pub headers: Vec<(String, String)>,
    /// The body, as it came.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What interpreting needs of an answer, whoever received it.
pub(crate) trait Http {
    fn status(&self) -> u16;
    /// The first header of that name; the name is in lower case.
    fn header(&self, name: &str) -> Option<&str>;
    /// Whether the body came in an encoding. Nobody was asked for one.
    fn is_encoded(&self) -> bool;
    fn body(&self) -> &[u8];
}

impl Http for HttpAnswer {
    fn status(&self) -> u16 {
        self.status
    }

    fn header(&self, name: &str) -> Option<&str> {
        HttpAnswer::header(self, name)
    }

    fn is_encoded(&self) -> bool {
        let mut encodings = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
        encodings.any(|(_, encoding)| !is_identity(encoding))
    }

    fn body(&self) -> &[u8] {
        &self.body
    }
}

/// The one encoding that is none.
pub(crate) fn is_identity(encoding: &str) -> bool {
    encoding.trim().eq_ignore_ascii_case("identity")
}

/// What the request behind an answer carried.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) client_ref_id: Option<&'a str>,
    /// Taken out of every message, should the server repeat them.
    pub(crate) sensitive: &'a [&'a str],
}

/// An outcome in its untyped form: its tag and its fields, normalised.
#[derive(Clone, Serialize)]
pub struct Answer {
    /// The tag.
    pub outcome: &'static str,
    /// The fields, by our names.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
    /// EPS's ids and message.
    pub meta: Meta,
    /// The body as it came. May hold personal data.
    pub raw: String,
}

/// An answer but for its body.
#[derive(Serialize)]
struct Told<'a> {
    outcome: &'static str,
    #[serde(flatten)]
    fields: &'a Map<String, Value>,
    meta: &'a Meta,
}

impl Answer {
    /// The same object without `raw`, and `raw`.
    #[allow(dead_code, reason = "only the door to Node takes them apart")]
    pub(crate) fn into_parts(self) -> (String, String) {
        let Self { outcome, fields, meta, raw } = self;
        (serde_json::to_string(&Told { outcome, fields: &fields, meta: &meta }).unwrap_or_default(), raw)
    }

    /// One JSON object: `{"outcome": …, …fields, "meta": …, "raw": …}`.
    pub fn to_json(&self) -> String {
        // Text keys and finite numbers only: nothing here can fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("outcome", &self.outcome).field("meta", &self.meta).finish_non_exhaustive()
    }
}
