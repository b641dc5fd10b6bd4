//! Hooks (functions that read and change the sandbox's state) as JSON commands. Language bindings run the commands directly. Other programs
//! send them over HTTP.

use super::bank::{Bank, Duplicates};
use super::customers::CustomerState;
use super::fault::Fault;
use super::hooks::{HookError, unknown};
use super::reply::Reply;
use super::script::Script;
use super::state::{SandboxHandle, SenderShape};
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HOST, ORIGIN};
use hyper::http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// URL path that accepts commands over HTTP.
pub(super) const PATH: &str = "/sandbox";

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
enum ControlCommand {
    Script {
        op: String,
        scenario: Option<String>,
        body: Option<Body>,
        #[serde(default)]
        hang: bool,
        #[serde(default)]
        close: bool,
        fault: Option<String>,
        #[serde(default)]
        late_ms: u64,
        times: Option<u32>,
        #[serde(default)]
        after_work: bool,
    },
    Clear {
        op: Option<String>,
    },
    Scenarios {
        op: String,
    },
    Advance {
        ms: u64,
    },
    Now {},
    SetCustomer {
        mobile: String,
        state: StateName,
    },
    SetSenderShape {
        shape: String,
    },
    LastOtp {
        mobile: String,
    },
    Otp {
        otp_ref_id: String,
    },
    Requests {},
    Ledger {},
    Balance {},
    SetBalance {
        rupees: String,
    },
    SetLimit {
        mobile: String,
        rupees: String,
    },
    SetBank(BankOrder),
    SetDuplicates {
        duplicates: String,
    },
    AssertNoDoubleDebit {},
    Callbacks {},
}

/// Response that a test orders for the next call. A `body` that is text is sent unchanged, `null` gives an empty body, and any other value
/// is sent as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    http_status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
}

/// Behaviour of the bank. `outcome` is `settle`, `decline`, `refundPending`, `never` or `pend`. With `pend`, a transfer is pending for
/// `afterMs`, and then ends with the outcome `then`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BankOrder {
    outcome: String,
    then: Option<String>,
    after_ms: Option<u64>,
    #[serde(default)]
    hide_ms: u64,
    times: Option<u32>,
}

impl BankOrder {
    fn read(self) -> Result<Bank, HookError> {
        let mut bank = match (self.outcome.as_str(), self.after_ms, self.then.as_deref()) {
            ("pend", Some(ms), then) => bank(then.unwrap_or("settle"))?.after(Duration::from_millis(ms)),
            ("pend", None, _) => return Err(HookError::new("the outcome \"pend\" needs afterMs; then is optional")),
            (outcome, None, None) => bank(outcome)?,
            (_, _, _) => return Err(HookError::new("then and afterMs belong to the outcome \"pend\": remove them")),
        };
        bank.times = self.times;
        Ok(bank.hidden(Duration::from_millis(self.hide_ms)))
    }
}

fn bank(name: &str) -> Result<Bank, HookError> {
    match name {
        "settle" => Ok(Bank::settle()),
        "decline" => Ok(Bank::decline()),
        "refundPending" => Ok(Bank::refund_pending()),
        "never" => Ok(Bank::never()),
        _ => Err(unknown("outcome", name, ["settle", "decline", "refundPending", "never", "pend"].into_iter())),
    }
}

fn duplicates_of(name: &str) -> Result<Duplicates, HookError> {
    match name {
        "bookAgain" => Ok(Duplicates::BookAgain),
        "refuse" => Ok(Duplicates::Refuse),
        _ => Err(unknown("behaviour", name, ["bookAgain", "refuse"].into_iter())),
    }
}

/// Customer state, given by name or by its number in the v1/v2 products.
#[derive(Deserialize)]
#[serde(untagged)]
enum StateName {
    Name(String),
    Legacy(u8),
}

