//! Rules for each kind of parameter. The text for a broken rule tells how to fix the value, and does not repeat the value.

use super::encode::WireValue;
use super::format::{is_ifsc, is_lat_long, is_mobile, is_pan, is_xml};
use super::printable;
use crate::catalog::{Encoding, Location, Param, Schema, Source};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Maximum length of a string that EPS issued. The longest known string has 88 characters. The limit allows longer strings, but rejects the
/// contents of a file.
const OPAQUE_MAX: usize = 1024;
const PATH_MAX: usize = 128;
/// Maximum number of digits before the decimal point of an amount in rupees. EPS's largest settlement is 200,000 rupees.
const AMOUNT_DIGITS: usize = 12;
/// Maximum length of the XML of a biometric device, in characters. A capture with images of two fingers has about 40,000.
const XML_MAX: usize = 65_536;

/// Checks a value against the declaration of its parameter, and returns the encoded value.
///
/// # Errors
/// The broken rule and its fix, as the rest of a sentence that starts with the parameter's name.
pub(super) fn check<'a>(param: &Param, value: &'a Value) -> Result<WireValue<'a>, String> {
    check_kind(&param.kind, value)?;
    if param.location == Location::Path {
        check_segment(value.as_str().unwrap_or_default())?;
    }
    Ok(encode(&param.kind, param.encoding, value))
}

/// Encodes a checked value. The members of objects are written under EPS's names, in their declared order.
fn encode<'a>(kind: &Schema, encoding: Encoding, value: &'a Value) -> WireValue<'a> {
    match (encoding, value) {
        (Encoding::String, Value::String(text)) => WireValue::text(text),
        (Encoding::Number, Value::String(text)) if matches!(kind, Schema::Amount { .. }) => {
            // EPS declares whole amounts as integers.
            let whole = matches!(kind, Schema::Amount { whole: true, .. });
            WireValue::number(text.split_once('.').filter(|_| whole).map_or(text.as_str(), |(rupees, _)| rupees))
        }
        (Encoding::Number, Value::String(text)) if text.contains('.') => WireValue::text(text),
        (Encoding::Number, Value::String(text)) => WireValue::number(text),
        (Encoding::String | Encoding::JsonText, other) => WireValue::text(json(kind, other)),
        (Encoding::Number | Encoding::Native | Encoding::Part, other) => WireValue::native(json(kind, other)),
    }
}

/// Returns the JSON of a value. The declaration `kind` decides the names and the encodings of members.
fn json(kind: &Schema, value: &Value) -> String {
    match (*kind, value) {
        (Schema::Object(members), Value::Object(object)) => {
            let wires: Vec<_> =
                members.iter().filter_map(|member| Some((member, member_of(member, object)?))).collect();
            let wires: Vec<_> = wires
                .iter()
                .map(|(member, value)| (member.wire, encode(&member.kind, member.encoding, value)))
                .collect();
            super::encode::object(wires.iter().map(|(name, wire)| (*name, wire)))
        }
        (Schema::List(item), Value::Array(items)) => {
            let items: Vec<_> = items.iter().map(|value| json(item, value)).collect();
            format!("[{}]", items.join(","))
        }
        (_, other) => other.to_string(),
    }
}

/// Returns the value of a member of an object: the caller's, or the default.
fn member_of<'a>(member: &Param, object: &'a Map<String, Value>) -> Option<Cow<'a, Value>> {
    match (object.get(member.name).filter(|value| !value.is_null()), member.source) {
        (Some(value), _) => Some(Cow::Borrowed(value)),
        (None, Source::Default(text)) => Some(Cow::Owned(Value::from(text))),
        (None, Source::Caller | Source::InitiatorId | Source::UserCode | Source::Generated) => None,
    }
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
        Schema::Amount { min, max, whole } => {
            let text = text_of(value, "decimal text such as '500' or '499.50' (a number is not exact)")?;
            check_amount(text, min..=max, whole)
        }
        Schema::Xml => check_xml(text_of(value, "the XML of the device as text")?),
        Schema::Ifsc => check_format(
            text_of(value, "text")?,
            is_ifsc,
            "an IFSC: four capital letters, 0, and six capital letters or digits, such as SBIN0007515",
        ),
        Schema::Pan => check_format(
            text_of(value, "text")?,
            is_pan,
            "a PAN: five capital letters, four digits and a capital letter, such as ABCDE1234F",
        ),
        Schema::LatLong => check_format(
            text_of(value, "text such as '22.7196,75.8577'")?,
            is_lat_long,
            "a position as latitude,longitude in decimal degrees, without blanks, such as '22.7196,75.8577'",
        ),
        Schema::Mobile => check_format(
            text_of(value, "text of digits (a number is not exact)")?,
            is_mobile,
            "a mobile number: 10 digits, the first from 6 to 9, without a country code, spaces or signs",
        ),
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

fn check_format(text: &str, fits: fn(&str) -> bool, form: &str) -> Result<(), String> {
    if fits(text) { Ok(()) } else { Err(format!("must be {form}")) }
}

/// Checks the XML of a biometric device. EPS compares the XML with its signature, so its line breaks and blanks are kept.
fn check_xml(text: &str) -> Result<(), String> {
    if !is_xml(text) {
        return Err(
            "must be the XML of the device, unchanged: it starts with <PidData or <?xml, without a byte order mark or blanks before it, and contains no NUL character"
                .into(),
        );
    }
    let length = text.chars().count();
    if length > XML_MAX { Err(format!("has {length} characters: at most {XML_MAX} are allowed")) } else { Ok(()) }
}

fn check_amount(text: &str, bounds: RangeInclusive<u64>, only_whole: bool) -> Result<(), String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |part: &str, max: usize| (1..=max).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits(whole, AMOUNT_DIGITS) && digits(fraction, 2) && (whole == "0" || !whole.starts_with('0'))) {
        return Err(
            "must be an amount in rupees as decimal text with at most two decimals, such as '500' or '499.50'".into()
        );
    }
    // The amount in paise has at most 14 digits, so it always fits into a `u64`.
    let paise: u64 = format!("{whole}{fraction:0<2}").parse().unwrap_or(u64::MAX);
    if only_whole && !paise.is_multiple_of(100) {
        return Err("must be an amount in whole rupees, such as '500'".into());
    }
    if !bounds.contains(&paise) {
        return Err(format!("must be an amount from {} to {} rupees", rupees(*bounds.start()), rupees(*bounds.end())));
    }
    Ok(())
}

/// Formats an amount of paise as rupees, without decimals if it is whole.
fn rupees(paise: u64) -> String {
    let (whole, fraction) = (paise / 100, paise % 100);
    if fraction == 0 { whole.to_string() } else { format!("{whole}.{fraction:02}") }
}

fn check_object(members: &[Param], value: &Value) -> Result<(), String> {
    let object = value.as_object().ok_or_else(|| format!("must be an object, not {}", type_name(value)))?;
    if let Some(unknown) = object.keys().find(|key| members.iter().all(|member| member.name != key.as_str())) {
        return Err(format!("has an unknown member {}: remove it", printable(unknown)));
    }
    members.iter().try_for_each(|member| match object.get(member.name) {
        None | Some(Value::Null) if member.required && !matches!(member.source, Source::Default(_)) => {
            Err(format!("has no member {}, which is required", member.name))
        }
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
#[path = "rule_tests.rs"]
mod tests;
