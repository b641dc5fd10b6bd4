//! What a client takes from outside itself: time, randomness and connections. Replaced in simulations, never by users.

use crate::clock::now_ms;
use crate::transport::Dial;
use std::fmt;
use std::sync::Arc;

type Source<T> = Arc<dyn Fn() -> T + Send + Sync>;

/// Time, randomness and connections.
#[derive(Clone)]
pub(crate) struct World {
    /// Milliseconds since 1970.
    pub(crate) now_ms: Source<u64>,
    /// Uniform.
    pub(crate) random: Source<u32>,
    /// Opens connections; `None` opens real ones.
    pub(crate) dial: Option<Arc<dyn Dial>>,
    /// A rule that is taken out, to see that the simulation notices.
    #[cfg(test)]
    pub(crate) rule: super::simulation::Rule,
}

impl World {
    /// Whether that a debit has a connection of its own is a rule that was taken out.
    #[cfg(test)]
    pub(crate) fn reuses_sockets(&self) -> bool {
        self.rule == super::simulation::Rule::ReusesSocket
    }

    #[cfg(not(test))]
    pub(crate) const fn reuses_sockets(&self) -> bool {
        false
    }
}

impl Default for World {
    fn default() -> Self {
        // Where the system has no randomness to give, the longest wait is the safe one.
        Self {
            now_ms: Arc::new(now_ms),
            random: Arc::new(|| getrandom::u32().unwrap_or(u32::MAX)),
            dial: None,
            #[cfg(test)]
            rule: super::simulation::Rule::None,
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("simulated", &self.dial.is_some()).finish()
    }
}
