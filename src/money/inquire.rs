//! Inquiries: requests that ask EPS about debits.
//!
//! Silence is a series of equal "not found" answers of EPS about a debit. A round is an inquiry with control inquiries around it: about a
//! reference that EPS has booked (before and after the inquiry) and about a made-up reference. A round can prove that EPS has no such
//! debit.

use super::journal::{DebitKey, Entry, Journal, StoreTime, Versioned, journal_error};
use super::ledger::Ledger;
use super::record::Recorded;
use super::reference::{is_canonical_tid, made_up};
use super::transition::{Comparison, Observation, TransactionView, carries_reference, is_found, wants_round};
use crate::api::endpoint;
use crate::call::Call;
use crate::catalog::Endpoint;
use crate::error::{Class, Code, Error};
use crate::request::prepare;
use crate::response::Answer;
use futures_util::future::join_all;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

const INQUIRY: &str = "getTransaction";
/// Longest duration of a round that several debits share. If a round takes longer, its control inquiries are ignored, and each answer is
/// judged without them.
const SHARED: std::time::Duration = std::time::Duration::from_secs(10);

/// Id by which an inquiry identifies a transaction.
enum Question<'a> {
    Tid(&'a str),
    Reference(&'a str),
}

/// Returns the id for an inquiry: EPS's transaction id (tid) if it is known, because EPS prefers the tid, otherwise our reference. A refund
/// is identified by the tid of the transaction that it refunds.
fn question(entry: &Entry) -> Question<'_> {
    match &entry.tid {
        Some(tid) => Question::Tid(tid),
        None if entry.is_refund() => Question::Tid(&entry.key.reference),
        None => Question::Reference(&entry.key.reference),
    }
}

/// Debit that EPS's last answer did not name, and that needs a round. `index` is the position of the debit in the list that `inquire_all`
/// received.
struct Silent {
    index: usize,
    known: Versioned,
    answer: Result<Answer, Error>,
}

/// Result of one inquiry: the journal row after the inquiry, or an error.
pub(crate) type Inquired = Result<Versioned, Error>;

impl Ledger {
    /// Asks EPS about one debit. Returns the row of the debit after the inquiry.
    ///
    /// # Errors
    /// `journal.*`; the error of the inquiry, if EPS gave no answer and the row shows nothing new.
    pub(crate) async fn inquire(self: &Arc<Self>, journal: &Journal, known: Versioned) -> Inquired {
        let missing = || Error::new(Code::Internal, "the inquiry about the debit returned no result");
        self.inquire_all(journal, vec![known]).await.pop().unwrap_or_else(|| Err(missing()))
    }

