//! Planned faults of one schedule, which is one run of the simulation.
//!
//! "Silence" is the time during which EPS reports that it has no such transaction.

use std::time::Duration;

/// Kind of connection failure: a reset, a regular close, or no more data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Reset,
    Fin,
    Stall,
}

/// Behaviour of one connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum SimLine {
    /// The connection is refused, because no server listens.
    Refused,
    /// The connection attempt never completes, because the SYN is lost.
    BlackHole,
    Open {
        /// Number of bytes that the client can write.
        accepts: usize,
        /// Number of these bytes that reach the bank.
        delivers: usize,
        /// Number of bytes of the answer that the client can read.
        answers: usize,
        /// Way in which the connection ends once one of these limits is reached.
        cut: Cut,
        /// Time that the bank needs to answer.
        delay: Duration,
    },
}

impl SimLine {
    pub(super) const GOOD: SimLine = SimLine::Open {
        accepts: usize::MAX,
        delivers: usize::MAX,
        answers: usize::MAX,
        cut: Cut::Fin,
        delay: Duration::ZERO,
    };
}

/// Behaviour of the bank for a debit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BankConduct {
    Settles,
    /// Reports the debit as pending at first, and as settled later.
    PendsThenSettles,
    /// Reports the debit as pending at first, and as failed later.
    PendsThenFails,
    /// Reports the debit as failed. The money is not yet refunded.
    RefundPending,
    Declines,
    /// Refuses every request because of a wrong OTP, before it does any work.
    RefusesOtp,
    /// Refuses the first timestamp without a `Date` that shows the cause, and does nothing.
    RefusesTimestamp,
    /// Refuses the first timestamp because the client's clock is wrong, as the `Date` header of the answer shows.
    HasAnotherClock,
    /// Refuses the first timestamp because another process has used it, and does nothing.
    HasSeenTheTimestamp,
    /// Receives the first request twice and executes it once. Its answer is the refusal of the second copy. Inquiries find the debit at
    /// once, because no client could detect a debit that EPS does not show yet.
    RefusesTheCopy,
    /// Executes the debit, but answers with an HTML page instead of JSON.
    SettlesBehindHtml,
    SettlesBehind500,
    /// Executes the debit, but the answer names another debit.
    SettlesAndEchoesAnother,
    /// Executes the debit, but the answer has an unknown `tx_status`.
    SettlesWithUnknownState,
    /// Executes the debit, omits the reference in the answer, and sends the answer a second time on the same connection.
    SettlesAndRepeats,
    /// Declines the debit, and omits the reference in the answer.
    DeclinesTersely,
    /// Executes the debit, answers with an HTML page, and refuses all inquiries.
    RefusesInquiries,
    /// Like `RefusesInquiries`, but refuses inquiries only for half an hour.
    RefusesInquiriesForLong,
    /// Accepts the debit and does not execute it. The answer to an inquiry about it differs from the answer about an unknown reference.
    Swallows,
    /// Accepts the debit and answers with an HTML page. Inquiries report no such transaction. The bank books the debit only after silence
    /// has ended it.
    BooksLate,
    /// Receives the debit twice, because a relay between the client and the bank repeats every request. The bank books both. For a while,
    /// inquiries return the transaction id of the second booking.
    GetsItTwice,
}

pub(super) const BANKS: [BankConduct; 20] = [
    BankConduct::Settles,
    BankConduct::PendsThenSettles,
    BankConduct::PendsThenFails,
    BankConduct::RefundPending,
    BankConduct::Declines,
    BankConduct::RefusesOtp,
    BankConduct::RefusesTimestamp,
    BankConduct::HasSeenTheTimestamp,
    BankConduct::RefusesTheCopy,
    BankConduct::SettlesBehindHtml,
    BankConduct::SettlesBehind500,
    BankConduct::SettlesAndEchoesAnother,
    BankConduct::SettlesWithUnknownState,
    BankConduct::SettlesAndRepeats,
    BankConduct::DeclinesTersely,
    BankConduct::RefusesInquiries,
    BankConduct::RefusesInquiriesForLong,
    BankConduct::Swallows,
    BankConduct::BooksLate,
    BankConduct::GetsItTwice,
];

/// Plan of one schedule.
#[derive(Debug, Clone)]
pub(super) struct SimPlan {
    pub(super) bank: BankConduct,
    /// Behaviour of the debit's connections, in order. Later connections have no fault.
    pub(super) lines: Vec<SimLine>,
    /// Time after the booking during which inquiries do not find it.
    pub(super) hidden: Duration,
    /// Step at which the process crashes. Each operation of the journal or the network is a step. Counting starts with the debit.
    pub(super) crash_at: Option<u32>,
    /// Time after which the caller aborts the debit.
    pub(super) abort_after: Option<Duration>,
}
