//! Callbacks: status messages that EPS posts to the merchant's address. A callback is not signed, so anyone who knows the address can post
//! one.
//!
//! A callback therefore never changes the state of a debit in the journal. It makes the client ask EPS, and only EPS's answer counts.

use crate::error::{Code, Error};
use crate::response::{Object, canonical_amount, object};
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// Callback of EPS. The parser accepts a value as a number or as text, because EPS writes the same value sometimes as a number and
/// sometimes as text.
///
/// A callback is only a hint, so no function converts it to a state. This code does not compile:
/// ```compile_fail
/// fn believe(callback: eko_eps::money::Callback) -> eko_eps::money::State { callback.into() }
/// ```
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Callback {
    /// Reference of the debit (`client_ref_id`), or the account number of a static QR code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ref_id: Option<String>,
    /// EPS's transaction id (tid).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// State in the callback (`tx_status`): 0 success, 1 failed, 2 not finished, 3 refund pending, 4 refunded. Any other value means not
    /// finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_status: Option<i64>,
    /// State of the debit before this callback (`old_tx_status`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_tx_status: Option<i64>,
    /// Amount in rupees, as a canonical decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Fee in rupees, as a canonical decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<String>,
    /// Goods and services tax in rupees, as a canonical decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gst: Option<String>,
    /// Tax deducted at source in rupees, as a canonical decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tds: Option<String>,
    /// Commission of the partner in rupees, as a canonical decimal. EPS spells the name `partners_commision`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commission: Option<String>,
    /// The bank's reference number of the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_ref_num: Option<String>,
    /// EPS's code of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_code: Option<String>,
    /// Payment mode: 4 is NEFT, 5 is IMPS or UPI, 13 is RTGS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_mode: Option<i64>,
    /// Time as received, in the form `YYYY-MM-DD HH:MM:SS`. The text names no time zone; Indian time is assumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// True if a value of the callback cannot be read, or if one name has two values.
    #[serde(skip)]
    unclear: bool,
    /// All received values, by their names in camelCase. Numbers are kept as exact text. The values may contain personal data.
    pub fields: Map<String, Value>,
}

/// JSON paths of the objects that may hold the values: the top level, `data`, and the nested objects of the hosted AePS gateway.
const PLACES: [&[&str]; 4] = [&[], &["data"], &["detail", "response", "data"], &["detail"]];

impl Callback {
    /// Parses the body of a callback.
    ///
    /// # Errors
    /// `body.empty`, `body.too_large`, `body.not_json`, and `body.wrong_shape` if the callback names no transaction.
    pub fn parse(body: &str) -> Result<Self, Error> {
        let rule = "the callback must be a JSON object with `client_ref_id` or `tid`";
        let refused = |code: Code| Error::new(code, format!("{rule}: {}", code.doc()));
        let Object { members: fields, ambiguous } = object(body).map_err(refused)?;
        let text =
            |names: &[&str]| PLACES.iter().find_map(|place| names.iter().find_map(|name| at(&fields, place, name)));
        let amount = |names: &[&str]| text(names).and_then(|text| canonical_amount(&text).map(Cow::into_owned));
        let code = |name: &str| text(&[name]).and_then(|text| canonical_amount(&text)?.parse().ok());
        let callback = Self {
            client_ref_id: text(&["clientRefId"]),
            tid: text(&["tid"]),
            tx_status: code("txStatus"),
            old_tx_status: code("oldTxStatus"),
            amount: amount(&["amount"]),
            fee: amount(&["fee"]),
            gst: amount(&["gst"]),
            tds: amount(&["tds"]),
            commission: amount(&["partnersCommision", "partnersCommission", "commission"]),
            bank_ref_num: text(&["bankRefNum"]),
            service_code: text(&["serviceCode"]),
            payment_mode: code("paymentMode"),
            timestamp: text(&["timestamp"]),
            unclear: ambiguous || is_unreadable(&fields),
            fields: Map::new(),
        };
        if callback.client_ref_id.is_none() && callback.tid.is_none() {
            return Err(refused(Code::BodyWrongShape));
        }
        Ok(Self { fields, ..callback })
    }

    pub(crate) fn is_unclear(&self) -> bool {
        self.unclear
    }

    /// Returns the callback as a JSON object.
    pub fn to_json(&self) -> String {
        // All keys are text and all numbers are whole, so serialising cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Returns true if an amount, a tid, a reference or a state is present but cannot be read.
fn is_unreadable(fields: &Map<String, Value>) -> bool {
    let readable = |name: &str, text: &str| match name {
        "amount" => canonical_amount(text).is_some(),
        "txStatus" => text.trim().parse::<i64>().is_ok(),
        _ => true,
    };
    let inner =
        |place: &[&str]| place.iter().try_fold(fields, |inner, step| inner.get(*step).and_then(Value::as_object));
    PLACES.iter().filter_map(|place| inner(place)).any(|fields| {
        ["amount", "txStatus", "tid", "clientRefId"]
            .into_iter()
            .any(|name| fields.get(name).is_some_and(|value| value.as_str().is_none_or(|text| !readable(name, text))))
    })
}

fn at(fields: &Map<String, Value>, place: &[&str], name: &str) -> Option<String> {
    let inner = place.iter().try_fold(fields, |inner, step| inner.get(*step).and_then(Value::as_object));
    inner?.get(name)?.as_str().map(|text| text.trim().to_owned())
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("client_ref_id", &self.client_ref_id)
            .field("tid", &self.tid)
            .field("tx_status", &self.tx_status)
            .field("old_tx_status", &self.old_tx_status)
            .finish_non_exhaustive()
    }
}
