//! Reads the fields of an outcome from JSON values whose types vary.

use super::amount;
use super::json::JsonValue;
use super::json::JsonWriter;
use crate::catalog::{Field, FieldKind, Pattern};
use std::iter;

/// Ids in a response that decide its outcome.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ids {
    pub(super) response_type_id: Option<i64>,
    pub(super) tx_status: Option<i64>,
    /// True if the response contains a transaction state, even if the state cannot be read or the response contains two different states.
    pub(super) names_state: bool,
    pub(super) status: Option<i64>,
    pub(super) response_status_id: Option<i64>,
    /// HTTP status of the response.
    pub(super) http: u16,
}

/// Minimum `response_status_id` that has a meaning. Smaller values are only for display: EPS sends -1, 0, 1 and so on for success and for
/// failure.
const FIRST_MEANINGFUL_STATUS_ID: i64 = 17;

impl Ids {
    pub(super) fn of(body: &JsonValue, http: u16) -> Self {
        let id = |name: &str| body.get(name).and_then(JsonValue::integer);
        // `tx_status` can occur in `data` and at the top level. If the two values differ, they contradict each other, and neither is used.
        let states = [body.at("data.tx_status"), body.get("tx_status")];
        let mut states = states.into_iter().flatten().filter(|state| !state.is_absent()).map(JsonValue::integer);
        let (one, two) = (states.next(), states.next());
        Self {
            response_type_id: id("response_type_id"),
            tx_status: one.flatten().filter(|_| two.is_none() || two == one),
            names_state: one.is_some(),
            status: id("status"),
            response_status_id: id("response_status_id"),
            http,
        }
    }

    /// Returns `response_status_id` if it has a meaning (see [`FIRST_MEANINGFUL_STATUS_ID`]).
    pub(super) fn meaningful_status_id(&self) -> Option<i64> {
        self.response_status_id.filter(|id| *id >= FIRST_MEANINGFUL_STATUS_ID)
    }

    /// Returns a weight for how specific the match is, or `None` if the pattern does not match. A pattern with more ids weighs more. If two
    /// patterns have the same number of ids, they rank in this order: response type, transaction state, status, status id, HTTP status.
    pub(super) fn matches(&self, pattern: &Pattern) -> Option<u32> {
        if pattern.stateless && self.names_state || pattern.http.is_some_and(|http| http != self.http) {
            return None;
        }
        // A gateway in front of EPS may answer 404 with `status` 0. Only a pattern that expects 404 believes such a response.
        if pattern.http.is_none() && self.http == 404 && self.status == Some(0) {
            return None;
        }
        let alone = pattern.response_type_id.or(pattern.tx_status).or(pattern.status).is_none();
        // Together with another id, even a display value of `response_status_id` can distinguish two responses. Alone, a display value has
        // no meaning.
        let status_id = if alone { self.meaningful_status_id() } else { self.response_status_id };
        let checks = [
            (pattern.response_type_id, self.response_type_id, 8),
            (pattern.tx_status, self.tx_status, 4),
            (pattern.status, self.status, 2),
            (pattern.response_status_id, status_id, 1),
        ];
        // The HTTP status counts as an id too. Some ids are too vague to select an outcome alone, but select one together with the HTTP
        // status.
        let mut weight = if pattern.http.is_some() { 16 } else { 0 };
        for (wanted, actual, rank) in checks {
            match wanted {
                None => {}
                Some(id) if actual == Some(i64::from(id)) => weight += 16 + rank,
                Some(_) => return None,
            }
        }
        (weight > 0).then_some(weight)
    }
}

/// Writes the fields of an outcome or of a nested object. If a required field is missing, writes nothing and returns `false`.
///
/// At the top level of an outcome (`top` is true), empty objects are written too, so that the caller can read their members without a
/// check.
pub(super) fn fields(out: &mut JsonWriter, fields: &[Field], wire: &JsonValue, ids: &Ids, top: bool) -> bool {
    out.all(|out| {
        fields
            .iter()
            .all(|field| out.member(field.name, |out| field_value(out, field, wire, ids, top)) || !field.required)
    })
}

