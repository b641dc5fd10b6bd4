//! Runs one call: makes attempts until an outcome, a final error, the deadline or an abort ends the call. Each attempt has a new signature.
//!
//! EPS status 2485 means that EPS refused the timestamp, because it is too far from EPS's time or was used before.

use super::{Core, Headers, Rule};
use crate::catalog::{Effect, Method};
use crate::clock::exhausted;
use crate::error::{Attempt, Code, Error, Phase};
use crate::request::Prepared;
use crate::response::{Answer, Http, RequestContext, interpret};
use crate::sign::Signature;
use crate::transport::{
    Elapsed, Outgoing, Policy, Progress, Received, RetryDecision, Transport, TransportFailure, until,
};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Reason why a wait ended before the awaited work was done.
enum Stop {
    Deadline,
    Aborted,
}

/// Result of comparing the timestamp of a request with the `Date` header of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StampCheck {
    /// There was no answer, or its `Date` header is missing or unusable.
    Unknown,
    /// The timestamp was too far from the server's time, so EPS cannot have accepted it.
    Off,
    /// The timestamp was close to the server's time. EPS accepts such a timestamp unless it has seen it before.
    Timely,
}

/// Largest difference in milliseconds between a timestamp and the server's time that counts as timely. EPS accepts up to two minutes. The
/// margin of 20 seconds allows for network delays and for a `Date` header in whole seconds.
const TIMELY_MS: u64 = 100_000;

impl StampCheck {
    /// Compares the timestamp of a request with the `Date` of its answer. The server checked the timestamp at an unknown moment of the
    /// exchange, which lasted `took_ms` and ended at `Date`. The comparison uses the moment that is closest to the timestamp.
    fn of(stamp_ms: Option<u64>, date_ms: Option<u64>, took_ms: u64) -> Self {
        let (Some(stamp), Some(date)) = (stamp_ms, date_ms) else { return StampCheck::Unknown };
        // `Date` is truncated to whole seconds, so it is half a second too early on average.
        let end = date.saturating_add(500);
        let looked = stamp.clamp(end.saturating_sub(took_ms), end);
        if stamp.abs_diff(looked) <= TIMELY_MS { StampCheck::Timely } else { StampCheck::Off }
    }
}

/// Result of a call, with the history of its attempts.
pub(crate) struct CallReport {
    pub(crate) result: Result<Answer, Error>,
    pub(crate) history: Vec<Attempt>,
    /// Result of the timestamp check for the latest attempt that got an answer.
    pub(crate) stamp: StampCheck,
}

