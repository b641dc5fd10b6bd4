//! A `getaddrinfo` for `LD_PRELOAD` in place of the C library's own: it finds no address, and records the host names that were asked for.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::Write;

const EAI_NONAME: c_int = -2;
const EAI_AGAIN: c_int = -3;

/// # Safety
/// `node` is null or a C string, as `getaddrinfo` demands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getaddrinfo(
    node: *const c_char,
    _service: *const c_char,
    _hints: *const c_void,
    _result: *mut *mut c_void,
) -> c_int {
    if node.is_null() {
        return EAI_NONAME;
    }
    // SAFETY: not null, and the caller gives a C string.
    let host = unsafe { CStr::from_ptr(node) }.to_string_lossy();
    if let Some(path) = std::env::var_os("EKO_FAULTS_ASKED")
        && let Ok(mut asked) = std::fs::OpenOptions::new().append(true).open(path)
    {
        let _ = writeln!(asked, "{host}");
    }
    if host.starts_with("servfail.") { EAI_AGAIN } else { EAI_NONAME }
}
