//! Tests of the sandbox's ledger: what it counts as a debit that was sent, under every fault.

use crate::flow::{Transfer, authorised, by_reference};
use eko_eps::Sandbox;
use eko_eps::sandbox::{Duplicates, Fault, LedgerState, Script};
use serde_json::json;
use std::time::Duration;

fn judged(sandbox: &Sandbox) -> Vec<(String, LedgerState, u32)> {
    sandbox.ledger().into_iter().map(|entry| (entry.reference, entry.state, entry.complete_requests)).collect()
}

fn one(state: LedgerState) -> Vec<(String, LedgerState, u32)> {
    vec![("REF-1".to_owned(), state, 1)]
}

async fn under(fault: Fault) -> (Sandbox, Transfer) {
    let (sandbox, transfer) = authorised().await;
    sandbox.script("dmt.transfer", Script::fault(fault)).unwrap();
    (sandbox, transfer)
}

#[tokio::test]
async fn a_debit_that_really_left_twice_is_named() {
    let (sandbox, transfer) = authorised().await;
    sandbox.assert_no_double_debit().unwrap();
    assert_eq!(transfer.go(&sandbox).await.ids().2, 325);
    sandbox.assert_no_double_debit().unwrap();
    let again = transfer.authorised(&sandbox).await;
    assert_eq!(again.go(&sandbox).await.ids().2, 325, "EPS books again: the dangerous default");
    assert_eq!(again.called("REF-2").authorised(&sandbox).await.go(&sandbox).await.ids().2, 325);
    assert_eq!(
        sandbox.assert_no_double_debit().unwrap_err(),
        "debits or refunds were sent or booked more than once: REF-1: 2 complete requests, 2 bookings"
    );
    assert_eq!(sandbox.balance(), "2222636982.86", "110 rupees, three times");
    let entries = sandbox.ledger();
    assert_eq!(entries.iter().map(|entry| entry.reference.as_str()).collect::<Vec<_>>(), ["REF-1", "REF-1", "REF-2"]);
    assert_ne!(entries[0].tid, entries[1].tid);
}

#[tokio::test]
async fn a_repeated_request_is_named_even_where_the_otp_stopped_it() {
    let (sandbox, transfer) = authorised().await;
    transfer.go(&sandbox).await;
    assert_eq!(transfer.go(&sandbox).await.ids().0, 55);
    assert_eq!(
        sandbox.assert_no_double_debit().unwrap_err(),
        "debits or refunds were sent or booked more than once: REF-1: 2 complete requests, 1 bookings"
    );
    let found = by_reference(&sandbox, "REF-1").await;
    assert_eq!(found.json["data"]["tx_status"], "0", "the booking outweighs the refusal");
}

#[tokio::test]
async fn a_repeated_reference_can_be_refused() {
    let (sandbox, transfer) = authorised().await;
    sandbox.set_duplicates(Duplicates::Refuse);
    transfer.go(&sandbox).await;
    let again = transfer.authorised(&sandbox).await;
    let refused = again.go(&sandbox).await;
    assert_eq!((refused.ids(), refused.json.get("data")), ((1, 1, -1), None));
    assert_eq!(sandbox.balance(), "2222637202.86");
    assert!(sandbox.assert_no_double_debit().unwrap_err().contains("2 complete requests, 1 bookings"));
    assert_eq!(again.called("REF-2").go(&sandbox).await.ids().2, 325, "the refusal used nothing");
}

#[tokio::test]
async fn close_before_work_books_nothing_and_after_work_books_all() {
    for (fault, state) in
        [(Fault::CloseBeforeWork, LedgerState::NotBooked), (Fault::CloseAfterWork, LedgerState::Settled)]
    {
        let (sandbox, transfer) = under(fault).await;
        assert!(transfer.ask(&sandbox).try_send().await.is_err(), "{fault:?}");
        assert_eq!(judged(&sandbox), one(state), "{fault:?}");
        sandbox.assert_no_double_debit().unwrap();
        // A debit that is sent again is reported, whether the first one was booked or not.
        transfer.go(&sandbox).await;
        assert!(sandbox.assert_no_double_debit().is_err(), "{fault:?}");
    }
}

#[tokio::test]
async fn work_is_done_before_the_silence() {
    let (sandbox, transfer) = under(Fault::HangAfterWork).await;
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(300)).build().unwrap();
    assert!(transfer.ask(&sandbox).try_send_by(&http).await.is_err_and(|error| error.is_timeout()));
    assert_eq!(judged(&sandbox), one(LedgerState::Settled));
    assert_eq!(by_reference(&sandbox, "REF-1").await.ids().2, 1472);
}

#[tokio::test]
async fn a_truncated_answer_promises_more_than_comes() {
    let (sandbox, transfer) = under(Fault::Truncated).await;
    let ask = transfer.ask(&sandbox);
    let mut request = crate::support::http().post(&ask.url).body(ask.body.clone().unwrap());
    for (name, value) in &ask.headers {
        request = request.header(*name, value);
    }
    let mut response = request.send().await.unwrap();
    let promised: usize = response.headers()["content-length"].to_str().unwrap().parse().unwrap();
    assert_eq!(response.status(), 200);
    let mut came = Vec::new();
    let end = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => came.extend_from_slice(&chunk),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(end.is_err(), "the connection ends before the body");
    assert_eq!(came.len(), promised / 2);
    assert!(String::from_utf8(came).unwrap().starts_with('{'));
    assert_eq!(judged(&sandbox), one(LedgerState::Settled));
}

