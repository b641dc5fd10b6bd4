//! Checks that an example or a default is a valid value of its kind.

use crate::format;
use crate::model::{Param, ParamKind};
use serde_json::Value;

/// Returns a key that the kind requires and that the parameter does not have.
pub fn missing(param: &Param, kind: ParamKind) -> Option<&'static str> {
    let key = match kind {
        ParamKind::Text if param.max.is_none() => "max",
        ParamKind::Digits if param.digits.is_none_or(|[min, max]| min > max) => "digits = [least, most]",
        ParamKind::OneOf if param.one_of.is_empty() => "one_of",
        ParamKind::Object if param.type_name.is_empty() => "type",
        ParamKind::Object if param.members.is_empty() => "members",
        ParamKind::File if param.media.is_empty() => "media",
        ParamKind::File if param.max_bytes.is_none() => "max_bytes",
        ParamKind::List => match param.of {
            None | Some(ParamKind::List | ParamKind::File) => "of",
            Some(kind) => return missing(&param.item(), kind),
        },
        ParamKind::Text
        | ParamKind::Digits
        | ParamKind::Opaque
        | ParamKind::Reference
        | ParamKind::Date
        | ParamKind::Amount
        | ParamKind::Integer
        | ParamKind::Boolean
        | ParamKind::OneOf
        | ParamKind::Object
        | ParamKind::File
        | ParamKind::Xml
        | ParamKind::Ifsc
        | ParamKind::Pan
        | ParamKind::LatLong
        | ParamKind::Mobile => return None,
    };
    Some(key)
}

/// Returns true if the text is a valid value of the parameter. Integers, booleans, lists and objects are written as JSON.
pub fn fits(param: &Param, text: &str) -> bool {
    let json =
        matches!(param.kind, Some(ParamKind::Integer | ParamKind::Boolean | ParamKind::List | ParamKind::Object));
    let value = if json { serde_json::from_str(text).ok() } else { Some(Value::from(text)) };
    value.is_some_and(|value| is_value(param, &value))
}

fn is_value(param: &Param, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match param.kind.unwrap_or(ParamKind::File) {
        ParamKind::Text => !text.is_empty() && text.chars().count() <= param.max.unwrap_or_default(),
        ParamKind::Digits => {
            let [min, max] = param.digits.unwrap_or_default();
            digits(text) && (min..=max).contains(&text.len())
        }
        ParamKind::Opaque => !text.is_empty(),
        ParamKind::Reference => {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            (1..=20).contains(&text.len()) && text.bytes().all(allowed)
        }
        ParamKind::Date => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        ParamKind::Amount => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let (min, max) = param.paise();
            let paise = format!("{whole}{fraction:0<2}").parse::<u64>().unwrap_or_default();
            let exact = param.whole != Some(true) || paise.is_multiple_of(100);
            digits(whole) && digits(fraction) && fraction.len() <= 2 && (min..=max).contains(&paise) && exact
        }
        ParamKind::Xml => format::is_xml(text),
        ParamKind::Ifsc => format::is_ifsc(text),
        ParamKind::Pan => format::is_pan(text),
        ParamKind::LatLong => format::is_lat_long(text),
        ParamKind::Mobile => format::is_mobile(text),
        ParamKind::Integer => value.is_i64(),
        ParamKind::Boolean => value.is_boolean(),
        ParamKind::OneOf => param.one_of.iter().any(|word| word == text),
        ParamKind::List => value
            .as_array()
            .is_some_and(|items| !items.is_empty() && items.iter().all(|item| is_value(&param.item(), item))),
        ParamKind::Object => value.as_object().is_some_and(|object| {
            let known = |name: &String| param.members.iter().any(|member| member.name == *name);
            let good = |member: &Param| match object.get(&member.name) {
                Some(value) => is_value(member, value),
                None => !member.is_asked(),
            };
            object.keys().all(known) && param.members.iter().all(good)
        }),
        ParamKind::File => false,
    }
}
