//! EPS's answers in the model, as HTTP bodies that the product's own code parses.
//!
//! A round is an inquiry with control inquiries about a booked and a made-up reference. A tid is EPS's transaction id.

use crate::api::endpoint;
use crate::catalog::Endpoint;
use crate::money::transition::{Comparison, TransactionView};
use crate::response::{HttpAnswer, RequestContext, interpret};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ModelWord {
    /// EPS has executed the debit: a transfer is settled, and a refund is refunded.
    Done,
    Pending,
    /// EPS refused the request because of a wrong OTP, before it did any work.
    Refused,
    /// EPS refuses the timestamp. A separate flag tells whether the clock was wrong or EPS accepted a copy of the request.
    Stamp,
    /// EPS knows no such reference, or the transaction of a refund still waits for its refund. Only inquiries get this answer.
    Absent,
}

const WORDS: [ModelWord; 5] =
    [ModelWord::Done, ModelWord::Pending, ModelWord::Refused, ModelWord::Stamp, ModelWord::Absent];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ModelRound {
    /// EPS finds the reference that it has booked, and does not find the made-up reference.
    Honest,
    /// EPS finds no reference at all, not even the one that it has booked.
    Blind,
}

/// References of the debits in the model. `TIDS` holds the transaction ids (tids) that EPS gives these debits.
const NAMES: [&str; 3] = ["REF-1", "REF-2", "REF-3"];
const TIDS: [&str; 3] = ["71", "72", "73"];

type Views = Vec<Vec<TransactionView>>;

pub(super) struct Words {
    debit: &'static Endpoint,
    own: Views,
    inquiry: Views,
}

pub(super) fn name(refund: bool, reference: u8) -> String {
    if refund { tid(reference) } else { NAMES[usize::from(reference)].into() }
}

pub(super) fn tid(reference: u8) -> String {
    TIDS[usize::from(reference)].into()
}

fn body(refund: bool, word: ModelWord, name: &str, tid: &str) -> (u16, String) {
    let state = |state: u8| {
        let echo = if refund { String::new() } else { format!(r#","client_ref_id":"{name}","amount":"100.0""#) };
        format!(r#"{{"status":0,"data":{{"tx_status":"{state}","tid":"{tid}"{echo}}}}}"#)
    };
    match word {
        ModelWord::Done => (200, state(if refund { 4 } else { 0 })),
        ModelWord::Pending => (200, state(2)),
        ModelWord::Refused => (200, r#"{"status":302,"response_type_id":302,"message":"Wrong OTP"}"#.into()),
        ModelWord::Stamp => (401, r#"{"status":2485,"response_type_id":2485}"#.into()),
        ModelWord::Absent if refund => (200, state(3)),
        ModelWord::Absent => {
            (200, format!(r#"{{"status":168,"response_status_id":168,"message":"none for {name}","data":{{}}}}"#))
        }
    }
}

impl Words {
    pub(super) fn new(refund: bool) -> Self {
        let debit = endpoint(if refund { "refund" } else { "dmt.transfer" }).unwrap();
        let views = |call| -> Views {
            let read = |(name, tid): (&&str, &&str), word| read(debit, call, &body(refund, word, name, tid));
            NAMES.iter().zip(&TIDS).map(|of| WORDS.iter().map(|word| read(of, *word)).collect()).collect()
        };
        Self { debit, own: views(debit), inquiry: views(inquiry()) }
    }

    pub(super) fn own(&self, reference: u8, word: ModelWord) -> &TransactionView {
        &self.own[usize::from(reference)][word as usize]
    }

    pub(super) fn inquiry(&self, reference: u8, word: ModelWord) -> &TransactionView {
        &self.inquiry[usize::from(reference)][word as usize]
    }

    pub(super) fn round(&self, round: ModelRound) -> Comparison {
        let view = |word, name, tid| Some(read(self.debit, inquiry(), &body(false, word, name, tid)));
        let known =
            || view(if round == ModelRound::Honest { ModelWord::Done } else { ModelWord::Absent }, "KNOWN", "50");
        Comparison {
            known: ("KNOWN".into(), Some("50".into())),
            known_before: known(),
            made_up: ("XYZ-7".into(), view(ModelWord::Absent, "XYZ-7", "51")),
            known_after: known(),
        }
    }
}

fn inquiry() -> &'static Endpoint {
    endpoint("getTransaction").unwrap()
}

fn read(debit: &Endpoint, call: &'static Endpoint, (status, body): &(u16, String)) -> TransactionView {
    let http = HttpAnswer { status: *status, headers: Vec::new(), body: body.as_bytes().to_vec() };
    TransactionView::of(debit, &interpret(call, &http, &RequestContext::default())).unwrap()
}
