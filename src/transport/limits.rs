//! Timeouts and size limits of one exchange.

use std::time::Duration;

/// Timeout for opening a connection, including TLS. The timeout is slightly longer than three seconds, so that the kernel can resend a lost
/// SYN packet.
pub(crate) const CONNECT: Duration = Duration::from_millis(3_100);
/// Time limit for the next [`STALL_BYTES`] bytes of a response body. A body that arrives more slowly counts as stalled.
pub(crate) const STALL: Duration = Duration::from_secs(5);
pub(crate) const STALL_BYTES: usize = 5;
/// Maximum total size of a response's header lines, in bytes.
pub(crate) const MAX_HEAD: usize = 32 * 1024;
/// Maximum number of bytes that may arrive before the head of the final response ends. The limit includes interim responses (1xx), whose
/// number HTTP does not limit.
pub(crate) const MAX_BEFORE_HEAD: u64 = 256 * 1024;

/// Maximum idle time of a connection. After this time, the connection is dropped.
pub(crate) const IDLE: Duration = Duration::from_secs(15);

/// Maximum age of a connection that was opened ahead of a debit. Servers do not close an idle connection after so short a time.
pub(crate) const AHEAD: Duration = Duration::from_secs(1);
