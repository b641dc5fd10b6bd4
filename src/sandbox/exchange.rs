//! Decides how the sandbox responds to a request. The only side effects are changes to the sandbox's state.

use super::operation;
use super::params::{self, CheckedRequest};
use super::reply::Reply;
use super::request_log::{LoggedRequest, masked};
use super::request_params::RequestParams;
use super::route::{self, Route, RouteMatch};
use super::script::What;
use super::state::{SandboxHandle, SandboxState};
use super::{auth, control, money};
use crate::catalog::{ContentType, Effect, Endpoint, Method};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use std::time::Duration;

/// Action that the server takes for a request.
pub(super) enum ExchangeAction {
    /// Sends this response.
    Reply(Reply),
    /// Sends no response and keeps the connection open.
    Hang,
    /// Closes the connection without a response.
    Close,
}

/// Action for a request, and the delay before the action.
pub(super) struct ExchangePlan {
    pub action: ExchangeAction,
    pub late: Duration,
}

impl ExchangePlan {
    pub(super) fn now(reply: Reply) -> Self {
        Self { action: ExchangeAction::Reply(reply), late: Duration::ZERO }
    }
}

pub(super) fn decide(shared: &SandboxHandle, parts: &Parts, body: &[u8]) -> ExchangePlan {
    if parts.uri.path() == control::PATH {
        return ExchangePlan::now(control::over_http(shared, parts, body));
    }
    let mut world = shared.world();
    world.run_bank();
    let mut seen = first_look(parts, world.clock.now_ms());
    let decision = judge(shared, &mut world, parts, body, &mut seen).unwrap_or_else(ExchangePlan::now);
    if let ExchangeAction::Reply(reply) = &decision.action {
        seen.http_status = Some(reply.http_status);
        seen.status = reply.status;
        seen.response_type_id = reply.response_type_id;
    }
    world.log.push(seen);
    decision
}

fn first_look(parts: &Parts, at_ms: u64) -> LoggedRequest {
    LoggedRequest {
        method: parts.method.as_str().chars().take(20).collect(),
        path: masked(parts.uri.path()),
        op: None,
        params: Vec::new(),
        http_status: None,
        status: None,
        response_type_id: None,
        scripted: false,
        at_ms,
    }
}

/// Checks a request and plans the response. The order of the checks is: path, method, authentication, content type, parameters, caller's
/// ids.
fn judge(
    shared: &SandboxHandle,
    world: &mut SandboxState,
    parts: &Parts,
    body: &[u8],
    seen: &mut LoggedRequest,
) -> Result<ExchangePlan, Reply> {
    let route = match route::find(shared.endpoints, parts.method.as_str(), parts.uri.path()) {
        RouteMatch::Route(route) => route,
        RouteMatch::Nothing => return Err(route::not_found()),
        RouteMatch::Methods(methods) => return Err(route::method_not_allowed(&methods)),
    };
    seen.op = Some(route.endpoint.op.to_owned());
    seen.path = format!("{}{}", route.root, route.endpoint.path);
    let arrived = RequestParams::read(&route, parts.uri.query().unwrap_or_default(), body);
    seen.params = arrived.as_ref().map(RequestParams::names).unwrap_or_default();

    let now_ms = world.clock.now_ms();
    let account = auth::check(&mut world.accounts, &parts.headers, now_ms)?;
    if !media_type_fits(&route, &parts.headers) {
        return Err(route::media_type_unsupported(route.endpoint.content_type));
    }
    let arrived = arrived?;
    let endpoint = twin(shared, world, route.endpoint, &arrived);
    seen.op = Some(endpoint.op.to_owned());
    let call = params::check(endpoint, arrived)?;
    if let Some(account) = world.accounts.get(account) {
        params::check_caller(&call, account.caller())?;
    }
    Ok(play(world, &call, seen))
}

