//! Tests of debits of our own client in the sandbox: the whole way, late answers, refunds and every fault. The sandbox's ledger decides.

use crate::support::{MOBILE, wrong};
use eko_eps::money::{Callback, DebitKey, DebitOptions, JournalConfig, MoneyOutcome, State, Why};
use eko_eps::sandbox::{Bank, Duplicates, Fault, LedgerState, Sandbox, SandboxOptions, Script};
use eko_eps::{CallOptions, Client, Code};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A sandbox, a client with a journal of its own, and a recipient.
struct Shop {
    sandbox: Sandbox,
    client: Client,
    recipient: String,
    journal: PathBuf,
}

impl Drop for Shop {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.journal.display()));
        }
    }
}

impl Shop {
    fn empty() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let sandbox = Sandbox::start(SandboxOptions::default()).unwrap();
        let name = format!("debits-{}-{}.sqlite", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let journal = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let config = sandbox.credentials().config().journal(JournalConfig::File(journal.clone()));
        Self { sandbox, client: Client::new(config).unwrap(), recipient: String::new(), journal }
    }

    /// Opens a shop with a verified sender and a recipient.
    async fn open() -> Self {
        let mut shop = Self::empty();
        shop.sandbox.set_customer(MOBILE, eko_eps::sandbox::CustomerState::Verified).unwrap();
        shop.recipient = text(&shop.add_recipient().await, "recipientId");
        shop
    }

    async fn call(&self, op: &str, params: Value) -> Result<Value, Code> {
        let answer = self.client.call(op, &params.to_string(), CallOptions::default()).await;
        answer.map(|answer| serde_json::from_str(&answer.to_json()).unwrap()).map_err(|error| error.code())
    }

    async fn add_recipient(&self) -> Value {
        let params = json!({
            "customerId": MOBILE, "recipientMobile": "9000000002", "recipientName": "Ravi Nair", "ifsc": "SBIN0007515",
            "account": "10000000001",
        });
        self.call("dmt.addRecipient", params).await.unwrap()
    }

    /// Returns the params of a transfer, with a new OTP.
    async fn transfer(&self, reference: &str, amount: &str) -> Value {
        let params = json!({ "recipientId": self.recipient, "amount": amount, "customerId": MOBILE });
        let sent = self.call("dmt.sendTransactionOtp", params).await.unwrap();
        assert_eq!(sent["outcome"], "otpSent");
        json!({
            "recipientId": self.recipient, "amount": amount, "customerId": MOBILE, "clientRefId": reference,
            "otp": self.sandbox.last_otp(MOBILE).unwrap(), "otpRefId": sent["otpRefId"],
        })
    }

    async fn debit(&self, op: &str, params: &Value) -> MoneyOutcome {
        self.client.debit_by_name(op, &params.to_string(), DebitOptions::default()).await.unwrap()
    }

    async fn pay(&self, reference: &str) -> MoneyOutcome {
        let params = self.transfer(reference, "100").await;
        self.debit("dmt.transfer", &params).await
    }

    async fn resolved(&self, reference: &str) -> State {
        self.client.resolve(&transfer(reference)).await.unwrap().outcome
    }

    fn state(&self) -> LedgerState {
        self.sandbox.ledger().pop().unwrap().state
    }

    /// Returns the number of complete requests of the newest reference. Checks that no debit was sent twice.
    fn requests(&self) -> u32 {
        self.sandbox.assert_no_double_debit().unwrap();
        self.sandbox.ledger().pop().unwrap().complete_requests
    }
}

fn transfer(reference: &str) -> DebitKey {
    DebitKey { op: "dmt.transfer".into(), reference: reference.into() }
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}

