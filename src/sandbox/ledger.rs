//! Ledger of the sandbox, for tests of a client. Records each complete debit request, each booking and its result. Entries are never
//! removed.

use super::bank::{Bank, Duplicates, TransferEnd};
use super::customers::Customers;
use super::money::{WALLET, fee, plain};
use super::recipients::Recipient;
use super::statement;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

/// Base of the transaction ids (tids). The first tid that the ledger issues is `TID + 1`.
const TID: u64 = 12_971_396;

/// True state of a debit. The sandbox's responses may hide this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum LedgerState {
    /// The request arrived completely, but no transaction was recorded.
    NotBooked,
    /// EPS or the bank refused the debit. No money has moved, or the money was paid back.
    Declined,
    /// The debit is booked, but the bank has not answered.
    Pending,
    /// The bank has received the money.
    Settled,
    /// The debit failed, and the money is not paid back yet.
    RefundPending,
    /// The money was paid back.
    Refunded,
}

/// Ledger entry: a booking, a refused debit, or a reference without a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LedgerEntry {
    /// The `client_ref_id` of the request.
    pub reference: String,
    /// Id of the transaction, if there is one.
    pub tid: Option<String>,
    /// Amount of the debit, in rupees.
    pub amount: String,
    /// Fee in addition to the amount, in rupees.
    pub fee: String,
    /// Current state of the debit.
    pub state: LedgerState,
    /// Number of debit requests with this reference that arrived completely and were not refused before any work was done.
    pub complete_requests: u32,
    /// Time of the booking or the refusal on the sandbox's clock, in milliseconds since 1970.
    pub booked_at: Option<u64>,
    /// Number of refund requests for this transaction that arrived completely and were not refused before any work was done.
    pub refund_requests: u32,
    /// Id of the transaction that paid the money back, if there is one.
    pub refund_tid: Option<String>,
}

/// Transaction in the ledger.
#[derive(Clone)]
pub(super) struct Transaction {
    pub reference: String,
    pub tid: u64,
    pub sender: String,
    pub sender_name: String,
    pub recipient: Recipient,
    /// Amount, in paise.
    pub amount: u64,
    pub fee: u64,
    pub state: LedgerState,
    pub booked_ms: u64,
    pub reason: &'static str,
    /// True if the money was taken from the wallet, even if it was paid back later.
    booked: bool,
    /// Time from which inquiries find the transaction, in milliseconds since 1970.
    visible_ms: u64,
    /// Time and result of the bank's answer to the transfer.
    due: Option<(u64, TransferEnd)>,
    refund_tid: Option<u64>,
    refund_requests: u32,
}

impl Transaction {
    pub(super) fn new(reference: &str, sender: &str, sender_name: &str, recipient: &Recipient, amount: u64) -> Self {
        let [reference, sender, sender_name] = [reference, sender, sender_name].map(str::to_owned);
        let (tid, fee, recipient) = (TID + 1, fee(amount), recipient.clone());
        Self {
            reference,
            tid,
            sender,
            sender_name,
            recipient,
            amount,
            fee,
            state: LedgerState::Settled,
            booked_ms: 0,
            reason: "",
            booked: false,
            visible_ms: 0,
            due: None,
            refund_tid: None,
            refund_requests: 0,
        }
    }

    /// Returns the amount plus the fee.
    pub(super) fn cost(&self) -> u64 {
        self.amount.saturating_add(self.fee)
    }
}

/// Number of requests, amount and transactions of one `client_ref_id`.
#[derive(Default)]
struct ReferenceUse {
    requests: u32,
    amount: u64,
    lines: Vec<usize>,
}

/// Wallet, transactions and simulated bank.
pub(super) struct Wallet {
    /// Balance, in paise.
    pub balance: u64,
    pub bank: Bank,
    pub duplicates: Duplicates,
    pub callbacks: Vec<Value>,
    /// Transactions that were booked before the sandbox started, one for each operation. Inquiries find these transactions, but the
    /// ledger's entries omit them.
    earlier: Vec<Transaction>,
    lines: Vec<Transaction>,
    references: HashMap<String, ReferenceUse>,
    order: Vec<String>,
    /// Indexes of the pending transactions that the bank will settle or fail later.
    waiting: Vec<usize>,
    issued: u64,
}

impl Default for Wallet {
    fn default() -> Self {
        Self {
            balance: WALLET,
            bank: Bank::settle(),
            duplicates: Duplicates::default(),
            callbacks: Vec::new(),
            earlier: Vec::new(),
            lines: Vec::new(),
            references: HashMap::new(),
            order: Vec::new(),
            waiting: Vec::new(),
            issued: 0,
        }
    }
}

