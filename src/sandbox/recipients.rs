//! DMT (domestic money transfer): the bank recipients of a sender.

use super::customer::not_found;
use super::operation::{Operation, ScenarioAnswer};
use super::params::{CheckedRequest, malformed};
use super::reply::Reply;
use super::state::SandboxState;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Id of the first recipient.
const FIRST_ID: u64 = 117_015_428;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        op: "dmt.getRecipients",
        behave: get_recipients,
        scenarios: &[
            ScenarioAnswer {
                name: "listed",
                doc: "23: a list with one recipient.",
                answer: |_, _| listed(&[Recipient::made_up()]),
            },
            ScenarioAnswer { name: "none", doc: "22: the sender has no recipients.", answer: |_, _| none() },
            ScenarioAnswer { name: "notFound", doc: "463: the sender was not found.", answer: |_, _| not_found() },
        ],
    },
    Operation {
        op: "dmt.addRecipient",
        behave: add_recipient,
        scenarios: &[
            ScenarioAnswer {
                name: "added",
                doc: "43: the recipient was added.",
                answer: |_, call| added(call, FIRST_ID),
            },
            ScenarioAnswer {
                name: "alreadyAdded",
                doc: "342: the sender already has this recipient.",
                answer: |_, _| already_added(),
            },
            ScenarioAnswer { name: "notFound", doc: "463: the sender was not found.", answer: |_, _| not_found() },
        ],
    },
];

/// Bank account to which a sender may send money.
#[derive(Clone)]
pub(super) struct Recipient {
    pub id: u64,
    pub name: String,
    pub mobile: String,
    pub ifsc: String,
    pub account: String,
}

impl Recipient {
    /// Returns a made-up recipient, for responses that do not depend on a stored recipient.
    pub(super) fn made_up() -> Self {
        let [name, mobile, ifsc, account] =
            ["Ravi Nair", "9000000002", "SBIN0007515", "10000000001"].map(str::to_owned);
        Self { id: FIRST_ID, name, mobile, ifsc, account }
    }

    /// Returns the name of a well-known bank. For other banks, returns the first four letters of the IFSC.
    pub(super) fn bank(&self) -> &str {
        match self.ifsc.get(..4) {
            Some("SBIN") => "State Bank of India",
            Some("HDFC") => "HDFC Bank",
            Some("ICIC") => "ICICI Bank",
            Some(letters) => letters,
            None => "",
        }
    }
}

/// All recipients, by mobile number of the sender.
#[derive(Default)]
pub(super) struct Recipients {
    by_sender: HashMap<String, Vec<Recipient>>,
    issued: u64,
}

impl Recipients {
    pub(super) fn of(&self, sender: &str) -> &[Recipient] {
        self.by_sender.get(sender).map_or(&[], Vec::as_slice)
    }

    pub(super) fn get(&self, sender: &str, id: &str) -> Option<&Recipient> {
        self.of(sender).iter().find(|recipient| recipient.id.to_string() == id)
    }

    fn add(&mut self, sender: &str, mut recipient: Recipient) -> u64 {
        recipient.id = FIRST_ID + self.issued;
        self.issued += 1;
        let id = recipient.id;
        self.by_sender.entry(sender.to_owned()).or_default().push(recipient);
        id
    }
}

fn get_recipients(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let sender = call.text("customer_id");
    if world.customers.get(&sender).is_none() {
        return not_found();
    }
    match world.recipients.of(&sender) {
        [] => none(),
        recipients => listed(recipients),
    }
}

fn add_recipient(world: &mut SandboxState, call: &CheckedRequest) -> Reply {
    let sender = call.text("customer_id");
    if world.customers.get(&sender).is_none() {
        return not_found();
    }
    let text = |wire: &str| call.text(wire).into_owned();
    let [name, mobile, ifsc, account] = ["recipient_name", "recipient_mobile", "ifsc", "account"].map(text);
    if !is_ifsc(&ifsc) {
        return malformed(&["ifsc"]);
    }
    let same = |known: &Recipient| known.ifsc == ifsc && known.account == account;
    if world.recipients.of(&sender).iter().any(same) {
        return already_added();
    }
    let id = world.recipients.add(&sender, Recipient { id: 0, name, mobile, ifsc, account });
    added(call, id)
}

/// Returns true if the text has the form of an IFSC: four capital letters, a zero, and six capital letters or digits.
fn is_ifsc(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 11
        && bytes.iter().take(4).all(u8::is_ascii_uppercase)
        && bytes.get(4) == Some(&b'0')
        && bytes.iter().skip(5).all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn pipes() -> Value {
    json!({ "3": { "pipe": 3, "status": 1 } })
}

fn listed(recipients: &[Recipient]) -> Reply {
    let list: Vec<Value> = recipients
        .iter()
        .map(|recipient| {
            json!({
                "recipient_id": recipient.id,
                "beneficiary_id": recipient.id,
                "bank_recipient_id": recipient.id,
                "recipient_name": recipient.name,
                "recipient_mobile": recipient.mobile,
                "bank": recipient.bank(),
                "ifsc": recipient.ifsc,
                "account": recipient.account,
                "account_type": "Bank Account",
                "ifsc_status": 1,
                "is_verified": 0,
                "is_otp_required": "0",
                "pipes": pipes(),
            })
        })
        .collect();
    let data = json!({ "pan_required": 2, "recipient_list": list, "remaining_limit_before_pan_required": 50_000 });
    Reply::data(0, 0, 23, "Success", data)
}

fn none() -> Reply {
    Reply::bare(0, -1, 22, "No recipients found")
}

fn added(call: &CheckedRequest, id: u64) -> Reply {
    let data = json!({
        "customer_id": call.text("customer_id"),
        "recipient_mobile": call.text("recipient_mobile"),
        "recipient_id": id,
        "initiator_id": call.text("initiator_id"),
        "pipes": pipes(),
        "otp_ref_id": "",
    });
    Reply::data(0, 0, 43, "Recipient added", data)
}

fn already_added() -> Reply {
    Reply::bare(342, 1, -1, "Recipient already registered")
}