fn field_value(out: &mut JsonWriter, field: &Field, wire: &JsonValue, ids: &Ids, top: bool) -> bool {
    let mut found = field.from.iter().filter_map(|path| wire.at(path));
    found.any(|value| read(out, &field.kind, value, ids))
        || match (&field.kind, field.default) {
            (_, Some((pattern, value))) if ids.matches(pattern).is_some() => out.value(value),
            (FieldKind::List(_) | FieldKind::TextList, _) if !field.required => {
                out.list(iter::empty::<&JsonValue>(), |_, _| false)
            }
            (FieldKind::Object(kind), _) if top => {
                out.object(|out| self::fields(out, kind.fields, &JsonValue::Null, ids, false))
            }
            (
                FieldKind::Text
                | FieldKind::Amount
                | FieldKind::Code
                | FieldKind::Flag
                | FieldKind::Object(_)
                | FieldKind::List(_)
                | FieldKind::TextList
                | FieldKind::Any,
                _,
            ) => false,
        }
}

fn read(out: &mut JsonWriter, kind: &FieldKind, wire: &JsonValue, ids: &Ids) -> bool {
    match kind {
        FieldKind::Text => wire.text().is_some_and(|text| out.value(text)),
        FieldKind::Amount => wire.text().and_then(amount::canonical).is_some_and(|amount| out.value(&amount)),
        FieldKind::Code => wire.integer().is_some_and(|code| out.value(&code)),
        FieldKind::Flag => wire.text().and_then(flag).is_some_and(|flag| out.value(&flag)),
        FieldKind::Object(kind) => {
            wire.members().is_some_and(|members| !members.is_empty())
                && out.object(|out| fields(out, kind.fields, wire, ids, false))
        }
        FieldKind::List(kind) => {
            let item =
                |out: &mut JsonWriter, item: &JsonValue| out.object(|out| fields(out, kind.fields, item, ids, false));
            wire.items().is_some_and(|items| out.list(items, item))
        }
        FieldKind::TextList => {
            let item = |out: &mut JsonWriter, item: &JsonValue| item.text().is_some_and(|text| out.value(text));
            wire.items().is_some_and(|items| out.list(items, item))
        }
        FieldKind::Any => any(out, wire),
    }
}

fn flag(text: &str) -> Option<bool> {
    match text.trim() {
        "1" | "true" | "True" | "TRUE" | "Y" | "y" | "yes" | "Yes" | "YES" => Some(true),
        "0" | "false" | "False" | "FALSE" | "N" | "n" | "no" | "No" | "NO" => Some(false),
        _ => None,
    }
}

/// Writes a value whose structure is not known. The keys are converted to camelCase, numbers become exact text, and empty values are left
/// out.
pub(super) fn any(out: &mut JsonWriter, wire: &JsonValue) -> bool {
    match wire {
        JsonValue::Null => false,
        JsonValue::Bool(value) => out.value(value),
        JsonValue::Number(_) | JsonValue::Whole(_) | JsonValue::Text(_) => {
            wire.text().is_some_and(|text| out.value(text))
        }
        JsonValue::List(items) => out.list(items, |out, item| any(out, item) || out.value(&())),
        JsonValue::Object(members) => out.object(|out| {
            for (name, value) in members {
                out.named(&camel(name), |out| any(out, value));
            }
            true
        }),
    }
}

/// Converts a name such as `otp_ref_id` to camelCase (`otpRefId`). Names that are already camelCase, or contain spaces, stay unchanged.
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
    // `__proto__` and similar names have a special meaning in JavaScript, so the prefix `$` is added to them.
    if matches!(out.as_str(), "__proto__" | "_Proto" | "constructor" | "prototype") { format!("${name}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_id_below_17_has_no_meaning() {
        let of = |id| Ids { response_status_id: Some(id), ..Ids::default() }.meaningful_status_id();
        assert_eq!([of(16), of(17)], [None, Some(17)]);
    }
}
