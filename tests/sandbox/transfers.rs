//! Tests of the transfer, the inquiry and the refund, and of their entries in the sandbox's ledger.

use crate::flow::{authorised, by_reference, by_tid, ready, ready_of, refund_ask, refund_otp};
use crate::support::{CLOCK, MOBILE, start, wrong};
use eko_eps::sandbox::{Bank, CustomerState, LedgerState};
use serde_json::{Value, json};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_transfer_settles() {
    let (sandbox, transfer) = authorised().await;
    assert_eq!(sandbox.balance(), "2222637312.86");
    let done = transfer.of("100.50").authorised(&sandbox).await.go(&sandbox).await;
    assert_eq!(done.ids(), (0, 0, 325));
    let tid = done.json["data"]["tid"].as_str().unwrap();
    assert_eq!(
        done.json["data"],
        json!({
            "tx_status": "0", "txstatus_desc": "Success", "tid": tid, "bank_ref_num": format!("87{tid}"),
            "amount": "100.5", "fee": "10.0", "collectable_amount": "110.5", "service_tax": "1.53", "tds": "0.25",
            "commission": "5.0", "sender_name": "Meera Nair", "recipient_name": "Ravi Nair",
            "recipient_id": transfer.recipient, "bank": "State Bank of India", "account": "10000000001",
            "channel_desc": "IMPS", "balance": "2.22263720236E9", "client_ref_id": "REF-1", "currency": "INR",
            "timestamp": "2025-10-09T08:53:20.000Z",
        })
    );
    assert_eq!(sandbox.balance(), "2222637202.36");
    let entries = sandbox.ledger();
    let entry = &entries[0];
    assert_eq!((entries.len(), entry.reference.as_str(), entry.tid.as_deref()), (1, "REF-1", Some(tid)));
    assert_eq!((entry.amount.as_str(), entry.fee.as_str(), entry.state), ("100.5", "10", LedgerState::Settled));
    assert_eq!((entry.complete_requests, entry.booked_at), (1, Some(CLOCK)));
    sandbox.assert_no_double_debit().unwrap();

    for found in [by_tid(&sandbox, tid).await, by_reference(&sandbox, "REF-1").await] {
        assert_eq!(found.ids(), (0, 0, 1472));
        let data = &found.json["data"];
        assert_eq!(
            (&data["tx_status"], &data["tid"], &data["client_ref_id"]),
            (&json!("0"), &json!(tid), &json!("REF-1"))
        );
        assert_eq!((&data["amount"], &data["fee"], &data["gst"]), (&json!("100.5"), &json!("10.0"), &json!("1.53")));
        assert_eq!((&data["timestamp"], &data["payment_mode"]), (&json!("2025-10-09 14:23:20"), &json!(5)), "IST");
    }
    for missing in [by_tid(&sandbox, "1").await, by_tid(&sandbox, "REF-1").await, by_reference(&sandbox, "X").await] {
        let ids = (&missing.json["status"], &missing.json["response_status_id"], missing.json.get("response_type_id"));
        assert_eq!(ids, (&json!(1), &json!(-1), None));
    }
    assert_eq!(by_reference(&sandbox, "").await.json["response_status_id"], -1);
    assert_eq!(sandbox.callbacks(), Vec::<String>::new(), "nothing was pending");
}

