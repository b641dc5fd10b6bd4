//! Fast JSON parser that reads the text in one pass. It accepts only plain JSON: all numbers are whole numbers that fit 64 bits, and every
//! object has few members and no duplicate name.

use super::value::{FEW, JsonValue, MAX_DEPTH, Member};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Parses plain JSON: all numbers are whole, and every object has few members and no duplicate name.
///
/// # Errors
/// If the text is not plain JSON.
pub(in crate::response) fn parse(text: &str) -> Result<JsonValue<'_>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let wire = Plain(0).deserialize(&mut deserializer)?;
    deserializer.end().map(|()| wire)
}

/// Visitor that accepts only plain JSON: whole numbers, whose digits can be restored exactly, and objects with few members and no duplicate
/// name. The field contains the current nesting depth.
struct Plain(usize);

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = JsonValue<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.0 > MAX_DEPTH {
            return Err(D::Error::custom("the JSON is nested too deeply"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = JsonValue<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value whose numbers are whole")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(JsonValue::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(JsonValue::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(JsonValue::Whole(Digits::of(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(JsonValue::Whole(Digits::of(value)))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(JsonValue::Text(text.into()))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(JsonValue::Text(text.to_owned().into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Plain(self.0 + 1))? {
            items.push(item);
        }
        Ok(JsonValue::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::new();
        while let Some(MemberName(name)) = map.next_key()? {
            if object.len() == FEW || object.iter().any(|(known, _): &Member<'_>| *known == name) {
                return Err(A::Error::custom("the object has too many members or a duplicate member"));
            }
            object.push((name, map.next_value_seed(Plain(self.0 + 1))?));
        }
        Ok(JsonValue::Object(object))
    }
}

/// Decimal digits of a whole number, with a sign if it is negative.
#[derive(Clone, Copy)]
pub(crate) struct Digits {
    bytes: [u8; 20],
    length: u8,
}

impl Digits {
    /// Returns the decimal digits of an integer of at most 64 bits.
    fn of(value: impl itoa::Integer) -> Self {
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(value).as_bytes();
        let mut bytes = [0; 20];
        bytes[..text.len()].copy_from_slice(text);
        Self { bytes, length: text.len() as u8 }
    }

    pub(in crate::response) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

/// Name of a member. A name without escapes borrows from the body.
struct MemberName<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for MemberName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = MemberName<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(MemberName(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(MemberName(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Visit)
    }
}
