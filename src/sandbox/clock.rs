//! Clock of the sandbox. The clock is fixed or follows the machine's clock. A test can move the clock forward.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Source of the sandbox's time, in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Clock {
    /// Fixed time. `None` if the clock follows the machine's clock.
    standing: Option<u64>,
    /// Milliseconds by which a test moved the clock forward.
    ahead: u64,
}

/// Latest time of the clock, the last one with 13 digits. Timestamps have 13 digits, so the sandbox could not accept any later timestamp.
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
