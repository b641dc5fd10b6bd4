//! Endpoints of transactions: inquiry, OTP of a refund, and refund of a failed transaction.

use super::customer::{otp_expired, otp_failed, otp_wrong};
use super::ledger::{LedgerState, Transaction};
use super::operation::{Operation, ScenarioAnswer};
use super::otp::{OtpCheck, Purpose};
use super::params::CheckedRequest;
use super::recipients::Recipient;
use super::reply::{Reply, envelope};
use super::state::SandboxState;
use super::statement::{found, refunded};
use serde_json::{Value, json};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        op: "getTransaction",
        behave: get_transaction,
        scenarios: &[
            ScenarioAnswer {
                name: "settled",
                doc: "1472: the transaction is settled.",
                answer: |w, c| stated(LedgerState::Settled, w, c),
            },
            ScenarioAnswer {
                name: "declined",
                doc: "tx_status 1: the transaction failed.",
                answer: |w, c| stated(LedgerState::Declined, w, c),
            },
            ScenarioAnswer {
                name: "pending",
                doc: "tx_status 2: the transaction is pending.",
                answer: |w, c| stated(LedgerState::Pending, w, c),
            },
            ScenarioAnswer {
                name: "refundPending",
                doc: "tx_status 3: the transaction failed and is not refunded yet.",
                answer: |w, c| stated(LedgerState::RefundPending, w, c),
            },
            ScenarioAnswer {
                name: "refunded",
                doc: "tx_status 4: the transaction was refunded.",
                answer: |w, c| stated(LedgerState::Refunded, w, c),
            },
            ScenarioAnswer {
                name: "notFound",
                doc: "-1 in response_status_id: the transaction was not found.",
                answer: |_, _| not_found(),
            },
            ScenarioAnswer {
                name: "tidUnknown",
                doc: "168: no transaction has this tid; code of older lists.",
                answer: |_, _| tid_unknown(),
            },
        ],
    },
    Operation {
        op: "sendRefundOtp",
        behave: send_refund_otp,
        scenarios: &[
            ScenarioAnswer {
                name: "otpSent",
                doc: "2133: an OTP was sent.",
                answer: |_, _| otp_sent("OTP_REF_884321"),
            },
            ScenarioAnswer {
                name: "tidUnknown",
                doc: "168: no transaction has this tid.",
                answer: |_, _| tid_unknown(),
            },
        ],
    },
    Operation {
        op: "refund",
        behave: refund,
        scenarios: &[
            ScenarioAnswer { name: "refunded", doc: "74: the money was refunded.", answer: made_up_refund },
            ScenarioAnswer { name: "otpWrong", doc: "302: the OTP is wrong.", answer: |_, _| otp_wrong() },
            ScenarioAnswer { name: "otpExpired", doc: "303: the OTP has expired.", answer: |_, _| otp_expired() },
            ScenarioAnswer {
                name: "tidUnknown",
                doc: "168: no transaction has this tid.",
                answer: |_, _| tid_unknown(),
            },
        ],
    },
];

fn get_transaction(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let now_ms = world.clock.now_ms();
    let reference = call.text("client_ref_id");
    let line = match world.ledger.found(&call.text("tid"), now_ms) {
        None if reference.is_empty() => None,
        None => world.ledger.found_by_reference(&reference, now_ms),
        line => line,
    };
    line.map_or_else(not_found, found)
}

fn send_refund_otp(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let now_ms = world.clock.now_ms();
    let tid = call.text("tid").into_owned();
    match world.ledger.found(&tid, now_ms) {
        None => tid_unknown(),
        Some(line) if line.state != LedgerState::RefundPending => not_refundable(),
        Some(line) => otp_sent(&world.otps.issue(&line.sender, Purpose::Refund { tid }, now_ms)),
    }
}

fn refund(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let now_ms = world.clock.now_ms();
    let tid = call.text("tid").into_owned();
    let line = match world.ledger.found(&tid, now_ms) {
        None => return tid_unknown(),
        Some(line) if line.state != LedgerState::RefundPending => return not_refundable(),
        Some(line) => line.clone(),
    };
    let purpose = Purpose::Refund { tid: tid.clone() };
    // The catalogue declares `otp_ref_id` optional. If the request has none, the newest OTP of the transaction is checked.
    let given = Some(call.text("otp_ref_id").into_owned()).filter(|given| !given.is_empty());
    let otp_ref_id = given.or_else(|| world.otps.reference(&purpose)).unwrap_or_default();
    match world.otps.check(&line.sender, &purpose, &otp_ref_id, &call.text("otp"), now_ms) {
        OtpCheck::Wrong => return otp_wrong(),
        OtpCheck::Expired | OtpCheck::Used => return otp_expired(),
        OtpCheck::Locked => return otp_failed(),
        OtpCheck::Right => {}
    }
    match world.ledger.refund(&tid, &mut world.customers) {
        Some(refund_tid) => refunded(&line, refund_tid, world.ledger.balance, now_ms),
        None => not_refundable(),
    }
}

fn otp_sent(otp_ref_id: &str) -> Reply {
    Reply::data(2133, 1, 2133, "Send OTP", json!({ "otp_ref_id": otp_ref_id }))
}

fn not_found() -> Reply {
    Reply::json(200, &Value::Object(envelope(1, -1, None, "Transaction not found")))
}

fn tid_unknown() -> Reply {
    Reply::bare(168, 1, -1, "TID does not exist")
}

/// Returns a refusal without a specific code, because EPS does not document this refusal.
fn not_refundable() -> Reply {
    Reply::bare(1, 1, -1, "Transaction is not pending for refund")
}

/// Returns a made-up transaction that is not in the ledger. Its reference and tid are those of the request, if given.
fn made_up(world: &SandboxState, call: &CheckedRequest) -> Transaction {
    let reference = Some(call.text("client_ref_id")).filter(|given| !given.is_empty());
    let mut line = Transaction::new(
        &reference.unwrap_or("REQ-20260101-001".into()),
        "",
        "Meera Nair",
        &Recipient::made_up(),
        10_000,
    );
    line.tid = call.text("tid").parse().unwrap_or(line.tid);
    line.booked_ms = world.clock.now_ms();
    line
}

fn stated(state: LedgerState, world: &SandboxState, call: &CheckedRequest) -> Reply {
    let mut line = made_up(world, call);
    line.state = state;
    found(&line)
}

fn made_up_refund(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let line = made_up(world, call);
    refunded(&line, line.tid + 1, world.ledger.balance, world.clock.now_ms())
}
