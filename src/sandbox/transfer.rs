//! DMT (domestic money transfer): the OTP for one transfer, and the transfer itself.

use super::bank::Duplicates;
use super::customer::not_found;
use super::ledger::{LedgerState, Transaction};
use super::money::{MOST, paise};
use super::operation::{Operation, ScenarioAnswer};
use super::otp::{OtpCheck, Purpose};
use super::params::{CheckedRequest, malformed};
use super::recipients::Recipient;
use super::reply::{Reply, envelope};
use super::senders::is_registered;
use super::state::SandboxState;
use super::statement::transferred;
use serde_json::{Value, json};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        op: "dmt.sendTransactionOtp",
        behave: send_transaction_otp,
        scenarios: &[
            ScenarioAnswer { name: "otpSent", doc: "2133: an OTP was sent.", answer: scripted_otp },
            ScenarioAnswer {
                name: "senderLimit",
                doc: "36: the sender's monthly limit is used up.",
                answer: |_, _| sender_limit(),
            },
            ScenarioAnswer {
                name: "recipientLimit",
                doc: "945: the recipient's monthly limit is used up.",
                answer: |_, _| recipient_limit(),
            },
            ScenarioAnswer { name: "notFound", doc: "463: the sender was not found.", answer: |_, _| not_found() },
        ],
    },
    Operation {
        op: "dmt.transfer",
        behave: transfer,
        scenarios: &[
            ScenarioAnswer {
                name: "settled",
                doc: "325: the transfer is settled.",
                answer: |w, c| stated(LedgerState::Settled, "", w, c),
            },
            ScenarioAnswer {
                name: "pending",
                doc: "tx_status 2: the bank has not answered; no response_type_id.",
                answer: |w, c| stated(LedgerState::Pending, "", w, c),
            },
            ScenarioAnswer {
                name: "onHold",
                doc: "tx_status 5: the transfer is on hold.",
                answer: |w, c| in_flight("5", w, c),
            },
            ScenarioAnswer {
                name: "awaited",
                doc: "tx_status 6: the bank's answer is awaited.",
                answer: |w, c| in_flight("6", w, c),
            },
            ScenarioAnswer {
                name: "refundPending",
                doc: "tx_status 3: the transfer failed and is not refunded yet.",
                answer: |w, c| stated(LedgerState::RefundPending, "", w, c),
            },
            ScenarioAnswer {
                name: "refunded",
                doc: "tx_status 4: the transfer was refunded.",
                answer: |w, c| stated(LedgerState::Refunded, "", w, c),
            },
            ScenarioAnswer {
                name: "otpUsed",
                doc: "55: the OTP was used before.",
                answer: |w, c| declined(OTP_USED, w, c),
            },
            ScenarioAnswer { name: "otpWrong", doc: "55: the OTP is wrong.", answer: |w, c| declined(OTP_WRONG, w, c) },
            ScenarioAnswer {
                name: "otpExpired",
                doc: "55: the OTP has expired.",
                answer: |w, c| declined(OTP_EXPIRED, w, c),
            },
            ScenarioAnswer {
                name: "insufficientBalance",
                doc: "55: the balance of the wallet is too low.",
                answer: |w, c| declined(BALANCE, w, c),
            },
            ScenarioAnswer {
                name: "limitExhausted",
                doc: "55: a monthly limit is used up.",
                answer: |w, c| declined(LIMIT, w, c),
            },
        ],
    },
];

const OTP_USED: &str = "OTP already used";
const OTP_WRONG: &str = "Wrong OTP";
const OTP_EXPIRED: &str = "OTP expired";
const BALANCE: &str = "Insufficient balance";
const LIMIT: &str = "Sender/beneficiary monthly limit exhausted";

fn send_transaction_otp(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    match TransferRequest::read(world, call) {
        Err(refusal) => refusal,
        Ok(asked) if asked.amount > asked.left.min(MOST) => sender_limit(),
        Ok(asked) if asked.amount > asked.account_left => recipient_limit(),
        Ok(asked) => otp_sent(world, &asked),
    }
}

fn transfer(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let reference = call.text("client_ref_id");
    if world.ledger.duplicates == Duplicates::Refuse && world.ledger.has_seen(&reference) {
        return seen_before();
    }
    let asked = match TransferRequest::read(world, call) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let now_ms = world.clock.now_ms();
    let line = Transaction::new(&reference, &asked.sender, &asked.sender_name, &asked.recipient, asked.amount);
    let (otp_ref_id, otp) = (call.text("otp_ref_id"), call.text("otp"));
    let reason = match world.otps.check(&asked.sender, &asked.purpose(), &otp_ref_id, &otp, now_ms) {
        OtpCheck::Wrong | OtpCheck::Locked => Some(OTP_WRONG),
        OtpCheck::Expired => Some(OTP_EXPIRED),
        OtpCheck::Used => Some(OTP_USED),
        OtpCheck::Right if asked.amount > asked.left.min(asked.account_left).min(MOST) => Some(LIMIT),
        OtpCheck::Right if line.cost() > world.ledger.balance => Some(BALANCE),
        OtpCheck::Right => None,
    };
    let line = match reason {
        Some(reason) => world.ledger.decline(line, reason, now_ms),
        None => world.ledger.book(line, &mut world.customers, now_ms),
    };
    transferred(&line, world.ledger.balance)
}

