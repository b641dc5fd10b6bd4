//! Rules for each kind of parameter. The text for a broken rule tells how to fix the value, and does not repeat the value.

use super::encode::WireValue;
use crate::catalog::{Encoding, Location, Param, Schema};
use serde_json::Value;

/// Maximum length of a string that EPS issued. The longest known string has 88 characters. The limit allows longer strings, but rejects the
/// contents of a file.
const OPAQUE_MAX: usize = 1024;
const PATH_MAX: usize = 128;
/// Maximum number of digits before the decimal point of an amount in rupees. EPS's largest settlement is 200,000 rupees.
const AMOUNT_DIGITS: usize = 12;

/// Checks a value against the declaration of its parameter, and returns the encoded value.
///
/// # Errors
/// The broken rule and its fix, as the rest of a sentence that starts with the parameter's name.
pub(super) fn check<'a>(param: &Param, value: &'a Value) -> Result<WireValue<'a>, String> {
    check_kind(&param.kind, value)?;
    if param.location == Location::Path {
        check_segment(value.as_str().unwrap_or_default())?;
    }
    Ok(match (param.encoding, value) {
        (Encoding::Number, Value::String(text)) => WireValue::number(text),
        (Encoding::String, Value::String(text)) => WireValue::text(text),
        (Encoding::String | Encoding::JsonText, other) => WireValue::text(other.to_string()),
        (Encoding::Number | Encoding::Native | Encoding::Part, other) => WireValue::native(other),
    })
}

fn check_kind(kind: &Schema, value: &Value) -> Result<(), String> {
    match *kind {
        Schema::Text { max } => check_text(text_of(value, "text")?, max),
        Schema::Opaque => check_text(text_of(value, "the text that EPS issued")?, OPAQUE_MAX),
        Schema::Digits { min, max } => {
            check_digits(text_of(value, "text of digits (a number would lose leading zeros)")?, min, max)
        }
        Schema::Reference => check_reference(text_of(value, "text")?),
        Schema::Date => check_date(text_of(value, "a date as text in the form YYYY-MM-DD")?),
        Schema::Amount => {
            check_amount(text_of(value, "decimal text such as '500' or '499.50' (a number is not exact)")?)
        }
        Schema::Integer => {
            let exact = value.as_i64().is_some_and(|number| number.unsigned_abs() < 1 << 53);
            if exact { Ok(()) } else { Err("must be a whole number below 2^53".into()) }
        }
        Schema::Boolean => {
            if value.is_boolean() {
                Ok(())
            } else {
                Err("must be true or false".into())
            }
        }
        Schema::OneOf(allowed) => match value.as_str() {
            Some(text) if allowed.contains(&text) => Ok(()),
            Some(_) | None => Err(format!("must be one of: {}", allowed.join(", "))),
        },
        Schema::List(item) => {
            let items =
                value.as_array().filter(|items| !items.is_empty()).ok_or("must be a list with at least one entry")?;
            items.iter().enumerate().try_for_each(|(index, value)| {
                check_kind(item, value).map_err(|rule| format!("has an invalid entry: [{index}] {rule}"))
            })
        }
        Schema::Object(members) => check_object(members, value),
        Schema::File { media, max_bytes } => check_file(media, max_bytes, value),
    }
}

fn text_of<'a>(value: &'a Value, form: &str) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| format!("must be {form}, not {}", type_name(value)))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn check_text(text: &str, max: usize) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("is empty: give a value or leave it out".into());
    }
    if text.chars().any(char::is_control) {
        return Err("contains a control character, such as a line break or NUL: remove it".into());
    }
    let length = text.chars().count();
    if length > max { Err(format!("has {length} characters: at most {max} are allowed")) } else { Ok(()) }
}

fn check_digits(text: &str, min: usize, max: usize) -> Result<(), String> {
    let wanted = || if min == max { format!("{min} digits") } else { format!("{min} to {max} digits") };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("must be {} only, without a country code, spaces or signs", wanted()));
    }
    if (min..=max).contains(&text.len()) { Ok(()) } else { Err(format!("must be {}, got {}", wanted(), text.len())) }
}

fn check_reference(text: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=20).contains(&text.len()) && text.bytes().all(allowed) {
        return Ok(());
    }
    Err(format!("must be 1 to 20 characters from A-Z, a-z, 0-9, - and _, got {} characters", text.chars().count()))
}

fn check_date(text: &str) -> Result<(), String> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(i, byte)| match i {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if shape && text.parse::<jiff::civil::Date>().is_ok() {
        Ok(())
    } else {
        Err("must be an existing calendar date in the form YYYY-MM-DD".into())
    }
}

fn check_amount(text: &str) -> Result<(), String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |part: &str, max: usize| (1..=max).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole, AMOUNT_DIGITS) && digits(fraction, 2) && (whole == "0" || !whole.starts_with('0')) {
        return Ok(());
    }
    Err("must be an amount in rupees as decimal text with at most two decimals, such as '500' or '499.50'".into())
}

fn check_object(members: &[Param], value: &Value) -> Result<(), String> {
    let object = value.as_object().ok_or_else(|| format!("must be an object, not {}", type_name(value)))?;
    if let Some(unknown) = object.keys().find(|key| members.iter().all(|member| member.name != key.as_str())) {
        return Err(format!("has an unknown member {unknown}: remove it"));
    }
    members.iter().try_for_each(|member| match object.get(member.name) {
        None | Some(Value::Null) if member.required => Err(format!("has no member {}, which is required", member.name)),
        None | Some(Value::Null) => Ok(()),
        Some(value) => {
            check_kind(&member.kind, value).map_err(|rule| format!("has an invalid member: {} {rule}", member.name))
        }
    })
}

fn check_file(media: &[&str], max_bytes: usize, value: &Value) -> Result<(), String> {
    let part = |name: &str| value.get(name).and_then(Value::as_str);
    let (Some(data), Some(kind)) = (part("data"), part("mediaType")) else {
        return Err("must be a file object { name, mediaType, data }, with the content as base64 in data".into());
    };
    if !media.contains(&kind) {
        return Err(format!("must be a file of type {}", media.join(" or ")));
    }
    if data.len() / 4 * 3 > max_bytes { Err(format!("is too large: at most {max_bytes} bytes")) } else { Ok(()) }
}

/// Checks that a value in the path stays a single path segment, even after a relay has decoded it.
fn check_segment(text: &str) -> Result<(), String> {
    if text == "." || text == ".." || text.contains(['/', '\\', '?', '#', '%']) {
        return Err("must not contain / \\ ? # % and must not be . or .., because it becomes part of the path".into());
    }
    if text.chars().count() > PATH_MAX { Err(format!("must have at most {PATH_MAX} characters")) } else { Ok(()) }
}
