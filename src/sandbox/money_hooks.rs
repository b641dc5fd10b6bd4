//! The hooks for money: what the ledger holds, and how the bank behaves.

use super::Sandbox;
use super::bank::{Bank, Duplicates};
use super::hooks::HookError;
use super::ledger::LedgerEntry;
use super::money::{paise, plain};
use super::state::SandboxHandle;
use serde_json::Value;

impl Sandbox {
    /// The ledger: references in the order they were first seen, each with its bookings. What the sandbox knows, not what it tells.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.shared.ledger()
    }

    /// What the wallet holds, in rupees as plain decimal text.
    pub fn balance(&self) -> String {
        self.shared.balance()
    }

    /// Puts so much into the wallet, in rupees.
    ///
    /// # Errors
    /// That is no amount.
    pub fn set_balance(&self, rupees: &str) -> Result<(), HookError> {
        self.shared.set_balance(rupees)
    }

    /// Sets what a customer may send in a month, in rupees. A bank account may receive twice as much.
    ///
    /// # Errors
    /// That is no amount, or nobody has this number.
    pub fn set_limit(&self, mobile: &str, rupees: &str) -> Result<(), HookError> {
        self.shared.set_limit(mobile, rupees)
    }

    /// How the bank ends the transfers that come next; replaces what was said before.
    pub fn set_bank(&self, bank: Bank) {
        self.shared.world().ledger.bank = bank;
    }

    /// What EPS does with a `client_ref_id` that it has seen.
    pub fn set_duplicates(&self, duplicates: Duplicates) {
        self.shared.world().ledger.duplicates = duplicates;
    }

    /// Whether each debit left at most once.
    ///
    /// # Errors
    /// Names every reference with more than one complete request that was not turned away before any work, or more than one
    /// booking, and every refund that was asked for more than once.
    pub fn assert_no_double_debit(&self) -> Result<(), String> {
        self.shared.world().ledger.doubled()
    }

    /// What EPS would have posted to a callback URL by now, oldest first, as JSON. One for each transfer that was pending and ended.
    pub fn callbacks(&self) -> Vec<String> {
        self.shared.callbacks().iter().map(Value::to_string).collect()
    }
}

impl SandboxHandle {
    pub(super) fn ledger(&self) -> Vec<LedgerEntry> {
        let mut world = self.world();
        world.run_bank();
        world.ledger.entries()
    }

    pub(super) fn balance(&self) -> String {
        let mut world = self.world();
        world.run_bank();
        plain(world.ledger.balance)
    }

    pub(super) fn callbacks(&self) -> Vec<Value> {
        let mut world = self.world();
        world.run_bank();
        world.ledger.callbacks.clone()
    }

    pub(super) fn set_balance(&self, rupees: &str) -> Result<(), HookError> {
        let balance = amount(rupees)?;
        self.world().ledger.balance = balance;
        Ok(())
    }

    pub(super) fn set_limit(&self, mobile: &str, rupees: &str) -> Result<(), HookError> {
        let limit = amount(rupees)?;
        let mut world = self.world();
        let customer = world.customers.get_mut(mobile).ok_or_else(|| HookError::new("nobody has this number"))?;
        customer.limit = limit;
        Ok(())
    }
}

fn amount(rupees: &str) -> Result<u64, HookError> {
    paise(rupees).ok_or_else(|| HookError::new("an amount is rupees as text, with at most two decimals: \"100.50\""))
}
