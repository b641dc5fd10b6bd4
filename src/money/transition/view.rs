//! Content of an answer of EPS about a transaction, before any conclusion is drawn from the answer.
//!
//! Only [`crate::money::transition`] can read the fields of a view. Other modules can only pass a view on:
//! ```
//! fn pass_on(view: eko_eps::money::TransactionView) -> eko_eps::money::TransactionView { view }
//! ```
//! ```compile_fail
//! fn conclude(view: eko_eps::money::TransactionView) -> bool { view.ok }
//! ```

use super::super::state::State;
use crate::catalog::Endpoint;
use crate::error::{Class, Code, Error, Meta};
use crate::response::{Answer, JsonValue, canonical_amount};
use std::borrow::Cow;
use std::fmt;

/// Answer of EPS to any call, reduced to what the answer says about one transaction.
#[non_exhaustive]
pub struct TransactionView {
    /// True if the answer has EPS's own envelope: a `status` together with a `response_type_id` or `response_status_id`, or a `status` that
    /// differs from the HTTP status. An answer without the envelope proves nothing.
    pub(super) envelope: bool,
    pub(super) ok: bool,
    pub(super) http_status: u16,
    pub(super) status: Option<i64>,
    /// True if the answer has an `Age` header, and so comes from a cache.
    pub(super) aged: bool,
    pub(super) tx_status: TxStatus,
    pub(super) tid: EchoedValue,
    pub(super) client_ref_id: EchoedValue,
    pub(super) amount: EchoedValue,
    /// Name of a member that occurs twice with different values and decides about the debit.
    pub(super) twice: Option<String>,
    /// State that the debit's outcome patterns in the catalogue assign to the type of the answer (`response_type_id`).
    pub(super) shape: Option<State>,
    pub(super) refusal: Option<Code>,
    /// True if the answer names a transaction id (tid) or a state anywhere.
    pub(super) names_one: bool,
    /// All values of an answer that names no transaction; empty for other answers. Each item holds the path, the value, and true if the
    /// value is text.
    leaves: Vec<(String, String, bool)>,
}

/// Value of an answer that is compared with the request or with an earlier answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EchoedValue {
    Absent,
    Text(String),
    /// The value cannot be read, or the answer holds two different values (in `data` and at the top level). Such a value counts as
    /// different from the expected one.
    Unreadable,
}

/// State of the transaction (`tx_status`) in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TxStatus {
    /// The answer names no state. The texts `""` and `"null"` count as no state.
    Nothing,
    Number(i64),
    Unclear,
    /// The answer names different states at different depths.
    TwoStates,
}

impl TransactionView {
    /// Reads the result of a call. Returns `None` if no answer arrived. `debit` is the endpoint of the debit even for the answer to an
    /// inquiry, so that the same body has the same meaning in both cases.
    pub(crate) fn of(debit: &Endpoint, result: &Result<Answer, Error>) -> Option<Self> {
        match result {
            Ok(answer) => Some(Self::read(debit, &answer.raw, &answer.meta, None)),
            Err(error) => {
                error.meta().map(|meta| Self::read(debit, error.raw().unwrap_or_default(), meta, Some(error.code())))
            }
        }
    }

