//! What EPS has booked, and what may still arrive. It shares no code with the client.

use super::plan::{Conduct, MINUTE_MS};
use std::collections::{BTreeMap, BTreeSet};

/// A reference that EPS booked before all else.
pub(super) const KNOWN: &str = "K0";
/// What pends has ended by then.
const LATER_MS: u64 = 10 * MINUTE_MS;

#[derive(Debug, Clone)]
pub(super) struct UnkindBooking {
    pub(super) tid: u64,
    pub(super) amount: String,
    pub(super) booked_ms: u64,
    /// Inquiries find it from here on.
    pub(super) visible_ms: u64,
    first: u8,
    later: u8,
    /// When its money was paid back by a refund, each time.
    pub(super) paid_back_ms: Vec<u64>,
}

impl UnkindBooking {
    /// Its `tx_status`.
    pub(super) fn state(&self, now_ms: u64) -> u8 {
        match self.paid_back_ms.first() {
            Some(_) => 4,
            None if now_ms < self.booked_ms + LATER_MS => self.first,
            None => self.later,
        }
    }

    /// What an inquiry finds, which may be that of some time ago.
    pub(super) fn shown(&self, now_ms: u64, hidden_ms: u64) -> u8 {
        let fresh = self.paid_back_ms.first().is_some_and(|paid_ms| now_ms < paid_ms + hidden_ms);
        if fresh { self.first } else { self.state(now_ms) }
    }

    pub(super) fn before(&self) -> u8 {
        self.first
    }
}

#[derive(Default)]
pub(super) struct Books {
    pub(super) booked: BTreeMap<String, UnkindBooking>,
    /// Timestamps of the debits that were taken, by reference.
    pub(super) taken: BTreeMap<String, BTreeSet<u64>>,
    /// Requests that are on their way, or taken and to be booked, by reference.
    pub(super) coming: BTreeMap<String, u32>,
    pub(super) stamps: BTreeSet<u64>,
    next_tid: u64,
}

impl Books {
    pub(super) fn new() -> Self {
        let known = UnkindBooking {
            tid: 900_000,
            amount: "1".into(),
            booked_ms: 0,
            visible_ms: 0,
            first: 0,
            later: 0,
            paid_back_ms: Vec::new(),
        };
        Self { booked: [(KNOWN.to_owned(), known)].into(), next_tid: 700_001, ..Self::default() }
    }

    /// Books it. A reference has one booking: a second is seen by what was taken.
    pub(super) fn book(
        &mut self,
        reference: &str,
        amount: &str,
        conduct: Conduct,
        now_ms: u64,
        hidden_ms: u64,
    ) -> UnkindBooking {
        let (first, later) = match conduct {
            Conduct::PendsThenSettles => (2, 0),
            Conduct::PendsThenFails => (2, 1),
            Conduct::RefundPending => (3, 3),
            Conduct::RefundsItself => (3, 4),
            Conduct::Fails => (1, 1),
            Conduct::Settles | Conduct::BooksLate | Conduct::WrongOtp | Conduct::Swallows => (0, 0),
        };
        let (tid, amount) = (self.next_tid, amount.to_owned());
        self.next_tid += 1;
        let booking = UnkindBooking {
            tid,
            amount,
            booked_ms: now_ms,
            visible_ms: now_ms + hidden_ms,
            first,
            later,
            paid_back_ms: Vec::new(),
        };
        self.booked.insert(reference.to_owned(), booking.clone());
        booking
    }

    /// Whether EPS has it, or can still come to have it.
    pub(super) fn may_have(&self, reference: &str) -> bool {
        self.booked.contains_key(reference) || self.coming.get(reference).is_some_and(|count| *count > 0)
    }

    /// The transaction of a tid.
    pub(super) fn of_tid(&mut self, tid: &str) -> Option<&mut UnkindBooking> {
        self.booked.values_mut().find(|booking| booking.tid.to_string() == tid)
    }

    pub(super) fn sets_out(&mut self, reference: &str) {
        *self.coming.entry(reference.to_owned()).or_default() += 1;
    }

    pub(super) fn has_come(&mut self, reference: &str) {
        if let Some(count) = self.coming.get_mut(reference) {
            *count -= 1;
        }
    }
}
