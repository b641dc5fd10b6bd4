//! Writer for the members of a JSON object. The members are written while the response is read. Building a tree of values first would take
//! longer than the rest of the work on a response.

use serde::Serialize;
use serde_json::{Map, Value};

/// Buffer with the members of a JSON object, without the surrounding braces.
#[derive(Clone, Default)]
pub(crate) struct JsonWriter(Vec<u8>);

impl JsonWriter {
    /// Creates a writer with enough capacity for the members of a response whose body has `bytes` bytes.
    pub(in crate::response) fn for_body(bytes: usize) -> Self {
        // The members need more space than the body, because some names become longer and numbers are written in quotes.
        Self(Vec::with_capacity(bytes + bytes / 4 + 64))
    }

    /// Writes a number, a boolean, a string or `null`.
    pub(in crate::response) fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> bool {
        // Serializing a scalar cannot fail, and neither can writing to a vector.
        serde_json::to_writer(&mut self.0, value).is_ok()
    }

    /// Runs `write`. If `write` returns `false`, removes everything that it wrote.
    pub(in crate::response) fn all(&mut self, write: impl FnOnce(&mut Self) -> bool) -> bool {
        let before = self.0.len();
        let written = write(self);
        if !written {
            self.0.truncate(before);
        }
        written
    }

    /// Writes a member whose name is a field name of this library, which needs no escapes. If `value` returns `false`, writes nothing.
    pub(in crate::response) fn member(&mut self, name: &str, value: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(|out| {
            out.separate();
            out.0.push(b'"');
            out.0.extend_from_slice(name.as_bytes());
            out.0.extend_from_slice(b"\":");
            value(out)
        })
    }

    /// Writes a member with an arbitrary name. If `value` returns `false`, writes nothing.
    pub(in crate::response) fn named(&mut self, name: &str, value: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(|out| {
            out.separate();
            out.value(name);
            out.0.push(b':');
            value(out)
        })
    }

    /// Writes an object. If `members` returns `false`, writes nothing.
    pub(in crate::response) fn object(&mut self, members: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(|out| {
            out.0.push(b'{');
            let written = members(out);
            out.0.push(b'}');
            written
        })
    }

    /// Writes a list. An item for which `item` returns `false` is left out.
    pub(in crate::response) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(&mut Self, T) -> bool,
    ) -> bool {
        self.0.push(b'[');
        for value in items {
            self.all(|out| {
                out.separate();
                item(out, value)
            });
        }
        self.0.push(b']');
        true
    }

    /// Writes a comma, unless the next member or item is the first one.
    fn separate(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(b',');
        }
    }

    /// Returns the members as JSON, without the surrounding braces.
    pub(in crate::response) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn to_map(&self) -> Map<String, Value> {
        let object = [&b"{"[..], &self.0, b"}"].concat();
        // Parsing cannot fail, because this writer wrote the text.
        serde_json::from_slice(&object).unwrap_or_default()
    }
}
