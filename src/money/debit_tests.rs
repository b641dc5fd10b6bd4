#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::dmt::TransferOutcome;
use crate::error::Phase;
use serde_json::json;

fn found(outcome: State, fields: Value) -> Debit<TransferOutcome> {
    let Value::Object(fields) = fields else { panic!("no object") };
    let evidence =
        Evidence { phase: Phase::BodyComplete, bytes_written: None, bytes_total: None, attempts: Vec::new() };
    Debit::of(MoneyOutcome {
        outcome,
        key: DebitKey { op: "dmt.transfer".into(), reference: "REF-1".into() },
        reservation_id: "id".into(),
        revision: 1,
        tid: Some("77".into()),
        reusable: false,
        evidence,
        error: None,
        contradiction: None,
        why: None,
        next_inquiry_ms: None,
        fields,
        meta: None,
        raw: None,
    })
    .unwrap()
}

#[test]
fn each_state_has_a_typed_outcome() {
    let settled = found(State::Settled, json!({ "amount": "100.00", "fee": "10" }));
    let TransferOutcome::Settled { tid, amount, fee, balance, .. } = settled.outcome else { panic!("{settled:?}") };
    assert_eq!(
        [tid, amount, fee, balance].map(Option::unwrap_or_default),
        ["77", "100.00", "10", ""].map(str::to_owned)
    );
    for (state, name) in [
        (State::Declined, "Declined"),
        (State::Pending, "Pending"),
        (State::RefundPending, "RefundPending"),
        (State::Refunded, "Refunded"),
        (State::NotSent, "NotSent"),
        (State::Indeterminate, "Indeterminate"),
    ] {
        let debit = found(state, json!({}));
        assert!(format!("{:?}", debit.outcome).starts_with(name), "{debit:?}");
        assert_eq!((debit.state, debit.tid.as_deref()), (state, Some("77")));
    }
}

#[test]
fn a_value_of_another_type_loses_no_debit() {
    let debit = found(State::Settled, json!({ "amount": { "rupees": 100 } }));
    let TransferOutcome::Settled { amount, .. } = &debit.outcome else { panic!("{debit:?}") };
    assert_eq!((amount, debit.tid.as_deref()), (&None, Some("77")));
}