#[tokio::test]
async fn the_whole_way_of_the_first_transfer() {
    let mut shop = Shop::empty();
    let customer = json!({ "customerId": MOBILE });
    assert_eq!(shop.call("dmt.getSender", customer.clone()).await.unwrap()["outcome"], "notEnrolled");
    assert_eq!(shop.call("dmt.getRecipients", customer.clone()).await.unwrap()["outcome"], "notEnrolled");
    let onboarded = shop
        .call(
            "dmt.onboardSender",
            json!({ "customerId": MOBILE, "name": "Asha Rao", "dob": "1990-05-15", "residenceAddress": {
                "line": "12 Lake Road", "city": "Indore", "state": "Madhya Pradesh", "pincode": "452001",
                "district": "Indore", "area": "Old Town",
            } }),
        )
        .await
        .unwrap();
    assert_eq!(onboarded["outcome"], "kycRequired");
    assert_eq!(shop.call("dmt.getSender", customer.clone()).await.unwrap()["outcome"], "kycRequired");
    let ekyc = |piddata: &str| json!({ "customerId": MOBILE, "aadhar": "999999999999", "piddata": piddata });
    assert_eq!(
        shop.call("dmt.ekycSender", ekyc("<?xml version=\"1.0\"?><Other/>")).await.unwrap()["outcome"],
        "ekycFailed"
    );
    let sent = shop.call("dmt.ekycSender", ekyc("<PidData/>")).await.unwrap();
    assert_eq!(sent["outcome"], "otpRequired");
    let otp = shop.sandbox.last_otp(MOBILE).unwrap();
    let verify = |otp: &str| {
        json!({
            "customerId": MOBILE, "otp": otp, "otpRefId": sent["otpRefId"], "kycRequestId": sent["kycRequestId"],
        })
    };
    assert_eq!(shop.call("dmt.verifyEkycOtp", verify(&wrong(&otp))).await.unwrap_err(), Code::OtpWrong);
    assert_eq!(shop.call("dmt.verifyEkycOtp", verify(&otp)).await.unwrap()["outcome"], "registered");
    assert_eq!(shop.call("dmt.getSender", customer.clone()).await.unwrap()["outcome"], "found");

    assert_eq!(shop.call("dmt.getRecipients", customer.clone()).await.unwrap()["outcome"], "none");
    let added = shop.add_recipient().await;
    assert_eq!(added["outcome"], "added");
    assert_eq!(shop.add_recipient().await["outcome"], "alreadyAdded");
    shop.recipient = text(&added, "recipientId");
    let listed = shop.call("dmt.getRecipients", customer.clone()).await.unwrap();
    assert_eq!(listed["recipients"][0]["recipientId"], shop.recipient.as_str());

    let answer = shop.pay("FIRST-1").await;
    assert_eq!((answer.outcome, answer.key.reference.as_str()), (State::Settled, "FIRST-1"));
    assert_eq!((&answer.fields["amount"], &answer.fields["fee"]), (&json!("100"), &json!("10")));
    assert_eq!(answer.fields["balance"], shop.sandbox.balance());
    assert_eq!((shop.requests(), shop.state()), (1, LedgerState::Settled));
    for by in [json!({ "clientRefId": "FIRST-1" }), json!({ "tid": answer.tid.clone().unwrap() })] {
        let found = shop.call("getTransaction", by).await.unwrap();
        assert_eq!((&found["outcome"], &found["transaction"]["txStatus"]), (&json!("found"), &json!(0)));
    }
    assert_eq!(shop.call("getTransaction", json!({ "clientRefId": "X" })).await.unwrap()["outcome"], "notFound");
    let sender = shop.call("dmt.getSender", customer).await.unwrap();
    assert_eq!(sender["sender"]["usedLimit"], "100");
}

#[tokio::test]
async fn the_bank_answers_late() {
    let endings = [
        (Bank::settle(), State::Settled, "2222637202.86"),
        (Bank::decline(), State::Declined, "2222637312.86"),
        (Bank::refund_pending(), State::RefundPending, "2222637202.86"),
    ];
    for (bank, state, balance) in endings {
        let shop = Shop::open().await;
        shop.sandbox.set_bank(bank.after(SECOND * 30));
        assert_eq!(shop.pay("LATE-1").await.outcome, State::Pending);
        assert_eq!(shop.resolved("LATE-1").await, State::Pending);
        shop.sandbox.advance(SECOND * 30);
        assert_eq!(shop.resolved("LATE-1").await, state);
        assert_eq!((shop.sandbox.balance().as_str(), shop.requests()), (balance, 1));
        let callback = Callback::parse(&shop.sandbox.callbacks()[0]).unwrap();
        let entry = shop.client.resolve(&transfer("LATE-1")).await.unwrap();
        assert_eq!((callback.client_ref_id.as_deref(), &callback.tid), (Some("LATE-1"), &entry.tid));
        assert_eq!(
            (callback.amount.as_deref(), callback.tx_status.map(State::of_tx_status)),
            (Some("100"), Some(state))
        );
    }
}

