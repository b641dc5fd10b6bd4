//! States of a debit.

use serde::{Deserialize, Serialize};

/// State of a debit. `Indeterminate`, `Pending` and `RefundPending` are open states; all other states are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// The request may have been sent, and its result is not known. Ask EPS for the result, and never send the request again.
    Indeterminate,
    /// EPS has the debit, but has not completed it.
    Pending,
    /// The debit failed after the money was taken, and the money has not been returned yet. Refund it with the customer's OTP.
    RefundPending,
    /// The debit has succeeded.
    Settled,
    /// EPS refused the debit, or the debit failed. No money has moved, or it has been returned.
    Declined,
    /// The money has been returned.
    Refunded,
    /// No complete request was sent, or EPS has answered "not found" often enough over a long enough time.
    NotSent,
}

impl State {
    /// All states.
    pub const ALL: [State; 7] = [
        State::Indeterminate,
        State::Pending,
        State::RefundPending,
        State::Settled,
        State::Declined,
        State::Refunded,
        State::NotSent,
    ];

    /// Returns the name of the state, as callers see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Indeterminate => "indeterminate",
            State::Pending => "pending",
            State::RefundPending => "refundPending",
            State::Settled => "settled",
            State::Declined => "declined",
            State::Refunded => "refunded",
            State::NotSent => "notSent",
        }
    }

    /// Returns true if the state is final.
    pub const fn is_final(self) -> bool {
        match self {
            State::Indeterminate | State::Pending | State::RefundPending => false,
            State::Settled | State::Declined | State::Refunded | State::NotSent => true,
        }
    }

    /// Returns the state that EPS's `tx_status` stands for. An unknown status counts as in flight, never as done.
    pub const fn of_tx_status(tx_status: i64) -> State {
        match tx_status {
            0 => State::Settled,
            1 => State::Declined,
            3 => State::RefundPending,
            4 => State::Refunded,
            // 2 is initiated, 5 is on hold, 6 awaits an answer. Any other value is unknown.
            _ => State::Pending,
        }
    }

    /// Returns the state with this name, or `None` if there is none.
    pub fn from_tag(tag: &str) -> Option<State> {
        Self::ALL.into_iter().find(|state| state.as_str() == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_states_are_open_and_four_are_ends() {
        let ends = [State::Settled, State::Declined, State::Refunded, State::NotSent];
        for state in State::ALL {
            assert_eq!(state.is_final(), ends.contains(&state), "{state:?}");
            assert_eq!(State::from_tag(state.as_str()), Some(state));
        }
        assert_eq!(State::from_tag("done"), None);
    }

    #[test]
    fn an_unknown_tx_status_is_pending() {
        for (tx_status, state) in
            [(0, State::Settled), (1, State::Declined), (3, State::RefundPending), (4, State::Refunded)]
        {
            assert_eq!(State::of_tx_status(tx_status), state, "{tx_status}");
        }
        for tx_status in [-1, 2, 5, 6, 7, 99, i64::MIN, i64::MAX] {
            assert_eq!(State::of_tx_status(tx_status), State::Pending, "{tx_status}");
        }
    }
}
