//! DMT (domestic money transfer): look-up of a sender, in both response shapes that EPS documents.

use super::customer::chart;
use super::customers::{Customer, CustomerState};
use super::operation::{Operation, ScenarioAnswer};
use super::otp::Purpose;
use super::params::CheckedRequest;
use super::reply::{Reply, rupees_number, rupees_text};
use super::state::{SandboxState, SenderShape};
use serde_json::json;

pub(super) const OPERATIONS: &[Operation] = &[Operation {
    op: "dmt.getSender",
    behave: get_sender,
    scenarios: &[
        ScenarioAnswer {
            name: "found",
            doc: "1388 with status 0: the sender, in the flat shape of the specification page.",
            answer: |world, call| found(SenderShape::Page, world, call),
        },
        ScenarioAnswer {
            name: "foundProfile",
            doc: "309: the sender, in the shape with a customer_profile.",
            answer: |world, call| found(SenderShape::Profile, world, call),
        },
        ScenarioAnswer {
            name: "notFound",
            doc: "463 in response_status_id: the sender was not found; code of the specification page.",
            answer: |_, _| unknown(SenderShape::Page),
        },
        ScenarioAnswer {
            name: "notEnrolled",
            doc: "308: the sender was not found; code of the samples.",
            answer: |_, _| unknown(SenderShape::Profile),
        },
        ScenarioAnswer { name: "kycRequired", doc: "2134: biometric eKYC is needed.", answer: |_, _| kyc_required() },
        ScenarioAnswer {
            name: "otpRequired",
            doc: "2129 with status 0: an OTP was sent to the sender.",
            answer: otp_required,
        },
    ],
}];

fn get_sender(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let shape = world.sender_shape;
    let state = world.customers.get(&call.text("customer_id")).map(|customer| customer.state);
    match (state, shape) {
        (None | Some(CustomerState::Unknown), shape) => unknown(shape),
        // Only the flat shape can describe a sender whose OTP is not verified yet.
        (Some(CustomerState::Enrolled), SenderShape::Page) => found(shape, world, call),
        (Some(state), shape) if state.is_verified() && state != CustomerState::KycPending => found(shape, world, call),
        (Some(_), _) => kyc_required(),
    }
}

fn found(shape: SenderShape, world: &SandboxState, call: &CheckedRequest) -> Reply {
    let mobile = call.text("customer_id");
    let sender = world.customers.get(&mobile).cloned().unwrap_or_else(Customer::made_up);
    match shape {
        SenderShape::Page => page(&mobile, &sender),
        SenderShape::Profile => profile(&mobile, &sender),
    }
}

fn page(mobile: &str, sender: &Customer) -> Reply {
    let verified = sender.state.is_verified();
    let data = json!({
        "customer_id": mobile,
        "name": sender.name,
        "dob": sender.dob,
        "kyc_verified": verified,
        "available_limit": rupees_number(sender.left()),
        "used_limit": rupees_number(sender.used),
        "monthly_limit": rupees_number(sender.limit),
        "state": if verified { 0 } else { 10 },
    });
    Reply::data(0, 0, 1388, "Customer found", data)
}

fn profile(mobile: &str, sender: &Customer) -> Reply {
    let data = json!({
        "is_registered": 0,
        "next_allowed_limit": rupees_number(sender.left()),
        "kyc_state": 0,
        "customer_profile": {
            "name": sender.name,
            "mobile": mobile,
            "balance": "0.00",
            "next_allowed_limit": rupees_text(sender.left()),
            "total_monthly_limit": rupees_text(sender.limit),
            "kyc_state": i64::from(sender.state.is_verified()),
            "chart": [chart(sender)],
        },
    });
    Reply::data(0, -1, 309, "Success!", data)
}

fn unknown(shape: SenderShape) -> Reply {
    match shape {
        SenderShape::Page => Reply::data(1, 463, 1388, "Sender not found", json!({})),
        SenderShape::Profile => {
            Reply::data(308, 1, 308, "Failure!Customer Not Enrolled", json!({ "ekyc_enabled": "" }))
        }
    }
}

pub(super) fn kyc_required() -> Reply {
    Reply::data(0, 0, 2134, "Customer KYC Pending", json!({ "otp_ref_id": "" }))
}

fn otp_required(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let now_ms = world.clock.now_ms();
    let otp_ref_id = world.otps.issue(&call.text("customer_id"), Purpose::Ekyc, now_ms);
    Reply::data(0, 0, 2129, "OTP Sent", json!({ "otp_ref_id": otp_ref_id }))
}
