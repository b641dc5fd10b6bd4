//! Base64 (RFC 4648) with RustCrypto's crate `base64ct`. Its code has no lookup table and no branch that depends on the encoded bytes, so
//! its duration reveals nothing about an encoded key.

use base64ct::{Base64, Encoding};

/// Returns the number of base64 characters for this many bytes.
pub(crate) const fn length(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// Encodes `bytes` into the start of `text`, which must have room for [`length`] characters. Returns the encoded text.
pub(crate) fn encode<'a>(bytes: &[u8], text: &'a mut [u8]) -> &'a [u8] {
    Base64::encode(bytes, text).map(str::as_bytes).unwrap_or_default()
}
