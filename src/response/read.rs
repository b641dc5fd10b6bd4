//! Reads the fields of an outcome out of the wire's mixed types.

use super::amount;
use super::wire::Wire;
use crate::catalog::{Field, FieldKind, Pattern};
use serde_json::{Map, Value};

/// The ids an answer is judged by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ids {
    pub(super) response_type_id: Option<i64>,
    pub(super) tx_status: Option<i64>,
    pub(super) status: Option<i64>,
    pub(super) response_status_id: Option<i64>,
}

/// `response_status_id` below this is for display: -1, 0, 1 and so on appear on success and on failure.
const FIRST_MEANINGFUL_STATUS_ID: i64 = 17;

impl Ids {
    pub(super) fn of(body: &Wire) -> Self {
        let id = |name: &str| body.get(name).and_then(Wire::integer);
        Self {
            response_type_id: id("response_type_id"),
            tx_status: body.at("data.tx_status").or_else(|| body.get("tx_status")).and_then(Wire::integer),
            status: id("status"),
            response_status_id: id("response_status_id"),
        }
    }

    /// `response_status_id`, where it says anything.
    pub(super) fn meaningful_status_id(&self) -> Option<i64> {
        self.response_status_id.filter(|id| *id >= FIRST_MEANINGFUL_STATUS_ID)
    }

    /// How specific the pattern's match is; `None` where it does not match.
    /// More ids beat fewer; among as many, a type beats a transaction state beats a status beats a status id.
    pub(super) fn matches(&self, pattern: &Pattern) -> Option<u32> {
        let alone = pattern.response_type_id.or(pattern.tx_status).or(pattern.status).is_none();
        // Beside another id even a display value tells two answers apart; alone it says nothing.
        let status_id = if alone { self.meaningful_status_id() } else { self.response_status_id };
        let checks = [
            (pattern.response_type_id, self.response_type_id, 8),
            (pattern.tx_status, self.tx_status, 4),
            (pattern.status, self.status, 2),
            (pattern.response_status_id, status_id, 1),
        ];
        let mut weight = 0;
        for (wanted, actual, rank) in checks {
            match wanted {
                None => {}
                Some(_) if wanted == actual => weight += 16 + rank,
                Some(_) => return None,
            }
        }
        (weight > 0).then_some(weight)
    }
}

/// The fields of an outcome or of an object; `None` where a required one is absent.
///
/// At the top of an outcome (`top`) objects are always there, if empty: a caller can reach into them without a check.
pub(super) fn fields(fields: &[Field], wire: &Wire, ids: &Ids, top: bool) -> Option<Map<String, Value>> {
    let mut out = Map::new();
    for field in fields {
        match field_value(field, wire, ids, top) {
            Some(value) => {
                out.insert(field.name.to_owned(), value);
            }
            None if field.required => return None,
            None => {}
        }
    }
    Some(out)
}

fn field_value(field: &Field, wire: &Wire, ids: &Ids, top: bool) -> Option<Value> {
    let found = field.from.iter().filter_map(|path| wire.at(path)).find_map(|value| read(&field.kind, value, ids));
    found.or_else(|| match (&field.kind, field.default) {
        (_, Some((pattern, value))) if ids.matches(&pattern).is_some() => Some(Value::from(value)),
        (FieldKind::List(_) | FieldKind::TextList, _) => Some(Value::Array(Vec::new())),
        (FieldKind::Object(kind), _) if top => self::fields(kind.fields, &Wire::Null, ids, false).map(Value::Object),
        (
            FieldKind::Text
            | FieldKind::Amount
            | FieldKind::Code
            | FieldKind::Flag
            | FieldKind::Object(_)
            | FieldKind::Any,
            _,
        ) => None,
    })
}

fn read(kind: &FieldKind, wire: &Wire, ids: &Ids) -> Option<Value> {
    match kind {
        FieldKind::Text => wire.text().map(Value::from),
        FieldKind::Amount => wire.text().and_then(amount::canonical).map(Value::from),
        FieldKind::Code => wire.integer().map(Value::from),
        FieldKind::Flag => wire.text().and_then(flag).map(Value::from),
        FieldKind::Object(kind) => {
            wire.members().filter(|members| !members.is_empty())?;
            fields(kind.fields, wire, ids, false).map(Value::Object)
        }
        FieldKind::List(kind) => {
            let read = |item: &Wire| fields(kind.fields, item, ids, false).map(Value::Object);
            wire.items().map(|items| items.iter().filter_map(read).collect())
        }
        FieldKind::TextList => wire.items().map(|items| items.iter().filter_map(Wire::text).map(Value::from).collect()),
        FieldKind::Any => any(wire),
    }
}

fn flag(text: &str) -> Option<bool> {
    match text.trim() {
        "1" | "true" | "True" | "TRUE" | "Y" | "y" | "yes" | "Yes" | "YES" => Some(true),
        "0" | "false" | "False" | "FALSE" | "N" | "n" | "no" | "No" | "NO" => Some(false),
        _ => None,
    }
}

/// A shape nobody declared: camelCase keys, numbers as exact text, empty values left out.
pub(super) fn any(wire: &Wire) -> Option<Value> {
    match wire {
        Wire::Null => None,
        Wire::Bool(value) => Some(Value::from(*value)),
        Wire::Number(_) | Wire::Whole(_) | Wire::Text(_) => wire.text().map(Value::from),
        Wire::List(items) => Some(items.iter().map(|item| any(item).unwrap_or(Value::Null)).collect()),
        Wire::Object(members) => Some(
            members
                .iter()
                .filter_map(|(name, value)| any(value).map(|value| (camel(name), value)))
                .collect::<Map<_, _>>()
                .into(),
        ),
    }
}

/// `otp_ref_id` -> `otpRefId`; names that are camelCase already, or hold spaces, stay.
fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        match character {
            '_' | '-' if !out.is_empty() => upper = true,
            _ if upper => {
                out.extend(character.to_uppercase());
                upper = false;
            }
            _ => out.push(character),
        }
    }
    // `__proto__` and its like must not become a name that means something to a JavaScript reader.
    if matches!(out.as_str(), "__proto__" | "_Proto" | "constructor" | "prototype") { format!("${name}") } else { out }
}
