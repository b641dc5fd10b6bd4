//! Behaviour of the simulated bank, and of EPS for a `client_ref_id` that was used before.

use std::time::Duration;

/// Behaviour of the bank for the next transfers. By default, the bank settles each transfer at once.
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
    /// Time between the booking and the end of a transfer. The transfer is pending during this time.
    pub(super) after: Option<Duration>,
    /// Time after the booking during which inquiries do not find the transfer.
    pub(super) hidden: Duration,
    /// Number of transfers to which this behaviour applies. `None` means all transfers.
    pub(super) times: Option<u32>,
}

/// Final result of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransferEnd {
    Settle,
    Decline,
    RefundPending,
    /// The transfer stays pending.
    Never,
}

impl Bank {
    const fn new(end: TransferEnd) -> Self {
        Self { end, after: None, hidden: Duration::ZERO, times: None }
    }

    /// Settles the transfer: `tx_status` 0.
    pub const fn settle() -> Self {
        Self::new(TransferEnd::Settle)
    }

    /// Fails the transfer and pays the money back at once: `tx_status` 1.
    pub const fn decline() -> Self {
        Self::new(TransferEnd::Decline)
    }

    /// Fails the transfer without paying the money back: `tx_status` 3 until the refund.
    pub const fn refund_pending() -> Self {
        Self::new(TransferEnd::RefundPending)
    }

    /// Never ends the transfer: `tx_status` stays 2.
    pub const fn never() -> Self {
        Self::new(TransferEnd::Never)
    }

    /// Keeps the transfer pending (`tx_status` 2) for this time on the sandbox's clock, and then ends the transfer.
    pub const fn after(mut self, by: Duration) -> Self {
        self.after = Some(by);
        self
    }

    /// Hides a booked transfer from inquiries for this time on the sandbox's clock.
    pub const fn hidden(mut self, by: Duration) -> Self {
        self.hidden = by;
        self
    }

    /// Limits this behaviour to the given number of transfers. Later transfers settle at once.
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Returns the behaviour for the next transfer, and counts that transfer.
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

/// Behaviour of EPS for a `client_ref_id` that was used before. EPS does not document this behaviour, so a caller that relies on one of
/// the variants may lose money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Duplicates {
    /// Books a second transfer when a request repeats a `client_ref_id`. This dangerous behaviour is the default, so that tests cover it.
    #[default]
    BookAgain,
    /// Refuses a request that repeats a `client_ref_id`, with a message and without a specific code.
    Refuse,
}
