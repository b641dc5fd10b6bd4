//! The binding of the wasm signer: three functions over one shared buffer in memory, the room.
//!
//! JavaScript (`lib/signer/core.mts`) writes into the room, calls a function and reads the result from the room. No allocator, no
//! formatting and no panic text is linked, which keeps the file small enough for a page. The hash states of a key are kept on JavaScript's
//! side, in a private field of each `Signer`. They are released together with that `Signer`, so nothing has to be freed here.

// wasm-bindgen's macro, the shared buffer and the missing allocator need unsafe code. The `sign` module itself contains none.
#![allow(unsafe_code)]

use crate::sign::{Signer, Timestamp, base64};
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use wasm_bindgen::prelude::wasm_bindgen;

/// JavaScript refuses longer keys and values (`lib/signer-rules.ts`): 6,144 characters are at most this much UTF-8.
const LONGEST: usize = 4 * 6144;

const SIGNATURE: usize = 44;
const DIGITS: usize = 13;

/// Buffer that both sides read and write. `core.mts` knows the order of the first two fields.
#[repr(C)]
struct Room {
    /// Hash states, 64 bytes: written by `key`, read by `sign`. JavaScript keeps a copy for each of its signers.
    signer: Signer,
    /// Input: a key, or from [`DIGITS`] on the text that follows the timestamp. Output: a signature, then the digits of its timestamp.
    text: [u8; DIGITS + LONGEST],
    key: [u8; base64::length(LONGEST)],
}

struct SharedRoom(UnsafeCell<Room>);

// SAFETY: this build has no threads (wasm32 without atomics), and each instance has a memory of its own.
unsafe impl Sync for SharedRoom {}

static ROOM: SharedRoom = SharedRoom(UnsafeCell::new(Room {
    signer: Signer::UNSET,
    text: [0; DIGITS + LONGEST],
    key: [0; base64::length(LONGEST)],
}));

/// Lends the room to one exported function.
fn with_room(work: impl FnOnce(&mut Room) -> Option<()>) {
    // SAFETY: only exported functions call this, none of them calls another one or JavaScript, and nothing runs beside
    // them: this borrow is the only one.
    let done = work(unsafe { &mut *ROOM.0.get() });
    // JavaScript checks its arguments before it calls. A failure here is a fault of this library, and must not look like a signature.
    if done.is_none() {
        core::arch::wasm32::unreachable()
    }
}

/// Returns the address of the room in this instance's memory.
#[wasm_bindgen]
pub fn room() -> usize {
    ROOM.0.get() as usize
}

/// Reads the first `length` bytes of the text as access key, stores its hash states, and wipes the key and the text.
#[wasm_bindgen]
pub fn key(length: usize) {
    with_room(|room| {
        room.signer = Signer::from_base64(base64::encode(room.text.get(..length)?, &mut room.key));
        room.text.fill(0);
        room.key.fill(0);
        Some(())
    });
}

/// Signs the timestamp followed by `length` bytes of text, which JavaScript wipes.
#[wasm_bindgen]
pub fn sign(timestamp: f64, length: usize) {
    with_room(|room| {
        let digits = Timestamp::from_millis(timestamp as u64).ok()?.digits();
        *room.text.first_chunk_mut()? = digits;
        let tag = room.signer.tag(room.text.get(..DIGITS + length)?);
        base64::encode(&tag, &mut room.text);
        *room.text[SIGNATURE..].first_chunk_mut()? = digits;
        Some(())
    });
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Allocator that always fails. wasm-bindgen demands an allocator, but this module allocates nothing.
struct Nothing;

// SAFETY: a null pointer says that the allocation failed.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Nothing = Nothing;