pub(crate) struct Call<'a> {
    core: &'a Core,
    request: &'a Prepared,
    policy: Policy,
    started: Instant,
    deadline: Instant,
    abort: Option<&'a CancellationToken>,
    history: Vec<Attempt>,
    /// Signature of the latest attempt. The signature is masked in the server's message, because the server may repeat it.
    signature: Option<Signature>,
    stamp: StampCheck,
    /// `Date` of the latest answer, and the local times before and after its exchange, in milliseconds. `None` if the answer has no usable
    /// `Date`.
    date: Option<(u64, u64, u64)>,
    dedicated_connection: bool,
    only_once: bool,
    /// Function that returns true as long as the condition that the caller checked before the call still holds.
    holds: Option<&'a (dyn Fn() -> bool + Send + Sync)>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        core: &'a Core,
        request: &'a Prepared,
        deadline: Option<Duration>,
        abort: Option<&'a CancellationToken>,
    ) -> Self {
        let policy = Policy::of(request.endpoint.effect);
        let started = Instant::now();
        let total = deadline.or(core.deadline).unwrap_or(policy.total);
        Self {
            core,
            request,
            policy,
            started,
            deadline: started.checked_add(total).unwrap_or(started + policy.total),
            abort,
            history: Vec::new(),
            signature: None,
            stamp: StampCheck::Unknown,
            date: None,
            dedicated_connection: false,
            only_once: false,
            holds: None,
        }
    }

    /// Sends a request only if `holds` still returns true after the request was signed. If the process is suspended after that check, EPS
    /// refuses the old signature.
    pub(crate) fn while_holds(mut self, holds: &'a (dyn Fn() -> bool + Send + Sync)) -> Self {
        self.holds = Some(holds);
        self
    }

    /// Measures the deadline from an earlier time, so that the deadline includes the caller's work before the call.
    pub(crate) fn since(mut self, started: Instant) -> Self {
        let total = self.deadline - self.started;
        self.started = started;
        self.deadline = started.checked_add(total).unwrap_or(self.deadline);
        self
    }

    /// Limits the call to one request, regardless of the result.
    pub(crate) fn only_once(mut self) -> Self {
        self.only_once = true;
        self
    }

    /// Uses a separate connection for the call, as debits do. The caller decides by the answer whether a debit is sent again.
    pub(crate) fn dedicated_connection(mut self) -> Self {
        self.dedicated_connection = true;
        self
    }

    /// # Errors
    /// Any error [`Code`], except the codes of validation.
    pub(crate) async fn run(self) -> Result<Answer, Error> {
        self.run_with_history().await.result
    }

    pub(crate) async fn run_with_history(mut self) -> CallReport {
        let result = self.attempts().await;
        let duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let attempts = u32::try_from(self.history.len()).unwrap_or(u32::MAX);
        let result = match result {
            Ok(mut answer) => {
                answer.meta.attempts = attempts;
                answer.meta.duration_ms = duration_ms;
                Ok(answer)
            }
            Err(mut error) => {
                if let Some(meta) = error.meta_mut() {
                    meta.attempts = attempts;
                    meta.duration_ms = duration_ms;
                }
                let maybe_sent = self.history.iter().any(|attempt| attempt.phase > Phase::PartlyWritten);
                let error = error.with_client_ref_id(self.request.client_ref_id.as_deref());
                Err(error.with_history(self.history.clone(), maybe_sent))
            }
        };
        CallReport { result, history: self.history, stamp: self.stamp }
    }

    async fn attempts(&mut self) -> Result<Answer, Error> {
        let mut retries = 0;
        // If EPS refuses the timestamp of a debit, the debit code decides what to do. So this loop never signs a debit again.
        let mut resigned = self.only_once || self.request.endpoint.effect == Effect::Money;
        let mut spent = None;
        loop {
            // The slot (a permit for one connection) is acquired before the request is signed, so that the signature does not age while the
            // request waits for a slot.
            let core = self.core;
            // A debit already has a permit from the separate limit for debits, so it needs no further permit.
            let slot = if self.request.endpoint.effect == Effect::Money {
                None
            } else {
                match core.slots.try_acquire() {
                    Ok(slot) => Some(Ok(slot)),
                    Err(_) => Some(self.guard(core.slots.acquire()).await?),
                }
            };
            let (signature, headers) = match self.core.signed(self.request.endpoint, self.core.now_ms()) {
                Ok(signed) => signed,
                Err(wait) => Box::pin(self.sign(wait)).await?,
            };
            if Instant::now() >= self.deadline || self.holds.is_some_and(|holds| !holds()) {
                return Err(self.error_for(Code::TimeoutDeadline));
            }
            self.signature = Some(signature);
            let exchanged = self.exchange(&headers).await?;
            drop(slot);
            let (verdict, error) = match exchanged {
                Ok(http) => match self.learned(self.interpret(&http)) {
                    Ok(answer) => {
                        self.core.budget.refill(spent);
                        return Ok(answer);
                    }
                    // EPS refused the timestamp before it did any work, so the request is sent once more. The new timestamp uses the clock
                    // offset from this answer's `Date`.
                    Err(error) if error.code() == Code::AuthTimestamp && !resigned => {
                        resigned = true;
                        continue;
                    }
                    Err(error) if error.code() == Code::AuthTimestamp => return Err(self.explain_clock(error)),
                    Err(error) => (self.policy.after_error(&error, retries, (self.core.env.random)()), error),
                },
                Err(failure) => {
                    (self.policy.after_failure(&failure, retries, (self.core.env.random)()), self.failed(&failure))
                }
            };
            let RetryDecision::Again { wait, throttled } = verdict else { return Err(error) };
            if self.only_once {
                return Err(error);
            }
            // If the wait would exceed the deadline, the caller gets the error at once.
            if Instant::now().checked_add(wait).is_none_or(|then| then >= self.deadline) {
                return Err(error);
            }
            let Some(tokens) = self.core.budget.take(throttled) else { return Err(error) };
            spent = Some(tokens);
            retries += 1;
            Box::pin(self.guard(tokio::time::sleep(wait))).await?;
        }
    }

    /// Waits until an unused timestamp is available. Returns the signature and the headers of one attempt.
    async fn sign(&self, mut wait: Duration) -> Result<(Signature, Headers), Error> {
        loop {
            if Instant::now().checked_add(wait).is_none_or(|ready| ready >= self.deadline) {
                return Err(exhausted(wait));
            }
            self.guard(tokio::time::sleep(wait)).await?;
            match self.core.signed(self.request.endpoint, self.core.now_ms()) {
                Ok(signed) => return Ok(signed),
                Err(again) => wait = again,
            }
        }
    }

    async fn exchange(&mut self, headers: &Headers) -> Result<Result<Received, TransportFailure>, Error> {
        let request = self.request;
        let origin = self.core.origin(request.endpoint);
        let outgoing = Outgoing {
            method: match request.endpoint.method {
                Method::Get => hyper::Method::GET,
                Method::Post => hyper::Method::POST,
                Method::Put => hyper::Method::PUT,
            },
            path: origin.path(&request.url),
            origin,
            headers,
            body: request.body.as_deref(),
            // A debit never uses a pooled connection, because earlier traffic on it could make the debit's outcome uncertain.
            fresh: self.dedicated_connection
                || request.endpoint.effect == Effect::Money && !self.core.env.lacks(Rule::OwnConnection),
        };
        let progress = Progress::default();
        let (begun, sent_ms) = (Instant::now(), self.core.now_ms());
        let limit = begun + self.policy.attempt;
        // Pinning the exchange keeps the futures that wait for it small: they store its address instead of its state. The exchange is
        // dropped at the end of this block, which makes `progress` final.
        let waited = {
            let exchange = pin!(self.core.transport.exchange(outgoing, &progress));
            self.wait_until(limit.min(self.deadline), exchange).await
        };
        let result = match waited {
            // The attempt reached its own time limit before the deadline of the call.
            Err(Stop::Deadline) if limit < self.deadline => {
                Ok(Err(TransportFailure::new(Code::TimeoutAttempt, progress.phase())))
            }
            result => result,
        };
        let (phase, outcome, http_status) = match &result {
            Ok(Ok(http)) => (Phase::BodyComplete, "answered", Some(http.status())),
            Ok(Err(failure)) => (failure.phase, failure.code.as_str(), None),
            Err(stop) => (progress.phase(), stop.code().as_str(), None),
        };
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.history.push(Attempt { phase, result: outcome, http_status, duration_ms, bytes: progress.bytes() });
        if let Ok(Ok(http)) = &result {
            let date_ms = date_ms(http);
            self.stamp = StampCheck::of(stamp_ms(headers), date_ms, duration_ms);
            self.date = date_ms.map(|date_ms| (date_ms, sent_ms, self.core.now_ms()));
        }
        result.map_err(|stop| self.stopped(stop))
    }

    /// Updates the clock offset from the `Date` of an answer. If EPS answers status 2485 without a usable `Date`, the key is marked as
    /// refused until EPS gives any other answer.
    fn learned(&self, read: Result<Answer, Error>) -> Result<Answer, Error> {
        let error = read.as_ref().err();
        let refused = error.is_some_and(|error| error.code() == Code::AuthTimestamp);
        // If EPS accepts a timestamp that contradicts the `Date`, the `Date` is wrong and is ignored. Otherwise every process of this
        // machine would correct its timestamps by a wrong offset.
        if let Some((date, sent, received)) = self.date.filter(|_| refused || self.stamp == StampCheck::Timely) {
            self.core.offset.learn(date, sent, received);
        }
        if refused {
            if self.stamp == StampCheck::Timely {
                self.core.clock.was_seen();
            }
            self.core.clock.set_refused(self.date.is_none());
        } else if error.is_none_or(|error| error.meta().is_some_and(|meta| meta.status.is_some())) {
            self.core.clock.set_refused(false);
        }
        read
    }

    /// Adds the cause of EPS status 2485 to the message. The server's `Date` shows whether the clock is wrong or the timestamp was used
    /// before.
    fn explain_clock(&self, error: Error) -> Error {
        let cause = match self.core.offset.ahead_ms() / 1000 {
            _ if self.date.is_none() => {
                "The answer has no usable Date header, so it is unknown whether the clock is wrong or the timestamp was used before.".to_owned()
            }
            0 => "This machine's clock is right, so the timestamp was used before: by another process with this developer key, or by a copy of this request, which EPS may have processed."
                .to_owned(),
            ahead @ 1.. => format!("This machine's clock is {ahead} s behind the server's clock."),
            behind => format!("This machine's clock is {} s ahead of the server's clock.", behind.unsigned_abs()),
        };
        let message = format!("{} {cause}", error.message());
        error.with_message(message)
    }

    fn interpret(&self, http: &Received) -> Result<Answer, Error> {
        // The developer key and the signature are masked, in case the server repeats them in its message.
        let keys = [self.core.developer_key.expose()].into_iter().chain(self.signature.as_ref().map(Signature::as_str));
        let sensitive: Vec<&str> = self.request.sensitive.iter().map(|value| value.expose()).chain(keys).collect();
        let asked = RequestContext { client_ref_id: self.request.client_ref_id.as_deref(), sensitive: &sensitive };
        interpret(self.request.endpoint, http, &asked)
    }

    /// Waits for `work`, but ends at the deadline or when the caller aborts.
    async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Stop> {
        self.wait_until(self.deadline, work).await
    }

    async fn wait_until<T>(&self, limit: Instant, work: impl Future<Output = T>) -> Result<T, Stop> {
        let aborted = async {
            match self.abort {
                Some(abort) => abort.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = aborted => Err(Stop::Aborted),
            result = until(limit, work) => result.map_err(|Elapsed| Stop::Deadline),
        }
    }

    async fn guard<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        self.wait(work).await.map_err(|stop| self.stopped(stop))
    }

    fn stopped(&self, stop: Stop) -> Error {
        self.error_for(stop.code())
    }

    fn failed(&self, failure: &TransportFailure) -> Error {
        self.error_for(failure.code).with_cause(failure.cause.clone())
    }

    fn error_for(&self, code: Code) -> Error {
        let phase = self.history.last().map_or(Phase::NotDispatched, |attempt| attempt.phase);
        let sent = match (phase, self.request.endpoint.effect) {
            (Phase::NotDispatched, _) => "Nothing was sent.",
            (Phase::PartlyWritten, _) => "The request was not sent completely.",
            (_, Effect::Read) => "The call only reads, so calling again is safe.",
            (_, Effect::ReadOtp | Effect::Otp | Effect::Write | Effect::BilledCheck | Effect::Money) => {
                "EPS may have received the request."
            }
        };
        Error::new(code, format!("{}: {} {sent} {}", self.request.endpoint.op, code.doc(), code.action()))
    }
}

