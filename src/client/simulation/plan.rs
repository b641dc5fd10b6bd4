//! Planned faults of one run of the simulation.

use std::time::Duration;

/// Way in which a connection ends: with a reset, with a regular close, or with no more data.
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
        /// Number of bytes that the client can write to the connection.
        accepts: usize,
        /// Number of written bytes that reach the bank.
        delivers: usize,
        /// Number of bytes of the answer that the client can read.
        answers: usize,
        /// Way in which the connection ends at the limit `accepts`, `delivers` or `answers`.
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
    /// Refuses every debit because of a wrong OTP, and executes nothing.
    RefusesOtp,
    /// Refuses the first timestamp and executes nothing. The answer has no `Date` header that shows the cause.
    RefusesTimestamp,
    /// Refuses the first timestamp, because the client's clock is wrong. The `Date` header of the answer shows the bank's time.
    HasAnotherClock,
    /// Refuses the first timestamp, because another process has used it, and executes nothing.
    HasSeenTheTimestamp,
    /// Receives the first request twice and executes it once. The client receives the refusal of the second copy. Inquiries find the debit
    /// at once, because no client could detect a debit that EPS does not show yet.
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
    /// Executes the debit, answers with an HTML page, and refuses inquiries for half an hour.
    RefusesInquiriesForLong,
    /// Accepts the debit and does not execute it. The answer to an inquiry about the debit differs from the answer about an unknown
    /// reference.
    Swallows,
    /// Accepts the debit and answers with an HTML page. Inquiries report no such transaction. The bank books the debit only after the
    /// client has ended it as not sent.
    BooksLate,
    /// Receives and books the debit twice, because a relay between the client and the bank repeats every request. For a while, inquiries
    /// return the transaction id of the second booking.
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

/// Plan of one run of the simulation.
#[derive(Debug, Clone)]
pub(super) struct SimPlan {
    pub(super) bank: BankConduct,
    /// Behaviour of the debit's connections, in order. Any further connection has no fault.
    pub(super) lines: Vec<SimLine>,
    /// Time after a booking during which inquiries do not find the booking.
    pub(super) hidden: Duration,
    /// Number of the step, counted from the start of the debit, at which the process crashes. Each operation of the journal or the network
    /// is a step.
    pub(super) crash_at: Option<u32>,
    /// Time after which the caller aborts the debit.
    pub(super) abort_after: Option<Duration>,
}