#[tokio::test]
async fn answers_that_mislead_come_after_the_work() {
    let (sandbox, transfer) = under(Fault::HtmlAfterWork).await;
    let page = transfer.go(&sandbox).await;
    assert_eq!((page.http, page.headers["content-type"].to_str().unwrap()), (200, "text/html"));
    assert!(page.text.starts_with("<html>"));
    assert_eq!(judged(&sandbox), one(LedgerState::Settled));

    let (sandbox, transfer) = under(Fault::ServerErrorAfterWork).await;
    assert_eq!(transfer.go(&sandbox).await.http, 500);
    assert_eq!(judged(&sandbox), one(LedgerState::Settled));

    let (sandbox, transfer) = under(Fault::OtherReference).await;
    let data = transfer.go(&sandbox).await.json["data"].clone();
    assert_eq!((&data["client_ref_id"], &data["amount"]), (&json!("SOMEBODY-ELSES"), &json!("100.0")));
    assert_eq!(judged(&sandbox), one(LedgerState::Settled), "the ledger knows better");

    let (sandbox, transfer) = under(Fault::OtherAmount).await;
    let data = transfer.go(&sandbox).await.json["data"].clone();
    assert_eq!((&data["client_ref_id"], &data["amount"]), (&json!("REF-1"), &json!("4321.0")));
    assert_eq!(sandbox.ledger()[0].amount, "100");
}

#[tokio::test]
async fn only_refusals_before_work_leave_no_ledger_entry() {
    let (sandbox, transfer) = authorised().await;
    let no_headers: [(&str, &str); 0] = [];
    for scenario in ["timestampWrong", "signatureWrong", "parameterMissing", "noKeyForResponse", "agentNotAllowed"] {
        sandbox.script("dmt.transfer", Script::answer(scenario)).unwrap();
        transfer.go(&sandbox).await;
    }
    sandbox.script("dmt.transfer", Script::body(429, [("retry-after", "1")], "")).unwrap();
    assert_eq!(transfer.go(&sandbox).await.http, 429);
    assert_eq!(sandbox.ledger(), [], "each of these says that nothing was done");

    for (number, script) in [
        Script::answer("tryLater"),
        Script::answer("serverError"),
        Script::answer("forbiddenPage"),
        Script::answer("settled"),
        Script::body(503, no_headers, ""),
    ]
    .into_iter()
    .enumerate()
    {
        sandbox.script("dmt.transfer", script).unwrap();
        transfer.called(&format!("REF-{number}")).go(&sandbox).await;
        let entry = sandbox.ledger().pop().unwrap();
        assert_eq!((entry.state, entry.complete_requests, entry.tid), (LedgerState::NotBooked, 1, None));
        assert_eq!((entry.amount.as_str(), entry.booked_at), ("100", None));
    }
    // The transfer is done, and its answer is replaced by a refusal. The ledger shows what was done.
    sandbox.script("dmt.transfer", Script::answer("signatureWrong").after_work()).unwrap();
    assert_eq!(transfer.called("REF-9").go(&sandbox).await.ids().0, 2484);
    assert_eq!(judged(&sandbox).pop().unwrap(), ("REF-9".to_owned(), LedgerState::Settled, 1));
    sandbox.assert_no_double_debit().unwrap();
}

#[tokio::test]
async fn of_many_at_once_each_is_booked_once() {
    let (sandbox, transfer) = authorised().await;
    let mut asks = Vec::new();
    for number in 0..20 {
        let mut next = transfer.called(&format!("MANY-{number}"));
        next.otp_ref_id = next.send_otp(&sandbox).await.otp_ref_id();
        next.otp = sandbox.otp(&next.otp_ref_id).unwrap();
        asks.push(next.ask(&sandbox));
    }
    let sent: Vec<_> = asks.into_iter().map(|ask| tokio::spawn(async move { ask.send().await.ids().2 })).collect();
    for answer in sent {
        assert_eq!(answer.await.unwrap(), 325);
    }
    assert_eq!((sandbox.ledger().len(), sandbox.balance().as_str()), (20, "2222635112.86"));
    sandbox.assert_no_double_debit().unwrap();

    // The same request is sent twice at once. The OTP allows one, and the ledger counts both.
    let (one, two) = (transfer.ask(&sandbox), transfer.ask(&sandbox));
    let (one, two) = tokio::join!(one.send(), two.send());
    let mut types = [one.ids().2, two.ids().2];
    types.sort_unstable();
    assert_eq!((types, sandbox.balance().as_str()), ([55, 325], "2222635002.86"));
    assert!(sandbox.assert_no_double_debit().unwrap_err().contains("REF-1: 2 complete requests, 1 bookings"));
}
