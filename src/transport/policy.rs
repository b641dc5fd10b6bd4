//! Rules of retries: which requests may be sent again, and when. The limits are in one place here.

use super::TransportFailure;
use crate::catalog::Effect;
use crate::error::{Class, Code, Error, Phase};
use std::time::Duration;

/// Timeout of connecting, including TLS. It is a little more than three seconds, so that the kernel can repeat one lost SYN.
pub(crate) const CONNECT: Duration = Duration::from_millis(3_100);
/// Time after which a body has stalled, if it brought less than one byte per second.
pub(crate) const STALL: Duration = Duration::from_secs(5);
pub(crate) const STALL_BYTES: usize = 5;
/// Largest total size of the header lines of an answer.
pub(crate) const MAX_HEAD: usize = 32 * 1024;
/// Largest number of bytes up to a final answer's head, interim answers (1xx) included. HTTP itself does not limit interim answers.
pub(crate) const MAX_BEFORE_HEAD: u64 = 256 * 1024;

/// Time for which a connection may be idle. After that it is dropped and not used again.
pub(crate) const IDLE: Duration = Duration::from_secs(15);

/// Time for which a connection that was opened ahead may wait for its debit. A server does not yet treat a silence of this length as idle.
pub(crate) const AHEAD: Duration = Duration::from_secs(1);

const READ_RETRIES: u32 = 2;
/// The debit code reads the journal before each request, so it does its own retries.
const DEBIT_RETRIES: u32 = 0;
const BACKOFF_BASE: Duration = Duration::from_millis(100);
const BACKOFF_BASE_THROTTLED: Duration = Duration::from_secs(1);
const BACKOFF_CAP: Duration = Duration::from_secs(5);

/// Limits of one kind of call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Time limit of the whole call. It includes waiting for a timestamp or a socket, and the pauses between attempts.
    pub(crate) total: Duration,
    /// Time limit of one attempt.
    pub(crate) attempt: Duration,
    idempotent: bool,
    debit: bool,
}

/// Decision after an attempt that brought no outcome.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// Returns the error to the caller.
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

    /// Decides after an exchange without an answer. `retries` is the number of retries already made; `random` is uniform in 0..=u32::MAX.
    pub(crate) fn after_failure(&self, failure: &TransportFailure, retries: u32, random: u32) -> RetryDecision {
        let safe = self.idempotent || failure.phase <= Phase::PartlyWritten;
        let limit = if self.debit { DEBIT_RETRIES } else { READ_RETRIES };
        if !safe || retries >= limit || !failure.code.retryable() {
            return RetryDecision::Fail;
        }
        RetryDecision::Again { wait: backoff(BACKOFF_BASE, retries, random), throttled: false }
    }

    /// Decides after an answer that is an error.
    pub(crate) fn after_error(&self, error: &Error, retries: u32, random: u32) -> RetryDecision {
        let code = error.code();
        let throttled = code == Code::RateLimited;
        let limit = if self.debit {
            // A debit that EPS has answered is never sent again; the application decides.
            0
        } else if throttled {
            // EPS counted the request against the limit and did no work. So a call that is not idempotent may be repeated too, once.
            if self.idempotent { READ_RETRIES } else { 1 }
        } else if !self.idempotent || code.class() != Class::Transport || !code.retryable() {
            0
        } else if code == Code::UnexpectedStatus {
            let timeout = error.meta().is_some_and(|meta| meta.http_status == 408);
            if timeout { READ_RETRIES } else { 0 }
        } else if code == Code::BodyNotJson {
            // A firewall's page seldom changes when the request is repeated, so there is only one retry.
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

/// Returns the pause before a retry with full jitter: a random time between zero and the exponential bound. So callers that failed together
/// do not retry together.
fn backoff(base: Duration, retries: u32, random: u32) -> Duration {
    let bound = base.saturating_mul(1 << retries.min(16)).min(BACKOFF_CAP);
    bound.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: Code, phase: Phase) -> TransportFailure {
        TransportFailure { code, phase }
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

    /// The debit code reads the journal before each request, so it does its own retries.
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
