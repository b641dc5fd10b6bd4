//! Scenarios (documented responses that a test can order) of every endpoint: refusals that the sandbox sends before any work.

use super::auth;
use super::operation::ScenarioAnswer;
use super::reply::Reply;
use serde_json::json;

/// Scenarios that all endpoints share, in the order of the documentation.
pub(super) const SCENARIOS: &[ScenarioAnswer] = &[
    ScenarioAnswer {
        name: "headerMissing",
        doc: "2487: an authentication header is missing.",
        answer: |_, _| auth::refusal(2487, "Authentication header missing: developer_key"),
    },
    ScenarioAnswer {
        name: "developerKeyWrong",
        doc: "2483: the developer key is not known.",
        answer: |_, _| auth::refusal(2483, "developer_key is not known"),
    },
    ScenarioAnswer {
        name: "signatureWrong",
        doc: "2484: the secret-key does not match.",
        answer: |_, _| auth::refusal(2484, "secret-key does not match"),
    },
    ScenarioAnswer {
        name: "timestampWrong",
        doc: "2485: the timestamp is too far off, or was used before.",
        answer: |_, _| auth::refusal(2485, "secret-key-timestamp is off by more than 2 minutes, or was used before"),
    },
    ScenarioAnswer {
        name: "timestampUnit",
        doc: "2486: the timestamp is not in milliseconds.",
        answer: |_, _| auth::refusal(2486, "secret-key-timestamp is not in milliseconds"),
    },
    ScenarioAnswer {
        name: "forbidden",
        doc: "HTTP 403 with status 1 and no code: an authentication failure, as on older pages.",
        answer: |_, _| Reply::json(403, &json!({ "status": 1, "message": "Forbidden: regenerate the keys" })),
    },
    ScenarioAnswer {
        name: "forbiddenPage",
        doc: "HTTP 403 with a web page: the caller's address is not allowed.",
        answer: |_, _| Reply::text(403, "text/html", "<html><body><h1>403 Forbidden</h1></body></html>"),
    },
    ScenarioAnswer {
        name: "parameterMissing",
        doc: "97 with invalid_params: a parameter is missing.",
        answer: |_, call| {
            let first = call.endpoint.params.first().map_or("initiator_id", |param| param.wire);
            super::params::missing(&[first])
        },
    },
    ScenarioAnswer {
        name: "badRequest",
        doc: "HTTP 400 with status 1: a parameter is missing or malformed; used by some products.",
        answer: |_, _| super::params::bad_request(),
    },
    ScenarioAnswer {
        name: "initiatorInvalid",
        doc: "319 with invalid_params: the initiator is not valid.",
        answer: |_, _| super::params::initiator_invalid(),
    },
    ScenarioAnswer {
        name: "userNotFound",
        doc: "463 with invalid_params naming user_code: the user is not known.",
        answer: |_, _| super::params::user_not_found(),
    },
    ScenarioAnswer {
        name: "noKeyForResponse",
        doc: "A message without any id: EPS does not expect this set of parameters.",
        answer: |_, _| Reply::no_key(),
    },
    ScenarioAnswer {
        name: "agentNotAllowed",
        doc: "346: the agent may not use this service.",
        answer: |_, _| Reply::bare(346, 1, 346, "Agent not allowed"),
    },
    ScenarioAnswer {
        name: "tryLater",
        doc: "460: the call failed; try again later.",
        answer: |_, _| Reply::bare(460, 1, 460, "Failed!Please try after some time"),
    },
    ScenarioAnswer {
        name: "routeNotFound",
        doc: "HTTP 404 as text: no endpoint has this path.",
        answer: |_, _| super::route::not_found(),
    },
    ScenarioAnswer {
        name: "methodNotAllowed",
        doc: "HTTP 405: the method is not allowed.",
        answer: |_, call| super::route::method_not_allowed(&[call.endpoint.method.as_str()]),
    },
    ScenarioAnswer {
        name: "mediaTypeUnsupported",
        doc: "HTTP 415: the content type is not supported.",
        answer: |_, call| super::route::media_type_unsupported(call.endpoint.content_type),
    },
    ScenarioAnswer {
        name: "serverError",
        doc: "HTTP 500: EPS has an internal error.",
        answer: |_, _| Reply::message(500, "Internal server error"),
    },
];