#[tokio::test]
async fn a_booking_that_hides_is_found_later() {
    let shop = Shop::open().await;
    shop.sandbox.set_bank(Bank::settle().hidden(SECOND * 20));
    shop.sandbox.script("dmt.transfer", Script::fault(Fault::CloseAfterWork)).unwrap();
    assert_eq!(shop.pay("HIDDEN-1").await.outcome, State::Indeterminate);
    assert_eq!(shop.resolved("HIDDEN-1").await, State::Indeterminate, "not found is not not done");
    shop.sandbox.advance(SECOND * 20);
    assert_eq!(shop.resolved("HIDDEN-1").await, State::Settled);
    assert_eq!(shop.requests(), 1);
}

#[tokio::test]
async fn what_failed_is_refunded() {
    let shop = Shop::open().await;
    shop.sandbox.set_bank(Bank::refund_pending());
    let failed = shop.pay("BACK-1").await;
    assert_eq!(failed.outcome, State::RefundPending);
    let tid = failed.tid.unwrap();
    let sent = shop.call("sendRefundOtp", json!({ "tid": tid })).await.unwrap();
    let otp = shop.sandbox.last_otp(MOBILE).unwrap();
    let refund = |otp: &str| json!({ "tid": tid, "otp": otp, "otpRefId": sent["otpRefId"] });
    let refused = shop.debit("refund", &refund(&wrong(&otp))).await;
    assert_eq!((refused.outcome, refused.reusable), (State::Declined, true), "the wrong OTP did nothing");

    // The answer is lost after the refund was done. An inquiry by tid finds it.
    shop.sandbox.script("refund", Script::fault(Fault::CloseAfterWork)).unwrap();
    assert_eq!(shop.debit("refund", &refund(&otp)).await.outcome, State::Indeterminate);
    let key = DebitKey { op: "refund".into(), reference: tid.clone() };
    assert_eq!(shop.client.resolve(&key).await.unwrap().outcome, State::Refunded);
    assert_eq!(shop.resolved("BACK-1").await, State::Refunded);
    assert_eq!(shop.sandbox.balance(), "2222637312.86");
    assert_eq!((shop.requests(), shop.sandbox.ledger()[0].refund_requests), (1, 1));
    let again = shop.client.debit_by_name("refund", &refund(&otp).to_string(), DebitOptions::default()).await;
    assert_eq!(again.unwrap_err().code(), Code::ReferenceUsed);
}

#[tokio::test]
async fn under_every_fault_at_most_one_request_is_complete() {
    let faults = [
        (Fault::CloseBeforeWork, LedgerState::NotBooked),
        (Fault::CloseAfterWork, LedgerState::Settled),
        (Fault::HangAfterWork, LedgerState::Settled),
        (Fault::Truncated, LedgerState::Settled),
        (Fault::HtmlAfterWork, LedgerState::Settled),
        (Fault::ServerErrorAfterWork, LedgerState::Settled),
        (Fault::OtherReference, LedgerState::Settled),
        (Fault::OtherAmount, LedgerState::Settled),
    ];
    for (fault, booked) in faults {
        let shop = Shop::open().await;
        // The fault is repeated more often than the client may try.
        shop.sandbox.script("dmt.transfer", Script::fault(fault).times(5)).unwrap();
        let params = shop.transfer("FAULT-1", "100").await.to_string();
        let mut options = DebitOptions::default();
        options.deadline = Some(SECOND);
        let answer = shop.client.debit_by_name("dmt.transfer", &params, options).await.unwrap();
        assert_eq!((answer.outcome, answer.reusable), (State::Indeterminate, false), "{fault:?}: {answer:?}");
        let other = matches!(fault, Fault::OtherReference | Fault::OtherAmount);
        assert_eq!(answer.contradiction.is_some(), other, "{fault:?}");
        let again = shop.client.debit_by_name("dmt.transfer", &params, DebitOptions::default()).await;
        assert_eq!(again.unwrap_err().code(), Code::ReferenceUsed, "{fault:?}");
        assert_eq!((shop.requests(), shop.state(), shop.sandbox.ledger().len()), (1, booked, 1), "{fault:?}");
        let resolved = shop.resolved("FAULT-1").await;
        let expected = if booked == LedgerState::Settled { State::Settled } else { State::Indeterminate };
        assert_eq!(resolved, expected, "{fault:?}");
    }
}