    /// Asks EPS about another transaction id (tid), which a callback names for this debit. EPS's answer counts only if it contains the
    /// reference of the debit.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn inquire_tid(self: &Arc<Self>, journal: &Journal, known: Versioned, tid: &str) -> Inquired {
        if !is_canonical_tid(tid) {
            return Ok(known);
        }
        let asked = self.time(journal).await?;
        let answer = self.ask(&Question::Tid(tid)).await;
        let ours = view(&known.entry, &answer).is_some_and(|view| carries_reference(&view, &known.entry));
        if !ours {
            return Ok(known);
        }
        self.learn(journal, known, answer, None, &asked).await
    }

    /// Asks EPS about several debits at once. A debit that EPS does not find needs a round if this "not found" answer is the first one that
    /// counts, or may be the one that ends the debit. Debits of the same operation whose references have the same form share one round.
    pub(crate) async fn inquire_all(self: &Arc<Self>, journal: &Journal, all: Vec<Versioned>) -> Vec<Inquired> {
        let asked = match self.time(journal).await {
            Ok(asked) => asked,
            Err(error) => return all.iter().map(|_| Err(error.clone())).collect(),
        };
        let answers = join_all(all.iter().map(|known| self.ask_about(&known.entry))).await;
        // All answers are recorded together, because a journal file can write them in one commit. If each answer were recorded on arrival,
        // the first rows could be outdated before the last answer arrives.
        let first = all.into_iter().zip(answers).enumerate().map(async |(index, (known, answer))| {
            match self.wants_round(journal, &known.entry, &answer).await {
                Ok(false) => Ok(self.learn(journal, known, answer, None, &asked).await),
                Ok(true) => Err(Silent { index, known, answer }),
                Err(error) => Ok(Err(error)),
            }
        });
        let mut silent: HashMap<(String, String), Vec<Silent>> = HashMap::new();
        let mut results: Vec<Option<Inquired>> = Vec::new();
        for answered in join_all(first).await {
            results.push(match answered {
                Ok(learned) => Some(learned),
                Err(one) => {
                    let group = (one.known.entry.key.op.clone(), form(&one.known.entry.key.reference));
                    silent.entry(group).or_default().push(one);
                    None
                }
            });
        }
        for ((op, _), group) in silent {
            for (index, result) in self.round(journal, &op, group, &asked).await {
                results[index] = Some(result);
            }
        }
        results.into_iter().flatten().collect()
    }

    async fn wants_round(
        &self,
        journal: &Journal,
        entry: &Entry,
        answer: &Result<Answer, Error>,
    ) -> Result<bool, Error> {
        let Some(view) = view(entry, answer) else { return Ok(false) };
        let time = self.time(journal).await?;
        Ok(wants_round(entry, &view, &time, &self.options.schedule))
    }

    /// Runs one round for a group of debits: asks EPS about a booked reference, a made-up reference, the debits, and the booked reference
    /// again. Records what the round proves.
    async fn round(
        self: &Arc<Self>,
        journal: &Journal,
        op: &str,
        mut group: Vec<Silent>,
        first: &StoreTime,
    ) -> Vec<(usize, Inquired)> {
        let ours = group.first().map(|silent| silent.known.entry.key.reference.clone()).unwrap_or_default();
        let comparison = self.begin(journal, op, &ours).await;
        let begun = Instant::now();
        // If no comparison is possible, the answers that arrived before the round are judged. They were requested at the time `first`.
        let asked = self.time(journal).await.ok().filter(|_| matches!(comparison, Ok(Some(_))));
        let asked = asked.as_ref().unwrap_or(first);
        let comparison = match comparison {
            Ok(Some(comparison)) => {
                let answers = join_all(group.iter().map(|silent| self.ask_about(&silent.known.entry))).await;
                group.iter_mut().zip(answers).for_each(|(silent, answer)| silent.answer = answer);
                Ok(Some(self.close(journal, op, comparison).await))
            }
            // There is no booked or no made-up reference for a comparison, or the journal has failed.
            other => other,
        };
        let learned = group.into_iter().map(async |Silent { index, known, answer }| {
            let result = match &comparison {
                Ok(round) => {
                    let round = round.as_ref().filter(|_| begun.elapsed() <= SHARED);
                    self.learn(journal, known, answer, round, asked).await
                }
                Err(error) => Err(error.clone()),
            };
            (index, result)
        });
        join_all(learned).await
    }

    /// Runs a whole round about one debit. Returns EPS's answer about the debit, and the answers to the control inquiries. The latter are
    /// `None` if there is no booked or no made-up reference.
    ///
    /// # Errors
    /// `journal.*`
    pub(crate) async fn compare(
        self: &Arc<Self>,
        journal: &Journal,
        entry: &Entry,
    ) -> Result<(Result<Answer, Error>, Option<Comparison>), Error> {
        let begun = self.begin(journal, &entry.key.op, &entry.key.reference).await?;
        let answer = self.ask_about(entry).await;
        let comparison = match begun {
            Some(comparison) => Some(self.close(journal, &entry.key.op, comparison).await),
            None => None,
        };
        Ok((answer, comparison))
    }

    /// Runs the first half of a round: the inquiries about a booked and a made-up reference. Returns `None` if no booked reference is
    /// known, or if no made-up one can be generated.
    async fn begin(&self, journal: &Journal, op: &str, ours: &str) -> Result<Option<Comparison>, Error> {
        let failed = |error| journal_error(&error);
        let known = journal.known(op).await.map_err(failed)?;
        let declared = self.options.known_references.get(op).map(|reference| (reference.clone(), None));
        let stored = known.beside(ours).map(|known| (known.reference.clone(), known.tid.clone()));
        let candidates: Vec<_> = stored.chain(declared).filter(|(reference, _)| reference != ours).collect();
        let known: Vec<_> = candidates.iter().map(|(reference, _)| reference.as_str()).collect();
        let Some(made_up) = self.made_up(journal, op, ours, &known).await? else { return Ok(None) };
        let mut first = None;
        for known in candidates {
            let known_before = self.ask_view(op, &known.0).await;
            let found = known_before.as_ref().is_some_and(|view| is_found(view, &known.0, known.1.as_deref()));
            if found || first.is_none() {
                first = Some((known, known_before));
            }
            // The round uses the first booked reference that EPS still finds.
            if found {
                break;
            }
        }
        let Some((known, known_before)) = first else { return Ok(None) };
        let made_up = (made_up.clone(), self.ask_view(op, &made_up).await);
        Ok(Some(Comparison { known, known_before, made_up, known_after: None }))
    }

    /// Runs the last part of a round: asks EPS about the booked reference once more.
    async fn close(&self, journal: &Journal, op: &str, mut comparison: Comparison) -> Comparison {
        let (reference, tid) = (comparison.known.0.clone(), comparison.known.1.clone());
        comparison.known_after = self.ask_view(op, &reference).await;
        let found = comparison.known_after.as_ref().is_some_and(|view| is_found(view, &reference, tid.as_deref()));
        // A booked reference without a tid comes from the caller's options. It is stored in the journal once EPS has found it.
        if found && tid.is_none() {
            let _ = journal.remember_named(op, &reference, self.core.now_ms()).await;
        }
        comparison
    }

    /// Makes up a reference of the same form as `ours` that is neither in the journal nor in `known`. Returns `None` if no such reference
    /// is found.
    async fn made_up(&self, journal: &Journal, op: &str, ours: &str, known: &[&str]) -> Result<Option<String>, Error> {
        for _ in 0..8 {
            let Some(made) = made_up(ours) else { return Ok(None) };
            if known.contains(&made.as_str()) {
                continue;
            }
            let key = DebitKey { op: op.to_owned(), reference: made.clone() };
            if journal.is_unknown(&key).await.map_err(|error| journal_error(&error))? {
                return Ok(Some(made));
            }
        }
        Ok(None)
    }

    /// Decides what EPS's answer to an inquiry proves about the debit, and records the decision. Returns the row after the write.
    async fn learn(
        self: &Arc<Self>,
        journal: &Journal,
        known: Versioned,
        answer: Result<Answer, Error>,
        round: Option<&Comparison>,
        asked: &StoreTime,
    ) -> Inquired {
        let failed = |error| journal_error(&error);
        let before = known.entry.clone();
        let view = view(&known.entry, &answer);
        let time = self.time(journal).await?;
        let evidence = match &view {
            Some(view) => Observation::Inquiry { view, round, asked, time: &time, known: before.silence.as_ref() },
            None => Observation::NotAsked { time: &time },
        };
        let written = match self.record(journal, known, &evidence).await.map_err(failed)? {
            Recorded::Written(written) => *written,
            // The row was deleted, or the reference now has another reservation. EPS's answer is not about the other reservation.
            Recorded::Gone(now) => now.map_or(Versioned { version: 0, entry: before.clone() }, |now| *now),
        };
        let learned = written.entry.outcome != before.outcome || written.entry.tid != before.tid;
        match answer {
            Err(error) if !learned && is_no_answer(&error) => Err(error),
            Ok(_) | Err(_) => Ok(written),
        }
    }

    async fn time(&self, journal: &Journal) -> Result<StoreTime, Error> {
        journal.store.clock().await.map_err(|error| journal_error(&error))
    }

    async fn ask_about(&self, entry: &Entry) -> Result<Answer, Error> {
        self.ask(&question(entry)).await
    }

    async fn ask_view(&self, op: &str, reference: &str) -> Option<TransactionView> {
        TransactionView::of(endpoint(op)?, &self.ask(&Question::Reference(reference)).await)
    }

    /// Sends an inquiry over a connection of its own. On a shared connection, a late answer to another call could be taken for the answer
    /// to the inquiry, because a "not found" answer does not name the reference that was asked about.
    async fn ask(&self, question: &Question<'_>) -> Result<Answer, Error> {
        self.ask_at_most(question, false).await
    }

    async fn ask_at_most(&self, question: &Question<'_>, once: bool) -> Result<Answer, Error> {
        let mut params = Map::new();
        match question {
            Question::Tid(tid) => params.insert("tid".into(), (*tid).into()),
            Question::Reference(reference) => params.insert("clientRefId".into(), (*reference).into()),
        };
        if let Some(user_code) = self.core.user_code.as_deref().filter(|_| self.options.inquiry_user_code) {
            params.insert("userCode".into(), Value::from(user_code));
        }
        let request = prepare(inquiry()?, &params, &self.core.context())?;
        let call = Call::new(&self.core, &request, None, None).dedicated_connection();
        if once { call.only_once().run().await } else { call.run().await }
    }

    /// Sends one inquiry about any reference, and ignores the answer. The only purpose is to learn whether EPS accepts the client's
    /// timestamps again.
    pub(crate) async fn knock(&self, journal: Option<&Journal>, op: &str, like: &str) {
        let known = match journal {
            Some(journal) => journal
                .known(op)
                .await
                .ok()
                .and_then(|known| known.beside("").next().map(|known| known.reference.clone())),
            None => None,
        };
        if let Some(reference) = known.or_else(|| made_up(like)) {
            let _ = self.ask_at_most(&Question::Reference(&reference), true).await;
        }
    }
}

fn inquiry() -> Result<&'static Endpoint, Error> {
    endpoint(INQUIRY).ok_or_else(|| Error::new(Code::Internal, "the catalogue lacks the operation getTransaction"))
}

fn view(entry: &Entry, answer: &Result<Answer, Error>) -> Option<TransactionView> {
    TransactionView::of(endpoint(&entry.key.op)?, answer)
}

/// Returns true if the error is not an answer of EPS about the transaction, for example a lost connection or a rate limit.
fn is_no_answer(error: &Error) -> bool {
    match error.code().class() {
        Class::Auth | Class::RateLimit | Class::Transport => true,
        Class::Validation | Class::Otp | Class::Refused => error.code() == Code::Unavailable,
    }
}

/// Returns the form of a reference: its length and its kinds of characters. Debits whose references have the same form share a made-up
/// reference.
fn form(reference: &str) -> String {
    let kind = |character: char| match character {
        '0'..='9' => '9',
        'A'..='Z' => 'A',
        'a'..='z' => 'a',
        other => other,
    };
    reference.chars().map(kind).collect()
}
