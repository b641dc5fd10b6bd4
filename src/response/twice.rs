//! Duplicate names: a JSON object contains the same name twice, with different values. JSON parsers differ in which of the two values they
//! use, so one parser could read a payment as booked and another as declined.

use super::json::JsonValue;
use std::borrow::Cow;

/// Maximum number of duplicate names that are reported. A name that decides about money is reported even beyond this number.
pub(super) const MAX_TOLD: usize = 8;

/// Names of fields that decide about money. If one of these names is a duplicate, the response proves nothing.
const DECIDING: [&str; 7] =
    ["tx_status", "status", "response_status_id", "response_type_id", "tid", "client_ref_id", "amount"];

pub(super) fn decides(name: &str) -> bool {
    DECIDING.contains(&name)
}

/// Returns true if the value contains, at any depth, a field that decides about money.
fn holds(value: &JsonValue) -> bool {
    match value {
        JsonValue::Object(members) => members.iter().any(|(name, value)| decides(name) || holds(value)),
        JsonValue::List(items) => items.iter().any(holds),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::Whole(_) | JsonValue::Text(_) => false,
    }
}

/// Duplicate names that a parser has found.
#[derive(Default)]
pub(super) struct Twice {
    pub(super) names: Vec<String>,
    /// First duplicate name that decides about money, or whose values contain a field that decides about money.
    pub(super) deciding: Option<String>,
}

impl Twice {
    /// Records a duplicate name, unless its two values are equal.
    pub(super) fn note(&mut self, name: Cow<'_, str>, one: &JsonValue, two: &JsonValue) {
        if one == two {
            return;
        }
        // The values are searched only until the first deciding name is found. Otherwise a malicious body could make the parser search the
        // whole body again and again.
        let first = self.deciding.is_none() && (decides(&name) || holds(one) || holds(two));
        if first {
            self.deciding = Some(name.to_string());
        }
        let told = first || decides(&name) || self.names.len() < MAX_TOLD;
        if told && !self.names.iter().any(|known| **known == *name) {
            self.names.push(name.into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(text: &str) -> (Vec<String>, Option<String>) {
        let mut twice = Twice::default();
        assert!(JsonValue::parse_noting(text, &mut twice).is_ok(), "{text}");
        (twice.names, twice.deciding)
    }

    #[test]
    fn a_repeated_deciding_member_is_reported_and_counts() {
        for (text, name) in [
            (r#"{"status":0,"data":{"tx_status":"1"},"data":{"tx_status":"0"}}"#, "data"),
            (r#"{"status":0,"data":{"tx_status":"1"},"data":{}}"#, "data"),
            (r#"{"status":0,"data":null,"data":{"tid":"1"}}"#, "data"),
            (r#"{"status":0,"data":[],"data":[[{"a":{"amount":1}}]]}"#, "data"),
            (r#"{"data":{"x":{"client_ref_id":"A"},"x":{"client_ref_id":"B"}}}"#, "x"),
            (r#"{"data":{"x":[{"x":{"y":{"tid":1},"y":{"tid":2}}}]}}"#, "y"),
            (r#"{"data":{"tid":1,"tid":2}}"#, "tid"),
            (r#"{"data":{"a":1,"a":2,"tid":1,"tid":"1"}}"#, "tid"),
        ] {
            let (names, deciding) = noted(text);
            assert_eq!(deciding.as_deref(), Some(name), "{text}");
            assert!(names.iter().any(|known| known == name), "{text}");
        }
    }

    #[test]
    fn a_repeated_member_that_decides_nothing_is_only_reported() {
        for text in [
            r#"{"status":0,"data":{"a":1},"data":{"a":2}}"#,
            r#"{"status":0,"data":[1],"data":[2]}"#,
            r#"{"status":0,"data":"tid","data":"tx_status"}"#,
        ] {
            assert_eq!(noted(text), (vec!["data".to_owned()], None), "{text}");
        }
    }

    #[test]
    fn equal_repeated_members_are_not_reported() {
        for text in [
            r#"{"data":{"tid":1,"a":[{"b":1,"c":{}}]},"data":{"a":[{"c":{},"b":1}],"tid":1}}"#,
            r#"{"tid":"1","tid":"1","data":{"amount":1.0,"amount":1.0}}"#,
            r#"{"data":{"tid":1},"data2":{"tid":2}}"#,
            r#"[{"tid":1},{"tid":2}]"#,
        ] {
            assert_eq!(noted(text), (Vec::new(), None), "{text}");
        }
    }

    #[test]
    fn repeated_deciding_members_are_reported_up_to_a_limit() {
        let many: String =
            (0..100).map(|number| format!(r#""n{number}":{{"tid":1}},"n{number}":{{"tid":2}},"#)).collect();
        let (names, deciding) = noted(&format!("{{{many}\"tid\":1,\"tid\":2}}"));
        assert_eq!((names.len(), deciding.as_deref()), (9, Some("n0")));
        assert_eq!(names.last().map(String::as_str), Some("tid"));
    }
}
