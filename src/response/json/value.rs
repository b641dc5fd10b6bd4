//! JSON values as EPS sent them. Numbers are kept as text, so that 19-digit ids and long decimals stay exact.
//!
//! The feature `arbitrary_precision` of `serde_json` would do the same, but it would change `serde_json` for every crate in the caller's
//! build. `RawValue` affects only this crate.

use super::super::text::Text;
use super::super::twice::Twice;
use super::plain::{self, Digits};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// Maximum nesting depth. EPS responses are less deep, so a deeper body is refused as malicious.
pub(in crate::response) const MAX_DEPTH: usize = 64;

/// Maximum number of members of an object whose names are compared one by one. A larger object gets an index of its names.
pub(in crate::response) const FEW: usize = 32;

/// JSON value with numbers as text. Strings without escapes borrow from the body.
#[derive(Clone)]
pub(crate) enum JsonValue<'a> {
    Null,
    Bool(bool),
    /// A number, with the text that the body contains.
    Number(&'a str),
    /// A parsed whole number, with the same digits as in the body.
    Whole(Digits),
    Text(Cow<'a, str>),
    List(Vec<JsonValue<'a>>),
    /// Members in the order of the body. If a name occurs more than once, the last value is kept.
    Object(Vec<Member<'a>>),
}

pub(crate) type Member<'a> = (Cow<'a, str>, JsonValue<'a>);

impl<'a> JsonValue<'a> {
    /// Parses a JSON text.
    ///
    /// # Errors
    /// If the text is not JSON, or is nested too deeply.
    pub(crate) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        Self::parse_noting(text, &mut Twice::default())
    }

    /// Parses a text, and records in `twice` the names that one object contains twice with different values.
    ///
    /// # Errors
    /// The errors of [`JsonValue::parse`].
    pub(in crate::response) fn parse_noting(text: &'a str, twice: &mut Twice) -> Result<Self, serde_json::Error> {
        // The fast parser handles the common case in one pass. Any other text, even one that is not JSON, goes to the slow parser, which
        // takes one pass per nesting level.
        plain::parse(text).or_else(|_| Self::from_raw(serde_json::from_str(text)?, 0, twice))
    }

    fn from_raw(raw: &'a RawValue, depth: usize, twice: &mut Twice) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        if depth > MAX_DEPTH {
            return Err(serde::de::Error::custom("the JSON is nested too deeply"));
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let ObjectMembers(members) = serde_json::from_str(text)?;
                let mut object: Vec<Member<'a>> = Vec::with_capacity(members.len());
                let mut places = Places::new(members.len());
                for (Text(name), raw) in members {
                    let value = Self::from_raw(raw, depth + 1, twice)?;
                    match places.of(&name, &object).and_then(|place| object.get_mut(place)) {
                        Some((_, known)) => {
                            twice.note(name, known, &value);
                            *known = value;
                        }
                        None => object.push((name, value)),
                    }
                }
                JsonValue::Object(object)
            }
            Some(b'[') => {
                let Items(items) = serde_json::from_str(text)?;
                JsonValue::List(
                    items.into_iter().map(|raw| Self::from_raw(raw, depth + 1, twice)).collect::<Result<_, _>>()?,
                )
            }
            Some(b'"') => {
                let Text(text) = serde_json::from_str(text)?;
                JsonValue::Text(text)
            }
            Some(b't') => JsonValue::Bool(true),
            Some(b'f') => JsonValue::Bool(false),
            Some(b'n') | None => JsonValue::Null,
            Some(_) => JsonValue::Number(text),
        })
    }

    pub(crate) fn members(&self) -> Option<&[Member<'a>]> {
        if let JsonValue::Object(members) = self { Some(members) } else { None }
    }

    pub(crate) fn items(&self) -> Option<&[JsonValue<'a>]> {
        if let JsonValue::List(items) = self { Some(items) } else { None }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&JsonValue<'a>> {
        self.get_bytes(name.as_bytes())
    }

    fn get_bytes(&self, name: &[u8]) -> Option<&JsonValue<'a>> {
        self.members()?.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, value)| value)
    }

    /// Returns the value at a dotted path such as `data.tx_status`.
    pub(crate) fn at(&self, path: &str) -> Option<&JsonValue<'a>> {
        // Splitting at a byte is much faster than splitting at a `char`.
        path.as_bytes().split(|byte| *byte == b'.').try_fold(self, |value, name| value.get_bytes(name))
    }

    /// Returns true if the value is empty: `null`, a blank string, or the string `"null"`.
    pub(in crate::response) fn is_absent(&self) -> bool {
        match self {
            JsonValue::Null => true,
            JsonValue::Text(text) => is_absent(text),
            JsonValue::Bool(_)
            | JsonValue::Number(_)
            | JsonValue::Whole(_)
            | JsonValue::List(_)
            | JsonValue::Object(_) => false,
        }
    }

    /// Returns the text of a string, a number or a boolean. Returns `None` for an empty value (a blank string, `"null"`), a list and an
    /// object.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            JsonValue::Number(text) => Some(text),
            JsonValue::Whole(digits) => Some(digits.as_str()),
            JsonValue::Text(text) => (!is_absent(text)).then_some(&**text),
            JsonValue::Bool(true) => Some("true"),
            JsonValue::Bool(false) => Some("false"),
            JsonValue::Null | JsonValue::List(_) | JsonValue::Object(_) => None,
        }
    }

    /// Returns the value as an integer. It accepts a number, a string with a number, and a fraction of zeros such as `5.0`.
    pub(crate) fn integer(&self) -> Option<i64> {
        if let JsonValue::Whole(digits) = self {
            return digits.as_str().parse().ok();
        }
        let text = self.text()?.trim();
        text.parse().ok().or_else(|| {
            let (whole, fraction) = text.split_once('.')?;
            if fraction.bytes().all(|byte| byte == b'0') { whole.parse().ok() } else { None }
        })
    }
}

