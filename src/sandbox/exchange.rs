//! One request, from its head to the decision how it is answered. Pure but for the world it is given.

use super::arrived::Arrived;
use super::operation;
use super::params::{self, Call};
use super::reply::Reply;
use super::route::{self, Found, Route};
use super::script::What;
use super::seen::{Seen, masked};
use super::state::{Shared, World};
use super::{auth, control, money};
use crate::catalog::{ContentType, Effect, Method};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use std::time::Duration;

/// What happens to a request.
pub(super) enum Action {
    /// It is answered.
    Reply(Reply),
    /// It is never answered.
    Hang,
    /// Its connection is closed.
    Close,
}

/// What happens, and how much later.
pub(super) struct Decision {
    pub action: Action,
    pub late: Duration,
}

impl Decision {
    pub(super) fn now(reply: Reply) -> Self {
        Self { action: Action::Reply(reply), late: Duration::ZERO }
    }
}

pub(super) fn decide(shared: &Shared, parts: &Parts, body: &[u8]) -> Decision {
    if parts.uri.path() == control::PATH {
        return Decision::now(control::over_http(shared, parts, body));
    }
    let mut world = shared.world();
    world.run_bank();
    let mut seen = first_look(parts, world.clock.now_ms());
    let decision = judge(shared, &mut world, parts, body, &mut seen).unwrap_or_else(Decision::now);
    if let Action::Reply(reply) = &decision.action {
        seen.http_status = Some(reply.http_status);
        seen.status = reply.status;
        seen.response_type_id = reply.response_type_id;
    }
    world.log.push(seen);
    decision
}

fn first_look(parts: &Parts, at_ms: u64) -> Seen {
    Seen {
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

/// The checks, in order: path, method, authentication, content type, parameters, the caller's own ids.
fn judge(shared: &Shared, world: &mut World, parts: &Parts, body: &[u8], seen: &mut Seen) -> Result<Decision, Reply> {
    let route = match route::find(shared.endpoints, parts.method.as_str(), parts.uri.path()) {
        Found::Route(route) => route,
        Found::Nothing => return Err(route::not_found()),
        Found::Methods(methods) => return Err(route::method_not_allowed(&methods)),
    };
    seen.op = Some(route.endpoint.op.to_owned());
    seen.path = format!("{}{}", route.root, route.endpoint.path);
    let arrived = Arrived::read(&route, parts.uri.query().unwrap_or_default(), body);
    seen.params = arrived.as_ref().map(Arrived::names).unwrap_or_default();

    let now_ms = world.clock.now_ms();
    let account = auth::check(&mut world.accounts, &parts.headers, now_ms)?;
    if !media_type_fits(&route, &parts.headers) {
        return Err(route::media_type_unsupported(route.endpoint.content_type));
    }
    let call = params::check(route.endpoint, arrived?)?;
    if let Some(account) = world.accounts.get(account) {
        params::check_caller(&call, account.caller())?;
    }
    Ok(play(world, &call, seen))
}

/// A body has the declared type. A GET has none, and is sent with either of EPS's types or without.
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

/// The script that waits for this endpoint, or the sandbox's own behaviour.
fn play(world: &mut World, call: &Call, seen: &mut Seen) -> Decision {
    let script = world.scripts.next(call.endpoint.op);
    seen.scripted = script.is_some();
    let (works, late) = script.as_ref().map_or((false, Duration::ZERO), |script| (script.works, script.late));
    let what = script.map_or(What::Own, |script| script.what);
    let worked = (works || matches!(what, What::Own | What::Spoilt(_))).then(|| own(world, call));
    let action = ordered(world, call, what, worked.clone());
    if call.endpoint.effect == Effect::Money {
        count(world, call, worked.as_ref(), &action);
    }
    Decision { action, late }
}

/// What is answered; `worked` is what the sandbox itself would answer, if it has worked.
fn ordered(world: &mut World, call: &Call, what: What, worked: Option<Reply>) -> Action {
    let op = call.endpoint.op;
    match what {
        What::Own => Action::Reply(worked.unwrap_or_else(|| own(world, call))),
        What::Spoilt(spoil) => Action::Reply(spoil.apply(worked.unwrap_or_else(|| own(world, call)))),
        What::Scenario(name) => {
            let answer = operation::scenario(op, &name);
            Action::Reply(answer.map_or_else(|| operation::not_played(op), |answer| answer(world, call)))
        }
        What::Body { http_status, headers, body } => Action::Reply(Reply::scripted(http_status, headers, body)),
        What::Hang => Action::Hang,
        What::Close => Action::Close,
        #[cfg(test)]
        // Without the hook that would print it.
        What::Panic => std::panic::resume_unwind(Box::new("ordered by a test")),
    }
}

/// A debit request arrived whole. Unless what was done, or else what was answered, turned it away, it counts.
fn count(world: &mut World, call: &Call, worked: Option<&Reply>, action: &Action) {
    let answered = match action {
        Action::Reply(reply) => Some(reply),
        Action::Hang | Action::Close => None,
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

fn own(world: &mut World, call: &Call) -> Reply {
    match operation::find(call.endpoint.op) {
        Some(operation) => (operation.behave)(world, call),
        None => operation::not_played(call.endpoint.op),
    }
}
