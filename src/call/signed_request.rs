//! A request that was signed but not sent.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::fmt;

/// A signed request that the caller sends by other means, once and within two minutes. `Debug` masks it.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct SignedRequest {
    /// `GET`, `POST` or `PUT`.
    pub method: &'static str,
    /// The whole URL. May hold personal data.
    pub url: String,
    /// Names and values, including the signature.
    #[serde(serialize_with = "as_map")]
    pub headers: Vec<(&'static str, String)>,
    /// The body. May hold an OTP and personal data.
    pub body: Option<String>,
}

impl SignedRequest {
    /// Returns the request as `{"method": …, "url": …, "headers": {…}, "body": …}`.
    pub fn to_json(&self) -> String {
        // All fields are text, so this cannot fail.
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
