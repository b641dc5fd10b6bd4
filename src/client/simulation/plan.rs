//! What goes wrong in one schedule.

use std::time::Duration;

/// How a connection ends where it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Reset,
    Fin,
    Stall,
}

/// One connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum SimLine {
    /// Nothing listens.
    Refused,
    /// The SYN is lost.
    BlackHole,
    Open {
        /// The client can write this many bytes.
        accepts: usize,
        /// Of which this many arrive.
        delivers: usize,
        /// It can read this many bytes of the answer.
        answers: usize,
        /// What then happens, in either direction.
        cut: Cut,
        /// How long the bank thinks.
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

/// What the bank does with a debit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BankConduct {
    Settles,
    /// In flight, then done, or failed.
    PendsThenSettles,
    PendsThenFails,
    /// Failed, with the money not yet back.
    RefundPending,
    Declines,
    /// Refuses before any work, every time.
    RefusesOtp,
    /// Refuses the first timestamp without a word on why. It has done nothing.
    RefusesTimestamp,
    /// Refuses it because the client's clock is off, as its own shows.
    HasAnotherClock,
    /// Refuses the first timestamp, which another process has used: it has done nothing.
    HasSeenTheTimestamp,
    /// Gets the first request twice and does it once; the answer that comes back is the refusal of the second copy. An inquiry finds
    /// it at once: of what EPS would not know yet nobody could tell.
    RefusesTheCopy,
    /// Does it, and answers with something that is not EPS's.
    SettlesBehindHtml,
    SettlesBehind500,
    /// Does it, and answers for another debit.
    SettlesAndEchoesAnother,
    /// Does it without a word in the answer that would say so.
    SettlesWithUnknownState,
    /// Does it, names no reference in the answer, and sends the answer once more on the same connection.
    SettlesAndRepeats,
    /// Does not do it, and names no reference in the answer.
    DeclinesTersely,
    /// Does it behind a page; for ever it will not be asked.
    RefusesInquiries,
    /// The same for half an hour.
    RefusesInquiriesForLong,
    /// Takes it and does not do it; of its reference it says something else than of one that it never had.
    Swallows,
    /// Takes it behind a page, says that it has no such transaction, and books it when silence has ended it.
    BooksLate,
    /// Gets it twice, for something between us and it sends every request again; books both, and names the other one when asked.
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
    /// The connections of the debit, in order; later ones are good.
    pub(super) lines: Vec<SimLine>,
    /// After booking, for how long inquiries still find nothing.
    pub(super) hidden: Duration,
    /// The process dies at this step of journal and network, counted from the debit's first.
    pub(super) crash_at: Option<u32>,
    /// The caller gives up after this long.
    pub(super) abort_after: Option<Duration>,
}