#[tokio::test]
async fn an_otp_authorises_one_transfer_of_its_amount_and_recipient() {
    let (sandbox, transfer) = authorised().await;
    let declined = async |transfer: &crate::flow::Transfer, reason: &str| {
        let answer = transfer.go(&sandbox).await;
        let data = &answer.json["data"];
        assert_eq!(answer.ids(), (55, 1, 55), "{reason}: {}", answer.text);
        assert_eq!((&data["tx_status"], &data["reason"]), (&json!("1"), &json!(reason)));
        assert_eq!(data["client_ref_id"], transfer.reference.as_str());
        let tid = data["tid"].as_str().unwrap();
        assert_eq!(by_tid(&sandbox, tid).await.json["data"]["tx_status"], "1");
    };
    declined(&transfer.of(101), "Wrong OTP").await;
    let mut other = transfer.clone();
    other.otp = wrong(&other.otp);
    declined(&other, "Wrong OTP").await;
    let second = crate::flow::add_recipient_of(&sandbox, MOBILE, "10000000002").await;
    let mut elsewhere = transfer.clone();
    elsewhere.recipient = second.json["data"]["recipient_id"].as_u64().unwrap();
    declined(&elsewhere, "Wrong OTP").await;
    let mut late = transfer.called("REF-2").authorised(&sandbox).await;
    sandbox.advance(SECOND * 300);
    declined(&late, "OTP expired").await;

    late = transfer.called("REF-3").authorised(&sandbox).await;
    assert_eq!(late.go(&sandbox).await.ids().2, 325);
    declined(&late.called("REF-4"), "OTP already used").await;
    assert_eq!(sandbox.balance(), "2222637202.86", "paid once");
    let states: Vec<_> = sandbox.ledger().iter().map(|entry| entry.state).collect();
    assert_eq!(states.iter().filter(|state| **state == LedgerState::Settled).count(), 1);
    assert_eq!(states.iter().filter(|state| **state == LedgerState::Declined).count(), 5);
}

#[tokio::test]
async fn limits_and_the_balance_hold() {
    let sandbox = start();
    let transfer = ready(&sandbox).await;
    assert_eq!(transfer.of(5001).send_otp(&sandbox).await.ids(), (36, 1, 36));
    assert_eq!(transfer.of(0).send_otp(&sandbox).await.ids(), (97, 1, -1));
    // All six OTPs are sent before the first one is used.
    let mut ready = Vec::new();
    for number in 1..=6 {
        ready.push(transfer.of(5000).called(&format!("REF-{number}")).authorised(&sandbox).await);
    }
    for transfer in &ready[..5] {
        assert_eq!(transfer.go(&sandbox).await.ids().2, 325);
    }
    let sixth = ready[5].go(&sandbox).await;
    assert_eq!(
        (sixth.ids().0, &sixth.json["data"]["reason"]),
        (55, &json!("Sender/beneficiary monthly limit exhausted"))
    );
    assert_eq!(transfer.of(1).send_otp(&sandbox).await.ids().0, 36);

    // Two more senders pay the same account. A bank account may receive twice as much as one sender may send.
    let second = ready_of(&sandbox, "9444444445").await;
    for number in 7..=11 {
        let transfer = second.of(5000).called(&format!("REF-{number}")).authorised(&sandbox).await;
        assert_eq!(transfer.go(&sandbox).await.ids().2, 325);
    }
    let third = ready_of(&sandbox, "9444444446").await;
    assert_eq!(third.send_otp(&sandbox).await.ids(), (945, 1, 945));
    sandbox.set_limit("9444444446", "50000").unwrap();
    let third = third.authorised(&sandbox).await;
    sandbox.set_balance("109.99").unwrap();
    let poor = third.called("REF-12").go(&sandbox).await;
    assert_eq!((poor.ids().0, &poor.json["data"]["reason"]), (55, &json!("Insufficient balance")));
    assert_eq!((sandbox.balance(), &poor.json["data"]["balance"]), ("109.99".to_owned(), &json!("109.99")));
    sandbox.set_balance("110").unwrap();
    assert_eq!(third.called("REF-13").authorised(&sandbox).await.go(&sandbox).await.json["data"]["balance"], "0.0");
    assert!(sandbox.set_balance("1e3").unwrap_err().to_string().contains("two decimals"));
    assert!(sandbox.set_limit("9000000000", "1").unwrap_err().to_string().contains("no customer has"));
}

