//! JSON of the wire: values that borrow from the body and keep their digits, and a writer of objects.

mod plain;
mod value;
mod writer;

pub(crate) use value::{JsonValue, Member};
pub(crate) use writer::JsonWriter;
