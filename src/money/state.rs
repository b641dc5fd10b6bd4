//! What can be known of a debit.

use serde::{Deserialize, Serialize};

/// The outcome of a debit. The first three are open, the others final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It may have left, and what became of it is not known: find out, never send again.
    Indeterminate,
    /// EPS has it and has not finished.
    Pending,
    /// It failed after the money was taken, which is not back yet: refund it with the customer's OTP.
    RefundPending,
    /// Done.
    Settled,
    /// Refused or failed; no money has moved, or it is back.
    Declined,
    /// The money is back.
    Refunded,
    /// No complete request has left, or EPS has been asked long and often enough and knows nothing of it.
    NotSent,
}

impl State {
    /// All of them.
    pub const ALL: [State; 7] = [
        State::Indeterminate,
        State::Pending,
        State::RefundPending,
        State::Settled,
        State::Declined,
        State::Refunded,
        State::NotSent,
    ];

    /// The tag, as callers see it.
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

    /// Whether it is an end.
    pub const fn is_final(self) -> bool {
        match self {
            State::Indeterminate | State::Pending | State::RefundPending => false,
            State::Settled | State::Declined | State::Refunded | State::NotSent => true,
        }
    }

    /// Of a `tx_status`; what is not known is in flight, never done.
    pub const fn of_tx_status(tx_status: i64) -> State {
        match tx_status {
            0 => State::Settled,
            1 => State::Declined,
            3 => State::RefundPending,
            4 => State::Refunded,
            // 2 initiated, 5 on hold, 6 answer awaited, and whatever comes.
            _ => State::Pending,
        }
    }

    /// Of a tag.
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
