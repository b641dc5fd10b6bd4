//! Bookings of the simulated EPS, and requests that may still arrive there. The books share no code with the client.

use super::plan::{Conduct, MINUTE_MS};
use std::collections::{BTreeMap, BTreeSet};

/// Reference of a booking that exists from the start of a run. The client's control inquiries ask about this booking.
pub(super) const KNOWN: &str = "K0";
/// Time after which a booking changes to its later state, such as from pending to settled.
const LATER_MS: u64 = 10 * MINUTE_MS;

#[derive(Debug, Clone)]
pub(super) struct UnkindBooking {
    pub(super) tid: u64,
    pub(super) amount: String,
    pub(super) booked_ms: u64,
    /// Time at which inquiries start to find the booking.
    pub(super) visible_ms: u64,
    first: u8,
    later: u8,
    /// Times at which EPS paid the money of this booking back.
    pub(super) paid_back_ms: Vec<u64>,
}

impl UnkindBooking {
    /// Returns the true `tx_status` of the booking at this time.
    pub(super) fn state(&self, now_ms: u64) -> u8 {
        match self.paid_back_ms.first() {
            Some(_) => 4,
            None if now_ms < self.booked_ms + LATER_MS => self.first,
            None => self.later,
        }
    }

    /// Returns the `tx_status` that an inquiry shows. For `hidden_ms` after a refund, the inquiry shows the old status.
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
    /// Timestamps of the debit requests that EPS accepted, by reference. Two timestamps of a reference mean that EPS accepted the debit
    /// twice.
    pub(super) taken: BTreeMap<String, BTreeSet<u64>>,
    /// Number of requests that may still lead to a booking, by reference: requests on their way, and accepted requests that EPS books
    /// later.
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

    /// Books a debit and returns the booking. A second booking of the same reference replaces the first one. The field `taken` then still
    /// shows that EPS accepted the debit twice.
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

    /// Returns true if EPS has a booking of the reference, or may still make one.
    pub(super) fn may_have(&self, reference: &str) -> bool {
        self.booked.contains_key(reference) || self.coming.get(reference).is_some_and(|count| *count > 0)
    }

    /// Returns the booking with this transaction id.
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
