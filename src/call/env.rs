//! Environment of a client: clock, random numbers and connections. Simulations replace the environment.

use crate::clock::now_ms;
use crate::transport::Dial;
use std::fmt;
use std::sync::Arc;

type Generator<T> = Arc<dyn Fn() -> T + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Env {
    /// Returns the time in milliseconds since 1970.
    pub(crate) now_ms: Generator<u64>,
    /// Returns a uniformly distributed random number.
    pub(crate) random: Generator<u32>,
    /// Opens simulated connections. `None` opens real ones.
    pub(crate) dial: Option<Arc<dyn Dial>>,
    /// Rule that a test switches off, to check that the simulation detects the missing rule.
    #[cfg(test)]
    pub(crate) without: Option<Rule>,
}

/// Rule that protects debits. A test can switch off one rule, to check that the simulation then finds a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A journal write is confirmed only after the row is on disk. Only the simulated disk implements this rule.
    #[cfg(test)]
    Sync,
    /// A request that may have been sent is never treated as not sent.
    Doubt,
    /// A debit uses a new connection that no other request uses.
    OwnConnection,
    /// An open debit is reported to the caller as open, never as not sent.
    Candour,
    /// If EPS refuses a timestamp that is close to EPS's time, EPS has seen the timestamp before. So EPS may have accepted a copy of the
    /// request.
    Seen,
    /// A spent reference is not used again. A reference is spent if its debit ended because EPS reported no such transaction, or because a
    /// person declared the end.
    Spent,
}

impl Env {
    /// Returns true if a test has switched this rule off. Outside of tests it always returns false.
    #[cfg(test)]
    pub(crate) fn lacks(&self, rule: Rule) -> bool {
        self.without == Some(rule)
    }

    #[cfg(not(test))]
    #[allow(clippy::unused_self, reason = "same signature as the version for tests")]
    pub(crate) const fn lacks(&self, _: Rule) -> bool {
        false
    }
}

impl Default for Env {
    fn default() -> Self {
        // If the system's random source fails, the largest number is used, because it leads to the longest wait, which is the safe choice.
        Self {
            now_ms: Arc::new(now_ms),
            random: Arc::new(|| getrandom::u32().unwrap_or(u32::MAX)),
            dial: None,
            #[cfg(test)]
            without: None,
        }
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").field("simulated", &self.dial.is_some()).finish()
    }
}
