//! Clock of the sandbox. It follows the machine's clock or stands still, and a test can move it forward.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time of the sandbox, in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Clock {
    /// Fixed time, if the clock does not follow the machine.
    standing: Option<u64>,
    /// Milliseconds by which the clock was moved forward.
    ahead: u64,
}

/// Last millisecond that has 13 digits. With a later time, the sandbox could not accept any timestamp.
const END: u64 = 9_999_999_999_999;

impl Clock {
    pub(super) fn new(standing: Option<u64>) -> Self {
        Self { standing, ahead: 0 }
    }

    pub(super) fn now_ms(&self) -> u64 {
        let base = self.standing.unwrap_or_else(machine_ms);
        base.saturating_add(self.ahead).min(END)
    }

    pub(super) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.now_ms())
    }

    pub(super) fn advance(&mut self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead = self.ahead.saturating_add(by);
    }
}

fn machine_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(END)
}