/// Returns the `Date` of an answer, in milliseconds since 1970.
fn date_ms(http: &Received) -> Option<u64> {
    // An answer with an `Age` header comes from a cache, so its `Date` is old.
    if http.header("age").is_some() {
        return None;
    }
    let date = httpdate::parse_http_date(http.header("date")?).ok()?;
    u64::try_from(date.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis()).ok()
}

fn stamp_ms(headers: &Headers) -> Option<u64> {
    let [_, _, (_, stamp), _] = headers;
    stamp.to_str().ok()?.parse().ok()
}

impl Stop {
    fn code(&self) -> Code {
        match self {
            Stop::Deadline => Code::TimeoutDeadline,
            Stop::Aborted => Code::Aborted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StampCheck;

    #[test]
    fn a_timestamp_is_off_if_no_instant_of_the_exchange_matches() {
        let of = |date: u64, took| StampCheck::of(Some(1_000_000), Some(date), took);
        assert_eq!([of(1_000_000, 0), of(1_099_000, 0), of(901_000, 0)], [StampCheck::Timely; 3]);
        assert_eq!(
            [of(1_101_000, 0), of(898_000, 0), of(898_000, 70_000), of(1_180_000, 60_000)],
            [StampCheck::Off; 4]
        );
        // `Date` is truncated to whole seconds, so the limits move by half a second. These cases are exact to the millisecond.
        assert_eq!([of(1_099_500, 0), of(899_500, 0), of(1_100_500, 1_000)], [StampCheck::Timely; 3]);
        assert_eq!([of(1_099_501, 0), of(899_499, 0), of(1_100_501, 1_000)], [StampCheck::Off; 3]);
        // EPS checked the timestamp at once, but answered only minutes later.
        assert_eq!(of(1_180_000, 179_000), StampCheck::Timely);
        assert_eq!([StampCheck::of(None, Some(1), 0), StampCheck::of(Some(1), None, 0)], [StampCheck::Unknown; 2]);
    }
}
