//! Customer look-up of the v1/v2 products. The response has the customer's limit for each transfer channel, which EPS calls a pipe.

use super::customers::{Customer, CustomerState};
use super::operation::{Operation, ScenarioAnswer};
use super::params::CheckedRequest;
use super::reply::{Reply, rupees_decimal, rupees_text};
use super::state::SandboxState;
use serde_json::{Value, json};

pub(super) const OPERATIONS: &[Operation] = &[Operation {
    op: "legacy.getCustomer",
    behave: get_customer,
    scenarios: &[
        ScenarioAnswer {
            name: "otpPending",
            doc: "327: state 1, the OTP is not verified yet.",
            answer: |w, c| in_state(1, w, c),
        },
        ScenarioAnswer {
            name: "otpPendingBare",
            doc: "327 without data: the OTP is not verified yet.",
            answer: |_, _| Reply::bare(327, 1, -1, "Enrollment done. Verification pending"),
        },
        ScenarioAnswer { name: "nonKyc", doc: "State 2: verified, without KYC.", answer: |w, c| in_state(2, w, c) },
        ScenarioAnswer { name: "kycPending", doc: "State 3: KYC pending.", answer: |w, c| in_state(3, w, c) },
        ScenarioAnswer { name: "fullKyc", doc: "State 4: full KYC.", answer: |w, c| in_state(4, w, c) },
        ScenarioAnswer {
            name: "nameChangePending",
            doc: "State 5: a new name must be confirmed by OTP.",
            answer: |w, c| in_state(5, w, c),
        },
        ScenarioAnswer { name: "partialKyc", doc: "State 8: partial KYC.", answer: |w, c| in_state(8, w, c) },
        ScenarioAnswer { name: "notFound", doc: "463: the customer was not found.", answer: |_, _| not_found() },
        ScenarioAnswer {
            name: "notFoundOld",
            doc: "323: the customer was not found; older code.",
            answer: |_, _| Reply::bare(323, 1, -1, "Customer not found"),
        },
        ScenarioAnswer {
            name: "otpExpired",
            doc: "303: the OTP has expired; a new OTP is needed.",
            answer: |_, _| Reply::bare(303, 1, -1, "OTP expired"),
        },
    ],
}];

fn get_customer(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let mobile = call.text("customer_id");
    world.customers.get(&mobile).map_or_else(not_found, |customer| found(call, customer))
}

/// Returns the requested customer in the given state. An unknown number gets a made-up customer.
fn in_state(number: u8, world: &SandboxState, call: &CheckedRequest) -> Reply {
    let known = world.customers.get(&call.text("customer_id")).cloned();
    let mut customer = known.unwrap_or_else(Customer::made_up);
    customer.state = CustomerState::from_legacy(number).unwrap_or(customer.state);
    found(call, &customer)
}

fn found(call: &CheckedRequest, customer: &Customer) -> Reply {
    let (state, state_desc) = state(customer.state);
    let data = json!({
        "customer_id": call.text("customer_id"),
        "customer_id_type": call.text("customer_id_type"),
        "mobile": call.text("customer_id"),
        "name": customer.name,
        "state": state,
        "state_desc": state_desc,
        "available_limit": rupees_decimal(customer.left()),
        "used_limit": rupees_decimal(customer.used),
        "total_limit": rupees_decimal(customer.limit),
        "bc_available_limit": rupees_decimal(customer.left()),
        "wallet_available_limit": 0.0,
        "balance": "0.0",
        "currency": "INR",
        "user_code": call.text("user_code"),
        "limit": pipes(customer),
    });
    if customer.state == CustomerState::Enrolled {
        Reply::data(327, 0, 33, "Enrollment done. Verification pending", data)
    } else {
        Reply::data(0, 0, 33, state_desc, data)
    }
}

/// Returns the number and the description of a state. Both are text, as in the responses of the v1/v2 products.
fn state(state: CustomerState) -> (&'static str, &'static str) {
    match state {
        CustomerState::Unknown | CustomerState::Enrolled => ("1", "OTP Verification Pending"),
        CustomerState::Verified | CustomerState::LimitExhausted => ("2", "Non-Kyc"),
        CustomerState::AadhaarPending | CustomerState::KycPending => ("3", "KYC Verification Pending"),
        CustomerState::FullKyc => ("4", "Full Kyc"),
        CustomerState::NameChangePending => ("5", "Name Change Verification Pending"),
        CustomerState::PanPending => ("8", "Partial Kyc"),
    }
}

/// Returns the transfer channels of a customer. Amounts and states are text. A name or a priority can be null.
fn pipes(customer: &Customer) -> Value {
    let pipe = |name: Option<&str>, id: &str, used: u64, priority: Option<u8>, on: bool| {
        json!({
            "name": name,
            "pipe": id,
            "used": rupees_text(used),
            "remaining": rupees_text(customer.limit.saturating_sub(used)),
            "priority": priority,
            "status": if on { "1" } else { "0" },
            "is_registered": i64::from(on && customer.state.is_verified()),
        })
    };
    json!([
        pipe(Some("Pipe3"), "3", customer.used, Some(1), true),
        pipe(None, "8", 0, Some(2), true),
        pipe(Some("BC_Pipe4"), "1", 0, None, false),
    ])
}

fn not_found() -> Reply {
    let params = [("customer_id", "Customer does not exist in System")];
    Reply::invalid(463, "Customer does not exist in system", params)
}
