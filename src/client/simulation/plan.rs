//! Faults of one schedule.

use std::time::Duration;

/// End of a connection that is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Reset,
    Fin,
    Stall,
}

/// One connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum SimLine {
    /// No server listens.
    Refused,
    /// The SYN is lost.
    BlackHole,
    Open {
        /// Number of bytes that the client can write.
        accepts: usize,
        /// Number of those bytes that arrive at the bank.
        delivers: usize,
        /// Number of bytes of the answer that the client can read.
        answers: usize,
        /// End of the connection after these bytes, in either direction.
        cut: Cut,
        /// Time that the bank takes for an answer.
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

/// Behaviour of the bank towards a debit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BankConduct {
    Settles,
    /// Pending at first, then settled.
    PendsThenSettles,
    /// Pending at first, then failed.
    PendsThenFails,
    /// Failed, and the money is not yet back.
    RefundPending,
    Declines,
    /// Refuses every time, before any work.
    RefusesOtp,
    /// Refuses the first timestamp without a reason, and does nothing.
    RefusesTimestamp,
    /// Refuses the first timestamp because the client's clock is off, as the `Date` of the answer shows.
    HasAnotherClock,
    /// Refuses the first timestamp because another process has used it, and does nothing.
    HasSeenTheTimestamp,
    /// Gets the first request twice and executes it once. The answer is the refusal of the second copy. An inquiry finds the debit at once,
    /// because no client can tell of a debit that EPS does not know yet.
    RefusesTheCopy,
    /// Executes the debit, but the answer is not one that EPS gives.
    SettlesBehindHtml,
    SettlesBehind500,
    /// Executes the debit, and answers about another debit.
    SettlesAndEchoesAnother,
    /// Executes the debit, but the answer has an unknown `tx_status`.
    SettlesWithUnknownState,
    /// Executes the debit, names no reference in the answer, and sends the answer once more on the same connection.
    SettlesAndRepeats,
    /// Declines the debit, and names no reference in the answer.
    DeclinesTersely,
    /// Executes the debit, answers with an HTML page, and refuses all inquiries.
    RefusesInquiries,
    /// The same, but refuses inquiries only for half an hour.
    RefusesInquiriesForLong,
    /// Takes the debit and does not execute it. An inquiry about it gets another answer than one about an unknown reference.
    Swallows,
    /// Takes the debit, answers with an HTML page, and says that it has no such transaction. Books the debit after silence has ended it.
    BooksLate,
    /// Gets the debit twice, because a relay between us and the bank sends every request again. Books both, and names the other booking
    /// when asked.
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

/// One schedule.
#[derive(Debug, Clone)]
pub(super) struct SimPlan {
    pub(super) bank: BankConduct,
    /// Connections of the debit, in order. Later connections have no fault.
    pub(super) lines: Vec<SimLine>,
    /// Time after the booking during which inquiries find nothing.
    pub(super) hidden: Duration,
    /// Step of journal and network at which the process dies, counted from the first step of the debit.
    pub(super) crash_at: Option<u32>,
    /// Time after which the caller gives up.
    pub(super) abort_after: Option<Duration>,
}
