//! Customer endpoints of the current products: look-up, onboarding, and verification by OTP.

use super::customers::{Customer, CustomerState};
use super::operation::{Operation, ScenarioAnswer};
use super::otp::{OtpCheck, Purpose};
use super::params::CheckedRequest;
use super::reply::{Reply, rupees_number, rupees_text};
use super::state::SandboxState;
use serde_json::{Value, json};
use std::borrow::Cow;

/// `intent_id` of an OTP for the onboarding.
const ONBOARDING: i64 = 19;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        op: "getCustomer",
        behave: get_customer,
        scenarios: &[
            ScenarioAnswer {
                name: "otpRequired",
                doc: "2129: the customer is enrolled; an OTP was sent.",
                answer: otp_required,
            },
            ScenarioAnswer {
                name: "notEnrolled",
                doc: "308: the customer is not enrolled.",
                answer: |_, _| not_enrolled(),
            },
            ScenarioAnswer {
                name: "notFound",
                doc: "463 in status: the customer is not enrolled; older code.",
                answer: |_, _| not_found(),
            },
            ScenarioAnswer {
                name: "notFoundById",
                doc: "463 only in response_status_id: the customer is not enrolled.",
                answer: |_, _| Reply::bare(1, 463, 1388, "Customer not found"),
            },
            ScenarioAnswer {
                name: "found",
                doc: "309: the customer is verified; the profile is in the response.",
                answer: verified,
            },
        ],
    },
    Operation {
        op: "onboardCustomer",
        behave: onboard_customer,
        scenarios: &[
            ScenarioAnswer { name: "otpRequired", doc: "2129: an OTP was sent.", answer: otp_required },
            ScenarioAnswer {
                name: "alreadyEnrolled",
                doc: "17: the customer is already enrolled.",
                answer: |_, _| already_enrolled(),
            },
            ScenarioAnswer {
                name: "verificationPending",
                doc: "327: the customer is enrolled but not verified yet.",
                answer: |_, _| Reply::bare(327, 1, -1, "Enrollment done. Verification pending"),
            },
        ],
    },
    Operation {
        op: "verifyCustomerOtp",
        behave: verify_customer_otp,
        scenarios: &[
            ScenarioAnswer {
                name: "verified",
                doc: "309: the customer is verified; the profile is in the response.",
                answer: verified,
            },
            ScenarioAnswer {
                name: "aadhaarRequired",
                doc: "2136: the Aadhaar number is the next step.",
                answer: |_, _| aadhaar_required(),
            },
            ScenarioAnswer {
                name: "panRequired",
                doc: "2147: the PAN is the next step.",
                answer: |_, _| pan_required(),
            },
            ScenarioAnswer { name: "otpWrong", doc: "302: the OTP is wrong.", answer: |_, _| otp_wrong() },
            ScenarioAnswer {
                name: "otpWrongById",
                doc: "302 only in response_status_id: the OTP is wrong.",
                answer: |_, _| Reply::bare(1, 302, 1388, "Wrong OTP"),
            },
            ScenarioAnswer { name: "otpExpired", doc: "303: the OTP has expired.", answer: |_, _| otp_expired() },
            ScenarioAnswer {
                name: "otpFailed",
                doc: "2131: the OTP was not accepted; a new OTP is needed.",
                answer: |_, _| otp_failed(),
            },
            ScenarioAnswer {
                name: "notEnrolled",
                doc: "308: the customer is not enrolled.",
                answer: |_, _| not_enrolled(),
            },
            ScenarioAnswer {
                name: "notFound",
                doc: "463 in status: the customer is not enrolled; older code.",
                answer: |_, _| not_found(),
            },
        ],
    },
];

fn get_customer(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    match world.customers.get(&call.text("customer_id")) {
        None => not_enrolled(),
        Some(_) => otp_required(world, call),
    }
}

fn onboard_customer(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let mobile = call.text("customer_id");
    if world.customers.get(&mobile).is_some() {
        return already_enrolled();
    }
    world.customers.enrol(&mobile, Customer::new(&call.text("name"), &call.text("dob")));
    otp_required(world, call)
}

