//! A debit's one request, and what may follow where EPS refuses its timestamp.
//!
//! 2485 has two meanings. A stamp that is too far off proves that nothing was done. One that was in time was *seen* before: by another
//! process that signs with the same key in the same millisecond, or because our own request came twice and its first copy was taken.

use super::Inner;
use super::call::{Call, Ran, Stamp};
use crate::catalog::Endpoint;
use crate::error::{Attempt, Code, Error, Phase};
use crate::money::{Expected, Judgement, State, answered, found, is_nothing, refused, unanswered};
use crate::request::{Prepared, prepare};
use crate::response::Answer;
use crate::transport::Abort;
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::Instant;

/// The call that inquires.
const INQUIRY: &str = "getTransaction";

pub(super) struct Sender<'a> {
    pub(super) client: &'a Inner,
    pub(super) request: &'a Prepared,
    pub(super) expected: &'a Expected,
    /// Of the whole debit, the inquiry included.
    pub(super) total: Duration,
    pub(super) abort: Option<&'a Abort>,
    pub(super) started: Instant,
    pub(super) begin_by_ms: u64,
}

/// What came of it.
pub(super) struct Sent {
    pub(super) judgement: Judgement,
    pub(super) result: Result<Answer, Error>,
    pub(super) history: Vec<Attempt>,
    pub(super) fields: Map<String, Value>,
}

/// What EPS knows of a debit whose stamp it has seen.
enum Known {
    /// Nothing; of a refund, that the money still waits.
    Nothing,
    Found(Box<Answer>, Judgement),
    /// It could not be asked, or did not say.
    Unknown,
}

impl Sender<'_> {
    pub(super) async fn send(&self) -> Sent {
        let first = self.once().await;
        let (refused, stamp) = (first.is_refused_stamp(), first.1);
        let Judged(first, _) = first;
        if !refused {
            return first;
        }
        match stamp {
            Stamp::Off | Stamp::Unknown => {
                let second = self.once().await;
                // This one was in time, so a copy of it may have been taken.
                let seen = second.is_refused_stamp() && second.1 == Stamp::Timely;
                let sent = second.0.after(first.history);
                if seen { sent.open() } else { sent }
            }
            Stamp::Timely => match self.inquire().await {
                Known::Nothing => self.doubting(self.once().await.0.after(first.history)),
                Known::Found(answer, judgement) => self.as_found(*answer, judgement, first.history),
                Known::Unknown => first.open(),
            },
        }
    }

    async fn once(&self) -> Judged {
        let call = Call::new(self.client, self.request, Some(self.total), self.abort);
        let Ran { result, history, stamp } =
            call.since(self.started).must_begin_by(self.begin_by_ms).run_with_history().await;
        let judgement = match &result {
            Ok(answer) => answered(answer, self.expected),
            Err(error) if error.meta().is_some() => refused(error, self.expected),
            #[cfg(test)]
            Err(_) if self.client.world.rule == super::simulation::Rule::MaybeSentIsNotSent => {
                unanswered(Phase::NotDispatched)
            }
            Err(_) => unanswered(history.last().map_or(Phase::NotDispatched, |attempt| attempt.phase)),
        };
        let fields = result.as_ref().map(Answer::fields).unwrap_or_default();
        Judged(Sent { judgement, result, history, fields }, stamp)
    }

    async fn inquire(&self) -> Known {
        let asked = match (&self.expected.tid, &self.expected.client_ref_id) {
            (Some(tid), _) => ("tid", tid),
            (None, Some(reference)) => ("clientRefId", reference),
            (None, None) => return Known::Unknown,
        };
        let params: Map<String, Value> = [(asked.0.to_owned(), asked.1.as_str().into())].into_iter().collect();
        let Ok(request) =
            super::endpoint(INQUIRY).and_then(|inquiry| prepare(inquiry, &params, &self.client.context()))
        else {
            return Known::Unknown;
        };
        let call = Call::new(self.client, &request, Some(self.total), self.abort).since(self.started).apart();
        let refund = self.expected.tid.is_some();
        // Boxed, for it is seldom: every debit would carry its size around.
        match Box::pin(call.run()).await {
            Ok(answer) if answer.outcome == "found" => {
                let judgement = found(&answer, self.expected);
                let waits = refund && judgement.state == State::RefundPending;
                if waits { Known::Nothing } else { Known::Found(Box::new(answer), judgement) }
            }
            Ok(answer) if answer.outcome == "notFound" && !refund && is_nothing(&answer.raw, &answer.meta) => {
                Known::Nothing
            }
            Err(error) if error.code() == Code::NotFound && !refund => match (error.raw(), error.meta()) {
                (Some(raw), Some(meta)) if is_nothing(raw, meta) => Known::Nothing,
                (Some(_) | None, _) => Known::Unknown,
            },
            Ok(_) | Err(_) => Known::Unknown,
        }
    }

    /// A debit that went out again after "not found", which may only have meant "not booked yet": what speaks against this second
    /// request may come of the first, so that only an inquiry by reference can tell.
    fn doubting(&self, sent: Sent) -> Sent {
        match sent.judgement.state {
            State::Settled | State::Pending | State::Indeterminate => sent,
            State::Refunded if self.expected.tid.is_some() => sent,
            State::Refunded | State::RefundPending | State::Declined | State::NotSent => sent.open(),
        }
    }

    fn as_found(&self, answer: Answer, judgement: Judgement, history: Vec<Attempt>) -> Sent {
        let mut fields = match answer.fields().remove("transaction") {
            Some(Value::Object(transaction)) => transaction,
            Some(_) | None => Map::new(),
        };
        // Of all that a transaction has, what the debit's own answer would have told.
        fields.retain(|name, _| tells(self.request.endpoint, name));
        Sent { judgement, result: Ok(answer), history, fields }
    }
}

fn tells(endpoint: &Endpoint, name: &str) -> bool {
    endpoint.outcomes.iter().any(|rule| rule.fields.iter().any(|field| field.name == name))
}

struct Judged(Sent, Stamp);

impl Judged {
    /// Only one that proves that nothing was done: without a tid, another reference or two values for one name.
    fn is_refused_stamp(&self) -> bool {
        let code = self.0.result.as_ref().err().map(Error::code);
        code == Some(Code::AuthTimestamp) && self.0.judgement.before_work
    }
}

impl Sent {
    /// Whatever it said, it proves nothing.
    fn open(self) -> Self {
        Self { judgement: Judgement::open(None), ..self }
    }

    /// Behind the attempts of a request that was refused.
    fn after(mut self, mut history: Vec<Attempt>) -> Self {
        history.append(&mut self.history);
        let attempts = u32::try_from(history.len()).unwrap_or(u32::MAX);
        let result = match self.result {
            Ok(mut answer) => {
                answer.meta.attempts = attempts;
                Ok(answer)
            }
            Err(mut error) => {
                if let Some(meta) = error.meta_mut() {
                    meta.attempts = attempts;
                }
                let maybe_sent = history.iter().any(|attempt| attempt.phase > Phase::PartlyWritten);
                Err(error.with_history(history.clone(), maybe_sent))
            }
        };
        Self { result, history, ..self }
    }
}
