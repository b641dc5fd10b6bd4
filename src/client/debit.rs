//! A debit: intent durable, one request at most, outcome durable.

use super::call::Call;
use super::events::{Doubt, Reason};
use super::journal::unavailable;
use super::{CallOptions, Inner};
use crate::catalog::{Endpoint, Place};
use crate::error::{Attempt, Code, Error, Phase};
use crate::money::{
    Entry, Evidence, Expected, Intent, Journal, Judgement, Key, Known, MoneyAnswer, Reservation, State, answered,
    refused, unanswered,
};
use crate::request::Prepared;
use crate::response::{Answer, canonical_amount};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use tokio::time::Instant;

/// Values that change from one attempt of the same intent to the next, and so say nothing of the parties.
const NOT_PARTIES: [&str; 4] = ["otp", "otp_ref_id", "client_ref_id", "amount"];

pub(super) async fn debit(
    client: &Inner,
    request: &Prepared,
    params: &Map<String, Value>,
    options: &CallOptions,
) -> Result<MoneyAnswer, Error> {
    // A slow journal eats of the deadline.
    let started = Instant::now();
    let expected = expected(request, params);
    let key = Key { op: request.endpoint.op.to_owned(), reference: reference(&expected) };
    let created_ms = client.now_ms();
    let intent = Intent {
        amount: expected.amount.clone(),
        parties: parties(client, request.endpoint, params),
        created_ms,
        first_inquiry_ms: client.schedule.after_crash_ms(created_ms),
        key: key.clone(),
    };
    let journal = match client.journal.get() {
        Ok(journal) => journal.map(|journal| journal.of(client.account(params))),
        Err(error) if error.code() == Code::JournalMissing => return Err(error),
        Err(error) => return Ok(not_sent(key, error)),
    };
    if let Some(journal) = &journal {
        match journal.reserve(intent).await {
            Ok(Reservation::Taken(_)) => {}
            Ok(Reservation::Refused(entry)) => return Err(reference_used(&entry)),
            Err(error) => return Ok(not_sent(key, unavailable(&error.to_string()))),
        }
    }
    let call = Call::new(client, request, options.deadline, options.abort.as_ref())
        .since(started)
        .must_begin_by(created_ms + client.schedule.begin_within_ms);
    let (result, history) = call.run_with_history().await;
    let judgement = match &result {
        Ok(answer) => answered(answer, &expected),
        Err(error) if error.meta().is_some() => refused(error, &expected),
        #[cfg(test)]
        Err(_) if client.world.rule == super::simulation::Rule::MaybeSentIsNotSent => unanswered(Phase::NotDispatched),
        Err(_) => unanswered(history.last().map_or(Phase::NotDispatched, |attempt| attempt.phase)),
    };
    let mut answer = compose(key, judgement, result, history);
    if let Some(journal) = &journal {
        record(client, journal, created_ms, &mut answer).await;
    }
    Ok(answer)
}

fn expected(request: &Prepared, params: &Map<String, Value>) -> Expected {
    let declared = |wire: &str| request.endpoint.params.iter().find(|param| param.wire == wire);
    let given = |wire: &str| declared(wire).and_then(|param| params.get(param.name)).and_then(Value::as_str);
    let tid = request.endpoint.params.iter().any(|param| param.wire == "tid" && param.place == Place::Path);
    Expected {
        client_ref_id: request.client_ref_id.clone(),
        tid: given("tid").filter(|_| tid).map(str::to_owned),
        amount: given("amount").and_then(|text| canonical_amount(text).map(Cow::into_owned)),
    }
}

fn reference(expected: &Expected) -> String {
    expected.client_ref_id.clone().or_else(|| expected.tid.clone()).unwrap_or_default()
}

