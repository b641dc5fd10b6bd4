//! One call: attempts, each signed anew, until an outcome, an error, the deadline or an abort.

use super::Inner;
use crate::catalog::{Effect, Method};
use crate::clock::exhausted;
use crate::error::{Attempt, Code, Error, Phase};
use crate::request::Prepared;
use crate::response::{Answer, Asked, Http, interpret};
use crate::sign::Signature;
use crate::transport::{Abort, Elapsed, Failure, Outgoing, Policy, Progress, Received, Transport, Verdict, until};
use hyper::header::{HeaderName, HeaderValue};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;

type Headers = [(HeaderName, HeaderValue); 4];

/// Why a wait ended before what it waited for.
enum Stop {
    Deadline,
    Aborted,
}

/// What a server's `Date` says of the timestamp that it has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// No answer, or none whose `Date` can be used.
    Unknown,
    /// EPS cannot have taken it.
    Off,
    /// EPS takes it, unless it has seen it before.
    Timely,
}

/// EPS takes two minutes; the rest is for the way, and for the whole seconds of a `Date`.
const TIMELY_MS: u64 = 100_000;

impl Stamp {
    /// The server looked at it at some moment of the exchange, and named the time at its end.
    fn of(stamp_ms: Option<u64>, date_ms: Option<u64>, took_ms: u64) -> Self {
        let (Some(stamp), Some(date)) = (stamp_ms, date_ms) else { return Stamp::Unknown };
        // `Date` is cut to whole seconds; half a second is its mean error.
        let end = date.saturating_add(500);
        let looked = stamp.clamp(end.saturating_sub(took_ms), end);
        if stamp.abs_diff(looked) <= TIMELY_MS { Stamp::Timely } else { Stamp::Off }
    }
}

/// How a call went.
pub(super) struct Ran {
    pub(super) result: Result<Answer, Error>,
    pub(super) history: Vec<Attempt>,
    /// Of the latest attempt.
    pub(super) stamp: Stamp,
}