impl Wallet {
    /// Adds a settled transfer that was booked before the sandbox started. If an inquiry does not find a debit, the client also inquires
    /// about this transfer.
    pub(super) fn remember(&mut self, reference: &str, booked_ms: u64) {
        let mut line = Transaction::new(reference, "", "Meera Nair", &Recipient::made_up(), 10_000);
        line.tid = TID - self.earlier.len() as u64;
        (line.booked_ms, line.booked) = (booked_ms, true);
        self.earlier.push(line);
    }

    /// Counts a debit request that arrived completely and was not refused before any work.
    pub(super) fn count(&mut self, reference: &str, amount: u64) {
        let known = self.reference(reference);
        known.requests += 1;
        if known.requests == 1 {
            known.amount = amount;
        }
    }

    /// Counts a refund request that arrived completely and was not refused before any work.
    pub(super) fn count_refund(&mut self, tid: &str) {
        if let Some(line) = self.by_tid(tid).and_then(|index| self.lines.get_mut(index)) {
            line.refund_requests += 1;
        }
    }

    /// Returns true if the ledger has a transaction with this reference.
    pub(super) fn has_seen(&self, reference: &str) -> bool {
        self.references.get(reference).is_some_and(|known| !known.lines.is_empty())
    }

    /// Records a debit that EPS refused. No money moves. Inquiries find the transaction.
    pub(super) fn decline(&mut self, mut line: Transaction, reason: &'static str, now_ms: u64) -> Transaction {
        line.state = LedgerState::Declined;
        line.reason = reason;
        line.fee = 0;
        (line.tid, line.booked_ms, line.visible_ms) = (self.issue(), now_ms, now_ms);
        self.push(line)
    }

    /// Takes the money from the wallet. Records when and how the bank will end the transfer.
    pub(super) fn book(&mut self, mut line: Transaction, customers: &mut Customers, now_ms: u64) -> Transaction {
        let bank = self.bank.next();
        (line.tid, line.booked_ms, line.state) = (self.issue(), now_ms, LedgerState::Pending);
        line.booked = true;
        line.visible_ms = now_ms.saturating_add(millis(bank.hidden));
        line.due = Some((now_ms.saturating_add(millis(bank.after.unwrap_or_default())), bank.end));
        self.balance = self.balance.saturating_sub(line.cost());
        if let Some(sender) = customers.get_mut(&line.sender) {
            sender.used = sender.used.saturating_add(line.amount);
        }
        let index = self.lines.len();
        self.push(line.clone());
        if bank.after.is_none() {
            self.end(index, bank.end, customers);
        } else if bank.end != TransferEnd::Never {
            self.waiting.push(index);
        }
        self.lines.get(index).cloned().unwrap_or(line)
    }

    /// Applies the bank's answers that are due at or before `now_ms`.
    pub(super) fn run(&mut self, customers: &mut Customers, now_ms: u64) {
        let due = |index: &usize| self.lines.get(*index).and_then(|line| line.due).map_or(u64::MAX, |(at, _)| at);
        let (mut ready, waiting): (Vec<usize>, Vec<usize>) =
            self.waiting.iter().copied().partition(|index| due(index) <= now_ms);
        ready.sort_by_key(due);
        self.waiting = waiting;
        for index in ready {
            let Some((at, end)) = self.lines.get(index).and_then(|line| line.due) else { continue };
            self.end(index, end, customers);
            if let Some(line) = self.lines.get(index) {
                self.callbacks.push(statement::callback(line, at));
            }
        }
    }

    fn end(&mut self, index: usize, end: TransferEnd, customers: &mut Customers) {
        let Some(line) = self.lines.get_mut(index) else { return };
        (line.state, line.reason) = match end {
            TransferEnd::Settle => (LedgerState::Settled, ""),
            TransferEnd::Decline => (LedgerState::Declined, "Declined by the beneficiary's bank"),
            TransferEnd::RefundPending => {
                (LedgerState::RefundPending, "The beneficiary's bank could not credit the account")
            }
            TransferEnd::Never => (LedgerState::Pending, ""),
        };
        if end == TransferEnd::Decline {
            self.give_back(index, customers);
        }
    }

    /// Pays back the amount and the fee of a failed transaction. Returns the tid of the refund.
    pub(super) fn refund(&mut self, tid: &str, customers: &mut Customers) -> Option<u64> {
        let index = self.by_tid(tid)?;
        let refund_tid = self.issue();
        let line = self.lines.get_mut(index).filter(|line| line.state == LedgerState::RefundPending)?;
        line.state = LedgerState::Refunded;
        line.refund_tid = Some(refund_tid);
        self.give_back(index, customers);
        Some(refund_tid)
    }

    fn give_back(&mut self, index: usize, customers: &mut Customers) {
        let Some(line) = self.lines.get(index) else { return };
        self.balance = self.balance.saturating_add(line.cost());
        if let Some(sender) = customers.get_mut(&line.sender) {
            sender.used = sender.used.saturating_sub(line.amount);
        }
    }

