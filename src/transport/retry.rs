//! Retry rules: which requests may be sent again, when, and how long a call may take.

use super::TransportFailure;
use crate::catalog::Effect;
use crate::error::{Class, Code, Error, Phase};
use std::time::Duration;

const READ_RETRIES: u32 = 2;
/// Number of retries of a debit. The debit code makes its own retries, because it must read the journal before each request.
const DEBIT_RETRIES: u32 = 0;
const BACKOFF_BASE: Duration = Duration::from_millis(100);
const BACKOFF_BASE_THROTTLED: Duration = Duration::from_secs(1);
const BACKOFF_CAP: Duration = Duration::from_secs(5);

/// Time limits and retry rules for one kind of call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Time limit for the whole call, including waits for a timestamp or a connection and pauses between attempts.
    pub(crate) total: Duration,
    /// Time limit for one attempt.
    pub(crate) attempt: Duration,
    idempotent: bool,
    debit: bool,
}

/// Decision after a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// Returns the error to the caller and sends nothing more.
    Fail,
    /// Sends the request again after `wait`.
    Again { wait: Duration, throttled: bool },
}

impl Policy {
    pub(crate) fn of(effect: Effect) -> Self {
        let (total, attempt, idempotent, debit) = match effect {
            Effect::Read => (30, 15, true, false),
            Effect::ReadOtp | Effect::Otp | Effect::Write | Effect::BilledCheck => (45, 30, false, false),
            Effect::Money => (60, 60, false, true),
        };
        Self { total: Duration::from_secs(total), attempt: Duration::from_secs(attempt), idempotent, debit }
    }

    /// Decides what to do after an exchange without a response. `retries` is the number of earlier retries. `random` is uniformly
    /// distributed over all values of its type.
    pub(crate) fn after_failure(&self, failure: &TransportFailure, retries: u32, random: u32) -> RetryDecision {
        let safe = self.idempotent || failure.phase <= Phase::PartlyWritten;
        let limit = if self.debit { DEBIT_RETRIES } else { READ_RETRIES };
        if !safe || retries >= limit || !failure.code.retryable() {
            return RetryDecision::Fail;
        }
        RetryDecision::Again { wait: backoff(BACKOFF_BASE, retries, random), throttled: false }
    }

    /// Decides what to do after a response that is an error.
    pub(crate) fn after_error(&self, error: &Error, retries: u32, random: u32) -> RetryDecision {
        let code = error.code();
        let throttled = code == Code::RateLimited;
        let limit = if self.debit {
            // A debit is never sent again after EPS has responded to it. The application decides what to do.
            0
        } else if throttled {
            // EPS rejected the request because of its rate limit and did no work. So even a call that is not idempotent may be repeated
            // once.
            if self.idempotent { READ_RETRIES } else { 1 }
        } else if !self.idempotent || code.class() != Class::Transport || !code.retryable() {
            0
        } else if code == Code::UnexpectedStatus {
            let timeout = error.meta().is_some_and(|meta| meta.http_status == 408);
            if timeout { READ_RETRIES } else { 0 }
        } else if code == Code::BodyNotJson {
            // A body that is not JSON is usually an error page of a firewall. A retry seldom helps, so only one is made.
            1
        } else {
            READ_RETRIES
        };
        if retries >= limit {
            return RetryDecision::Fail;
        }
        let base = if throttled { BACKOFF_BASE_THROTTLED } else { BACKOFF_BASE };
        RetryDecision::Again { wait: error.retry_after().unwrap_or_else(|| backoff(base, retries, random)), throttled }
    }
}

/// Returns the pause before a retry: a random time between zero and an exponential bound. So callers that failed at the same time do not
/// retry at the same time.
fn backoff(base: Duration, retries: u32, random: u32) -> Duration {
    let bound = base.saturating_mul(1 << retries.min(16)).min(BACKOFF_CAP);
    bound.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: Code, phase: Phase) -> TransportFailure {
        TransportFailure::new(code, phase)
    }

    #[test]
    fn a_step_is_repeated_only_when_nothing_left() {
        let step = Policy::of(Effect::Write);
        assert_eq!(step.after_failure(&failure(Code::NetworkReset, Phase::Dispatched), 0, 0), RetryDecision::Fail);
        assert_eq!(step.after_failure(&failure(Code::BodyTruncated, Phase::HeadersSeen), 0, 0), RetryDecision::Fail);
        assert_ne!(step.after_failure(&failure(Code::NetworkRefused, Phase::NotDispatched), 0, 0), RetryDecision::Fail);
        assert_eq!(
            Policy::of(Effect::ReadOtp).after_failure(&failure(Code::NetworkReset, Phase::Dispatched), 0, 0),
            RetryDecision::Fail
        );
    }

    #[test]
    fn a_read_is_repeated_twice_and_never_after_a_bad_certificate() {
        let read = Policy::of(Effect::Read);
        let reset = failure(Code::NetworkReset, Phase::Dispatched);
        assert_ne!(read.after_failure(&reset, 1, 0), RetryDecision::Fail);
        assert_eq!(read.after_failure(&reset, 2, 0), RetryDecision::Fail);
        assert_eq!(read.after_failure(&failure(Code::TlsCertificate, Phase::NotDispatched), 0, 0), RetryDecision::Fail);
    }

    #[test]
    fn a_debit_is_not_repeated_here_and_each_kind_has_its_time() {
        let debit = Policy::of(Effect::Money);
        assert_eq!(
            debit.after_failure(&failure(Code::NetworkRefused, Phase::NotDispatched), 0, 0),
            RetryDecision::Fail
        );
        let of = |effect| [Policy::of(effect).total, Policy::of(effect).attempt].map(|limit| limit.as_secs());
        assert_eq!([of(Effect::Read), of(Effect::Write), of(Effect::Money)], [[30, 15], [45, 30], [60, 60]]);
    }

    #[test]
    fn jitter_spans_the_whole_bound_and_the_cap_holds() {
        assert_eq!(backoff(BACKOFF_BASE, 0, 0), Duration::ZERO);
        assert_eq!(backoff(BACKOFF_BASE, 0, u32::MAX), Duration::from_millis(100));
        assert_eq!(backoff(BACKOFF_BASE, 1, u32::MAX), Duration::from_millis(200));
        assert_eq!(backoff(BACKOFF_BASE_THROTTLED, 0, u32::MAX), Duration::from_secs(1));
        assert_eq!(backoff(BACKOFF_BASE_THROTTLED, 12, u32::MAX), Duration::from_secs(5));
    }
}