/// Who pays whom, as a digest that only a holder of the developer key could try values against.
fn parties(client: &Inner, endpoint: &Endpoint, params: &Map<String, Value>) -> String {
    let mut digest = Sha256::new_with_prefix(client.developer_key.expose());
    for param in endpoint.params.iter().filter(|param| !NOT_PARTIES.contains(&param.wire)) {
        if let Some(value) = params.get(param.name) {
            digest.update(format!("\0{}\0{value}", param.wire));
        }
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn not_sent(key: Key, error: Error) -> MoneyAnswer {
    let judgement = Judgement { state: State::NotSent, tid: None, before_work: true, contradiction: None };
    compose(key, judgement, Err(error), Vec::new())
}

fn compose(key: Key, judgement: Judgement, result: Result<Answer, Error>, history: Vec<Attempt>) -> MoneyAnswer {
    let last = history.last();
    let bytes = last.and_then(|attempt| attempt.bytes);
    let evidence = Evidence {
        phase: last.map_or(Phase::NotDispatched, |attempt| attempt.phase),
        bytes_written: bytes.map(|(written, _)| written),
        bytes_total: bytes.map(|(_, total)| total),
        attempts: history,
    };
    let (fields, meta, raw, error) = match result {
        Ok(answer) => (answer.fields(), Some(answer.meta), Some(answer.raw), None),
        Err(error) => (Map::new(), error.meta().cloned(), error.raw().map(str::to_owned), Some(error)),
    };
    MoneyAnswer {
        state: judgement.state,
        reference: key.reference.clone(),
        key,
        tid: judgement.tid,
        reusable: judgement.before_work,
        evidence,
        error,
        contradiction: judgement.contradiction,
        next_inquiry_ms: None,
        fields,
        meta,
        raw,
    }
}

/// What cannot be recorded stays open in the journal and is inquired: nothing is lost by a failure here.
async fn record(client: &Inner, journal: &Journal, created_ms: u64, answer: &mut MoneyAnswer) {
    let now = client.now_ms();
    // In front of EPS somebody has said no: whether EPS heard of it at all is best asked at once.
    let at_once = answer.error.as_ref().is_some_and(|error| error.code() == Code::EdgeForbidden);
    let next = if at_once { now } else { client.schedule.next_ms(created_ms, 0, now) };
    let attempts = u32::try_from(answer.evidence.attempts.len()).unwrap_or(u32::MAX);
    // While this process was frozen, others may have given the debit up and used its reference anew: that one is not ours.
    let ours = |entry: &Entry| entry.intent.created_ms == created_ms;
    let known = |entry: &Entry| {
        if !ours(entry) {
            return entry.known.clone();
        }
        if doubt(answer, &entry.known).is_some() {
            return Known { phase: answer.evidence.phase.into(), attempts, updated_ms: now, ..entry.known.clone() };
        }
        Known {
            state: answer.state,
            reusable: answer.reusable,
            tid: answer.tid.clone().or_else(|| entry.known.tid.clone()),
            phase: answer.evidence.phase.into(),
            attempts,
            next_inquiry_ms: (!answer.state.is_final()).then_some(next),
            updated_ms: now,
            ..entry.known.clone()
        }
    };
    let recorded = journal.change(&answer.key, known).await;
    if let Ok(Some(entry)) = recorded.as_ref().map(|entry| entry.as_ref().filter(|entry| ours(entry))) {
        answer.next_inquiry_ms = entry.known.next_inquiry_ms;
        client.events.outcome(entry);
        if let Some(detail) = &answer.contradiction {
            client.events.alarm(entry, &Reason::Contradiction.because(detail.as_str()));
        }
        if let Some(doubt) = doubt(answer, &entry.known) {
            client.events.alarm(entry, &doubt);
            answer.state = State::Indeterminate;
            answer.reusable = false;
            answer.tid.clone_from(&entry.known.tid);
            answer.contradiction = Some(doubt.detail);
        }
    }
}

/// What does not fit to what an inquiry, of this process or another, has found out while the answer was awaited.
fn doubt(answer: &MoneyAnswer, known: &Known) -> Option<Doubt> {
    if matches!((&answer.tid, &known.tid), (Some(said), Some(known)) if said != known) {
        let detail = "the answer names another tid than an inquiry did: the debit may have been booked twice";
        return Some(Reason::DuplicateObserved.because(detail));
    }
    let both_final = known.state.is_final() && answer.state.is_final();
    let detail = || format!("the answer says {}, an inquiry said {}", answer.state.as_str(), known.state.as_str());
    (both_final && known.state != answer.state).then(|| Reason::StateChanged.because(detail()))
}

fn reference_used(entry: &Entry) -> Error {
    let key = &entry.intent.key;
    let message = format!(
        "{}: the reference {} was used before; that debit is {}. {}",
        key.op,
        key.reference,
        entry.known.state.as_str(),
        Code::ReferenceUsed.action()
    );
    Error::new(Code::ReferenceUsed, message).with_client_ref_id(Some(&key.reference))
}
