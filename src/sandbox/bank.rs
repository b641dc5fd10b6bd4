//! How the bank behind EPS ends transfers, and what EPS does with a reference it has seen.

use std::time::Duration;

/// How the bank ends the transfers that come next. At first it settles all of them at once.
///
/// ```
/// use eko_eps::sandbox::Bank;
/// use std::time::Duration;
/// let answers_late = Bank::settle().after(Duration::from_secs(30));
/// let fails_late_once = Bank::refund_pending().after(Duration::from_secs(30)).times(1);
/// let not_yet_to_be_found = Bank::settle().hidden(Duration::from_secs(20));
/// let never_answers = Bank::never();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bank {
    pub(super) end: TransferEnd,
    /// Until then the transfer is pending.
    pub(super) after: Option<Duration>,
    /// So long no inquiry finds it.
    pub(super) hidden: Duration,
    /// For so many transfers; for all, if it is not said.
    pub(super) times: Option<u32>,
}

/// What becomes of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransferEnd {
    Settle,
    Decline,
    RefundPending,
    /// It stays pending.
    Never,
}

impl Bank {
    const fn new(end: TransferEnd) -> Self {
        Self { end, after: None, hidden: Duration::ZERO, times: None }
    }

    /// Done: `tx_status` 0.
    pub const fn settle() -> Self {
        Self::new(TransferEnd::Settle)
    }

    /// Failed, with the money back at once: `tx_status` 1.
    pub const fn decline() -> Self {
        Self::new(TransferEnd::Decline)
    }

    /// Failed, with the money still out: `tx_status` 3, until it is refunded.
    pub const fn refund_pending() -> Self {
        Self::new(TransferEnd::RefundPending)
    }

    /// The bank never answers: `tx_status` 2 for ever.
    pub const fn never() -> Self {
        Self::new(TransferEnd::Never)
    }

    /// Pending at first, `tx_status` 2, and ended so much later by the sandbox's clock.
    pub const fn after(mut self, by: Duration) -> Self {
        self.after = Some(by);
        self
    }

    /// No inquiry finds the transfer for so long by the sandbox's clock, although it is booked.
    pub const fn hidden(mut self, by: Duration) -> Self {
        self.hidden = by;
        self
    }

    /// For the next so many transfers; those after them settle at once.
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// The end of the next transfer, counted down.
    pub(super) fn next(&mut self) -> Bank {
        match self.times {
            None => *self,
            Some(0) => Bank::settle(),
            Some(times) => {
                self.times = Some(times - 1);
                *self
            }
        }
    }
}

/// What EPS does with a `client_ref_id` that it has seen. No document says: whoever relies on either may lose money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// It is a new transfer. The dangerous answer, and so the one to test against.
    #[default]
    BookAgain,
    /// It is refused, with words and without a code.
    Refuse,
}
