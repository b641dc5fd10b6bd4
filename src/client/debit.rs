//! A debit: intent durable, one request at most, outcome durable.

use super::events::Reason;
use super::journal::unavailable;
use super::limit::Limit;
use super::record::Record;
use super::stamp::{Sender, Sent};
use super::{CallOptions, Inner};
use crate::catalog::{Effect, Endpoint, Place};
use crate::error::{Code, Error, Phase};
use crate::money::{Entry, Evidence, Expected, Intent, Judgement, Key, MoneyAnswer, Reservation, State};
use crate::request::Prepared;
use crate::response::canonical_amount;
use crate::sign::Timestamp;
use crate::transport::Policy;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;
use tokio::time::Instant;

/// Values that change from one attempt of the same intent to the next, and so say nothing of the parties.
const NOT_PARTIES: [&str; 4] = ["otp", "otp_ref_id", "client_ref_id", "amount"];

pub(super) async fn debit(
    client: &Arc<Inner>,
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
    let total = options.deadline.or(client.deadline).unwrap_or(Policy::of(Effect::Money).total);
    let deadline = started.checked_add(total).unwrap_or(started + Policy::of(Effect::Money).total);
    let limit = Limit { deadline, abort: options.abort.as_ref() };
    if let Some(journal) = &journal {
        match limit.reserve(journal, intent).await {
            Ok(Ok(Reservation::Taken(_))) => {}
            Ok(Ok(Reservation::Refused(entry))) => return Err(reference_used(&entry)),
            Ok(Err(error)) => return Ok(not_sent(key, unavailable(&error.to_string()))),
            Err(code) => return Ok(not_sent(key, unreserved(request, code))),
        }
    }
    let sender = Sender {
        client,
        request,
        expected: &expected,
        total,
        abort: options.abort.as_ref(),
        started,
        begin_by_ms: created_ms + client.schedule.begin_within_ms,
    };
    let mut answer = compose(key, sender.send().await);
    // Before it is recorded, for it may never be.
    if let Some(detail) = &answer.contradiction {
        let doubt = Reason::Contradiction.because(detail.as_str());
        client.events.alarm_of(&answer.key, answer.state, answer.tid.as_ref(), &doubt);
    }
    if let Some(journal) = journal {
        let record = Record::of(client, &answer, created_ms);
        let planned = record.next_inquiry_ms();
        match limit.or_behind(record.write(client.clone(), journal)).await {
            Some(Some(recorded)) => recorded.tell(&mut answer),
            Some(None) => {}
            None => answer.next_inquiry_ms = planned,
        }
    }
    #[cfg(test)]
    if client.world.rule == super::simulation::Rule::Reassures && answer.state == State::Indeterminate {
        answer.state = State::NotSent;
    }
    Ok(answer)
}

/// The journal had not answered when the time was up.
fn unreserved(request: &Prepared, code: Code) -> Error {
    let message = format!(
        "{}: {} The journal had not answered: nothing was sent. {}",
        request.endpoint.op,
        code.doc(),
        code.action()
    );
    Error::new(code, message).with_client_ref_id(request.client_ref_id.as_deref())
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

/// Who pays whom, as a digest that only a holder of the access key could try numbers against: all telephone numbers are quickly tried.
fn parties(client: &Inner, endpoint: &Endpoint, params: &Map<String, Value>) -> String {
    let mut who = String::from("parties");
    for param in endpoint.params.iter().filter(|param| !NOT_PARTIES.contains(&param.wire)) {
        if let Some(value) = params.get(param.name) {
            // Writing to a String cannot fail.
            let _ = write!(who, "\0{}\0{value}", param.wire);
        }
    }
    let keyed = client.signer.request_hash(FIRST, &[&who]);
    Sha256::digest(keyed.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Any fixed one does: no request carries what is made with it.
const FIRST: Timestamp = match Timestamp::from_millis(Timestamp::MIN) {
    Ok(first) => first,
    Err(_) => panic!("the smallest timestamp is one"),
};

fn not_sent(key: Key, error: Error) -> MoneyAnswer {
    let judgement = Judgement { state: State::NotSent, tid: None, before_work: true, contradiction: None };
    compose(key, Sent { judgement, result: Err(error), history: Vec::new(), fields: Map::new() })
}

fn compose(key: Key, sent: Sent) -> MoneyAnswer {
    let Sent { judgement, result, history, fields } = sent;
    let last = history.last();
    let bytes = last.and_then(|attempt| attempt.bytes);
    let evidence = Evidence {
        phase: last.map_or(Phase::NotDispatched, |attempt| attempt.phase),
        bytes_written: bytes.map(|(written, _)| written),
        bytes_total: bytes.map(|(_, total)| total),
        attempts: history,
    };
    let (meta, raw, error) = match result {
        Ok(answer) => (Some(answer.meta), Some(answer.raw), None),
        Err(error) => (error.meta().cloned(), error.raw().map(str::to_owned), Some(error)),
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
