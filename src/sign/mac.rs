//! HMAC-SHA256 (RFC 2104). The two blocks that depend only on the key are compressed once per key instead of once per signature.
//!
//! The SHA-256 compression function comes from RustCrypto and is called directly, so that a signature allocates no memory and the wasm build is
//! small. Property tests compare the results with the crate `hmac`.

use sha2::block_api::compress256;
use zeroize::optimization_barrier;

const BLOCK: usize = 64;

/// Offset of the message length in the last block of a message. The length is a number of bits, in eight bytes.
const LENGTH_AT: usize = BLOCK - 8;

/// Initial hash value of SHA-256 (FIPS 180-4, section 5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// HMAC key, as two hash states of 32 bytes each. The key itself is not stored. The states are wiped when this value is dropped.
#[repr(C)]
pub(crate) struct Mac {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Mac {
    /// Placeholder without a key, to be overwritten with the hash states of a key.
    pub(crate) const UNSET: Mac = Mac { inner: [0; 8], outer: [0; 8] };

    /// Computes the hash states of a key of any length.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block = [0u8; BLOCK];
        if key.len() > BLOCK {
            copy(&mut block, &digest(INITIAL, 0, key));
        } else {
            copy(&mut block, key);
        }
        let mac = Self { inner: padded_key_state(&block, 0x36), outer: padded_key_state(&block, 0x5c) };
        wipe(&mut block);
        mac
    }

    /// Returns the HMAC of a message.
    pub(crate) fn tag(&self, message: &[u8]) -> [u8; 32] {
        let inner = digest(self.inner, BLOCK, message);
        // The outer message is the 32-byte inner hash, which fits into one block.
        let mut block = [0u8; BLOCK];
        block[..32].copy_from_slice(&inner);
        block[32] = 0x80;
        block[LENGTH_AT..].copy_from_slice(&bits(BLOCK + 32));
        let mut state = self.outer;
        compress(&mut state, &block);
        to_bytes(state)
    }
}

impl Drop for Mac {
    fn drop(&mut self) {
        self.inner = [0; 8];
        self.outer = [0; 8];
        optimization_barrier(self);
    }
}

// Not inlined, because each copy would make the wasm build larger. In native builds, the calls cost nothing.
#[inline(never)]
fn padded_key_state(key: &[u8; BLOCK], pad: u8) -> [u32; 8] {
    let mut block = key.map(|byte| byte ^ pad);
    let mut state = INITIAL;
    compress(&mut state, &block);
    wipe(&mut block);
    state
}

/// Returns the SHA-256 hash of `hashed` bytes followed by `message`. `state` is the hash state after the `hashed` bytes, which are whole blocks.
#[inline(never)]
fn digest(mut state: [u32; 8], hashed: usize, message: &[u8]) -> [u8; 32] {
    let (blocks, rest) = message.as_chunks::<BLOCK>();
    if !blocks.is_empty() {
        compress256(&mut state, blocks);
    }
    let mut block = [0u8; BLOCK];
    copy(&mut block, rest);
    block[rest.len() % BLOCK] = 0x80;
    if rest.len() >= LENGTH_AT {
        compress(&mut state, &block);
        wipe(&mut block);
    }
    block[LENGTH_AT..].copy_from_slice(&bits(hashed + message.len()));
    compress(&mut state, &block);
    wipe(&mut block);
    to_bytes(state)
}

fn compress(state: &mut [u32; 8], block: &[u8; BLOCK]) {
    compress256(state, core::slice::from_ref(block));
}

fn bits(bytes: usize) -> [u8; 8] {
    (bytes as u64 * 8).to_be_bytes()
}

#[inline(never)]
fn to_bytes(words: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    bytes.copy_from_slice(words.map(u32::to_be_bytes).as_flattened());
    bytes
}

/// Copies as many bytes as fit. `copy_from_slice` would panic on unequal lengths, and the wasm build contains no panic.
fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// Wipes the bytes like `Zeroize` does for a slice, but in fewer instructions.
#[inline(never)]
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    optimization_barrier(bytes);
}
