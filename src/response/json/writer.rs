//! Writer for the members of a JSON object. They are written while the answer is read, because a tree in between would cost more than the
//! rest of the work on an answer.

use serde::Serialize;
use serde_json::{Map, Value};

/// Members of an object as JSON, without the braces around them.
#[derive(Clone, Default)]
pub(crate) struct JsonWriter(Vec<u8>);

impl JsonWriter {
    /// Creates a writer with capacity for the members of an answer of `bytes` bytes.
    pub(in crate::response) fn for_body(bytes: usize) -> Self {
        // Names become longer, and numbers are quoted as texts.
        Self(Vec::with_capacity(bytes + bytes / 4 + 64))
    }

    /// Writes a number, a flag, a text or `null`.
    pub(in crate::response) fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> bool {
        // Scalars can always be serialised, and a write to a vector cannot fail.
        serde_json::to_writer(&mut self.0, value).is_ok()
    }

    /// Runs `write`, and removes its output if it returns `false`.
    pub(in crate::response) fn all(&mut self, write: impl FnOnce(&mut Self) -> bool) -> bool {
        let before = self.0.len();
        let written = write(self);
        if !written {
            self.0.truncate(before);
        }
        written
    }

    /// Writes a member, or nothing if `value` returns `false`. The name is one of the library's and needs no escapes.
    pub(in crate::response) fn member(&mut self, name: &str, value: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(|out| {
            out.separate();
            out.0.push(b'"');
            out.0.extend_from_slice(name.as_bytes());
            out.0.extend_from_slice(b"\":");
            value(out)
        })
    }

    /// Writes a member with any name, or nothing if `value` returns `false`.
    pub(in crate::response) fn named(&mut self, name: &str, value: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(|out| {
            out.separate();
            out.value(name);
            out.0.push(b':');
            value(out)
        })
    }

    /// Writes an object, or nothing if `members` returns `false`.
    pub(in crate::response) fn object(&mut self, members: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(|out| {
            out.0.push(b'{');
            let written = members(out);
            out.0.push(b'}');
            written
        })
    }

    /// Writes a list of the items that can be written.
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

    /// Writes a comma, except before the first member or item.
    fn separate(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(b',');
        }
    }

    /// Returns the members as JSON, without the braces.
    pub(in crate::response) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the object.
    pub(crate) fn to_map(&self) -> Map<String, Value> {
        let object = [&b"{"[..], &self.0, b"}"].concat();
        // The text is always an object, because the methods above wrote it.
        serde_json::from_slice(&object).unwrap_or_default()
    }
}
