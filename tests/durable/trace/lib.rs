//! A library for `LD_PRELOAD`: it records the order in which a process writes its journal, syncs it and sends a request.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::Write;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// Returns the C library's own function of this name.
fn next(name: &CStr) -> *mut c_void {
    const RTLD_NEXT: *mut c_void = -1isize as *mut c_void;
    // SAFETY: `name` is a C string, and `dlsym` accepts this handle.
    let found = unsafe { dlsym(RTLD_NEXT, name.as_ptr()) };
    assert!(!found.is_null());
    found
}

fn note(word: &str) {
    if let Some(path) = std::env::var_os("EKO_TRACE")
        && let Ok(mut trace) = std::fs::OpenOptions::new().append(true).open(path)
    {
        let _ = writeln!(trace, "{word}");
    }
}

fn is_journal(fd: c_int) -> bool {
    std::fs::read_link(format!("/proc/self/fd/{fd}")).is_ok_and(|path| path.to_string_lossy().ends_with("-wal"))
}

macro_rules! noting {
    ($($name:ident => $c:literal, ($($arg:ident: $kind:ty),*) -> $result:ty, $when:expr, $word:literal;)*) => {$(
        /// # Safety
        /// The same rules as for the C library's function of that name.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($arg: $kind),*) -> $result {
            // SAFETY: the C library's function of that name gets the same arguments.
            let result = unsafe {
                std::mem::transmute::<*mut c_void, unsafe extern "C" fn($($kind),*) -> $result>(next($c))($($arg),*)
            };
            if $when {
                note($word);
            }
            result
        }
    )*};
}

noting! {
    pwrite => c"pwrite", (fd: c_int, data: *const c_void, size: usize, at: i64) -> isize, is_journal(fd), "write";
    pwrite64 => c"pwrite64", (fd: c_int, data: *const c_void, size: usize, at: i64) -> isize, is_journal(fd), "write";
    fsync => c"fsync", (fd: c_int) -> c_int, is_journal(fd), "sync";
    fdatasync => c"fdatasync", (fd: c_int) -> c_int, is_journal(fd), "sync";
    // SAFETY: the caller of `send` promises `size` bytes at `data`.
    send => c"send", (fd: c_int, data: *const c_void, size: usize, flags: c_int) -> isize,
        unsafe { std::slice::from_raw_parts(data.cast::<u8>(), size) }.starts_with(b"POST "), "send";
}