#[tokio::test]
async fn what_does_not_exist_is_turned_away_and_not_counted() {
    let (sandbox, transfer) = authorised().await;
    let mut stranger = transfer.clone();
    stranger.mobile = "9444444440".to_owned();
    assert_eq!(stranger.go(&sandbox).await.ids(), (463, 1, -1));
    let mut nobody = transfer.clone();
    nobody.recipient = 7;
    assert_eq!(nobody.go(&sandbox).await.ids(), (97, 1, -1));
    sandbox.set_customer(MOBILE, CustomerState::KycPending).unwrap();
    assert_eq!(transfer.go(&sandbox).await.ids().0, 327);
    assert_eq!(transfer.ask(&sandbox).with("secret-key", "x").send().await.ids().0, 2484);
    assert_eq!(sandbox.ledger(), []);
    sandbox.set_customer(MOBILE, CustomerState::Verified).unwrap();
    assert_eq!(transfer.go(&sandbox).await.ids().2, 325);
    sandbox.assert_no_double_debit().unwrap();
}

#[tokio::test]
async fn the_bank_may_answer_late() {
    let endings = [
        (Bank::settle(), "0", LedgerState::Settled, "2222637202.86"),
        (Bank::decline(), "1", LedgerState::Declined, "2222637312.86"),
        (Bank::refund_pending(), "3", LedgerState::RefundPending, "2222637202.86"),
    ];
    for (bank, tx_status, state, balance) in endings {
        let (sandbox, transfer) = authorised().await;
        sandbox.set_bank(bank.after(SECOND * 30));
        let pending = transfer.go(&sandbox).await;
        let data = &pending.json["data"];
        assert_eq!((&pending.json["status"], pending.json.get("response_type_id")), (&json!(0), None));
        assert_eq!((&data["tx_status"], &data["bank_ref_num"]), (&json!("2"), &json!("")));
        assert_eq!((sandbox.balance().as_str(), sandbox.ledger()[0].state), ("2222637202.86", LedgerState::Pending));
        sandbox.advance(SECOND * 29);
        assert_eq!(by_reference(&sandbox, "REF-1").await.json["data"]["tx_status"], "2");
        assert_eq!(sandbox.callbacks(), Vec::<String>::new());
        sandbox.advance(SECOND);
        assert_eq!(by_reference(&sandbox, "REF-1").await.json["data"]["tx_status"], tx_status);
        assert_eq!((sandbox.balance().as_str(), sandbox.ledger()[0].state), (balance, state));

        let callbacks = sandbox.callbacks();
        assert_eq!(callbacks.len(), 1);
        let callback: Value = serde_json::from_str(&callbacks[0]).unwrap();
        assert_eq!(callback["tid"].as_u64().unwrap().to_string(), data["tid"]);
        assert_eq!(
            (&callback["tx_status"], &callback["old_tx_status"]),
            (&json!(tx_status.parse::<i64>().unwrap()), &json!(2))
        );
        assert_eq!((&callback["amount"], &callback["client_ref_id"]), (&json!(100.0), &json!("REF-1")));
        assert_eq!(callback["timestamp"], "2025-10-09 14:23:50");
        sandbox.advance(SECOND * 30);
        assert_eq!((sandbox.callbacks(), sandbox.balance().as_str()), (callbacks, balance), "once");
    }
}

#[tokio::test]
async fn the_bank_may_never_answer_and_a_booking_may_hide() {
    let (sandbox, transfer) = authorised().await;
    sandbox.set_bank(Bank::never().times(1));
    transfer.go(&sandbox).await;
    sandbox.advance(SECOND * 86_400);
    assert_eq!(by_reference(&sandbox, "REF-1").await.json["data"]["tx_status"], "2");
    let second = transfer.called("REF-2").authorised(&sandbox).await;
    assert_eq!(second.go(&sandbox).await.json["data"]["tx_status"], "0", "only the first");

    sandbox.set_bank(Bank::settle().hidden(SECOND * 20));
    let third = transfer.called("REF-3").authorised(&sandbox).await.go(&sandbox).await;
    let tid = third.json["data"]["tid"].as_str().unwrap();
    assert_eq!(third.ids().2, 325, "the answer knows it");
    for _ in 0..2 {
        assert_eq!(by_reference(&sandbox, "REF-3").await.json["response_status_id"], -1);
        assert_eq!(by_tid(&sandbox, tid).await.json["response_status_id"], -1);
        assert_eq!(sandbox.ledger()[2].state, LedgerState::Settled);
        sandbox.advance(SECOND * 9);
    }
    sandbox.advance(SECOND * 2);
    assert_eq!(by_reference(&sandbox, "REF-3").await.ids().2, 1472);
    assert_eq!(by_tid(&sandbox, tid).await.ids().2, 1472);
}

