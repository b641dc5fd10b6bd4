//! Signer of requests. It has no clock, no I/O and no serialisation. The wasm build contains only this module and the JavaScript binding.
//!
//! `secret-key = base64(HMAC-SHA256(key = ASCII of base64(access_key), message = decimal milliseconds))`. The request hash of the v1/v2
//! products has the same HMAC key. The message of the hash is the timestamp followed by the values that the product defines.

pub(crate) mod base64;
pub(crate) mod key;
mod mac;
mod timestamp;

use alloc::vec;
use core::fmt;
use mac::{Mac, wipe};

pub use key::KeyFault;
pub use timestamp::Timestamp;

/// Names of the three headers that sign a request, in the order of EPS's documentation.
pub const HEADER_NAMES: [&str; 3] = ["developer_key", "secret-key", "secret-key-timestamp"];

/// Reason why a request cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The access key is empty.
    EmptyKey,
    /// The access key contains a character that EPS never uses in access keys.
    BadKey(KeyFault),
    /// The timestamp does not have 13 digits.
    TimestampDigits,
}

impl fmt::Display for SignError {
    /// Writes what is wrong and how to fix it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignError::EmptyKey => {
                f.write_str("accessKey is empty: give the access key that EPS issued with your developer key")
            }
            SignError::BadKey(fault) => write!(f, "accessKey has {fault}: give it as EPS issued it"),
            SignError::TimestampDigits => f.write_str(
                "timestamp must be milliseconds since 1970, an integer of 13 digits (10 digits are seconds): read the clock in milliseconds",
            ),
        }
    }
}

impl core::error::Error for SignError {}

/// Signer for one access key. It is cheap to share. It contains only hash states of the key, which are wiped when the signer is dropped.
///
/// ```
/// use eko_eps::{Signer, Timestamp};
/// let signer = Signer::new("TEST_ACCESS_KEY_DO_NOT_USE")?;
/// let signature = signer.sign(Timestamp::from_millis(1_700_000_000_000)?);
/// assert_eq!(signature.as_str(), "u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk=");
/// # Ok::<(), eko_eps::SignError>(())
/// ```
pub struct Signer(Mac);

impl Signer {
    /// Creates a signer for an access key.
    ///
    /// # Errors
    /// [`SignError::EmptyKey`] if the key is empty. [`SignError::BadKey`] if the key contains, at any position, a blank, a line break or another
    /// control character, an invisible character, a byte order mark, or a quotation mark.
    pub fn new(access_key: &str) -> Result<Self, SignError> {
        if access_key.is_empty() {
            return Err(SignError::EmptyKey);
        }
        match key::fault(access_key) {
            Some(fault) => Err(SignError::BadKey(fault)),
            None => Ok(Self::from_bytes(access_key.as_bytes())),
        }
    }

    /// Creates a signer for an access key of any bytes. The bytes are not checked.
    pub fn from_bytes(access_key: &[u8]) -> Self {
        let mut text = vec![0; base64::length(access_key.len())];
        let signer = Self::from_base64(base64::encode(access_key, &mut text));
        wipe(&mut text);
        signer
    }

    /// Creates a signer from a base64-encoded access key. The base64 text itself is the HMAC key.
    pub(crate) fn from_base64(text: &[u8]) -> Self {
        Self(Mac::new(text))
    }

    /// Returns the `secret-key` header for this timestamp. The caller must use each timestamp only once, because this function does not reserve it.
    pub fn sign(&self, timestamp: Timestamp) -> Signature {
        Signature::encode(&self.tag(&timestamp.digits()))
    }

    /// Returns the `request_hash` of the v1/v2 products. The hashed message is the timestamp followed by the values, in the order that the product
    /// defines, without separators.
    ///
    /// Each value must have exactly the same bytes as in the request body: `50` and `50.0` differ. The values for BBPS pay bill are utility account
    /// number, amount and user code. The values for AePS are plain Aadhaar, amount (`0` for enquiries) and user code.
    pub fn request_hash(&self, timestamp: Timestamp, values: &[&str]) -> Signature {
        // Allocates the full length, because growing the vector would leave copies of its values, such as an Aadhaar number, in memory.
        let mut message = vec::Vec::with_capacity(13 + values.iter().map(|value| value.len()).sum::<usize>());
        message.extend_from_slice(&timestamp.digits());
        values.iter().for_each(|value| message.extend_from_slice(value.as_bytes()));
        let hash = Signature::encode(&self.tag(&message));
        wipe(&mut message);
        hash
    }

    /// Returns the HMAC of a message, which starts with a timestamp.
    pub(crate) fn tag(&self, message: &[u8]) -> [u8; 32] {
        self.0.tag(message)
    }

    /// Returns the three headers of a signed request.
    pub fn headers<'a>(&self, developer_key: &'a str, timestamp: Timestamp) -> SignedHeaders<'a> {
        SignedHeaders { developer_key, secret_key: self.sign(timestamp), timestamp: timestamp.digits() }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer([hidden])")
    }
}

/// Signature of 32 bytes, as 44 base64 characters. `Debug` hides it, because a signature and its timestamp give access for two minutes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 44]);

impl Signature {
    fn encode(tag: &[u8; 32]) -> Self {
        let mut text = [0u8; 44];
        base64::encode(tag, &mut text);
        Self(text)
    }

    /// Returns the header value as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8; 44] {
        &self.0
    }

    /// Returns the header value as text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature([hidden])")
    }
}

/// Headers that sign a request.
pub struct SignedHeaders<'a> {
    developer_key: &'a str,
    secret_key: Signature,
    timestamp: [u8; 13],
}

impl SignedHeaders<'_> {
    /// Returns the name and the value of each header, in the order of [`HEADER_NAMES`].
    pub fn pairs(&self) -> [(&'static str, &str); 3] {
        let [developer_key, secret_key, timestamp] = HEADER_NAMES;
        [
            (developer_key, self.developer_key),
            (secret_key, self.secret_key.as_str()),
            (timestamp, core::str::from_utf8(&self.timestamp).unwrap_or_default()),
        ]
    }
}

impl fmt::Debug for SignedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedHeaders([hidden])")
    }
}