pub(super) fn run(shared: &SandboxHandle, command: &str) -> Result<Value, HookError> {
    let command: ControlCommand =
        serde_json::from_str(command).map_err(|error| HookError::new(format!("command: not valid: {error}")))?;
    match command {
        ControlCommand::Script { op, scenario, body, hang, close, fault, late_ms, times, after_work } => {
            let mut script = script(scenario, body, hang, close, fault)?.late(Duration::from_millis(late_ms));
            script.works |= after_work;
            shared.script(&op, script.times(times.unwrap_or(1)))?;
        }
        ControlCommand::Clear { op } => shared.clear(op.as_deref())?,
        ControlCommand::Scenarios { op } => return data(&shared.scenarios(&op)?),
        ControlCommand::Advance { ms } => shared.world().clock.advance(Duration::from_millis(ms)),
        ControlCommand::Now {} => return Ok(shared.world().clock.now_ms().into()),
        ControlCommand::SetCustomer { mobile, state } => shared.set_customer(&mobile, state.read()?)?,
        ControlCommand::SetSenderShape { shape } => shared.world().sender_shape = sender_shape(&shape)?,
        ControlCommand::LastOtp { mobile } => return Ok(shared.world().otps.last(&mobile).into()),
        ControlCommand::Otp { otp_ref_id } => return Ok(shared.world().otps.code_of(&otp_ref_id).into()),
        ControlCommand::Requests {} => return data(&shared.world().log.all()),
        ControlCommand::Ledger {} => return data(&shared.ledger()),
        ControlCommand::Balance {} => return Ok(shared.balance().into()),
        ControlCommand::SetBalance { rupees } => shared.set_balance(&rupees)?,
        ControlCommand::SetLimit { mobile, rupees } => shared.set_limit(&mobile, &rupees)?,
        ControlCommand::SetBank(order) => shared.world().ledger.bank = order.read()?,
        ControlCommand::SetDuplicates { duplicates } => shared.world().ledger.duplicates = duplicates_of(&duplicates)?,
        ControlCommand::AssertNoDoubleDebit {} => shared.world().ledger.doubled().map_err(HookError::new)?,
        ControlCommand::Callbacks {} => return Ok(shared.callbacks().into()),
    }
    Ok(Value::Null)
}

fn data(value: &impl serde::Serialize) -> Result<Value, HookError> {
    serde_json::to_value(value).map_err(|error| HookError::new(error.to_string()))
}

fn script(
    scenario: Option<String>,
    body: Option<Body>,
    hang: bool,
    close: bool,
    fault: Option<String>,
) -> Result<Script, HookError> {
    match (scenario, body, hang, close, fault) {
        (Some(name), None, false, false, None) => Ok(Script::answer(name)),
        (None, Some(body), false, false, None) => Ok(body.script()),
        (None, None, true, false, None) => Ok(Script::hang()),
        (None, None, false, true, None) => Ok(Script::close()),
        (None, None, false, false, Some(name)) => Fault::from_name(&name)
            .map(Script::fault)
            .ok_or_else(|| unknown("fault", &name, Fault::NAMES.into_iter().map(|(name, _)| name))),
        (None, None, false, false, None) => Ok(Script::delay(Duration::ZERO)),
        _ => Err(HookError::new("a script can have only one of scenario, body, hang, close and fault")),
    }
}

impl Body {
    fn script(self) -> Script {
        let body = match self.body {
            Value::Null => String::new(),
            Value::String(text) => text,
            json @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => json.to_string(),
        };
        Script::body(self.http_status.unwrap_or(200), self.headers, body)
    }
}

impl StateName {
    fn read(self) -> Result<CustomerState, HookError> {
        match self {
            StateName::Name(name) => CustomerState::from_name(&name)
                .ok_or_else(|| unknown("state", &name, CustomerState::NAMES.into_iter().map(|(name, _)| name))),
            StateName::Legacy(number) => CustomerState::from_legacy(number)
                .ok_or_else(|| HookError::new("the legacy state of a customer must be 1, 2, 3, 4, 5 or 8")),
        }
    }
}

fn sender_shape(name: &str) -> Result<SenderShape, HookError> {
    match name {
        "page" => Ok(SenderShape::Page),
        "profile" => Ok(SenderShape::Profile),
        _ => Err(HookError::new("the shape of a sender must be \"page\" or \"profile\"")),
    }
}

/// Runs a command that arrived over HTTP. Returns `{"result": ...}`, or HTTP 400, 403 or 405 with `{"error": ...}`.
pub(super) fn over_http(shared: &SandboxHandle, parts: &Parts, body: &[u8]) -> Reply {
    let error = |status: u16, message: &str| Reply::json(status, &json!({ "error": message }));
    if parts.method != Method::POST {
        return error(405, "sandbox commands must be sent with POST").with_header("allow", "POST");
    }
    if !is_from_this_machine(parts) {
        return error(
            403,
            "sandbox commands must come from a program on this machine, with host 127.0.0.1 or localhost, content-type \
             application/json and no origin header",
        );
    }
    let Ok(command) = std::str::from_utf8(body) else { return error(400, "a sandbox command must be JSON in UTF-8") };
    match run(shared, command) {
        Ok(result) => Reply::json(200, &json!({ "result": result })),
        Err(refused) => error(400, &refused.to_string()),
    }
}

/// Returns true if a program on this machine sent the request, and not a web page. A web page in a local browser can reach the loopback
/// address too, but it cannot send JSON without a preflight request, and it sends an `origin` header. After DNS rebinding, the page's
/// `host` header names another machine.
fn is_from_this_machine(parts: &Parts) -> bool {
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = header(HOST).split(':').next().unwrap_or_default();
    let media = header(CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    ["127.0.0.1", "localhost"].contains(&host)
        && media.eq_ignore_ascii_case("application/json")
        && !parts.headers.contains_key(ORIGIN)
}
