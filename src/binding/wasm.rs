//! WebAssembly binding of the signer: three functions that share one buffer in memory, called the room.
//!
//! JavaScript (`js/signer/core.mts`) writes its input into the room, calls a function and reads the result from the room. No allocator, no
//! formatting code and no panic messages are linked, so the file stays small enough for a web page. JavaScript keeps the hash states of
//! each key in a private field of the `Signer` object. They are freed together with that object, so this module has nothing to free.

// wasm-bindgen's macro, the shared buffer and the failing allocator need unsafe code. The `sign` module itself contains none.
#![allow(unsafe_code)]

use crate::sign::{Signer, Timestamp, base64};
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use wasm_bindgen::prelude::wasm_bindgen;

/// Maximum size of a key or value in bytes of UTF-8. JavaScript refuses values of more than 6,144 characters (`js/signer/signer-rules.ts`), and a
/// character takes at most 4 bytes.
const LONGEST: usize = 4 * 6144;

const SIGNATURE: usize = 44;
const DIGITS: usize = 13;

/// Buffer that JavaScript and this module read and write. `core.mts` relies on the order of the first two fields.
#[repr(C)]
struct Room {
    /// Hash states of a key. `key` writes them and `sign` reads them. JavaScript keeps a copy of the bytes for each `Signer`.
    signer: Option<Signer>,
    /// Input of `key`: the access key. Input of `sign`: the text that follows the timestamp, at offset [`DIGITS`]. Output of `sign`: the
    /// signature, then the digits of its timestamp.
    text: [u8; DIGITS + LONGEST],
    key: [u8; base64::length(LONGEST)],
}

/// Checks the size of the hash states, because `js/signer/core.mts` contains the same number.
const _: () = assert!(size_of::<Option<Signer>>() == 152);

struct SharedRoom(UnsafeCell<Room>);

// SAFETY: this build has no threads (wasm32 without atomics), and each wasm instance has its own memory.
unsafe impl Sync for SharedRoom {}

static ROOM: SharedRoom =
    SharedRoom(UnsafeCell::new(Room { signer: None, text: [0; DIGITS + LONGEST], key: [0; base64::length(LONGEST)] }));

/// Gives `work` mutable access to the room (the buffer that JavaScript and this module share).
fn with_room(work: impl FnOnce(&mut Room) -> Option<()>) {
    // SAFETY: only the exported functions call this. None of them calls another exported function or JavaScript, and there is only one
    // thread. So no other reference to the room exists at the same time.
    let done = work(unsafe { &mut *ROOM.0.get() });
    // Traps on failure, so that JavaScript does not take old bytes in the shared buffer for a signature. JavaScript checks its arguments
    // before the call, so a failure is a bug in this library.
    if done.is_none() {
        core::arch::wasm32::unreachable()
    }
}

/// Returns the address of the room (the shared buffer) in this instance's linear memory.
#[wasm_bindgen]
pub fn room() -> usize {
    ROOM.0.get() as usize
}

/// Computes the hash states of the access key in the first `length` bytes of the room's text, stores the states in the room (the shared
/// buffer), and wipes the key.
#[wasm_bindgen]
pub fn key(length: usize) {
    with_room(|room| {
        room.signer = Some(Signer::from_base64(base64::encode(room.text.get(..length)?, &mut room.key)));
        room.text.fill(0);
        room.key.fill(0);
        Some(())
    });
}

/// Signs the timestamp followed by `length` bytes of text in the room (the shared buffer). JavaScript wipes the text afterwards.
#[wasm_bindgen]
pub fn sign(timestamp: f64, length: usize) {
    with_room(|room| {
        let digits = Timestamp::from_millis(timestamp as u64).ok()?.digits();
        *room.text.first_chunk_mut()? = digits;
        let tag = room.signer.as_ref()?.tag(room.text.get(..DIGITS + length)?);
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