#[tokio::test]
async fn comparison_ends_a_request_that_never_arrived_as_not_sent() {
    let shop = Shop::open().await;
    let keys = shop.sandbox.credentials();
    let earlier = &keys.known_references["dmt.transfer"];
    let found = shop.call("getTransaction", json!({ "clientRefId": earlier })).await.unwrap();
    assert_eq!((&found["outcome"], &found["transaction"]["txStatus"]), (&json!("found"), &json!(0)));
    assert_eq!((shop.sandbox.ledger(), shop.sandbox.callbacks()), (vec![], vec![]), "it is in no listing");
    shop.sandbox.script("dmt.transfer", Script::fault(Fault::CloseBeforeWork)).unwrap();
    assert_eq!(shop.pay("LOST-1").await.outcome, State::Indeterminate);
    assert_eq!(shop.resolved("LOST-1").await, State::Indeterminate, "one round proves nothing");
    tokio::time::sleep(Duration::from_millis(keys.schedule.not_found_spread_ms + 50)).await;
    let entry = shop.client.resolve(&transfer("LOST-1")).await.unwrap();
    assert_eq!((entry.outcome, entry.spent, entry.reusable), (State::NotSent, true, false));
    assert_eq!(shop.requests(), 1);
}

#[tokio::test]
async fn without_a_known_reference_silence_proves_nothing() {
    let mut shop = Shop::open().await;
    let mut config = shop.sandbox.credentials().config().journal(JournalConfig::File(shop.journal.clone()));
    config.known_references.clear();
    shop.client = Client::new(config).unwrap();
    shop.sandbox.script("dmt.transfer", Script::fault(Fault::CloseBeforeWork)).unwrap();
    assert_eq!(shop.pay("LOST-1").await.outcome, State::Indeterminate);
    for _ in 0..3 {
        let entry = shop.client.resolve(&transfer("LOST-1")).await.unwrap();
        assert_eq!((entry.outcome, entry.why), (State::Indeterminate, Some(Why::NoControl)));
    }
}

#[tokio::test]
async fn a_late_answer_is_waited_for() {
    let shop = Shop::open().await;
    shop.sandbox.script("dmt.transfer", Script::delay(Duration::from_millis(300))).unwrap();
    assert_eq!((shop.pay("SLOW-1").await.outcome, shop.requests()), (State::Settled, 1));
}

#[tokio::test]
async fn refusals_with_55_are_final_and_use_the_reference_up() {
    let shop = Shop::open().await;
    let mut params = shop.transfer("NO-1", "100").await;
    params["otp"] = wrong(params["otp"].as_str().unwrap()).into();
    let declined = shop.debit("dmt.transfer", &params).await;
    assert_eq!((declined.outcome, declined.reusable), (State::Declined, false));
    assert_eq!(declined.fields["reason"], "Wrong OTP");
    shop.sandbox.set_balance("50").unwrap();
    let poor = shop.pay("NO-2").await;
    assert_eq!((poor.outcome, &poor.fields["reason"]), (State::Declined, &json!("Insufficient balance")));
    assert_eq!((shop.requests(), shop.state(), shop.sandbox.balance().as_str()), (1, LedgerState::Declined, "50"));
    let limit = json!({ "recipientId": shop.recipient, "amount": "5001", "customerId": MOBILE });
    assert_eq!(shop.call("dmt.sendTransactionOtp", limit).await.unwrap_err(), Code::InvalidParams);
    let most = json!({ "recipientId": shop.recipient, "amount": "5000", "customerId": MOBILE });
    shop.sandbox.script("dmt.sendTransactionOtp", Script::answer("senderLimit")).unwrap();
    assert_eq!(shop.call("dmt.sendTransactionOtp", most).await.unwrap_err(), Code::LimitExhausted);

    // The answer with the refusal is lost. An inquiry finds the refusal.
    shop.sandbox.script("dmt.transfer", Script::fault(Fault::CloseAfterWork)).unwrap();
    assert_eq!(shop.pay("NO-3").await.outcome, State::Indeterminate);
    assert_eq!(shop.resolved("NO-3").await, State::Declined);
}

