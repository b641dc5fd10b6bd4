#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::RefundOutcome;
use crate::dmt::TransferOutcome;
use serde_json::json;

const STATES: [State; 7] = [
    State::Settled,
    State::Declined,
    State::Pending,
    State::RefundPending,
    State::Refunded,
    State::NotSent,
    State::Indeterminate,
];

fn found<T: DeserializeOwned>(outcome: State, fields: Value) -> Debit<T> {
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
    let settled: Debit<TransferOutcome> = found(State::Settled, json!({ "amount": "100.00", "fee": "10" }));
    let TransferOutcome::Settled { tid, amount, fee, balance, .. } = settled.outcome else { panic!("{settled:?}") };
    assert_eq!(
        [tid, amount, fee, balance].map(Option::unwrap_or_default),
        ["77", "100.00", "10", ""].map(str::to_owned)
    );
    for state in STATES {
        let debit = found::<TransferOutcome>(state, json!({}));
        assert_eq!((named(&debit.outcome), debit.state, debit.tid.as_deref()), (state, state, Some("77")));
        let refund = found::<RefundOutcome>(state, json!({}));
        assert!(format!("{:?}", refund.outcome).starts_with(&format!("{state:?}")), "{refund:?}");
    }
}

fn named(outcome: &TransferOutcome) -> State {
    match outcome {
        TransferOutcome::Settled { .. } => State::Settled,
        TransferOutcome::Declined { .. } => State::Declined,
        TransferOutcome::Pending { .. } => State::Pending,
        TransferOutcome::RefundPending { .. } => State::RefundPending,
        TransferOutcome::Refunded { .. } => State::Refunded,
        TransferOutcome::NotSent => State::NotSent,
        TransferOutcome::Indeterminate => State::Indeterminate,
    }
}

#[test]
fn a_value_of_another_type_loses_only_itself() {
    let debit: Debit<TransferOutcome> =
        found(State::Settled, json!({ "amount": { "rupees": 100 }, "fee": "10", "unknown": [1] }));
    let TransferOutcome::Settled { tid, amount, fee, .. } = debit.outcome else { panic!("{debit:?}") };
    assert_eq!([tid.as_deref(), amount.as_deref(), fee.as_deref()], [Some("77"), None, Some("10")]);
    assert_eq!(debit.tid.as_deref(), Some("77"));
}
