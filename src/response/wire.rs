//! JSON as it came: numbers keep their text, so that a 19-digit id or a long decimal is exact.
//!
//! `serde_json`'s `arbitrary_precision` would do the same for every crate in the caller's build; `RawValue` does it for us alone.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Deeper than any EPS answer; a bomb ends here.
const MAX_DEPTH: usize = 64;

/// So many members are quickly looked through.
const FEW: usize = 32;

/// A JSON value with its numbers as text. It borrows from the body whatever stands there unescaped.
#[derive(Clone, PartialEq)]
pub(crate) enum Wire<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Wire<'a>>),
    /// In order of arrival; of a repeated name the last one stands.
    Object(Vec<Member<'a>>),
}

/// Name and value.
pub(crate) type Member<'a> = (Cow<'a, str>, Wire<'a>);

impl<'a> Wire<'a> {
    /// # Errors
    /// If the text is not JSON, or nests too deep.
    pub(crate) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        // In one pass, where no number needs its own text; else, and where it is no JSON at all, in one pass for every level.
        let mut deserializer = serde_json::Deserializer::from_str(text);
        if let Ok(wire) = Plain(0).deserialize(&mut deserializer)
            && deserializer.end().is_ok()
        {
            return Ok(wire);
        }
        let raw: &'a RawValue = serde_json::from_str(text)?;
        Self::from_raw(raw, 0)
    }

    fn from_raw(raw: &'a RawValue, depth: usize) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        if depth > MAX_DEPTH {
            return Err(serde::de::Error::custom("nested too deep"));
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text)?;
                let mut object: Vec<Member<'a>> = Vec::with_capacity(members.len());
                for (Text(name), raw) in members {
                    put(&mut object, name, Self::from_raw(raw, depth + 1)?);
                }
                Wire::Object(object)
            }
            Some(b'[') => {
                let Items(items) = serde_json::from_str(text)?;
                Wire::List(items.into_iter().map(|raw| Self::from_raw(raw, depth + 1)).collect::<Result<_, _>>()?)
            }
            Some(b'"') => {
                let Text(text) = serde_json::from_str(text)?;
                Wire::Text(text)
            }
            Some(b't') => Wire::Bool(true),
            Some(b'f') => Wire::Bool(false),
            Some(b'n') | None => Wire::Null,
            Some(_) => Wire::Number(text.into()),
        })
    }

    /// The members of an object.
    pub(crate) fn members(&self) -> Option<&[Member<'a>]> {
        if let Wire::Object(members) = self { Some(members) } else { None }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<&[Wire<'a>]> {
        if let Wire::List(items) = self { Some(items) } else { None }
    }

    /// A member of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Wire<'a>> {
        self.members()?.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A value by its dotted path.
    pub(crate) fn at(&self, path: &str) -> Option<&Wire<'a>> {
        path.split('.').try_fold(self, |value, name| value.get(name))
    }

    /// The text of a text or a number; `""` and `"null"` are absent.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Wire::Number(text) => Some(text),
            Wire::Text(text) => Some(text.trim()).filter(|text| !text.is_empty() && *text != "null").map(|_| &**text),
            Wire::Bool(true) => Some("true"),
            Wire::Bool(false) => Some("false"),
            Wire::Null | Wire::List(_) | Wire::Object(_) => None,
        }
    }

    /// A whole number, also where it came as text or as `5.0`.
    pub(crate) fn integer(&self) -> Option<i64> {
        let text = self.text()?.trim();
        text.parse().ok().or_else(|| {
            let (whole, fraction) = text.split_once('.')?;
            if fraction.bytes().all(|byte| byte == b'0') { whole.parse().ok() } else { None }
        })
    }
}

/// Of a repeated name the last value stands.
fn put<'a>(object: &mut Vec<Member<'a>>, name: Cow<'a, str>, value: Wire<'a>) {
    match object.iter_mut().find(|(known, _)| *known == name) {
        Some(known) => known.1 = value,
        None => object.push((name, value)),
    }
}

/// Reads a value at this depth of the common kind: numbers are whole ones, which their digits give back as they came, and objects have
/// a few members, each once. All others are refused.
struct Plain(usize);

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Wire<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.0 > MAX_DEPTH {
            return Err(serde::de::Error::custom("nested too deep"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Wire<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without fractions")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Wire::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Wire::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Wire::Number(value.to_string().into()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Wire::Number(value.to_string().into()))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Wire::Text(text.into()))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Wire::Text(text.to_owned().into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Plain(self.0 + 1))? {
            items.push(item);
        }
        Ok(Wire::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            if object.len() == FEW || object.iter().any(|(known, _): &Member<'_>| *known == name) {
                return Err(serde::de::Error::custom("many members, or one twice"));
            }
            object.push((name, map.next_value_seed(Plain(self.0 + 1))?));
        }
        Ok(Wire::Object(object))
    }
}

struct Text<'a>(Cow<'a, str>);
struct Members<'a>(Vec<(Text<'a>, &'a RawValue)>);
struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Visit)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    members.push(entry);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Items<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slowly(text: &str) -> Option<Wire<'_>> {
        serde_json::from_str(text).and_then(|raw| Wire::from_raw(raw, 0)).ok()
    }

    #[test]
    fn both_ways_read_the_same() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        for text in [
            r#"{"a":1,"b":[true,false,null,"x\n"],"a":-7,"":{}}"#,
            r#" {"a":18446744073709551615,"b":-9223372036854775808,"c":0} "#,
            r#"{"a":18446744073709551616}"#,
            r#"{"a":2.20834002375E9,"b":5287.0,"c":-0,"d":1e5}"#,
            r#"{"a":01}"#,
            r#"{"a":1}x"#,
            "{",
            "",
            &deep(65),
            &deep(66),
            &deep(200),
        ] {
            assert_eq!(Wire::parse(text).ok() == slowly(text), true, "{text}");
        }
        assert!(Wire::parse(&deep(65)).is_ok() && Wire::parse(&deep(66)).is_err());
    }

    #[test]
    fn a_number_keeps_its_text() {
        for text in ["-0", "0", "2.20834002375E9", "9007199254740993", "18446744073709551616", "1e5", "50.10"] {
            assert!(Wire::parse(text).is_ok_and(|wire| wire.text() == Some(text)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_json_it_is(value in json(), spaces in "[ \\n]{0,2}") {
            let text = format!("{spaces}{value}{spaces}");
            prop_assert!(Wire::parse(&text).is_ok_and(|wire| slowly(&text) == Some(wire)));
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e12..1e12).prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::hash_map("[a-c]{0,2}", inner, 0..5).prop_map(|members| members.into_iter().collect()),
            ]
        })
    }
}
