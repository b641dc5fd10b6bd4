//! Time, randomness and connections: what a client takes from outside itself. Replaced in simulations, never by users.

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
    /// Uniform.
    pub(crate) random: Generator<u32>,
    /// Opens connections; `None` opens real ones.
    pub(crate) dial: Option<Arc<dyn Dial>>,
    /// A rule that is taken out, to see that the simulation notices.
    #[cfg(test)]
    pub(crate) without: Option<Rule>,
}

/// A rule that a test can take out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A row is durable before its write is answered. Of the disk of simulations alone.
    #[cfg(test)]
    Sync,
    /// What may have left is never taken for not sent.
    Doubt,
    /// A debit has a connection of its own.
    OwnConnection,
    /// The caller of a debit that stays open is told so.
    Candour,
    /// A timestamp that was in time was seen: a copy of the request may have been taken.
    Seen,
    /// A spent reference is not used again.
    Spent,
}

impl Env {
    /// Whether this rule was taken out: never outside of tests.
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
        // Where the system has no randomness to give, the longest wait is the safe one.
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