/// Parameters that an OTP request and a transfer request share. The sender and the recipient exist.
struct TransferRequest {
    sender: String,
    sender_name: String,
    recipient: Recipient,
    /// Amount of the transfer, in paise.
    amount: u64,
    /// Amount that the sender may still send, in paise.
    left: u64,
    /// Amount that the recipient's account may still receive, in paise.
    account_left: u64,
}

impl TransferRequest {
    fn read(world: &mut SandboxState, call: &CheckedRequest) -> Result<Self, Reply> {
        let mobile = call.text("customer_id");
        let Some(sender) = world.customers.get(&mobile) else { return Err(not_found()) };
        if !is_registered(sender.state) {
            return Err(Reply::bare(327, 1, -1, "Enrollment done. Verification pending"));
        }
        let Some(recipient) = world.recipients.get(&mobile, &call.text("recipient_id")).cloned() else {
            return Err(malformed(&["recipient_id"]));
        };
        let Some(amount) = paise(&call.text("amount")).filter(|amount| *amount > 0) else {
            return Err(malformed(&["amount"]));
        };
        // EPS does not document the receiving limit of a bank account. The sandbox uses twice the sender's limit.
        let account_left = sender.limit.saturating_mul(2).saturating_sub(world.ledger.received(&recipient));
        let (sender_name, left) = (sender.name.clone(), sender.left());
        Ok(Self { sender: mobile.into_owned(), sender_name, recipient, amount, left, account_left })
    }

    fn purpose(&self) -> Purpose {
        Purpose::Transfer { recipient: self.recipient.id, paise: self.amount }
    }
}

fn otp_sent(world: &mut SandboxState, asked: &TransferRequest) -> Reply {
    let now_ms = world.clock.now_ms();
    let otp_ref_id = world.otps.issue(&asked.sender, asked.purpose(), now_ms);
    Reply::data(0, 0, 2133, "Send OTP", json!({ "otp_ref_id": otp_ref_id }))
}

/// Issues an OTP for the requested transfer, even if the sender or the recipient does not exist.
fn scripted_otp(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let recipient = call.text("recipient_id").parse().unwrap_or_default();
    let purpose = Purpose::Transfer { recipient, paise: paise(&call.text("amount")).unwrap_or_default() };
    let now_ms = world.clock.now_ms();
    let otp_ref_id = world.otps.issue(&call.text("customer_id"), purpose, now_ms);
    Reply::data(0, 0, 2133, "Send OTP", json!({ "otp_ref_id": otp_ref_id }))
}

fn sender_limit() -> Reply {
    Reply::data(36, 1, 36, LIMIT, json!({}))
}

fn recipient_limit() -> Reply {
    Reply::data(945, 1, 945, "Beneficiary monthly limit exhausted", json!({}))
}

/// Returns the refusal of a reference that was used before. EPS does not document this refusal, so it has no data that could be mistaken
/// for the first transfer.
fn seen_before() -> Reply {
    let body = envelope(1, 1, Some(-1), "Duplicate client_ref_id");
    Reply::json(200, &Value::Object(body))
}

/// Returns the response to a made-up transfer that is not in the ledger.
fn stated(state: LedgerState, reason: &'static str, world: &SandboxState, call: &CheckedRequest) -> Reply {
    let recipient = world.recipients.get(&call.text("customer_id"), &call.text("recipient_id")).cloned();
    let recipient = recipient.unwrap_or_else(Recipient::made_up);
    let amount = paise(&call.text("amount")).unwrap_or_default();
    let mut line =
        Transaction::new(&call.text("client_ref_id"), &call.text("customer_id"), "Meera Nair", &recipient, amount);
    (line.state, line.reason, line.booked_ms) = (state, reason, world.clock.now_ms());
    transferred(&line, world.ledger.balance)
}

fn declined(reason: &'static str, world: &SandboxState, call: &CheckedRequest) -> Reply {
    stated(LedgerState::Declined, reason, world, call)
}

fn in_flight(tx_status: &str, world: &SandboxState, call: &CheckedRequest) -> Reply {
    stated(LedgerState::Pending, "", world, call).edited("tx_status", &tx_status.into())
}
