//! HMAC-SHA256 (RFC 2104) with the key's two blocks compressed once.
//!
//! RustCrypto does the hashing. Its `hmac` crate gives the same result and is the oracle of the property tests; used
//! directly, the compression function keeps a signature free of allocation and the wasm build small.

use sha2::block_api::compress256;
use zeroize::Zeroize;

const BLOCK: usize = 64;

/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The key as two hash states. Wiped when dropped; the key itself is not kept.
pub(crate) struct Mac {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Mac {
    /// Takes any bytes, of any length.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block = [0u8; BLOCK];
        if key.len() > BLOCK {
            block[..32].copy_from_slice(&digest(INITIAL, 0, &[key]));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let mac = Self { inner: padded_key_state(&block, 0x36), outer: padded_key_state(&block, 0x5c) };
        block.zeroize();
        mac
    }

    /// The tag of the parts, one after another.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let inner = digest(self.inner, BLOCK, parts);
        digest(self.outer, BLOCK, &[&inner])
    }
}

impl Drop for Mac {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

fn padded_key_state(key: &[u8; BLOCK], pad: u8) -> [u32; 8] {
    let mut block = key.map(|byte| byte ^ pad);
    let mut state = INITIAL;
    compress256(&mut state, core::slice::from_ref(&block));
    block.zeroize();
    state
}

/// SHA-256 of `hashed` bytes that are already in `state`, followed by the parts.
fn digest(mut state: [u32; 8], hashed: usize, parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0u8; BLOCK];
    let mut filled = 0;
    let mut total = hashed;
    for part in parts {
        total += part.len();
        let mut rest = *part;
        while !rest.is_empty() {
            let take = rest.len().min(BLOCK - filled);
            block[filled..filled + take].copy_from_slice(&rest[..take]);
            rest = &rest[take..];
            filled += take;
            if filled == BLOCK {
                compress256(&mut state, core::slice::from_ref(&block));
                filled = 0;
            }
        }
    }
    block[filled] = 0x80;
    block[filled + 1..].fill(0);
    if filled >= BLOCK - 8 {
        compress256(&mut state, core::slice::from_ref(&block));
        block.fill(0);
    }
    block[BLOCK - 8..].copy_from_slice(&(total as u64 * 8).to_be_bytes());
    compress256(&mut state, core::slice::from_ref(&block));
    block.zeroize();

    let mut out = [0u8; 32];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}