    /// Returns the transaction that an inquiry by tid finds.
    pub(super) fn found(&self, tid: &str, now_ms: u64) -> Option<&Transaction> {
        let Some(index) = self.by_tid(tid) else { return self.earlier.iter().find(|line| line.tid.to_string() == tid) };
        self.lines.get(index).filter(|line| line.visible_ms <= now_ms)
    }

    /// Returns the transaction that an inquiry by reference finds: the first booked transaction, or the last transaction if none was
    /// booked.
    pub(super) fn found_by_reference(&self, reference: &str, now_ms: u64) -> Option<&Transaction> {
        let Some(known) = self.references.get(reference) else {
            return self.earlier.iter().find(|line| line.reference == reference);
        };
        let indexes = &known.lines;
        let visible = || indexes.iter().filter_map(|index| self.lines.get(*index)).filter(|l| l.visible_ms <= now_ms);
        visible().find(|line| line.booked).or_else(|| visible().next_back())
    }

    /// Returns the total, in paise, of settled and pending transfers from all senders to this bank account.
    pub(super) fn received(&self, recipient: &Recipient) -> u64 {
        let to =
            |line: &&Transaction| line.recipient.ifsc == recipient.ifsc && line.recipient.account == recipient.account;
        let counts = |line: &&Transaction| matches!(line.state, LedgerState::Settled | LedgerState::Pending);
        self.lines.iter().filter(to).filter(counts).map(|line| line.amount).sum()
    }

    /// Returns the ledger entries, grouped by reference in order of first use.
    pub(super) fn entries(&self) -> Vec<LedgerEntry> {
        let mut entries = Vec::with_capacity(self.lines.len());
        for (reference, known) in self.order.iter().filter_map(|text| Some((text, self.references.get(text)?))) {
            if known.lines.is_empty() {
                entries.push(not_booked(reference, known));
            }
            entries.extend(known.lines.iter().filter_map(|index| Some(entry(self.lines.get(*index)?, known.requests))));
        }
        entries
    }

    /// Checks that each debit was requested and booked at most once, and that each refund was requested at most once. The error names
    /// each violation.
    pub(super) fn doubled(&self) -> Result<(), String> {
        let mut found = String::new();
        for (reference, known) in self.order.iter().filter_map(|text| Some((text, self.references.get(text)?))) {
            let lines = || known.lines.iter().filter_map(|index| self.lines.get(*index));
            let booked = lines().filter(|line| line.booked).count();
            if known.requests > 1 || booked > 1 {
                // Writing into a `String` does not fail.
                let _ = write!(found, "; {reference}: {} complete requests, {booked} bookings", known.requests);
            }
            for line in lines().filter(|line| line.refund_requests > 1) {
                let _ = write!(found, "; refund of {}: {} complete requests", line.tid, line.refund_requests);
            }
        }
        match found.strip_prefix("; ") {
            None => Ok(()),
            Some(found) => Err(format!("debits or refunds were sent or booked more than once: {found}")),
        }
    }

    fn reference(&mut self, text: &str) -> &mut ReferenceUse {
        if !self.references.contains_key(text) {
            self.order.push(text.to_owned());
        }
        self.references.entry(text.to_owned()).or_default()
    }

    fn push(&mut self, line: Transaction) -> Transaction {
        let index = self.lines.len();
        self.reference(&line.reference).lines.push(index);
        self.lines.push(line.clone());
        line
    }

    /// Returns the next tid. Debits and refunds share one sequence.
    fn issue(&mut self) -> u64 {
        self.issued += 1;
        TID + self.issued
    }

    fn by_tid(&self, tid: &str) -> Option<usize> {
        // `lines` is sorted by tid, because tids only increase.
        let tid: u64 = tid.parse().ok()?;
        self.lines.binary_search_by_key(&tid, |line| line.tid).ok()
    }
}

fn entry(line: &Transaction, complete_requests: u32) -> LedgerEntry {
    LedgerEntry {
        reference: line.reference.clone(),
        tid: Some(line.tid.to_string()),
        amount: plain(line.amount),
        fee: plain(line.fee),
        state: line.state,
        complete_requests,
        booked_at: Some(line.booked_ms),
        refund_requests: line.refund_requests,
        refund_tid: line.refund_tid.map(|tid| tid.to_string()),
    }
}

fn not_booked(reference: &str, known: &ReferenceUse) -> LedgerEntry {
    LedgerEntry {
        reference: reference.to_owned(),
        tid: None,
        amount: plain(known.amount),
        fee: plain(0),
        state: LedgerState::NotBooked,
        complete_requests: known.requests,
        booked_at: None,
        refund_requests: 0,
        refund_tid: None,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
