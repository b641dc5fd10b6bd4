//! The judge of answers, for properties that are held from outside of the crate: `tests/fuzz`.

use super::judge::{Expected, answered, refused};
use super::state::State;
use crate::api::generated::ENDPOINTS;
use crate::response::{Asked, HttpAnswer, interpret};

/// What an answer says of a debit.
#[doc(hidden)]
#[derive(Debug)]
pub struct Judged {
    pub state: State,
    pub tid: Option<String>,
    pub before_work: bool,
    pub contradiction: Option<String>,
}

/// Of a debit with this reference and amount, or of a refund of this tid. `None` where there is no such call.
#[doc(hidden)]
pub fn judged(op: &str, answer: &HttpAnswer, sent: [Option<&str>; 3]) -> Option<Judged> {
    let endpoint = ENDPOINTS.iter().copied().find(|endpoint| endpoint.op == op)?;
    let [client_ref_id, amount, tid] = sent.map(|text| text.map(str::to_owned));
    let expected = Expected { client_ref_id, tid, amount };
    let judgement = match interpret(endpoint, answer, &Asked::default()) {
        Ok(answer) => answered(&answer, &expected),
        Err(error) => refused(&error, &expected),
    };
    let super::Judgement { state, tid, before_work, contradiction } = judgement;
    Some(Judged { state, tid, before_work, contradiction })
}
