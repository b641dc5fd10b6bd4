//! States of a debit.

use serde::{Deserialize, Serialize};

/// State of a debit. The first three are open, the others are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// The request may have left, and its result is not known. Find out, and never send it again.
    Indeterminate,
    /// EPS has the debit and has not finished it.
    Pending,
    /// The debit failed after the money was taken, and the money is not back yet. Refund it with the customer's OTP.
    RefundPending,
    /// Done.
    Settled,
    /// Refused or failed. No money has moved, or it is back.
    Declined,
    /// The money is back.
    Refunded,
    /// No complete request has left, or EPS has been asked long and often enough and knows nothing of it.
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

    /// Returns the tag of the state, as callers see it.
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

    /// Returns the state of a `tx_status`. An unknown status is in flight, never done.
    pub const fn of_tx_status(tx_status: i64) -> State {
        match tx_status {
            0 => State::Settled,
            1 => State::Declined,
            3 => State::RefundPending,
            4 => State::Refunded,
            // 2 initiated, 5 on hold, 6 answer awaited, and any other value.
            _ => State::Pending,
        }
    }

    /// Returns the state of a tag.
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
    fn what_is_no_end_by_its_number_is_in_flight() {
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
