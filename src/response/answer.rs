//! Input and output types of the interpretation of responses.

use super::encoding::ContentCoding;
use super::json::JsonWriter;
use crate::error::Meta;
use serde_json::{Map, Value};
use std::fmt;

/// HTTP response that any HTTP client has received.
#[derive(Clone, Default)]
pub struct HttpAnswer {
    /// HTTP status code.
    pub status: u16,
    /// Names and values of the headers, as received.
    pub headers: Vec<(String, String)>,
    /// Body, as received. If a header names a compression, the body is still compressed.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// Returns the value of the first header with this name. The case of the name does not matter.
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

/// Parts of an HTTP response that the interpretation needs.
pub(crate) trait Http {
    fn status(&self) -> u16;
    /// Returns the value of the first header with this name. The caller must pass the name in lower case.
    fn header(&self, name: &str) -> Option<&str>;
    fn encoding(&self) -> ContentCoding;
    fn body(&self) -> &[u8];
}

impl Http for HttpAnswer {
    fn status(&self) -> u16 {
        self.status
    }

    fn header(&self, name: &str) -> Option<&str> {
        HttpAnswer::header(self, name)
    }

    fn encoding(&self) -> ContentCoding {
        let encodings = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
        ContentCoding::of(encodings.map(|(_, encoding)| Some(encoding.as_str())))
    }

    fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Parts of a request that the interpretation of its response needs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RequestContext<'a> {
    pub(crate) client_ref_id: Option<&'a str>,
    /// Sensitive values of the request. They are removed from every message, in case the server repeats them.
    pub(crate) sensitive: &'a [&'a str],
}

/// Outcome of any call, as a tag and normalized fields.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// Tag of the outcome.
    pub outcome: &'static str,
    pub(super) members: JsonWriter,
    /// Ids and message that EPS sent.
    pub meta: Meta,
    /// Response body as text. The body is decompressed, and invalid UTF-8 is replaced with U+FFFD. It may contain personal data.
    pub raw: String,
}

impl Answer {
    /// Returns the fields as a JSON object with this library's camelCase names.
    pub fn fields(&self) -> Map<String, Value> {
        self.members.to_map()
    }

    /// Returns the tag and the fields as one JSON object. `rest` can append more members.
    fn written(&self, rest: impl FnOnce(&mut Vec<u8>)) -> String {
        let members = self.members.as_bytes();
        let mut out = Vec::with_capacity(members.len() + 320);
        let comma: &[u8] = if members.is_empty() { b"" } else { b"," };
        let parts: [&[u8]; 5] = [b"{\"outcome\":\"", self.outcome.as_bytes(), b"\"", comma, members];
        parts.into_iter().for_each(|part| out.extend_from_slice(part));
        rest(&mut out);
        out.push(b'}');
        // Every part of the output is valid UTF-8.
        String::from_utf8(out).unwrap_or_default()
    }

    fn write_meta(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"meta\":");
        // The metadata contains only plain values, so serialization cannot fail.
        let _ = serde_json::to_writer(out, &self.meta);
    }

    /// Returns the tag and the fields as JSON, from which the typed outcome is deserialized.
    pub(crate) fn outcome_json(&self) -> String {
        self.written(|_| ())
    }

    /// Returns the object of [`Answer::to_json`] without `raw`, and `raw` separately.
    #[allow(dead_code, reason = "only the Node binding uses this method")]
    pub(crate) fn into_parts(self) -> (String, String) {
        (self.written(|out| self.write_meta(out)), self.raw)
    }

    /// Returns one JSON object: `{"outcome": …, …fields, "meta": …, "raw": …}`.
    pub fn to_json(&self) -> String {
        self.written(|out| {
            self.write_meta(out);
            out.extend_from_slice(b",\"raw\":");
            let _ = serde_json::to_writer(out, &self.raw);
        })
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("outcome", &self.outcome).field("meta", &self.meta).finish_non_exhaustive()
    }
}
