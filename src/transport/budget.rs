//! Limit on retries, so that clients do not make an outage worse. A retry takes tokens from a bucket. A successful call puts tokens back.

use crate::clock::{Lasting, Registry, User};
use crate::mutex::lock;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

/// Number of retry tokens in a full bucket. A full bucket allows 35 retries after transient failures.
const CAPACITY: u32 = 500;
/// Number of tokens that a retry after a transient failure takes.
const TRANSIENT_COST: u32 = 14;
/// Number of tokens that a retry after a rate limit takes.
const THROTTLED_COST: u32 = 5;
/// Number of tokens that a call puts back if its first attempt succeeds.
const SUCCESS_REFILL: u32 = 1;

/// Time for which a bucket (a counter of retry tokens) that is not full is kept after its last client is gone. So a new client does not get
/// a full bucket.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Retry tokens for one base URL and developer key. All threads of the process share them.
pub(crate) struct Budget(User<Bucket>);

pub(crate) struct Bucket(Mutex<u32>);

/// All buckets of the process, by base URL and developer key.
static BUDGETS: LazyLock<Registry<Bucket>> = LazyLock::new(Registry::default);

impl Default for Bucket {
    fn default() -> Self {
        Self(Mutex::new(CAPACITY))
    }
}

impl Lasting for Bucket {
    fn is_over(&self, unused: Duration) -> bool {
        *lock(&self.0) == CAPACITY || unused >= REMEMBERED
    }
}

impl Budget {
    pub(crate) fn of(base_url: &str, developer_key: &str) -> Self {
        Self(BUDGETS.of(&[base_url, developer_key]))
    }

    /// Takes the tokens for one retry and returns their number. Returns `None` if the bucket has too few tokens. `throttled` is true for a
    /// retry after a rate limit.
    pub(crate) fn take(&self, throttled: bool) -> Option<u32> {
        let cost = if throttled { THROTTLED_COST } else { TRANSIENT_COST };
        let mut tokens = lock(&self.0.0);
        *tokens = tokens.checked_sub(cost)?;
        Some(cost)
    }

    /// Puts tokens back after a successful call: the tokens that its last retry took, or one token if it made no retry.
    pub(crate) fn refill(&self, spent: Option<u32>) {
        let mut tokens = lock(&self.0.0);
        *tokens = (*tokens + spent.unwrap_or(SUCCESS_REFILL)).min(CAPACITY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_gets_a_bounded_number_of_retries() {
        let budget = Budget::of("https://outage", "budget");
        let retries = std::iter::from_fn(|| budget.take(false)).take(1000).count();
        assert_eq!(retries, 35);
        assert_eq!(budget.take(false), None);
        // 35 retries took 490 of the 500 tokens, so ten are left.
        (0..3).for_each(|_| budget.refill(None));
        assert_eq!(budget.take(false), None);
        budget.refill(None);
        assert_eq!(budget.take(false), Some(14));
    }

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let budget = Budget::of("https://full", "budget");
        budget.refill(Some(14));
        assert_eq!(std::iter::from_fn(|| budget.take(true)).take(1000).count(), 100);
    }

    #[test]
    fn a_new_client_does_not_fill_it_and_a_full_one_takes_no_memory() {
        let of = || Budget::of("https://again", "budget");
        while of().take(false).is_some() {}
        BUDGETS.age(Duration::from_secs(599));
        assert_eq!(of().take(false), None);
        BUDGETS.age(Duration::from_secs(600));
        assert_eq!(of().take(false), Some(14));
        of().refill(Some(14));
        assert_eq!(BUDGETS.with(&["https://again", "budget"], Bucket::default, |bucket| *lock(&bucket.0)), 500);
    }
}