    fn read(debit: &Endpoint, raw: &str, meta: &Meta, refusal: Option<Code>) -> Self {
        let parsed = JsonValue::parse(raw.trim_start_matches('\u{feff}'));
        let body = parsed.as_ref().unwrap_or(&JsonValue::Null);
        let text = |name: &str| echo(body, name, |value| id(value).map(Cow::Borrowed));
        let amount = echo(body, "amount", |value| plain(value).and_then(canonical_amount));
        let depths = [body.at("data.tx_status"), body.get("tx_status")];
        let states = depths.into_iter().flatten().map(TxStatus::of);
        let tx_status = states.fold(TxStatus::Nothing, TxStatus::and);
        let names_one = names_one(body);
        let mut leaves = Vec::new();
        if !names_one {
            walk(body, "", &mut leaves);
        }
        Self {
            // If there are no ids and `status` only repeats the HTTP status, the answer is a page of a gateway and has no envelope of EPS.
            envelope: meta.status.is_some_and(|status| {
                let ids = meta.response_type_id.or(meta.response_status_id).is_some();
                ids || status != i64::from(meta.http_status)
            }),
            ok: (200..300).contains(&meta.http_status),
            http_status: meta.http_status,
            status: meta.status,
            aged: meta.aged,
            // EPS names the state at the top level or in `data`. If both are missing, states at deeper levels are ignored. If one of these
            // differs from the named state, the answer contradicts itself.
            tx_status: if tx_status == TxStatus::Nothing { tx_status } else { deeper(body, tx_status) },
            tid: text("tid"),
            client_ref_id: text("client_ref_id"),
            amount,
            twice: meta.ambiguous().map(str::to_owned),
            shape: shape(debit, meta),
            refusal,
            names_one,
            leaves,
        }
    }

    /// Returns true if a gateway, or EPS itself, refused to process the call. Such an answer says nothing about the transaction.
    pub(super) fn is_gateway_refusal(&self) -> bool {
        let code = self.refusal.is_some_and(|code| match code.class() {
            Class::Auth | Class::RateLimit | Class::Transport => true,
            Class::Validation | Class::Otp | Class::Refused => code == Code::Unavailable,
        });
        code || !(self.ok || self.http_status == 404)
    }

    pub(super) fn carries(&self, reference: &str) -> bool {
        matches!(&self.client_ref_id, EchoedValue::Text(echoed) if echoed == reference)
    }

    /// Returns the content of the answer as a string, with `reference` removed from its text values. Two strings are equal if EPS gave the
    /// same answer for two references.
    pub(super) fn print(&self, reference: &str) -> String {
        let mut print = self.http_status.to_string();
        for (path, value, is_text) in &self.leaves {
            let value = if *is_text { value.replace(reference, "\u{0}") } else { value.clone() };
            // The path and the value are quoted, so that no value can look like another member.
            print.push_str(&format!("\n{path:?}={value:?}"));
        }
        print
    }
}

impl EchoedValue {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Absent, one) | (one, Self::Absent) => one,
            (one, other) if one == other => one,
            (Self::Text(_) | Self::Unreadable, _) => Self::Unreadable,
        }
    }
}

impl TxStatus {
    fn of(value: &JsonValue<'_>) -> Self {
        if is_absent(value) {
            return Self::Nothing;
        }
        // Only the spellings `N` and `N.0` of a number are accepted. Any other text that can be read as a number is not a state of EPS.
        let plain = |number: &i64| {
            let text = value.text().unwrap_or_default().trim();
            text == number.to_string() || text == format!("{number}.0")
        };
        value.integer().filter(plain).map_or(Self::Unclear, Self::Number)
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, one) | (one, Self::Nothing) => one,
            (one, other) if one == other => one,
            (Self::Number(_) | Self::Unclear | Self::TwoStates, _) => Self::TwoStates,
        }
    }
}

/// Returns the text of an id, which may be a JSON string or a JSON number.
fn id<'b>(value: &'b JsonValue<'b>) -> Option<&'b str> {
    if matches!(value, JsonValue::Bool(_)) { None } else { value.text() }
}

/// Returns the text of an amount, which must be a plain decimal. Only a JSON number may have an exponent.
fn plain<'b>(value: &'b JsonValue<'b>) -> Option<&'b str> {
    let exponent = matches!(value, JsonValue::Text(text) if text.contains(['e', 'E']));
    if exponent { None } else { id(value) }
}