pub(super) struct Call<'a> {
    client: &'a Inner,
    request: &'a Prepared,
    policy: Policy,
    started: Instant,
    deadline: Instant,
    abort: Option<&'a Abort>,
    /// By our clock; nothing is begun after it.
    begin_by_ms: Option<u64>,
    history: Vec<Attempt>,
    /// The signature of the latest attempt, which a server's message may repeat.
    signature: Option<Signature>,
    stamp: Stamp,
    apart: bool,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        client: &'a Inner,
        request: &'a Prepared,
        deadline: Option<Duration>,
        abort: Option<&'a Abort>,
    ) -> Self {
        let policy = Policy::of(request.endpoint.effect);
        let started = Instant::now();
        let total = deadline.or(client.deadline).unwrap_or(policy.total);
        Self {
            client,
            request,
            policy,
            started,
            deadline: started.checked_add(total).unwrap_or(started + policy.total),
            abort,
            begin_by_ms: None,
            history: Vec::new(),
            signature: None,
            stamp: Stamp::Unknown,
            apart: false,
        }
    }

    /// Counts the deadline from an earlier moment: what was done before the call is part of it.
    pub(super) fn since(mut self, started: Instant) -> Self {
        let total = self.deadline - self.started;
        self.started = started;
        self.deadline = started.checked_add(total).unwrap_or(self.deadline);
        self
    }

    /// Over a connection of its own, as a debit: its answer decides whether one leaves again.
    pub(super) fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    /// For a debit: a process that was frozen must not send what others have given up for lost.
    pub(super) fn must_begin_by(mut self, by_ms: u64) -> Self {
        self.begin_by_ms = Some(by_ms);
        self
    }

    /// # Errors
    /// Every error of the table but those of validation.
    pub(super) async fn run(self) -> Result<Answer, Error> {
        self.run_with_history().await.result
    }

    pub(super) async fn run_with_history(mut self) -> Ran {
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
        Ran { result, history: self.history, stamp: self.stamp }
    }

    async fn attempts(&mut self) -> Result<Answer, Error> {
        let mut retries = 0;
        // A debit's sender looks for itself at what a refused timestamp means.
        let mut resigned = self.request.endpoint.effect == Effect::Money;
        let mut spent = None;
        loop {
            // Before signing, so that no signature ages while its request waits for a connection.
            let client = self.client;
            let slot = match client.slots.try_acquire() {
                Ok(slot) => Ok(slot),
                Err(_) => self.guard(client.slots.acquire()).await?,
            };
            let (signature, headers) = match self.client.signed(self.request.endpoint, self.client.now_ms()) {
                Ok(signed) => signed,
                Err(wait) => Box::pin(self.sign(wait)).await?,
            };
            // After signing: should the process freeze from here on, EPS refuses the signature as stale.
            let late = self.begin_by_ms.is_some_and(|by| self.client.now_ms() >= by);
            if late || Instant::now() >= self.deadline {
                return Err(self.told(Code::TimeoutDeadline));
            }
            self.signature = Some(signature);
            let exchanged = self.exchange(&headers).await?;
            drop(slot);
            let (verdict, error) = match exchanged {
                Ok(http) => match self.interpret(&http) {
                    Ok(answer) => {
                        self.client.budget.refill(spent);
                        return Ok(answer);
                    }
                    // EPS refused before any work: with a fresh timestamp, and the offset its `Date` has just taught.
                    Err(error) if error.code() == Code::AuthTimestamp && !resigned => {
                        resigned = true;
                        continue;
                    }
                    Err(error) if error.code() == Code::AuthTimestamp => return Err(self.explain_clock(error)),
                    Err(error) => (self.policy.after_error(&error, retries, (self.client.world.random)()), error),
                },
                Err(failure) => {
                    (self.policy.after_failure(&failure, retries, (self.client.world.random)()), self.failed(&failure))
                }
            };
            let Verdict::Again { wait, throttled } = verdict else { return Err(error) };
            // A wait that does not fit is not begun: the caller gets the error, and the time, now.
            if Instant::now().checked_add(wait).is_none_or(|then| then >= self.deadline) {
                return Err(error);
            }
            let Some(tokens) = self.client.budget.take(throttled) else { return Err(error) };
            spent = Some(tokens);
            retries += 1;
            Box::pin(self.guard(tokio::time::sleep(wait))).await?;
        }
    }

    /// The headers of one attempt, once there is a timestamp that was never used.
    async fn sign(&self, mut wait: Duration) -> Result<(Signature, Headers), Error> {
        loop {
            if Instant::now().checked_add(wait).is_none_or(|ready| ready >= self.deadline) {
                return Err(exhausted(wait));
            }
            self.guard(tokio::time::sleep(wait)).await?;
            match self.client.signed(self.request.endpoint, self.client.now_ms()) {
                Ok(signed) => return Ok(signed),
                Err(again) => wait = again,
            }
        }
    }

    async fn exchange(&mut self, headers: &Headers) -> Result<Result<Received, Failure>, Error> {
        let request = self.request;
        let origin = self.client.origin(request.endpoint);
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
            // What a kept connection has been through cannot cost a debit its certainty.
            fresh: self.apart || request.endpoint.effect == Effect::Money && !self.client.world.reuses_sockets(),
        };
        let progress = Progress::default();
        let (begun, sent_ms) = (Instant::now(), self.client.now_ms());
        let limit = begun + self.policy.attempt;
        // Pinned here, so that what waits for it holds its address and not, several times over, its size. It ends with its block:
        // only then is `progress` final.
        let waited = {
            let exchange = pin!(self.client.transport.exchange(outgoing, &progress));
            self.wait_until(limit.min(self.deadline), exchange).await
        };
        let result = match waited {
            // The attempt's own limit came before the deadline of the whole.
            Err(Stop::Deadline) if limit < self.deadline => {
                Ok(Err(Failure { code: Code::TimeoutAttempt, phase: progress.phase() }))
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
            self.stamp = Stamp::of(stamp_ms(headers), date_ms, duration_ms);
            if let Some(date_ms) = date_ms {
                self.client.offset.learn(date_ms, sent_ms, self.client.now_ms());
            }
        }
        result.map_err(|stop| self.stopped(stop))
    }

    /// Of the two causes of 2485, the server's `Date` tells which it is.
    fn explain_clock(&self, error: Error) -> Error {
        let cause = match self.client.offset.ahead_ms() / 1000 {
            0 => "The clocks agree, so the timestamp was used before: another process signs with this developer key."
                .to_owned(),
            ahead @ 1.. => format!("This machine's clock is {ahead} s behind the server's."),
            behind => format!("This machine's clock is {} s ahead of the server's.", behind.unsigned_abs()),
        };
        let message = format!("{} {cause}", error.message());
        error.with_message(message)
    }

    fn interpret(&self, http: &Received) -> Result<Answer, Error> {
        // A server that repeats our keys must not put them into a message.
        let keys =
            [self.client.developer_key.expose()].into_iter().chain(self.signature.as_ref().map(Signature::as_str));
        let sensitive: Vec<&str> = self.request.sensitive.iter().map(|value| value.expose()).chain(keys).collect();
        let asked = Asked { client_ref_id: self.request.client_ref_id.as_deref(), sensitive: &sensitive };
        interpret(self.request.endpoint, http, &asked)
    }

    /// Waits for `work`, but not past the deadline and not after an abort.
    async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Stop> {
        self.wait_until(self.deadline, work).await
    }

    async fn wait_until<T>(&self, limit: Instant, work: impl Future<Output = T>) -> Result<T, Stop> {
        let aborted = async {
            match self.abort {
                Some(abort) => abort.aborted().await,
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
        self.told(stop.code())
    }

    fn failed(&self, failure: &Failure) -> Error {
        self.told(failure.code)
    }

    fn told(&self, code: Code) -> Error {
        let phase = self.history.last().map_or(Phase::NotDispatched, |attempt| attempt.phase);
        let sent = match (phase, self.request.endpoint.effect) {
            (Phase::NotDispatched, _) => "Nothing was sent.",
            (Phase::PartlyWritten, _) => "No complete request has left.",
            (_, Effect::Read) => "Reading again is safe.",
            (_, Effect::ReadOtp | Effect::Otp | Effect::Write | Effect::BilledCheck | Effect::Money) => {
                "EPS may have received it."
            }
        };
        Error::new(code, format!("{}: {} {sent} {}", self.request.endpoint.op, code.doc(), code.action()))
    }
}

/// When the server answered, by its own clock.
fn date_ms(http: &Received) -> Option<u64> {
    // An answer with an `Age` was kept by a cache, and so was its `Date`.
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
    use super::Stamp;

    #[test]
    fn a_stamp_is_off_only_where_no_moment_of_the_exchange_was_near() {
        let of = |date: u64, took| Stamp::of(Some(1_000_000), Some(date), took);
        assert_eq!([of(1_000_000, 0), of(1_099_000, 0), of(901_000, 0)], [Stamp::Timely; 3]);
        assert_eq!([of(1_101_000, 0), of(898_000, 0), of(898_000, 70_000), of(1_180_000, 60_000)], [Stamp::Off; 4]);
        // Seen at once, and answered only after minutes.
        assert_eq!(of(1_180_000, 179_000), Stamp::Timely);
        assert_eq!([Stamp::of(None, Some(1), 0), Stamp::of(Some(1), None, 0)], [Stamp::Unknown; 2]);
    }
}
