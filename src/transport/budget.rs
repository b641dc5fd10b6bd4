//! A bound on retries, so that an outage is not made worse by its victims.

use crate::clock::lock;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// Tokens when full, and what a retry costs: about 35 retries after transient faults in a row, process-wide.
const CAPACITY: u32 = 500;
const TRANSIENT_COST: u32 = 14;
const THROTTLED_COST: u32 = 5;
/// A first try that succeeds gives back one token.
const SUCCESS_REFILL: u32 = 1;

/// The retry tokens of one base URL and developer key, shared by all threads of the process.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Mutex<u32>>);

/// By base URL and developer key.
type Budgets = HashMap<(Box<str>, Box<str>), Budget>;

static BUDGETS: LazyLock<Mutex<Budgets>> = LazyLock::new(Mutex::default);

impl Budget {
    pub(crate) fn of(base_url: &str, developer_key: &str) -> Self {
        lock(&BUDGETS).entry((base_url.into(), developer_key.into())).or_insert_with(Self::full).clone()
    }

    fn full() -> Self {
        Self(Arc::new(Mutex::new(CAPACITY)))
    }

    /// Takes a retry's tokens; `None` where the bucket is too empty.
    pub(crate) fn take(&self, throttled: bool) -> Option<u32> {
        let cost = if throttled { THROTTLED_COST } else { TRANSIENT_COST };
        let mut tokens = lock(&self.0);
        *tokens = tokens.checked_sub(cost)?;
        Some(cost)
    }

    /// A call succeeded: its last retry's tokens come back, or one token if it needed none.
    pub(crate) fn refill(&self, spent: Option<u32>) {
        let mut tokens = lock(&self.0);
        *tokens = (*tokens + spent.unwrap_or(SUCCESS_REFILL)).min(CAPACITY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_gets_a_bounded_number_of_retries() {
        let budget = Budget::full();
        let retries = std::iter::from_fn(|| budget.take(false)).take(1000).count();
        assert_eq!(retries, 35);
        assert_eq!(budget.take(false), None);
        for _ in 0..4 {
            budget.refill(None);
        }
        assert_eq!(budget.take(false), Some(14));
    }

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let budget = Budget::full();
        budget.refill(Some(14));
        assert_eq!(std::iter::from_fn(|| budget.take(true)).take(1000).count(), 100);
    }
}