/// Combines the known state with every other `tx_status` in the answer, at any depth. The result is `TwoStates` if two of them differ.
fn deeper(value: &JsonValue<'_>, known: TxStatus) -> TxStatus {
    match value {
        JsonValue::Object(members) => members.iter().fold(known, |known, (name, value)| {
            let known = if name == "tx_status" { known.and(TxStatus::of(value)) } else { known };
            deeper(value, known)
        }),
        JsonValue::List(items) => items.iter().fold(known, |known, item| deeper(item, known)),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::Whole(_) | JsonValue::Text(_) => known,
    }
}

/// Reads a value that may be in `data` and at the top level. If the two values differ, the result is `Unreadable`.
fn echo<'b>(
    body: &'b JsonValue<'b>,
    name: &str,
    read: impl Fn(&'b JsonValue<'b>) -> Option<Cow<'b, str>>,
) -> EchoedValue {
    let depths = [body.at(&format!("data.{name}")), body.get(name)];
    let echoes = depths.into_iter().flatten().filter(|value| !is_absent(value));
    echoes.fold(EchoedValue::Absent, |known, value| {
        let echo = read(value).map_or(EchoedValue::Unreadable, |text| EchoedValue::Text(text.into_owned()));
        known.and(echo)
    })
}

/// Returns the state of the first outcome pattern that names the type of this answer and whose other conditions the answer meets.
fn shape(debit: &Endpoint, meta: &Meta) -> Option<State> {
    let type_id = meta.response_type_id?;
    let rule = debit.outcomes.iter().find(|rule| {
        rule.when.iter().any(|pattern| {
            pattern.response_type_id.map(i64::from) == Some(type_id)
                && pattern.tx_status.is_none_or(|tx| meta.tx_status == Some(tx.into()))
                && pattern.status.is_none_or(|status| meta.status == Some(status.into()))
        })
    })?;
    State::from_tag(rule.tag)
}

/// Returns true if the value is absent. The texts `""` and `"null"` count as absent.
fn is_absent(value: &JsonValue<'_>) -> bool {
    match value {
        JsonValue::Null => true,
        JsonValue::Text(_) => value.text().is_none(),
        JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::Whole(_) | JsonValue::List(_) | JsonValue::Object(_) => {
            false
        }
    }
}

/// Names of members whose values differ from answer to answer. The values of these members are not compared.
const VOLATILE: [&str; 8] =
    ["timestamp", "time", "date", "response_time", "server_time", "request_id", "trace_id", "correlation_id"];

/// Collects the path and the text of each value in the answer.
fn walk(value: &JsonValue<'_>, path: &str, out: &mut Vec<(String, String, bool)>) {
    match value {
        JsonValue::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}.{name}");
                // The presence of a volatile member is compared, but not its value.
                let plain = matches!(value, JsonValue::Text(_) | JsonValue::Number(_) | JsonValue::Whole(_));
                if plain && VOLATILE.contains(&name.as_ref()) {
                    out.push((path, String::new(), false));
                } else {
                    walk(value, &path, out);
                }
            }
        }
        JsonValue::List(items) => items.iter().for_each(|item| walk(item, &format!("{path}[]"), out)),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::Whole(_) => {
            out.push((path.to_owned(), value.text().unwrap_or_default().to_owned(), false));
        }
        JsonValue::Text(text) => out.push((path.to_owned(), text.clone().into_owned(), true)),
    }
}

/// Returns true if the value contains a transaction id (tid) or a state, at any depth.
fn names_one(value: &JsonValue<'_>) -> bool {
    match value {
        JsonValue::Object(members) => members.iter().any(|(name, value)| {
            let decides = matches!(name.as_ref(), "tid" | "tx_status");
            decides && !is_absent(value) || names_one(value)
        }),
        JsonValue::List(items) => items.iter().any(names_one),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::Whole(_) | JsonValue::Text(_) => false,
    }
}

impl fmt::Debug for TransactionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionView").field("http_status", &self.http_status).finish_non_exhaustive()
    }
}