/// Returns true if the text is blank or `null`.
fn is_absent(text: &str) -> bool {
    // Trimming is slow, so it is skipped for the usual text, which has no blanks at its ends.
    let bare = match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    };
    bare.is_empty() || bare == "null"
}

/// Positions of the names in an object. A small object is searched linearly and has no index. Without an index for large objects, a body
/// with 250,000 names would keep the thread busy for minutes.
struct Places(Option<HashMap<String, usize>>);

impl Places {
    fn new(members: usize) -> Self {
        Self((members > FEW).then(HashMap::new))
    }

    /// Returns the position of `name` if `object` already contains it. Otherwise records the next position for the name and returns `None`.
    fn of(&mut self, name: &str, object: &[Member<'_>]) -> Option<usize> {
        let Some(index) = &mut self.0 else { return object.iter().position(|(known, _)| known == name) };
        if let Some(place) = index.get(name) {
            return Some(*place);
        }
        index.insert(name.to_owned(), object.len());
        None
    }
}

struct ObjectMembers<'a>(Vec<(Text<'a>, &'a RawValue)>);
struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for ObjectMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = ObjectMembers<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    members.push(entry);
                }
                Ok(ObjectMembers(members))
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
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn slowly(text: &str) -> Option<JsonValue<'_>> {
        serde_json::from_str(text).and_then(|raw| JsonValue::from_raw(raw, 0, &mut Twice::default())).ok()
    }

    #[test]
    fn fast_and_slow_json_readers_agree() {
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
            assert!(JsonValue::parse(text).ok() == slowly(text), "{text}");
        }
        assert!(JsonValue::parse(&deep(65)).is_ok() && JsonValue::parse(&deep(66)).is_err());
    }

    #[test]
    fn a_number_keeps_its_text() {
        for text in ["-0", "0", "2.20834002375E9", "9007199254740993", "18446744073709551616", "1e5", "50.10"] {
            assert!(JsonValue::parse(text).is_ok_and(|wire| wire.text() == Some(text)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn json_readers_agree_on_generated_values(value in json(), spaces in "[ \\n]{0,2}") {
            let text = format!("{spaces}{value}{spaces}");
            prop_assert!(JsonValue::parse(&text).is_ok_and(|wire| slowly(&text) == Some(wire)));
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

    #[test]
    fn of_a_repeated_name_the_last_stands_and_a_difference_is_told() {
        for count in [1, 100] {
            let others: String = (0..count).map(|number| format!(r#""n{number}":1,"#)).collect();
            let mut twice = Twice::default();
            let text = format!(r#"{{{others}"a":1,"b":{{"c":1,"c":2}},"a":1,"d":1,"d":2,"d":3}}"#);
            let wire = JsonValue::parse_noting(&text, &mut twice).unwrap();
            let text = |path| wire.at(path).and_then(JsonValue::text);
            assert_eq!((text("d"), text("b.c")), (Some("3"), Some("2")));
            assert_eq!(twice.names, ["c", "d"]);
            assert_eq!(wire.members().unwrap().len(), count + 3);
        }
    }

    #[test]
    fn names_without_meaning_do_not_hide_one_that_decides() {
        let harmless: String = (0..20).map(|number| format!(r#""n{number}":1,"n{number}":2,"#)).collect();
        let mut twice = Twice::default();
        JsonValue::parse_noting(&format!(r#"{{{harmless}"tx_status":"2","tx_status":"0"}}"#), &mut twice).unwrap();
        let names = twice.names;
        assert_eq!((names.len(), names.last().map(String::as_str)), (9, Some("tx_status")));
    }

    #[test]
    fn many_member_names_are_parsed_without_quadratic_time() {
        let names: Vec<String> = (0..180_000).map(|number| format!(r#""{number}":1"#)).collect();
        let text = format!("{{{}}}", names.join(","));
        assert!(text.len() > 1_700_000);
        let started = Instant::now();
        assert_eq!(JsonValue::parse(&text).unwrap().members().unwrap().len(), names.len());
        // An unoptimized build needs seconds to parse this body. Without an index, parsing would take minutes.
        assert!(started.elapsed() < Duration::from_secs(45), "{:?}", started.elapsed());
    }

    #[test]
    fn sixty_four_levels_are_read_and_not_one_more() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(JsonValue::parse(&nested(64)).is_ok());
        assert!(JsonValue::parse(&nested(65)).is_err());
        assert!(JsonValue::parse(&"[".repeat(1_000_000)).is_err());
        assert!(JsonValue::parse(&"{\"a\":".repeat(300_000)).is_err());
    }

    #[test]
    fn objects_of_at_most_32_members_need_no_index() {
        for (count, few) in [(32, true), (33, false)] {
            let members: Vec<_> = (0..count).map(|number| format!(r#""n{number}":1"#)).collect();
            assert_eq!(plain::parse(&format!("{{{}}}", members.join(","))).is_ok(), few, "{count}");
            assert_eq!(Places::new(count).0.is_none(), few, "{count}");
        }
    }
}
