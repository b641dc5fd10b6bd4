//! JSON as EPS sends it: values that borrow from the body and keep their digits, and a writer for objects.

mod plain;
mod value;
mod writer;

pub(crate) use value::{JsonValue, Member};
pub(crate) use writer::JsonWriter;
