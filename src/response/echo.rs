//! What an answer says of the transaction it speaks of, whatever its shape: outcome, refusal or something new.

use super::amount;
use super::wire::Wire;
use std::borrow::Cow;

/// Of a body that cannot be read, nothing.
#[derive(Debug, Default)]
pub(crate) struct Echo {
    pub(crate) tid: Option<String>,
    pub(crate) client_ref_id: Option<String>,
    /// Canonical rupees, or that it cannot be read.
    pub(crate) amount: Option<Result<String, ()>>,
    pub(crate) tx_status: Told,
}

/// What an answer says of the state of a transaction.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing: `""` and `"null"` are nothing too.
    #[default]
    Nothing,
    Number(i64),
    /// Something that is no number, or two that differ.
    Unclear,
}

impl Echo {
    pub(crate) fn of(raw: &str) -> Self {
        Wire::parse(raw.trim_start_matches('\u{feff}')).map(|body| Self::of_body(&body)).unwrap_or_default()
    }

    fn of_body(body: &Wire) -> Self {
        let named = |name: &str| body.get("data").and_then(|data| data.get(name)).filter(|value| !is_absent(value));
        let text = |name: &str| named(name).map(|value| value.text().map_or_else(|| "?".to_owned(), str::to_owned));
        let amount = |value: &Wire| value.text().and_then(amount::canonical).map(Cow::into_owned).ok_or(());
        let told = [named("tx_status"), body.get("tx_status")].into_iter().flatten().map(told);
        Self {
            tid: text("tid"),
            client_ref_id: text("client_ref_id"),
            amount: named("amount").map(amount),
            tx_status: told.fold(Told::Nothing, Told::and),
        }
    }
}

impl Told {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Told::Nothing, told) | (told, Told::Nothing) => told,
            (Told::Number(one), Told::Number(two)) if one == two => self,
            (Told::Number(_) | Told::Unclear, Told::Number(_) | Told::Unclear) => Told::Unclear,
        }
    }
}

fn told(value: &Wire) -> Told {
    if is_absent(value) { Told::Nothing } else { value.integer().map_or(Told::Unclear, Told::Number) }
}

/// As everywhere, `""` and `"null"` are absent.
fn is_absent(value: &Wire) -> bool {
    match value {
        Wire::Null => true,
        Wire::Text(_) => value.text().is_none(),
        Wire::Bool(_) | Wire::Number(_) | Wire::Whole(_) | Wire::List(_) | Wire::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Echo, Told};

    #[test]
    fn what_is_there_and_cannot_be_read_is_not_absent() {
        let of = |data: &str| Echo::of(&format!(r#"{{"status":0,"data":{data}}}"#));
        let echo = of(r#"{"tid":77,"amount":"1,00.0","client_ref_id":"null","tx_status":""}"#);
        assert_eq!((echo.tid.as_deref(), echo.client_ref_id), (Some("77"), None));
        assert_eq!((echo.amount, echo.tx_status), (Some(Ok("100".to_owned())), Told::Nothing));
        for amount in ["\"x\"", "{}", "[]", "true", "\"1e999\""] {
            assert_eq!(of(&format!(r#"{{"amount":{amount}}}"#)).amount, Some(Err(())), "{amount}");
        }
        for (state, told) in [("\"2\"", Told::Number(2)), ("\"x\"", Told::Unclear), ("[]", Told::Unclear)] {
            assert_eq!(of(&format!(r#"{{"tx_status":{state}}}"#)).tx_status, told, "{state}");
        }
        assert_eq!(Echo::of(r#"{"tx_status":2,"data":{"tx_status":"0"}}"#).tx_status, Told::Unclear);
        assert_eq!(Echo::of(r#"{"tx_status":0,"data":{"tx_status":"0"}}"#).tx_status, Told::Number(0));
        assert_eq!(Echo::of("<html>").tid, None);
    }
}
