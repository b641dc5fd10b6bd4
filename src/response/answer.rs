//! What goes in and what comes out of interpreting.

use super::encoding::ContentCoding;
use super::json::JsonWriter;
use crate::error::Meta;
use serde_json::{Map, Value};
use std::fmt;

/// An HTTP answer, however it was received.
#[derive(Clone, Default)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Names and values, as they came.
    pub headers: Vec<(String, String)>,
    /// The body, as it came: where a header says that it is compressed, it still is.
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
    /// How the body is encoded. No encoding was asked for.
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

/// What the request behind an answer carried.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RequestContext<'a> {
    pub(crate) client_ref_id: Option<&'a str>,
    /// Taken out of every message, should the server repeat them.
    pub(crate) sensitive: &'a [&'a str],
}

/// An outcome in its untyped form: its tag and its fields, normalised.
#[derive(Clone)]
pub struct Answer {
    /// The tag.
    pub outcome: &'static str,
    pub(super) members: JsonWriter,
    /// EPS's ids and message.
    pub meta: Meta,
    /// The body as it came, decoded where it was compressed, with U+FFFD for what is no UTF-8. May hold personal data.
    pub raw: String,
}

impl Answer {
    /// The fields, by our names.
    pub fn fields(&self) -> Map<String, Value> {
        self.members.to_map()
    }

    /// The tag and the fields as one JSON object, with what `rest` adds.
    fn written(&self, rest: impl FnOnce(&mut Vec<u8>)) -> String {
        let members = self.members.as_bytes();
        let mut out = Vec::with_capacity(members.len() + 320);
        let comma: &[u8] = if members.is_empty() { b"" } else { b"," };
        let parts: [&[u8]; 5] = [b"{\"outcome\":\"", self.outcome.as_bytes(), b"\"", comma, members];
        parts.into_iter().for_each(|part| out.extend_from_slice(part));
        rest(&mut out);
        out.push(b'}');
        // All of it was text.
        String::from_utf8(out).unwrap_or_default()
    }

    fn write_meta(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"meta\":");
        // Numbers and texts only: nothing here can fail to serialise.
        let _ = serde_json::to_writer(out, &self.meta);
    }

    /// The outcome alone, for its type.
    pub(crate) fn outcome_json(&self) -> String {
        self.written(|_| ())
    }

    /// The same object as [`Answer::to_json`] gives but without `raw`, and `raw`.
    #[allow(dead_code, reason = "only the door to Node takes them apart")]
    pub(crate) fn into_parts(self) -> (String, String) {
        (self.written(|out| self.write_meta(out)), self.raw)
    }

    /// One JSON object: `{"outcome": …, …fields, "meta": …, "raw": …}`.
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
