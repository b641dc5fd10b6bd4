//! Builds the intent of a debit (the row that is written before its request), and makes the checks that go beyond the rules of the
//! catalogue.

use super::{DebitCall, DebitOptions};
use crate::api::endpoint;
use crate::catalog::{Endpoint, Location};
use crate::error::{Code, Error};
use crate::money::DebitKey;
use crate::money::journal::{Entry, Journal, journal_error};
use crate::money::ledger::Ledger;
use crate::money::reference::{is_canonical_tid, reservation_id};
use crate::money::reserve::{give_back_behind, unanswered};
use crate::money::schedule::Schedule;
use crate::money::transition::{Proof, TransactionView, is_untouched, may_be_replaced, proof};
use crate::request::Prepared;
use crate::response::canonical_amount;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt::Write;
use std::pin::pin;
use std::time::Duration;

/// Minimum deadline of a debit, except against a server on this machine. A deadline ends the caller's wait, not the debit.
const SHORTEST_DEADLINE: Duration = Duration::from_secs(5);
/// Parameters that are not part of the digest of the parties (payer and payee). They may differ between two calls for the same debit, or do
/// not name a party.
const NOT_PARTIES: [&str; 4] = ["otp", "otp_ref_id", "client_ref_id", "amount"];

impl DebitCall<'_> {
    /// Builds the row that is written before the request is sent. The row says that the request may have been sent, until a result is
    /// recorded.
    pub(super) fn intent(&self, params: &Map<String, Value>, journal: Option<&Journal>) -> Result<Entry, Error> {
        let (endpoint, now_ms) = (self.request.endpoint, self.ledger.core.now_ms());
        let declared = |wire: &str| endpoint.params.iter().find(|param| param.wire == wire);
        let given = |wire: &str| declared(wire).and_then(|param| params.get(param.name)).and_then(Value::as_str);
        let tid = declared("tid").filter(|param| param.location == Location::Path).and_then(|_| given("tid"));
        let reference = self.request.client_ref_id.clone().or_else(|| tid.map(str::to_owned)).unwrap_or_default();
        let who = parties(endpoint, params);
        let key = DebitKey { op: endpoint.op.to_owned(), reference };
        let account = journal.map(|journal| journal.account.clone()).unwrap_or_default();
        let mut entry = Entry {
            amount: given("amount").and_then(|text| canonical_amount(text).map(Cow::into_owned)),
            parties: journal.map(|journal| journal.digest(&["parties", &who])).unwrap_or_default(),
            retry_of: self.options.retry_of.clone(),
            ..Entry::reserved(account, key, reservation_id()?, now_ms)
        };
        // If this process crashes, another process makes the first inquiry. It is due when the request can no longer be on its way.
        let wait = u64::try_from(self.total.as_millis()).unwrap_or(u64::MAX).saturating_add(Schedule::CRASH_GRACE_MS);
        (entry.next_inquiry_ms, entry.wait_ms) = (Some(now_ms.saturating_add(wait)), wait);
        entry.note(now_ms, "reserved", None);
        Ok(entry)
    }

    /// Checks a reference that the caller has chosen. For a day after a journal was declared restored, rows may be missing, so EPS must
    /// prove that it has no debit with this reference. Returns true if the journal was declared restored within the last day.
    pub(super) async fn check_restored(&self, journal: &Journal, intent: &Entry) -> Result<bool, Error> {
        if self.generated || !journal.store.restored_lately().await.map_err(|error| journal_error(&error))? {
            return Ok(false);
        }
        // A row that blocks its reference needs no proof, because the reference is refused anyway. A row whose reference is free needs
        // proof, because an older copy of the journal may not show that the reference was used.
        let known = journal.read(&intent.key).await.map_err(|error| journal_error(&error))?;
        let retry_of = self.options.retry_of.as_deref();
        let absent = match known {
            Some(known) if !may_be_replaced(&known.entry, retry_of) => return Ok(true),
            // If EPS's answer does not prove that EPS lacks the debit, the answer is written to the row.
            Some(known) => match Box::pin(self.ledger.prove_absent(journal, known)).await {
                Ok(_) => true,
                Err(error) if error.code() == Code::ReferenceUsed => false,
                Err(error) => return Err(self.about(error)),
            },
            None => {
                let (answer, round) = Box::pin(self.ledger.compare(journal, intent)).await?;
                let view = endpoint(&intent.key.op).and_then(|endpoint| TransactionView::of(endpoint, &answer));
                view.is_some_and(|view| {
                    if intent.is_refund() {
                        return is_untouched(intent, &view);
                    }
                    matches!(proof(&intent.key.reference, &view, round.as_ref()), Proof::Absent(_))
                })
            }
        };
        if absent {
            return Ok(true);
        }
        let message = format!(
            "{}: the journal was restored within the last day, and EPS did not prove that it has no debit {}. {}",
            intent.key.op,
            intent.key.reference,
            "The debit may be paid already, so nothing was sent. Ask EPS about it, and never send it under another reference. If EPS does not have it, send it again with the same reference a day after the restoration, or give knownReferences"
        );
        Err(self.about(Error::new(Code::JournalBehind, message)).having_sent_nothing())
    }

    /// Checks after the reservation that the journal was not declared restored since the first check. Otherwise the debit was reserved
    /// without proof that EPS has no such debit, so its reference is freed and nothing is sent. The check is up to date, because the commit
    /// of the reservation has read the state of the journal again.
    ///
    /// # Errors
    /// `journal.behind` if the journal was declared restored, or the error with which the journal failed.
    pub(super) async fn check_again(&self, journal: &Journal, row: &Entry, restored: bool) -> Result<(), Error> {
        if self.generated || restored {
            return Ok(());
        }
        let lately = self.limit.wait(pin!(journal.store.restored_lately())).await;
        let error = match lately.map_err(unanswered).and_then(|lately| lately.map_err(|error| journal_error(&error))) {
            Ok(false) => return Ok(()),
            Ok(true) => Error::new(
                Code::JournalBehind,
                format!(
                    "{}: the journal was declared restored while this debit waited, so nothing was sent. Send the debit again with the same reference",
                    row.key.op
                ),
            ),
            Err(error) => error,
        };
        give_back_behind(self.ledger, journal, row);
        Err(self.about(error).having_sent_nothing())
    }
}