/// Returns the endpoint that the request is for, if several have the same method and path, such as the inquiry and its QR twin: one with a
/// queued script, otherwise the first that declares every parameter of the request, with the simulated one before its twins.
fn twin(
    shared: &SandboxHandle,
    world: &SandboxState,
    found: &'static Endpoint,
    arrived: &RequestParams,
) -> &'static Endpoint {
    let same = |other: &Endpoint| {
        other.op != found.op && (other.method, other.path, other.base) == (found.method, found.path, found.base)
    };
    let twins = || std::iter::once(found).chain(shared.endpoints.iter().copied().filter(|other| same(other)));
    let scripted = twins().find(|endpoint| world.scripts.has(endpoint.op));
    scripted.or_else(|| twins().find(|endpoint| arrived.are_declared_by(endpoint))).unwrap_or(found)
}

/// Returns true if the `content-type` header is valid. A body must have the declared type. A GET has no body, so its type may be JSON,
/// form or absent. A repeated header is invalid.
fn media_type_fits(route: &Route, headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let first = values.next().and_then(|value| value.to_str().ok());
    let media = first.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
    let is = |expected: ContentType| media == expected.as_str();
    let fits = match route.endpoint.method {
        Method::Get => media.is_empty() || is(ContentType::Json) || is(ContentType::Form),
        Method::Post | Method::Put => is(route.endpoint.content_type),
    };
    fits && values.next().is_none()
}

/// Applies the next queued script (a response that a test ordered) of the endpoint. If the queue is empty, applies the sandbox's own
/// behaviour.
fn play(world: &mut SandboxState, call: &CheckedRequest, seen: &mut LoggedRequest) -> ExchangePlan {
    let script = world.scripts.next(call.endpoint.op);
    seen.scripted = script.is_some();
    let (works, late) = script.as_ref().map_or((false, Duration::ZERO), |script| (script.works, script.late));
    let what = script.map_or(What::Own, |script| script.what);
    let worked = (works || matches!(what, What::Own | What::Spoilt(_))).then(|| own(world, call));
    let action = ordered(world, call, what, worked.clone());
    if call.endpoint.effect == Effect::Money {
        count(world, call, worked.as_ref(), &action);
    }
    ExchangePlan { action, late }
}

/// Returns the action that the script orders. `worked` is the sandbox's own response, if the sandbox has already processed the call.
fn ordered(world: &mut SandboxState, call: &CheckedRequest, what: What, worked: Option<Reply>) -> ExchangeAction {
    let op = call.endpoint.op;
    match what {
        What::Own => ExchangeAction::Reply(worked.unwrap_or_else(|| own(world, call))),
        What::Spoilt(spoil) => ExchangeAction::Reply(spoil.apply(worked.unwrap_or_else(|| own(world, call)))),
        What::Scenario(name) => {
            let answer = operation::scenario(op, &name);
            ExchangeAction::Reply(answer.map_or_else(|| operation::not_played(op), |answer| answer(world, call)))
        }
        What::Body { http_status, headers, body } => ExchangeAction::Reply(Reply::scripted(http_status, headers, body)),
        What::Hang => ExchangeAction::Hang,
        What::Close => ExchangeAction::Close,
        #[cfg(test)]
        // `resume_unwind` does not run the panic hook, which would print the panic.
        What::Panic => std::panic::resume_unwind(Box::new("panic ordered by a test")),
    }
}

/// Counts a debit or refund request that arrived completely, unless the sandbox refused the request before any work. The refusal is in
/// `worked`, or in the sent response if there is no `worked`.
fn count(world: &mut SandboxState, call: &CheckedRequest, worked: Option<&Reply>, action: &ExchangeAction) {
    let answered = match action {
        ExchangeAction::Reply(reply) => Some(reply),
        ExchangeAction::Hang | ExchangeAction::Close => None,
    };
    if worked.or(answered).is_some_and(Reply::turns_away) {
        return;
    }
    let reference = call.text("client_ref_id");
    if reference.is_empty() {
        world.ledger.count_refund(&call.text("tid"));
    } else {
        world.ledger.count(&reference, money::paise(&call.text("amount")).unwrap_or_default());
    }
}

fn own(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    match operation::find(call.endpoint.op) {
        Some(operation) => (operation.behave)(world, call),
        None => operation::not_played(call.endpoint.op),
    }
}