fn verify_customer_otp(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let mobile = call.text("customer_id");
    let now_ms = world.clock.now_ms();
    let Some(customer) = world.customers.get_mut(&mobile) else { return not_found() };
    let code = call.text("otp");
    if code.is_empty() {
        // The catalogue declares `otp` optional, because the later verification steps need no OTP. This step needs an OTP.
        return super::params::missing(&["otp"]);
    }
    match world.otps.check(&mobile, &Purpose::Customer, &call.text("otp_ref_id"), &code, now_ms) {
        OtpCheck::Wrong => return otp_wrong(),
        OtpCheck::Expired | OtpCheck::Used => return otp_expired(),
        OtpCheck::Locked => return otp_failed(),
        OtpCheck::Right => {}
    }
    match customer.state {
        CustomerState::AadhaarPending => return aadhaar_required(),
        CustomerState::PanPending => return pan_required(),
        CustomerState::Enrolled => customer.state = CustomerState::Verified,
        CustomerState::Unknown
        | CustomerState::KycPending
        | CustomerState::Verified
        | CustomerState::FullKyc
        | CustomerState::NameChangePending
        | CustomerState::LimitExhausted => {}
    }
    verified(world, call)
}

/// Issues an OTP and returns the response that asks for it.
fn otp_required(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let now_ms = world.clock.now_ms();
    let otp_ref_id = world.otps.issue(&call.text("customer_id"), Purpose::Customer, now_ms);
    let data = json!({ "intent_id": ONBOARDING, "kyc_request_id": "", "otp_ref_id": otp_ref_id });
    Reply::data(2129, 1, 2129, "Validate the OTP", data)
}

/// Returns the profile of the requested customer. An unknown number gets a made-up customer.
fn verified(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let mobile = call.text("customer_id");
    let customer = world.customers.get(&mobile).map_or_else(|| Cow::Owned(Customer::made_up()), Cow::Borrowed);
    Reply::data(0, -1, 309, "Success!", profile(&mobile, &customer))
}

/// Returns a profile in EPS's format. Limits are text inside `customer_profile` and numbers outside. Absent values are `""` or `"null"`.
fn profile(mobile: &str, customer: &Customer) -> Value {
    let kyc_state = i64::from(customer.state == CustomerState::FullKyc);
    json!({
        "customer_profile": {
            "name": customer.name,
            "mobile": mobile,
            "balance": "0.00",
            "next_allowed_limit": rupees_text(customer.left()),
            "total_monthly_limit": rupees_text(customer.limit),
            "kyc_state": kyc_state,
            "kyc_id": "",
            "kyc_type": "",
            "kyc_validity": "",
            "kyc_remark": "null",
            "ekyc_enabled": 0,
            "digital_ekyc": 0,
            "email": "",
            "chart": [chart(customer)],
        },
        "sender_name": customer.name,
        "next_allowed_limit": rupees_number(customer.left()),
        "kyc_state": 0,
        "is_registered": 0,
        "ekyc_enabled": "",
        "id_proof_type_id": "",
        "id_proof": "",
        "account": "",
        "otpOptionalSum": "",
        "otpNotRequiredSum": "",
        "otpOptionalSumNeft": "",
        "otpNotRequiredSumNeft": "",
    })
}

/// Returns the used and the remaining part of the monthly limit, in EPS's format.
pub(super) fn chart(customer: &Customer) -> Value {
    json!({
        "data_type_id": 10,
        "label": "",
        "data": {
            "used": rupees_number(customer.used),
            "remaining": rupees_number(customer.left()),
            "unavailable": 0,
        },
    })
}

fn not_enrolled() -> Reply {
    let data = json!({ "sender_name": "", "ekyc_enabled": "" });
    Reply::data(308, 1, 308, "Failure!Customer Not Enrolled", data)
}

pub(super) fn not_found() -> Reply {
    let params = [("customer_id", "Customer does not exist in System")];
    Reply::invalid(463, "customer_id does not exist in system", params)
}

fn already_enrolled() -> Reply {
    Reply::bare(17, 1, -1, "User wallet already exists")
}

fn aadhaar_required() -> Reply {
    Reply::bare(2136, 1, 2136, "Aadhar Validation Pending")
}

fn pan_required() -> Reply {
    Reply::data(0, 0, 2147, "Pan Number Required", json!({ "application_id": "" }))
}

pub(super) fn otp_wrong() -> Reply {
    Reply::invalid(302, "Wrong OTP", [("otp", "Wrong OTP")])
}

pub(super) fn otp_expired() -> Reply {
    Reply::invalid(303, "OTP expired", [("otp", "OTP expired")])
}

pub(super) fn otp_failed() -> Reply {
    Reply::data(2131, 1, 2131, "Validate OTP Failed", json!({ "description": "Too many wrong OTPs" }))
}
