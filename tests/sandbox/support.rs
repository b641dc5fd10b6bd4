//! A caller that follows the specification pages. Of this crate it uses only the control functions of the sandbox.

use base64ct::{Base64, Encoding};
use eko_eps::sandbox::{Sandbox, SandboxOptions};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Time of the sandbox's clock in most tests, in milliseconds.
pub const CLOCK: u64 = 1_760_000_000_000;
pub const MOBILE: &str = "9444444444";
pub const INITIATOR: &str = "9962981729";
pub const USER: &str = "20810200";

pub fn options() -> SandboxOptions {
    SandboxOptions { clock_ms: Some(CLOCK), ..SandboxOptions::default() }
}

pub fn start() -> Sandbox {
    Sandbox::start(options()).unwrap()
}

/// `base64(HMAC-SHA256(base64(access key), timestamp))`.
pub fn sign(access_key: &str, timestamp: &str) -> String {
    let key = Base64::encode_string(access_key.as_bytes());
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(timestamp.as_bytes());
    Base64::encode_string(&mac.finalize().into_bytes())
}

/// Returns a timestamp that no other request of this process has. Timestamps that tests choose themselves are nearer to the clock.
pub fn stamp(sandbox: &Sandbox) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(10_000);
    sandbox.now_ms() + NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Returns a client that keeps connections. Only one test uses it, because the connections end with that test's runtime.
pub fn http() -> reqwest::Client {
    // Another test may already have installed the provider; then this call fails and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap()
}

/// Returns the client that all tests share; it keeps no connections.
fn shared_http() -> &'static reqwest::Client {
    static SHARED: OnceLock<reqwest::Client> = OnceLock::new();
    SHARED.get_or_init(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20));
        builder.pool_max_idle_per_host(0).build().unwrap()
    })
}

/// A request that is correct until a test changes it.
#[derive(Clone)]
pub struct Ask {
    pub method: &'static str,
    pub url: String,
    pub body: Option<String>,
    /// Name and value, in order.
    pub headers: Vec<(&'static str, String)>,
}

/// The answer to a request.
pub struct Answer {
    pub http: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    /// The body as JSON; null if it is not JSON.
    pub json: Value,
}

impl Answer {
    /// `status`, `response_status_id`, `response_type_id`.
    pub fn ids(&self) -> (i64, i64, i64) {
        let id = |name: &str| self.json[name].as_i64().unwrap_or_else(|| panic!("{name} in {}", self.text));
        (id("status"), id("response_status_id"), id("response_type_id"))
    }

    pub fn message(&self) -> &str {
        self.json["message"].as_str().unwrap()
    }

    pub fn otp_ref_id(&self) -> String {
        self.json["data"]["otp_ref_id"].as_str().unwrap_or_else(|| panic!("no otp_ref_id in {}", self.text)).to_owned()
    }
}

/// Returns the headers of the specification pages, with a signature of this timestamp.
pub fn signed(sandbox: &Sandbox, timestamp: &str) -> Vec<(&'static str, String)> {
    let credentials = sandbox.credentials();
    vec![
        ("developer_key", credentials.developer_key.expose().to_owned()),
        ("secret-key", sign(credentials.access_key.expose(), timestamp)),
        ("secret-key-timestamp", timestamp.to_owned()),
        ("content-type", "application/json".to_owned()),
    ]
}

impl Ask {
    pub fn get(sandbox: &Sandbox, path: &str) -> Self {
        let url = format!("{}{path}?initiator_id={INITIATOR}&user_code={USER}", sandbox.base_url());
        Self { method: "GET", url, body: None, headers: signed(sandbox, &stamp(sandbox).to_string()) }
    }

    pub fn post(sandbox: &Sandbox, path: &str, body: &Value) -> Self {
        let url = format!("{}{path}", sandbox.base_url());
        let headers = signed(sandbox, &stamp(sandbox).to_string());
        Self { method: "POST", url, body: Some(body.to_string()), headers }
    }

    /// GET /customer/profile/{customer_id}
    pub fn get_customer(sandbox: &Sandbox) -> Self {
        Self::get(sandbox, &format!("/customer/profile/{MOBILE}"))
    }

    /// POST /customer/account/{customer_id}
    pub fn onboard(sandbox: &Sandbox) -> Self {
        Self::post(sandbox, &format!("/customer/account/{MOBILE}"), &onboarding())
    }

    /// POST /customer/account/{customer_id}/otp/verify
    pub fn verify(sandbox: &Sandbox, otp: &Value, otp_ref_id: &str) -> Self {
        let body = serde_json::json!({
            "initiator_id": INITIATOR, "user_code": USER, "otp": otp, "otp_ref_id": otp_ref_id,
        });
        Self::post(sandbox, &format!("/customer/account/{MOBILE}/otp/verify"), &body)
    }

    /// GET /customers/{customer_id_type}:{customer_id}
    pub fn legacy(sandbox: &Sandbox) -> Self {
        let mut ask = Self::get(sandbox, &format!("/customers/mobile_number:{MOBILE}"));
        ask.url = ask.url.replace("/v3/", "/v2/");
        ask.with("content-type", "application/x-www-form-urlencoded")
    }

    pub fn without(mut self, header: &str) -> Self {
        self.headers.retain(|(name, _)| *name != header);
        self
    }

    pub fn with(self, header: &'static str, value: &str) -> Self {
        let mut ask = self.without(header);
        ask.headers.push((header, value.to_owned()));
        ask
    }

    pub async fn try_send(&self) -> reqwest::Result<Answer> {
        self.try_send_by(shared_http()).await
    }

    pub async fn try_send_by(&self, http: &reqwest::Client) -> reqwest::Result<Answer> {
        let mut request = http.request(self.method.parse().unwrap(), &self.url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let response = request.send().await?;
        let (http, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        Ok(Answer { http, headers, json: serde_json::from_str(&text).unwrap_or_default(), text })
    }

    pub async fn send(&self) -> Answer {
        self.try_send().await.unwrap()
    }
}

/// Returns the body of the example on the specification page.
pub fn onboarding() -> Value {
    serde_json::json!({
        "initiator_id": INITIATOR,
        "user_code": USER,
        "client_ref_id": "REQ-20260101-001",
        "name": "Leela Menon",
        "dob": "1990-05-15",
        "residence_address": ["7 Lake Road", "Kochi", "Kerala", "682001"],
    })
}

/// Returns an OTP that differs in its last digit.
pub fn wrong(otp: &str) -> String {
    let (head, last) = otp.split_at(otp.len() - 1);
    format!("{head}{}", (last.parse::<u8>().unwrap() + 1) % 10)
}