/// Returns the parameters that identify the payer and the payee, as one text.
pub(super) fn parties(endpoint: &Endpoint, params: &Map<String, Value>) -> String {
    let mut who = String::new();
    for param in endpoint.params.iter().filter(|param| !NOT_PARTIES.contains(&param.wire)) {
        if let Some(value) = params.get(param.name) {
            // Writing to a String cannot fail.
            let _ = write!(who, "\0{}\0{value}", param.wire);
        }
    }
    who
}

/// Refuses a deadline that is shorter than the minimum.
pub(super) fn check_deadline(ledger: &Ledger, options: &DebitOptions, total: Duration) -> Result<(), Error> {
    if total >= SHORTEST_DEADLINE || ledger.core.loopback {
        return Ok(());
    }
    let whose = if options.deadline.is_some() { "" } else { " from the client's options" };
    let rule = format!(
        "must be at least 5000 ms for a debit, got {} ms{whose}. A deadline ends the wait for the outcome, not the debit",
        total.as_millis()
    );
    Err(invalid("deadlineMs", &rule))
}

/// Checks the parameters of a debit beyond the rules of the catalogue.
pub(super) fn check_params(ledger: &Ledger, request: &Prepared, params: &Map<String, Value>) -> Result<(), Error> {
    let given = params.get("initiatorId").and_then(Value::as_str);
    if given.is_some() && given != ledger.core.initiator_id.as_deref() {
        let rule = "must equal the client's initiatorId, because EPS finds a debit only under its own initiator: create a client with this initiatorId";
        return Err(invalid("initiatorId", rule));
    }
    let takes_tid = request.endpoint.params.iter().any(|param| param.wire == "tid" && param.location == Location::Path);
    let tid = params.get("tid").and_then(Value::as_str).filter(|_| takes_tid);
    if tid.is_some_and(|tid| !is_canonical_tid(tid)) {
        return Err(invalid(
            "tid",
            "must be EPS's transaction id exactly as received: at most 20 digits, without blanks, signs or leading zeros",
        ));
    }
    Ok(())
}

pub(super) fn invalid(name: &str, rule: &str) -> Error {
    let params = [(name.to_owned(), rule.to_owned())].into();
    Error::new(Code::InvalidParams, format!("{name} {rule}")).with_invalid_params(params)
}