#[tokio::test]
async fn what_failed_at_the_bank_is_refunded_once() {
    let (sandbox, transfer) = authorised().await;
    sandbox.set_bank(Bank::refund_pending());
    let failed = transfer.of(5000).authorised(&sandbox).await.go(&sandbox).await;
    assert_eq!((failed.ids().2, &failed.json["data"]["tx_status"]), (325, &json!("3")));
    let tid = failed.json["data"]["tid"].as_str().unwrap();
    assert_eq!(sandbox.balance(), "2222632262.86");

    assert_eq!(refund_otp(&sandbox, "1").await.ids(), (168, 1, -1));
    let sent = refund_otp(&sandbox, tid).await;
    assert_eq!(sent.ids(), (2133, 1, 2133));
    let otp = sandbox.last_otp(MOBILE).unwrap();
    let reference = sent.otp_ref_id();
    assert_eq!(refund_ask(&sandbox, tid, &wrong(&otp).into(), Some(&reference)).send().await.ids().0, 302);
    assert_eq!(refund_ask(&sandbox, "1", &otp.as_str().into(), None).send().await.ids().0, 168);
    let back = refund_ask(&sandbox, tid, &otp.as_str().into(), Some(&reference)).send().await;
    assert_eq!(back.ids(), (0, 0, 74));
    let data = &back.json["data"];
    assert_eq!((&data["tid"], &data["amount"], &data["fee"]), (&json!(tid), &json!("5000.00"), &json!("50.0")));
    assert_eq!((&data["refunded_amount"], &data["balance"]), (&json!("5050.00"), &json!("2.22263731286E9")));
    assert_eq!(
        (sandbox.balance().as_str(), by_tid(&sandbox, tid).await.json["data"]["tx_status"].as_str()),
        ("2222637312.86", Some("4"))
    );
    let entry = sandbox.ledger().remove(0);
    assert_eq!((entry.state, entry.refund_requests), (LedgerState::Refunded, 1), "the wrong OTP was turned away");
    assert_eq!(entry.refund_tid.as_deref(), data["refund_tid"].as_str());
    sandbox.assert_no_double_debit().unwrap();

    assert_eq!(refund_otp(&sandbox, tid).await.ids(), (1, 1, -1));
    assert_eq!(refund_ask(&sandbox, tid, &otp.as_str().into(), None).send().await.ids(), (1, 1, -1));
    assert_eq!(sandbox.balance(), "2222637312.86", "paid back once");
    let doubled = sandbox.assert_no_double_debit().unwrap_err();
    assert!(doubled.contains(&format!("refund of {tid}: 2 complete requests")), "{doubled}");
}

#[tokio::test]
async fn a_refund_without_otp_reference_accepts_the_newest_otp() {
    for number in [false, true] {
        let (sandbox, transfer) = authorised().await;
        sandbox.set_bank(Bank::refund_pending());
        let failed = transfer.go(&sandbox).await;
        let tid = failed.json["data"]["tid"].as_str().unwrap();
        // An OTP that begins with 0 cannot be sent as a number. Every second OTP does, so OTPs are asked for until one fits.
        let mut otp = String::new();
        while otp.is_empty() || otp.starts_with('0') == number {
            refund_otp(&sandbox, tid).await;
            otp = sandbox.last_otp(MOBILE).unwrap();
        }
        let value = if number { otp.parse::<u64>().unwrap().into() } else { Value::from(otp) };
        assert_eq!(refund_ask(&sandbox, tid, &value, None).send().await.ids().2, 74);
    }
}
