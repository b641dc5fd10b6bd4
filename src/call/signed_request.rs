//! Signed request that this client does not send itself.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::fmt;

/// Signed request that the caller sends by other means, once and within two minutes. `Debug` prints only the method.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct SignedRequest {
    /// HTTP method: `GET`, `POST` or `PUT`.
    pub method: &'static str,
    /// Complete URL. May contain personal data.
    pub url: String,
    /// Names and values of the HTTP headers, including the signature.
    #[serde(serialize_with = "as_map")]
    pub headers: Vec<(&'static str, String)>,
    /// Request body. May contain an OTP and personal data.
    pub body: Option<String>,
}

impl SignedRequest {
    /// Returns the request as JSON: `{"method": …, "url": …, "headers": {…}, "body": …}`.
    pub fn to_json(&self) -> String {
        // All fields are strings, so the serialisation cannot fail.
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
