//! A request that was signed and not sent.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::fmt;

/// A signed request, for sending by other means, within two minutes and once. Masked in `Debug`.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct SignedRequest {
    /// `GET`, `POST` or `PUT`.
    pub method: &'static str,
    /// The whole URL. May hold personal data.
    pub url: String,
    /// Names and values, the signature among them.
    #[serde(serialize_with = "as_map")]
    pub headers: Vec<(&'static str, String)>,
    /// The body. May hold an OTP and personal data.
    pub body: Option<String>,
}

impl SignedRequest {
    /// `{"method": …, "url": …, "headers": {…}, "body": …}`.
    pub fn to_json(&self) -> String {
        // Text only: nothing here can fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn as_map<S: Serializer>(headers: &[(&'static str, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(headers.len()))?;
    for (name, value) in headers {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest").field("method", &self.method).finish_non_exhaustive()
    }
}