#[tokio::test]
async fn what_was_turned_away_may_leave_again() {
    let shop = Shop::open().await;
    let params = shop.transfer("AGAIN-1", "100").await;
    shop.sandbox.script("dmt.transfer", Script::answer("agentNotAllowed")).unwrap();
    let refused = shop.debit("dmt.transfer", &params).await;
    assert_eq!((refused.outcome, refused.reusable), (State::Declined, true));
    assert_eq!(shop.sandbox.ledger(), []);
    assert_eq!(shop.debit("dmt.transfer", &params).await.outcome, State::Settled);
    assert_eq!(shop.requests(), 1);
    // The refused timestamp was in time, so EPS has seen it before: it may have taken a copy of this same request.
    let params = shop.transfer("SEEN-1", "100").await;
    shop.sandbox.script("dmt.transfer", Script::answer("timestampWrong")).unwrap();
    let seen = shop.debit("dmt.transfer", &params).await;
    assert_eq!((seen.outcome, seen.reusable, seen.evidence.attempts.len()), (State::Indeterminate, false, 1));
}

#[tokio::test]
async fn two_journals_that_share_a_reference_are_caught_by_the_ledger() {
    for (duplicates, second) in [(Duplicates::BookAgain, State::Settled), (Duplicates::Refuse, State::Indeterminate)] {
        let shop = Shop::open().await;
        shop.sandbox.set_duplicates(duplicates);
        assert_eq!(shop.pay("TWICE-1").await.outcome, State::Settled);
        // Another machine with the same keys has a journal of its own.
        let mut other = Shop::empty();
        let config = shop.sandbox.credentials().config().journal(JournalConfig::File(other.journal.clone()));
        other.client = Client::new(config).unwrap();
        let params = shop.transfer("TWICE-1", "100").await;
        assert_eq!(other.debit("dmt.transfer", &params).await.outcome, second);
        assert!(shop.sandbox.assert_no_double_debit().unwrap_err().contains("TWICE-1: 2 complete requests"));
    }
}

/// Runs every scenario of the debits, and checks the client's outcome.
#[tokio::test]
async fn every_money_scenario_is_understood() {
    let expected = [
        ("dmt.transfer", "settled", State::Settled),
        ("dmt.transfer", "pending", State::Pending),
        ("dmt.transfer", "onHold", State::Pending),
        ("dmt.transfer", "awaited", State::Pending),
        ("dmt.transfer", "refundPending", State::RefundPending),
        ("dmt.transfer", "refunded", State::Refunded),
        ("dmt.transfer", "otpUsed", State::Declined),
        ("dmt.transfer", "otpWrong", State::Declined),
        ("dmt.transfer", "otpExpired", State::Declined),
        ("dmt.transfer", "insufficientBalance", State::Declined),
        ("dmt.transfer", "limitExhausted", State::Declined),
        ("refund", "refunded", State::Refunded),
        ("refund", "otpWrong", State::Declined),
        ("refund", "otpExpired", State::Declined),
        ("refund", "tidUnknown", State::Declined),
    ];
    let shop = Shop::open().await;
    for (number, (op, scenario, state)) in expected.into_iter().enumerate() {
        shop.sandbox.script(op, Script::answer(scenario)).unwrap();
        let params = match op {
            "refund" => json!({ "tid": format!("1319244{number}"), "otp": "004702", "otpRefId": "667007109" }),
            _ => shop.transfer(&format!("SCENE-{number}"), "100").await,
        };
        assert_eq!(shop.debit(op, &params).await.outcome, state, "{op} {scenario}");
    }
    for op in ["dmt.transfer", "refund"] {
        let own = shop.sandbox.scenarios(op).len() - shop.sandbox.scenarios("dmt.nothing").len() - 18;
        assert_eq!(own, expected.iter().filter(|(of, _, _)| *of == op).count(), "{op}: a scenario more");
    }
}
