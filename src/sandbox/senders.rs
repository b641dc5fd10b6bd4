//! DMT (domestic money transfer): registration of a sender. The steps are onboarding, biometric eKYC and OTP.

use super::customer::not_found;
use super::customers::{Customer, CustomerState};
use super::dmt::kyc_required;
use super::operation::{Operation, ScenarioAnswer};
use super::otp::{OtpCheck, Purpose};
use super::params::CheckedRequest;
use super::reply::Reply;
use super::state::SandboxState;
use serde_json::json;

/// First element of the data from a biometric device (`piddata`). The sandbox does not check the rest of the data.
const PID: &str = "<PidData";
/// `kyc_request_id` of every KYC request in the sandbox.
const KYC_REQUEST: &str = "20260101001";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        op: "dmt.onboardSender",
        behave: onboard_sender,
        scenarios: &[
            ScenarioAnswer {
                name: "kycRequired",
                doc: "2134: the sender is registered; eKYC is the next step.",
                answer: |_, _| kyc_required(),
            },
            ScenarioAnswer {
                name: "registered",
                doc: "300: the wallet was opened.",
                answer: |_, call| wallet_opened(call),
            },
            ScenarioAnswer {
                name: "alreadyEnrolled",
                doc: "17: the sender is already registered.",
                answer: |_, _| already_enrolled(),
            },
        ],
    },
    Operation {
        op: "dmt.ekycSender",
        behave: ekyc_sender,
        scenarios: &[
            ScenarioAnswer { name: "otpRequired", doc: "2129 with status 0: an OTP was sent.", answer: otp_sent },
            ScenarioAnswer {
                name: "biometricFailed",
                doc: "2135: the biometric data does not match.",
                answer: |_, _| ekyc_failed("Biometric mismatch"),
            },
            ScenarioAnswer {
                name: "bankRefused",
                doc: "2135: the bank refused the eKYC.",
                answer: |_, _| ekyc_failed("Rejected by bank"),
            },
            ScenarioAnswer { name: "notFound", doc: "463: the sender was not found.", answer: |_, _| not_found() },
        ],
    },
    Operation {
        op: "dmt.verifyEkycOtp",
        behave: verify_ekyc_otp,
        scenarios: &[
            ScenarioAnswer { name: "registered", doc: "2132: the sender is registered.", answer: |_, _| registered() },
            ScenarioAnswer {
                name: "alreadyRegistered",
                doc: "2131: the sender was registered before.",
                answer: |_, _| already_registered(),
            },
            ScenarioAnswer {
                name: "otpWrong",
                doc: "302 with response_type_id 2131: the OTP is wrong.",
                answer: |_, _| otp_failed(302, "Wrong OTP"),
            },
            ScenarioAnswer {
                name: "otpExpired",
                doc: "303 with response_type_id 2131: the OTP has expired.",
                answer: |_, _| otp_failed(303, "OTP expired"),
            },
        ],
    },
];

fn onboard_sender(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let mobile = call.text("customer_id");
    match world.customers.get(&mobile).map(|customer| customer.state) {
        Some(state) if is_registered(state) => return already_enrolled(),
        Some(_) => {}
        None => {
            let mut sender = Customer::new(&call.text("name"), &call.text("dob"));
            sender.state = CustomerState::KycPending;
            world.customers.enrol(&mobile, sender);
        }
    }
    kyc_required()
}

fn ekyc_sender(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    match world.customers.get(&call.text("customer_id")).map(|customer| customer.state) {
        None => not_found(),
        Some(state) if is_registered(state) => already_registered(),
        Some(_) if !call.text("piddata").contains(PID) => ekyc_failed("Biometric mismatch"),
        Some(_) => otp_sent(world, call),
    }
}

fn verify_ekyc_otp(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let mobile = call.text("customer_id");
    let now_ms = world.clock.now_ms();
    let Some(sender) = world.customers.get_mut(&mobile) else { return not_found() };
    if is_registered(sender.state) {
        return already_registered();
    }
    if call.text("kyc_request_id") != KYC_REQUEST {
        return otp_failed(1, "Wrong KYC request");
    }
    match world.otps.check(&mobile, &Purpose::Ekyc, &call.text("otp_ref_id"), &call.text("otp"), now_ms) {
        OtpCheck::Wrong => otp_failed(302, "Wrong OTP"),
        OtpCheck::Expired | OtpCheck::Used => otp_failed(303, "OTP expired"),
        OtpCheck::Locked => otp_failed(1, "Too many wrong OTPs"),
        OtpCheck::Right => {
            sender.state = CustomerState::Verified;
            registered()
        }
    }
}

/// Returns true if a sender in this state may send money.
pub(super) fn is_registered(state: CustomerState) -> bool {
    state.is_verified() && state != CustomerState::KycPending
}

fn otp_sent(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let now_ms = world.clock.now_ms();
    let otp_ref_id = world.otps.issue(&call.text("customer_id"), Purpose::Ekyc, now_ms);
    let data = json!({
        "user_code": "10472151", "intent_id": "", "kyc_request_id": KYC_REQUEST, "otp_ref_id": otp_ref_id,
    });
    Reply::data(0, 0, 2129, "Validate the OTP", data)
}

fn wallet_opened(call: &CheckedRequest) -> Reply {
    let mobile = call.text("customer_id");
    let data = json!({
        "customer_id_type": "mobile_number", "state_desc": "Non-Kyc", "state": "2", "customer_id": mobile,
    });
    Reply::data(0, 0, 300, "Wallet opened successfully.", data)
}

fn already_enrolled() -> Reply {
    Reply::bare(17, 1, -1, "User wallet already exists")
}

fn ekyc_failed(description: &str) -> Reply {
    Reply::data(2135, 1, 2135, "eKYC failed", json!({ "description": description }))
}

fn registered() -> Reply {
    Reply::data(0, 0, 2132, "Customer registration completed", json!({ "user_code": "10472151" }))
}

fn already_registered() -> Reply {
    otp_failed(1, "Customer is already registered")
}

fn otp_failed(response_status_id: i64, description: &str) -> Reply {
    Reply::data(2131, response_status_id, 2131, "Validate OTP Failed", json!({ "description": description }))
}
