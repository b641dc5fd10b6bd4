//! The calls of a transfer over raw HTTP, as the specification pages describe them. Each body uses the answer before it.

use crate::support::{Answer, Ask, INITIATOR, MOBILE, signed, stamp, start};
use eko_eps::Sandbox;
use eko_eps::sandbox::CustomerState;
use serde_json::{Value, json};

pub const ACCOUNT: &str = "10000000001";
const ROOT: &str = "/customer/payment/dmt-fino";

/// Returns a body with the initiator and a reference, which most of these calls take.
pub fn body(rest: &Value) -> Value {
    let mut body = json!({ "initiator_id": INITIATOR, "client_ref_id": "STEP-1" });
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    body
}

pub fn ask(sandbox: &Sandbox, method: &'static str, path: &str, body: &Value) -> Ask {
    let headers = signed(sandbox, &stamp(sandbox).to_string());
    let url = format!("{}{path}", sandbox.base_url());
    Ask { method, url, body: Some(body.to_string()), headers }
}

pub async fn send(sandbox: &Sandbox, method: &'static str, path: &str, body: &Value) -> Answer {
    ask(sandbox, method, path, body).send().await
}

/// Returns a GET with the initiator only.
pub fn read_ask(sandbox: &Sandbox, path: &str) -> Ask {
    let mut ask = Ask::get(sandbox, path);
    ask.url = ask.url.replace("&user_code=20810200", "");
    ask
}

pub async fn read(sandbox: &Sandbox, path: &str) -> Answer {
    read_ask(sandbox, path).send().await
}

pub async fn onboard(sandbox: &Sandbox) -> Answer {
    let address = json!({
        "line": "12 Lake Road", "city": "Indore", "state": "Madhya Pradesh", "pincode": "452001", "district": "Indore",
        "area": "Old Town",
    });
    let rest = json!({ "name": "Asha Rao", "dob": "1990-05-15", "residence_address": address.to_string() });
    send(sandbox, "POST", &format!("{ROOT}/sender/{MOBILE}"), &body(&rest)).await
}

pub async fn ekyc(sandbox: &Sandbox, piddata: &str) -> Answer {
    let rest = json!({ "aadhar": "999999999999", "piddata": piddata });
    send(sandbox, "PUT", &format!("{ROOT}/sender/{MOBILE}/otp"), &body(&rest)).await
}

pub async fn verify_ekyc(sandbox: &Sandbox, otp: &str, otp_ref_id: &str, kyc_request_id: &str) -> Answer {
    let rest = json!({ "otp": otp, "otp_ref_id": otp_ref_id, "kyc_request_id": kyc_request_id });
    send(sandbox, "PUT", &format!("{ROOT}/sender/{MOBILE}/otp/verify"), &body(&rest)).await
}

pub async fn recipients(sandbox: &Sandbox) -> Answer {
    read(sandbox, &format!("{ROOT}/sender/{MOBILE}/recipients")).await
}

pub async fn add_recipient_of(sandbox: &Sandbox, mobile: &str, account: &str) -> Answer {
    let rest = json!({
        "recipient_mobile": "9000000002", "recipient_name": "Ravi Nair", "ifsc": "SBIN0007515", "account": account,
    });
    send(sandbox, "POST", &format!("{ROOT}/sender/{mobile}/recipient"), &body(&rest)).await
}

/// A transfer before it is sent.
#[derive(Clone)]
pub struct Transfer {
    pub mobile: String,
    pub recipient: u64,
    pub amount: Value,
    pub reference: String,
    pub otp: String,
    pub otp_ref_id: String,
}

impl Transfer {
    pub async fn send_otp(&self, sandbox: &Sandbox) -> Answer {
        let rest = json!({ "recipient_id": self.recipient, "amount": self.amount, "customer_id": self.mobile });
        send(sandbox, "POST", &format!("{ROOT}/otp"), &body(&rest)).await
    }

    /// Sends an OTP, and returns the transfer with it.
    pub async fn authorised(mut self, sandbox: &Sandbox) -> Self {
        self.otp_ref_id = self.send_otp(sandbox).await.otp_ref_id();
        self.otp = sandbox.last_otp(&self.mobile).unwrap();
        self
    }

    pub fn ask(&self, sandbox: &Sandbox) -> Ask {
        let body = json!({
            "initiator_id": INITIATOR, "recipient_id": self.recipient, "amount": self.amount,
            "customer_id": self.mobile, "otp": self.otp, "otp_ref_id": self.otp_ref_id,
            "client_ref_id": self.reference,
        });
        Ask::post(sandbox, ROOT, &body)
    }

    pub async fn go(&self, sandbox: &Sandbox) -> Answer {
        self.ask(sandbox).send().await
    }

    pub fn of(&self, amount: impl Into<Value>) -> Self {
        Self { amount: amount.into(), ..self.clone() }
    }

    pub fn called(&self, reference: &str) -> Self {
        Self { reference: reference.to_owned(), ..self.clone() }
    }
}

/// Returns a transfer of a verified sender to a new recipient.
pub async fn ready_of(sandbox: &Sandbox, mobile: &str) -> Transfer {
    sandbox.set_customer(mobile, CustomerState::Verified).unwrap();
    let added = add_recipient_of(sandbox, mobile, ACCOUNT).await;
    let recipient = added.json["data"]["recipient_id"].as_u64().unwrap();
    let [mobile, reference] = [mobile, "REF-1"].map(str::to_owned);
    Transfer { mobile, recipient, amount: json!(100), reference, otp: String::new(), otp_ref_id: String::new() }
}

pub async fn ready(sandbox: &Sandbox) -> Transfer {
    ready_of(sandbox, MOBILE).await
}

/// Starts a sandbox, and returns it with a transfer that has its OTP.
pub async fn authorised() -> (Sandbox, Transfer) {
    let sandbox = start();
    let transfer = ready(&sandbox).await.authorised(&sandbox).await;
    (sandbox, transfer)
}

pub async fn by_reference(sandbox: &Sandbox, reference: &str) -> Answer {
    read(sandbox, &format!("/tools/reference/transaction/client_ref_id:{reference}")).await
}

pub async fn by_tid(sandbox: &Sandbox, tid: &str) -> Answer {
    read(sandbox, &format!("/tools/reference/transaction/{tid}")).await
}

pub async fn refund_otp(sandbox: &Sandbox, tid: &str) -> Answer {
    send(sandbox, "POST", &format!("/customer/payment/refund/{tid}/otp"), &json!({ "initiator_id": INITIATOR })).await
}

pub fn refund_ask(sandbox: &Sandbox, tid: &str, otp: &Value, otp_ref_id: Option<&str>) -> Ask {
    let mut body = json!({ "initiator_id": INITIATOR, "otp": otp, "service_code": 80, "state": 1 });
    if let Some(otp_ref_id) = otp_ref_id {
        body["otp_ref_id"] = otp_ref_id.into();
    }
    Ask::post(sandbox, &format!("/customer/payment/refund/{tid}"), &body)
}
