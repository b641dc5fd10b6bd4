//! The members of a JSON object, written as they are read: a tree in between would cost more than all the rest of an answer.

use serde::Serialize;
use serde_json::{Map, Value};

/// The members of an object, as JSON but for the braces around them.
#[derive(Clone, Default)]
pub(crate) struct JsonWriter(Vec<u8>);

impl JsonWriter {
    /// Room for the members of an answer that is so long.
    pub(in crate::response) fn for_body(bytes: usize) -> Self {
        // Names become longer, and texts of numbers are quoted.
        Self(Vec::with_capacity(bytes + bytes / 4 + 64))
    }

    /// Writes a number, a flag, a text or nothing.
    pub(in crate::response) fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> bool {
        // Neither a scalar nor a vector can refuse.
        serde_json::to_writer(&mut self.0, value).is_ok()
    }

    /// Takes back what `write` has written where it says `false`.
    pub(in crate::response) fn all(&mut self, write: impl FnOnce(&mut Self) -> bool) -> bool {
        let before = self.0.len();
        let written = write(self);
        if !written {
            self.0.truncate(before);
        }
        written
    }

    /// A member with a name of ours, which needs no quoting, or nothing.
    pub(in crate::response) fn member(&mut self, name: &str, value: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(|out| {
            out.separate();
            out.0.push(b'"');
            out.0.extend_from_slice(name.as_bytes());
            out.0.extend_from_slice(b"\":");
            value(out)
        })
    }

    /// A member with any name, or nothing.
    pub(in crate::response) fn named(&mut self, name: &str, value: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(|out| {
            out.separate();
            out.value(name);
            out.0.push(b':');
            value(out)
        })
    }

    /// An object, or nothing.
    pub(in crate::response) fn object(&mut self, members: impl FnOnce(&mut Self) -> bool) -> bool {
        self.all(|out| {
            out.0.push(b'{');
            let written = members(out);
            out.0.push(b'}');
            written
        })
    }

    /// A list of those items that can be written.
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

    /// A comma, but not before the first.
    fn separate(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(b',');
        }
    }

    /// As they stand in an object.
    pub(in crate::response) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The object itself.
    pub(crate) fn to_map(&self) -> Map<String, Value> {
        let object = [&b"{"[..], &self.0, b"}"].concat();
        // What was written above is an object.
        serde_json::from_slice(&object).unwrap_or_default()
    }
}
