//! HMAC-SHA256 (RFC 2104) with RustCrypto's crates `hmac` and `sha2`. Only the two hash states that depend on the key are kept, not the
//! key.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use zeroize::optimization_barrier;

/// Key of an HMAC, stored as two hash states: one after the inner pad and one after the outer pad of the key (RFC 2104). Both states are
/// wiped when this value is dropped.
pub(crate) struct Mac(Hmac<Sha256>);

impl Mac {
    /// Computes the states of a key. The key may consist of any bytes and may have any length.
    pub(crate) fn new(key: &[u8]) -> Self {
        match Hmac::new_from_slice(key) {
            Ok(states) => Self(states),
            Err(_) => unreachable!("HMAC accepts keys of any length"),
        }
    }

    /// Returns the HMAC of a message.
    pub(crate) fn tag(&self, message: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(message).finalize().into_bytes().into()
    }
}

/// Wipes the bytes, as `Zeroize` does for a slice, in fewer instructions.
#[inline(never)]
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    optimization_barrier(bytes);
}
