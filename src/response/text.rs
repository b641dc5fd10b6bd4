//! Conversion of bodies to text, even if their Unicode is invalid. Invalid Unicode becomes U+FFFD, because a response about money must not
//! be discarded for a single character.

use serde::de::{Deserialize, Deserializer, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Returns the text of a body, with U+FFFD in place of invalid UTF-8.
pub(super) fn of(body: Cow<'_, [u8]>) -> Cow<'_, str> {
    match body {
        // `from_utf8` checks valid text much faster than `from_utf8_lossy`.
        Cow::Borrowed(bytes) => str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed),
        Cow::Owned(bytes) => {
            let text = String::from_utf8(bytes);
            text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()).into()
        }
    }
}

/// Removes the byte order marks that some servers write at the beginning of a body.
pub(super) fn without_mark(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

/// String that was parsed from JSON, with U+FFFD in place of unpaired surrogates. A string without escapes borrows from the body.
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_bytes<E>(self, text: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Text(of(Cow::Borrowed(text))))
            }
            fn visit_bytes<E>(self, text: &[u8]) -> Result<Self::Value, E> {
                Ok(Text(of(Cow::Owned(without_halves(text.to_vec())))))
            }
        }
        // The string is read as bytes, because `serde_json` refuses an unpaired surrogate in a string but not in bytes.
        deserializer.deserialize_bytes(Visit)
    }
}

/// Replaces unpaired surrogates with U+FFFD. `serde_json` writes an unpaired surrogate as three bytes, as if UTF-8 allowed surrogates.
/// U+FFFD also has three bytes, so the length stays the same.
fn without_halves(mut text: Vec<u8>) -> Vec<u8> {
    for at in 2..text.len() {
        if let [lead @ 0xed, first @ 0xa0..=0xbf, last] = &mut text[at - 2..=at] {
            [*lead, *first, *last] = [0xef, 0xbf, 0xbd];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::json::JsonValue;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lone_surrogate_becomes_one_replacement_character() {
        for (json, text) in [
            (r#""A\ud83d""#, "A\u{fffd}"),
            (r#""\udc00""#, "\u{fffd}"),
            (r#""\ud83dB""#, "\u{fffd}B"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\udc00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\ud83d\ude00 \u00ed\ud7ff\ue000""#, "\u{1f600} \u{ed}\u{d7ff}\u{e000}"),
        ] {
            assert_eq!(JsonValue::parse(json).ok().as_ref().and_then(JsonValue::text), Some(text), "{json}");
            let (member, list) = (format!(r#"{{"a":{{{json}:5}}}}"#), format!("[[{json}]]"));
            let member = JsonValue::parse(&member).ok();
            let found = member.as_ref().and_then(|object| object.get("a")?.get(text)?.text());
            assert_eq!(found, Some("5"), "{json} as a name");
            let list = JsonValue::parse(&list).ok();
            assert_eq!(
                list.as_ref().and_then(|list| list.items()?[0].items()?[0].text()),
                Some(text),
                "{json} in a list"
            );
        }
    }

    #[test]
    fn malformed_surrogate_escapes_are_rejected() {
        for text in [
            r#""\ud83"#,
            r#""\ud83""#,
            r#""\ud83d"#,
            r#""\ud83d\""#,
            r#""\ud83g""#,
            "\"\\ud83d\n\"",
            "{\"\\ud83d\n\":1}",
        ] {
            assert!(JsonValue::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn escapes_say_what_utf_16_says(units in prop::collection::vec(prop_oneof![any::<u16>(), 0xd7f0u16..0xe010], 0..8)) {
            let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let json = format!("\"x{escapes}\"");
            let wire = JsonValue::parse(&json).ok();
            let Some(JsonValue::Text(text)) = wire else { return Err(TestCaseError::fail(json)) };
            prop_assert_eq!(text.into_owned(), format!("x{}", String::from_utf16_lossy(&units)));
        }

        #[test]
        fn bytes_are_read_alike_whoever_owns_them(bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(of(Cow::Borrowed(&bytes)), of(Cow::Owned(bytes.clone())));
        }
    }
}
