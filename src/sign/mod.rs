//! The signer: pure, without a clock, I/O or serialisation. The only room the wasm build contains.
//!
//! `secret-key = base64(HMAC-SHA256(key = ASCII of base64(access_key), message = decimal milliseconds))`, and the request
//! hash of the v1/v2 products: the same key, over the timestamp followed by the product's values.

pub(crate) mod base64;
pub(crate) mod key;
mod mac;
mod timestamp;

use alloc::vec;
use core::fmt;
use mac::{Mac, wipe};

pub use key::KeyFault;
pub use timestamp::Timestamp;

/// The header names EPS reads, in the order of its pages.
pub const HEADER_NAMES: [&str; 3] = ["developer_key", "secret-key", "secret-key-timestamp"];

/// Why something cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The access key is empty.
    EmptyKey,
    /// The access key holds what EPS puts in none.
    BadKey(KeyFault),
    /// The timestamp does not have 13 digits.
    TimestampDigits,
}

impl fmt::Display for SignError {
    /// The rule and the fix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignError::EmptyKey => {
                f.write_str("accessKey is empty: give the access key that EPS issued with your developer key")
            }
            SignError::BadKey(fault) => write!(f, "accessKey has {fault}: give it as EPS issued it"),
            SignError::TimestampDigits => f.write_str(
                "timestamp must be milliseconds since 1970, an integer of 13 digits (10 digits are seconds: multiply the clock, not the value of an earlier call)",
            ),
        }
    }
}

impl core::error::Error for SignError {}

/// Signs for one access key. Cheap to share; holds no key text, only hash states that are wiped when dropped.
///
/// ```
/// use eko_eps::sign::{Signer, Timestamp};
/// let signer = Signer::new("TEST_ACCESS_KEY_DO_NOT_USE")?;
/// let signature = signer.sign(Timestamp::from_millis(1_700_000_000_000)?);
/// assert_eq!(signature.as_str(), "u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk=");
/// # Ok::<(), eko_eps::sign::SignError>(())
/// ```
#[repr(transparent)]
pub struct Signer(Mac);

impl Signer {
    /// # Errors
    /// [`SignError::EmptyKey`], and [`SignError::BadKey`] for blanks, line breaks and other control characters, invisible ones, a byte
    /// order mark, and quotation marks, wherever they are.
    pub fn new(access_key: &str) -> Result<Self, SignError> {
        if access_key.is_empty() {
            return Err(SignError::EmptyKey);
        }
        match key::fault(access_key) {
            Some(fault) => Err(SignError::BadKey(fault)),
            None => Ok(Self::from_bytes(access_key.as_bytes())),
        }
    }

    /// The construction itself, which takes any bytes.
    pub fn from_bytes(access_key: &[u8]) -> Self {
        let mut text = vec![0; base64::length(access_key.len())];
        let signer = Self::from_base64(base64::encode(access_key, &mut text));
        wipe(&mut text);
        signer
    }

    /// Without a key: for a place in memory that a key's states will be written to.
    #[allow(dead_code, reason = "only the wasm door has such a place")]
    pub(crate) const UNSET: Signer = Signer(Mac::UNSET);

    /// The HMAC key is this text, the access key as base64.
    pub(crate) fn from_base64(text: &[u8]) -> Self {
        Self(Mac::new(text))
    }

    /// The `secret-key` for this timestamp. Pure: reserves nothing, so the caller keeps timestamps unique.
    pub fn sign(&self, timestamp: Timestamp) -> Signature {
        Signature::encode(&self.tag(&timestamp.digits()))
    }

    /// The `request_hash` of the v1/v2 products: the timestamp, then the values in the product's order, without separators.
    ///
    /// Each value must be byte-equal to what the body carries: `50` and `50.0` differ.
    /// BBPS pay bill: utility account number, amount, user code. AePS: plain Aadhaar, amount (`0` for enquiries), user code.
    pub fn request_hash(&self, timestamp: Timestamp, values: &[&str]) -> Signature {
        // As long as needed from the start: growing would leave copies of the values (an Aadhaar number) behind.
        let mut message = vec::Vec::with_capacity(13 + values.iter().map(|value| value.len()).sum::<usize>());
        message.extend_from_slice(&timestamp.digits());
        values.iter().for_each(|value| message.extend_from_slice(value.as_bytes()));
        let hash = Signature::encode(&self.tag(&message));
        wipe(&mut message);
        hash
    }

    /// The tag of a message that starts with a timestamp.
    pub(crate) fn tag(&self, message: &[u8]) -> [u8; 32] {
        self.0.tag(message)
    }

    /// The three headers, as instructions for whatever sends the request.
    pub fn headers<'a>(&self, developer_key: &'a str, timestamp: Timestamp) -> SignedHeaders<'a> {
        SignedHeaders { developer_key, secret_key: self.sign(timestamp), timestamp: timestamp.digits() }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer([hidden])")
    }
}

/// 32 bytes as base64: 44 characters. Masked in `Debug`, for with its timestamp it opens the door for two minutes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 44]);

impl Signature {
    fn encode(tag: &[u8; 32]) -> Self {
        let mut text = [0u8; 44];
        base64::encode(tag, &mut text);
        Self(text)
    }

    /// The header value, as ASCII.
    pub fn as_bytes(&self) -> &[u8; 44] {
        &self.0
    }

    /// The header value.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature([hidden])")
    }
}

/// What to add to a request.
pub struct SignedHeaders<'a> {
    developer_key: &'a str,
    secret_key: Signature,
    timestamp: [u8; 13],
}

impl SignedHeaders<'_> {
    /// Name and value, in the order of [`HEADER_NAMES`].
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
