//! Time, randomness and connections that a client uses. Simulations replace them, users never do.

use crate::clock::now_ms;
use crate::transport::Dial;
use std::fmt;
use std::sync::Arc;

type Generator<T> = Arc<dyn Fn() -> T + Send + Sync>;

/// Time, randomness and connections.
#[derive(Clone)]
pub(crate) struct Env {
    /// Milliseconds since 1970.
    pub(crate) now_ms: Generator<u64>,
    /// Returns a uniformly distributed number.
    pub(crate) random: Generator<u32>,
    /// Opens connections; `None` opens real ones.
    pub(crate) dial: Option<Arc<dyn Dial>>,
    /// Rule that is switched off, to check that the simulation notices it.
    #[cfg(test)]
    pub(crate) without: Option<Rule>,
}

/// Rule that a test can switch off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A row is durable before its write is answered. Only the disk of the simulations has this rule.
    #[cfg(test)]
    Sync,
    /// A request that may have left is never treated as not sent.
    Doubt,
    /// A debit has a connection of its own.
    OwnConnection,
    /// The caller is told that a debit stays open.
    Candour,
    /// If EPS refuses a timestamp that was in time, EPS has seen it before. It may then have accepted a copy of the request.
    Seen,
    /// A spent reference is not used again.
    Spent,
}

impl Env {
    /// Returns true if a test has switched this rule off. Always false outside of tests.
    #[cfg(test)]
    pub(crate) fn lacks(&self, rule: Rule) -> bool {
        self.without == Some(rule)
    }

    #[cfg(not(test))]
    #[allow(clippy::unused_self, reason = "as the one of tests")]
    pub(crate) const fn lacks(&self, _: Rule) -> bool {
        false
    }
}

impl Default for Env {
    fn default() -> Self {
        // If the system gives no randomness, the longest wait is the safe one.
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
