//! Function that runs an example of the catalogue: a request and its answer.

use crate::catalog::Endpoint;
use crate::error::Error;
use crate::request::{Context, generate_reference, prepare};
use crate::response::{Answer, HttpAnswer, RequestContext, interpret};
use serde_json::{Map, Value};

/// Prepares the request of an example, and interprets its answer. Sends nothing. `params` are the caller's parameters.
///
/// # Errors
/// `invalid_params` if the parameters are refused. The inner result is the outcome or the error that the answer means.
pub fn exchange(
    endpoint: &'static Endpoint,
    params: &Map<String, Value>,
    answer: &HttpAnswer,
) -> Result<Result<Answer, Error>, Error> {
    let context = Context {
        base_url: "https://staging.eko.in/ekoapi/v3",
        legacy_base_url: None,
        initiator_id: Some("9962981729"),
        user_code: Some("20810200"),
        reference: &generate_reference,
    };
    let prepared = prepare(endpoint, params, &context)?;
    let sensitive: Vec<&str> = prepared.sensitive.iter().map(crate::secret::Secret::expose).collect();
    let asked = RequestContext { client_ref_id: prepared.client_ref_id.as_deref(), sensitive: &sensitive };
    Ok(interpret(endpoint, answer, &asked))
}
