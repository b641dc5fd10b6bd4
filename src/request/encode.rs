//! Encodes parameter values for the path, the query and the body of a request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::{self, Write};

/// Characters to percent-encode: all except the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Limit below which every JSON parser reads an integer exactly.
const NUMBER_LIMIT: u64 = 1 << 53;

/// Encoded value of a parameter. Paths, queries and forms use it unchanged. In JSON it may be quoted as a string.
pub(super) struct WireValue<'a> {
    pub(super) plain: Cow<'a, str>,
    quoted: bool,
}

impl<'a> WireValue<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self { plain: text.into(), quoted: true }
    }

    /// Creates a JSON number if every JSON parser reads it back unchanged, and otherwise a JSON string.
    pub(super) fn number(text: &'a str) -> Self {
        Self { plain: text.into(), quoted: !is_exact_number(text) }
    }

    /// Creates a value from a text that is JSON already. The text is sent unchanged.
    pub(super) fn native(json: String) -> Self {
        Self { plain: json.into(), quoted: false }
    }
}

impl fmt::Display for WireValue<'_> {
    /// Writes the value as JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.quoted { write!(f, "{}", Value::from(&*self.plain)) } else { f.write_str(&self.plain) }
    }
}

fn is_exact_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && whole.parse::<u64>().is_ok_and(|value| value < NUMBER_LIMIT)
}

pub(super) fn percent(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, RESERVED)
}

/// Joins `name=value` pairs into a query string or a form body.
pub(super) fn pairs<'a>(values: impl Iterator<Item = (&'a str, &'a WireValue<'a>)>) -> String {
    let mut out = String::new();
    for (name, wire) in values {
        let separator = if out.is_empty() { "" } else { "&" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{separator}{}={}", percent(name), percent(&wire.plain));
    }
    out
}

/// Writes a JSON object and keeps the order of its members.
pub(super) fn object<'a>(values: impl Iterator<Item = (&'a str, &'a WireValue<'a>)>) -> String {
    let mut out = String::from("{");
    for (name, wire) in values {
        let separator = if out.len() == 1 { "" } else { "," };
        let _ = write!(out, "{separator}{}:{wire}", Value::from(name));
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_numbers_only_where_nothing_is_lost() {
        for (text, json) in [
            ("123456", "123456"),
            ("0", "0"),
            ("004217", "\"004217\""),
            ("9007199254740991", "9007199254740991"),
            ("9007199254740992", "\"9007199254740992\""),
            ("12345678901234567890123", "\"12345678901234567890123\""),
            ("50.5", "50.5"),
            ("50.", "\"50.\""),
            ("IXry+g==", "\"IXry+g==\""),
            ("1e5", "\"1e5\""),
            ("-1", "\"-1\""),
            ("", "\"\""),
        ] {
            assert_eq!(WireValue::number(text).to_string(), json);
        }
    }

    #[test]
    fn queries_are_percent_encoded() {
        let wires = [WireValue::text("a b&c=d/é"), WireValue::text("+")];
        assert_eq!(pairs(["x", "y"].into_iter().zip(&wires)), "x=a%20b%26c%3Dd%2F%C3%A9&y=%2B");
    }
}
