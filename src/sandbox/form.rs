//! Checks that a value has the form that the catalogue declares. A JSON number and a text with the same digits are equally valid.

use crate::catalog::{Encoding, Param, Schema};
use crate::request::format;
use serde_json::Value;
use std::borrow::Cow;

/// Maximum length, in characters, of a text that EPS issues and that the caller sends back.
const LONGEST_OPAQUE: usize = 1024;
/// Bound below which every JSON parser reads whole numbers exactly.
const LARGEST_EXACT: u64 = 1 << 53;

pub(super) fn fits(param: &Param, value: &Value) -> bool {
    match (param.encoding, value) {
        (Encoding::JsonText, Value::String(text)) => {
            serde_json::from_str(text).is_ok_and(|inner: Value| has_form(&param.kind, &inner))
        }
        (Encoding::JsonText, _) => false,
        (Encoding::String | Encoding::Number | Encoding::Native | Encoding::Part, _) => has_form(&param.kind, value),
    }
}

fn has_form(kind: &Schema, value: &Value) -> bool {
    let text = scalar(value);
    let holds = |rule: &dyn Fn(&str) -> bool| text.as_deref().is_some_and(rule);
    match kind {
        Schema::Text { max } => holds(&|text| is_text(text, *max)),
        Schema::Opaque => holds(&|text| is_text(text, LONGEST_OPAQUE)),
        Schema::Digits { min, max } => holds(&|text| is_digits(text) && (*min..=*max).contains(&text.len())),
        Schema::Reference => holds(&is_reference),
        Schema::Date => value.as_str().is_some_and(is_date),
        // The bounds are not checked, because EPS's answer to an amount out of bounds is not documented.
        Schema::Amount { .. } => holds(&is_amount),
        Schema::Xml => value.as_str().is_some_and(format::is_xml),
        Schema::Ifsc => holds(&format::is_ifsc),
        Schema::Pan => holds(&format::is_pan),
        Schema::LatLong => holds(&format::is_lat_long),
        Schema::Mobile => holds(&format::is_mobile),
        Schema::Integer => holds(&|text| text.parse::<u64>().is_ok_and(|number| number < LARGEST_EXACT)),
        Schema::Boolean => value.is_boolean() || holds(&|text| text == "true" || text == "false"),
        Schema::OneOf(list) => holds(&|text| list.contains(&text)),
        Schema::List(items) => is_list_of(items, value),
        Schema::Object(members) => has_members(members, value),
        Schema::File { .. } => true,
    }
}

fn has_members(members: &[Param], value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let declared =
        object.iter().all(|(name, value)| members.iter().any(|member| member.wire == name && fits(member, value)));
    declared && members.iter().all(|member| !member.required || object.contains_key(member.wire))
}

/// Returns true if the value is a list of valid items. In a query or a form, the value is text that contains the list as JSON.
fn is_list_of(items: &Schema, value: &Value) -> bool {
    let all = |list: &[Value]| list.iter().all(|item| has_form(items, item));
    match value {
        Value::Array(list) => all(list),
        Value::String(text) => serde_json::from_str(text).is_ok_and(|list: Vec<Value>| all(&list)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_text(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_reference(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=20).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_date(text: &str) -> bool {
    // The parser of `Date` would also accept a time and a zone, so the shape of the text is checked first.
    text.split('-').all(is_digits) && text.split('-').count() == 3 && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_amount(text: &str) -> bool {
    let (rupees, paise) = text.split_once('.').unwrap_or((text, "0"));
    is_digits(rupees) && rupees.len() <= 15 && is_digits(paise) && paise.len() <= 2
}
