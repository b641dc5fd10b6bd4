//! Responses of the sandbox. This module shares no code with the client's parser of responses.

use hyper::body::Bytes;
use serde_json::{Map, Value, json};

/// HTTP response of the sandbox, with the ids that the request log records.
#[derive(Clone)]
pub(super) struct Reply {
    pub http_status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub status: Option<i64>,
    pub response_type_id: Option<i64>,
    /// True if the connection is closed in the middle of the body.
    pub cut: bool,
}

impl Reply {
    pub(super) fn json(http_status: u16, body: &Value) -> Self {
        let id = |name: &str| body.get(name).and_then(Value::as_i64);
        Self {
            http_status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into(),
            status: id("status"),
            response_type_id: id("response_type_id"),
            cut: false,
        }
    }

    /// Returns an HTTP 200 response with `data`.
    pub(super) fn data(status: i64, response_status_id: i64, type_id: i64, message: &str, data: Value) -> Self {
        let mut body = envelope(status, response_status_id, Some(type_id), message);
        body.insert("data".to_owned(), data);
        Self::json(200, &Value::Object(body))
    }

    /// Returns an HTTP 200 response without `data`.
    pub(super) fn bare(status: i64, response_status_id: i64, type_id: i64, message: &str) -> Self {
        Self::json(200, &Value::Object(envelope(status, response_status_id, Some(type_id), message)))
    }

    /// Returns a refusal that names the invalid parameters as EPS does. Its `response_type_id` is -1.
    pub(super) fn invalid<'n>(
        status: i64,
        message: &str,
        params: impl IntoIterator<Item = (&'n str, &'n str)>,
    ) -> Self {
        let params = params.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        let mut body = envelope(status, 1, Some(-1), message);
        body.insert("invalid_params".to_owned(), Value::Object(params));
        Self::json(200, &Value::Object(body))
    }

    /// Returns EPS's response to an unexpected set of parameters: HTTP 200, with a message and without ids.
    pub(super) fn no_key() -> Self {
        Self::message(200, "No key for Response")
    }

    /// Returns a response with a message and without ids.
    pub(super) fn message(http_status: u16, message: &str) -> Self {
        Self::json(http_status, &json!({ "message": message }))
    }

    /// Returns a response that is not JSON, such as that of a gateway in front of EPS.
    pub(super) fn text(http_status: u16, media: &str, body: &str) -> Self {
        Self {
            http_status,
            headers: vec![("content-type".to_owned(), media.to_owned())],
            body: body.to_owned().into(),
            status: None,
            response_type_id: None,
            cut: false,
        }
    }

    /// Returns the response that a test ordered by a script. The request log records the ids in the body.
    pub(super) fn scripted(http_status: u16, mut headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let parsed: Value = serde_json::from_slice(&body).unwrap_or_default();
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Self { http_status, headers, body: body.into(), ..Self::json(http_status, &parsed) }
    }

    /// Replaces the value of the member `name` of `data`. Without such a member, the response does not change.
    pub(super) fn edited(self, name: &str, value: &Value) -> Self {
        let mut body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        match body.get_mut("data").and_then(|data| data.get_mut(name)) {
            Some(member) => *member = value.clone(),
            None => return self,
        }
        Self { body: body.to_string().into(), ..self }
    }

    /// Returns true if the response shows that the sandbox refused the request before any work.
    pub(super) fn turns_away(&self) -> bool {
        const AT_THE_DOOR: [i64; 17] =
            [36, 97, 168, 302, 303, 319, 327, 346, 347, 463, 945, 2131, 2483, 2484, 2485, 2486, 2487];
        self.http_status == 429
            || self.status.is_some_and(|status| AT_THE_DOOR.contains(&status))
            || self.body == Self::no_key().body
    }

    pub(super) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Returns the ids and the message that most responses have.
pub(super) fn envelope(
    status: i64,
    response_status_id: i64,
    type_id: Option<i64>,
    message: &str,
) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("status".to_owned(), status.into());
    body.insert("response_status_id".to_owned(), response_status_id.into());
    if let Some(type_id) = type_id {
        body.insert("response_type_id".to_owned(), type_id.into());
    }
    body.insert("message".to_owned(), message.into());
    body
}

/// Formats paise as text, as EPS writes limits: `5287.0`, `5287.5` or `5287.25`.
pub(super) fn rupees_text(paise: u64) -> String {
    let (rupees, rest) = (paise / 100, paise % 100);
    if rest.is_multiple_of(10) { format!("{rupees}.{}", rest / 10) } else { format!("{rupees}.{rest:02}") }
}

/// Formats paise as a JSON number, as EPS writes some limits: 5287 or 5287.25.
pub(super) fn rupees_number(paise: u64) -> Value {
    if paise.is_multiple_of(100) { (paise / 100).into() } else { rupees_decimal(paise) }
}

/// Formats paise as the JSON number that the v1/v2 products write, such as 5287.0.
pub(super) fn rupees_decimal(paise: u64) -> Value {
    // A limit is far below 2^53 paise, so the double prints as the exact decimal number.
    (paise as f64 / 100.0).into()
}
